"""Rules about assignments: duplicates, Primary caseworkers, and permissions (SPEC R8, R9, R10, R12)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Final

from server.judge.begun import AnyAssignment, Begun
from server.judge.days import is_real, swapped
from server.judge.reference import Assignment
from server.judge.row import PROGRAM_BITS, Row, bits, key_of, program_key_of
from server.judge.shelf import Wanted
from workbook.columns import INSERT, RELATIONSHIP, START, UPDATE

_YEARS_AHEAD: Final = 5
"""An assignment that begins later than that is a slip of the finger."""
_NARROWING = PROGRAM_BITS | bits(RELATIONSHIP, START)


def open_already(row: Row) -> AnyAssignment | None:
    """What is open for the same participant, program, caseworker and relationship, or, where the site allows one open
    Primary in a program, for another caseworker. An earlier row that says the very same is `repeated-row`, not this.

    Without a program there may be several: to whoever may not change it, a first one could not be told.
    """
    is_only = bool(row.program_key) and row.relationship_key == row.case.primary_key
    staff = None if is_only else row.staff_key
    wanted = Wanted(staff, row.program_key, row.relationship_key)
    for other in row.case.ledger.open_fitting(key_of(row.participant), wanted):
        if isinstance(other, Assignment) or other.staff_key != row.staff_key:
            return other
    return None


def begun_twin(row: Row) -> Begun | None:
    """An earlier row that begins the same: participant, program (0 without one), caseworker and relationship."""
    return row.case.ledger.begun(key_of(row.participant), row.program_key, row.staff_key, row.relationship_key)


# R9: updates


def wanted_by(row: Row) -> Wanted:
    """Which assignments an Update may mean: those with its caseworker, and its program, relationship and Start Date
    where it gives them (SPEC R9)."""
    return Wanted(row.staff_key, row.program_key or None, row.relationship_key or None, row.start or None)


def caseworkers_to_end(row: Row) -> tuple[str, ...]:
    """Who may be meant by an Update that names no caseworker: those of the participant's open assignments that it
    otherwise fits."""
    if not _says_what_it_ends(row):
        return ()
    open_ones = row.case.ledger.open_fitting(key_of(row.participant), _wanted_by_anybody(row))
    known = (other.staff_key for other in open_ones if other.staff_key in row.case.staff_answers)
    return tuple(map(row.case.staff_answers.__getitem__, islice(_distinct(known), 5)))


def staff_to_end(row: Row) -> Collection[int]:
    """The keys of the caseworkers of those open assignments of its participant that an Update fits, whoever it names
    as the caseworker."""
    if not _says_what_it_ends(row):
        return ()
    found = row.case.ledger.open_caseworkers(key_of(row.participant), _wanted_by_anybody(row))
    return found & row.case.staff_answers.keys()  # not somebody whom the user may not know of


def _says_what_it_ends(row: Row) -> bool:
    return row.action == UPDATE and row.participant is not None and not row.spoiled & _NARROWING


def _wanted_by_anybody(row: Row) -> Wanted:
    return wanted_by(row)._replace(staff_key=None)


def _distinct(keys: Iterator[int]) -> Iterator[int]:
    seen: set[int] = set()
    for key in keys:
        if key not in seen:
            seen.add(key)
            yield key


def ended_above(row: Row) -> int:
    """The row of this sheet that already ends what this Update would end."""
    if row.matches:
        return 0
    return row.case.ledger.ended_in(key_of(row.participant), wanted_by(row))


def historic(row: Row) -> Assignment | None:
    """The latest closed assignment that the Update matches, when no open one does."""
    if row.matches or ended_above(row):
        return None
    return row.case.ledger.latest_closed(key_of(row.participant), wanted_by(row))


def nothing_matches(row: Row) -> bool:
    return not row.matches and not ended_above(row) and historic(row) is None


def ends_before_start(row: Row) -> str:
    """The start that the End Date lies before, the row's or the stored one (SPEC R7); "" where it does not."""
    start = row.start or (row.match.start_date if row.match else "") or ""
    return start if row.end and row.end < start else ""


def possible_ends(row: Row) -> tuple[str, ...]:
    """The days that may be meant by an End Date before the start: with day and month exchanged, as Excel reads a date
    of another country, or in the start's year, as in January. Only such as can be."""
    start, today = ends_before_start(row), row.case.reference.today
    read = swapped(row.end), start[:4] + row.end[4:]
    return tuple(dict.fromkeys(iso for iso in read if is_real(iso) and start <= iso <= today))


def begins_too_late(row: Row) -> bool:
    """Whether the row begins an assignment so far ahead that it is a slip. Once it is written nobody could end it: its
    End Date would be before the start, or in the future itself."""
    today = row.case.reference.today
    return row.start > f"{int(today[:4]) + _YEARS_AHEAD}{today[4:]}"


def nearer_years(row: Row) -> tuple[str, ...]:
    """The same day of a year about now, of which the row's is a slip: 2206 for 2026."""
    this_year = int(row.case.reference.today[:4])
    years = [str(year) for year in (this_year, this_year - 1, this_year + 1)]
    from rapidfuzz.distance import OSA  # a server that starts, and a clean sheet, do without

    read = [year + row.start[4:] for year in years if OSA.distance(year, row.start[:4]) == 1]
    return tuple(iso for iso in read if is_real(iso))


# R10: permission


def not_permitted(row: Row) -> bool:
    return not row.case.reference.user.may_change(row.staff_key, program_key_of(row))


def out_of_bounds(row: Row) -> bool:
    """Whether no participant could make the row one that its user may write, by its program and caseworker alone.
    Where one of these is not known yet, any value that the cell may still get will do."""
    user = row.case.reference.user
    # Where it may be anybody, one other than the user, 0, stands for all others.
    caseworkers = {row.staff_key} if row.staff_key else {user.staff_key, 0}
    if row.program_key:
        programs = {row.program_key}
    elif row.action == INSERT and not row.has(PROGRAM_BITS):
        programs = {0}
    else:
        programs = {0, *user.access}
    return not any(user.may_change(staff_key, program) for staff_key in caseworkers for program in programs)


# R12: versions


def changed(row: Row) -> Assignment | None:
    version = row.case.versions.get(row.number)
    if version is None:
        return None
    stored = row.match or historic(row)
    if not isinstance(stored, Assignment):
        return None
    return stored if stored.version != version or is_another(row, stored) else None


def is_another(row: Row, stored: Assignment) -> bool:
    """Whether the assignment that the row was downloaded from is not open any more, and this is another one, which may
    well be of the same version. While it is open, another one is what the user has made the row mean."""
    record = row.case.records.get(row.number)
    if record is None or record == stored.record_id:
        return False
    return not row.case.ledger.is_stored_open(key_of(row.participant), record)
