"""Judging an undo as plainly as it can be told: each question goes through all that is stored. What is found faster
must be the same."""

from __future__ import annotations

from collections.abc import Iterator

from server.judge.begun import holds
from server.judge.reversal import RecordChange, StoredAssignment, StoredEnrollment, UndoJudging, Why


class PlainJudging(UndoJudging):
    def stands_in_the_way(self, stored: StoredAssignment) -> Why:
        for other in self._assigned.get(stored.where, ()):
            if not self._is_since(other.record_id):
                continue
            if other.identity == stored.identity and (not other.end_date or other.start_date >= stored.end_date):
                return (
                    "kept",
                    f"The same assignment was begun anew on {self._say(other.start_date)} (record {other.record_id}).",
                )
            if stored.relationship_key == other.relationship_key == self._primary_key != 0 and not other.end_date:
                since = f" since {self._say(other.start_date)}" if other.permitted else ""
                return "kept", f"Another caseworker is Primary{since} (record {other.record_id})."
        return None

    def depends(self, change: RecordChange, stored: StoredEnrollment) -> Why:
        for other in self._assigned.get(stored.where, ()):
            if (
                other.record_id > change.record_id
                and other.record_id not in self._removed
                and holds(stored.stay, other.start_date)
                and not any(holds(one.stay, other.start_date) for one in self._others(stored))
            ):
                return "kept", f"An assignment that stays depends on this enrollment (record {other.record_id})."
        return None

    def followed(self, stored: StoredEnrollment) -> Why:
        for other in self._others(stored):
            stay = other.stay
            if self._is_since(stay.record_id) and (not stay.end_date or stay.start_date >= stored.stay.end_date):
                return (
                    "kept",
                    f"The participant was enrolled again on {self._say(stay.start_date)} (record {stay.record_id}).",
                )
        return None

    def _others(self, stored: StoredEnrollment) -> Iterator[StoredEnrollment]:
        for other in self._enrolled.get(stored.where, ()):
            if other is not stored and other.stay.record_id not in self._removed:
                yield other
