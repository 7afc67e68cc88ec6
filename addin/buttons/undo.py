"""Undo Upload: say what would be taken back, ask, and take it back (SPEC 6, 9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from addin.api.client import Client
from addin.book import Book
from addin.buttons.log import write_log_of
from addin.buttons.test_rows import forget_test
from addin.outcome import YES, Answers, Outcome, UserQuestion
from addin.rows.data_sheet import read_data
from addin.rows.hand_over import UPLOAD_ID
from addin.rows.own_sheets import read_meta, selected_upload
from addin.rows.written_rows import release
from addin.sentences import NO_UPLOAD, counted
from workbook.local_time import local_moment
from workbook.upload import Undo, UndoneRecord, Upload
from workbook.upload_state import UploadState

CHOSEN = "upload"
"""Which upload: carried along once the user was asked about it, and said by whoever names one."""
AGREED = "agreed"
"""The answer to whether the upload is taken back."""
_LOOKED_THROUGH = 200
"""Of the user's own uploads the newest, among which a workbook's last one is looked for."""
_NAMED = 5
"""Records that stay and are named one by one; the log names them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoOutcome(Outcome):
    """What Undo Upload did, or would do (`undo.preview`)."""

    upload_id: str | None = None
    undo: Undo | None = None


def undo_upload(book: Book, client: Client, answers: Answers) -> UndoOutcome:
    """Takes an upload back once the user has seen what that means and agreed: the one whose line is selected in the
    sheet Uploads, else the workbook's last where the user sent it, else the user's own newest.

    Rows that it had written can be sent again then. The `Log` sheet shows what was taken back.
    """
    last = read_meta(book).get(UPLOAD_ID, "")
    chosen = answers.get(CHOSEN) or selected_upload(book) or last_if_own(last, client) or own_newest(client)
    if not chosen:
        return UndoOutcome(sentence=NO_UPLOAD)
    upload_id = chosen
    read_data(book)  # where it cannot be read, nothing is taken back that it could not show
    done = replace(undo_by_id(client, upload_id, answers), carries={CHOSEN: upload_id})
    if done.undo is not None and done.undo.state == UploadState.UNDONE:
        write_log_of(book, client, client.upload(upload_id))
        release(read_data(book), {upload_id})
        forget_test(book, upload_id)
    return done


def undo_by_id(client: Client, upload_id: str, answers: Answers) -> UndoOutcome:
    """As `undo_upload`, for any upload, without a workbook."""
    if answers.get(AGREED) == YES and client.upload(upload_id).state != UploadState.UNDONE:
        done = client.undo(upload_id)
        if done.state != UploadState.UNDONE:  # rights, or the records, have changed since the question
            return UndoOutcome(upload_id=upload_id, undo=done, sentence=f"Nothing was changed.{_stays(done)}")
        sentence = f"The upload is undone. {_reversed(done)}{_stays(done)}"
        return UndoOutcome(upload_id=upload_id, undo=done, sentence=sentence, done=sentence)
    preview = client.undo(upload_id, preview=True)
    if preview.state == UploadState.UNDONE:
        sentence = f"This upload was undone before. {_reversed(preview)}{_stays(preview)}"
    elif not preview.reversed:
        nothing = "It wrote nothing, so there is nothing to take back."
        sentence = f"Nothing was changed.{_stays(preview) or f' {nothing}'}"
    elif AGREED in answers:
        sentence = f"Nothing was changed. {_would_take(client.upload(upload_id), preview)}"
    else:
        text = f"{_would_take(client.upload(upload_id), preview)}\n\nTake it back?"
        return UndoOutcome(upload_id=upload_id, undo=preview, question=UserQuestion(text, confirms=AGREED))
    return UndoOutcome(upload_id=upload_id, undo=preview, sentence=sentence)


def own_newest(client: Client) -> str | None:
    """The id of the user's own newest upload that wrote something; never a colleague's."""
    return next((upload.id for upload in client.uploads(UploadState.COMPLETE, 1, mine=True)), None)


def which(upload: Upload) -> str:
    """`No. 118, May.xlsx, submitted by Ann Lee on 5/31/2026 17:05 EDT`."""
    when = local_moment(upload.submitted_at, upload.date_order)
    return f"{upload.name}, {upload.filename}, submitted by {upload.submitted_by} on {when}"


def last_if_own(last: str, client: Client) -> str | None:
    """The id of a workbook's last upload, where `last` is that of one of the user's own; None where it is not, for a
    colleague sent it, whose workbook this is, or where the workbook knows none."""
    own = client.uploads(limit=_LOOKED_THROUGH, mine=True) if last else []
    return next((upload.id for upload in own if upload.id == last), None)


def _would_take(upload: Upload, undo: Undo) -> str:
    return f"Undo would take this upload back: {which(upload)}. {_parts(undo, 'would be ')}.{_stays(undo)}"


def _reversed(undo: Undo) -> str:
    return f"{_parts(undo, '')}." if undo.reversed else "Nothing was taken back."


def _parts(undo: Undo, verb: str) -> str:
    """`2 assignments removed, 1 assignment opened again`."""
    counts = undo.counts
    parts = [
        f"{counted(number, what)} {verb}{done}"
        for number, what, done in (
            (counts.assignments_removed, "assignment", "removed"),
            (counts.assignments_reopened, "assignment", "opened again"),
            (counts.enrollments_removed, "enrollment", "removed"),
            (counts.enrollments_reopened, "enrollment", "opened again"),
        )
        if number
    ]
    return ", ".join(parts)


def _stays(undo: Undo) -> str:
    """What stays, and why, the first few by name."""
    stay: list[UndoneRecord] = [*undo.kept, *undo.impossible]
    if not stay:
        return ""
    named = "\n".join(f"Row {one.row}, {one.record} {one.record_id}: {one.why}" for one in stay[:_NAMED])
    more = f"\n… and {len(stay) - _NAMED} more." if len(stay) > _NAMED else ""
    stays = "change stays" if len(stay) == 1 else "changes stay"
    return f" {len(stay)} {stays}:\n{named}{more}"
