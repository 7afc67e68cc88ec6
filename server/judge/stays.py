"""A participant's enrollments in one program, as the rows above leave them: oldest first, then as they are begun."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from server.judge.begun import AnyStay, Stay, holds
from server.judge.day_tree import FirstByDay, LatestEnd

FEW: Final = 16
"""So many are gone through; of more, the days are looked up."""


class Stays:
    __slots__ = ("_all", "_index", "_own")

    def __init__(self, stays: Sequence[AnyStay] = ()) -> None:
        self._all = stays
        self._own: list[AnyStay] | None = None
        """The same, once a row has changed something: those that were given stay what is stored."""
        self._index: _Index | None = None

    def __bool__(self) -> bool:
        return bool(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[AnyStay]:
        return iter(self._all)

    def __contains__(self, stay: object) -> bool:
        return stay in (index.places if (index := self._by_day()) else self._all)

    def hold(self, day: str) -> bool:
        """Whether any holds the day."""
        if index := self._by_day():
            return index.hold(day, day)
        return any(holds(stay, day) for stay in self._all)

    def hold_both(self, first: str, last: str) -> bool:
        """Whether any one holds both days."""
        if index := self._by_day():
            return index.hold(min(first, last), max(first, last))
        return any(holds(stay, first) and holds(stay, last) for stay in self._all)

    def open_one(self) -> AnyStay | None:
        if index := self._by_day():
            return next(iter(index.open.values()), None)
        return next((stay for stay in self._all if not stay.end_date), None)

    def ended_on(self, day: str) -> AnyStay | None:
        """The first that ended then."""
        if index := self._by_day():
            return self._all[index.ended[day]] if day in index.ended else None
        return next((stay for stay in self._all if stay.end_date == day), None)

    def open_or_holding(self, day: str) -> AnyStay | None:
        """The first that is open or holds the day."""
        if index := self._by_day():
            places = [*([] if (held := index.first.find(day)) is None else [held]), *list(index.open)[:1]]
            return self._all[min(places)] if places else None
        return next((stay for stay in self._all if not stay.end_date or holds(stay, day)), None)

    def begin(self, stay: Stay) -> None:
        self._to_change().append(stay)
        if self._index is not None:
            self._index.add(len(self._all) - 1, stay)

    def end(self, stay: AnyStay, end_date: str) -> None:
        index = self._by_day()
        place = index.places[stay] if index else self._all.index(stay)
        ended = Stay(stay.record_id, stay.start_date, end_date, getattr(stay, "plan_index", -1))
        self._to_change()[place] = ended
        if index:
            del index.places[stay], index.open[place]
            index.add(place, ended)

    def _to_change(self) -> list[AnyStay]:
        if self._own is None:
            self._all = self._own = [*self._all]
        return self._own

    def _by_day(self) -> _Index | None:
        if self._index is None and len(self._all) > FEW:
            self._index = _Index(self._all)
        return self._index


class _Index:
    """Where among many enrollments those are that hold a day, have ended on one, or are open."""

    def __init__(self, stays: Sequence[AnyStay]) -> None:
        self.places: dict[AnyStay, int] = {}
        self.open: dict[int, AnyStay] = {}
        """By place, in order. The first began first, too: stored ones are in that order, and no row begins one beside
        one that is open."""
        self.ended: dict[str, int] = {}
        self.first = FirstByDay()
        self._latest = LatestEnd()
        for place, stay in enumerate(stays):
            self.add(place, stay)

    def add(self, place: int, stay: AnyStay) -> None:
        self.places.setdefault(stay, place)
        if not stay.end_date:
            self.open[place] = stay
            return
        self.ended[stay.end_date] = min(place, self.ended.get(stay.end_date, place))
        self.first.add(stay.start_date, stay.end_date, place)
        self._latest.add(stay.start_date, stay.end_date)

    def hold(self, first: str, last: str) -> bool:
        """Whether any one holds these days, of which the first is no later than the last."""
        still_open = next(iter(self.open.values()), None)
        return (still_open is not None and still_open.start_date <= first) or self._latest.by(first) >= last
