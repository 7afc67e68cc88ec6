"""Rules about enrollments: is the participant in the program, and from when until when (SPEC R6)."""

from __future__ import annotations

from collections import Counter
from functools import partial

from server.judge.begun import AnyStay, Stay, holds
from server.judge.row import Row, key_of
from workbook.columns import PROGRAM_ID
from workbook.matching import exact_key

NEW = 0
"""The record number of an enrollment that no site has stored: the row at hand begins it."""


def find_stay(row: Row) -> AnyStay | None:
    """The enrollment that the row's Program Start or End Date speaks of (SPEC R6).

    A Program Start Date within a stored enrollment, or before one that is still open, begins no second one beside
    it. A Program End Date alone speaks of the open enrollment, or repeats the end of a closed one.
    """
    if not row.program or not row.participant:
        return None
    if row.program_start:
        return row.stays.open_or_holding(row.program_start) or Stay(NEW, row.program_start, "")
    return row.stays.open_one() or row.stays.ended_on(row.program_end)


def not_enrolled(row: Row) -> bool:
    return row.program is not None and not row.stays


def programs_enrolled_in(row: Row) -> tuple[str, ...]:
    """Active programs that the participant is in on the row's Start Date, where it gives one, as its program column
    names them: by ID where a name is not enough. Any other would be outside the enrollment at once (SPEC R6)."""
    programs = row.case.reference.programs
    stays = partial(row.case.ledger.stays, key_of(row.participant))
    names = Counter(exact_key(program.name) for program in programs)
    by_id = row.program_column == PROGRAM_ID
    return tuple(
        program.program_id if by_id or names[exact_key(program.name)] > 1 else program.name
        for program in programs
        if program.active and (theirs := stays(program.key)) and (not row.start or theirs.hold(row.start))
    )[:5]


def ends_no_enrollment(row: Row) -> bool:
    """A Program End Date without a start, and no stored enrollment that it could end."""
    return row.program is not None and not (row.stays.open_one() or row.stays.ended_on(row.program_end))


def ends_enrollment_otherwise(row: Row) -> bool:
    """A Program End Date for an enrollment that ended on another day: what is closed is not changed."""
    stay = row.stay
    return bool(row.program_end and stay and stay.end_date and stay.end_date != row.program_end)


def start_outside(row: Row) -> bool:
    """A Start Date beyond the enrollment that the row names, or beyond every one of its program."""
    if not row.start or not row.program:
        return False
    if row.stay:
        last = row.program_end or row.stay.end_date
        return not row.stay.start_date <= row.start or bool(last and row.start > last)
    return not row.stays.hold(row.start)


def end_outside(row: Row) -> bool:
    """An End Date beyond the enrollment that the assignment began in, or beyond every one of that program."""
    if not row.end or not row.match or not row.match.program_key:
        return False
    start, stay = row.match.start_date, row.stay
    stays = row.case.ledger.stays(key_of(row.participant), row.match.program_key)
    if start and stay and row.program_end and not stay.end_date and holds(stay, start) and stay in stays:
        return row.end > row.program_end
    if start and stays.hold_both(start, row.end):
        return False
    begun_in_one = start and stays.hold(start)
    return bool(stays) and bool(begun_in_one or not stays.hold(row.end))


def program_end_before_start(row: Row) -> str:
    start = row.program_start or (row.stay.start_date if row.stay else "")
    return start if row.program_end and row.program_end < start else ""
