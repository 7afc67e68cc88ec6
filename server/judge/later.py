"""Of records in an order, the first that is open or begins late enough, found without going through them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Generic, NamedTuple, TypeVar

_Record = TypeVar("_Record")


class Placed(NamedTuple, Generic[_Record]):
    """A record, and where it stands in the order."""

    place: int
    start_date: str
    is_open: bool
    record: _Record


class Later(Generic[_Record]):
    def __init__(self, placed: Iterable[Placed[_Record]]) -> None:
        by_start = sorted(placed, key=lambda one: one.start_date)
        self._open = min((one for one in by_start if one.is_open), key=_place, default=None)
        self._starts = [one.start_date for one in by_start]
        self._firsts: list[Placed[_Record]] = []
        """Beside each start, the first in order of those that begin then or later."""
        for one in reversed(by_start):
            earlier = self._firsts and self._firsts[-1].place < one.place
            self._firsts.append(self._firsts[-1] if earlier else one)
        self._firsts.reverse()

    def first(self, day: str) -> Placed[_Record] | None:
        """The first in order that is open, or begins on that day or later."""
        at = bisect_left(self._starts, day)
        found = [*self._firsts[at : at + 1], *([self._open] if self._open else [])]
        return min(found, key=_place, default=None)


def _place(one: Placed[_Record]) -> int:
    return one.place
