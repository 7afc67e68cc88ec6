"""What counts as an SSN, for imports, HMIS exports and sheet rows alike (SPEC R2).

The Social Security Administration never issues some numbers (area 000, 666, 900 and above; group 00; serial 0000).
Some numbers were issued and became public: printed on sample cards in wallets, in advertisements and forms. And some
are what people type where a form wants nine digits.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, time
from typing import Final

from workbook.matching import id_of
from workbook.sheet import Cell

DIGITS: Final = 9
_FEWEST: Final = 7
"""Digits of an SSN whose zeros in front a spreadsheet has taken away: area 001 to 009 has two of them."""
_BETWEEN: Final = frozenset("PZC")
"""What may stand between the digits, by Unicode's categories: punctuation, spaces, marks without a width."""
_SIGNS: Final = frozenset("−⁻₋")
"""Characters that people write for a hyphen, but that Unicode does not class as one."""
_DATE_LIKE: Final = re.compile(r"/|^\W*\d{4}\D+\d{1,2}\D|^\W*\d{1,2}\D\d{1,2}\D(?:19|20)\d\d\W*$")
"""Seven or eight digits that are rather a date: 3/14/1990, 1990-03-14, 14.03.1990."""

PLACEHOLDERS: Final = frozenset({
    # On sample cards, in advertisements and brochures (ssa.gov/history/ssn/misused.html).
    "002281852", "042103580", "062360749", "078051120", "095073645", "128036045", "135016629", "141186941",
    "165167999", "165187999", "165207999", "165227999", "165247999", "189092294", "212097694", "212099999",
    "219099999", "306302348", "308125070", "457555462", "468288779", "549241889",
    # What is typed where nothing is known.
    "123456789", *(digit * DIGITS for digit in "12345678"),
})  # fmt: skip
"""Numbers of the right form that are nobody's own."""

UNUSABLE: Final = "•"
"""Stands in a sheet for a value that is no SSN, of which nothing is kept (SPEC 7)."""


def ssn_of(cell: Cell) -> str:
    """The nine digits of the SSN that a cell holds, or "" where it holds none: a word, a part, a placeholder.

    Whatever stands between the digits says nothing. Seven or eight have lost their zeros in front.
    """
    if isinstance(cell, bool | date | time):
        return ""
    text = id_of(cell)
    digits = _digits(text)
    if not _FEWEST <= len(digits) <= DIGITS or (len(digits) < DIGITS and _DATE_LIKE.search(text)):
        return ""
    digits = digits.zfill(DIGITS)
    return digits if could_be_issued(digits) else ""


def could_be_issued(digits: str) -> bool:
    """Whether nine digits may be somebody's own SSN."""
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return not (area in ("000", "666") or area[0] == "9" or group == "00" or serial == "0000" or digits in PLACEHOLDERS)


def says_nothing(cell: Cell) -> bool:
    """Whether there is nothing in a cell that a person could see."""
    return all(unicodedata.category(char)[0] in "ZC" for char in id_of(cell))


def _digits(text: str) -> str:
    """The digits of a text in which nothing else is said; "" when something is."""
    if text.isascii() and text.isdecimal():
        return text
    digits = []
    for char in text:
        if char.isdecimal():
            digits.append(str(unicodedata.decimal(char)))
        elif unicodedata.category(char)[0] not in _BETWEEN and char not in _SIGNS:
            return ""
    return "".join(digits)
