"""Moments as their reader has them: local time, with the zone named (SPEC 6)."""

from __future__ import annotations

from datetime import datetime


def local_moment(iso: str | None) -> str | None:
    """`2026-01-31 09:05 EST` for a moment in ISO 8601; a date alone stays as it is, None stays None."""
    if not iso:
        return None
    if "T" not in iso:
        return iso
    moment = datetime.fromisoformat(iso).astimezone()
    zone = moment.tzname() or ""
    # On Windows a zone is called by its long name; its distance to UTC says as much and is short.
    zone = zone if zone and len(zone) <= 5 else f"UTC{moment:%z}"
    return f"{moment:%Y-%m-%d %H:%M} {zone}"
