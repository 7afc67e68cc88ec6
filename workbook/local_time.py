"""Say days and moments in the site's date order and the reader's time (SPEC 6)."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Final, Literal

Order = Literal["MDY", "DMY"]
ORDERS: Final[tuple[Order, ...]] = ("MDY", "DMY")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def local_moment(iso: str | None, order: Order = "MDY") -> str | None:
    """`1/31/2026 09:05 EST` for a moment in ISO 8601; a date alone is given alone, None stays None."""
    if not iso:
        return None
    if "T" not in iso:
        return in_order(date.fromisoformat(iso), order)
    moment = datetime.fromisoformat(iso).astimezone()
    zone = moment.tzname() or ""
    # On Windows a zone is called by its long name; its distance to UTC says as much and is short.
    zone = zone if zone and len(zone) <= 5 else f"UTC{moment:%z}"
    return f"{in_order(moment, order)} {moment:%H:%M} {zone}"


def in_order(day: date, order: Order) -> str:
    """`1/31/2026`, or `31/1/2026` where the site writes the day first."""
    first, second = (day.month, day.day) if order == "MDY" else (day.day, day.month)
    return f"{first}/{second}/{day.year}"


def said_day(text: str, order: Order) -> str:
    """An ISO date as `in_order` writes it; any other text stays as it is."""
    day = _day(text)
    return in_order(day, order) if day else text


def named_day(text: str, order: Order) -> str:
    """`February 3, 2026`, or `3 February 2026`, for an ISO date: so no program takes the day for the month, whatever
    order its computer is set to. Any other text stays as it is."""
    day = _day(text)
    if day is None:
        return text
    month = _MONTHS[day.month - 1]
    return f"{month} {day.day}, {day.year}" if order == "MDY" else f"{day.day} {month} {day.year}"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _ISO.fullmatch(text) else None
    except ValueError:
        return None
