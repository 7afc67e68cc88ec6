"""Recognise what Excel did to an identifier, and which IDs it may be (SPEC 3, Identifiers). Pure.

Excel shortens long numbers to 1.23457E+11 when it saves a text file, keeps only 15 digits of any number, reads 123E4 as
a number, and makes a date of 12-5 or MAR1. What is lost cannot be read back, so `ruin_of(cell)` says what happened and
`lost_ids(ruin)` which IDs it may have happened to.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final, Literal, NamedTuple

from workbook.matching import exact_key, id_of, text_of
from workbook.sheet import Cell

_SCIENTIFIC: Final = re.compile(r"([1-9])(?:[.,](\d{1,15}))?[Ee]([+-]\d{2,3})")
_ISO_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}(?: 00:00:00)?")
_DIGITS_KEPT: Final = 15
_DAY_ZERO: Final = date(1899, 12, 30)
_LONGEST_ID: Final = 40
_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FULL_MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_TEXT_FIRST: Final = "Give that column the format Text before the IDs are typed or pasted, then enter this one again."
_SENTENCES: Final = {
    "scientific": "Excel has made this of an ID, in its short form for numbers, and what that leaves out is lost. "
    + _TEXT_FIRST,
    "digits": "Excel keeps only the first 15 digits of a number and writes zeros for the others. " + _TEXT_FIRST,
    "date": "Excel may have made a date of an ID such as 12-5. " + _TEXT_FIRST,
}


class Ruin(NamedTuple):
    """What happened to one cell of an identifier."""

    what: Literal["scientific", "digits", "date"]
    value: str
    """The number or the day that is left, as a person reads it."""

    @property
    def sentence(self) -> str:
        """What happened, and how to stop it, for a message."""
        return _SENTENCES[self.what]

    @property
    def sure(self) -> bool:
        """Whether the cell cannot be the ID itself, even where somebody has such a one."""
        return self.what != "date"


@dataclass(frozen=True, slots=True)
class LostIds:
    """The IDs that would look so, by their `exact_key`: some texts, and ranges (lowest, highest) of numbers of equally
    many digits."""

    texts: frozenset[str] = frozenset()
    ranges: tuple[tuple[str, str], ...] = ()

    def includes(self, key: str) -> bool:
        return key in self.texts or any(len(key) == len(low) and low <= key <= high for low, high in self.ranges)


def ruin_of(cell: Cell) -> Ruin | None:
    """What Excel has done to a cell that should hold an ID; None where nothing shows."""
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        return Ruin("digits", id_of(cell)) if _has_lost_digits(cell) else None
    if isinstance(cell, date | datetime | time):
        return Ruin("date", text_of(cell))
    if isinstance(cell, str):
        text = text_of(cell)
        if _SCIENTIFIC.fullmatch(text):
            return Ruin("scientific", text)
        if _ISO_DAY.fullmatch(text):
            return Ruin("date", text)
    return None


def lost_ids(ruin: Ruin) -> LostIds:
    """Which IDs would look so once Excel has had them."""
    if ruin.what == "date":
        return LostIds(frozenset(map(exact_key, _as_day(ruin.value))))
    if ruin.what == "digits":
        number = Decimal(ruin.value)
        kept = "".join(map(str, number.as_tuple().digits)).ljust(_DIGITS_KEPT, "0")[:_DIGITS_KEPT]
        lost = number.adjusted() + 1 - _DIGITS_KEPT
        return LostIds(ranges=((kept + "0" * lost, kept + "9" * lost),)) if 0 < lost <= _LONGEST_ID else LostIds()
    return _as_shortened(ruin.value)


def _has_lost_digits(number: float) -> bool:
    size = abs(number)
    if not 10**_DIGITS_KEPT <= size < 1e40:
        return False
    # Above 2**53 no number is kept whole. Below, one whose 16th digit is none of Excel's zeros was never in Excel.
    return (isinstance(number, float) and size >= 2**53) or not int(size) % 10 ** (len(str(int(size))) - _DIGITS_KEPT)


def _as_shortened(text: str) -> LostIds:
    found = _SCIENTIFIC.fullmatch(text)
    assert found is not None
    whole, decimals, exponent = found[1], found[2] or "", int(found[3])
    digits = (whole + decimals).rstrip("0") or "0"
    texts = set()
    for zeros in range(4):  # 1E+11 was 1E11, 10E10 or 100E9
        power = exponent - (len(digits) + zeros - 1)
        mantissa = digits + "0" * zeros
        texts |= {f"{mantissa}e{sign}{abs(power):0{width}d}" for width in (1, 2, 3) for sign in _signs(power)}
    half = Decimal(5).scaleb(exponent - len(decimals) - 1)
    number = Decimal(f"{whole}.{decimals or 0}").scaleb(exponent)
    if not 0 < exponent < _LONGEST_ID:
        return LostIds(frozenset(texts))
    low, high = (number - half).to_integral_value(ROUND_CEILING), (number + half).to_integral_value(ROUND_FLOOR)
    # Excel kept 15 digits before it shortened, so what lies that near beyond the half may have been rounded there too.
    near = 10 ** (exponent + 1 - _DIGITS_KEPT) if exponent >= _DIGITS_KEPT else 0
    lowest, highest = 10**exponent, 10 ** (exponent + 1) - 1
    ranges = [(str(max(int(low) - near, lowest)), str(min(int(high) + near, highest)))]
    if number == lowest and len(decimals) + 1 < exponent:  # 999999.6 has a digit less than the 1.00000E+06 it becomes
        below = lowest - 5 * 10 ** (exponent - len(decimals) - 2)
        ranges.append((str(below - near), str(lowest - 1)))
    return LostIds(frozenset(texts), tuple(ranges))


def _signs(power: int) -> tuple[str, ...]:
    return ("-",) if power < 0 else ("", "+")


def _as_day(value: str) -> Iterator[str]:
    """The texts that Excel reads as this day: 12-5, 12/05/26, DEC5, 5-Dec, Dec-2026."""
    try:
        day = datetime.fromisoformat(value).date()
    except ValueError:  # a time of day, 12:05
        parts = value.split(":")
        if len(parts) >= 2:
            yield from (f"{int(parts[0])}:{parts[1]}", f"{parts[0]}:{parts[1]}", value)
        return
    yield day.isoformat()
    yield str((day - _DAY_ZERO).days)  # an ID that is a number, in a cell that shows dates
    years = {str(day.year), f"{day.year % 100:02d}"}
    months, days = {str(day.month), f"{day.month:02d}"}, {str(day.day), f"{day.day:02d}"}
    names = {_MONTHS[day.month - 1], _FULL_MONTHS[day.month - 1]}
    for between in ("-", "/", ".", " ", ""):
        pairs = [(one, other) for one in months for other in days] if between else []
        pairs += [pair for name in names for other in days for pair in ((name, other), (other, name))]
        if between:
            pairs += [(other, one) for one in months for other in days]
        for pair in pairs:
            yield between.join(pair)
            if between:
                yield from (between.join((*pair, year)) for year in years)
        if day.day == 1:
            yield from (between.join((name, year)) for name in names for year in years)
            if between:
                yield from (between.join((month, year)) for month in months for year in years)
