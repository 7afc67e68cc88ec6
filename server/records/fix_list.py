"""Change an upload's fixes one by one, however many there are of them.

A change costs as much as it changes: ten thousand of them in one call must not go through ten thousand fixes each.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator

from server.records.fixes import Key, StoredFix
from workbook.files.header import answered
from workbook.problems import HEADER_UNCLEAR


class FixList:
    """Fixes in the order in which they apply."""

    def __init__(self, fixes: Iterable[StoredFix] = ()) -> None:
        self._fixes: dict[int, StoredFix] = {}
        """By their place, which ascends."""
        self._freed: dict[int, set[int]] = {}
        """By place: rows of that fix that it has lost since."""
        self._places: dict[Key, list[int]] = {}
        self._of_column: dict[str, list[int]] = defaultdict(list)
        self._cells: dict[str, _Cells] = {}
        """By column, once something of it was taken back."""
        self._next = 0
        for fix in fixes:
            self._append(fix)

    def __iter__(self) -> Iterator[StoredFix]:
        return (self._at(place) for place in self._fixes)

    def __contains__(self, key: object) -> bool:
        return key in self._places

    def of(self, key: Key) -> list[StoredFix]:
        """What was said of a wrong value, in several parts where its rows got it at different times."""
        return [self._at(place) for place in self._places.get(key, ())]

    def add(self, fix: StoredFix) -> None:
        """One more. The same wrong value fixed anew replaces what was said of it before.

        `fix.rows`: the rows that have the problem now. When a replacement changes, later fixes of the same cells
        were answers to what it had put there, so they go with it.
        """
        earlier = self.of(fix.key)
        covered = {row for known in earlier for row in known.rows}
        if all(known.replacement == fix.replacement for known in earlier):
            rows = [row for row in fix.rows if row not in covered]
        else:
            rows = sorted(covered.union(fix.rows))
            self.take_back(fix.key)
        if rows:
            self._append(fix._replace(rows=tuple(rows)))

    def take_back(self, key: Key) -> None:
        """Takes out what was said of a wrong value, and later answers to what that had put there."""
        column = key[0]
        if key in self._places and column not in self._cells:
            places = [place for place in self._of_column[column] if place in self._fixes]
            self._cells[column] = _Cells((place, self._fixes[place].rows) for place in places)
        for place, fix in [(place, self._at(place)) for place in self._places.get(key, ())]:
            self._remove(place)
            for row in fix.rows:
                for later in self._cells[column].after(row, place):
                    self._free(later, row)
            if fix.code == HEADER_UNCLEAR:
                # Nothing is left to be fixed in what the header was said to be.
                there = self._of_column[answered(fix.replacement) or ""]
                for later in there[bisect_right(there, place) :]:
                    self._remove(later)

    def _at(self, place: int) -> StoredFix:
        fix, freed = self._fixes[place], self._freed.get(place)
        return fix._replace(rows=tuple(row for row in fix.rows if row not in freed)) if freed else fix

    def _append(self, fix: StoredFix) -> None:
        place, self._next = self._next, self._next + 1
        self._fixes[place] = fix
        self._places.setdefault(fix.key, []).append(place)
        self._of_column[fix.column].append(place)
        if fix.column in self._cells:
            self._cells[fix.column].add(place, fix.rows)

    def _free(self, place: int, row: int) -> None:
        """One row of a fix is fixed by it no longer; without any, the fix goes."""
        if place not in self._fixes:
            return
        freed = self._freed.setdefault(place, set())
        freed.add(row)
        if len(freed) == len(self._fixes[place].rows):
            self._remove(place)

    def _remove(self, place: int) -> None:
        fix = self._fixes.pop(place, None)
        if fix is None:
            return
        self._freed.pop(place, None)
        places = self._places[fix.key]
        places.remove(place)
        if not places:
            del self._places[fix.key]


class _Cells:
    """Which places say something of a row, under one column. Nearly every cell is fixed once, in a sheet of a million
    rows too, so the first place of a row costs four bytes and only further ones more."""

    def __init__(self, fixes: Iterable[tuple[int, tuple[int, ...]]]) -> None:
        self._first = array("I")
        """By row: the first place that says something of it, counted from 1; 0 for none."""
        self._more: dict[int, list[int]] = defaultdict(list)
        for place, rows in fixes:
            self.add(place, rows)

    def add(self, place: int, rows: tuple[int, ...]) -> None:
        missing = max(rows, default=-1) + 1 - len(self._first)
        if missing > 0:
            self._first.extend(array("I", [0]) * missing)
        for row in rows:
            if self._first[row]:
                self._more[row].append(place)
            else:
                self._first[row] = place + 1

    def after(self, row: int, place: int) -> Iterator[int]:
        """The places that say something of a row later than `place` does."""
        if self._first[row] > place + 1:
            yield self._first[row] - 1
        if row in self._more:
            more = self._more[row]
            yield from more[bisect_right(more, place) :]
