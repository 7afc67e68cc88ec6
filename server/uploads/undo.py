"""Undo what an upload wrote, and keep or roll back a test (SPEC 6).

An undo is one transaction, in the order of every write: it locks the site, then the upload, decides what can be undone,
reverses that, and moves the state to undone with it. Asked again, it gives the same answer.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Final, NamedTuple

from sqlalchemy import Connection, Engine

from server.judge.reversal import Reversal, StoredSince, as_far_as_allowed, judge_reversal, lacks_rights
from server.records import audit, uploads
from server.records.changes import (
    UndoLine,
    lay_out_reversals,
    only_primary,
    read_changes,
    read_reversals,
    records_of,
    reverse,
    touched_people,
)
from server.records.tokens import Principal, reading_for, writing_for
from server.records.uploads import UploadRow
from server.records.writes import lock_site
from server.uploads.finish import Ending, end_upload, mail_submitter
from server.uploads.lifecycle import NotNow, held_upload, visible_upload
from workbook.files.packing import pack, unpack
from workbook.upload_state import UploadState

_PEOPLE_AT_ONCE: Final = 20_000
"""Participants whose records are looked at together."""


class UndoResult(NamedTuple):
    """The upload, and what was, or would be, done to each record that it changed."""

    upload: UploadRow
    lines: list[UndoLine]
    has_changed: bool = False
    """Whether it was done just now. Else it is no more than a look."""


def undo(engine: Engine, who: Principal, upload_id: str) -> UndoResult:
    """Reverses what a complete upload wrote, where nothing was changed since. Asking twice changes nothing.

    The upload is undone when anything was reversed; else it stays complete, as it does where the user may not change
    all of it any more: then whoever may takes back the whole. Raises UnknownUpload, NotNow.
    """
    with writing_for(engine, who) as connection:
        visible_upload(connection, who, upload_id)  # as in `held_upload`: the wait for the site may be a long one
        lock_site(connection, who.site_id)
        who, upload = held_upload(connection, who, upload_id)
        if upload.state != UploadState.UNDONE:
            _must_be_complete(upload, "undone")
            reversals = _judge(connection, who, upload)
            if not _reversed(reversals):
                return UndoResult(upload, _lines(reversals))
            _undo_changes(connection, who, upload, reversals)
            upload = visible_upload(connection, who, upload_id)
            return UndoResult(upload, _what_was_done(connection, upload), has_changed=True)
        return UndoResult(upload, _what_was_done(connection, upload))


def preview_undo(engine: Engine, who: Principal, upload_id: str) -> UndoResult:
    """What `undo` would do now, or what it did when it is done already. Raises UnknownUpload, NotNow."""
    with reading_for(engine, who) as (connection, who):
        upload = visible_upload(connection, who, upload_id)
        if upload.state == UploadState.UNDONE:
            return UndoResult(upload, _what_was_done(connection, upload))
        _must_be_complete(upload, "undone")
        return UndoResult(upload, _lines(_judge(connection, who, upload)))


def keep(engine: Engine, who: Principal, upload_id: str) -> UploadRow:
    """Keeps what a test wrote. Asking twice changes nothing. Raises UnknownUpload, NotNow."""
    with writing_for(engine, who) as connection:
        who, upload = held_upload(connection, who, upload_id)
        _must_be_test(upload)
        if upload.state == UploadState.UNDONE and not upload.test_kept:
            raise NotNow("This test was rolled back, so nothing of it is left to keep. Test the rows again.")
        if not upload.test_kept:
            _must_be_complete(upload, "kept")
            uploads.decide_test(connection, upload_id, kept=True)
            audit.note(connection, who.site_id, who.staff_id, "test kept", upload_id)
            mail_submitter(connection, upload, UploadState.COMPLETE, upload.accepted)
        return visible_upload(connection, who, upload_id)


def roll_back(engine: Engine, who: Principal, upload_id: str) -> UploadRow:
    """Takes back what a test wrote, as `undo` does. Asking twice changes nothing. Raises UnknownUpload, NotNow."""
    with writing_for(engine, who) as connection:
        _must_be_test(visible_upload(connection, who, upload_id))
        lock_site(connection, who.site_id)
        who, upload = held_upload(connection, who, upload_id)
        if upload.test_kept:
            raise NotNow("This test was kept, so it cannot be rolled back any more. To take it back, undo it.")
        if upload.state != UploadState.UNDONE:
            _must_be_complete(upload, "rolled back")
            reversals = _judge(connection, who, upload)
            if lacks_rights(reversals):
                raise NotNow(
                    "You may not change all that this test wrote any more, so nothing of it is rolled back. Keep it, "
                    "or ask a site administrator to roll it back."
                )
            if reversals and not _reversed(reversals):
                raise NotNow(
                    "Nothing of this test can be rolled back: everything it wrote was changed since. The preview of "
                    "its undo says why. Keep it."
                )
            _undo_changes(connection, who, upload, reversals)
        return visible_upload(connection, who, upload_id)


def _must_be_complete(upload: UploadRow, what: str) -> None:
    if upload.state in (UploadState.CANCELLED, UploadState.FAILED):
        raise NotNow(f"This upload is {upload.state} and wrote nothing, so nothing of it can be {what}.")
    if upload.state != UploadState.COMPLETE:
        raise NotNow(
            f"Nothing of this upload is written yet (it is {upload.state}), so nothing of it can be {what}. "
            "Wait until it is complete, or cancel it."
        )


def _must_be_test(upload: UploadRow) -> None:
    if upload.test_rows is None:
        raise NotNow("This upload is no test, so there is nothing to decide. To take back what it wrote, undo it.")


def _judge(connection: Connection, who: Principal, upload: UploadRow) -> list[Reversal]:
    packed = uploads.load_sheet(connection, upload.id, "before")
    if packed is None:
        raise NotNow(
            "This upload was written by an earlier version of the server, which did not keep what an undo needs. "
            "Correct its rows with a new upload."
        )
    changes, later = read_changes(unpack(packed))
    primary = only_primary(connection, who.site_id)
    people = touched_people(connection, who.site_id, upload.id)
    verdicts: dict[int, Reversal] = {}
    # Participants do not depend on each other, and all of a large upload at once would take much memory.
    for first in range(0, len(people), _PEOPLE_AT_ONCE):
        assignments, enrollments = records_of(connection, who, people[first : first + _PEOPLE_AT_ONCE])
        of_assignments = {one.record_id for one in assignments}
        of_enrollments = {one.stay.record_id for one in enrollments}
        places = [
            place
            for place, change in enumerate(changes)
            if change.assignment_id in of_assignments
            or (not change.of_assignment and change.record_id in of_enrollments)
        ]
        theirs = [changes[place] for place in places]
        judged = judge_reversal(
            upload.id, theirs, StoredSince(later, primary, assignments, enrollments, upload.date_order)
        )
        verdicts.update(zip(places, judged, strict=True))
    gone = [place for place in range(len(changes)) if place not in verdicts]
    judged = judge_reversal(upload.id, [changes[place] for place in gone], StoredSince(later, primary))
    verdicts.update(zip(gone, judged, strict=True))
    return as_far_as_allowed([verdicts[place] for place in range(len(changes))])


def _undo_changes(connection: Connection, who: Principal, upload: UploadRow, reversals: list[Reversal]) -> None:
    """Reverses the changes, and records it everywhere. The caller holds the locks of the site and the upload."""
    reverse(connection, who.site_id, reversals)
    uploads.store_sheet(connection, upload.id, "undone", pack(lay_out_reversals(reversals)))
    if upload.undecided:
        uploads.decide_test(connection, upload.id, kept=False)
    detail = json.dumps(Counter(f"{_kind(one)} {one.outcome}" for one in reversals), sort_keys=True)
    ending = Ending(UploadState.UNDONE, who.staff_id, _reason(who, reversals), upload.accepted, detail=detail)
    end_upload(connection, upload, ending)


def _reason(who: Principal, reversals: list[Reversal]) -> str:
    """One sentence for lists, log and mail: counts, and who did it."""
    done = _reversed(reversals)
    stay = len(reversals) - done
    changes = f"{done} change{'' if done == 1 else 's'}"
    if not stay:
        return f"{who.name} took back all that it wrote ({changes})."
    return f"{who.name} took back {changes}; {stay} could not be taken back and stay{'s' if stay == 1 else ''}."


def _what_was_done(connection: Connection, upload: UploadRow) -> list[UndoLine]:
    packed = uploads.load_sheet(connection, upload.id, "undone")
    return [] if packed is None else read_reversals(unpack(packed))


def _lines(reversals: list[Reversal]) -> list[UndoLine]:
    return [UndoLine(one.change.row, _kind(one), one.change.record_id, one.outcome, one.why) for one in reversals]


def _kind(one: Reversal) -> str:
    return "assignment" if one.change.of_assignment else "enrollment"


def _reversed(reversals: list[Reversal]) -> int:
    return sum(one.outcome in ("removed", "reopened") for one in reversals)
