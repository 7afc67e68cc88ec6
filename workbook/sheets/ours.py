"""Tell a sheet of ours from one of the user's own that has the same name, by how it begins.

A name proves nothing: "Log" is what people call a sheet of notes. What ours begin with has been the same in every
version, so that a workbook of an earlier one is known too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from workbook import layout
from workbook.matching import text_of
from workbook.sheet import Cell
from workbook.sheets import (
    fix_sheet,
    fixes_made_sheet,
    log_sheet,
    marks,
    preview_sheet,
    remembered_sheet,
    uploads_sheet,
)

ROWS: Final = 4
"""Rows at the top of a sheet by which it is known."""
COLUMNS: Final = 40
"""Columns of them: more than any of ours has, and a few that the user may have put between."""
_KEY: Final = re.compile(r"[a-z]+(?:_[a-z]+)*_?[0-9]*")
"""What `_meta` calls a fact."""

Top = Sequence[Sequence[str]]


def is_ours(name: str, top: Sequence[Sequence[Cell]]) -> bool:
    """Whether a sheet that is called as one of ours begins as that one does. `top`: its first ROWS, or more; `_meta`,
    of which no more is written than was read, is looked at whole."""
    seen = top if name == layout.META_SHEET else top[:ROWS]
    lines = [[text_of(cell) for cell in line[:COLUMNS]] for line in seen]
    lines += [[] for _ in range(ROWS - len(lines))]
    return _BEGINNINGS[name]([[*line, *[""] * (COLUMNS - len(line))] for line in lines])


def _is_fix_sheet(top: Top) -> bool:
    return any({fix_sheet.COLUMN, fix_sheet.CHOICE, fix_sheet.CODE} <= {*line} for line in top)


def _is_log(top: Top) -> bool:
    told = top[2][0] == log_sheet.FACTS[0] and top[3][0] == log_sheet.FACTS[1]
    return top[0][0] == log_sheet.TITLE and (told or top[1][0] == log_sheet.NO_LOG)


def _is_preview(top: Top) -> bool:
    told = top[2][0] == preview_sheet.FIRST_FACT
    return top[0][0] == layout.PREVIEW_SHEET and (told or top[1][0].startswith(preview_sheet.WHY_EMPTY))


def _is_list_of_uploads(top: Top) -> bool:
    headers = {*top[uploads_sheet.HEADER_ROW - 1]}
    return top[0][0] == uploads_sheet.TITLE and {uploads_sheet.ID, uploads_sheet.NOTES, uploads_sheet.TO_DO} <= headers


def _is_meta(top: Top) -> bool:
    keys = [line[0] for line in top if any(line)]
    are_pairs = not any(any(line[2:]) for line in top)
    return are_pairs and all(_KEY.fullmatch(key) for key in keys[keys[:1] == ["Key"] :])


_BEGINNINGS: Final[dict[str, Callable[[Top], bool]]] = {
    layout.FIX_SHEET: _is_fix_sheet,
    layout.FIXES_MADE_SHEET: lambda top: tuple(top[0][: len(fixes_made_sheet.HEADERS)]) == fixes_made_sheet.HEADERS,
    layout.PREVIEW_SHEET: _is_preview,
    layout.LOG_SHEET: _is_log,
    layout.UPLOADS_SHEET: _is_list_of_uploads,
    layout.REMEMBERED_SHEET: lambda top: {remembered_sheet.FORGET, remembered_sheet.ID} <= {*top[0]},
    layout.SUGGESTIONS_SHEET: lambda top: tuple(top[0][: len(marks.BEGINS)]) == marks.BEGINS,
    layout.LISTS_SHEET: lambda top: {""} < {*top[0]} <= {*layout.LIST_NAMES, layout.EMPTY_THE_CELL, ""},
    layout.META_SHEET: _is_meta,
}
SHEETS: Final = frozenset(_BEGINNINGS)
"""The names of the sheets that we write over as a whole, or in part."""
