"""Score how alike two titles of programs or list values are, from 0 to 1 (SPEC 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from server.suggest.names import Words
from server.suggest.slips import SMALL_WORDS

_OPPOSITES: Final = ("in", "un", "non", "not", "no", "dis")
_SHORTEST: Final = 5  # letters of a title that was cut off in the middle of a word
_AT_ONCE: Final = 256  # values: keeps the matrix over some thousand names within megabytes
_FAR_BEHIND: Final = 25.0  # points of a ratio out of 100
_FAR_OFF: Final = 50.0  # a ratio out of 100 at which nothing else can make titles nearly alike
_MOST_PAIRS: Final = 80
"""Pairs of words of two titles that are compared: whoever writes many more has not written a title."""
_LONGEST_SHORT: Final = 12
"""Words of a title that somebody may call by its initials."""
SAME_WORD: Final = 0.6  # how alike words must be to stand for one another


def nearest(values: Sequence[Words], names: Sequence[Words], limit: int, least: float | None = None) -> list[list[int]]:
    """For each value the indexes of up to `limit` names most like it: by the ratio as written or with the words
    sorted, whichever is higher. Names far behind the best, or whose ratio is less than `least`, are not worth a closer
    look."""
    if not names:
        return [[] for _ in values]
    kept = min(limit, len(names))
    found: list[list[int]] = []
    for start in range(0, len(values), _AT_ONCE):
        some = values[start : start + _AT_ONCE]
        ratios = np.maximum(_ratios(some, names, least), _ratios(map(sorted, some), map(sorted, names), least))
        best = np.argpartition(-ratios, kept - 1, axis=1)[:, :kept]
        reached = np.take_along_axis(ratios, best, axis=1)
        worth = reached >= np.maximum(reached.max(axis=1, keepdims=True) - _FAR_BEHIND, least or 0)
        found += [line[keep].tolist() for line, keep in zip(best, worth, strict=True)]
    return found


def _ratios(
    some: Iterable[Sequence[str]], others: Iterable[Sequence[str]], least: float | None
) -> npt.NDArray[np.float32]:
    """0 where a ratio is less than `least`."""
    texts, known = ([" ".join(words) for words in all_words] for all_words in (some, others))
    return process.cdist(texts, known, scorer=fuzz.ratio, score_cutoff=least)


class ListedTitles:
    """The titles of a list, to be found by wrong ones: as `title_likeness` says of each pair, without asking it of
    all. Letters are compared at once; only pairs whose words or initials agree need a closer look."""

    def __init__(self, titles: Sequence[Words]) -> None:
        self._titles = titles
        self._words = sorted({word for title in titles for word in title})
        self._have = _incidence(titles, self._words)
        self._by_letters: dict[str, list[int]] = {}
        self._by_initials: dict[str, list[int]] = {}
        for index, title in enumerate(titles):
            self._by_letters.setdefault("".join(title), []).append(index)
            for letters in initials_of(title):
                self._by_initials.setdefault(letters, []).append(index)

    def alike(self, values: Sequence[Words], least: float) -> list[dict[int, float]]:
        """For each value the titles that are alike it by `least` (0 to 1) or more, by their indexes."""
        found: list[dict[int, float]] = []
        for start in range(0, len(values) if self._titles else 0, _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            by_letters = np.maximum(
                _written_alike(some, self._titles),
                0.98 * _written_alike(list(map(_sorted, some)), list(map(_sorted, self._titles))),
            )
            closer = self._agree(some)
            worth = closer | (by_letters >= least)
            for words, near, close, line in zip(some, worth, closer, by_letters, strict=True):
                likely = {}
                for index in np.flatnonzero(near).tolist() if words else ():
                    title = self._titles[index]
                    likely[index] = title_likeness(words, title) if close[index] else float(line[index])
                found.append({index: one for index, one in likely.items() if one >= least and self._titles[index]})
        return found or [{} for _ in values]

    def _agree(self, values: Sequence[Words]) -> npt.NDArray[np.bool_]:
        """Whether letters alone do not show how alike a value (rows) is to a title (columns): all words of one may be
        found in the other, or it may be the other's beginning, its initials, or its opposite."""
        words = sorted({word for value in values for word in value})
        ours, near = _incidence(values, words), _may_be_alike(words, self._words)
        strange = ours @ ((near @ self._have.T) == 0)  # words of the value that are not found in the title
        missing = ((ours @ near) == 0).astype(np.float32) @ self._have.T  # words of the title not found in the value
        agree: npt.NDArray[np.bool_] = (strange == 0) | (missing == 0)
        written = ["".join(title) for title in self._titles]
        beginnings = np.array([letters[:_SHORTEST] for letters in written])
        for line, value in zip(agree, values, strict=True):
            letters = "".join(value)
            for index in np.flatnonzero(beginnings == letters[:_SHORTEST]).tolist():
                if written[index].startswith(letters) or letters.startswith(written[index]):
                    line[index] = True
            opposite = [letters.removeprefix(prefix) for prefix in _OPPOSITES] + [p + letters for p in _OPPOSITES]
            for known in (*opposite, *initials_of(value)):
                line[self._by_letters.get(known, [])] = True
            line[self._by_initials.get(letters, [])] = True
        return agree


