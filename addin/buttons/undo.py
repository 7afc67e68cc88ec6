"""Undo Upload: says first what would be taken back and what stays, asks, and takes it back (SPEC 6, 9)."""

from __future__ import annotations

from dataclasses import dataclass

from addin.api.client import Client
from addin.book import Book
from addin.buttons.log import write_log_of
from addin.outcome import YES, Answers, Outcome, Question
from addin.rows.cells import write_cells
from addin.rows.data_sheet import read_data
from addin.rows.hand_over import UPLOAD_ID
from addin.rows.own_sheets import read_meta
from addin.sentences import NO_UPLOAD, counted
from workbook import layout
from workbook.report import Undo, UndoneRecord

AGREED = "agreed"
"""The answer to whether the upload is taken back."""
_NAMED = 5
"""Records that stay and are named one by one; the log names them all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone(Outcome):
    """What Undo Upload did, or would do (`undo.preview`)."""

    upload_id: str | None = None
    undo: Undo | None = None


def undo_upload(book: Book, client: Client, answers: Answers) -> Undone:
    """Takes back the workbook's last upload once the user has seen what that means and said yes.

    Rows that a kept test had written can be sent again then. The `Log` sheet shows what was taken back.
    """
    upload_id = read_meta(book).get(UPLOAD_ID)
    if not upload_id:
        return Undone(sentence=NO_UPLOAD)
    read_data(book)  # where it cannot be read, nothing is taken back that it could not show
    done = undo_by_id(client, upload_id, answers)
    if done.undo is not None and done.undo.state == "undone":
        write_log_of(book, client, client.upload(upload_id))
        _send_again(book, upload_id)
    return done


def undo_by_id(client: Client, upload_id: str, answers: Answers) -> Undone:
    """As `undo_upload`, for any upload, without a workbook."""
    if answers.get(AGREED) == YES:
        done = client.undo(upload_id)
        sentence = f"The upload is undone. {_reversed(done)}{_stays(done)}"
        return Undone(upload_id=upload_id, undo=done, sentence=sentence, done=sentence)
    preview = client.undo(upload_id, preview=True)
    if preview.state == "undone":
        sentence = f"This upload was undone before. {_reversed(preview)}{_stays(preview)}"
    elif not preview.reversed:
        nothing = "It wrote nothing, so there is nothing to take back."
        sentence = f"Nothing was changed.{_stays(preview) or f' {nothing}'}"
    elif AGREED in answers:
        sentence = f"Nothing was changed. {_would(preview)}{_stays(preview)}"
    else:
        asked = f"Undo would take this upload back. {_would(preview)}{_stays(preview)}\n\nTake it back?"
        return Undone(upload_id=upload_id, undo=preview, question=Question(asked, confirms=AGREED))
    return Undone(upload_id=upload_id, undo=preview, sentence=sentence)


def _send_again(book: Book, upload_id: str) -> None:
    """Takes the marks off rows that a test had written, so that they are checked and sent like any other."""
    data = read_data(book)
    own = layout.own_columns(data.headers)
    rows = [row for row, mark in data.written_by().items() if mark.upload_id == upload_id]
    write_cells(data, {(row, column): None for row in rows for column in (own.origin, own.status)})


def _would(undo: Undo) -> str:
    return f"{_parts(undo, 'would be ')}."


def _reversed(undo: Undo) -> str:
    return f"{_parts(undo, '')}." if undo.reversed else "Nothing was taken back."


def _parts(undo: Undo, verb: str) -> str:
    """`2 assignments removed, 1 assignment opened again`."""
    counts = undo.counts
    told = [
        f"{counted(number, what)} {verb}{done}"
        for number, what, done in (
            (counts.assignments_removed, "assignment", "removed"),
            (counts.assignments_reopened, "assignment", "opened again"),
            (counts.enrollments_removed, "enrollment", "removed"),
            (counts.enrollments_reopened, "enrollment", "opened again"),
        )
        if number
    ]
    return ", ".join(told)


def _stays(undo: Undo) -> str:
    """What stays, and why, the first few by name."""
    stay: list[UndoneRecord] = [*undo.kept, *undo.impossible]
    if not stay:
        return ""
    named = "\n".join(f"Row {one.row}, {one.record} {one.record_id}: {one.why}" for one in stay[:_NAMED])
    more = f"\n… and {len(stay) - _NAMED} more." if len(stay) > _NAMED else ""
    stays = "change stays" if len(stay) == 1 else "changes stay"
    return f" {len(stay)} {stays}:\n{named}{more}"
