"""Submit: checks the rows, hands them over when no error is left, and brings the outcome into the Log (SPEC 6, 9).

Pressed again, or after a lost reply, it finds the same upload: nothing is written twice. It works in steps, each in the
workbook before the next begins: check and ask; note which rows these are; send them; show what became of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from addin.api.client import Client
from addin.book import Book
from addin.buttons.log import write_log_of
from addin.buttons.test_rows import settle_test
from addin.outcome import NO, UPLOAD, YES, Answers, Outcome, Question
from addin.rows.check import Checked, check_rows, show_report
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.fixes_made import with_fixed
from addin.rows.hand_over import UPLOAD_ID, digest_of, hand_over
from addin.rows.own_sheets import empty_preview, read_meta, write_meta
from addin.rows.site_lists import lists_for
from addin.rows.written_rows import mark_written, noted_rows, read_current_rows
from addin.sentences import as_downloaded, outcome, previewed, written_before
from workbook.report import Upload

AGREED = "submit"
"""The answer to whether the upload shall begin."""
_OF = "of"
"""Carried along: which rows the user was asked about, as a digest."""
_SENT = "upload_of"
"""Where `_meta` keeps which rows were sent last, as a digest."""
_BESIDE = "beside"
"""Carried along: what is to be said of picked Participant IDs at the end."""
_NOTED = "noted"
"""Carried along: which rows are noted as sent in this press, where the workbook keeps no note."""
_KNOWN = "known"
"""Carried along: whether the upload had been complete before this press."""


_SUBMITTED = (
    "Your rows are uploaded: the sheet Log tells what became of them. When you have new rows or changes, press "
    "Validate to see here what they would do."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(Outcome):
    """What became of an upload. It is None when nothing was sent, `checked` where no rows were looked at."""

    upload: Upload | None = None
    checked: Checked | None = None


def submit(book: Book, client: Client, answers: Answers) -> Submitted:
    """One step of it. Asks before anything is sent, with what the upload is about to do. Raises BookError while a test
    waits for its user's word."""
    if answers.get(UPLOAD):
        return _finish(book, client, answers)
    settle_test(book, client)
    data, said = read_current_rows(book, client)
    table = _table(data)
    this = digest_of(table)
    if this in (read_meta(book).get(_SENT), answers.get(_NOTED)):  # agreed on, and sent perhaps without hearing back
        upload, known = hand_over(lambda key: client.submit(table, key), this)
        write_meta(book, **{UPLOAD_ID: upload.id})
        return Submitted(upload=upload, waits_for=upload.id, carries={_KNOWN: YES if known else NO})
    if answers.get(AGREED) == NO:
        return Submitted(sentence="Nothing was sent.")
    if answers.get(AGREED) == YES and answers.get(_OF) == this:
        left_out = frozenset(data.left_out())
        rows = [row for row in data.rows if row not in left_out]
        write_meta(book, **{_SENT: this}, **noted_rows(book, data, rows))
        return Submitted(goes_on=True, carries={_NOTED: this})
    return _asked(book, client, data, this, said)


def _asked(book: Book, client: Client, data: DataSheet, this: str, said: str) -> Submitted:
    """The check, and the question where nothing is wrong."""
    left_out = data.left_out()
    checked = check_rows(book, client, data, left_out)
    if checked.errors or not checked.report.counts.rows:
        return Submitted(checked=checked, sentence=f"Nothing was sent. {checked.sentence}{said}", notes=checked.notes)
    preview = checked.report.preview
    text = "" if preview is None else previewed(preview, left_out, len(data.untouched))
    asked = " ".join([f"{text}\n\n{checked.sentence}{said}", *checked.notes, "Submit now?"]).strip()
    question = Question(asked, confirms=AGREED)
    return Submitted(checked=checked, question=question, notes=checked.notes, carries={_OF: this, _BESIDE: said})


def _table(data: DataSheet) -> dict[str, object]:
    """The rows as they are sent. Those that are left out go along, so that the upload's log tells of them; the server
    never writes them."""
    left_out = data.left_out()
    return data.table() | ({"leave_out": left_out} if left_out else {}) | with_fixed(data)


def _finish(book: Book, client: Client, answers: Answers) -> Submitted:
    """The upload has ended, or goes on without being watched."""
    upload = client.upload(answers[UPLOAD])
    if read_meta(book).get(UPLOAD_ID) != upload.id:  # the workbook could not be changed when the rows were sent
        write_meta(book, **{UPLOAD_ID: upload.id})
    data = read_data(book)
    if upload.state == "needs-fixes":
        return _refused_at_the_write(book, client, data, upload)
    done = outcome(upload, known=answers.get(_KNOWN) == YES)
    beside = as_downloaded(data.untouched) + written_before(data.written) + answers.get(_BESIDE, "")
    if upload.state == "complete":
        write_log_of(book, client, upload)
        _marked, changed = mark_written(book, upload)
        empty_preview(book, _SUBMITTED)
        write_meta(book, **{_SENT: ""})  # should it be undone, the same rows are asked about again
        if changed:
            are = "row was" if changed == 1 else "rows were"
            beside += f" {changed} {are} changed meanwhile, and will be checked as new."
    return Submitted(upload=upload, sentence=done + beside, done=done)


def _refused_at_the_write(book: Book, client: Client, data: DataSheet, upload: Upload) -> Submitted:
    """Somebody changed the data between the check and the write. The sheet shows what is wrong now, and is where it
    is corrected, so the stopped upload is not kept."""
    said = "Nothing was written: the data changed in the meantime."
    is_as_sent = read_meta(book).get(_SENT) == digest_of(_table(data))
    report = client.problems(upload.id)
    upload = client.cancel(upload.id)
    write_meta(book, **{_SENT: ""})
    if not is_as_sent:  # its rows are others by now, and marks would stand beside the wrong ones
        return Submitted(upload=upload, sentence=f"{said} Press Validate to see what is wrong now.")
    checked = show_report(book, data, report, data.left_out(), lists=lists_for(client, report))
    return Submitted(upload=upload, checked=checked, sentence=f"{said} {checked.sentence}", notes=checked.notes)
