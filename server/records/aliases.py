"""Fixes that a site asked to remember: offered first the next time, never applied unasked (SPEC 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from server.records.loading import can_be_stored
from server.records.tables import aliases
from workbook.columns import SSN
from workbook.matching import exact_key

_AT_ONCE = 500


class Alias(NamedTuple):
    """One remembered fix. `value_key` is the wrong value without case and doubled spaces."""

    column: str
    value_key: str
    replacement: str
    created_at: datetime


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


def list_remembered(connection: Connection, site_id: int) -> list[Alias]:
    """All remembered fixes of a site, by column and value."""
    statement = (
        select(aliases.c.column_header, aliases.c.value_key, aliases.c.replacement, aliases.c.created_at)
        .where(aliases.c.site_id == site_id)
        .order_by(aliases.c.column_header, aliases.c.value_key)
    )
    return [Alias(*row) for row in connection.execute(statement)]


def forget(connection: Connection, site_id: int, column: str, value: str) -> bool:
    """Forgets a remembered fix. False when there was none."""
    statement = delete(aliases).where(
        aliases.c.site_id == site_id, aliases.c.column_header == column, aliases.c.value_key == exact_key(value)
    )
    return connection.execute(statement).rowcount > 0


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
