"""Build the template that people fill in, the same for the same input (SPEC 2, 9).

The data sheet is a styled range with a filter, not an Excel table: a table must keep its header texts, its range
and at least one row in step with the cells, or Excel repairs the file; here rows may be deleted, written by code
and saved by LibreOffice. Its formats, lists and marks cover whole columns and need no upkeep.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Final

from openpyxl import Workbook
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from workbook import layout
from workbook.columns import (
    COLUMNS,
    FEEDER_TABLES,
    KINDS,
    ROW_FIXED,
    ROW_MESSAGE,
    ROW_ORIGIN,
    ROW_POINTER,
    ROW_STATUS,
    TemplateChoice,
    template_headers,
)
from workbook.lists import TemplateLists, lists_block, lists_digest
from workbook.sheets import style
from workbook.sheets.fix_sheet import LISTS_KNOWN
from workbook.sheets.fix_template import build_fix_sheet, fix_list
from workbook.sheets.fixes_made_sheet import build_fixes_made_sheet
from workbook.sheets.help_sheet import build_help_sheet
from workbook.sheets.log_sheet import build_log_sheet
from workbook.sheets.marks import ERROR_SIGN, LEFT_OUT, OK, WARNING_SIGN, WRITTEN
from workbook.sheets.pointers import DIGITS, SEPARATOR
from workbook.sheets.preview_sheet import build_preview_sheet
from workbook.sheets.remembered_sheet import build_remembered_sheet
from workbook.sheets.sample_row import instruction_row, sample_row
from workbook.sheets.uploads_sheet import build_uploads_sheet
from workbook.wrapping import height_of

__all__ = ["TemplateLists", "build_csv", "build_template", "build_workbook", "fill"]

_WIDTHS: Final[dict[str, float]] = {column.header: column.width for column in COLUMNS if column.width} | {
    ROW_STATUS: 19,
    ROW_MESSAGE: 72,
    ROW_POINTER: 8,
    ROW_ORIGIN: 8,
    ROW_FIXED: 8,
}
"""Column widths in characters; a date takes 15, a feeder value 21."""
_IN_SHORT: Final = {
    **{f"{ERROR_SIGN} {count} ": f"{ERROR_SIGN} {count} ·" for count in range(1, 4)},
    ERROR_SIGN: f"{ERROR_SIGN} 4+ ·",
    WARNING_SIGN: WARNING_SIGN,
    WRITTEN: f"{WRITTEN} ·",
    LEFT_OUT: f"{LEFT_OUT} ·",
    OK[0]: OK[0],
    LEFT_OUT[0]: LEFT_OUT[0],
}
"""What the row status begins with → what stands before the row's Insert or Update; the first that fits."""
_REQUIRED: Final = frozenset(column.header for column in COLUMNS if column.in_every_row)
"""What every row must fill: these headers are darker."""
_PROMPTS: Final = {column.header: column.prompt or column.instruction for column in COLUMNS}
"""What the input message of a column says."""
_NO_LIST: Final = f"{layout.LISTS_SHEET}!${get_column_letter(len(layout.LIST_NAMES) + 2)}$1"


def build_template(choice: TemplateChoice, lists: TemplateLists) -> bytes:
    """The template as .xlsx, byte for byte the same for the same input."""
    return style.saved(build_workbook(choice, lists))


def build_filled(choice: TemplateChoice, lists: TemplateLists, rows: Iterable[Sequence[str]]) -> bytes:
    """The template as .xlsx with rows of text in it; ISO text under a date's header becomes a real date."""
    book = build_workbook(choice, lists)
    dated = [KINDS[header] == "date" for header in template_headers(choice, lists.demographics)]
    fill(book, ([_real(cell) if is_date else cell for cell, is_date in zip(row, dated, strict=True)] for row in rows))
    return style.saved(book)


def _real(text: str) -> str | date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def build_csv(choice: TemplateChoice, lists: TemplateLists) -> bytes:
    """The template as .csv: the headers, the instruction row and the sample row. UTF-8 with a BOM, for Excel."""
    headers = template_headers(choice, lists.demographics)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(headers)
    writer.writerow(instruction_row(headers))
    sample = sample_row(headers, lists.feeder)
    writer.writerow([cell.isoformat() if isinstance(cell, date) else layout.no_formula(cell) for cell in sample])
    return text.getvalue().encode("utf-8-sig")


