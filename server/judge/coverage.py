"""How many spans cover each of a row of places, asked without going through all the spans."""

from __future__ import annotations

from collections.abc import Iterator


class Coverage:
    """A tree over the places: its root stands for all of them, and each half of what a node stands for is a node below
    it. A node knows how many spans it is covered by as a whole (`_more`), and the fewest that a place below it is
    covered by, those counted."""

    def __init__(self, places: int) -> None:
        self._size = 1 << max(places - 1, 0).bit_length()
        self._more = [0] * (2 * self._size)
        self._fewest = [0] * (2 * self._size)

    def add(self, first: int, end: int, by: int = 1) -> None:
        """A span from `first` up to, but not with, `end`; `by` -1 takes it away."""
        self._add(1, 0, self._size, first, end, by)

    def _add(self, node: int, low: int, high: int, first: int, end: int, by: int) -> None:
        if end <= low or high <= first:
            return
        if first <= low and high <= end:
            self._more[node] += by
            self._fewest[node] += by
            return
        middle = (low + high) // 2
        self._add(2 * node, low, middle, first, end, by)
        self._add(2 * node + 1, middle, high, first, end, by)
        self._fewest[node] = self._more[node] + min(self._fewest[2 * node], self._fewest[2 * node + 1])

    def at_most_once(self, first: int, end: int) -> Iterator[int]:
        """The places from `first` up to `end` that no more than one span covers."""
        waiting = [(1, 0, self._size, 0)]
        while waiting:
            node, low, high, above = waiting.pop()
            if end <= low or high <= first or above + self._fewest[node] > 1:
                continue
            if high - low == 1:
                yield low
                continue
            middle, above = (low + high) // 2, above + self._more[node]
            waiting += (2 * node + 1, middle, high, above), (2 * node, low, middle, above)
