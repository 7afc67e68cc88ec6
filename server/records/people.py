"""Participants whom a clue may mean, found by indexed look-ups: the few that record linkage then weighs (SPEC 5).

Every look-up asks for values that a record of the same person may hold: the ID with one character wrong, the
birth date with day and month swapped, the names that exist in the site and are like the one written. So each
costs what it finds, not what the site holds.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import takewhile
from typing import Any, Final, NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import JaroWinkler
from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, case, func, literal_column, select

from server.judge.question import Clue
from server.judge.reference import Participant
from server.records.loading import can_be_stored
from server.records.tables import participants
from workbook.matching import exact_key, like_key

Related = Callable[[str], Collection[str]]
"""A first name's `like_key` → the other names that a person of that name may go by."""

_AT_ONCE: Final = 500  # values in one look-up
_ALIKE: Final = 0.80
"""How alike (Jaro and Winkler, 0 to 1) a name must be to be looked up."""
_NAMES_ALIKE: Final = 12
_SHORTEST_ID: Final = 4
_LONGEST_ID: Final = 32
_SHORTEST_PART: Final = 4
_MOST_ZEROS: Final = 6
_LOOK_ALIKE: Final = {
    "o": "0", "0": "o", "i": "1", "l": "1", "1": "il", "s": "5", "5": "s", "b": "8", "8": "b", "z": "2", "2": "z",
}  # fmt: skip
_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")

_p = participants.c
_PERSON = select(
    _p.key, _p.participant_id, _p.first_name, _p.last_name, _p.birth_date, _p.case_number, _p.ssn_hash
).where(_p.site_id == bindparam("site"))


def _nearest_first(statement: Select[Any], *signs: tuple[ColumnElement[Any], str]) -> Select[Any]:
    """Those with the most of the signs (a column and the name of the value it should hold) first, up to a limit."""
    nearness: ColumnElement[Any] = literal_column("0")
    for column, name in signs:
        nearness = nearness + case((column == bindparam(name), 1), else_=0)
    return statement.order_by(nearness.desc(), _p.key).limit(bindparam("limit"))


def _one_of(column: Column[str], name: str) -> ColumnElement[bool]:
    return column.in_(bindparam(name, expanding=True))


# Written out once: to put a statement together takes longer than to run one of these.
_BY_VALUE: Final = {
    column.name: _PERSON.where(_one_of(column, "values")) for column in (_p.id_key, _p.case_key, _p.ssn_hash)
}
_SAME_NAMES: Final = ((_p.last_key, "last"), (_p.first_key, "first"))
_SAME_DATE: Final = (
    (func.substr(_p.birth_date, 1, 4), "year"),
    (func.substr(_p.birth_date, 6, 2), "month"),
    (func.substr(_p.birth_date, 9, 2), "day"),
)
_BY_BIRTH_DATE: Final = _nearest_first(_PERSON.where(_one_of(_p.birth_date, "days")), *_SAME_NAMES)
_BY_LAST_NAMES: Final = _nearest_first(_PERSON.where(_one_of(_p.last_key, "lasts")), *_SAME_NAMES, *_SAME_DATE)
_BY_NAMES: Final = _nearest_first(
    _PERSON.where(_one_of(_p.last_key, "lasts"), _one_of(_p.first_key, "firsts")), *_SAME_NAMES, *_SAME_DATE
)

def find_near(
    connection: Connection, site_id: int, clues: Sequence[Clue], related: Related, limit_per_clue: int = 40
) -> list[Participant]:
    """Everybody in the site whom one of the clues may mean, each once, in no order that says anything.

    `related`: nicknames (`server.judge.names.Nicknames.related`). `limit_per_clue`: the most people that one
    look-up by name or birth date brings up; the nearest are kept.
    """
    clues = [Clue(*(value if can_be_stored(value) else "" for value in clue)) for clue in clues]
    search = _Search(connection, site_id, limit_per_clue)
    search.by_values(_p.ssn_hash, {clue.ssn_hash for clue in clues if clue.ssn_hash})
    search.by_values(_p.id_key, search.mistaken(_p.id_key, {exact_key(clue.participant_id) for clue in clues}))
    search.by_values(_p.case_key, search.mistaken(_p.case_key, {like_key(clue.case_number) for clue in clues}))
    written = dict.fromkeys(
        _Written(like_key(clue.first_name), like_key(clue.last_name), clue.birth_date, clue.ssn_hash) for clue in clues
    )
    for one in written:
        search.by_birth_date(one)
        search.by_names(one, [one.last], [one.first, *related(one.first)] if one.first else None)
        if one.first and one.last:
            search.by_names(one.turned_round(), [one.first], [one.last, *related(one.last)])
    open_ones = [one for one in written if (one.first or one.last) and not search.is_settled(one)]
    if open_ones:
        search.by_names_alike(open_ones, related)
    return search.found()