def build_workbook(choice: TemplateChoice, lists: TemplateLists) -> Workbook:
    """The template as a workbook in memory, with all its sheets, names, code names, formats and lists."""
    headers = template_headers(choice, lists.demographics)
    book = Workbook()
    book.code_name = layout.WORKBOOK_CODE_NAME
    book.properties.creator = "Caseload Upload"
    book.properties.title = style.writable(f"Caseload of {lists.site}")
    sheets: dict[str, Worksheet] = {}
    for name, code_name in layout.CODE_NAMES.items():
        sheet = sheets[name] = book.create_sheet(name)
        sheet.sheet_properties.codeName = code_name
        if name in layout.HIDDEN_SHEETS:
            sheet.sheet_state = "hidden"
    del book[book.sheetnames[0]]
    book.active = 0

    _build_data_sheet(sheets[layout.DATA_SHEET], headers, lists)
    build_fix_sheet(sheets[layout.FIX_SHEET])
    build_preview_sheet(sheets[layout.PREVIEW_SHEET])
    build_log_sheet(sheets[layout.LOG_SHEET])
    build_uploads_sheet(sheets[layout.UPLOADS_SHEET])
    build_fixes_made_sheet(sheets[layout.FIXES_MADE_SHEET])
    build_remembered_sheet(sheets[layout.REMEMBERED_SHEET])
    build_help_sheet(sheets[layout.HELP_SHEET], headers)
    block = lists_block(lists)
    _fill(sheets[layout.LISTS_SHEET], block)
    style.put(sheets[layout.FIX_SHEET], 1, LISTS_KNOWN, lists_digest(block))
    _fill(sheets[layout.META_SHEET], _meta(choice, lists))
    _text_columns(sheets[layout.META_SHEET], [1, 2])
    for line in sheets[layout.META_SHEET].iter_rows():
        for cell in line:
            cell.number_format = layout.TEXT_FORMAT
    _text_columns(sheets[layout.SUGGESTIONS_SHEET], [2, *range(layout.SUGGESTION_COLUMN, layout.OFFER_COLUMN + 1)])
    _text_columns(sheets[layout.LISTS_SHEET], range(1, len(layout.LIST_NAMES) + 1))
    for name, formula in defined_names(headers).items():
        book.defined_names[name] = DefinedName(name, attr_text=formula)
    return book


def fill(book: Workbook, rows: Iterable[Sequence[str | date | None]]) -> None:
    """Writes rows under the template's headers, in their order, in the place of its instruction and sample rows."""
    sheet = book[layout.DATA_SHEET]
    headers = [str(cell.value) for cell in sheet[layout.HEADER_ROW]]
    own = len(layout.TEMPLATE_OWN_HEADERS)
    for row in (layout.FIRST_DATA_ROW, layout.FIRST_DATA_ROW + 1):
        sheet.row_dimensions[row].height = None
        for number in range(1, len(headers) + 1):
            sheet.cell(row, number).value = None
    for row, cells in enumerate(rows, start=layout.FIRST_DATA_ROW):
        for number, (header, value) in enumerate(zip(headers[:-own], cells, strict=True), start=1):
            cell = style.put(sheet, row, number, value if isinstance(value, str) else "")
            cell.number_format = layout.number_format(header)
            cell.alignment = _alignment(header)
            cell.border = style.BOTTOM_RULE
            if not isinstance(value, str):
                cell.value = value


