"""Suggest with certainty from stored records: a person's details, a damaged ID (SPEC R2, 5)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from server.judge import ids
from server.judge.days import probable_day
from server.judge.question import Question
from server.judge.reference import Participant, Reference
from server.suggest.birth_dates import day_level
from server.suggest.emptied import is_placeholder
from server.suggest.names import (
    Nicknames,
    generation_of,
    has_another_name,
    person_likeness,
    word_likeness,
    words_of,
)
from server.suggest.weights import Day
from workbook.columns import BIRTH_DATE, CASE_NUMBER
from workbook.matching import like_key
from workbook.report import Suggestion
from workbook.text import repaired

_LIKELY: Final = 20.0
_LOST_ZEROS: Final = 97.0
"""Scores: the least at which an ID that has lost its zeros makes a suggestion sure, and the score it then gets."""
_SAYS_MORE: Final = re.compile(r"[?？&+]|\d\s*[/\\,;.\-–—]\s*\d")
"""Two people's numbers, a member of a household, a check digit, or a question."""
_CALLED_AN_ID: Final = re.compile("^(?:participant|client|person|pid|id|number|num|no|nr)+(?=[0-9])")
_MISTYPED: Final = 0.8
"""How alike (0 to 1) a name is to the one that is stored when it is the same one mistyped."""


def is_mistyped(column: str, written: str, stored: str, reference: Reference, nicknames: Nicknames) -> bool:
    """Whether a demographic that disagrees with the stored one is a slip of it, or a nickname."""
    if column == BIRTH_DATE:
        day = probable_day(written, reference.rules.date_order, reference.today)
        return bool(day) and day_level(day, stored) in (Day.SAME, Day.SWAPPED, Day.SLIP)
    if column == CASE_NUMBER:
        return ids.level(like_key(written), like_key(stored)) != ids.DIFFERENT
    ours, theirs = words_of(written), words_of(stored)
    if generation_of(ours) != generation_of(theirs) or has_another_name(ours, theirs, nicknames):
        return False  # a row copied from a relative's, with their ID left in it
    return person_likeness(ours, theirs, lambda a, b: word_likeness(a, b, nicknames)) >= _MISTYPED


def are_slips(question: Question, reference: Reference, nicknames: Nicknames) -> bool:
    """Whether all the details beside an ID are slips of its owner's, or stand for nothing. Several that are all those
    of somebody else are none."""
    is_anothers = len(question.answers) > 1 and len(question.details) > 1
    if question.answers[:1] != (question.owner,) or is_anothers:
        return False
    return all(is_placeholder(one.written) for one in question.details) or all(
        one.certain
        or (bool(one.stored) and is_mistyped(one.column, _readable(one.written), one.stored, reference, nicknames))
        for one in question.details
    )


def _readable(written: str) -> str:
    """A text that was decoded wrongly (JosÃ©) as it was before."""
    return repaired(written) or written


def with_lost_zeros(value: str, people: Sequence[Participant], found: list[Suggestion]) -> list[Suggestion]:
    """Who is likely, and has the one ID that is this number once its zeros are back, is sure: Excel takes them. Spaces
    and punctuation around and within it say nothing, unless they may part two numbers (468/9) or ask; nor do words that
    only say that it is an ID (“Client ID: 108”)."""
    number = _CALLED_AN_ID.sub("", like_key(value)).lstrip("0")
    if _SAYS_MORE.search(value):
        return found
    if not (found and number.isdecimal() and not found[0].is_guess and found[0].score >= _LIKELY):
        return found
    if [one.participant_id for one in people if like_key(one.participant_id).lstrip("0") == number] != [found[0].value]:
        return found
    return [found[0].model_copy(update={"score": max(found[0].score, _LOST_ZEROS)}), *found[1:]]
