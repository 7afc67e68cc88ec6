"""The day that an unreadable date cell probably means, and corrections to offer (SPEC R2, R7, 5)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from workbook.dates import likely_dates, only_date
from workbook.local_time import Order, named_day
from workbook.matching import text_of
from workbook.report import Suggestion
from workbook.sheet import Cell

MOST: Final = 5
_SURELY: Final = 97.0
_NUMBERS: Final = re.compile(r"(\d{1,4})\D(\d{1,2})\D(\d{1,4})(?!\d)")
_STORED: Final = "as it is stored of "


def swapped(iso: str) -> str:
    """The date with day and month exchanged, which may be no date at all."""
    year, _, rest = iso.partition("-")
    month, _, day = rest.partition("-")
    return f"{year}-{day}-{month}"


def is_real(iso: str) -> bool:
    """Whether a calendar has that day; a row may give a birth date that none has (1990-02-31)."""
    try:
        date.fromisoformat(iso)
    except ValueError:
        return False
    return True


def probable_day(cell: Cell, order: Order, today: str) -> str:
    """The day that a cell probably means, as `YYYY-MM-DD`, even if no calendar has it (1990-02-31): a clue to the
    person.

    "" where it means none. A year of two digits is the latest that is not to come; `today`: ISO.
    """
    text = text_of(cell)
    digits = re.sub(r"\.0+$", "", text)
    if digits.isascii() and digits.isdecimal() and len(digits) == 8:
        as_written = f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
        likely = likely_dates(digits, order, today)
        return as_written if digits[:2] in ("19", "20") or not likely else likely[0]
    numbers = _NUMBERS.search(text)
    if numbers is None:
        past = [iso for iso in likely_dates(cell, order, today) if iso <= today]
        return past[0] if past else ""
    first, second, third = numbers.groups()
    if len(first) > 2:
        year, month, day = first, second, third
    else:
        year = third
        month, day = (first, second) if order == "MDY" else (second, first)
        if int(month) > 12 >= int(day) > 0:  # 31/01/1990 where the month stands first
            month, day = day, month
    if len(year) == 2:
        year = f"20{year}" if f"20{year}-{month:0>2}-{day:0>2}" <= today else f"19{year}"
    return f"{year:0>4}-{month:0>2}-{day:0>2}" if len(day) <= 2 else ""


def day_answers(
    text: str,
    order: Order,
    today: str,
    stored: Iterable[tuple[str, str]] = (),
    *,
    past: bool = False,
    earliest: str = "1900-01-01",
    certain: bool = False,
) -> list[Suggestion]:
    """What a text that is no date may have meant, best first, at most MOST.

    `stored`: (ISO date, whose it is), what is stored of those whom the row means or may mean: likelier than any reading
    of the text. Then day and month turned, the month's last day, and whatever else `likely_dates` finds. `past`:
    whether it lies in the past; `earliest`: the first day that it may be. `certain`: whether it is known whose date is
    stored, so that no other is right. The only possible date is sure.
    """
    stored = [*stored]
    whose = {iso: name for iso, name in reversed(stored) if iso}
    known = [iso for iso, _ in stored if iso]
    only = only_date(text, order, earliest, today if past else f"{int(today[:4]) + 1}{today[4:]}")
    sure = known[0] if certain and known else only if not known or known == [only] else ""
    read = [iso for iso in likely_dates(text, order, today, past=past) if iso >= earliest]
    found = list(dict.fromkeys(filter(None, [*known, sure, *read])))[:MOST]
    return [
        Suggestion(
            value=iso,
            label=named_day(iso, order) + (f" ({_STORED}{whose[iso]})" if iso in whose else ""),
            score=_SURELY if iso == sure and not place else 90.0 - 10 * place,
        )
        for place, iso in enumerate(found)
    ]
