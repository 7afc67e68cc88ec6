"""The hashes in the rows of an upload that came before the key for SSNs was replaced: they say nothing any more."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from server.records import uploads
from server.records.tables import uploads as upload_table
from workbook.columns import SSN
from workbook.files.packing import unpack
from workbook.sheet import Column, Sheet
from workbook.ssn import UNUSABLE


def ssns_in(sheet: Sheet) -> Iterator[Column]:
    """The columns that hold SSNs as hashes, one of which it is not clear yet whether it is such among them."""
    unclear = (one.column for one in sheet.unclear.values() if SSN in one.likely)
    for column in (sheet.columns.get(SSN), *unclear):
        if column is not None and len(column.values) > 1:
            yield column


def forget_hashes(sheet: Sheet) -> bool:
    """Takes the hashes out, and leaves that there were some. Whether that has changed anything."""
    has_changed = False
    for column in ssns_in(sheet):
        values = [UNUSABLE if isinstance(value, str) and value else value for value in column.values]
        has_changed = has_changed or values != column.values
        column.values = values
    return has_changed


def rows_of_upload(connection: Connection, upload_id: str) -> Sheet:
    """The rows of an upload as they arrived, which are kept. Those from before the key was replaced are without their
    SSNs, whether or not it has been their turn yet to be forgotten: nothing compares or counts what is nobody's."""
    packed = uploads.load_sheet(connection, upload_id, "rows")
    assert packed is not None, "an upload is stored together with its rows"
    sheet = unpack(packed)
    if any(ssns_in(sheet)):
        kept = connection.execute(select(upload_table.c.content_hash).where(upload_table.c.id == upload_id))
        if came_before_key(kept.scalar_one()):
            forget_hashes(sheet)
    return sheet


def came_before_key(content_hash: str) -> bool:
    """Whether an upload with rows came before the key was replaced: then nothing by which it was known is kept."""
    return not content_hash
