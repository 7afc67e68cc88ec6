"""How alike two names are: people's names, and the titles of programs and list values (SPEC 5).

Both work in two steps. `nearest` looks at every name of a list for every wrong value at once and keeps a few;
`person_likeness` or `title_likeness` then compares those few word by word. A likeness runs from 0 (strangers)
to 1 (the same but for case and accents).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt
from nicknames import name_triplets
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from workbook.matching import like_key

Words = tuple[str, ...]

_BREAKS = re.compile(r"[\s\-‐‑–—_/.,;:()\[\]&+]+")
_ADDITIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"}) | frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "md", "phd", "esq"}
)
_GENERATIONS: Final = {"jr": "jr", "junior": "jr", "ii": "ii", "sr": "sr", "senior": "sr", "iii": "iii", "iv": "iv"}
_SMALL_WORDS: Final = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"})
_OPPOSITES: Final = ("in", "un", "non", "not", "no", "dis")

NICKNAME: Final = 0.93
INITIAL: Final = 0.85
SHORTENED: Final = 0.86
"""What a word counts that is a nickname, the initial, or the beginning of the other."""

_AT_ONCE: Final = 256  # values: keeps the matrix over some thousand names within megabytes
_FAR_BEHIND: Final = 25.0  # points of a ratio out of 100
_LEAST_WORD: Final = 0.61
"""How alike each word of two people's names must be: a shared surname does not make two people one."""


class Nicknames:
    """Which first names stand for one another, both ways: Bob is Robert, Robert is Bob, and so Bob is Rob too."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """`pairs`: (formal name, nickname)."""
        self._short: dict[str, set[str]] = {}
        self._formal: dict[str, set[str]] = {}
        for formal, short in pairs:
            self._short.setdefault(like_key(formal), set()).add(like_key(short))
            self._formal.setdefault(like_key(short), set()).add(like_key(formal))

    def related(self, name: str) -> set[str]:
        """All names that one person called `name` (a like_key) may go by, without `name` itself."""
        formal = self._formal.get(name, set())
        names = formal | self._short.get(name, set())
        for one in formal:
            names |= self._short[one]
        return names - {name}


@cache
def standard_nicknames() -> Nicknames:
    """The maintained list of the package `nicknames`, English names and their Spanish forms; read at the first call."""
    return Nicknames((triplet.name1, triplet.name2) for triplet in name_triplets())


def words_of(text: str) -> Words:
    """The words of a name, folded as `like` folds them. Hyphens and punctuation part words, apostrophes do not."""
    return tuple(
        word.lower() if word.isascii() and word.isalnum() else like_key(word) for word in _BREAKS.split(text) if word
    )


def person_words(text: str) -> Words:
    """The words of a person's name, first names first: `Last, First` is turned round, `Last, Jr.` is not."""
    parts = [words for part in text.split(",") if (words := words_of(part))]
    names = [part for part in parts if not _ADDITIONS.issuperset(part)]
    additions = [part for part in parts if _ADDITIONS.issuperset(part)]
    if len(names) == 2:
        names.reverse()
    return tuple(word for part in (*names, *additions) for word in part)