def _incidence(titles: Sequence[Words], words: Sequence[str]) -> npt.NDArray[np.float32]:
    """Which titles (rows) have which words (columns): 1, else 0."""
    place = {word: place for place, word in enumerate(words)}
    have = np.zeros((len(titles), len(words)), np.float32)
    for line, title in zip(have, titles, strict=True):
        line[[place[word] for word in title]] = 1
    return have


def _may_be_alike(words: Sequence[str], others: Sequence[str]) -> npt.NDArray[np.float32]:
    """1 for pairs of words that `title_word` may find alike enough to stand for one another, else 0."""
    if not words or not others:
        return np.zeros((len(words), len(others)), np.float32)
    near = process.cdist(words, others, scorer=OSA.normalized_similarity) > SAME_WORD - 0.001
    for ends in (lambda word: word[:3], lambda word: word[0] + word[-1]):
        near |= np.equal.outer(np.array(list(map(ends, words))), np.array(list(map(ends, others))))
    return near.astype(np.float32)


def _written_alike(some: Sequence[Words], others: Sequence[Words]) -> npt.NDArray[np.float64]:
    texts, known = ([" ".join(words) for words in all_words] for all_words in (some, others))
    return process.cdist(texts, known, scorer=OSA.normalized_similarity, dtype=np.float64)


def _sorted(words: Words) -> Words:
    return tuple(sorted(words))


def nearly_alike(values: Sequence[Words], titles: Sequence[Words], least: float, limit: int) -> list[list[int]]:
    """For each value the indexes of titles that are alike it by `least` (0 to 1) or more, as `title_likeness` says: of
    ever so many titles, which anybody may have written, only up to `limit` that are nearest by their letters are looked
    at word by word, and as many that it may be the initials of."""
    by_initials: dict[str, list[int]] = {}
    for index, title in enumerate(titles):
        for letters in initials_of(title) if len(title) <= _LONGEST_SHORT else ():
            by_initials.setdefault(letters, []).append(index)
    return [
        [
            index
            for index in dict.fromkeys([*close, *by_initials.get("".join(words), ())[:limit]])
            if title_likeness(words, titles[index]) >= least
        ]
        for words, close in zip(values, nearest(values, titles, limit, _FAR_OFF), strict=True)
    ]


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
    large = [word for word in title if word not in SMALL_WORDS]
    short = {"".join(word[0] for word in words) for words in (title, large) if len(words) > 1}
    return {letters for letters in short if len(letters) > 1}


def title_word(one: str, other: str) -> float:
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
    if len(one) * len(other) > _MOST_PAIRS:
        return 0.0
    few, many = sorted((one, other), key=lambda words: (len(words), sum(map(len, words))))
    free = list(many)
    total = weight = covered = 0.0
    for word in sorted(few, key=len, reverse=True):
        best, match = max((title_word(word, candidate), candidate) for candidate in free)
        if best < SAME_WORD:
            return 0.0
        free.remove(match)
        total += best * len(word)
        weight += len(word)
        covered += len(match)
    return total / weight * (0.75 + 0.25 * covered / sum(map(len, many)))


def _is_opposite(one: str, other: str) -> bool:
    """Whether `one` says that `other` is not so: Inactive is no spelling of Active."""
    return any(one == prefix + other for prefix in _OPPOSITES)
