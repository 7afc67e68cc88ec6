"""Refuse whoever may change nobody's caseload: they see nothing of people and hand nothing in (SPEC R10)."""

from __future__ import annotations

from sqlalchemy import Connection

from server.records.reference_data import rights_of
from server.records.tokens import Principal


class NoAccess(Exception):
    """Somebody may change nobody's caseload, or no more."""


def must_have_access(connection: Connection, who: Principal) -> None:
    """Makes sure that there is a caseload that they may change at this moment. Raises NoAccess."""
    if not rights_of(connection, who.site_id, who.staff_key).may_write:
        raise NoAccess(who.staff_id)
