"""Decide which writes of an upload can be undone: those nobody changed since (SPEC 6, R8, R10).

Pure, like all judging: the records as they are now go in, a verdict for each change comes out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

from server.judge.coverage import Coverage
from server.judge.later import Later, Placed
from server.judge.reference import Enrollment
from workbook.local_time import Order, said_day

UndoResult = Literal["removed", "reopened", "kept", "impossible"]
"""A record that the upload began is removed, one that it ended is reopened. One that somebody changed since, or built
upon, is kept. Impossible is what the user may not reverse, or what is no longer there."""

_NOT_PERMITTED = (
    "You may not change this caseload any more, so it stays as the upload left it. Ask a site administrator to undo "
    "this upload."
)
_WITH_OTHERS = (
    "This upload also changed a caseload that you may not change any more, so nothing of it is taken back. Ask a site "
    "administrator to undo this upload."
)
_GONE = "It is no longer there, so nothing can be reversed."
_GONE_BESIDE = "It is no longer known whose caseload it was, for the assignment of its row is gone, so it stays."
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
    reopened: int = 0
    """The number that a record begun then would have got, when it was last opened again; 0 if it never was."""
    by_upload: bool = False
    """Whether an upload began it, and so within an enrollment (SPEC R6). An import may lack that."""

    @property
    def where(self) -> tuple[int, int]:
        return self.participant_key, self.program_key

    def leans_on(self, stay: Enrollment) -> bool:
        """Whether it would lack an enrollment, had it no other than that one. Of assignments that are older than it, an
        import's may have lacked one all the time; an upload's had another that is gone by now."""
        return self.by_upload or self.record_id > stay.record_id

    @property
    def identity(self) -> tuple[int, int, int, int]:
        """What no two open assignments share (SPEC R8)."""
        return self.participant_key, self.program_key, self.staff_key, self.relationship_key


class StoredEnrollment(NamedTuple):
    participant_key: int
    program_key: int
    version: int
    stay: Enrollment
    reopened: int = 0
    """As of an assignment."""

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
    judging = UndoJudging(upload_id, stored)
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


def lacks_rights(verdicts: Iterable[Reversal]) -> bool:
    """Whether the user lacks the right to reverse some of it, which somebody else may have."""
    return any(one.why == _NOT_PERMITTED for one in verdicts)


def as_far_as_allowed(verdicts: Sequence[Reversal]) -> list[Reversal]:
    """What a user may do of all that was found possible: everything, or nothing where they lack the right to a part.

    An upload is undone once. Were it half undone by them, nobody could take back the other half any more.
    """
    if not lacks_rights(verdicts):
        return list(verdicts)
    return [
        one._replace(outcome="impossible", why=_WITH_OTHERS) if one.outcome in ("removed", "reopened") else one
        for one in verdicts
    ]


_Where = tuple[int, int]
_Identity = tuple[int, int, int, int]
Why = tuple[UndoResult, str] | None
"""Why a change is not reversed; None when it is."""


class UndoJudging:
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
        self._assigned: dict[_Where, list[StoredAssignment]] = {}
        self._enrolled: dict[_Where, list[StoredEnrollment]] = {}
        self._dependents: dict[_Where, _Dependents] = {}
        for assignment in self._assignments.values():
            self._assigned.setdefault(assignment.where, []).append(assignment)
        for enrollment in self._enrollments.values():
            self._enrolled.setdefault(enrollment.where, []).append(enrollment)
        self._own_kept: set[int] = set()
        """Records that the upload began and that stay."""
        self._removed: set[int] = set()
        self.verdicts: dict[tuple[bool, int], Reversal] = {}

    def decide(self, change: RecordChange, why: Why, reversed_is: UndoResult) -> None:
        outcome, sentence = (reversed_is, "") if why is None else why
        if outcome == "removed":
            self._removed.add(change.record_id)
        elif change.begun:
            self._own_kept.add(change.record_id)
        self.verdicts[change.of_assignment, change.record_id] = Reversal(change, outcome, sentence)

    def assignment_begun(self, change: RecordChange) -> Why:
        stored = self._assignments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not stored.permitted:
            return "impossible", _NOT_PERMITTED
        if stored.version == 1 and stored.ended_by in ("", self._upload_id):
            return None
        return "kept", self._changed(stored)

    def assignment_ended(self, change: RecordChange) -> Why:
        stored = self._assignments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if not stored.permitted:
            return "impossible", _NOT_PERMITTED
        if stored.version != change.was.version + 1 or stored.ended_by != self._upload_id:
            return "kept", self._changed(stored)
        return self.stands_in_the_way(stored)

    def stands_in_the_way(self, stored: StoredAssignment) -> Why:
        """An assignment since, for which this one cannot be open again."""
        anew = self._begun_anew.get(stored.identity)
        again = anew.first(stored.end_date) if anew else None
        is_primary = stored.program_key != 0 and stored.relationship_key == self._primary_key != 0
        primary = self._primary_since.get(stored.where) if is_primary else None
        if again is not None and (primary is None or again.place <= primary.place):
            return "kept", self._again(again.record)
        if primary is not None:
            other = primary.record
            since = f" since {self._say(other.start_date)}" if other.permitted else ""
            return "kept", f"Another caseworker is Primary{since} (record {other.record_id})."
        return None

    def enrollment_begun(self, change: RecordChange) -> Why:
        stored = self._enrollments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if (barred := self._barred(change)) is not None:
            return barred
        if stored.version != 1:
            return "kept", self._ended_since(stored)
        return self.depends(change, stored)

    def depends(self, change: RecordChange, stored: StoredEnrollment) -> Why:
        """An assignment that stays and was begun in this enrollment, and in no other that is still there."""
        dependents = self._dependents.get(stored.where)
        if dependents is None:
            dependents = self._dependents[stored.where] = self._find_dependents(stored.where)
        record_id = dependents.first(stored.stay)
        if record_id:
            return "kept", f"An assignment that stays depends on this enrollment (record {record_id})."
        dependents.leave(stored.stay)
        return None

    def enrollment_ended(self, change: RecordChange) -> Why:
        stored = self._enrollments.get(change.record_id)
        if stored is None:
            return "impossible", _GONE
        if (barred := self._barred(change)) is not None:
            return barred
        if stored.version != change.was.version + 1:
            return "kept", self._ended_since(stored)
        return self.followed(stored)

    def followed(self, stored: StoredEnrollment) -> Why:
        """An enrollment since, for which this one cannot be open again."""
        anew = self._enrolled_anew.get(stored.where)
        again = anew.first(stored.stay.end_date) if anew else None
        if again is None:
            return None
        return "kept", self._enrolled_again(again.record)

    def _say(self, day: str) -> str:
        return said_day(day, self._order)

    def _barred(self, change: RecordChange) -> Why:
        """Why nobody, or not this user, may reverse what a row did to an enrollment."""
        beside = self._assignments.get(change.assignment_id)
        if beside is None:
            return "impossible", _GONE_BESIDE
        return None if beside.permitted else ("impossible", _NOT_PERMITTED)

    def _is_since(self, record_id: int, reopened: int) -> bool:
        """Whether a record stands that was not there, or not open, by the time of the upload."""
        came = max(record_id, reopened) >= self._later
        return record_id not in self._removed and (came or record_id in self._own_kept)

    # What follows is made once what stands is settled: all that the upload began is decided on by then.

    @cached_property
    def _begun_anew(self) -> dict[_Identity, Later[StoredAssignment]]:
        """The assignments of one identity that stand and came, or were reopened, since the upload."""
        found: dict[_Identity, list[Placed[StoredAssignment]]] = {}
        for one in self._begun_since():
            found.setdefault(one.record.identity, []).append(one)
        return {identity: Later(several) for identity, several in found.items()}

    @cached_property
    def _primary_since(self) -> dict[_Where, Placed[StoredAssignment]]:
        """Of these the first Primary that is open."""
        found: dict[_Where, Placed[StoredAssignment]] = {}
        for one in self._begun_since():
            if one.is_open and one.record.relationship_key == self._primary_key:
                found.setdefault(one.record.where, one)
        return found

    @cached_property
    def _enrolled_anew(self) -> dict[_Where, Later[StoredEnrollment]]:
        """The enrollments that stand and came, or were reopened, since the upload. One that it ended did neither."""
        found: dict[_Where, list[Placed[StoredEnrollment]]] = {}
        for place, other in enumerate(self._enrollments.values()):
            if self._is_since(other.stay.record_id, other.reopened):
                one = Placed(place, other.stay.start_date, not other.stay.end_date, other)
                found.setdefault(other.where, []).append(one)
        return {where: Later(several) for where, several in found.items()}

    def _begun_since(self) -> Iterator[Placed[StoredAssignment]]:
        for place, other in enumerate(self._assignments.values()):
            if self._is_since(other.record_id, other.reopened):
                yield Placed(place, other.start_date, not other.end_date, other)

    def _find_dependents(self, where: _Where) -> _Dependents:
        staying = [one for one in self._assigned.get(where, ()) if one.record_id not in self._removed]
        return _Dependents(staying, [one.stay for one in self._enrolled[where]])

    def _again(self, other: StoredAssignment) -> str:
        if other.reopened >= self._later:
            return f"The same assignment was reopened since (record {other.record_id})."
        return f"The same assignment was begun anew on {self._say(other.start_date)} (record {other.record_id})."

    def _enrolled_again(self, other: StoredEnrollment) -> str:
        stay = other.stay
        if other.reopened >= self._later:
            return f"Another enrollment in the program was reopened since (record {stay.record_id})."
        return f"The participant was enrolled again on {self._say(stay.start_date)} (record {stay.record_id})."

    def _changed(self, stored: StoredAssignment) -> str:
        if not stored.end_date:
            return _CHANGED
        by = "another upload" if stored.ended_by not in ("", self._upload_id) else "an import"
        return f"It was ended on {self._say(stored.end_date)} by {by} since, so it stays."

    def _ended_since(self, stored: StoredEnrollment) -> str:
        if not stored.stay.end_date:
            return _CHANGED
        return f"It was ended on {self._say(stored.stay.end_date)} by another upload or an import since, so it stays."


class _Dependents:
    """The assignments of a participant in a program that stay, and the enrollments there that they may depend on."""

    def __init__(self, assignments: Sequence[StoredAssignment], stays: Sequence[Enrollment]) -> None:
        self._begun: dict[str, list[tuple[int, StoredAssignment]]] = {}
        """Start Date → place in their order, and assignment."""
        for place, one in enumerate(assignments):
            self._begun.setdefault(one.start_date, []).append((place, one))
        self._days = sorted(self._begun)
        self._covered = Coverage(len(self._days))
        for stay in stays:
            self._covered.add(*self._span(stay))

    def first(self, stay: Enrollment) -> int:
        """The record number of the first assignment that leans on that enrollment, and began within it alone; 0 where
        there is none. A day that one enrollment alone covers is gone through for that one and no other."""
        alone = (self._days[at] for at in self._covered.at_most_once(*self._span(stay)))
        theirs = [(place, one.record_id) for day in alone for place, one in self._begun[day] if one.leans_on(stay)]
        return min(theirs)[1] if theirs else 0

    def leave(self, stay: Enrollment) -> None:
        """That enrollment will not be there any more."""
        self._covered.add(*self._span(stay), by=-1)

    def _span(self, stay: Enrollment) -> tuple[int, int]:
        end = bisect_right(self._days, stay.end_date) if stay.end_date else len(self._days)
        return bisect_left(self._days, stay.start_date), end
