"""Fixes that a site asked to remember: offered first the next time, never applied unasked (SPEC 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from server.records.loading import can_be_stored
from server.records.tables import aliases
from workbook.columns import SSN
from workbook.matching import exact_key

_AT_ONCE = 500


def remember(connection: Connection, site_id: int, column: str, value: str, replacement: str) -> None:
    """Remembers that `value` under `column` means `replacement`; a newer word replaces an older one.

    Nothing is kept of an SSN, nor of a value or replacement that is empty or that no database can hold.
    """
    key = exact_key(value)
    if column == SSN or not key or not replacement.strip() or not can_be_stored((key, replacement)):
        return
    now = datetime.now(UTC)
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(aliases).values(
        site_id=site_id, column_header=column, value_key=key, replacement=replacement, created_at=now
    )
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["site_id", "column_header", "value_key"],
            set_={"replacement": replacement, "created_at": now},
        )
    )


def remembered(
    connection: Connection, site_id: int, keys: Iterable[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """What is remembered of these: (column, `exact_key` of the value) → replacement."""
    by_column: dict[str, set[str]] = defaultdict(set)
    for column, key in keys:
        if can_be_stored(key):
            by_column[column].add(key)
    found: dict[tuple[str, str], str] = {}
    for column, values in by_column.items():
        for some in _batches(sorted(values)):
            statement = select(aliases.c.value_key, aliases.c.replacement).where(
                aliases.c.site_id == site_id, aliases.c.column_header == column, aliases.c.value_key.in_(some)
            )
            found.update({(column, key): replacement for key, replacement in connection.execute(statement)})
    return found


def _batches(values: list[str]) -> Iterable[list[str]]:
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
