"""Spans of days, asked for by day without going through all of them.

Days count by number, each month as if it had 31: only their order matters.
"""

from __future__ import annotations

from typing import Final

_DAYS: Final = 1 << 22
"""More than there are up to the year 9999."""


def _number(day: str) -> int:
    """Of an ISO date; "" is before them all."""
    return (int(day[:4]) * 12 + int(day[5:7])) * 31 + int(day[8:]) if day else 0


class FirstByDay:
    """The first of the spans that hold a day. Each has a place in their order.

    A tree over all days: its root stands for all of them, and each half of what a node stands for is a node below it.
    A span is noted at the few nodes that make it up, and a day asks the nodes above it.
    """

    def __init__(self) -> None:
        self._first: dict[int, int] = {}

    def add(self, first: str, last: str, place: int) -> None:
        low, high = _number(first) + _DAYS, _number(last) + _DAYS + 1
        while low < high:
            if low & 1:
                self._note(low, place)
                low += 1
            if high & 1:
                high -= 1
                self._note(high, place)
            low >>= 1
            high >>= 1

    def _note(self, node: int, place: int) -> None:
        self._first[node] = min(place, self._first.get(node, place))

    def find(self, day: str) -> int | None:
        """The place of the first span that holds the day."""
        found, node = None, _number(day) + _DAYS
        while node:
            place = self._first.get(node)
            if place is not None and (found is None or place < found):
                found = place
            node >>= 1
        return found


class LatestEnd:
    """The latest end of the spans that begin on a day or before: a Fenwick tree of maxima."""

    def __init__(self) -> None:
        self._latest: dict[int, str] = {}

    def add(self, first: str, last: str) -> None:
        node = _number(first) + 1
        while node <= _DAYS:
            self._latest[node] = max(last, self._latest.get(node, ""))
            node += node & -node

    def by(self, day: str) -> str:
        """ "" where none has begun by then."""
        found, node = "", _number(day) + 1
        while node:
            found = max(found, self._latest.get(node, ""))
            node -= node & -node
        return found
