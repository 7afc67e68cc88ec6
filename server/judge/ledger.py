"""Assignments open at each row of a sheet: stored records plus earlier rows' effects (R11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from server.judge.begun import AnyAssignment, AnyStay, Begun, Stay
from server.judge.reference import Assignment, Enrollment
from server.judge.shelf import Firsts, Shelf, Wanted
from server.judge.stays import Stays

FEW: Final = 16
"""So many assignments of one participant are gone through for each row; more are put on a shelf."""


class _Many(NamedTuple):
    """The assignments of a participant who has many, begun or ended in this sheet or neither."""

    open: Shelf
    ended: Firsts[int]
    """Those that rows ended, by the row that did."""
    places: dict[int, int]
    """Record number → where it stands among the stored ones."""
    begun: dict[Wanted, Begun]
    """By program, caseworker and relationship, the last that a row began."""


class Ledger:
    """Assignments and enrollments by participant, as of the row being judged."""

    def __init__(
        self,
        assignments: Mapping[int, Sequence[Assignment]],
        closed: Mapping[int, Sequence[Assignment]] | None,
        enrollments: Mapping[tuple[int, int], Sequence[Enrollment]],
    ) -> None:
        self._assignments = assignments
        self._closed = closed or {}
        self._enrollments = enrollments
        self._begun: dict[int, list[Begun]] = {}
        self._ended_in_row: dict[int, int] = {}
        self._moved: set[int] = set()
        """Participants whose assignments are no longer as they are stored."""
        self._of_many: dict[int, _Many] = {}
        self._latest_closed: dict[int, Firsts[Assignment]] = {}
        self._stays: dict[tuple[int, int], Stays] = {}
        self._stored_open: dict[int, frozenset[int]] = {}

    def know_closed(self, closed: Mapping[int, Sequence[Assignment]]) -> None:
        """Closed assignments by participant, in the place of those that were known."""
        self._closed = closed
        self._latest_closed.clear()

    def know_more(
        self,
        assignments: Mapping[int, Sequence[Assignment]],
        enrollments: Mapping[tuple[int, int], Sequence[Enrollment]],
    ) -> None:
        """Open assignments and enrollments in the place of those that were known: of more participants."""
        self._assignments, self._enrollments = assignments, enrollments
        self._of_many.clear()
        self._stored_open.clear()

    def is_stored_open(self, participant: int, record_id: int) -> bool:
        """Whether that record is stored as an open assignment of the participant, whatever rows above have ended."""
        numbers = self._stored_open.get(participant)
        if numbers is None:
            stored = self._assignments.get(participant, ())
            numbers = self._stored_open[participant] = frozenset(other.record_id for other in stored)
        return record_id in numbers

    def open_fitting(self, participant: int, wanted: Wanted) -> Iterator[AnyAssignment]:
        """Of what the rows above have left open, or begun, what fits: stored ones first."""
        if participant not in self._moved and len(stored := self._assignments.get(participant, ())) <= FEW:
            return filter(wanted.fits, stored)  # as nearly always
        many = self._many(participant)
        if many is not None:
            return many.open.fitting(wanted)
        return filter(wanted.fits, self._open(participant))

    def count_open(self, participant: int, wanted: Wanted) -> int:
        """How many these are."""
        many = self._many(participant)
        if many is not None:
            return many.open.count(wanted)
        return sum(map(wanted.fits, self._open(participant)))

    def open_caseworkers(self, participant: int, wanted: Wanted) -> frozenset[int]:
        """The keys of the caseworkers of these."""
        many = self._many(participant)
        if many is not None:
            return many.open.caseworkers(wanted)
        return frozenset(other.staff_key for other in self._open(participant) if wanted.fits(other))

    def ended_in(self, participant: int, wanted: Wanted) -> int:
        """The row that ended the first of those that fit and that rows of this sheet have ended; 0 where none has."""
        many = self._many(participant)
        if many is not None:
            return many.ended.first(wanted) or 0
        return next((row for other, _, row in self._ended(participant) if wanted.fits(other)), 0)

    def latest_closed(self, participant: int, wanted: Wanted) -> Assignment | None:
        """Of those that are stored as closed and fit, the one that ended last."""
        closed = self._closed.get(participant, ())
        if len(closed) <= FEW:
            return max(filter(wanted.fits, closed), key=lambda old: old.end_date, default=None)
        if participant not in self._latest_closed:
            found = self._latest_closed[participant] = Firsts()
            for place, old in enumerate(sorted(closed, key=lambda old: old.end_date, reverse=True)):
                found.add(old, (0, place), old)
        return self._latest_closed[participant].first(wanted)

    def has_had(self, participant: int, wanted: Wanted) -> bool:
        """Whether any assignment fits, be it open, ended by a row, or stored as closed."""
        return (
            any(True for _ in self.open_fitting(participant, wanted))
            or self.ended_in(participant, wanted) > 0
            or self.latest_closed(participant, wanted) is not None
        )

    def begun(self, participant: int, program: int, staff: int, relationship: int) -> Begun | None:
        """What a row above begins, and none has ended."""
        theirs = self._begun.get(participant)
        if theirs is None:
            return None
        wanted = Wanted(staff, program, relationship)
        many = self._many(participant)
        if many is not None:
            begun = many.begun.get(wanted)
            return begun if begun is not None and not begun.ended_in_row else None
        return next((begun for begun in theirs if not begun.ended_in_row and wanted.fits(begun)), None)

    def begin(self, participant: int, begun: Begun) -> None:
        """No two that are open share program, caseworker and relationship: the row of a second one repeats."""
        self._begun.setdefault(participant, []).append(begun)
        self._moved.add(participant)
        many = self._of_many.get(participant)
        if many is not None:
            many.open.add(begun)
            many.begun[Wanted(begun.staff_key, begun.program_key, begun.relationship_key)] = begun

    def end(self, participant: int, assignment: AnyAssignment, row_number: int) -> None:
        self._moved.add(participant)
        if isinstance(assignment, Begun):
            assignment.ended_in_row = row_number
        else:
            self._ended_in_row[assignment.record_id] = row_number
        many = self._of_many.get(participant)
        if many is not None:
            many.open.remove(assignment)
            many.ended.add(assignment, _rank(assignment, many.places), row_number)

    def stays(self, participant: int, program: int) -> Stays:
        """Enrollments of a participant in a program, oldest first."""
        key = participant, program
        known = self._stays.get(key)
        if known is None:
            stored = self._enrollments.get(key, ())
            known = Stays(stored)
            if len(stored) > FEW:
                self._stays[key] = known
        return known

    def begin_stay(self, participant: int, program: int, stay: Stay) -> None:
        self._stays.setdefault((participant, program), self.stays(participant, program)).begin(stay)

    def end_stay(self, participant: int, program: int, stay: AnyStay, end_date: str) -> None:
        self._stays.setdefault((participant, program), self.stays(participant, program)).end(stay, end_date)

    def _open(self, participant: int) -> Sequence[AnyAssignment]:
        stored = self._assignments.get(participant, ())
        if participant not in self._moved:
            return stored
        still: list[AnyAssignment] = [other for other in stored if other.record_id not in self._ended_in_row]
        still += [other for other in self._begun.get(participant, ()) if not other.ended_in_row]
        return still

    def _ended(self, participant: int) -> Iterator[tuple[AnyAssignment, tuple[int, int], int]]:
        """What rows of this sheet have ended, with its rank and the row that did."""
        for place, stored in enumerate(self._assignments.get(participant, ())):
            if stored.record_id in self._ended_in_row:
                yield stored, (0, place), self._ended_in_row[stored.record_id]
        for begun in self._begun.get(participant, ()):
            if begun.ended_in_row:
                yield begun, (1, begun.row_number), begun.ended_in_row

    def _many(self, participant: int) -> _Many | None:
        """The shelf of a participant with many assignments; it is made when it is first needed."""
        many = self._of_many.get(participant)
        stored, begun = self._assignments.get(participant, ()), self._begun.get(participant, ())
        if many is not None or len(stored) + len(begun) <= FEW:
            return many
        places = {other.record_id: place for place, other in enumerate(stored)}
        last = {Wanted(one.staff_key, one.program_key, one.relationship_key): one for one in begun}
        many = self._of_many[participant] = _Many(Shelf(self._open(participant)), Firsts(), places, last)
        for other, rank, row_number in self._ended(participant):
            many.ended.add(other, rank, row_number)
        return many


def _rank(assignment: AnyAssignment, places: Mapping[int, int]) -> tuple[int, int]:
    if isinstance(assignment, Begun):
        return 1, assignment.row_number
    return 0, places[assignment.record_id]
