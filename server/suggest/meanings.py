"""Recognise synonyms of list values, from a small table of the field's words (SPEC 5).

A small general table of English, no more: a site's own words are learnt as remembered fixes. Each line is one meaning.
A listed value has the meaning of a line if it is one of its phrases, or contains one word for word; a written value
has it only if nothing else is left of it but filler words, such as "case" in "case closed". The order of a phrase's
words says nothing: contact lost, services refused, not started yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Final

from rapidfuzz.distance import OSA

from server.suggest.names import words_of
from workbook.columns import REASON, RELATIONSHIP, STATUS

_PHRASES: Final[dict[str, tuple[str, ...]]] = {
    RELATIONSHIP: (
        "primary, main, principal, lead, first, 1st, key worker, main worker, chief",
        "secondary, second, 2nd, co worker, assisting, associate",
        "backup, back up, alternate, substitute, stand in, standby, cover, covering, relief, reserve, fill in",
        "supervisor, supervising, supervision, team lead, team leader, oversight",
        "aide, assistant, helper, paraprofessional",
        "intake, admission, screening, screener",
        "temporary, temp, interim, acting",
        "mentor, coach, buddy",
    ),
    STATUS: (
        "active, open, current, ongoing, in progress, live, working",
        "pending, awaiting, to be assigned, not started, not yet started, in process, tbd",
        "on hold, hold, paused, suspended, deferred, parked",
        "waitlisted, waitlist, wait list, waiting list, wait listed, queued",
        "monitoring, monitored, follow up, aftercare, watch, check in",
        "inactive, dormant, not active",
        "closed, ended, finished, done",
    ),
    REASON: (
        "completed, complete, finished, graduated, goals met, goals achieved, successful, success, program completed, "
        "successfully completed, successfully, finished program",
        "moved, moved away, relocated, relocation, moved out of area, out of area, left area, left the area, "
        "moved out of state, left town, no longer in area, new address",
        "lost contact, no contact, unable to contact, unable to reach, cannot reach, unreachable, cannot locate, "
        "unable to locate, could not locate, whereabouts unknown, lost to follow up, disappeared, awol, stopped coming",
        "declined, declined services, refused, refused services, withdrew, withdrawn, opted out, not interested, "
        "client choice, self discharge, dropped out, voluntary withdrawal, quit",
        "deceased, died, death, dead, passed away, passed",
        "transferred, transfer, reassigned, handed over, changed worker, new worker, worker changed, moved caseload, "
        "new caseworker, transferred out",
        "data entry error, entered in error, error, entry error, mistake, entered by mistake, wrong entry, duplicate",
        "ineligible, no longer eligible, not eligible, over income, lost eligibility",
        "incarcerated, jail, jailed, prison, in prison, arrested, detained",
        "hospitalized, hospitalised, hospital, institutionalized",
        "aged out, too old, turned 18",
        "non compliance, noncompliance, noncompliant, non compliant, rule violation, terminated, expelled",
        "housed, found housing, permanently housed, permanent housing",
        "employed, found work, found a job, got a job",
    ),
}  # fmt: skip
_EMPTY_WORDS: Final = {
    RELATIONSHIP: frozenset({"caseworker", "case", "worker", "manager", "staff", "contact", "cm", "the", "role"}),
    STATUS: frozenset({"case", "status", "client", "currently", "is", "now", "the"}),
    REASON: frozenset({
        "case", "closed", "close", "ended", "end", "exit", "exited", "client", "participant", "family", "services",
        "service", "reason", "dismissed", "discharged", "due", "to", "because", "of", "has", "was", "is", "the", "an",
        "they", "he", "she", "from", "program",
    }),
}  # fmt: skip
"""Words that say nothing of a value beside others."""
_TURNING: Final = frozenset({
    "not", "no", "never", "without", "nor", "neither", "non", "cannot", "t", "before", "until", "unless", "if", "may",
    "might", "wants", "will", "would", "cant", "couldnt", "didnt", "doesnt", "dont", "hasnt", "havent", "isnt", "wasnt",
    "wont", "wouldnt",
})  # fmt: skip
"""Words beside a phrase that may turn it into its opposite, or into what has not happened."""
_NUMBERED: Final = re.compile(r"^\d+[.)]?\s+")

_LONGEST: Final = 12
"""Words of a value that are looked at."""

Phrase = tuple[str, ...]


def same_meaning(column: str, written: str, listed: Sequence[str]) -> list[int]:
    """The places of the `listed` values that say in other words what is `written`; [] where it says nothing known."""
    meanings = _meanings(column, words_of(_NUMBERED.sub("", written))[:_LONGEST])
    if not meanings:
        return []
    return [place for place, value in enumerate(listed) if not meanings.isdisjoint(_held(column, words_of(value)))]


def holds_meaning(column: str, written: str, listed: Sequence[str]) -> list[int]:
    """The same where what is `written` says more than that (“family moved to another county”), unless it may say the
    opposite (“has not moved”): then it says nothing known."""
    words = words_of(_NUMBERED.sub("", written))[:_LONGEST]
    found = _held_where(column, words)
    if not found or not _TURNING.isdisjoint(word for place, word in enumerate(words) if place not in found):
        return []
    meanings = _held(column, words)
    return [place for place, value in enumerate(listed) if not meanings.isdisjoint(_held(column, words_of(value)))]


def may_say_the_opposite(one: Phrase, other: Phrase) -> bool:
    """Whether one of two values has a word that turns it where the other has none (“no longer active”, “Active”), so
    that they are none the more alike for what else they share."""
    if _TURNING.intersection(one) == _TURNING.intersection(other):
        return False
    return OSA.distance("".join(one), "".join(other), score_cutoff=1) > 1  # “Non-compliance” written in one


def _without(column: str, words: Iterable[str]) -> Phrase:
    words = tuple(words)
    return tuple(word for word in words if word not in _EMPTY_WORDS.get(column, ())) or words


def _meanings(column: str, words: Phrase) -> frozenset[int]:
    """The lines whose phrases these words are, one phrase after another."""
    return _lines_of(column, words) or _lines_of(column, _without(column, words))


def _lines_of(column: str, words: Phrase) -> frozenset[int]:
    known = _known(column)
    lines: list[frozenset[int]] = [frozenset(range(len(_PHRASES.get(column, ()))))]
    """The lines that the first words, so many, are phrases of."""
    for end in range(1, len(words) + 1):
        ways = [lines[start] & known.get(_in_order(words[start:end]), frozenset()) for start in range(end)]
        lines.append(frozenset().union(*ways))
    return lines[-1] if words else frozenset()


def _held(column: str, words: Phrase) -> frozenset[int]:
    """The meanings of a listed value: of the longest phrases that it holds."""
    if exact := _meanings(column, words):
        return exact
    return frozenset().union(*(_known(column)[_in_order(words[start:end])] for start, end in _longest(column, words)))


def _held_where(column: str, words: Phrase) -> set[int]:
    """The places of the words of these phrases."""
    return {place for start, end in _longest(column, words) for place in range(start, end)}


def _longest(column: str, words: Phrase) -> list[tuple[int, int]]:
    """Where the longest phrases stand that words hold; all that are as long."""
    for length in range(len(words), 0, -1):
        spans = [(start, start + length) for start in range(len(words) - length + 1)]
        found = [span for span in spans if _in_order(words[slice(*span)]) in _known(column)]
        if found:
            return found
    return []


@cache
def _known(column: str) -> dict[Phrase, frozenset[int]]:
    """Phrase, its words in alphabetical order → the lines that have it."""
    known: dict[Phrase, frozenset[int]] = {}
    for line, phrases in enumerate(_PHRASES.get(column, ())):
        for phrase in phrases.split(", "):
            for words in {words_of(phrase), _without(column, words_of(phrase))}:
                known[_in_order(words)] = known.get(_in_order(words), frozenset()) | {line}
    return known


def _in_order(words: Phrase) -> Phrase:
    return tuple(sorted(words))
