"""The sheet `Remembered`: the site's remembered fixes, and which to forget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from workbook.identity import said_value
from workbook.layout import LAST_ROW
from workbook.layout import REMEMBERED_SHEET as REMEMBERED_SHEET
from workbook.local_time import Order, local_moment
from workbook.matching import text_of
from workbook.problems import PROBLEM_KINDS
from workbook.report import RememberedFix
from workbook.sheet import Cell

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

FORGET: Final = "Forget? (Yes)"
ID: Final = "_id"
HEADERS: Final = ("Column", "Wrong Value", "Problem", "Answer", "By", "When", FORGET, ID)
"""The header row. The last column is hidden: it says which fix a line is, wherever it is sorted to."""
WIDTHS: Final = (23, 25, 38, 25, 18, 22, 15, 8)
"""Column widths in characters."""
_AGREED: Final = frozenset({"yes", "y", "true", "x", "1", "✔"})
_RULE: Final = re.compile(r" \(R\d+\)")


def lay_out_remembered(fixes: Sequence[RememberedFix], order: Order) -> list[list[str | None]]:
    """The whole sheet from A1: its header, and a line for each fix."""
    lines: list[list[str | None]] = [list(HEADERS)]
    for fix in fixes:
        problem = _RULE.sub("", PROBLEM_KINDS[fix.code].meaning) if fix.code in PROBLEM_KINDS else fix.code
        value, answer = (said_value(fix.column, one, order) for one in (fix.value, fix.replacement))
        lines.append([fix.column, value, problem, answer, fix.by, when(fix, order), None, fix.id])
    return lines


def build_remembered_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet so that `lay_out_remembered` can be written into it."""
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    style.dress_list(sheet, HEADERS, WIDTHS)
    sheet.column_dimensions[get_column_letter(len(HEADERS))].hidden = True
    place = HEADERS.index(FORGET) + 1
    style.dress_header(style.put(sheet, 1, place, FORGET))
    letter = get_column_letter(place)
    dropdown = style.dropdown('"Yes"', FORGET, "Yes: it is forgotten when you press Remembered Fixes again.")
    dropdown.add(f"{letter}2:{letter}{LAST_ROW}")
    sheet.add_data_validation(dropdown)


def when(fix: RememberedFix, order: Order) -> str:
    """When a fix was remembered, and when its answer was last corrected again."""
    corrected = local_moment(fix.corrected or None, order)
    return (local_moment(fix.at, order) or "") + (f", corrected again {corrected}" if corrected else "")


def read_to_forget(grid: Sequence[Sequence[Cell]]) -> list[str]:
    """The ids of the fixes that the user marked with Yes, from the sheet's whole grid; [] when it is another sheet."""
    if not grid or FORGET not in grid[0] or ID not in grid[0]:
        return []
    headers = list(grid[0])
    mark, place = headers.index(FORGET), headers.index(ID)
    return [
        text_of(line[place])
        for line in grid[1:]
        if max(mark, place) < len(line) and text_of(line[mark]).casefold() in _AGREED and text_of(line[place])
    ]
