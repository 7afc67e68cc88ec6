"""Combine the identifying cells of a row without a Participant ID (SPEC 5)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from workbook.columns import BIRTH_DATE, CASE_NUMBER, DEMOGRAPHICS, FIRST_NAME, KINDS, LAST_NAME, PARTICIPANT_ID, SSN
from workbook.local_time import Order, said_day

SSN_GIVEN: Final = "SSN given"
"""What stands for an SSN among them (SPEC 7)."""
_BORN: Final = re.compile(r"(?<= · born )[0-9-]{10}(?= · |, row |$)")


def names_record(column: str, answer: str) -> bool:
    """Whether an answer means a record by its number: an ID, or a number where a name should be. What no record has is
    asked again (SPEC 5)."""
    if column in (CASE_NUMBER, SSN) or KINDS.get(column) not in ("id", "text", "feeder", "action"):
        return False
    return KINDS[column] == "id" or (
        column not in DEMOGRAPHICS and any(map(str.isdecimal, answer)) and not any(map(str.isalpha, answer))
    )


def who_of(texts: Mapping[str, str]) -> str:
    """`Mary Jones · born 1990-02-03 · case 4471 · SSN given`, of what is there. `texts`: header → a cell's text."""
    name = f"{texts.get(FIRST_NAME, '')} {texts.get(LAST_NAME, '')}".strip()
    birth, case = texts.get(BIRTH_DATE), texts.get(CASE_NUMBER)
    ssn = SSN_GIVEN if texts.get(SSN) else ""
    parts = [name, f"born {birth}" if birth else "", f"case {case}" if case else "", ssn]
    return " · ".join(part for part in parts if part)


def said_value(column: str, value: str, order: Order) -> str:
    """A wrong value as its user reads it: a date in the site's order, also where it tells who a row is about."""
    if KINDS.get(column) == "date":
        return said_day(value, order)
    if column == PARTICIPANT_ID:
        return _BORN.sub(lambda born: said_day(born[0], order), value)
    return value
