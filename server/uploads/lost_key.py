"""Take up another key for SSNs in place of one that is lost, also while others are at work (SPEC 7)."""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, select, update

from server.records import audit, uploads
from server.records.ssn import lock_key, replace_key
from server.records.tables import sites, upload_fixes, upload_sheets
from server.records.tables import uploads as upload_table
from server.records.writes import lock_site
from server.uploads.finish import Ending, end_upload
from workbook.columns import SSN
from workbook.files.packing import pack, unpack
from workbook.sheet import Column, Sheet
from workbook.ssn import UNUSABLE
from workbook.upload_state import UploadState

_OVER: Final = frozenset({UploadState.COMPLETE, UploadState.CANCELLED, UploadState.UNDONE})
_REASON: Final = (
    "Its SSNs were hidden with a key that was lost and has been replaced, so they can be compared with nobody's any "
    "more. Submit its rows as a new upload."
)


class Replaced(NamedTuple):
    """What became of what was hashed with the lost key."""

    forgotten: int
    """Stored SSNs."""
    cancelled: int
    """Uploads with SSNs that were not finished."""


def replace_lost_key(connection: Connection, key: bytes) -> Replaced:
    """Takes `key` up, forgets every stored SSN, those in the rows and fixes that are kept of uploads, too, and by what
    an upload was known again, and cancels the uploads that are not finished and have some. Waits for whoever is storing
    some, and for an upload that is being written."""
    # Locks in the order in which everybody takes them: the key, sites, uploads, and the audit trail last.
    lock_key(connection)
    for site_id in connection.execute(select(sites.c.id).order_by(sites.c.id)).scalars().all():
        lock_site(connection, site_id)
    waiting = (
        select(upload_table.c.site_id, upload_table.c.id)
        .join(upload_sheets, (upload_sheets.c.upload_id == upload_table.c.id) & (upload_sheets.c.kind == "rows"))
        .where(upload_table.c.state.not_in(_OVER))
        .order_by(upload_table.c.site_id, upload_table.c.id)
    )
    held = [uploads.find_upload(connection, *one, lock=True) for one in connection.execute(waiting).all()]
    unfinished = [one for one in held if one is not None and one.state not in _OVER and _has_ssns(connection, one.id)]
    # By what was kept of an upload's key and content, whoever has the lost key could try out its rows for good. The new
    # key makes neither again; an id keeps the lines apart, and is never what is kept of a key.
    connection.execute(update(upload_table).values(idempotency_key=upload_table.c.id, content_hash=""))
    forgotten = replace_key(connection, key)
    for upload in unfinished:
        end_upload(connection, upload, Ending(UploadState.CANCELLED, audit.OPERATOR, _REASON))
    _forget_in_uploads(connection)
    return Replaced(forgotten, len(unfinished))


def _has_ssns(connection: Connection, upload_id: str) -> bool:
    fixed = select(upload_fixes.c.upload_id).where(_IN_FIXES, upload_fixes.c.upload_id == upload_id).limit(1)
    if connection.execute(fixed).first() is not None:
        return True
    packed = uploads.load_sheet(connection, upload_id, "rows")
    return packed is not None and any(len(column.values) > 1 for column in _ssns_in(unpack(packed)))


_IN_FIXES: Final = (upload_fixes.c.column_header == SSN) & (upload_fixes.c.replacement != "")


def _ssns_in(sheet: Sheet) -> list[Column]:
    """The columns in which SSNs stand as hashes, one of which it is not clear yet among them."""
    unclear = (one.column for one in sheet.unclear.values() if SSN in one.likely)
    return [column for column in (sheet.columns.get(SSN), *unclear) if column is not None]


def _forget_in_uploads(connection: Connection) -> None:
    """Takes the hashes out of what is kept of uploads: their logs say of an SSN only that there was one."""
    connection.execute(update(upload_fixes).where(_IN_FIXES).values(replacement=UNUSABLE))
    rows = upload_sheets.c.kind == "rows"
    for upload_id in connection.execute(select(upload_sheets.c.upload_id).where(rows)).scalars().all():
        packed = uploads.load_sheet(connection, upload_id, "rows")
        sheet = None if packed is None else unpack(packed)
        if sheet is None or not (columns := _ssns_in(sheet)):
            continue
        for column in columns:
            column.values = [UNUSABLE if isinstance(value, str) and value else value for value in column.values]
        this = rows & (upload_sheets.c.upload_id == upload_id)
        connection.execute(update(upload_sheets).where(this).values(packed=pack(sheet)))
