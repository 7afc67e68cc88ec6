"""How alike two titles are, of programs and of list values (SPEC 5): 0 for different ones, 1 for the same."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from server.judge.names import Words

_SMALL_WORDS: Final = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"})
_OPPOSITES: Final = ("in", "un", "non", "not", "no", "dis")
_SHORTEST: Final = 5  # letters of a title that was cut off in the middle of a word
_AT_ONCE: Final = 256  # values: keeps the matrix over some thousand names within megabytes
_FAR_BEHIND: Final = 25.0  # points of a ratio out of 100
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
    short, long = sorted((left, right), key=len)
    cut_off = 0.8 + 0.12 * len(short) / len(long) if len(short) >= _SHORTEST and long.startswith(short) else 0.0
    written = OSA.normalized_similarity(" ".join(one), " ".join(other))
    ordered = OSA.normalized_similarity(" ".join(sorted(one)), " ".join(sorted(other)))
    return max(written, 0.98 * ordered, _covered(one, other), cut_off)


def initials_of(title: Words) -> set[str]:
    """What a title of several words may be called for short, with and without its small words."""
    large = [word for word in title if word not in _SMALL_WORDS]
    short = {"".join(word[0] for word in words) for words in (title, large) if len(words) > 1}
    return {letters for letters in short if len(letters) > 1}


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
