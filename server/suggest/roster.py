"""Find the few of many people's names that resemble a wrong name (SPEC 5).

Names share their words: two thousand people have perhaps a thousand different ones. So the words are compared, all
with all at once, and a name is as similar as its words are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from server.suggest.names import (
    INITIAL,
    NICKNAME,
    SHORTENED,
    Nicknames,
    Words,
    name_words,
    person_likeness,
    word_likeness,
)

_AT_ONCE: Final = 256  # wrong names: keeps the matrix over some thousand words within megabytes
_COMPARED: Final = 12  # names that are compared word by word with one wrong name
_BEHIND: Final = 0.12  # names further behind the nearest are not worth comparing
_POOR: Final = 0.86  # where no name's words are nearer, a space may be missing, or one too many
_FAINT: Final = 0.5  # where no name's words are near, one of them must be so much alike all the same
_JOINED: Final = 0.7
_MOST_WORDS: Final = 12  # of a name that are looked at, and
_MOST_LETTERS: Final = 50  # of each: what more there is makes no name
_SURE: Final = 0.8  # alike as words with one typo, or more
_NAMES_BOTH: Final = 0.4
"""What is off where both words are names of this list: Foster is a name of its own, and no bad spelling of Fisher."""
_COMMON: Final = 3
"""Names that have a word, from which it is never a bad spelling of another such word: not of a letter, either."""
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
        self._holders = _Holders(self._nth_words, len(self._words))
        self._bare = bare
        self._common = {
            word for word, names in zip(self._words, self._holders.counts.tolist(), strict=True) if names >= _COMMON
        }

    @cached_property
    def _joined(self) -> list[str]:
        return ["".join(words) for words in self._bare]

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
                    found -= 1.0 if one in self._common and other in self._common else _NAMES_BOTH
                known[one, other] = found
            return found

        for start in range(0, len(values), _AT_ONCE):
            some = values[start : start + _AT_ONCE]
            near_each = self._near([name_words(words)[:_MOST_WORDS] for words in some])
            for words, near in zip(some, near_each, strict=True):
                yield {place: person_likeness(words[:_MOST_WORDS], self._names[place], alike) for place in near}

    def _near(self, values: Sequence[Words]) -> list[list[int]]:
        """The names worth comparing: those whose words are nearest to each value's, and those as near in one piece."""
        nearest = self._nearest(values, _POOR - _BEHIND)  # a name that is worth it has one word so near at least
        poor = [place for place, (likeness, _) in enumerate(nearest) if values[place] and likeness < _POOR]
        for place, again in zip(poor, self._nearest([values[place] for place in poor], _FAINT), strict=True):
            nearest[place] = again
        found = [names for _, names in nearest]
        poor += [place for place, words in enumerate(values) if len(words) == 1 and nearest[place][0] >= _POOR]
        if poor:
            pieces = ["".join(values[place]) for place in poor]
            alike = process.cdist(pieces, self._joined, scorer=OSA.normalized_similarity)
            for place, line in zip(poor, alike, strict=True):
                likely = np.flatnonzero(line >= _JOINED)
                found[place] += likely[np.argsort(-line[likely])][:_COMPARED].tolist()
        return found

    def _nearest(self, values: Sequence[Words], least: float) -> list[tuple[float, list[int]]]:
        """For each value how near (0 to 1) its words come to those of any name, and the names about as near, the
        nearest first; of names that have a word at least so much alike one of the value's."""
        words = sorted({word for value in values for word in value})
        if not words:
            return [(0.0, []) for _ in values]
        alike = self._word_likenesses(words)
        nth_words = _nth_words(values, words)
        letters = np.array([min(len(word), _MOST_LETTERS) for word in (*words, "")])
        lengths = np.maximum(np.sum([letters[nth] for nth in nth_words], axis=0), 1)
        ours, theirs = np.divmod(np.flatnonzero(alike >= round(100 * least)), len(self._words))
        pair, value = _Holders(nth_words, len(words)).of(ours)
        again, name = self._holders.of(theirs[pair])
        value = value[again]
        reached = np.zeros(len(name), np.int64)
        weighed = np.zeros((len(words) + 1, len(self._words) + 1), np.int64)
        np.multiply(alike, letters[:-1, None], out=weighed[:-1, :-1])
        for nth in nth_words:
            lines = nth[value]
            nearest = weighed[lines, self._nth_words[0][name]]
            for further in self._nth_words[1:]:
                np.maximum(nearest, weighed[lines, further[name]], out=nearest)
            reached += nearest
        tops = np.zeros(len(values), np.int64)
        np.maximum.at(tops, value, reached)
        worth = np.flatnonzero(reached >= tops[value] - 100 * _BEHIND * lengths[value])
        worth = worth[np.lexsort((name[worth], -reached[worth]))]
        found: list[dict[int, None]] = [{} for _ in values]
        for of_value, near in zip(value[worth].tolist(), name[worth].tolist(), strict=True):
            if len(found[of_value]) < _COMPARED:
                found[of_value][near] = None
        return list(zip((tops / lengths / 100).tolist(), map(list, found), strict=True))

    def _word_likenesses(self, words: Sequence[str]) -> Likenesses:
        """About what `word_likeness` says of these words (rows) and of all the names' words (columns)."""
        alike: Likenesses = process.cdist(words, self._words, scorer=fuzz.ratio, dtype=np.uint8)
        known = self._place
        for line, word in zip(alike, words, strict=True):
            first, beyond = bisect_left(self._words, word), bisect_left(self._words, word + _LAST)
            _at_least(line, range(first, beyond), INITIAL if len(word) == 1 else SHORTENED)
            beginnings = [word[:length] for length in (1, *range(3, len(word)))]
            _at_least(line, [known[name] for name in beginnings if name in known], INITIAL)
            if len(word) > 1:
                _at_least(line, [known[name] for name in self._nicknames.related(word) if name in known], NICKNAME)
            if word in known:
                line[known[word]] = 100
        return alike


