"""Index a site's names for fuzzy look-up, and weigh how much a match says.

A name is found by its forms: itself, itself without one letter, what it sounds like, and each of its words. Only
names that share a form are compared, so that a look-up costs the same among a hundred thousand names as among a hundred
(the symmetric deletion of W. Garbe's SymSpell).

How much a match says depends on how many people have the name: that both are called Smith says less than that both are
called Whitfield, and "one letter off" says little of a name with a dozen such neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from math import log2
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA, JaroWinkler

from server.suggest.names import Nicknames, words_of
from server.suggest.weights import NAME_WEIGHTS, Level
from workbook.matching import like_key

MOST_ALIKE: Final = 24
"""Names of the site that one written name is taken for, the likeliest."""
_SHORTEST_PART: Final = 3
_LONGEST: Final = 32
"""Letters: of a longer name, slips are not looked for; it would have hundreds of forms."""
_SOUNDS_LONG_ENOUGH: Final = 4
_SLIP_LONG_ENOUGH: Final = 5
"""Letters: of shorter names too many are a letter away from each other for that to be a slip of the finger."""
_NEAR: Final = 0.88
_FAINT: Final = 0.82
_TWO_SLIPS: Final = 0.80
"""How alike (Jaro and Winkler, 0 to 1) names must be for each level."""
_PRIOR: Final = 500
"""People: in a site of so many, what is counted there and what is known of people in general weigh the same."""

_SAME_SOUND: Final = str.maketrans({
    "c": "k", "q": "k", "x": "k", "z": "s", "v": "f", "w": "f", "b": "p", "d": "t", "g": "k", "j": "k",
    "a": None, "e": None, "i": None, "o": None, "u": None, "y": None, "h": None,
})  # fmt: skip
_DOUBLED = re.compile(r"(.)\1+")


class Name(NamedTuple):
    """A name, folded as `like` folds it (`workbook.matching.like_key`), and its words apart."""

    key: str
    words: tuple[str, ...]


class CountedName(NamedTuple):
    """A name of the site, and how many of its people have it as their first and as their last name."""

    name: Name
    people: tuple[int, int]


def name_of(text: str) -> Name:
    """A name as it is written in a cell."""
    return Name(like_key(text), words_of(text))


def forms_of(name: Name) -> set[str]:
    """The keys by which a name is found: two names without a common key are not alike. The same in memory and in a
    database."""
    key = name.key
    forms = {key, *parts_of(name)}
    if _SHORTEST_PART <= len(key) <= _LONGEST:
        forms.update(key[:place] + key[place + 1 :] for place in range(len(key)))
    if len(key) >= _SOUNDS_LONG_ENOUGH:
        forms.add(f"~{sound_of(key)}")
    return forms


def sound_of(key: str) -> str:
    """The consonants of a name, those alike to the ear as one: Kathryn and Catherine sound the same."""
    key = key.replace("ph", "f").replace("ck", "k")
    return key[0].translate(_FIRST_SOUND) + _DOUBLED.sub(r"\1", key[1:].translate(_SAME_SOUND))


_FIRST_SOUND: Final = str.maketrans({"c": "k", "q": "k", "x": "s", "z": "s", "v": "f", "w": "f", "y": "i", "j": "g"})


def parts_of(name: Name) -> list[str]:
    """The words of a name that has several: maria of María Elena, lopez of García-Lopez."""
    return [word for word in name.words if len(word) >= _SHORTEST_PART] if len(name.words) > 1 else []


class NameIndex:
    """The names that a site knows, or of them those that share a form with the names in question."""

    def __init__(self, names: Iterable[CountedName], people: int, nicknames: Nicknames) -> None:
        """`people`: how many there are in the site."""
        self.people = people
        self.names = {one.name.key: one for one in names}
        self._nicknames = nicknames
        self._by_form: dict[str, list[str]] | None = None
        self._alike: dict[str, dict[str, Level]] = {}
        self._sounds: dict[str, str] = {}
        self._levels: dict[tuple[str, str], Level] = {}
        self._bits: dict[tuple[int, str], Mapping[Level, float]] = {}

    def sought_forms(self, name: Name) -> set[str]:
        """The forms under which `name` is looked for: its own, its nicknames', and its initial."""
        related = self._nicknames.related(name.key)
        return forms_of(name) | related | {name.key[:1]}

    def count(self, key: str, role: int) -> int:
        """How many people have this name as First (role 0) or Last Name (1)."""
        known = self.names.get(key)
        return known.people[role] if known else 0

    def alike(self, name: Name) -> Mapping[str, Level]:
        """The keys of the site's names that `name` may stand for and how, the likeliest first."""
        if name.key not in self._alike:
            self._alike[name.key] = self._find(name)
        return self._alike[name.key]

    def _find(self, name: Name) -> dict[str, Level]:
        if not name.key:
            return {}
        if self._by_form is None:
            self._by_form = {}
            for known in self.names.values():
                for form in forms_of(known.name):
                    self._by_form.setdefault(form, []).append(known.name.key)
        keys = {key for form in self.sought_forms(name) for key in self._by_form.get(form, ())}
        found = sorted((self._compare(name, self.names[key].name), key) for key in keys)
        return {key: level for level, key in found[:MOST_ALIKE] if level < Level.DIFFERENT}

    def stands(self, written: Name, stored: Name) -> Level:
        """How a name of the site stands to the one written: as it is found, and else different. So it is the same
        whichever other names were looked for with it, and however many the site has. An initial is like more names than
        are found by it."""
        level = self.alike(written).get(stored.key)
        if level is not None:
            return level
        return self.level(written, stored) if len(written.key) == 1 else Level.DIFFERENT

    def level(self, written: Name, stored: Name) -> Level:
        """How two names stand to each other; neither is empty."""
        pair = (written.key, stored.key)
        if pair not in self._levels:
            self._levels[pair] = self._compare(written, stored)
        return self._levels[pair]

    def _compare(self, written: Name, stored: Name) -> Level:
        one, other = written.key, stored.key
        if one == other:
            return Level.SAME if len(one) > 1 else Level.INITIAL
        if len(one) == 1 or len(other) == 1:
            return Level.INITIAL if one[0] == other[0] else Level.DIFFERENT
        slips = OSA.distance(one, other, score_cutoff=2)
        longest = max(len(one), len(other))
        if slips == 1 and longest >= _SLIP_LONG_ENOUGH:
            return Level.SLIP
        related = self._nicknames.related
        if other in related(one) or _share_a_part(written, stored, related):
            return Level.KIN
        alike = JaroWinkler.similarity(one, other)
        if slips == 1 or alike >= _NEAR or (slips == 2 and longest > _SLIP_LONG_ENOUGH and alike >= _TWO_SLIPS):
            return Level.NEAR
        return Level.FAINT if alike >= _FAINT or self._sound(one) == self._sound(other) else Level.DIFFERENT

    def _sound(self, key: str) -> str:
        """What a name sounds like; the name itself, when it is too short for that."""
        if key not in self._sounds:
            self._sounds[key] = sound_of(key) if len(key) >= _SOUNDS_LONG_ENOUGH else key
        return self._sounds[key]

    def bits(self, role: int, written: Name, level: Level) -> float:
        """What it says that a person's first (role 0) or last name stands so to the one written."""
        key = (role, written.key)
        if key not in self._bits:
            self._bits[key] = self._weigh(role, written)
        return self._bits[key][level]

    def _weigh(self, role: int, written: Name) -> dict[Level, float]:
        holders: dict[Level, int] = {}
        for key, level in self.alike(written).items():
            holders[level] = holders.get(level, 0) + self.names[key].people[role]
        weighed = dict(_IN_GENERAL[role])
        for level, (same_person, stranger) in _COUNTED[role].items():
            chance = (max(holders.get(level, 0), 0.5) + _PRIOR * stranger) / (self.people + _PRIOR)
            weighed[level] = log2(same_person / chance)
        return weighed


