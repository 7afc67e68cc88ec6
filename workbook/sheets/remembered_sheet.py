"""The sheet `Remembered`: the fixes that the site remembers, one a line, and which of them are to be forgotten."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from workbook.matching import text_of
from workbook.problems import PROBLEM_KINDS
from workbook.report import RememberedFix
from workbook.sheet import Cell

REMEMBERED_SHEET: Final = "Remembered"
FORGET: Final = "Forget? (Yes)"
_ID: Final = "_id"
HEADERS: Final = ("Column", "Wrong Value", "Problem", "Answer", "By", "When", FORGET, _ID)
"""The header row. The last column is hidden: it says which fix a line is, wherever it is sorted to."""
_AGREED: Final = frozenset({"yes", "y", "true", "x", "1", "✔"})
_RULE: Final = re.compile(r" \(R\d+\)")


def lay_out_remembered(fixes: Sequence[RememberedFix]) -> list[list[str | None]]:
    """The whole sheet from A1: its header, and a line for each fix."""
    lines: list[list[str | None]] = [list(HEADERS)]
    for fix in fixes:
        problem = _RULE.sub("", PROBLEM_KINDS[fix.code].meaning) if fix.code in PROBLEM_KINDS else fix.code
        lines.append([fix.column, fix.value, problem, fix.replacement, fix.by, when(fix), None, fix.id])
    return lines


def when(fix: RememberedFix) -> str:
    """The day on which a fix was remembered, and that on which its answer was last corrected again."""
    return fix.at[:10] + (f", corrected again {fix.corrected[:10]}" if fix.corrected else "")


def read_to_forget(grid: Sequence[Sequence[Cell]]) -> list[str]:
    """The ids of the fixes that the user marked with Yes, from the sheet's whole grid; [] when it is another sheet."""
    if not grid or FORGET not in grid[0] or _ID not in grid[0]:
        return []
    headers = list(grid[0])
    mark, place = headers.index(FORGET), headers.index(_ID)
    return [
        text_of(line[place])
        for line in grid[1:]
        if max(mark, place) < len(line) and text_of(line[mark]).casefold() in _AGREED and text_of(line[place])
    ]
