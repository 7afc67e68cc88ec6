"""Names that people in the United States have, by which a right name is told from a mistyped one (SPEC 5).

The lists are those of the census of 1990, as the package `names` brings them: 5,163 first names, 88,799 surnames.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

_FIRST: Final = ("dist.female.first", "dist.male.first")
_LAST: Final = "dist.all.last"
_LETTERS: Final = 3
_NEARLY_ALWAYS: Final = 10
"""By so much a first name is commoner among women than among men, or the other way round, that is theirs."""


def is_census_name(word: str) -> bool:
    """Whether a word in lower case and Latin letters is a first name or surname, however rare."""
    return is_first_name(word) or surname_share(word) is not None


def is_first_name(word: str) -> bool:
    """Whether a word in lower case and Latin letters is somebody's first name."""
    return word in _first_names()


def first_name_share(word: str) -> float:
    """How many of a hundred women, or men, have a first name; of these the more."""
    return max(_first_names().get(word, (0.0,)))


def are_of_two_sexes(one: str, other: str) -> bool:
    """Whether of two first names one is nearly always a woman's and the other a man's (Samantha, Sam)."""
    women, men = _first_names().get(one, (0.0, 0.0))
    other_women, other_men = _first_names().get(other, (0.0, 0.0))
    return (women > _NEARLY_ALWAYS * men and other_men > _NEARLY_ALWAYS * other_women) or (
        men > _NEARLY_ALWAYS * women and other_women > _NEARLY_ALWAYS * other_men
    )


def surname_share(word: str) -> float | None:
    """How many of a hundred people have a surname (0.0: fewer than one in 200,000); None where nobody has."""
    surnames, sought = _surnames(), word.encode()
    place = int(np.searchsorted(surnames.names, sought))
    is_one = place < len(surnames.names) and surnames.names[place] == sought
    return float(surnames.shares[place]) if is_one else None


def reads_like_a_name(word: str) -> bool:
    """Whether all that stands side by side in a word does so in names that more than a few have, at their beginning
    and end, too: zCharles, Johb and Cbampbell are nobody's."""
    return _triples().issuperset(_triples_of(word))


@cache
def _first_names() -> dict[str, tuple[float, float]]:
    """First name → of a hundred women, and of a hundred men, how many have it."""
    women, men = (dict(_lines(file)) for file in _FIRST)
    return {name: (women.get(name, 0.0), men.get(name, 0.0)) for name in {**women, **men}}


class _Surnames(NamedTuple):
    """In the order of the alphabet, in an array: a set of so many takes ten times the memory."""

    names: npt.NDArray[np.bytes_]
    shares: npt.NDArray[np.float32]


@cache
def _surnames() -> _Surnames:
    names, shares = zip(*sorted(_lines(_LAST)), strict=True)
    return _Surnames(np.array(names, np.bytes_), np.array(shares, np.float32))


@cache
def _triples() -> frozenset[str]:
    surnames = (name for name, share in _lines(_LAST) if share > 0)
    return frozenset(triple for name in (*surnames, *_first_names()) for triple in _triples_of(name))


def _triples_of(word: str) -> set[str]:
    bounded = f"^{word}$"
    return {bounded[place : place + _LETTERS] for place in range(len(bounded) - _LETTERS + 1)}


def _lines(file: str) -> Iterator[tuple[str, float]]:
    """The names of a file, in lower case, and how many of a hundred people have each."""
    with files("names").joinpath(file).open(encoding="ascii") as lines:
        for line in lines:
            name, share, *_ = line.split()
            yield name.lower(), float(share)
