"""Log and Refresh Status: show what became of every row, and how the upload stands (SPEC 9)."""

from __future__ import annotations

from dataclasses import dataclass

from addin.api.client import Client
from addin.book import Book
from addin.outcome import UPLOAD, Answers, Outcome
from addin.rows.hand_over import UPLOAD_ID
from addin.rows.own_sheets import read_meta, selected_upload, show_log_sheet, write_log
from addin.sentences import NO_UPLOAD, outcome
from workbook.sheets.log_chart import MOST_UPLOADS
from workbook.upload import LogRow, Upload
from workbook.upload_state import UploadState


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Outcome):
    """How an upload stands; None where the workbook has none."""

    upload: Upload | None = None


def log(book: Book, client: Client, answers: Answers) -> Status:
    """Writes the log of an upload into the `Log` sheet, and shows that sheet. The upload is the one named, else the one
    whose line is selected in the sheet Uploads, else the workbook's last."""
    upload_id = answers.get(UPLOAD) or _shown_upload(book)
    if not upload_id:
        return Status(sentence=NO_UPLOAD)
    upload = client.upload(upload_id)
    write_log_of(book, client, upload)
    show_log_sheet(book)
    return Status(upload=upload, sentence=outcome(upload))


def refresh_status(book: Book, client: Client) -> Status:
    """Says how the upload that Log shows stands. Once it is complete, its log is written."""
    upload_id = _shown_upload(book)
    if not upload_id:
        return Status(sentence=NO_UPLOAD)
    upload = client.upload(upload_id)
    if upload.state == UploadState.COMPLETE:
        write_log_of(book, client, upload)
    return Status(upload=upload, sentence=outcome(upload))


def write_log_of(book: Book, client: Client, upload: Upload) -> list[LogRow]:
    """Writes an upload's log into the `Log` sheet, and gives its rows. The chart shows uploads that wrote rows."""
    rows = client.log(upload.id)
    write_log(book, upload, rows, client.uploads(state=UploadState.COMPLETE, limit=MOST_UPLOADS))
    return rows


def _shown_upload(book: Book) -> str:
    """The id of the upload whose line is selected in the sheet Uploads, else of the workbook's last; "" for none."""
    return selected_upload(book) or read_meta(book).get(UPLOAD_ID, "")
