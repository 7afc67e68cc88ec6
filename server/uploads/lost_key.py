"""Take up another key for SSNs in place of one that is lost, also while others are at work (SPEC 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine, select, update

from server.records import audit, uploads
from server.records.database import reading, writing
from server.records.ssn import lock_key, replace_key
from server.records.tables import sites, upload_fixes, upload_sheets
from server.records.tables import uploads as upload_table
from server.records.writes import lock_site
from server.uploads.finish import Ending, end_upload
from server.uploads.lost_hashes import forget_hashes, ssns_in
from workbook.columns import SSN
from workbook.files.packing import pack, unpack
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


def replace_lost_key(engine: Engine, key: bytes) -> Replaced:
    """Takes `key` up, forgets every stored SSN, those in the rows and fixes that are kept of uploads, too, and by what
    an upload was known again, and cancels the uploads that are not finished and have some. Waits for whoever is storing
    some, and for an upload that is being written. Where it was ended in the middle, it can be done again."""
    # Sheets are looked through one by one where nobody waits for it: that is most of the work, and all sites would.
    known = _rows_with_ssns(engine)
    with writing(engine) as connection:
        replaced = take_up_key(connection, key, known)
    forget_rows(engine)
    return replaced


def take_up_key(connection: Connection, key: bytes, known: Mapping[str, bool] | None = None) -> Replaced:
    """All of it but for the rows that are kept of uploads (`forget_rows`), which nobody compares any more from then on.
    `known`: of which uploads that are not finished the rows have SSNs, as far as somebody has looked."""
    # Locks in the order in which everybody takes them: the key, sites, uploads, and the audit trail last.
    lock_key(connection)
    for site_id in connection.execute(select(sites.c.id).order_by(sites.c.id)).scalars().all():
        lock_site(connection, site_id)
    held = [uploads.find_upload(connection, *one, lock=True) for one in connection.execute(_UNFINISHED).all()]
    unfinished = [
        one
        for one in held
        if one is not None and one.state not in _OVER and _has_ssns(connection, one.id, (known or {}).get(one.id))
    ]
    # By what was kept of an upload's key and content, whoever has the lost key could try out its rows for good. The new
    # key makes neither again; an id keeps the lines apart, and is never what is kept of a key.
    connection.execute(update(upload_table).values(idempotency_key=upload_table.c.id, content_hash=""))
    connection.execute(update(upload_fixes).where(_IN_FIXES).values(replacement=UNUSABLE))
    forgotten = replace_key(connection, key)
    for upload in unfinished:
        end_upload(connection, upload, Ending(UploadState.CANCELLED, audit.OPERATOR, _REASON))
    return Replaced(forgotten, len(unfinished))


def forget_rows(engine: Engine) -> None:
    """Takes the hashes out of the rows that are kept of uploads from before, one upload a transaction: their logs say
    of an SSN only that there was one."""
    rows = upload_sheets.c.kind == "rows"
    query = select(upload_sheets.c.upload_id).join(upload_table, upload_table.c.id == upload_sheets.c.upload_id)
    with reading(engine) as connection:
        kept = connection.execute(query.where(rows, upload_table.c.content_hash == "")).scalars().all()
    for upload_id in kept:
        with reading(engine) as connection:
            packed = uploads.load_sheet(connection, upload_id, "rows")
        if packed is None:  # removed meanwhile, because it is old
            continue
        sheet = unpack(packed)
        if not forget_hashes(sheet):
            continue
        change = update(upload_sheets).where(rows, upload_sheets.c.upload_id == upload_id).values(packed=pack(sheet))
        with writing(engine) as connection:
            connection.execute(change)


_UNFINISHED: Final = (
    select(upload_table.c.site_id, upload_table.c.id)
    .join(upload_sheets, (upload_sheets.c.upload_id == upload_table.c.id) & (upload_sheets.c.kind == "rows"))
    .where(upload_table.c.state.not_in(_OVER))
    .order_by(upload_table.c.site_id, upload_table.c.id)
)
_IN_FIXES: Final = (upload_fixes.c.column_header == SSN) & (upload_fixes.c.replacement != "")


def _rows_with_ssns(engine: Engine) -> dict[str, bool]:
    """Of which uploads that are not finished the rows have SSNs: they stay as they came."""
    with reading(engine) as connection:
        unfinished = [upload_id for _site, upload_id in connection.execute(_UNFINISHED).all()]
    found: dict[str, bool] = {}
    for upload_id in unfinished:
        with reading(engine) as connection:
            found[upload_id] = _rows_have_ssns(connection, upload_id)
    return found


def _has_ssns(connection: Connection, upload_id: str, rows: bool | None) -> bool:
    fixed = select(upload_fixes.c.upload_id).where(_IN_FIXES, upload_fixes.c.upload_id == upload_id).limit(1)
    if connection.execute(fixed).first() is not None:
        return True
    return _rows_have_ssns(connection, upload_id) if rows is None else rows


def _rows_have_ssns(connection: Connection, upload_id: str) -> bool:
    packed = uploads.load_sheet(connection, upload_id, "rows")
    return packed is not None and any(ssns_in(unpack(packed)))
