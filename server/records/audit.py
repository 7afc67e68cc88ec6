"""The audit trail: who did what, when, by which upload. Lines are added and never changed (SPEC 7)."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Connection, insert

from server.records.tables import audit

SERVER = "server"
"""Who acts when no person does."""


def note(
    connection: Connection, site_id: int, who: str, what: str, upload_id: str | None = None, detail: str = ""
) -> None:
    """Adds a line, in the transaction of what it tells of. `who`: a Staff ID, or SERVER. No participant data."""
    connection.execute(
        insert(audit).values(
            site_id=site_id, at=datetime.now(UTC), who=who, what=what, upload_id=upload_id, detail=detail
        )
    )
