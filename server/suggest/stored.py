"""Whether what a row says of a person is no more than mistyped, by what is stored of them (SPEC R2, 5)."""

from __future__ import annotations

from typing import Final

from server.judge import ids
from server.judge.days import told_day
from server.judge.reference import SiteRules
from server.suggest.linkage import day_level
from server.suggest.names import Nicknames, person_likeness, word_likeness, words_of
from server.suggest.weights import Day
from workbook.columns import BIRTH_DATE, CASE_NUMBER
from workbook.matching import like_key

_MISTYPED: Final = 0.8
"""How alike (0 to 1) a name is to the one that is stored when it is the same one mistyped."""


def is_mistyped(column: str, written: str, stored: str, rules: SiteRules, today: str, nicknames: Nicknames) -> bool:
    """Whether a demographic that disagrees with the stored one is a slip of it, or a nickname."""
    if column == BIRTH_DATE:
        day = told_day(written, rules.date_order, today)
        return bool(day) and day_level(day, stored) in (Day.SAME, Day.SWAPPED, Day.SLIP)
    if column == CASE_NUMBER:
        return ids.level(like_key(written), like_key(stored)) != ids.DIFFERENT
    alike = person_likeness(words_of(written), words_of(stored), lambda a, b: word_likeness(a, b, nicknames))
    return alike >= _MISTYPED
