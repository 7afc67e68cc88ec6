"""Resolve an ID that an import names to one that the site knows."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from server.records.tables import staff
from workbook.matching import exact_key


def stored_staff(connection: Connection, site_id: int) -> list[str]:
    """The Staff IDs that a site knows already, in their order."""
    ids = select(staff.c.staff_id).where(staff.c.site_id == site_id).order_by(staff.c.staff_id)
    return list(connection.execute(ids).scalars())


class KnownIds:
    """The IDs that a site will know: found as they are written, or without case when that leaves only one."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = set(ids)
        self._folded: dict[str, str] | None = None

    def find(self, text: str) -> str | None:
        if text in self._ids:
            return text
        if self._folded is None:
            self._folded = {}
            for known in self._ids:
                key = exact_key(known)
                self._folded[key] = "" if key in self._folded else known
        return self._folded.get(exact_key(text)) or None
