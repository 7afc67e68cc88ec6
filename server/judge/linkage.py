"""Which participants a row may mean: record linkage over all that it tells, not one field at a time (SPEC 5).

The score is Fellegi and Sunter's ("A Theory for Record Linkage", 1969): each field that both sides fill adds the
logarithm (in bits) of how much more often two records of one person agree that way than two records of
strangers do. A field that either side leaves empty adds nothing. All clues are compared with all candidates at
once, one small matrix of distinct values a field.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import log2
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from server.judge import ids
from server.judge.names import Nicknames, words_of
from server.judge.question import Clue
from server.judge.reference import Participant
from workbook.matching import like_key

Bits = npt.NDArray[np.float32]


def _bits(same_person: float, strangers: float) -> float:
    return log2(same_person / strangers)


# How often two records of one person, and of two strangers, stand to each other in that way. The chances for
# strangers are counted: 25,000 birth dates in use (seventy years), 100,000 Participant IDs, households of two or
# three that share a case number, a common surname at one in 500 people and a common first name at one in 150.
# The chances for one person are what clerks do: one field in ten or twenty is mistyped, one person in twenty
# goes by a nickname or has changed surname. They are estimates, kept round on purpose.
WEIGHTS: Final[Mapping[str, Mapping[str, float]]] = {
    "Participant ID": {
        "same": _bits(0.95, 1e-5),
        "slip": _bits(0.40, 1e-4),
        "one off": _bits(0.40, 1e-3),
        "different": _bits(0.20, 1.0),
    },
    "First Name": {
        "same": _bits(0.78, 1 / 150),
        "nickname": _bits(0.06, 0.004),
        "part": _bits(0.06, 0.004),
        "initial": _bits(0.80, 0.08),
        "alike": _bits(0.10, 0.004),
        "barely alike": _bits(0.02, 0.02),
        "different": _bits(0.04, 0.95),
    },
    "Last Name": {
        "same": _bits(0.80, 1 / 500),
        "part": _bits(0.06, 0.002),
        "initial": _bits(0.80, 0.08),
        "alike": _bits(0.10, 0.002),
        "barely alike": _bits(0.02, 0.02),
        "different": _bits(0.05, 0.98),
    },
    "Date of Birth": {
        "same": _bits(0.92, 1 / 25_000),
        "swapped": _bits(0.01, 1 / 50_000),
        "one off": _bits(0.04, 0.0015),
        "two parts": _bits(0.02, 0.01),
        "different": _bits(0.01, 0.99),
    },
    "Case Number": {
        "same": _bits(0.90, 3e-5),
        "slip": _bits(0.04, 1e-4),
        "one off": _bits(0.03, 1e-3),
        "different": _bits(0.04, 1.0),
    },
    "SSN": {"same": _bits(0.95, 1e-6), "different": _bits(0.05, 1.0)},
}
"""Bits, by field and by how the two values stand to each other; between "barely alike" and "alike" (a name at 0.80
and just short of 1.0 of Jaro and Winkler's likeness) the weight grows evenly."""

NAMES_EXCHANGED: Final = -2.0
"""Bits, when First and Last Name agree crosswise: it happens, but less often than not."""
CUT_OFF: Final = 8.0
"""Bits below which a candidate is no suggestion: about what a first and last name give with a letter wrong in each."""
THIN: Final = 12.0
CROWD: Final = 5
"""Evidence of fewer bits than THIN that more than CROWD candidates share, such as a surname, says nothing."""
_BARELY_ALIKE: Final = 0.80
_SHORTEST_PART: Final = 3


class Link(NamedTuple):
    """A candidate for one clue: its place among the participants, and 0 to 100 of what full agreement would give."""

    place: int
    score: float


def link(
    clues: Sequence[Clue],
    participants: Sequence[Participant],
    nicknames: Nicknames,
    *,
    limit: int,
    favour: Callable[[int, Participant], float] | None = None,
    admit_all: bool = False,
) -> list[list[Link]]:
    """For each clue up to `limit` participants whom it may mean, the likeliest first; strangers are left out.

    `favour(clue's index, participant)`: bits that circumstances add; they order candidates, and admit nobody.
    `admit_all`: every participant given is a candidate already, and only the order is asked.
    """
    found: list[list[Link]] = []
    for start in range(0, len(clues), _AT_ONCE):
        some = clues[start : start + _AT_ONCE]
        weights = _weights(some, participants, nicknames)
        for offset, (clue, line) in enumerate(zip(some, weights, strict=True)):
            found.append(_choose(start + offset, clue, line, participants, limit, favour, admit_all))
    return found


_AT_ONCE: Final = 64  # clues: keeps the matrices of a hundred thousand candidates within some megabytes


def _choose(
    position: int,
    clue: Clue,
    weights: Bits,
    participants: Sequence[Participant],
    limit: int,
    favour: Callable[[int, Participant], float] | None,
    admit_all: bool,
) -> list[Link]:
    admitted = np.arange(len(weights)) if admit_all else np.flatnonzero(weights >= CUT_OFF)
    if not len(admitted):
        return []
    most = float(weights.max())
    if not admit_all and most < THIN and np.count_nonzero(weights >= most - 0.5) > CROWD:
        return []
    best = admitted[np.argsort(-weights[admitted], kind="stable")][: max(limit * 4, 20)]
    full = _full_agreement(clue)
    ranked = []
    for index in best.tolist():
        bits = float(weights[index]) + (favour(position, participants[index]) if favour else 0.0)
        score = round(min(max(100.0 * bits / full, 1.0), 100.0), 1) if full else 50.0
        ranked.append((-bits, index, score))
    ranked.sort()
    return [Link(index, score) for _, index, score in ranked[:limit]]


def _full_agreement(clue: Clue) -> float:
    return sum(WEIGHTS[header]["same"] for header, value in zip(_FIELDS, clue, strict=True) if value)


_FIELDS: Final = ("Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN")


def _weights(clues: Sequence[Clue], participants: Sequence[Participant], nicknames: Nicknames) -> Bits:
    """The bits of every clue (rows) with every participant (columns)."""
    if not clues or not participants:
        return np.zeros((len(clues), len(participants)), np.float32)

    def names(one: Callable[[Clue], str], other: Callable[[Participant], str], field: str) -> Bits:
        return _field(
            [one(clue) for clue in clues],
            [other(person) for person in participants],
            lambda ours, theirs: _name_bits(ours, theirs, WEIGHTS[field], nicknames),
        )

    straight = names(lambda c: c.first_name, lambda p: p.first_name, "First Name")
    straight = straight + names(lambda c: c.last_name, lambda p: p.last_name, "Last Name")
    crossed = names(lambda c: c.first_name, lambda p: p.last_name, "Last Name")
    crossed = crossed + names(lambda c: c.last_name, lambda p: p.first_name, "First Name")
    total = np.maximum(straight, np.where(crossed > 0, crossed + NAMES_EXCHANGED, straight))
    total += _field(
        [c.participant_id for c in clues],
        [p.participant_id for p in participants],
        lambda ours, theirs: _id_bits(ours, theirs, WEIGHTS["Participant ID"]),
    )
    total += _field(
        [c.case_number for c in clues],
        [p.case_number for p in participants],
        lambda ours, theirs: _id_bits(ours, theirs, WEIGHTS["Case Number"]),
    )
    total += _field([c.birth_date for c in clues], [p.birth_date for p in participants], _birth_bits)
    total += _field([c.ssn_hash for c in clues], [p.ssn_hash for p in participants], _ssn_bits)
    return total


def _field(ours: Sequence[str], theirs: Sequence[str], compare: Callable[[list[str], list[str]], Bits]) -> Bits:
    """Compares the distinct values, once each, and spreads the bits over all pairs; 0 where either side is empty."""
    our_codes, our_values = _encode(ours)
    their_codes, their_values = _encode(theirs)
    bits = np.zeros((len(our_values) + 1, len(their_values) + 1), np.float32)
    if our_values and their_values:
        bits[1:, 1:] = compare(our_values, their_values)
    spread: Bits = bits[our_codes][:, their_codes]
    return spread


def _encode(values: Sequence[str]) -> tuple[npt.NDArray[np.intp], list[str]]:
    codes: dict[str, int] = {}
    coded = np.fromiter((codes.setdefault(value, len(codes) + 1) if value else 0 for value in values), np.intp)
    return coded, list(codes)


def _name_bits(ours: list[str], theirs: list[str], weights: Mapping[str, float], nicknames: Nicknames) -> Bits:
    our_keys, their_keys = [like_key(name) for name in ours], [like_key(name) for name in theirs]
    alike = process.cdist(our_keys, their_keys, scorer=JaroWinkler.similarity)
    low, high = weights["barely alike"], weights["alike"]
    bits: Bits = np.where(
        alike >= _BARELY_ALIKE,
        low + (alike - _BARELY_ALIKE) / (1 - _BARELY_ALIKE) * (high - low),
        weights["different"],
    ).astype(np.float32)
    places: dict[str, list[int]] = {}
    initials: dict[str, list[int]] = {}
    parts: dict[str, list[int]] = {}
    for j, (key, name) in enumerate(zip(their_keys, theirs, strict=True)):
        places.setdefault(key, []).append(j)
        initials.setdefault(key[0], []).append(j)
        if len(key) == 1:
            initials.setdefault("", []).append(j)
        for word in _parts(name):
            parts.setdefault(word, []).append(j)

    def at_least(i: int, some: Sequence[int], weight: float) -> None:
        if some:
            bits[i, some] = np.maximum(bits[i, some], weight)

    for i, (key, name) in enumerate(zip(our_keys, ours, strict=True)):
        words = _parts(name)
        for word in (key, *words):
            at_least(i, parts.get(word, ()), weights["part"])
        for word in words:
            at_least(i, places.get(word, ()), weights["part"])
        if "nickname" in weights:
            for word in (key, *words):
                for other in nicknames.related(word):
                    at_least(i, places.get(other, ()), weights["nickname"])
        if len(key) == 1:
            at_least(i, initials.get(key, ()), weights["initial"])
        else:
            at_least(i, [j for j in initials.get("", ()) if their_keys[j] == key[0]], weights["initial"])
        same = places.get(key, ())
        if same:
            bits[i, same] = weights["same"] if len(key) > 1 else weights["initial"]
    return bits


def _parts(name: str) -> list[str]:
    """The words of a name that has several: María of María Elena, Lopez of García-Lopez."""
    words = words_of(name)
    return [word for word in words if len(word) >= _SHORTEST_PART] if len(words) > 1 else []


def _id_bits(ours: list[str], theirs: list[str], weights: Mapping[str, float]) -> Bits:
    table = np.zeros(4, np.float32)
    table[ids.DIFFERENT], table[ids.ONE_OFF] = weights["different"], weights["one off"]
    table[ids.SLIP], table[ids.SAME] = weights["slip"], weights["same"]
    bits: Bits = table[ids.levels(ours, theirs)]
    return bits


def _birth_bits(ours: list[str], theirs: list[str]) -> Bits:
    weights = WEIGHTS["Date of Birth"]
    our_parts = np.array([_date_parts(value) for value in ours])
    their_parts = np.array([_date_parts(value) for value in theirs])
    equal = our_parts[:, None, :] == their_parts[None, :, :]
    swapped = (
        equal[:, :, 0]
        & (our_parts[:, None, 1] == their_parts[None, :, 2])
        & (our_parts[:, None, 2] == their_parts[None, :, 1])
    )
    typed = process.cdist(ours, theirs, scorer=OSA.distance, dtype=np.uint8, score_cutoff=1)
    bits: Bits = np.full(typed.shape, weights["different"], np.float32)
    bits[equal.sum(axis=2) == 2] = weights["two parts"]
    bits[typed == 1] = weights["one off"]
    bits[swapped] = weights["swapped"]
    bits[equal.all(axis=2)] = weights["same"]
    return bits


def _date_parts(iso: str) -> tuple[str, str, str]:
    year, _, rest = iso.partition("-")
    month, _, day = rest.partition("-")
    return year, month, day


def _ssn_bits(ours: list[str], theirs: list[str]) -> Bits:
    weights = WEIGHTS["SSN"]
    same = np.array(ours)[:, None] == np.array(theirs)[None, :]
    bits: Bits = np.where(same, np.float32(weights["same"]), np.float32(weights["different"]))
    return bits
