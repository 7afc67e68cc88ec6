"""The names of many people, prepared to be searched: which few of them a wrong name is worth comparing with (SPEC 5).

Names share their words: two thousand people have perhaps a thousand different ones. So the words are compared, all
with all at once, and a name is as near as its words are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from server.judge.names import (
    INITIAL,
    NICKNAME,
    SHORTENED,
    Nicknames,
    Words,
    name_words,
    person_likeness,
    word_likeness,
)

_AT_ONCE: Final = 256  # wrong names: keeps the matrix over some thousand names within megabytes
_COMPARED: Final = 12  # names that are compared word by word with one wrong name
_BEHIND: Final = 0.12  # names further behind the nearest are not worth comparing
_POOR: Final = 0.86  # where no name's words are nearer, a space may be missing, or one too many
_JOINED: Final = 0.7
_MOST_WORDS: Final = 12  # of a name that are looked at, and
_MOST_LETTERS: Final = 50  # of each: what more there is makes no name
_SURE: Final = 0.8  # alike as words with one typo, or more
_NAMES_BOTH: Final = 0.4
"""What is off where both words are names of this list: Foster is a name of its own, and no bad spelling of Fisher."""
_LAST: Final = "{"  # stands behind every letter

Likenesses = npt.NDArray[np.uint8]
"""In hundredths."""


class Roster:
    """People's names by their place in a list, each as `person_words` gives it."""

    def __init__(self, names: Sequence[Words], nicknames: Nicknames) -> None:
        self._names = names
        self._nicknames = nicknames
        bare = [name_words(words)[:_MOST_WORDS] for words in names]
        self._words = sorted({word for words in bare for word in words})
        self._place = {word: place for place, word in enumerate(self._words)}
        self._nth_words = _nth_words(bare, self._words)
        self._joined = ["".join(words) for words in bare]

    def likest(self, values: Sequence[Words]) -> Iterator[dict[int, float]]:
        """For each wrong name the likenesses (0 to 1) of the names that come near it, by their places."""
        if not self._names:
            yield from ({} for _ in values)
            return
        known: dict[tuple[str, str], float] = {}

        def alike(one: str, other: str) -> float:
            found = known.get((one, other))
            if found is None:
                found = word_likeness(one, other, self._nicknames)
                if found < _SURE and one in self._place and other in self._place:
                    found -= _NAMES_BOTH
                known[one, other] = found
            return found

        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            near_each = self._near([name_words(words)[:_MOST_WORDS] for words in some])
            for words, near in zip(some, near_each, strict=True):
                yield {place: person_likeness(words, self._names[place], alike) for place in near}

    def _near(self, values: Sequence[Words]) -> list[list[int]]:
        """The names worth comparing: those whose words are nearest to each value's, and those as near in one piece."""
        letters = np.array([sum(min(len(word), _MOST_LETTERS) for word in words) for words in values], np.float32)
        reached = self._reached(values)
        tops = reached.max(axis=1)
        least = np.maximum(tops - 100 * _BEHIND * letters, 1).astype(np.uint16)
        worth = reached >= least[:, None]
        found: list[list[int]] = [[] for _ in values]
        for value, name in np.argwhere(worth).tolist():
            found[value].append(name)
        for near, line in zip(found, reached, strict=True):
            near.sort(key=line.__getitem__, reverse=True)
            del near[_COMPARED:]
        poor = [place for place, words in enumerate(values)
                if words and (len(words) == 1 or tops[place] < 100 * _POOR * letters[place])]  # fmt: skip
        if poor:
            pieces = ["".join(values[place]) for place in poor]
            alike = process.cdist(pieces, self._joined, scorer=OSA.normalized_similarity)
            for place, line in zip(poor, alike, strict=True):
                likely = np.flatnonzero(line >= _JOINED)
                found[place] += likely[np.argsort(-line[likely])][:_COMPARED].tolist()
        return found

    def _reached(self, values: Sequence[Words]) -> npt.NDArray[np.uint16]:
        """How near each name (columns) is to each value (rows): for each of the value's words the likeness (in
        hundredths) of the name's word that is nearest, times the word's letters."""
        words = sorted({word for value in values for word in value})
        alike = np.vstack([self._word_likenesses(words), np.zeros((1, len(words)), np.uint8)])
        nearest = alike[self._nth_words[0]]
        for nth_words in self._nth_words[1:]:
            np.maximum(nearest, alike[nth_words], out=nearest)
        letters = np.array([min(len(word), _MOST_LETTERS) for word in words], np.uint16)
        weighed = np.zeros((len(words) + 1, len(self._names)), np.uint16)
        np.multiply(np.ascontiguousarray(nearest.T), letters[:, None], out=weighed[:-1])
        first, *others = _nth_words(values, words)
        reached = weighed[first]
        for nth in others:
            reached += weighed[nth]
        return reached

    def _word_likenesses(self, words: Sequence[str]) -> Likenesses:
        """About what `word_likeness` says of all the names' words (rows) and of these words (columns)."""
        alike: Likenesses = process.cdist(self._words, words, scorer=fuzz.ratio, dtype=np.uint8)
        for column, word in enumerate(words):
            line = alike[:, column]
            first, beyond = bisect_left(self._words, word), bisect_left(self._words, word + _LAST)
            _at_least(line, range(first, beyond), INITIAL if len(word) == 1 else SHORTENED)
            beginnings = (self._place.get(word[:length]) for length in (1, *range(3, len(word))))
            _at_least(line, [place for place in beginnings if place is not None], INITIAL)
            if len(word) > 1:
                related = self._nicknames.related(word)
                _at_least(line, [self._place[name] for name in related if name in self._place], NICKNAME)
            if word in self._place:
                line[self._place[word]] = 100
        return alike


def _nth_words(names: Sequence[Words], words: Sequence[str]) -> list[npt.NDArray[np.intp]]:
    """The places among `words` of each name's first word, of its second one, and so on; one beyond the last where a
    name has none."""
    place, beyond = {word: place for place, word in enumerate(words)}, len(words)
    most = max(max(map(len, names), default=0), 1)
    return [
        np.array([place[name[nth]] if len(name) > nth else beyond for name in names], np.intp) for nth in range(most)
    ]


def _at_least(line: Likenesses, places: Sequence[int], likeness: float) -> None:
    least = round(100 * likeness)
    for place in places:
        if line[place] < least:
            line[place] = least
