"""Recognise synonyms of list values, from a table of the field's phrases (`server/suggest/phrases.py`, SPEC 5).

A listed value has the meaning of a line of the table if it is one of its phrases, or contains one word for word. A
written value surely has it only if it is one of its phrases to the letter, and nothing else is left of it but filler
words, such as "case" in "case closed". What says more than that, or has the words in another form, likely has it. The
order of a phrase's words says nothing: contact lost, services refused, not started yet.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Final, NamedTuple

import snowballstemmer
from rapidfuzz.distance import OSA

from server.suggest.asides import are_turning
from server.suggest.dictionary import is_english
from server.suggest.names import words_of
from server.suggest.phrases import phrases_of
from server.suggest.slips import codes_of, only_slips_apart
from server.suggest.titles import initials_of
from workbook.columns import PROGRAM_NAME, REASON, RELATIONSHIP, STATUS

_EMPTY_WORDS: Final = {
    RELATIONSHIP: frozenset({
        "caseworker", "case", "worker", "manager", "staff", "contact", "cm", "the", "role", "a", "is", "his", "her",
        "their", "client",
    }),
    STATUS: frozenset({
        "case", "status", "client", "currently", "is", "now", "the", "a", "with", "at", "this", "time",
    }),
    REASON: frozenset({
        "case", "closed", "close", "ended", "end", "exit", "exited", "client", "participant", "services",
        "service", "reason", "dismissed", "discharged", "due", "to", "because", "of", "has", "was", "is", "the", "an",
        "a", "they", "he", "she", "program", "with", "their", "his", "her", "any", "more", "anymore", "at",
        "this", "time",
    }),
    PROGRAM_NAME: frozenset({"program", "programs", "a", "an", "and", "for", "of", "the"}),
}  # fmt: skip
"""Words that say nothing of a value beside others."""
_TURNING: Final = frozenset({
    "not", "no", "never", "without", "nor", "neither", "non", "un", "cannot", "t", "before", "until", "unless", "if",
    "may", "might", "wants", "will", "would", "cant", "couldnt", "didnt", "doesnt", "dont", "hasnt", "havent", "isnt",
    "wasnt", "wont", "wouldnt",
})  # fmt: skip
"""Words beside a phrase that may turn it into its opposite, or into what has not happened."""
_UNDECIDED: Final = frozenset({
    "almost", "nearly", "soon", "next", "plans", "planning", "possible", "possibly", "maybe", "probably", "unsure",
    "unclear", "or", "either", "requested", "requests", "denied", "pending", "released", "former", "formerly",
    "previously", "ask", "should", "needs",
})  # fmt: skip
"""Words beside a phrase that leave open whether it is so, or say that it is no longer."""
_OTHERS: Final = frozenset({
    "mother", "mom", "father", "dad", "brother", "sister", "husband", "wife", "spouse", "partner", "son",
    "daughter", "grandmother", "grandfather", "grandma", "grandpa", "boyfriend", "girlfriend", "roommate",
    "landlord", "baby",
})  # fmt: skip
"""Whom beside a phrase it speaks of in the place of the client."""
_EXCHANGED: Final = re.compile(r"\b[a-z][A-Z]")
"""Two letters whose order the capital tells: “nO Hold” is On Hold, and “no hold” may be none."""
_CAPITAL_WITHIN: Final = re.compile(r"\b([A-Z][a-z]+)([A-Z][a-z]+)\b")
_OPEN: Final = re.compile(r"[?？]")
_NUMBERED: Final = re.compile(r"^\d+[.)]?\s+")

_LONGEST: Final = 12
"""Words of a value that are looked at."""
_INITIALS: Final = 3
"""So many of them are what people call a title by; two are those of too many others."""
Words = tuple[str, ...]
Lines = Mapping[int, bool]
"""Lines of the table, and whether a phrase of theirs says surely what they mean."""


class Meant(NamedTuple):
    """A listed value, by its place in the list, that is meant. `is_sure`: whether nothing else may be."""

    place: int
    is_sure: bool


def meant_values(column: str, written: str, listed: Sequence[str]) -> list[Meant]:
    """Which of the `listed` values say in other words what is `written`; [] where that says nothing known, or may say
    the opposite of what it holds (“has not moved”)."""
    words = words_of(_NUMBERED.sub("", written))[:_LONGEST]
    lines: Lines = _said(_known(column), column, words)
    if not lines or is_asked(written):
        held = (
            lines
            or _held(_known(column), column, words, words)
            or _held(_by_stems(column), column, words, _stems(words))
        )
        lines = dict.fromkeys(held, False)
    meant = []
    for place, value in enumerate(listed):
        theirs = _listed_lines(column, value)
        if same := lines.keys() & theirs.keys():
            meant.append(Meant(place, any(lines[line] and theirs[line] for line in same)))
    return meant


def is_asked(written: str) -> bool:
    """Whether a value asks rather than says: “active?”."""
    return _OPEN.search(written) is not None


def says_the_same(column: str, written: str, listed: str) -> bool:
    """Whether a value is the `listed` one but for slips and filler, or its initials: another word, or another number,
    may make it about something else (“active warrant” of “Active”, “Shelter A” of “Shelter B”)."""
    ours, theirs = words_of(written), words_of(listed)
    if not _TURNING.isdisjoint({*ours} ^ {*theirs}) and not _EXCHANGED.search(written):
        return False
    if _has_a_word_within(written, theirs) or _has_a_word_within(listed, ours):
        return False
    if _are_turned_apart(column, ours, theirs):
        return False
    letters = "".join(ours)
    is_short = len(letters) >= _INITIALS and letters in initials_of(theirs)
    codes = codes_of(written) | codes_of(listed)
    return is_short or only_slips_apart(ours, theirs, _EMPTY_WORDS.get(column, frozenset()), codes)


def _has_a_word_within(written: str, theirs: Words) -> bool:
    """Whether a word with a capital in it is written in one in what is listed, where it is another word: Medi-Cal is
    nothing medical."""
    for first, second in _CAPITAL_WITHIN.findall(written.replace("-", "")):
        whole = f"{first}{second}".lower()
        if whole in theirs and is_english(whole) and not (is_english(first.lower()) and is_english(second.lower())):
            return True
    return False


def may_say_the_opposite(one: Words, other: Words) -> bool:
    """Whether one of two values has a word that turns it where the other has none (“no longer active”, “Active”), so
    that they are none the more alike for what else they share."""
    if _TURNING.intersection(one) == _TURNING.intersection(other):
        return False
    return OSA.distance("".join(one), "".join(other), score_cutoff=1) > 1  # “Non-compliance” written in one


def _without(column: str, words: Iterable[str]) -> Words:
    words = tuple(words)
    return tuple(word for word in words if word not in _EMPTY_WORDS.get(column, ())) or words


def _are_turned(column: str, words: Words) -> bool:
    return are_turning(column, words, _without(column, words))


def _are_turned_apart(column: str, ours: Words, theirs: Words) -> bool:
    """Whether words that most often say nothing turn one of two values, and the other has fewer of them."""
    if len(ours) == len(theirs) or OSA.distance("".join(ours), "".join(theirs), score_cutoff=1) <= 1:
        return False
    return any(
        _are_turned(column, one) and not {*one}.difference(_without(column, one)) <= {*other}
        for one, other in ((ours, theirs), (theirs, ours))
    )


def _said(known: Mapping[Words, Lines], column: str, words: Words) -> Lines:
    """The lines whose phrases these words are, one phrase after another."""
    if exact := _in_a_row(known, words):
        return exact
    lines = _in_a_row(known, _without(column, words))
    return dict.fromkeys(lines, False) if _are_turned(column, words) else lines


def _in_a_row(known: Mapping[Words, Lines], words: Words) -> Lines:
    reached: list[Lines | None] = [None]
    """The lines that the first words, so many, are phrases of; None of no words, which are phrases of any."""
    for end in range(1, len(words) + 1):
        ways: dict[int, bool] = {}
        for start in range(end):
            phrase, before = known.get(_in_order(words[start:end]), {}), reached[start]
            for line, is_sure in phrase.items():
                if before is None or line in before:
                    ways[line] = ways.get(line, False) or (is_sure and (before is None or before[line]))
        reached.append(ways)
    return reached[-1] or {}


def _held(known: Mapping[Words, Lines], column: str, words: Words, forms: Words) -> set[int]:
    """The lines of the longest phrases that some words hold, unless another word beside these turns them. `forms`:
    each word as `known` has it."""
    kept = _without(column, words)
    without_filler = tuple(form for word, form in zip(words, forms, strict=True) if word in kept)
    best: list[tuple[int, set[int], set[str]]] = []
    for some, same in ((words, forms), (kept, without_filler)):
        for start, end in _longest(known, same):
            rest = {*some[:start], *some[end:]}
            best.append((end - start, set(known[_in_order(same[start:end])]), rest))
    most = max((length for length, _, _ in best), default=0)
    longest = [(lines, rest) for length, lines, rest in best if length == most]
    if any(rest & (_TURNING | _UNDECIDED | _OTHERS) for _, rest in longest):
        return set()
    return set().union(*(lines for lines, _ in longest))


def _longest(known: Mapping[Words, Lines], words: Words) -> list[tuple[int, int]]:
    """Where the longest phrases stand that words hold; all that are as long."""
    for length in range(len(words), 0, -1):
        spans = [(start, start + length) for start in range(len(words) - length + 1)]
        found = [span for span in spans if _in_order(words[slice(*span)]) in known]
        if found:
            return found
    return []


def _listed_lines(column: str, value: str) -> Lines:
    """The meanings of a listed value, and whether it says nothing more: of what it says, or of the longest phrases that
    it holds, unless a word beside them turns these (“Did Not Complete Program”)."""
    words = words_of(value)
    known = _known(column)
    if exact := _said(known, column, words):
        return dict.fromkeys({line for line, is_sure in exact.items() if is_sure} or set(exact), True)
    held: set[int] = set()
    for start, end in _longest(known, words):
        if _TURNING.isdisjoint((*words[:start], *words[end:])):
            held.update(known[_in_order(words[start:end])])
    return dict.fromkeys(held, False)


@cache
def _known(column: str) -> dict[Words, dict[int, bool]]:
    """Phrase, its words in alphabetical order → the lines that have it, and whether surely."""
    known: dict[Words, dict[int, bool]] = {}
    for phrase in phrases_of(column):
        words = words_of(phrase.words)
        fewer = _without(column, words)
        # What filler leaves of a phrase may be a word that says too little by itself.
        for form in {words, fewer if len(fewer) > 1 else words}:
            lines = known.setdefault(_in_order(form), {})
            lines[phrase.line] = lines.get(phrase.line, False) or phrase.is_sure
    return known


@cache
def _by_stems(column: str) -> dict[Words, dict[int, bool]]:
    """The same by the stems of the words, which are one for moved and moving."""
    found: dict[Words, dict[int, bool]] = {}
    for words, lines in _known(column).items():
        found.setdefault(_in_order(_stems(words)), {}).update(lines)
    return found


def _stems(words: Words) -> Words:
    return tuple(map(_stem, words))


@lru_cache(maxsize=10_000)
def _stem(word: str) -> str:
    return str(_STEMMERS.mine.stemWord(word))


class _Stemmers(threading.local):
    """A stemmer for each thread: it keeps the word that it is at, and two threads would take each other's."""

    def __init__(self) -> None:
        self.mine = snowballstemmer.stemmer("english")


_STEMMERS: Final = _Stemmers()


def _in_order(words: Words) -> Words:
    return tuple(sorted(words))