def defined_names(headers: Sequence[str]) -> dict[str, str]:
    """Name → formula, relative to A1. `headers`: the data columns of the template.

    Conditional formats and validations use these alone: one that named another sheet itself would be stored in
    an extension that openpyxl drops. OFFSET only where a list is asked for: it makes Excel recalculate.
    """
    data, suggestions = layout.DATA_SHEET, layout.SUGGESTIONS_SHEET
    lists = layout.LISTS_SHEET
    own = layout.own_columns([*headers, *layout.TEMPLATE_OWN_HEADERS])
    pointer = f"{data}!${get_column_letter(own.pointer)}1"
    header = f"{data}!A$1"
    offer = get_column_letter(layout.OFFER_COLUMN)
    cell = layout.CELL_NAME

    def of_line(column: int) -> str:
        letter = get_column_letter(column)
        return f"IF({cell}=0,0,N(INDEX({suggestions}!${letter}:${letter},{cell})))"

    names = {
        cell: (
            f'IF({pointer}="",0,IFERROR(VALUE(MID({pointer},'
            f'FIND("{SEPARATOR}"&{header}&"{SEPARATOR}",{pointer})+LEN({header})+2,{DIGITS})),0))'
        ),
        layout.SEVERITY_NAME: of_line(layout.SEVERITY_COLUMN),
        layout.COUNT_NAME: of_line(layout.LISTED_COLUMN),
        layout.SUGGESTED_NAME: (
            f"OFFSET({suggestions}!${offer}$1,{of_line(layout.FIRST_COLUMN)},0,MAX(1,{layout.COUNT_NAME}),1)"
        ),
        layout.FIX_LIST_NAME: fix_list(),
        layout.NO_LIST_NAME: _NO_LIST,
    }
    for number, name in enumerate(layout.LIST_NAMES.values(), start=1):
        letter = get_column_letter(number)
        column = f"{lists}!${letter}$2:${letter}${layout.LAST_ROW}"
        names[name] = f"IF(COUNTA({column})=0,{_NO_LIST},OFFSET({lists}!${letter}$2,0,0,MAX(1,COUNTA({column})),1))"
    return names


def _build_data_sheet(sheet: Worksheet, headers: list[str], lists: TemplateLists) -> None:
    every = [*headers, *layout.TEMPLATE_OWN_HEADERS]
    for number, header in enumerate(every, start=1):
        letter = get_column_letter(number)
        column = sheet.column_dimensions[letter]
        column.width = _width(header)
        column.number_format = layout.number_format(header)
        column.font = style.QUIET_FONT if header == ROW_MESSAGE else style.BODY_FONT
        column.alignment = _alignment(header)
        column.border = style.BOTTOM_RULE
        column.hidden = header in layout.HIDDEN_OWN_HEADERS
        fill = style.OWN_HEADER_FILL if header in layout.TEMPLATE_OWN_HEADERS else style.SOFT_HEADER_FILL
        cell = style.put(sheet, layout.HEADER_ROW, number, header)
        style.dress_header(cell, style.HEADER_FILL if header in _REQUIRED else fill)
        if header in KINDS:
            sheet.add_data_validation(_validation(header, letter, lists))
    sheet.row_dimensions[layout.HEADER_ROW].height = 36
    sheet.sheet_format.defaultRowHeight = style.ROW_HEIGHT
    sheet.sheet_format.customHeight = True
    sheet.sheet_properties.tabColor = style.ACCENT

    samples: list[Sequence[str | date | None]] = [instruction_row(headers), sample_row(headers, lists.feeder)]
    for row, cells in enumerate(samples, start=layout.FIRST_DATA_ROW):
        for number, (header, value) in enumerate(zip(headers, cells, strict=True), start=1):
            cell = style.put(sheet, row, number, value if isinstance(value, str) else "")
            if not isinstance(value, str):
                cell.value = value
            cell.number_format = layout.number_format(header)
            cell.alignment = _alignment(header) if row > layout.FIRST_DATA_ROW else style.WRAPPED
            cell.border = style.BOTTOM_RULE
    widths = [_width(header) for header in headers]
    sheet.row_dimensions[layout.FIRST_DATA_ROW].height = height_of(zip(samples[0], widths, strict=True))
    _paint_data_sheet(sheet, headers)
    sheet.freeze_panes = f"C{layout.FIRST_DATA_ROW}"
    sheet.auto_filter.ref = f"A{layout.HEADER_ROW}:{get_column_letter(len(every))}{layout.LAST_ROW}"
    # Not fitted to one page: a long message runs on to the right, and would make all else too small to read.
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.scale = 40
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.print_title_rows = f"{layout.HEADER_ROW}:{layout.HEADER_ROW}"


def _width(header: str) -> float:
    return _WIDTHS.get(header, 21 if KINDS.get(header) == "feeder" else 15)


def _alignment(header: str) -> Alignment:
    return style.CENTRED if KINDS.get(header) == "date" else style.LEFT


