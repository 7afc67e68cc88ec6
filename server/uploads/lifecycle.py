"""What a user does with an upload: submit, fix, confirm or cancel it (SPEC 6).

Each step runs its own transactions. A step that the upload's state does not allow raises NotNow, with a sentence that
says why.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from server.records import audit, uploads
from server.records import fixes as user_fixes
from server.records.database import reading
from server.records.fixes import StoredFix
from server.records.matching import can_be_stored
from server.records.remembered import FixAnswer
from server.records.room_to_keep import must_have_room
from server.records.ssn import SsnHasher, hold_key, must_be_known
from server.records.tokens import Principal, still, writing_for
from server.records.upload_queue import MOST_WAITING, has_place, hold_place
from server.records.uploads import NewUpload, UploadRow
from server.suggest.kept_names import KeptNames
from server.table import Before
from server.uploads.check import answer_counting_tries
from server.uploads.decisions import UnmatchedPart, decide, no_such_row
from server.uploads.finish import Ending, end_upload
from server.uploads.recheck import CheckedUpload, asks_of, check_upload, nothing_wrong
from workbook.files.packing import pack
from workbook.report import Fix, FixesIn
from workbook.sheet import Sheet
from workbook.upload_state import UploadState

MOST_NAMED = 100
"""Rows to leave out that an upload has not, of which an answer says so one by one; it counts the others."""
_TRIES = 5
"""How often fixes are worked out anew because somebody else was fixing the same upload meanwhile."""


class UnknownUpload(Exception):
    """There is no such upload, or it is not this user's to see."""


class KeyReused(Exception):
    """The idempotency key names an upload with other content."""


