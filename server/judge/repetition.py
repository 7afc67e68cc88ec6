"""Tell whether a row says nothing that is not said already (SPEC R8, R9). Pure."""

from __future__ import annotations

from typing import Final

from server.judge.assignment import begun_twin, ended_above, historic, open_already
from server.judge.enrollment import NEW
from server.judge.reference import Assignment
from server.judge.row import PLACE, READ, Row, bits, key_of
from workbook.columns import DEMOGRAPHICS, INSERT, KINDS, PARTICIPANT_ID, PROGRAM_END, PROGRAM_START, SSN
from workbook.left_out import LEAVE_ROW_OUT

_IDENTIFYING: Final = frozenset({PARTICIPANT_ID, *DEMOGRAPHICS})
_PROGRAM_DATES: Final = bits(PROGRAM_START, PROGRAM_END)


def leaving_out(_: Row) -> tuple[str, ...]:
    """The answer to a row that begins, or ends, what has begun, or ended: what it says is not written."""
    return (LEAVE_ROW_OUT,)


def says_nothing_new(row: Row) -> bool:
    """Whether a row that repeats another, or what is stored, agrees with it in all that it says.

    Then nothing is lost with it, and it may be left out unread. In a row with another error something may be meant
    that it does not say yet.
    """
    if row.is_wrong:
        return False
    if row.action == INSERT:
        stored, twin = open_already(row), begun_twin(row)
        if stored is None:
            return twin is not None and _is_the_same(row, twin.row_number)
        return isinstance(stored, Assignment) and _is_open_so(row, stored)
    if above := ended_above(row):
        return _is_the_same(row, above)
    closed = historic(row)
    return closed is not None and _is_ended_so(row, closed)


def _is_the_same(row: Row, number: int) -> bool:
    """Whether every cell says what that earlier row says. Whoever is meant must be told in the same words: were it told
    in others, one of the two rows could still turn out to be about somebody else."""
    columns, other = row.case.columns, row.case.index_of(number)
    for header in KINDS:
        column, mine = columns[header], row.codes[PLACE[header]]
        theirs = column.codes[other]
        if header in _IDENTIFYING and header != SSN and column.texts[mine] == column.texts[theirs]:
            continue  # a number in one row and a text in the other, as one sees them
        if mine != theirs and (
            header in _IDENTIFYING
            or header not in READ
            or not column.found[mine]
            or column.found[mine] != column.found[theirs]
        ):
            return False
    return True


def _is_open_so(row: Row, stored: Assignment) -> bool:
    return (
        stored.staff_key == row.staff_key
        and stored.start_date == row.start
        and stored.status_key == key_of(row.status)
        and not _changes_enrollment(row)
    )


def _is_ended_so(row: Row, stored: Assignment) -> bool:
    """What the row leaves empty would not have changed what is stored (SPEC R9)."""
    return (
        stored.end_date == row.end
        and key_of(row.reason) in (0, stored.reason_key)
        and key_of(row.status) in (0, stored.status_key)
        and not _changes_enrollment(row)
    )


def _changes_enrollment(row: Row) -> bool:
    if not row.has(_PROGRAM_DATES):
        return False
    stay = row.stay
    return stay is None or stay.record_id == NEW or bool(row.program_end and row.program_end != stay.end_date)
