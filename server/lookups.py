"""Record in the audit trail who looked at people's records, without values (SPEC 7).

Checking rows and searching for people reveal stored data without changing it, so they leave audit lines of their own;
an upload leaves others.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine

from server.records import audit
from server.records.tokens import Principal, writing_for


def note_look(engine: Engine, who: Principal, what: str, rows: int, upload_id: str | None = None) -> None:
    """Writes the line before the answer is sent. Raises Withdrawn for a user whose token was revoked meanwhile, so that
    they get no answer."""
    with writing_for(engine, who) as connection:
        audit.note(connection, who.site_id, who.staff_id, what, upload_id, f"{rows} rows")


def rows_of(report: Mapping[str, Any]) -> int:
    """How many rows a report is about."""
    return int(report["counts"]["rows"])
