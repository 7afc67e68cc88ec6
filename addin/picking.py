"""A Participant ID picked in its own cell, in a row that told its person by name.

The ID stands for the cells that told it, as it does in Fix Errors, so that one pick is enough (SPEC 5). What they said
is kept, and it is said that they went.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import xlwings as xw

from addin import sheet
from addin.fixing import Work, empty_details
from addin.known import last_report
from addin.sentences import counted
from workbook.columns import DEMOGRAPHICS, PARTICIPANT_ID
from workbook.identity import who_of
from workbook.layout import own_columns
from workbook.report import FixGroup, Report

_CODES: Final = frozenset({"unknown-participant", "ambiguous-participant", "required"})
_FIRST_LINE: Final = 2
"""The first line of `_issues` that a row can point to."""


def read_rows(book: xw.Book) -> tuple[sheet.DataSheet, str]:
    """The data sheet, once picked Participant IDs have taken the place of the cells that told the person, and a
    sentence on that, "" where there was none."""
    data = sheet.read_data(book)
    if not any(_may_be_picked(data, row) for row in data.rows):
        return data, ""
    report = last_report(sheet.read_suggestions(book))
    work = Work() if report is None else _picked(data, report)
    if not work.made:
        return data, ""
    write_work(book, data, work)
    rows = len({change.row for change in work.made})
    told = f" The picked Participant ID replaces what else told the person in {counted(rows, 'row')}; see Fixes Made."
    return sheet.read_data(book), told


def write_work(book: xw.Book, data: sheet.DataSheet, work: Work) -> None:
    """Writes changed cells, and keeps what they said before."""
    sheet.add_own_columns(data)
    sheet.write_cells(data, work.noted(data))
    sheet.add_fixes_made(book, [change.line() for change in work.made])


def _may_be_picked(data: sheet.DataSheet, row: int) -> bool:
    if _pointer(data, row) is None:
        return False
    texts = data.texts(row)
    return PARTICIPANT_ID in texts and any(header in texts for header in DEMOGRAPHICS)


def _picked(data: sheet.DataSheet, report: Report) -> Work:
    """The cells to empty. `report`: of the last check; a row's pointer tells which of its rows it was."""
    flagged = sorted({problem.row for problem in report.problems if problem.code != "header-unknown"})
    groups = {
        row: group
        for group in report.fixes
        if group.column == PARTICIPANT_ID and group.code in _CODES
        for row in group.rows
    }
    work = Work()
    for row in data.rows:
        pointer = _pointer(data, row)
        if pointer is not None and pointer - _FIRST_LINE < len(flagged) and _may_be_picked(data, row):
            group = groups.get(flagged[pointer - _FIRST_LINE])
            if group is not None and _is_offered(data, row, group):
                empty_details(work, data, row)
    return work


def _is_offered(data: sheet.DataSheet, row: int, group: FixGroup) -> bool:
    """Whether the row says what it said when it had no ID, and has one now that was offered for it."""
    texts = data.texts(row)
    offered = [suggestion.value for suggestion in group.suggestions]
    return texts[PARTICIPANT_ID] in offered and who_of(texts) == group.value


def _pointer(data: sheet.DataSheet, row: int) -> int | None:
    place = own_columns(data.headers).pointer
    cells: Sequence[Any] = data.rows[row]
    found = cells[place - 1] if place <= len(cells) else None
    if isinstance(found, bool) or not isinstance(found, int | float) or found < _FIRST_LINE:
        return None
    return int(found)
