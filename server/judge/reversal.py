"""Decide which writes of an upload can be undone: those nobody changed since (SPEC 6, R8, R10).

Pure, like all judging: the records as they are now go in, a verdict for each change comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple

from server.judge.begun import holds
from server.judge.reference import Enrollment
from workbook.local_time import Order, said_day

UndoResult = Literal["removed", "reopened", "kept", "impossible"]
"""A record that the upload began is removed, one that it ended is reopened. One that somebody changed since, or built
upon, is kept. Impossible is what the user may not reverse, or what is no longer there."""

_NOT_PERMITTED = (
    "You may not change this caseload any more, so it stays as the upload left it. Ask a site administrator to undo it."
)
_GONE = "It is no longer there, so nothing can be reversed."
_CHANGED = "It was changed by an import since, so it stays."


class Was(NamedTuple):
    """What an upload changed of a record that it ended, as it was before: what an undo puts back. A record that it
    began was nothing. A new field stands last, and has a default for uploads of
    a version that did not keep it."""

    version: int = 0
    status_key: int = 0
    """0 for none."""


class RecordChange(NamedTuple):
    """What an upload did to one record. Only one that it both began and ended in one go counts as begun."""

    row: int
    """The sheet row that did it."""
    of_assignment: bool
    """Else it is an enrollment."""
    begun: bool
    """Else the upload ended it."""
    record_id: int
    assignment_id: int
    """The assignment of the same row, which says who may reverse the change; the record itself if it is one."""
    was: Was


class StoredAssignment(NamedTuple):
    """As it is now. `program_key` and `relationship_key` are 0, the texts "" where empty."""

    record_id: int
    participant_key: int
    program_key: int
    staff_key: int
    relationship_key: int
    start_date: str
    end_date: str
    version: int
    ended_by: str
    permitted: bool
    """Whether the user may change it (SPEC R10)."""

    @property
    def where(self) -> tuple[int, int]:
        return self.participant_key, self.program_key

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """What no two open assignments share (SPEC R8)."""
        return self.participant_key, self.program_key, self.staff_key, self.relationship_key


class StoredEnrollment(NamedTuple):
    participant_key: int
    program_key: int
    version: int
    stay: Enrollment

    @property
    def where(self) -> tuple[int, int]:
        return self.participant_key, self.program_key


class Reversal(NamedTuple):
    """The verdict on one change. `why` is one sentence; "" where it is simply reversed."""

    change: RecordChange
    outcome: UndoResult
    why: str


class StoredSince(NamedTuple):
    """What is stored by the time of an undo. `later`: records from this number on were begun after the upload.
    `assignments`, `enrollments`: all of the participants that it touched. `primary_key`: the relationship that a
    participant may have open only once in a program, 0 where the site allows more. `order`: how the site writes
    dates."""

    later: int
    primary_key: int
    assignments: Iterable[StoredAssignment] = ()
    enrollments: Iterable[StoredEnrollment] = ()
    order: Order = "MDY"


def judge_reversal(upload_id: str, changes: Sequence[RecordChange], stored: StoredSince) -> list[Reversal]:
    """A verdict on every change of an upload, in their order."""
    judging = _Judging(upload_id, stored)
    # What is begun goes first: what it stood in the way of can be reopened then.
    for of_assignment, begun, ask in (
        (True, True, judging.assignment_begun),
        (True, False, judging.assignment_ended),
        (False, True, judging.enrollment_begun),
        (False, False, judging.enrollment_ended),
    ):
        for change in changes:
            if (change.of_assignment, change.begun) != (of_assignment, begun):
                continue
            judging.decide(change, why=ask(change), reversed_is="removed" if begun else "reopened")
    return [judging.verdicts[change.of_assignment, change.record_id] for change in changes]


_Why = tuple[UndoResult, str] | None
"""Why a change is not reversed; None when it is."""


class _Judging:
    def __init__(
        self,
        upload_id: str,
        stored: StoredSince,
    ) -> None:
        self._upload_id = upload_id
        self._order = stored.order
        self._later = stored.later
        self._primary_key = stored.primary_key
        self._assignments = {one.record_id: one for one in stored.assignments}
        self._enrollments = {one.stay.record_id: one for one in stored.enrollments}
        self._assigned: dict[tuple[int, int], list[StoredAssignment]] = {}
        self._enrolled: dict[tuple[int, int], list[StoredEnrollment]] = {}
        for assignment in self._assignments.values():
            self._assigned.setdefault(assignment.where, []).append(assignment)
        for enrollment in self._enrollments.values():
            self._enrolled.setdefault(enrollment.where, []).append(enrollment)
        self._own_kept: set[int] = set()
        """Records that the upload began and that stay."""
        self._removed: set[int] = set()
        self.verdicts: dict[tuple[bool, int], Reversal] = {}

    def decide(self, change: RecordChange, why: _Why, reversed_is: UndoResult) -> None:
        outcome, sentence = (reversed_is, "") if why is None else why
        if outcome == "removed":
            self._removed.add(change.record_id)
        elif change.begun:
            self._own_kept.add(change.record_id)
        self.verdicts[change.of_assignment, change.record_id] = Reversal(change, outcome, sentence)

    def assignment_begun(self, change: RecordChange) -> _Why:
        stored = self._assignments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not stored.permitted:
            return "impossible", _NOT_PERMITTED
        if stored.version == 1 and stored.ended_by in ("", self._upload_id):
            return None
        return "kept", self._changed(stored)

    def assignment_ended(self, change: RecordChange) -> _Why:
        stored = self._assignments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not stored.permitted:
            return "impossible", _NOT_PERMITTED
        if stored.version != change.was.version + 1 or stored.ended_by != self._upload_id:
            return "kept", self._changed(stored)
        for other in self._begun_since(stored):
            if other.identity == stored.identity and (not other.end_date or other.start_date >= stored.end_date):
                return (
                    "kept",
                    f"The same assignment was begun anew on {self._say(other.start_date)} (record {other.record_id}).",
                )
            both_primary = stored.relationship_key == other.relationship_key == self._primary_key != 0
            if both_primary and not other.end_date:
                since = f" since {self._say(other.start_date)}" if other.permitted else ""
                return "kept", f"Another caseworker is Primary{since} (record {other.record_id})."
        return None

    def enrollment_begun(self, change: RecordChange) -> _Why:
        stored = self._enrollments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not self._permitted(change):
            return "impossible", _NOT_PERMITTED
        if stored.version != 1:
            return "kept", self._ended_since(stored)
        for other in self._assigned.get(stored.where, ()):
            if (
                other.record_id > change.record_id
                and other.record_id not in self._removed
                and holds(stored.stay, other.start_date)
                and not any(holds(stay, other.start_date) for stay in self._other_stays(stored))
            ):
                return "kept", f"An assignment that stays depends on this enrollment (record {other.record_id})."
        return None

    def enrollment_ended(self, change: RecordChange) -> _Why:
        stored = self._enrollments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not self._permitted(change):
            return "impossible", _NOT_PERMITTED
        if stored.version != change.was.version + 1:
            return "kept", self._ended_since(stored)
        for stay in self._other_stays(stored):
            if self._is_since(stay.record_id) and (not stay.end_date or stay.start_date >= stored.stay.end_date):
                return (
                    "kept",
                    f"The participant was enrolled again on {self._say(stay.start_date)} (record {stay.record_id}).",
                )
        return None

    def _say(self, day: str) -> str:
        return said_day(day, self._order)

    def _permitted(self, change: RecordChange) -> bool:
        beside = self._assignments.get(change.assignment_id)
        return beside is not None and beside.permitted

    def _is_since(self, record_id: int) -> bool:
        """Whether a record stands that was not there before the upload."""
        return record_id not in self._removed and (record_id >= self._later or record_id in self._own_kept)

    def _begun_since(self, stored: StoredAssignment) -> Iterator[StoredAssignment]:
        for other in self._assigned.get(stored.where, ()):
            if self._is_since(other.record_id):
                yield other

    def _other_stays(self, stored: StoredEnrollment) -> list[Enrollment]:
        return [
            other.stay
            for other in self._enrolled.get(stored.where, ())
            if other is not stored and other.stay.record_id not in self._removed
        ]

    def _changed(self, stored: StoredAssignment) -> str:
        if not stored.end_date:
            return _CHANGED
        by = "another upload" if stored.ended_by not in ("", self._upload_id) else "an import"
        return f"It was ended on {self._say(stored.end_date)} by {by} since, so it stays."

    def _ended_since(self, stored: StoredEnrollment) -> str:
        if not stored.stay.end_date:
            return _CHANGED
        return f"It was ended on {self._say(stored.stay.end_date)} by another upload or an import since, so it stays."
