"""Which records were opened again after they had been ended, and when (SPEC 6, R8).

An undo of an older upload must know them: it opens nothing beside what was opened since. When is told as an upload
tells what was begun after it: by the number that a record begun at that moment would have got.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection

from server.records.bulk import execute_many
from server.records.sites import take_record_numbers


def note_reopened(connection: Connection, site_id: int, records: Iterable[int]) -> None:
    """Keeps that these records are open again from now on. The caller holds the site."""
    numbers = sorted(records)
    if not numbers:
        return
    # A number is used up by it, so that an upload that begins nothing still shows whether it came before or after.
    now = take_record_numbers(connection, site_id, 1)
    execute_many(
        connection,
        "INSERT INTO reopened (site_id, record_id, next_record) VALUES (?, ?, ?) "
        "ON CONFLICT (site_id, record_id) DO UPDATE SET next_record = excluded.next_record",
        [(site_id, number, now) for number in numbers],
    )
