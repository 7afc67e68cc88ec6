"""Delete the rows of old uploads; the log's identifiers stay for good (SPEC 7).

The worker does it beside its work, one upload a transaction. An upload that has waited for its user's fixes that long
is cancelled first. The rows of one that its user has cancelled are of no use to anybody: a day later they are deleted.
Everything of the sheet is deleted, with the user's fixes and the file's name; what an undo needs holds record numbers
only, and stays.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from datetime import timedelta

from sqlalchemy import Connection, Engine, delete, select, update

from server.logs import kind_of
from server.records import audit, uploads
from server.records.database import BUSY_MILLISECONDS, reading, writing
from server.records.fixes import forget_fixes
from server.records.tables import outbox, upload_sheets
from server.records.tables import uploads as upload_table
from server.records.upload_log import lay_out_log, with_identifiers_only
from server.records.uploads import UploadRow, database_now
from server.uploads.clock_ahead import ended_long_ago, note_clock
from server.uploads.finish import Ending, end_upload
from server.uploads.recheck import lay_out_upload
from workbook.files.formats import format_of
from workbook.files.packing import pack, unpack
from workbook.upload_state import RUNNING, UploadState

LOGGER = logging.getLogger("caseload.purge")
_KEPT = ("before", "undone")
"""Kinds of sheets that hold record numbers, dates and versions, and nothing that was in a cell of the user's."""
_DAYS_CANCELLED = 1
"""How long the rows of a cancelled upload are kept, if others are not kept less: to look at its log once more."""
EVERY_SECONDS = 3600.0
"""How often a worker looks for what is to be forgotten."""
_WAIT_MILLISECONDS = 2_000
"""How long those who write may wait while the log file is emptied."""


class Purge:
    """Looks for old uploads from time to time, as long as its worker lives."""

    def __init__(self, engine: Engine, days: int) -> None:
        self._engine = engine
        self._days = days
        self._due = 0.0

    def forget_one(self) -> bool:
        """Deletes the rows of one upload if it is time to look. True when it did: then there may be more."""
        if time.monotonic() < self._due:
            return False
        if forget_next(self._engine, self._days):
            return True
        self._due = time.monotonic() + EVERY_SECONDS
        clear_log_file(self._engine)
        log_seals(self._engine)
        return False


def clear_log_file(engine: Engine) -> None:
    """Takes the pages of what was deleted out of the log that SQLite writes beside its file, too. There they would stay
    until others lie over them, which at its end may be never. Where somebody reads too long for that, it is done the
    next time."""
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA busy_timeout = {_WAIT_MILLISECONDS}")
        try:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as failure:  # the driver's own, a full disk's for one: the worker goes on
            LOGGER.warning("The log of SQLite's file cannot be emptied just now (%s).", kind_of(failure))
        finally:
            driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")


def log_seals(engine: Engine) -> None:
    """Puts the newest seal of each site's audit trail into the log: kept elsewhere, it shows whether lines are gone."""
    with reading(engine) as connection:
        for site_id, number, seal in audit.newest_seals(connection):
            LOGGER.info("The audit trail of site %d has %d lines; its seal is %s.", site_id, number, seal)


def forget_next(engine: Engine, days: int) -> bool:
    """Forgets the rows of one upload that ended, or was sent and never finished, more than `days` days ago, or was
    cancelled more than one.

    False when there is none; then mails that were sent so long ago are forgotten, too.
    """
    with reading(engine) as connection:
        found = _next(connection, days)
    with writing(engine) as connection:
        if found is None:
            now, kept = database_now(connection), timedelta(days=days)
            # One that was sent so far ahead was sent while the clock was wrong.
            connection.execute(delete(outbox).where((outbox.c.sent_at < now - kept) | (outbox.c.sent_at > now + kept)))
            note_clock(connection, now)
            return False
        upload = uploads.find_upload(connection, *found, lock=True)
        if upload is not None and _next(connection, days, upload.id) is not None:
            _forget(connection, upload, days)
    return True


def _next(connection: Connection, days: int, upload_id: str | None = None) -> tuple[int, str] | None:
    """The site and the id of an upload whose rows are kept too long; of this one only, when its id is given."""
    now = database_now(connection)
    limit = now - timedelta(days=days)
    ended = upload_table.c.finished_at < limit
    day_ago = now - timedelta(days=_DAYS_CANCELLED)
    cancelled = (upload_table.c.state == UploadState.CANCELLED) & (upload_table.c.finished_at < day_ago)
    abandoned = upload_table.c.finished_at.is_(None) & (upload_table.c.submitted_at < limit)
    query = (
        select(upload_table.c.site_id, upload_table.c.id)
        .join(upload_sheets, (upload_sheets.c.upload_id == upload_table.c.id) & (upload_sheets.c.kind == "rows"))
        .where(upload_table.c.state.not_in(RUNNING), ended | cancelled | abandoned)
        .limit(1)
    )
    if upload_id is not None:
        query = query.where(upload_table.c.id == upload_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return ended_long_ago(connection, now, days, _DAYS_CANCELLED, upload_id)
    return row.site_id, row.id


def _forget(connection: Connection, upload: UploadRow, days: int) -> None:
    after = f"after {days} days" if upload.state != UploadState.CANCELLED else "it was cancelled"
    if upload.state == UploadState.NEEDS_FIXES:
        reason = f"Nobody finished it within {days} days, so the server cancelled it and removed its rows."
        end_upload(connection, upload, Ending(UploadState.CANCELLED, audit.SERVER, reason))
    packed = uploads.load_sheet(connection, upload.id, "log")
    if packed is None:
        laid = lay_out_upload(connection, upload.id)
        log = lay_out_log(laid.sheet, laid.left_out, laid.changes, order=upload.date_order)
    else:
        log = unpack(packed)
    whatever = upload_sheets.c.kind.not_in(_KEPT)
    connection.execute(delete(upload_sheets).where(upload_sheets.c.upload_id == upload.id, whatever))
    forget_fixes(connection, upload.id)
    uploads.store_sheet(connection, upload.id, "log", pack(with_identifiers_only(log)))
    # A file may be named after a person; its kind reveals nothing.
    kind = format_of(upload.filename)
    name = "Caseload" + (kind.ending if kind is not None else "")
    kept = {"filename": name, "content_hash": uploads.without_content(upload.content_hash)}
    connection.execute(update(upload_table).where(upload_table.c.id == upload.id).values(kept))
    audit.note(connection, upload.site_id, audit.SERVER, "upload rows removed", upload.id, after)
