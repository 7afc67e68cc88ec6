"""Format moments in the reader's local time and date order (SPEC 6)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

Order = Literal["MDY", "DMY"]


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