class _Written(NamedTuple):
    """What a clue says of name and birth date, folded for looking up."""

    first: str
    last: str
    birth_date: str
    ssn_hash: str

    def turned_round(self) -> _Written:
        return self._replace(first=self.last, last=self.first)

    def may_name(self, person: Participant) -> bool:
        """Whether both names written are like this person's, as they stand or exchanged."""
        names = like_key(person.first_name), like_key(person.last_name)
        return any(
            all(JaroWinkler.similarity(*pair) >= _ALIKE for pair in zip(ours, names, strict=True))
            for ours in ((self.first, self.last), (self.last, self.first))
        )



class _Search:
    """One search through the participants of one site."""

    def __init__(self, connection: Connection, site_id: int, limit: int) -> None:
        self._connection = connection
        self._site_id = site_id
        self._limit = limit
        self._people: dict[int, Participant] = {}
        self._born_on: dict[str, list[Participant]] = {}
        self._ssn_hashes: set[str] = set()

    def found(self) -> list[Participant]:
        return list(self._people.values())

    def by_values(self, column: Column[str], values: Collection[str]) -> None:
        wanted = sorted(value for value in values if value)
        for start in range(0, len(wanted), _AT_ONCE):
            self._take(_BY_VALUE[column.name], values=wanted[start : start + _AT_ONCE])

    def by_birth_date(self, written: _Written) -> None:
        """The same day, or day and month swapped; the likest names first, where many share the day."""
        if written.birth_date:
            year, month, day = _date_parts(written.birth_date)
            days = [written.birth_date, f"{year}-{day}-{month}"]
            self._take(_BY_BIRTH_DATE, days=days, last=written.last, first=written.first, limit=self._limit)

    def by_names(self, written: _Written, lasts: Sequence[str], firsts: Sequence[str] | None) -> None:
        """Everybody of one of these last and first names (of any first name for None), the nearest first."""
        lasts = [name for name in lasts if name]
        if not lasts or firsts == []:
            return
        year, month, day = _date_parts(written.birth_date)
        names = {"lasts": lasts} if firsts is None else {"lasts": lasts, "firsts": firsts}
        self._take(
            _BY_LAST_NAMES if firsts is None else _BY_NAMES,
            **names, last=written.last, first=written.first, year=year, month=month, day=day, limit=self._limit,
        )

    def is_settled(self, written: _Written) -> bool:
        """Whether somebody was found already with whom nobody who is merely called alike could compete."""
        if written.ssn_hash and written.ssn_hash in self._ssn_hashes:
            return True
        born_then = self._born_on.get(written.birth_date, ()) if written.birth_date else ()
        return any(written.may_name(person) for person in born_then)

    def by_names_alike(self, written: Sequence[_Written], related: Related) -> None:
        """Everybody whose names are like the ones written, a letter wrong anywhere, or exchanged."""
        first_names, last_names = self._names(_p.first_key), self._names(_p.last_key)
        lasts = last_names.alike({one.last for one in written if one.last})
        firsts = first_names.alike({name for one in written for name in (one.first, one.last) if name})
        for one in written:
            self.by_names(one, lasts.get(one.last, []), _first_names(one.first, firsts, first_names, related))
            if one.last and one.first in last_names.known:
                crossed = _first_names(one.last, firsts, first_names, related)
                self.by_names(one.turned_round(), [one.first], crossed)

    def _names(self, column: Column[str]) -> _Names:
        """Every different name in the column: one step through the index a name, however many share it."""
        least = (
            select(func.min(column).label("name"))
            .where(_p.site_id == self._site_id, column > "")
            .cte("names", recursive=True)
        )
        other = participants.alias()
        following = (
            select(func.min(other.c[column.name]))
            .where(other.c.site_id == self._site_id, other.c[column.name] > least.c.name)
            .scalar_subquery()
        )
        names = least.union_all(select(following).where(least.c.name.is_not(None)))
        statement = select(names.c.name).where(names.c.name.is_not(None))
        return _Names([str(name) for (name,) in self._connection.execute(statement)])

    def mistaken(self, column: Column[str], keys: Collection[str]) -> set[str]:
        """What the IDs meant may be, of which these were made: themselves, a character off, or zeros lost."""
        wanted = {key for key in keys if key}
        if not wanted:
            return set()
        statement = select(func.min(column), func.max(column)).where(_p.site_id == self._site_id, column > "")
        shapes = [str(key) for key in self._connection.execute(statement).one() if key]
        return {variant for key in wanted for variant in _variants(key, shapes)}

    def _take(self, statement: Select[Any], **values: object) -> None:
        for row in self._connection.execute(statement, {"site": self._site_id, **values}).all():
            if row[0] not in self._people:
                person = self._people[row[0]] = Participant(*row)
                self._born_on.setdefault(person.birth_date, []).append(person)
                self._ssn_hashes.add(person.ssn_hash)


