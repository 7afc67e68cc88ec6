"""Fetch the few participants that a clue may mean, by indexed queries (SPEC 5).

Every query asks for values that a record of the same person may hold: the ID with one character wrong, the birth date
with day and month swapped, similar pairs of names. So the cost depends on what is found, not on the size of the site.
All clues are looked up together. Nobody is looked at of whom the user may not know: not even by what is missing in an
answer shall it show that they are there.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, func, select

from server.judge.ids import in_plain_letters
from server.judge.question import Clue
from server.judge.reference import Participant, User
from server.records.known_people import everybody_known, only_those_known
from server.records.matching import can_be_stored, matching
from server.records.names import names_like
from server.records.reference_data import PARTICIPANT
from server.records.tables import participants
from server.suggest.candidates import FoldedClue, fold_clue, may_be_both, most_alone, possible_days
from server.suggest.name_index import Name, NameIndex, name_of
from server.suggest.names import Nicknames
from server.suggest.weights import FIRST, LAST, Level
from workbook.matching import exact_key

MOST_OF_A_NAME: Final = 400
"""People of one last name who are looked through for an initial."""
_ENOUGH: Final = 60
"""People expected for one clue by name, from which no further pairs of names are looked up: the likest come first."""
_SHORTEST_ID: Final = 4
_LONGEST_ID: Final = 32
_MOST_ZEROS: Final = 6
_LOOK_ALIKE: Final = {
    "o": "0", "0": "o", "i": "1", "l": "1", "1": "il", "s": "5", "5": "s", "b": "8", "8": "b", "z": "2", "2": "z",
}  # fmt: skip
_LAST_NUMBER = re.compile(r"(.*?)(\d+)(\D*)")

_p = participants.c


class Near(NamedTuple):
    """Whom some clues may mean: `people`, each once, by their keys, and `names`, the names that are like the ones
    written, counted; both as far as the user may know of them."""

    people: list[Participant]
    names: NameIndex


def find_near(
    connection: Connection,
    site_id: int,
    user: User,
    clues: Sequence[Clue],
    nicknames: Nicknames,
    ids: Collection[str] = (),
) -> Near:
    """Everybody in the site whom one of the clues may mean, and who has one of the Participant IDs `ids`, of those of
    whom the user may know."""
    if not (clues or ids):
        return Near([], NameIndex((), 0, nicknames))
    written = [fold_clue(Clue(*(value if can_be_stored(value) else "" for value in clue))) for clue in clues]
    search = _Search(connection, site_id, user, nicknames)
    search.by_values(_p.id_key, set(map(exact_key, filter(can_be_stored, ids))))
    search.by_values(_p.ssn_hash, {one.clue.ssn_hash for one in written})
    search.by_values(_p.id_key, search.mistaken(_p.id_key, {exact_key(one.clue.participant_id) for one in written}))
    search.by_values(_p.case_key, search.mistaken(_p.case_key, {one.case_key for one in written}))
    days = {one.clue.birth_date for one in written if one.clue.birth_date}
    search.by_values(_p.birth_date, {near for day in days for near in possible_days(day)})
    # How common a name is must be known of every clue, whether or not anybody is looked up by it.
    sought = {name for one in written for name in (one.first, one.last) if name.key}
    names = names_like(connection, site_id, user, sorted(sought), nicknames)
    search.by_names([one for one in written if not search.is_settled(one)], names)
    return Near(search.found(), names)


class _Search:
    """One search through the participants of one site."""

    def __init__(self, connection: Connection, site_id: int, user: User, nicknames: Nicknames) -> None:
        self._connection = connection
        self._site_id = site_id
        self._user = user
        self._those_known = only_those_known(connection, user)
        self._people: dict[int, Participant] = {}
        self._born_on: dict[str, list[Participant]] = {}
        self._compared = NameIndex((), 0, nicknames)
        self._ssn_hashes: set[str] = set()

    def found(self) -> list[Participant]:
        return [self._people[key] for key in sorted(self._people)]

    def by_values(self, column: Column[str], values: Collection[str]) -> None:
        self._take(f"p.{column.name} = v.a", {value for value in values if value})

    def is_settled(self, written: FoldedClue) -> bool:
        """Whether somebody was found already with whom nobody who is merely called alike could compete."""
        if written.clue.ssn_hash and written.clue.ssn_hash in self._ssn_hashes:
            return True
        if not (written.clue.birth_date and written.first.key and written.last.key):
            return False
        born_then = self._born_on.get(written.clue.birth_date, ())
        return any(self._alike(written, name_of(person.first_name), name_of(person.last_name)) for person in born_then)

    def _alike(self, written: FoldedClue, first: Name, last: Name) -> bool:
        """Whether both names are like the ones written, as they stand or exchanged."""
        return any(
            first.key
            and last.key
            and self._compared.level(one, first) <= Level.NEAR
            and self._compared.level(other, last) <= Level.NEAR
            for one, other in ((written.first, written.last), (written.last, written.first))
        )

    def by_names(self, written: Iterable[FoldedClue], names: NameIndex) -> None:
        """Everybody whose names are like the ones written, as they stand or exchanged; and those who have one of them,
        when few have."""
        pairs: set[tuple[str, str]] = set()
        initials: set[tuple[str, str]] = set()
        alone: tuple[set[str], set[str]] = (set(), set())
        for first, last in {
            both for one in written for both in ((one.first, one.last), (one.last, one.first)) if one.first != one.last
        }:
            firsts, lasts = names.alike(first), names.alike(last)
            pairs.update(_likely_pairs(firsts, lasts, names))
            pairs.update(("", key) for key, level in lasts.items() if level <= Level.KIN)  # whose first name is unknown
            pairs.update((key, "") for key, level in firsts.items() if level <= Level.KIN)  # or whose last name is
            if len(first.key) == 1:
                initials.update((first.key, key) for key in lasts if names.count(key, LAST) <= MOST_OF_A_NAME)
            for role, alike in ((FIRST, firsts), (LAST, lasts)):
                alone[role].update(
                    key for key, level in alike.items() if 0 < names.count(key, role) <= most_alone(level)
                )
        self._take("p.last_key = v.b AND p.first_key = v.a", pairs)
        self._take("p.last_key = v.b AND substr(p.first_key, 1, 1) = v.a", initials)
        self._take("p.first_key = v.a", alone[FIRST])
        self._take("p.last_key = v.a", alone[LAST])

    def mistaken(self, column: Column[str], keys: Collection[str]) -> set[str]:
        """What the IDs meant may be, of which these were made: themselves, a character off, or zeros lost."""
        filled = {key for key in keys if key}
        if not filled:
            return set()
        statement = select(func.min(column), func.max(column)).where(_p.site_id == self._site_id, column > "")
        if not self._user.administrator:
            known = everybody_known(self._user, self._site_id)
            statement = statement.where(_p.key.in_(select(known.c.participant_key)))
        shapes = [str(key) for key in self._connection.execute(statement).one() if key]
        return {variant for key in filled for variant in _variants(key, shapes)}

    def _take(self, on: str, values: Collection[str] | Collection[tuple[str, str]]) -> None:
        join = f"participants p ON p.site_id = ? AND {on}{self._those_known}"
        for row in matching(self._connection, PARTICIPANT, join, self._site_id, values):
            if row[0] not in self._people:
                person = self._people[row[0]] = Participant._make(row)
                self._ssn_hashes.add(person.ssn_hash)
                self._born_on.setdefault(person.birth_date, []).append(person)


def _likely_pairs(
    firsts: Mapping[str, Level], lasts: Mapping[str, Level], names: NameIndex
) -> Iterator[tuple[str, str]]:
    """(first, last) as people of the site may have them, the likest first, until enough people are to be expected."""
    of_level = [_counted(alike, role, names) for role, alike in ((FIRST, firsts), (LAST, lasts))]
    expected = 0.0
    for first_level, last_level in _LIKEST_FIRST:
        for last, lasts_count in of_level[LAST].get(last_level, ()):
            for first, firsts_count in of_level[FIRST].get(first_level, ()):
                yield first, last
                expected += firsts_count * lasts_count / names.people
                if expected > _ENOUGH:
                    return


_LIKEST_FIRST: Final = sorted((both for both in product(Level, Level) if may_be_both(*both)), key=sum)


def _counted(alike: Mapping[str, Level], role: int, names: NameIndex) -> dict[Level, list[tuple[str, int]]]:
    """Those names that people have in a role, with how many have them, by how they stand to the one written."""
    of_level: dict[Level, list[tuple[str, int]]] = {}
    for key, level in alike.items():
        count = names.count(key, role)
        if count:
            of_level.setdefault(level, []).append((key, count))
    return of_level


def _variants(key: str, shapes: Sequence[str]) -> Iterator[str]:
    """The IDs of which `key` may be a slip. `shapes`: IDs of the site, for what stands in front of the number and
    for how many digits it has."""
    yield key
    key = in_plain_letters(key)
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
