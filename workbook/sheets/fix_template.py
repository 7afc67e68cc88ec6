"""The empty sheet `Fix Errors` of a template: headers, dropdowns and formats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from workbook.layout import FIX_LIST_NAME, FIX_SHEET, LAST_ROW, OFFER_COLUMN, SUGGESTIONS_SHEET, TEXT_FORMAT
from workbook.sheets import style
from workbook.sheets.fix_sheet import (
    ABOVE,
    ANSWERS,
    CHOICE,
    COLUMN,
    COUNT,
    ENTRIES,
    FIRST_ROW,
    HEADER_ROW,
    HEADERS,
    LEAVE_OUT,
    LINES,
    LINKS,
    NOTHING_TO_FIX,
    NUMBERS,
    REMEMBER,
    SUMMARY_ROW,
    WIDTHS,
    YES,
)
from workbook.wrapping import LINE_HEIGHT

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet


def build_fix_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet: title, headers, and for every line its dropdowns and what shows it decided."""
    sheet.sheet_view.showGridLines = False
    style.put(sheet, 1, 1, FIX_SHEET, style.TITLE_FONT).alignment = style.LEFT
    style.put(sheet, SUMMARY_ROW, 1, NOTHING_TO_FIX, style.QUIET_FONT).alignment = style.LEFT
    sheet.row_dimensions[1].height = style.TITLE_HEIGHT
    letters = {header: get_column_letter(number) for number, header in enumerate(HEADERS, start=1)}
    for number, header in enumerate(HEADERS, start=1):
        column = sheet.column_dimensions[letters[header]]
        column.width = WIDTHS.get(header, 8)
        column.hidden = header not in WIDTHS
        column.number_format = "General" if header in NUMBERS else TEXT_FORMAT
        column.font = style.LINK_FONT if header in LINKS else style.BODY_FONT
        # What nobody sees is not wrapped: Calc fits the height of a row to hidden cells as well.
        wrapped = style.MIDDLE if header in WIDTHS else style.LEFT
        column.alignment = style.CENTRED if header in (COUNT, *LINKS) else wrapped
        column.border = style.BOTTOM_RULE
        for row in range(1, HEADER_ROW):
            sheet.cell(row, number).border = style.NO_RULE
        cell = style.put(sheet, HEADER_ROW, number, header)
        style.dress_header(cell, style.HEADER_FILL if header in ANSWERS else style.SOFT_HEADER_FILL)
    sheet.row_dimensions[HEADER_ROW].height = 34
    # Some lines for every row, whichever program fits rows to their text and whichever does not.
    sheet.sheet_format.defaultRowHeight = LINES * LINE_HEIGHT + 1
    sheet.sheet_format.customHeight = True
    for row in range(SUMMARY_ROW, HEADER_ROW):
        sheet.row_dimensions[row].height = 16
    sheet.freeze_panes = f"A{FIRST_ROW}"

    for header, prompt in ANSWERS.items():
        open_to_all = header == CHOICE
        dropdown = style.dropdown(FIX_LIST_NAME if open_to_all else f'"{YES}"', header, prompt)
        if not open_to_all:
            dropdown.showErrorMessage = True
            dropdown.error = f"Choose {YES}, or leave the cell empty."
        dropdown.add(f"{letters[header]}{FIRST_ROW}:{letters[header]}{LAST_ROW}")
        sheet.add_data_validation(dropdown)

    lines = f"A{FIRST_ROW}:{letters[REMEMBER]}{LAST_ROW}"
    answered = f"LEN(${letters[CHOICE]}{FIRST_ROW})+LEN(${letters[LEAVE_OUT]}{FIRST_ROW})>0"
    filled = f"LEN(${letters[COLUMN]}{FIRST_ROW})>0"
    sheet.conditional_formatting.add(lines, style.painted(f"AND({filled},{answered})", fill=style.PALE_ACCENT))
    style.dress_page(sheet, titles=f"{HEADER_ROW}:{HEADER_ROW}")


def fix_list() -> str:
    """The formula of the defined name FIX_LIST_NAME, relative to A1: the list of the answer in that row. Always a
    range, if of the one empty cell above the lists: of an error Calc makes an entry."""
    places = (HEADERS.index(header) + 1 for header in (ABOVE, ENTRIES))
    offer, first, listed = (get_column_letter(number) for number in (OFFER_COLUMN, *places))
    place = f"'{FIX_SHEET}'!$"
    return f"OFFSET({SUGGESTIONS_SHEET}!${offer}$1,N({place}{first}1),0,MAX(1,N({place}{listed}1)),1)"
