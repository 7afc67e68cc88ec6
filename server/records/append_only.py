"""Triggers that make the database refuse to change or delete audit lines (SPEC 7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

APPEND_ONLY: Final[Mapping[str, Sequence[str]]] = {
    "sqlite": (
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END",
        "CREATE TRIGGER audit_kept BEFORE DELETE ON audit "
        "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END",
        # INSERT OR REPLACE deletes what is in its way without asking the trigger above.
        "CREATE TRIGGER audit_added BEFORE INSERT ON audit "
        "WHEN EXISTS (SELECT 1 FROM audit WHERE key = NEW.key) "
        "OR NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit WHERE site_id = NEW.site_id) "
        "BEGIN SELECT RAISE(ABORT, 'The audit trail is only added to.'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'The audit trail is only added to.'; END $$",
        "CREATE TRIGGER audit_unchanged BEFORE UPDATE OR DELETE ON audit "
        "FOR EACH ROW EXECUTE FUNCTION audit_append_only()",
        "CREATE TRIGGER audit_kept BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()",
    ),
}
"""Statements, by the kind of database."""