_IN_GENERAL: Final = tuple(
    {level: log2(same / stranger) for level, (same, stranger) in chances.items()} for chances in NAME_WEIGHTS
)
_COUNTED: Final = tuple(
    {level: both for level, both in chances.items() if level not in (Level.DIFFERENT, Level.INITIAL)}
    for chances in NAME_WEIGHTS
)
"""The ways of standing to each other that are counted in the site itself."""


def _share_a_part(written: Name, stored: Name, related: Callable[[str], Collection[str]]) -> bool:
    """Whether one of them is a word of the other, or they have a word in common: García-Lopez and Lopez."""
    if len(written.words) < 2 and len(stored.words) < 2:
        return False
    ours = {written.key, *parts_of(written)}
    theirs = {stored.key, *parts_of(stored)}
    return bool(ours & theirs) or any(not theirs.isdisjoint(related(word)) for word in ours)


def count_names(people: Iterable[tuple[str, str]]) -> list[CountedName]:
    """The names of people (first, last), counted."""
    counts: dict[Name, list[int]] = {}
    read: dict[str, Name] = {}
    for both in people:
        for role, text in enumerate(both):
            if text:
                name = read.get(text) or read.setdefault(text, name_of(text))
                counts.setdefault(name, [0, 0])[role] += 1
    return [CountedName(name, (firsts, lasts)) for name, (firsts, lasts) in _merged(counts).items()]


def _merged(counts: Mapping[Name, Collection[int]]) -> dict[Name, tuple[int, int]]:
    """One entry a key: García Lopez and Garcialopez are one name, with the words of the one that has more of them."""
    merged: dict[str, tuple[Name, int, int]] = {}
    for name, (firsts, lasts) in counts.items():
        known, more_firsts, more_lasts = merged.get(name.key, (name, 0, 0))
        longest = max(known, name, key=lambda one: len(one.words))
        merged[name.key] = (longest, firsts + more_firsts, lasts + more_lasts)
    return {name: (firsts, lasts) for name, firsts, lasts in merged.values()}
