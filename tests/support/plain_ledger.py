"""The ledger as plainly as it can be told: each question goes through everything. What is found faster must be the
same."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from server.judge.begun import AnyAssignment, AnyStay, Begun, Stay, holds
from server.judge.reference import Assignment, Enrollment
from server.judge.shelf import Wanted


class PlainStays(list[AnyStay]):
    def hold(self, day: str) -> bool:
        return any(holds(stay, day) for stay in self)

    def hold_both(self, first: str, last: str) -> bool:
        return any(holds(stay, first) and holds(stay, last) for stay in self)

    def open_one(self) -> AnyStay | None:
        return next((stay for stay in self if not stay.end_date), None)

    def ended_on(self, day: str) -> AnyStay | None:
        return next((stay for stay in self if stay.end_date == day), None)

    def open_or_holding(self, day: str) -> AnyStay | None:
        return next((stay for stay in self if not stay.end_date or holds(stay, day)), None)


class PlainLedger:
    def __init__(
        self,
        assignments: Mapping[int, Sequence[Assignment]],
        closed: Mapping[int, Sequence[Assignment]] | None,
        enrollments: Mapping[tuple[int, int], Sequence[Enrollment]],
    ) -> None:
        self._assignments, self._closed = assignments, closed or {}
        self._stays = {key: PlainStays(stays) for key, stays in enrollments.items()}
        self._begun: dict[int, list[Begun]] = {}
        self._ended_in_row: dict[int, int] = {}

    def know_closed(self, closed: Mapping[int, Sequence[Assignment]]) -> None:
        self._closed = closed

    def know_more(
        self,
        assignments: Mapping[int, Sequence[Assignment]],
        enrollments: Mapping[tuple[int, int], Sequence[Enrollment]],
    ) -> None:
        self._assignments = assignments
        self._stays = {key: PlainStays(stays) for key, stays in enrollments.items()}

    def open_fitting(self, participant: int, wanted: Wanted) -> Iterator[AnyAssignment]:
        for one in self._all(participant):
            if not self._ended_by(one) and wanted.fits(one):
                yield one

    def count_open(self, participant: int, wanted: Wanted) -> int:
        return len([*self.open_fitting(participant, wanted)])

    def open_caseworkers(self, participant: int, wanted: Wanted) -> frozenset[int]:
        return frozenset(one.staff_key for one in self.open_fitting(participant, wanted))

    def ended_in(self, participant: int, wanted: Wanted) -> int:
        ended = (self._ended_by(one) for one in self._all(participant) if wanted.fits(one))
        return next((row for row in ended if row), 0)

    def is_stored_open(self, participant: int, record_id: int) -> bool:
        return any(one.record_id == record_id for one in self._assignments.get(participant, ()))

    def latest_closed(self, participant: int, wanted: Wanted) -> Assignment | None:
        closed = [old for old in self._closed.get(participant, ()) if wanted.fits(old)]
        return max(closed, key=lambda old: old.end_date, default=None)

    def has_had(self, participant: int, wanted: Wanted) -> bool:
        return any(wanted.fits(one) for one in (*self._all(participant), *self._closed.get(participant, ())))

    def begun(self, participant: int, program: int, staff: int, relationship: int) -> Begun | None:
        wanted = Wanted(staff, program, relationship)
        still_open = (one for one in self._begun.get(participant, ()) if not one.ended_in_row)
        return next((one for one in still_open if wanted.fits(one)), None)

    def begin(self, participant: int, begun: Begun) -> None:
        self._begun.setdefault(participant, []).append(begun)

    def end(self, _participant: int, assignment: AnyAssignment, row_number: int) -> None:
        if isinstance(assignment, Begun):
            assignment.ended_in_row = row_number
        else:
            self._ended_in_row[assignment.record_id] = row_number

    def stays(self, participant: int, program: int) -> PlainStays:
        return self._stays.get((participant, program), PlainStays())

    def begin_stay(self, participant: int, program: int, stay: Stay) -> None:
        self._stays[participant, program] = PlainStays([*self.stays(participant, program), stay])

    def end_stay(self, participant: int, program: int, stay: AnyStay, end_date: str) -> None:
        ended = Stay(stay.record_id, stay.start_date, end_date, getattr(stay, "plan_index", -1))
        self._stays[participant, program] = PlainStays(
            ended if other == stay else other for other in self.stays(participant, program)
        )

    def _all(self, participant: int) -> list[AnyAssignment]:
        return [*self._assignments.get(participant, ()), *self._begun.get(participant, ())]

    def _ended_by(self, one: AnyAssignment) -> int:
        return one.ended_in_row if isinstance(one, Begun) else self._ended_in_row.get(one.record_id, 0)