class _Holders:
    """Names by the words that they have."""

    def __init__(self, nth_words: Sequence[npt.NDArray[np.intp]], words: int) -> None:
        """`nth_words`: see `_nth_words`. `words`: how many there are."""
        have = [np.flatnonzero(nth < words) for nth in nth_words]
        places = np.concatenate([nth[some] for nth, some in zip(nth_words, have, strict=True)])
        self._names = np.concatenate(have)[np.argsort(places, kind="stable")]
        self.counts = np.bincount(places, minlength=words)
        self._begins = np.cumsum(self.counts) - self.counts

    def of(self, words: npt.NDArray[np.intp]) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
        """The names that have each of these words, one after the other, and beside each the index of its word."""
        counts = self.counts[words]
        which = np.repeat(np.arange(len(words)), counts)
        shift = self._begins[words] - (np.cumsum(counts) - counts)
        return which, self._names[np.arange(len(which)) + shift[which]]


def _nth_words(names: Sequence[Words], words: Sequence[str]) -> list[npt.NDArray[np.intp]]:
    """The places among `words` of each name's first word, of its second one, and so on; one beyond the last where a
    name has none."""
    place = {word: place for place, word in enumerate(words)}
    places = np.array([place[word] for name in names for word in name], np.intp)
    lengths = np.array(list(map(len, names)), np.intp)
    begins = np.cumsum(lengths) - lengths
    nth_words = []
    for nth in range(max(lengths.max(initial=0), 1)):
        have = lengths > nth
        nth_words.append(np.full(len(names), len(words)))
        nth_words[-1][have] = places[begins[have] + nth]
    return nth_words


def _at_least(line: Likenesses, places: Sequence[int], likeness: float) -> None:
    for place in places:
        line[place] = max(line[place], round(100 * likeness))