class _Names:
    """The different names of a site, folded, to be found by their beginning, their end, or their likeness."""

    def __init__(self, names: list[str]) -> None:
        self.all = sorted(names)
        self.known = frozenset(names)
        self._backwards = sorted(name[::-1] for name in names)

    def alike(self, names: Collection[str]) -> dict[str, list[str]]:
        """For each of these names, those of the site that it may be: the most alike first."""
        asked = sorted(names)
        if not self.all or not asked:
            return {name: [] for name in asked}
        found = {}
        for name, line in zip(asked, process.cdist(asked, self.all, scorer=JaroWinkler.similarity), strict=True):
            likely = np.flatnonzero(line >= _ALIKE)
            best = likely[np.argsort(-line[likely], kind="stable")][:_NAMES_ALIKE]
            found[name] = [self.all[place] for place in best.tolist()]
            if len(name) >= _SHORTEST_PART:
                found[name] += [
                    *_beginning(self.all, name)[:_NAMES_ALIKE],
                    *(end[::-1] for end in _beginning(self._backwards, name[::-1])[:_NAMES_ALIKE]),
                    *(part for part in _halves(name) if part in self.known),
                ]
            found[name] = list(dict.fromkeys(found[name]))
        return found


def _halves(name: str) -> Iterator[str]:
    """What a name of two words, run together by folding, may be made of."""
    for place in range(3, len(name) - 2):
        yield name[:place]
        yield name[place:]


def _date_parts(iso: str) -> tuple[str, str, str]:
    year, _, rest = iso.partition("-")
    month, _, day = rest.partition("-")
    return year, month, day


def _beginning(names: Sequence[str], start: str) -> list[str]:
    """Of sorted names those that begin so."""
    return list(takewhile(lambda name: name.startswith(start), names[bisect_left(names, start) :][: _NAMES_ALIKE + 1]))


def _first_names(name: str, alike: dict[str, list[str]], names: _Names, related: Related) -> list[str] | None:
    """The first names that one written so may have; None when it says nothing, being empty or an initial."""
    if len(name) < 2:
        return None
    nicknames = [other for other in sorted(related(name)) if other in names.known]
    initial = [name[0]] if name[0] in names.known else []
    return list(dict.fromkeys([*alike[name], *nicknames, *initial]))


def _variants(key: str, shapes: Sequence[str]) -> Iterator[str]:
    """The IDs of which `key` may be a slip. `shapes`: IDs of the site, for what stands in front of the number and
    for how many digits it has."""
    yield key
    for shape in shapes:
        yield from _in_shape(key, shape)
    match = _LAST_NUMBER.fullmatch(key)
    if match is not None:
        before, number, after = match.groups()
        bare = number.lstrip("0") or "0"
        for zeros in range(_MOST_ZEROS + 1):
            yield f"{before}{'0' * zeros}{bare}{after}"
    if _SHORTEST_ID <= len(key) <= _LONGEST_ID:
        yield from _one_off(key)


def _in_shape(key: str, shape: str) -> Iterator[str]:
    """The number in `key` as an ID of that shape: 42 is P-00042 where P-10371 is an ID."""
    match = _LAST_NUMBER.fullmatch(shape)
    digits = "".join(char for char in key if char.isdecimal())
    if match is not None and digits:
        before, number, after = match.groups()
        yield f"{before}{digits.lstrip('0').zfill(len(number))}{after}"


def _one_off(key: str) -> Iterator[str]:
    """Two neighbours exchanged, a character too many, a digit missing, a digit mistyped, a letter misread."""
    for place, char in enumerate(key):
        before, after = key[:place], key[place + 1 :]
        yield before + after
        if after and after[0] != char:
            yield before + after[0] + char + after[1:]
        if char.isdecimal():
            yield from (before + digit + after for digit in "0123456789" if digit != char)
        yield from (before + other + after for other in _LOOK_ALIKE.get(char, ""))
    for place in range(len(key) + 1):
        yield from (key[:place] + digit + key[place:] for digit in "0123456789-")
