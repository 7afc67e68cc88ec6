"""Choose from participants in memory the few that a row may mean.

`server.records.people` fetches them from the database by the same rules. Both avoid comparing a row with everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from server.judge import ids
from server.judge.days import is_real, swapped
from server.judge.question import Clue
from server.judge.reference import Participant
from server.suggest.name_index import Name, NameIndex, name_of
from server.suggest.weights import FIRST, LAST, Level
from workbook.matching import like_key


class FoldedClue(NamedTuple):
    """A clue with its names and numbers folded for comparing."""

    clue: Clue
    first: Name
    last: Name
    id_key: str
    case_key: str


def fold_clue(clue: Clue) -> FoldedClue:
    return FoldedClue(
        clue, name_of(clue.first_name), name_of(clue.last_name), like_key(ids.in_plain_letters(clue.participant_id)),
        like_key(clue.case_number),
    )  # fmt: skip


def possible_days(day: str) -> Collection[str]:
    """The birth dates that a written one may mean: that day, and with day and month exchanged; for a day that no
    calendar has, all days that are one slip away."""
    return (day, swapped(day)) if is_real(day) else _days_near(day)


@lru_cache(maxsize=10_000)
def _days_near(day: str) -> frozenset[str]:
    """With day and month exchanged, a digit wrong, or two neighbours exchanged."""
    digits = day.replace("-", "")
    near = {swapped(day)}
    if len(digits) == _DIGITS and digits.isdecimal():
        slips = [digits[:place] + digit + digits[place + 1 :] for place in range(_DIGITS) for digit in "0123456789"]
        slips += [
            digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :] for place in range(_DIGITS - 1)
        ]
        near.update(f"{slip[:4]}-{slip[4:6]}-{slip[6:]}" for slip in slips)
    return frozenset(filter(is_real, near))


_DIGITS: Final = 8


def most_alone(level: Level) -> int:
    """How many people may have a name that stands so to the one written, to be candidates for that name alone."""
    return 40 if level is Level.SAME else 12 if level <= Level.KIN else 4 if level is Level.NEAR else 0


def may_be_both(first: Level, last: Level) -> bool:
    """Whether two names that stand so to those written make a person a candidate: not when both are far off."""
    return first <= Level.KIN or last <= Level.KIN


class Pool:
    """Participants, indexed to be found by a clue."""

    def __init__(self, people: Sequence[Participant], written: Sequence[FoldedClue]) -> None:
        """`written`: what will be asked, so that no index is made that nobody needs."""
        self.people = people
        self.names: dict[str, Name] = {}
        """The names there are, by their keys; `firsts` and `lasts` are the keys of each person's."""
        keys: dict[str, str] = {}
        for text in {text for person in people for text in (person.first_name, person.last_name)}:
            name = name_of(text)
            keys[text] = name.key
            self.names[name.key] = name
        self.firsts = [keys[person.first_name] for person in people]
        self.lasts = [keys[person.last_name] for person in people]
        self._by_last: dict[str, dict[str, list[int]]] = {}
        self._of_name: tuple[dict[str, list[int]], dict[str, list[int]]] = ({}, {})
        for place, (first, last) in enumerate(zip(self.firsts, self.lasts, strict=True)):
            self._by_last.setdefault(last, {}).setdefault(first, []).append(place)
            self._of_name[FIRST].setdefault(first, []).append(place)
            self._of_name[LAST].setdefault(last, []).append(place)
        self.birth_dates = [person.birth_date for person in people]
        self.born: Mapping[str, list[int]] = _index(self.birth_dates)
        self._ssn = _index(person.ssn_hash for person in people)
        any_id, any_case = any(one.id_key for one in written), any(one.case_key for one in written)
        self.id_keys = [like_key(person.participant_id) if any_id else "" for person in people]
        self.case_keys = [like_key(person.case_number) if any_case else "" for person in people]
        self._ids, self._cases = _by_blocks(self.id_keys), _by_blocks(self.case_keys)

    def candidates(self, written: FoldedClue, names: NameIndex) -> set[int]:
        """The places of everybody whom `written` may mean."""
        clue = written.clue
        found: set[int] = set()
        if clue.ssn_hash:
            found.update(self._ssn.get(clue.ssn_hash, ()))
        if clue.birth_date:
            for day in possible_days(clue.birth_date):
                found.update(self.born.get(day, ()))
        for key, index in ((written.id_key, self._ids), (written.case_key, self._cases)):
            if key:
                for block in ids.blocks_of(key):
                    found.update(index.get(block, ()))
        for places in self._named(written.first, written.last, names):
            found.update(places)
        if written.first.key and written.last.key:
            for places in self._named(written.last, written.first, names):
                found.update(places)
        return found

    def _named(self, first: Name, last: Name, names: NameIndex) -> Iterator[list[int]]:
        firsts, lasts = names.alike(first), names.alike(last)
        likely = {key for key, level in firsts.items() if level <= Level.KIN}
        initial = first.key if len(first.key) == 1 else ""
        without_last = self._by_last.get("", {})
        for key in without_last.keys() & likely:
            yield without_last[key]
        for key, level in lasts.items():
            by_first = self._by_last.get(key)
            if by_first:
                for both in by_first.keys() & (firsts.keys() if level <= Level.KIN else likely):
                    yield by_first[both]
                if "" in by_first:
                    yield by_first[""]
                if initial:
                    for other in by_first:
                        if other.startswith(initial):
                            yield by_first[other]
        for role, alike in ((FIRST, firsts), (LAST, lasts)):
            for key, level in alike.items():
                places = self._of_name[role].get(key, ())
                if 0 < len(places) <= most_alone(level):
                    yield list(places)


def _index(values: Iterable[str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value:
            index.setdefault(value, []).append(place)
    return index


def _by_blocks(keys: Sequence[str]) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, key in enumerate(keys):
        if key:
            for block in ids.blocks_of(key):
                index.setdefault(block, []).append(place)
    return index
