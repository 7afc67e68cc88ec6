"""The log of an upload: each row's outcome, record and fixed cells (SPEC 6).

It is stored as a packed sheet: a hundred thousand lines, most of them alike, take little room.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from server.judge.plan import Plan
from server.records.fixes import FixedCell
from server.records.writes import RecordNumbers
from workbook.columns import (
    ACTION,
    PARTICIPANT_ID,
    PROGRAM_ID,
    PROGRAM_NAME,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
)
from workbook.identity import said_value
from workbook.local_time import Order
from workbook.matching import exact_key, text_of
from workbook.problems import Problem
from workbook.sheet import Cell, Column, Sheet
from workbook.upload import LogRow

BEGUN: Final = "begun"
ENDED: Final = "ended"
UNCHANGED: Final = "unchanged"
LEFT_OUT: Final = "left out"
NOT_WRITTEN: Final = "not written"

_SPELT: Final = {"i": "Insert", "insert": "Insert", "u": "Update", "update": "Update"}
_ENROLLMENT_SAID: Final = re.compile(r"\bEnrollment \d+ (?:begun|ended)\.")
_HEADERS: Final = ("Action", "Result", "Record", "Message", "Before", "After", "Participant", "Program", "Caseworker")
_NAMED: Final = {
    "Participant": (PARTICIPANT_ID,),
    "Program": (PROGRAM_NAME, PROGRAM_ID),
    "Caseworker": (STAFF_NAME, STAFF_ID),
}
"""A column of the log → the columns of the sheet that it shows; the first that the row fills."""
_BY_CHOICE: Final = "Left out by its submitter's choice."


class WriteResult(NamedTuple):
    """What writing an upload did."""

    plan: Plan
    row_numbers: Sequence[int]
    """The sheet row numbers that the indexes of the plan mean."""
    written: RecordNumbers
    """The record numbers given."""
    warnings: Sequence[Problem]
    left_out_errors: Sequence[Problem]
    """What is wrong with the rows that are left out."""
    people: Mapping[int, str]
    """Sheet row number → the Participant ID that was found for a row without one."""


def lay_out_log(
    sheet: Sheet,
    left_out: Collection[int],
    changes: Mapping[int, Sequence[FixedCell]],
    outcome: WriteResult | None = None,
    order: Order = "MDY",
) -> Sheet:
    """The log of all rows of `sheet` (fixes applied), those left out too. `outcome`: None when nothing was
    written; `order`: how the site writes dates."""
    results: dict[int, tuple[str, int | None]] = {}
    messages: dict[int, list[str]] = {}
    why: dict[int, list[str]] = {}
    people: Mapping[int, str] = {}
    if outcome is not None:
        results, messages = _outcome(outcome.plan, outcome.row_numbers, outcome.written)
        people = outcome.people
        for problem in outcome.warnings:
            messages.setdefault(problem.row, []).append(problem.message)
        for problem in outcome.left_out_errors:
            if problem.severity == "error":
                why.setdefault(problem.row, []).append(problem.message)
    named = {column: _texts(sheet, headers) for column, headers in _NAMED.items()}
    for index, full_name in enumerate(_full_names(sheet)):
        named["Caseworker"][index] = named["Caseworker"][index] or full_name
    otherwise = (NOT_WRITTEN, None) if outcome is None else (UNCHANGED, None)
    actions = _actions(sheet)
    lines = _Lines()
    for index, row in enumerate(sheet.row_numbers):
        result, record = (LEFT_OUT, None) if row in left_out else results.get(row, otherwise)
        sentences = why.get(row, [_BY_CHOICE]) if row in left_out else messages.get(row)
        changed = changes.get(row)
        lines.add(
            actions[index],
            result,
            record,
            " ".join(sentences) if sentences else None,
            _told(changed, [change.before for change in changed], order) if changed else None,
            _told(changed, [change.after for change in changed], order) if changed else None,
            named["Participant"][index] or people.get(row),
            named["Program"][index],
            named["Caseworker"][index],
        )
    return Sheet(lines.columns, array("I", sheet.row_numbers))


def _told(changed: Sequence[FixedCell], values: Sequence[str], order: Order) -> str:
    """The values of changed cells, as the log tells them."""
    said = (said_value(change.header, value, order) for change, value in zip(changed, values, strict=True))
    return "; ".join(f"{change.header}: {value}" for change, value in zip(changed, said, strict=True))


def log_rows(log: Sheet) -> Iterator[LogRow]:
    """The lines of a log, one at a time."""
    action, result, record, message, before, after = (log.columns[header] for header in _HEADERS[:6])
    # A log that was kept before there were these columns lacks them.
    participant, program, caseworker = (log.columns.get(header) for header in _HEADERS[6:])
    for index, row in enumerate(log.row_numbers):
        number = record.cell(index)
        yield LogRow.model_construct(
            row=row,
            action=str(action.cell(index) or ""),
            result=str(result.cell(index) or ""),
            record_id=number if isinstance(number, int) else None,
            message=str(message.cell(index) or ""),
            before=str(before.cell(index) or ""),
            after=str(after.cell(index) or ""),
            participant_id=_cell_of(participant, index),
            program=_cell_of(program, index),
            caseworker=_cell_of(caseworker, index),
        )


def with_identifiers_only(log: Sheet) -> Sheet:
    """A log without anything from the rows: sheet row, action, result and record numbers are what stays (SPEC 7)."""
    lines = _Lines()
    for line in log_rows(log):
        enrollments = _ENROLLMENT_SAID.findall(line.message)
        lines.add(
            line.action if line.action in _SPELT.values() else None,
            line.result or None,
            line.record_id,
            " ".join(enrollments) or None,
            None,
            None,
            None,
            None,
            None,
        )
    return Sheet(lines.columns, array("I", log.row_numbers))


class _Lines:
    """The columns of a log in the making; each different cell is kept once."""

    def __init__(self) -> None:
        self.columns = {header: Column(header) for header in _HEADERS}
        self._takers = [(column, dict[Cell, int]()) for column in self.columns.values()]

    def add(self, *cells: Cell) -> None:
        for (column, codes), cell in zip(self._takers, cells, strict=True):
            if cell is None:
                column.codes.append(0)
                continue
            code = codes.setdefault(cell, len(column.values))
            if code == len(column.values):
                column.values.append(cell)
            column.codes.append(code)


def _cell_of(column: Column | None, index: int) -> str:
    return "" if column is None else str(column.cell(index) or "")


def _texts(sheet: Sheet, headers: Sequence[str]) -> list[str | None]:
    """For each row the text of the first of some columns that it fills."""
    found: list[str | None] = [None] * len(sheet)
    for header in reversed(headers):
        column = sheet.columns.get(header)
        if column is not None:
            texts = [text_of(value) or None for value in column.values]
            found = [texts[code] or earlier for code, earlier in zip(column.codes, found, strict=True)]
    return found


def _full_names(sheet: Sheet) -> list[str | None]:
    """For each row the caseworker's first and last name, where they stand apart."""
    first, last = _texts(sheet, (STAFF_FIRST,)), _texts(sheet, (STAFF_LAST,))
    return [" ".join(filter(None, parts)) or None for parts in zip(first, last, strict=True)]


