"""Assignments of one participant, found by what a row says of them without going through all of them.

A sheet may hold any number of rows about one participant. Where each of them went through what the others have begun
and ended, twice the rows would take four times as long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from typing import Generic, NamedTuple, TypeVar

from server.judge.begun import AnyAssignment, Begun


class Wanted(NamedTuple):
    """What is asked of an assignment; None where anything will do. A key of 0 asks for one without such a thing."""

    staff_key: int | None = None
    program_key: int | None = None
    relationship_key: int | None = None
    start_date: str | None = None

    def fits(self, one: AnyAssignment) -> bool:
        """A start that cannot be read may be any."""
        staff, program, relationship, start = self
        return (
            staff in (None, one.staff_key)
            and program in (None, one.program_key)
            and relationship in (None, one.relationship_key)
            and (start is None or one.start_date in (None, start))
        )

    @property
    def asks(self) -> _Asks:
        staff, program, relationship, start = self
        return staff is not None, program is not None, relationship is not None, start is not None


_Asks = tuple[bool, bool, bool, bool]
"""What a Wanted asks for at all. Each such combination has an index, made when it is first asked for."""


def _key(one: AnyAssignment, asks: _Asks) -> Wanted:
    """Under what an assignment stands in the index for `asks`. One whose start cannot be read stands under None."""
    staff, program, relationship, start = asks
    return Wanted(
        one.staff_key if staff else None,
        one.program_key if program else None,
        one.relationship_key if relationship else None,
        one.start_date if start else None,
    )


def _name(one: AnyAssignment) -> int:
    """What no two assignments share: of one that a row begins, the row, below zero."""
    return -one.row_number if isinstance(one, Begun) else one.record_id


def _row(one: AnyAssignment) -> int:
    """Where an assignment stands in the order: stored ones first, then those that rows begin."""
    return one.row_number if isinstance(one, Begun) else 0


class _Alike:
    """The assignments under one key, in order, and how many of them each caseworker has."""

    __slots__ = ("caseworkers", "ones")

    def __init__(self) -> None:
        self.ones: dict[int, AnyAssignment] = {}
        self.caseworkers: dict[int, int] = {}

    def add(self, one: AnyAssignment) -> None:
        self.ones[_name(one)] = one
        self.caseworkers[one.staff_key] = self.caseworkers.get(one.staff_key, 0) + 1

    def remove(self, one: AnyAssignment) -> None:
        del self.ones[_name(one)]
        self.caseworkers[one.staff_key] -= 1
        if not self.caseworkers[one.staff_key]:
            del self.caseworkers[one.staff_key]


_NOTHING = _Alike()


class Shelf:
    """Open assignments of one participant: stored ones in their order, then those that rows begin."""

    def __init__(self, ones: Iterable[AnyAssignment]) -> None:
        self._ones = {_name(one): one for one in ones}
        self._indexes: dict[_Asks, dict[Wanted, _Alike]] = {}

    def add(self, one: AnyAssignment) -> None:
        self._ones[_name(one)] = one
        for asks, index in self._indexes.items():
            index.setdefault(_key(one, asks), _Alike()).add(one)

    def remove(self, one: AnyAssignment) -> None:
        del self._ones[_name(one)]
        for asks, index in self._indexes.items():
            index[_key(one, asks)].remove(one)

    def fitting(self, wanted: Wanted) -> Iterator[AnyAssignment]:
        """Those that fit, in order."""
        found, of_any_start = self._alike(wanted)
        if not of_any_start.ones:
            return iter(found.ones.values())
        return merge(found.ones.values(), of_any_start.ones.values(), key=_row)

    def count(self, wanted: Wanted) -> int:
        found, of_any_start = self._alike(wanted)
        return len(found.ones) + len(of_any_start.ones)

    def caseworkers(self, wanted: Wanted) -> frozenset[int]:
        """The keys of the caseworkers of those that fit."""
        found, of_any_start = self._alike(wanted)
        return frozenset(found.caseworkers).union(of_any_start.caseworkers)

    def _alike(self, wanted: Wanted) -> tuple[_Alike, _Alike]:
        """What stands under exactly this, and what may have this start as well as any."""
        asks = wanted.asks
        index = self._indexes.get(asks)
        if index is None:
            index = self._indexes[asks] = {}
            for one in self._ones.values():
                index.setdefault(_key(one, asks), _Alike()).add(one)
        found = index.get(wanted, _NOTHING)
        if wanted.start_date is None:
            return found, _NOTHING
        return found, index.get(wanted._replace(start_date=None), _NOTHING)


_Found = TypeVar("_Found")
_Rank = tuple[int, int]


class Firsts(Generic[_Found]):
    """Assignments of one participant, each with a rank and with what is to be found by it: of those that fit, the first
    is found."""

    def __init__(self) -> None:
        self._ones: list[tuple[AnyAssignment, _Rank, _Found]] = []
        self._indexes: dict[_Asks, dict[Wanted, tuple[_Rank, _Found]]] = {}

    def add(self, one: AnyAssignment, rank: _Rank, found: _Found) -> None:
        self._ones.append((one, rank, found))
        for asks, index in self._indexes.items():
            _keep_first(index, _key(one, asks), rank, found)

    def first(self, wanted: Wanted) -> _Found | None:
        asks = wanted.asks
        index = self._indexes.get(asks)
        if index is None:
            index = self._indexes[asks] = {}
            for one, rank, found in self._ones:
                _keep_first(index, _key(one, asks), rank, found)
        first, of_any_start = index.get(wanted), None
        if wanted.start_date is not None:
            of_any_start = index.get(wanted._replace(start_date=None))
        if first is None or (of_any_start is not None and of_any_start[0] < first[0]):
            first = of_any_start
        return None if first is None else first[1]


def _keep_first(index: dict[Wanted, tuple[_Rank, _Found]], key: Wanted, rank: _Rank, found: _Found) -> None:
    known = index.get(key)
    if known is None or rank < known[0]:
        index[key] = rank, found
