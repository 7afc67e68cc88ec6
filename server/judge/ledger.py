"""Assignments open at each row of a sheet: stored records plus earlier rows' effects (R11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from server.judge.reference import Assignment, Enrollment


@dataclass(slots=True)
class Begun:
    """An assignment that a row of this sheet begins. `plan_index` is its place in the plan, -1 if its row is wrong."""

    row_number: int
    program_key: int
    staff_key: int
    relationship_key: int
    start_date: str | None
    """None where the row's Start Date cannot be read: nothing is said about dates then."""
    plan_index: int = -1
    ended_in_row: int = 0


class Stay(NamedTuple):
    """An enrollment as the sheet has left it so far. `record_id` is 0 for one that the sheet begins."""

    record_id: int
    start_date: str
    end_date: str
    plan_index: int = -1


AnyStay = Enrollment | Stay
AnyAssignment = Assignment | Begun


def holds(stay: AnyStay, day: str) -> bool:
    """Whether an enrollment covers an ISO date. An import may lack the start: it has always been there then."""
    return stay.start_date <= day and (not stay.end_date or day <= stay.end_date)


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
        self._stays: dict[tuple[int, int], list[AnyStay]] = {}

    def know_closed(self, closed: Mapping[int, Sequence[Assignment]]) -> None:
        """Closed assignments by participant, in the place of those that were known."""
        self._closed = closed

    def know_more(
        self,
        assignments: Mapping[int, Sequence[Assignment]],
        enrollments: Mapping[tuple[int, int], Sequence[Enrollment]],
    ) -> None:
        """Open assignments and enrollments in the place of those that were known: of more participants."""
        self._assignments, self._enrollments = assignments, enrollments

    def open_assignments(self, participant: int) -> Sequence[AnyAssignment]:
        """What the rows above have left open, or begun."""
        stored = self._assignments.get(participant, ())
        if participant not in self._moved:
            return stored
        begun = self._begun.get(participant)
        still: list[AnyAssignment] = [other for other in stored if other.record_id not in self._ended_in_row]
        if begun:
            still += [other for other in begun if not other.ended_in_row]
        return still

    def ended_here(self, participant: int) -> Iterator[tuple[AnyAssignment, int]]:
        """Assignments that earlier rows of this sheet ended, with the row that did."""
        for assignment in self._assignments.get(participant, ()):
            if assignment.record_id in self._ended_in_row:
                yield assignment, self._ended_in_row[assignment.record_id]
        for begun in self._begun.get(participant, ()):
            if begun.ended_in_row:
                yield begun, begun.ended_in_row

    def closed_assignments(self, participant: int) -> Sequence[Assignment]:
        """Stored as closed: historic."""
        return self._closed.get(participant, ())

    def begun(self, participant: int) -> Sequence[Begun]:
        """What the rows above begin for a participant, ended again or not."""
        return self._begun.get(participant, ())

    def begin(self, participant: int, begun: Begun) -> None:
        self._begun.setdefault(participant, []).append(begun)
        self._moved.add(participant)

    def end(self, participant: int, assignment: AnyAssignment, row_number: int) -> None:
        self._moved.add(participant)
        if isinstance(assignment, Begun):
            assignment.ended_in_row = row_number
        else:
            self._ended_in_row[assignment.record_id] = row_number

    def stays(self, participant: int, program: int) -> Sequence[AnyStay]:
        """Enrollments of a participant in a program, oldest first."""
        key = participant, program
        return self._stays.get(key) or self._enrollments.get(key) or ()

    def begin_stay(self, participant: int, program: int, stay: Stay) -> None:
        self._stays[participant, program] = [*self.stays(participant, program), stay]

    def end_stay(self, participant: int, program: int, stay: AnyStay, end_date: str) -> None:
        self._stays[participant, program] = [
            Stay(other.record_id, other.start_date, end_date, getattr(other, "plan_index", -1))
            if other == stay
            else other
            for other in self.stays(participant, program)
        ]
