"""Judging an undo as plainly as it can be told: each question goes through all that is stored. What is found faster
must be the same."""

from __future__ import annotations

from collections.abc import Iterator

from server.judge.begun import holds
from server.judge.reversal import RecordChange, StoredAssignment, StoredEnrollment, UndoJudging, Why


class PlainJudging(UndoJudging):
    def stands_in_the_way(self, stored: StoredAssignment) -> Why:
        for other in self._assigned.get(stored.where, ()):
            if not self._is_since(other.record_id, other.reopened):
                continue
            if other.identity == stored.identity and (not other.end_date or other.start_date >= stored.end_date):
                return "kept", self._again(other)
            both_primary = stored.relationship_key == other.relationship_key == self._primary_key != 0
            if both_primary and stored.program_key and not other.end_date:
                since = f" since {self._say(other.start_date)}" if other.permitted else ""
                return "kept", f"Another caseworker is Primary{since} (record {other.record_id})."
        return None

    def depends(self, change: RecordChange, stored: StoredEnrollment) -> Why:
        for other in self._assigned.get(stored.where, ()):
            if (
                other.leans_on(stored.stay)
                and other.record_id not in self._removed
                and holds(stored.stay, other.start_date)
                and not any(holds(one.stay, other.start_date) for one in self._others(stored))
            ):
                return "kept", f"An assignment that stays depends on this enrollment (record {other.record_id})."
        return None

    def followed(self, stored: StoredEnrollment) -> Why:
        for other in self._others(stored):
            stay = other.stay
            late = not stay.end_date or stay.start_date >= stored.stay.end_date
            if self._is_since(stay.record_id, other.reopened) and late:
                return "kept", self._enrolled_again(other)
        return None

    def _others(self, stored: StoredEnrollment) -> Iterator[StoredEnrollment]:
        for other in self._enrolled.get(stored.where, ()):
            if other is not stored and other.stay.record_id not in self._removed:
                yield other
