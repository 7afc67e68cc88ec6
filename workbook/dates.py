"""Read a date from a cell, and suggest what an unreadable one may mean (SPEC 3, R7).

A date is read in one way or not at all: day and month are never swapped, and a century is never guessed. Such readings
are only suggested to the user.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Final, NamedTuple

from workbook.local_time import Order
from workbook.sheet import Cell
from workbook.text import plain


class DateFlaw(Enum):
    """Why a cell is not read as a date (SPEC R7)."""

    NOT_A_DATE = "not-a-date"
    TWO_DIGIT_YEAR = "ambiguous-date"


FIRST_YEAR: Final = 1900
MOST_SUGGESTIONS: Final = 5

_MONTHS: Final = tuple(name.casefold() for name in (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
))  # fmt: skip
_MONTH_NUMBERS: Final[dict[str, int]] = {
    **{name: number for number, name in enumerate(_MONTHS, 1)},
    **{name[:3]: number for number, name in enumerate(_MONTHS, 1)},
    "sept": 9,
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

# Dashes and full-width signs that people and programs type for - / . and the apostrophe, and marks without a
# width, which Windows puts into the dates that are copied from its own windows.
_SIGNS: Final = str.maketrans(
    {**dict.fromkeys("‐‑‒–—−－", "-"), "／": "/", "．": ".", "，": ",", "：": ":",
     **dict.fromkeys("’‘ʼ", "'"), **dict.fromkeys("\u200b\u200e\u200f\u2060\ufeff日일#"),
     **dict.fromkeys("年月년월", "-")}
)  # fmt: skip
_ZONE: Final = r"(?:z|(?:utc|gmt)?[+-]\d{1,2}(?::?\d{2})?|utc|gmt|[a-z]{1,4}t)"
_TIME: Final = re.compile(
    # 2026-03-01T00:00:00Z, Mar 1 2026 12:00AM, 01MAR2026:00:00:00, 01-MAR-2026 12.00.00.000000 AM,
    # Sun Mar 01 2026 00:00:00 GMT-0500 (Eastern Standard Time), 2026-03-01T00:00-05:00[America/New_York]
    r"(?:(?<=\d)t|,? |(?<=\d{4}):)(\d{1,2})[:.](\d{1,2})(?:[:.](\d{1,2})(?:[.,:]\d+)?)?(?: ?[ap]\.?m\.?)?"
    rf"(?: ?{_ZONE}){{0,2}}(?: ?\([^()]*\)|\[[^\[\]]*\])?"
)
_TIME_BEFORE_YEAR: Final = re.compile(rf"(.*\d) \d{{1,2}}:\d{{2}}:\d{{2}}(?: {_ZONE})? (\d{{4}})")
"""Sun Mar 1 00:00:00 EST 2026, as Unix writes it."""
_ZONE_ALONE: Final = re.compile(r"(?<=\d{4}-\d{2}-\d{2})(?:z|[+-]\d{2}:\d{2})$")
_COMPACT: Final = re.compile(
    rf"(\d{{4}})(\d{{2}})(\d{{2}})(?:t?(?:[01]\d|2[0-3])(?:[0-5]\d){{1,2}}(?:\.\d+)?{_ZONE}?)?"
)
"""20260301, 20260301T000000Z, 20260301000000."""
_NUMBERS: Final = re.compile(r"(\d{1,4})([-/. ])(\d{1,2})\2(\d{1,4})")
_MONTH_OF_YEAR: Final = re.compile(r"(?:0[1-9]|1[0-2])20\d\d")
"""112026 may be the month alone."""
_CUT_OFF: Final = re.compile(r"\d{1,2}([-/. ])\d{1,2}\1\d")
"""11/25/2 is the beginning of a year."""
_NAMED: Final = re.compile(
    r"(?:(?P<weekday>[a-z]{3,9})\.?,? )?"
    r"(?:(?P<before>\d{1,4})(?:st|nd|rd|th)?[ ,./-]*)?(?P<month>[a-z]{3,})[ ,./-]*"
    r"(?P<after>'?\d{1,4})(?:st|nd|rd|th)?(?:[ ,./-]+(?P<last>'?\d{2,4}))?"
)
_YEARS_AHEAD: Final = 5
"""An assignment may begin so far ahead; a later year in two digits means the last century."""
_LAST_SERIAL: Final = 73_050  # the last day of 2099
_FIRST_SERIAL: Final = 10_000  # in May 1927: below it a number is rather a count than a day


class _DateParts(NamedTuple):
    """A date as written: `year` keeps its digits, because how many there are matters."""

    year: str
    month: int
    day: int


def read_date(cell: Cell, order: Order) -> str | DateFlaw:
    """The ISO date that a cell holds, or why it holds none. `order`: how the site writes day and month.

    A time of day is dropped. Numbers are no dates, for Excel gives a true date as a date; but for 20260301, which is
    what Excel makes of that text.
    """
    if isinstance(cell, datetime):
        cell = cell.date()
    if isinstance(cell, date):
        return cell.isoformat() if cell.year >= FIRST_YEAR else DateFlaw.NOT_A_DATE
    if isinstance(cell, int | float) and not isinstance(cell, bool) and 1e7 <= cell < 1e8 and cell == int(cell):
        cell = str(int(cell))
    if not isinstance(cell, str):
        return DateFlaw.NOT_A_DATE
    text = _plain(cell)
    readings = list(_readings(text, order))
    for parts in readings:
        if len(parts.year) == 4 and (iso := _real(int(parts.year), parts.month, parts.day)):
            return iso if _weekday_agrees(text, iso) else DateFlaw.NOT_A_DATE
    for parts in readings:
        if len(parts.year) == 2 and any(_real(year, parts.month, parts.day) for year in _centuries(parts.year)):
            return DateFlaw.TWO_DIGIT_YEAR
    return DateFlaw.NOT_A_DATE


def likely_dates(cell: Cell, order: Order, today: str, *, past: bool = False) -> list[str]:
    """ISO dates that a cell which is no date may have meant, best first, at most 5 (SPEC 5). `today`: ISO.

    Day and month swapped; the last day of a month that has no 31st; the century of a two-digit year, which is the
    later one that fits; the day that Excel counts as such a number; digits without separators; a month misspelt after
    its first letters. `past`: the date must not lie after today, as a date of birth must not.
    """
    if isinstance(read_date(cell, order), str) or isinstance(cell, bool):
        return []
    if isinstance(cell, int | float):
        cell = str(int(cell)) if 0 <= cell < 1e9 else ""
    if not isinstance(cell, str):
        return []
    text = _plain(cell)
    digits = text[:-2] if re.fullmatch(r"\d+\.0", text) else text
    guesses = list(_digits_only(digits, order)) if digits.isdecimal() else []
    readings = [*_readings(text, order), *_swapped(text, order), *_misspelt(text), *guesses]
    latest = today if past else f"{int(today[:4]) + _YEARS_AHEAD}{today[4:]}"
    likely = [iso for last_day in (False, True) for parts in readings for iso in _dates_of(parts, last_day, latest)]
    if digits.isdecimal() and _FIRST_SERIAL <= int(digits) <= _LAST_SERIAL:
        likely += [(epoch + timedelta(int(digits))).isoformat() for epoch in (date(1899, 12, 30), date(1904, 1, 1))]
    return list(dict.fromkeys(likely))[:MOST_SUGGESTIONS]


def only_date(cell: Cell, order: Order, earliest: str, latest: str) -> str:
    """The one ISO date, from `earliest` to `latest`, that a cell which is no date can have meant; "" where it may be
    several, or none.

    A year of two digits that is possible in one century, day and month turned where they make no date in the site's
    order, a month misspelt, digits without separators. Never another day than the one that is written; and not one of
    the last century where this one's is less than a year after `latest`.
    """
    if not isinstance(cell, str) or isinstance(read_date(cell, order), str):
        return ""
    text = _plain(cell)
    if _MONTH_OF_YEAR.fullmatch(text) or _CUT_OFF.fullmatch(text):
        return ""
    as_ordered = {iso for parts in list(_readings(text, order))[:1] for iso in _real_dates(parts)}
    straight = {iso for parts in _readings(text, order) for iso in _real_dates(parts)}
    if not as_ordered and (by_year := _year_first(text)):  # 25-11-26 may be of 2025 and of 2026
        turned = [*_readings(text, order), by_year, *_swapped(text, order)]
        found = {iso for parts in turned for iso in _real_dates(parts) if earliest <= iso <= latest}
        return found.pop() if len(found) == 1 else ""
    if straight:  # a date that is still to come is no other one with day and month turned
        possible = {iso for iso in straight if earliest <= iso <= _year_after(latest)}
        agrees = all(_weekday_agrees(text, iso) for iso in possible)
        return possible.pop() if len(possible) == 1 and agrees and max(possible) <= latest else ""
    guesses = _digits_only(text, order) if text.isdecimal() else ()
    others = [*_swapped(text, order), *_misspelt(text), *guesses]
    found = {iso for parts in others for iso in _real_dates(parts) if earliest <= iso <= latest}
    return found.pop() if len(found) == 1 else ""


def _year_first(text: str) -> _DateParts | None:
    """What a text of three numbers says whose first one may be a year of two digits."""
    numbers = _NUMBERS.fullmatch(text)
    if numbers is None or len(numbers[1]) != 2 or len(numbers[4]) > 2:
        return None
    return _DateParts(numbers[1], int(numbers[3]), int(numbers[4]))


def _real_dates(parts: _DateParts) -> list[str]:
    """The real dates of one reading, of either century."""
    digits = parts.year.lstrip("0").zfill(2)
    if len(digits) not in (2, 4):
        return []
    years = _centuries(digits) if len(digits) == 2 else (int(digits),)
    return [iso for year in years if (iso := _real(year, parts.month, parts.day))]


def _year_after(iso: str) -> str:
    """So late may be what was planned, or is a slip of the year."""
    return f"{int(iso[:4]) + 1}{iso[4:]}"


def _plain(text: str) -> str:
    """One case, plain signs, single spaces, none around separators, and no time of day."""
    text = " ".join(plain(text).casefold().translate(_SIGNS).split())
    if before_year := _TIME_BEFORE_YEAR.fullmatch(text):
        text = f"{before_year[1]} {before_year[2]}"
    for time in _TIME.finditer(text):
        hour, minute, second = (int(digits or 0) for digits in time.groups())
        if time.end() == len(text) and hour <= 24 and minute < 60 and second <= 60:
            text = text[: time.start()]
            break
    text = re.sub(r" ?([-/.]) ?", r"\1", text)
    text = _ZONE_ALONE.sub("", text)
    return text[:-1] if re.fullmatch(r"\d{4}\.\d{1,2}\.\d{1,2}\.", text) else text


def _readings(text: str, order: Order) -> Iterator[_DateParts]:
    """What a plain text says. More than one only where a two-digit year may stand first or last: `26-01-31`."""
    if numbers := _NUMBERS.fullmatch(text):
        first, separator, second, third = numbers.groups()
        if len(first) == 4 and len(third) <= 2:
            yield _DateParts(first, int(second), int(third))
        elif len(first) <= 2:
            month, day = (first, second) if order == "MDY" else (second, first)
            yield _DateParts(third, int(month), int(day))
            if separator == "-" and len(first) == 2:
                yield _DateParts(first, int(second), int(third))
    elif compact := _COMPACT.fullmatch(text):
        year, month, day = compact.groups()
        yield _DateParts(year, int(month), int(day))
    elif named := _NAMED.fullmatch(text):
        month_number = _MONTH_NUMBERS.get(named["month"])
        if month_number is not None:
            yield from _named(named, month_number)


def _named(named: re.Match[str], month: int) -> Iterator[_DateParts]:
    """`31 January 2026`, `2026 January 31` or `January 31, 2026`; the month is known."""
    before, after, last = named["before"], named["after"], named["last"]
    if before is not None and last is None:
        if len(before) <= 2:
            yield _DateParts(after.lstrip("'"), month, int(before))
        elif len(after) <= 2 and after.isdecimal():
            yield _DateParts(before, month, int(after))
    elif before is None and last is not None and len(after) <= 2 and after.isdecimal():
        yield _DateParts(last.lstrip("'"), month, int(after))


def _swapped(text: str, order: Order) -> Iterator[_DateParts]:
    other: Order = "DMY" if order == "MDY" else "MDY"
    numbers = _NUMBERS.fullmatch(text)
    if numbers and len(numbers[1]) == 4:
        for parts in _readings(text, order):
            yield _DateParts(parts.year, parts.day, parts.month)
    elif numbers:
        yield from _readings(text, other)


def _misspelt(text: str) -> Iterator[_DateParts]:
    """The months that share the most letters, two at least, with the beginning of an unknown one."""
    named = _NAMED.fullmatch(text)
    if named is None or named["month"] in _MONTH_NUMBERS:
        return
    shared = [_shared_letters(named["month"], month) for month in _MONTHS]
    for number, count in enumerate(shared, 1):
        if count == max(shared) and count >= 2:
            yield from _named(named, number)


def _shared_letters(one: str, other: str) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count


def _digits_only(digits: str, order: Order) -> Iterator[_DateParts]:
    """`20260131`, `01312026` and `013126`. A number has lost its leading zero, so seven digits are eight."""
    if len(digits) == 8:
        yield _DateParts(digits[:4], int(digits[4:6]), int(digits[6:]))
        yield _DateParts(digits[:4], int(digits[6:]), int(digits[4:6]))
    if len(digits) not in (6, 7, 8):
        return
    if len(digits) == 7:
        digits = f"0{digits}"
    first, second = int(digits[:2]), int(digits[2:4])
    month, day = (first, second) if order == "MDY" else (second, first)
    yield _DateParts(digits[4:], month, day)
    yield _DateParts(digits[4:], day, month)


def _dates_of(parts: _DateParts, last_day: bool, latest: str) -> list[str]:
    """The real date of one reading; with `last_day`, that of a month that ends before the day written. Of the two
    centuries of a two-digit year the later one that is not after `latest`; where none is, both."""
    digits = parts.year.lstrip("0").zfill(2)  # a year 26 that a program made 0026
    if len(digits) not in (2, 4):
        return []
    found = []
    for year in _centuries(digits) if len(digits) == 2 else (int(digits),):
        day = parts.day
        if last_day and year >= FIRST_YEAR and 1 <= parts.month <= 12 and 29 <= day <= 31:
            day = min(day, calendar.monthrange(year, parts.month)[1])
        if iso := _real(year, parts.month, day):
            found.append(iso)
    return [iso for iso in found if iso <= latest][:1] or found


def _centuries(digits: str) -> tuple[int, int]:
    return 2000 + int(digits), 1900 + int(digits)


def _real(year: int, month: int, day: int) -> str | None:
    if year < FIRST_YEAR:
        return None
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _weekday_agrees(text: str, iso: str) -> bool:
    """Whether a weekday written before the date, as in Excel's long format, is the right one."""
    named = _NAMED.fullmatch(text)
    if named is None or named["weekday"] is None:
        return True
    return _DAYS[date.fromisoformat(iso).weekday()].startswith(named["weekday"])