def _paint_data_sheet(sheet: Worksheet, headers: Sequence[str]) -> None:
    """Conditional formats: errors, warnings, the row status, and the template's own two rows."""
    last = get_column_letter(len(headers))
    whole = f"A{layout.FIRST_DATA_ROW}:{last}{layout.LAST_ROW}"
    paint = sheet.conditional_formatting.add
    # The first columns stay in view: there each row has its status in short.
    begins = f"A{layout.FIRST_DATA_ROW}:A{layout.LAST_ROW}"
    own = layout.own_columns([*headers, *layout.TEMPLATE_OWN_HEADERS])
    place = f"${get_column_letter(own.status)}{layout.FIRST_DATA_ROW}"
    # Of several formats over one cell Calc takes the first that applies: what is wrong comes before the signs.
    paint(begins, style.error_look(f"{layout.SEVERITY_NAME}=2"))
    paint(begins, style.warning_look(f"{layout.SEVERITY_NAME}=1"))
    for number, (says, shown) in enumerate(_IN_SHORT.items()):
        paint(begins, style.signed(f'LEFT({place},{len(says)})="{says}"', shown, number))
    paint(whole, style.error_look(f"{layout.SEVERITY_NAME}=2", stop=True))
    paint(whole, style.warning_look(f"{layout.SEVERITY_NAME}=1", stop=True))

    letter = get_column_letter(layout.own_columns([*headers, *layout.TEMPLATE_OWN_HEADERS]).status)
    status = f"{letter}{layout.FIRST_DATA_ROW}:{letter}{layout.LAST_ROW}"
    sign = f"LEFT(${letter}{layout.FIRST_DATA_ROW},1)"
    paint(status, style.error_look(f'{sign}="{ERROR_SIGN}"'))
    paint(status, style.warning_look(f'{sign}="{WARNING_SIGN}"'))
    paint(status, style.painted(f'{sign}="{OK[0]}"', ink=style.DONE_INK))
    paint(status, style.painted(f'{sign}="{LEFT_OUT[0]}"', ink=style.QUIET_INK, italic=True))

    # By content too, so that the look goes when somebody types over the two rows instead of deleting them.
    own_rows = f"A{layout.FIRST_DATA_ROW}:{last}{layout.FIRST_DATA_ROW + 1}"
    is_own = f'OR(LEFT($A{layout.FIRST_DATA_ROW},15)="Delete this row",LEFT($B{layout.FIRST_DATA_ROW},7)="SAMPLE-")'
    paint(own_rows, style.painted(is_own, ink=style.QUIET_INK, fill=style.PALE_ACCENT, italic=True))


def _validation(header: str, letter: str, lists: TemplateLists) -> DataValidation:
    """The dropdown of a column: in a flagged cell what was probably meant and then all that the column allows, else the
    column's list if it has one.

    Only a feeder table complains, and only as a warning: names may be typed in other ways than the list has
    them, dates and free text are not in any list, and Validate has the last word.
    """
    prompt = _PROMPTS[header]
    if KINDS[header] == "date":
        order = "month before day" if lists.date_order == "MDY" else "day before month"
        prompt += f" In numbers alone, write the {order}, or the year first."
    plain = layout.LIST_NAMES.get(header, layout.NO_LIST_NAME)
    validation = style.dropdown(f"IF({layout.COUNT_NAME}>0,{layout.SUGGESTED_NAME},{plain})", header, prompt)
    validation.errorStyle = "warning"
    validation.showErrorMessage = header in FEEDER_TABLES
    validation.error = "This is not in the list. Keep it only if you are sure: Validate will check it."
    validation.add(f"{letter}{layout.FIRST_DATA_ROW}:{letter}{layout.LAST_ROW}")
    return validation


def _meta(choice: TemplateChoice, lists: TemplateLists) -> list[list[str | None]]:
    """What the workbook knows of itself: keys in column A, values in column B. Commands keep theirs here too."""
    return [
        ["Key", "Value"],
        ["layout", "1"],
        ["site", lists.site],
        ["program", choice.program],
        ["caseworker", choice.caseworker],
        ["enrollment", "true" if choice.enrollment else "false"],
        ["date_order", lists.date_order],
    ]


def _fill(sheet: Worksheet, block: Sequence[Sequence[str | None]]) -> None:
    for row, cells in enumerate(block, start=1):
        for number, value in enumerate(cells, start=1):
            if value is not None:
                style.put(sheet, row, number, value)


def _text_columns(sheet: Worksheet, numbers: Iterable[int]) -> None:
    for number in numbers:
        sheet.column_dimensions[get_column_letter(number)].number_format = layout.TEXT_FORMAT
