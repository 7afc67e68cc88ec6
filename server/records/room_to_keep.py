"""Bound how much is kept for one person of uploads that came to little (SPEC 6).

What was written is what the server is for, and is as much as people work. Sheets that wait for fixes, were cancelled or
had most of their rows left out are kept for a while all the same, and would fill the disk of the database.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, func, or_, select

from server.records.tables import upload_fix_sizes, upload_sheets, uploads
from workbook.files.limits import MEBIBYTE
from workbook.upload_state import UploadState

MOST_BYTES: Final = 1024 * MEBIBYTE
"""Bytes of packed sheets, some eighty of a million rows or fifty thousand of a thousand, and of the fixes of each."""
_KINDS: Final = ("rows", "fixed")
"""What somebody sends. Logs are about as much again, and what stays of them in the end is little."""


class NoRoomToKeep(Exception):
    """As much is kept for one person of uploads that came to little as may be."""


def must_have_room(connection: Connection, site_id: int, staff_key: int, more: int) -> None:
    """Makes sure that `more` bytes of a sheet or its fixes may be kept for this person. Nobody else may count, or add
    to, what they have meanwhile (`server.records.upload_queue.hold_place`). Raises NoRoomToKeep."""
    came_to_little = or_(uploads.c.state != UploadState.COMPLETE, uploads.c.accepted * 2 < uploads.c.received)
    theirs = uploads.c.site_id == site_id, uploads.c.staff_key == staff_key, came_to_little
    sheets = (
        select(func.coalesce(func.sum(func.length(upload_sheets.c.packed)), 0))
        .join(uploads, uploads.c.id == upload_sheets.c.upload_id)
        .where(upload_sheets.c.kind.in_(_KINDS), *theirs)
    )
    fixes = (
        select(func.coalesce(func.sum(upload_fix_sizes.c.bytes), 0))
        .join(uploads, uploads.c.id == upload_fix_sizes.c.upload_id)
        .where(*theirs)
    )
    if sum(connection.execute(query).scalar_one() for query in (sheets, fixes)) + more > MOST_BYTES:
        raise NoRoomToKeep