def _actions(sheet: Sheet) -> list[str | None]:
    """Each row's action, written the template's way where it can be read."""
    column = sheet.columns.get(ACTION)
    if column is None:
        return [None] * len(sheet)
    texts = [text_of(value) for value in column.values]
    shown = [_SPELT.get(exact_key(text), text) or None for text in texts]
    return [shown[code] for code in column.codes]


def _outcome(
    plan: Plan, row_numbers: Sequence[int], written: RecordNumbers
) -> tuple[dict[int, tuple[str, int | None]], dict[int, list[str]]]:
    results: dict[int, tuple[str, int | None]] = {}
    messages: dict[int, list[str]] = {}
    for position, begin in enumerate(plan.begins):
        results[row_numbers[begin.row_index]] = (BEGUN, written.first_assignment + position)
    for end in plan.ends:
        record = end.record_id if end.begin < 0 else written.first_assignment + end.begin
        results[row_numbers[end.row_index]] = (ENDED, record)
    for position, enrolled in enumerate(plan.enrollment_begins):
        number = written.first_enrollment + position
        messages.setdefault(row_numbers[enrolled.row_index], []).append(f"Enrollment {number} begun.")
    for left in plan.enrollment_ends:
        number = left.record_id if left.begin < 0 else written.first_enrollment + left.begin
        messages.setdefault(row_numbers[left.row_index], []).append(f"Enrollment {number} ended.")
    return results, messages