class TooManyWaiting(Exception):
    """As many uploads of one person as may wait to be carried out (`most`) do so already."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class NotNow(Exception):
    """The upload is in a state in which this cannot be done; the message is one plain sentence."""


class ErrorsOpen(Exception):
    """The upload cannot go on: `rows` of its rows have errors still. `report`: all that is wrong."""

    def __init__(self, rows: int, report: dict[str, object]) -> None:
        super().__init__("errors are open")
        self.rows = rows
        self.report = report


class _WorkedOut(NamedTuple):
    """What fixes come to, before they are kept."""

    before: CheckedUpload
    after: CheckedUpload
    left_out: set[int]
    report: dict[str, object]
    unmatched: list[UnmatchedPart]
    more: int


class FixResult(NamedTuple):
    """An upload with its new fixes, what is wrong with it still, and which of the fixes fit nothing."""

    upload: UploadRow
    report: dict[str, object]
    unmatched: list[UnmatchedPart]
    more: int
    """How many more rows to leave out the upload has not."""
    to_remember: list[FixAnswer]
    """Those of the fixes that are to be remembered, which is not done yet: thousands in the same transaction would keep
    others waiting, and whoever waits for it does not keep the fixes a second time."""


def visible_upload(connection: Connection, who: Principal, upload_id: str) -> UploadRow:
    """An upload of the user's own; for who is a site administrator now, any of the site's. Raises UnknownUpload,
    Withdrawn."""
    if not can_be_stored(upload_id):
        raise UnknownUpload(upload_id)
    who = still(connection, who)
    return _theirs(who, uploads.find_upload(connection, who.site_id, upload_id), upload_id)


def held_upload(connection: Connection, who: Principal, upload_id: str) -> tuple[Principal, UploadRow]:
    """An upload under its lock, and the user with their rights as of then: the wait for the lock may have been long
    enough for a token or rights to be withdrawn. Raises UnknownUpload, Withdrawn."""
    visible_upload(connection, who, upload_id)  # nobody waits for, or locks, what is not theirs to see
    upload = uploads.find_upload(connection, who.site_id, upload_id, lock=True)
    who = still(connection, who)
    return who, _theirs(who, upload, upload_id)


def _theirs(who: Principal, upload: UploadRow | None, upload_id: str) -> UploadRow:
    if upload is None or not (who.administrator or upload.staff_key == who.staff_key):
        raise UnknownUpload(upload_id)
    return upload


class Submission(NamedTuple):
    """What is handed in. `sheet`: its SSNs hidden already, by `hasher`. `left_out`: sheet row numbers that are never
    written, whatever becomes of their errors. `test_rows`: only so many of its first rows are written, those that are
    left out not counted, until the user keeps them or rolls them back. `fixed`: what cells said before they were fixed,
    for the log; it is not part of the content that the key stands for."""

    filename: str
    sheet: Sheet
    left_out: Collection[int] = ()
    test_rows: int | None = None
    fixed: Before | None = None
    hasher: SsnHasher | None = None


def submit(
    engine: Engine,
    who: Principal,
    idempotency_key: str,
    given: Submission,
) -> UploadRow:
    """Stores an upload for the worker. `idempotency_key`: what is kept of the client's (`kept_key`).

    The same key and content again gives the upload that is there, whatever has become of it since; the same key
    with other content, or for another kind of upload, raises KeyReused. Raises TooManyWaiting, NoRoomToKeep.
    """
    packed, test_rows, left_out = pack(given.sheet), given.test_rows, given.left_out
    kind = b"" if test_rows is None else b"test of %d rows" % test_rows
    out = b"without %s" % repr(sorted(left_out)).encode() if left_out else b""
    plain = hashlib.sha256(packed + kind + out).hexdigest()  # what earlier versions kept
    content_hash = plain if given.hasher is None else uploads.kept_content(given.hasher, plain)
    try:
        with writing_for(engine, who) as connection:
            hold_place(connection, who.staff_key)
            upload = uploads.find_by_key(connection, who.site_id, who.staff_key, idempotency_key)
            if upload is None:
                _must_have_place(connection, who.staff_key)
                fixed = pack(user_fixes.before_as_sheet(given.fixed)) if given.fixed else b""
                must_have_room(connection, who.site_id, who.staff_key, len(packed) + len(fixed))
                if given.hasher is not None:
                    hold_key(connection, given.hasher)
                new = NewUpload(idempotency_key, content_hash, given.filename, len(given.sheet), packed, test_rows)
                upload_id = uploads.store_upload(connection, who, new)
                user_fixes.leave_out(connection, upload_id, left_out)
                uploads.set_left_out(connection, upload_id, len(left_out))
                if fixed:
                    uploads.store_sheet(connection, upload_id, "fixed", fixed)
                detail = f"{len(given.sheet)} rows" + ("" if test_rows is None else f", test of {test_rows}")
                audit.note(connection, who.site_id, who.staff_id, "upload received", upload_id, detail)
                return visible_upload(connection, who, upload_id)
    except IntegrityError:  # two submits at the same moment: the other one was first
        with reading(engine) as connection:
            upload = uploads.find_by_key(connection, who.site_id, who.staff_key, idempotency_key)
        if upload is None:
            raise
    if upload.content_hash not in (content_hash, plain):
        raise KeyReused(idempotency_key)
    return upload


def current_report(engine: Engine, who: Principal, upload_id: str, names: KeptNames | None = None) -> dict[str, object]:
    """What is wrong with an upload now, as validations say it. Once it is being written, nothing is.

    `names`, here and below: the sites' names as they were prepared for earlier reports.
    """

    def report(connection: Connection) -> dict[str, object]:
        upload = visible_upload(connection, who, upload_id)
        if upload.state in (UploadState.WRITING, UploadState.COMPLETE, UploadState.UNDONE):
            rows = upload.received - upload.left_out
            rows = rows if upload.test_rows is None else min(rows, upload.test_rows)
            return nothing_wrong(rows, upload.date_order)
        if not uploads.rows_are_kept(connection, upload_id):
            return nothing_wrong(0, upload.date_order)
        return check_upload(connection, upload, asks_of(connection, upload, who.staff_key)).report(names)

    return answer_counting_tries(engine, report)


def put_fixes(
    engine: Engine,
    hasher: SsnHasher,
    who: Principal,
    upload_id: str,
    given: FixesIn,
    names: KeptNames | None = None,
) -> FixResult:
    """Keeps fixes and left-out rows, and judges the upload with them. What fits no row is reported, the rest kept.

    A fix is good for the rows that have its wrong value now. Fixes may answer what other fixes of the same call
    bring about. Raises UnknownUpload, NotNow, TooManyFixes, NoRoomToKeep, WrongKey.
    """

    def work_out(connection: Connection) -> _WorkedOut:
        must_be_known(connection, hasher)  # what is tried by the fixes is counted by their hashes
        upload = visible_upload(connection, who, upload_id)
        _must_need_fixes(upload)
        before = check_upload(connection, upload, asks_of(connection, upload, who.staff_key))
        unmatched_rows = sorted({*given.leave_out} - {*before.sheet.row_numbers})
        left_out = before.left_out.union(given.leave_out).difference(unmatched_rows)
        after, unmatched = decide(connection, before, left_out, given.fixes, hasher)
        user_fixes.must_fit(after.fixes, before.fixes, upload.received)
        unmatched += [no_such_row(row) for row in unmatched_rows[:MOST_NAMED]]
        more = max(0, len(unmatched_rows) - MOST_NAMED)
        return _WorkedOut(before, after, left_out, after.report(names), unmatched, more)

    for _ in range(_TRIES):
        before, after, left_out, report, unmatched, more = answer_counting_tries(engine, work_out)
        with writing_for(engine, who) as connection:
            hold_key(connection, hasher)
            holder, upload = held_upload(connection, who, upload_id)
            _must_need_fixes(upload)
            if (
                user_fixes.stored_fixes(connection, upload_id) != before.fixes
                or user_fixes.left_out_rows(connection, upload_id) != before.left_out
            ):
                continue
            grown = user_fixes.bytes_kept(after.fixes) - user_fixes.bytes_kept(before.fixes)
            if grown > 0:
                hold_place(connection, upload.staff_key)
                must_have_room(connection, upload.site_id, upload.staff_key, grown)
            user_fixes.keep_fixes(connection, upload_id, after.fixes)
            user_fixes.leave_out(connection, upload_id, left_out - before.left_out)
            uploads.set_left_out(connection, upload_id, len(left_out))
            detail = f"{len(after.fixes)} fixes, {len(left_out)} rows left out"
            audit.note(connection, who.site_id, who.staff_id, "upload fixed", upload_id, detail)
            upload = visible_upload(connection, holder, upload_id)
        return FixResult(upload, report, unmatched, more, _to_remember(given.fixes, after.fixes))
    raise NotNow("Somebody else is fixing this upload at the same time. Look at its problems again, then try again.")


def go_on(engine: Engine, who: Principal, upload_id: str, names: KeptNames | None = None) -> UploadRow:
    """Lets an upload go on once nothing is wrong with it, or once more after it failed. Asking twice changes nothing.

    Raises UnknownUpload, ErrorsOpen, NotNow, TooManyWaiting.
    """

    def must_have_no_errors(connection: Connection) -> None:
        upload = visible_upload(connection, who, upload_id)
        if upload.state == UploadState.NEEDS_FIXES:
            judged = check_upload(connection, upload, asks_of(connection, upload, who.staff_key))
            if judged.checked is not None and judged.open_errors:
                raise ErrorsOpen(judged.checked.verdict.wrong_rows, judged.report(names))

    answer_counting_tries(engine, must_have_no_errors)
    with writing_for(engine, who) as connection:
        who, upload = held_upload(connection, who, upload_id)
        if upload.state in (UploadState.CANCELLED, UploadState.UNDONE):
            raise NotNow(f"This upload was {upload.state} and cannot go on. Submit its rows as a new upload.")
        if upload.state == UploadState.FAILED and not uploads.rows_are_kept(connection, upload_id):
            raise NotNow("The rows of this upload were removed, because it is old. Submit them as a new upload.")
        if upload.state in (UploadState.NEEDS_FIXES, UploadState.FAILED):
            hold_place(connection, upload.staff_key)
            _must_have_place(connection, upload.staff_key)
            uploads.move(connection, upload_id, UploadState.RECEIVED, done=0)
            audit.note(connection, who.site_id, who.staff_id, "upload continued", upload_id)
        return visible_upload(connection, who, upload_id)


def cancel(engine: Engine, who: Principal, upload_id: str) -> UploadRow:
    """Stops an upload of which nothing is written yet. Asking twice changes nothing. Raises UnknownUpload, NotNow."""
    with writing_for(engine, who) as connection:
        # A worker that is writing holds this lock until it is done, so that this is before the write or after it.
        who, upload = held_upload(connection, who, upload_id)
        if upload.undecided:
            raise NotNow("This test is written: it can no longer be cancelled. Keep it or roll it back.")
        if upload.state in (UploadState.COMPLETE, UploadState.UNDONE):
            raise NotNow(f"This upload is {upload.state}: it can no longer be cancelled.")
        if upload.state != UploadState.CANCELLED:
            end_upload(connection, upload, Ending(UploadState.CANCELLED, who.staff_id))
        return visible_upload(connection, who, upload_id)


def _must_have_place(connection: Connection, staff_key: int) -> None:
    if not has_place(connection, staff_key):
        raise TooManyWaiting(MOST_WAITING)


def _must_need_fixes(upload: UploadRow) -> None:
    if upload.state == UploadState.NEEDS_FIXES:
        return
    if upload.state in (UploadState.COMPLETE, UploadState.CANCELLED, UploadState.UNDONE, UploadState.FAILED):
        raise NotNow(f"This upload is {upload.state}, so nothing in it can be fixed any more.")
    raise NotNow("This upload is being worked on just now. Fix it when its state is needs-fixes.")


def _to_remember(asked: Sequence[Fix], kept: Sequence[StoredFix]) -> list[FixAnswer]:
    """What is to be remembered of the fixes that were asked for, as they were kept."""
    keys = {(fix.column, fix.value, fix.code) for fix in asked if fix.remember}
    return list(dict.fromkeys(FixAnswer(*fix.key, fix.replacement) for fix in kept if fix.key in keys))