def nearest(values: Sequence[Words], names: Sequence[Words], limit: int) -> list[list[int]]:
    """For each value the indexes of up to `limit` names most like it: by the ratio as written or with the words
    sorted, whichever is higher. Names far behind the best are not worth a closer look."""
    if not names:
        return [[] for _ in values]
    kept = min(limit, len(names))
    found: list[list[int]] = []
    for start in range(0, len(values), _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        ratios = np.maximum(_ratios(some, names), _ratios(map(sorted, some), map(sorted, names)))
        best = np.argpartition(-ratios, kept - 1, axis=1)[:, :kept]
        reached = np.take_along_axis(ratios, best, axis=1)
        worth = reached >= reached.max(axis=1, keepdims=True) - _FAR_BEHIND
        found += [line[keep].tolist() for line, keep in zip(best, worth, strict=True)]
    return found


def _ratios(some: Iterable[Sequence[str]], others: Iterable[Sequence[str]]) -> npt.NDArray[np.float32]:
    return process.cdist([" ".join(words) for words in some], [" ".join(words) for words in others], scorer=fuzz.ratio)


def person_likeness(one: Words, other: Words, nicknames: Nicknames) -> float:
    """How alike two people's names are, each as `person_words` gives them."""
    left, right = _without_additions(one), _without_additions(other)
    if not left or not right:
        return 0.0
    if left == right:
        likeness = 1.0
    else:
        likeness = _aligned(left, right, nicknames)
        if len(left) != len(right) and min(len(left), len(right)) > 0:
            joined = OSA.normalized_similarity("".join(left), "".join(right))
            likeness = max(likeness, 0.97 * joined)
    if likeness and _generation(one) != _generation(other):
        likeness -= 0.02 if None in (_generation(one), _generation(other)) else 0.05
    return max(likeness, 0.0)


def title_likeness(one: Words, other: Words) -> float:
    """How alike two titles are: words in any order, shortened words, missing words, initials ("YES")."""
    if not one or not other:
        return 0.0
    left, right = "".join(one), "".join(other)
    if left == right:
        return 0.99
    if _is_opposite(left, right) or _is_opposite(right, left):
        return 0.0
    if left in initials_of(other) or right in initials_of(one):
        return 0.92
    written = OSA.normalized_similarity(" ".join(one), " ".join(other))
    ordered = OSA.normalized_similarity(" ".join(sorted(one)), " ".join(sorted(other)))
    return max(written, 0.98 * ordered, _covered(one, other))


def initials_of(title: Words) -> set[str]:
    """What a title of several words may be called for short, with and without its small words."""
    large = [word for word in title if word not in _SMALL_WORDS]
    short = {"".join(word[0] for word in words) for words in (title, large) if len(words) > 1}
    return {letters for letters in short if len(letters) > 1}


def _without_additions(words: Words) -> Words:
    return tuple(word for word in words if word not in _ADDITIONS) or words


def _generation(words: Words) -> str | None:
    return next((_GENERATIONS[word] for word in words if word in _GENERATIONS), None)


def _name_word(one: str, other: str, nicknames: Nicknames) -> float:
    if one == other:
        return 1.0
    likeness = OSA.normalized_similarity(one, other)
    short, long = sorted((one, other), key=len)
    if long.startswith(short):
        likeness = max(likeness, INITIAL if len(short) == 1 else SHORTENED if len(short) > 2 else 0.0)
    if likeness < NICKNAME and other in nicknames.related(one):
        likeness = NICKNAME
    return float(likeness)


def _aligned(one: Words, other: Words, nicknames: Nicknames) -> float:
    """Pairs the words of the shorter name with words of the longer, the most alike first, and takes the mean."""
    few, many = sorted((one, other), key=len)
    pairs = sorted(
        ((_name_word(a, b, nicknames), -abs(i - j), i, j) for i, a in enumerate(few) for j, b in enumerate(many)),
        reverse=True,
    )
    left: set[int] = set()
    right: set[int] = set()
    total, least = 0.0, 1.0
    order: list[tuple[int, int]] = []
    for likeness, _, i, j in pairs:
        if i in left or j in right:
            continue
        left.add(i)
        right.add(j)
        order.append((i, j))
        total += likeness
        least = min(least, likeness)
    order.sort()
    moved = any(before > after for (_, before), (_, after) in pairwise(order))
    if least < _LEAST_WORD:
        return 0.0
    likeness = total / len(few) - 0.06 * min(len(many) - len(few), 2) - (0.02 if moved else 0.0)
    return likeness * 0.85 if len(few) == 1 and len(many) > 1 else likeness


def _title_word(one: str, other: str) -> float:
    if one == other:
        return 1.0
    likeness = float(OSA.normalized_similarity(one, other))
    short, long = sorted((one, other), key=len)
    if len(short) > 2 and long.startswith(short):
        return max(likeness, 0.88)
    if len(short) > 2 and short[0] == long[0] and short[-1] == long[-1] and _is_within(short, long):
        return max(likeness, 0.8)  # svcs for services, mgmt for management
    return likeness


def _is_within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


def _covered(one: Words, other: Words) -> float:
    """How well the words of the title with fewer are found in the other, and how much of the other they cover."""
    few, many = sorted((one, other), key=lambda words: (len(words), sum(map(len, words))))
    free = list(many)
    total = weight = covered = 0.0
    for word in sorted(few, key=len, reverse=True):
        best, match = max((_title_word(word, candidate), candidate) for candidate in free)
        if best < 0.6:
            return 0.0
        free.remove(match)
        total += best * len(word)
        weight += len(word)
        covered += len(match)
    return total / weight * (0.75 + 0.25 * covered / sum(map(len, many)))


def _is_opposite(one: str, other: str) -> bool:
    """Whether `one` says that `other` is not so: Inactive is no spelling of Active."""
    return any(one == prefix + other for prefix in _OPPOSITES)
