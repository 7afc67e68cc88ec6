"""Submit: check the rows, upload them when no error is left, and show the outcome in the Log (SPEC 6, 9).

A submit takes several presses, because each step must be in the workbook before the next one begins. The program makes
them one after the other (`addin.press`), and carries answers from one to the next. From top to bottom in `submit`:

1. `_check_and_ask`: the rows are checked as in Validate. Without errors, the user is asked whether to submit them.
2. `_note_rows`: the user agreed. Which rows these are is noted in the workbook, before anything is sent.
3. `_send`: the same rows are sent. They are the same upload however often they are sent, so that nothing is written
   twice when a reply is lost and the user presses Submit again.
4. `_finish`: the upload has ended. The rows that it wrote are marked, and the Log shows what became of each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from addin.api.client import Client
from addin.book import HIDDEN, Book
from addin.buttons.log import write_log_of
from addin.buttons.test_rows import settle_test
from addin.outcome import NO, UPLOAD, YES, Answers, Outcome, UserQuestion
from addin.rows.assignments import at_site
from addin.rows.check import Checked, CheckResult, check_rows, show_report
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.fixes_made import with_fixed
from addin.rows.hand_over import UPLOAD_ID, arrived, digest_of, hand_over
from addin.rows.own_sheets import empty_preview, read_meta, write_meta
from addin.rows.site_lists import lists_for
from addin.rows.written_rows import mark_written, noted_rows, read_current_rows
from addin.sentences import as_downloaded, outcome, previewed, written_before
from workbook.layout import FIX_SHEET
from workbook.sheets.preview_sheet import SENT
from workbook.upload import Upload
from workbook.upload_state import UploadState

AGREED = "submit"
"""The answer to whether the upload shall begin."""
_OF = "of"
"""Carried along: the digest of the rows that the user was asked about."""
_SENT = "upload_of"
"""Where `_meta` keeps the digest of the rows that were sent last."""
_BESIDE = "beside"
"""Carried along: a note on picked Participant IDs, for the last sentence."""
_NOTED = "noted"
"""Carried along: the digest of the rows that the user agreed to, for a workbook that keeps no note of it."""
_KNOWN = "known"
"""Carried along: whether the upload had been complete before this press."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(Outcome):
    """What became of an upload. It is None when nothing was sent, `checked` where no rows were looked at."""

    upload: Upload | None = None
    checked: Checked | None = None


def submit(book: Book, client: Client, answers: Answers) -> Submitted:
    """One step of a submit, by what is answered so far. Asks before anything is sent.

    Raises BookError while the rows of a test wait for a decision, or when the sheet is no caseload sheet.
    """
    if answers.get(UPLOAD):
        return _finish(book, client, answers)
    settle_test(book, client)
    data, note = read_current_rows(book, client)
    table = _table(data)
    digest = digest_of(table)
    if digest == answers.get(_NOTED) or _was_sent(
        book, client, table, digest
    ):  # agreed to, and sent perhaps without a reply
        return _send(book, client, table, digest)
    if answers.get(AGREED) == NO:
        return Submitted(sentence="Nothing was sent.")
    if answers.get(AGREED) == YES and answers.get(_OF) == digest:
        return _note_rows(book, data, digest)
    return _check_and_ask(book, client, data, digest, note)


def _was_sent(book: Book, client: Client, table: dict[str, Any], digest: str) -> bool:
    """Whether the user has sent these rows before. That the workbook says so is no word of the user's: it may be
    somebody else's, made so that its rows are sent without a question."""
    if digest != read_meta(book).get(_SENT):
        return False
    return arrived(lambda key: client.submit(table, key), client.upload_of, digest) is not None


def _check_and_ask(book: Book, client: Client, data: DataSheet, digest: str, note: str) -> Submitted:
    """The check, and the question where nothing is wrong. `digest`: of the rows; `note`: what to say beside."""
    left_out = data.left_out()
    checked = check_rows(book, client, data, left_out)
    if checked.errors or not checked.report.counts.rows:
        return Submitted(checked=checked, sentence=f"Nothing was sent. {checked.sentence}{note}", notes=checked.notes)
    preview = checked.report.preview
    text = "" if preview is None else previewed(preview, left_out, len(data.untouched))
    words = " ".join([f"{text}\n\n{checked.sentence}{note}", *checked.notes, "Submit now?"]).strip()
    question = UserQuestion(words, confirms=AGREED)
    return Submitted(checked=checked, question=question, notes=checked.notes, carries={_OF: digest, _BESIDE: note})


def _note_rows(book: Book, data: DataSheet, digest: str) -> Submitted:
    """Notes in the workbook which rows are about to be sent: they are found again even where the reply is lost."""
    left_out = frozenset(data.left_out())
    rows = [row for row in data.rows if row not in left_out]
    write_meta(book, **{_SENT: digest}, **noted_rows(book, data, rows))
    return Submitted(goes_on=True, carries={_NOTED: digest})


def _send(book: Book, client: Client, table: dict[str, Any], digest: str) -> Submitted:
    """Sends the rows, or finds the upload that they are already."""
    upload, known = hand_over(lambda key: client.submit(table, key), digest)
    _note_sent(book, upload)
    return Submitted(upload=upload, waits_for=upload.id, carries={_KNOWN: YES if known else NO})


def _note_sent(book: Book, upload: Upload) -> None:
    """The workbook knows its upload, and Preview no longer says what it would do."""
    empty_preview(book, SENT)
    write_meta(book, **{UPLOAD_ID: upload.id})


def _finish(book: Book, client: Client, answers: Answers) -> Submitted:
    """What became of the upload. It has ended, or goes on without being watched."""
    upload = client.upload(answers[UPLOAD])
    if read_meta(book).get(UPLOAD_ID) != upload.id:  # the workbook could not be changed when the rows were sent
        _note_sent(book, upload)
    data = read_data(book)
    if upload.state == UploadState.NEEDS_FIXES:
        return _refused_at_the_write(book, client, at_site(data, client), upload)
    done = outcome(upload, known=answers.get(_KNOWN) == YES)
    beside = as_downloaded(data.untouched) + written_before(data.written) + answers.get(_BESIDE, "")
    if upload.state == UploadState.COMPLETE:
        marked = mark_written(book, upload, write_log_of(book, client, upload))
        write_meta(book, **{_SENT: ""})  # should it be undone, the same rows are asked about again
        beside += marked.in_words()
    return Submitted(upload=upload, sentence=done + beside, done=done)


def _refused_at_the_write(book: Book, client: Client, data: DataSheet, upload: Upload) -> Submitted:
    """Somebody changed the site's data between the check and the write, so the server wrote nothing. The upload is
    cancelled, because the mistakes are corrected in the sheet and sent anew. The sheet shows them."""
    book.must_hold(FIX_SHEET, HIDDEN)
    nothing_written = "Nothing was written: the data changed in the meantime."
    is_as_sent = read_meta(book).get(_SENT) == digest_of(_table(data))
    report = client.problems(upload.id)
    upload = client.cancel(upload.id)
    write_meta(book, **{_SENT: ""})
    if not is_as_sent:  # the rows were changed since, and the marks would stand beside the wrong ones
        empty_preview(book)
        return Submitted(upload=upload, sentence=f"{nothing_written} Press Validate to see what is wrong now.")
    checked = show_report(book, data, CheckResult(report, lists=lists_for(client, report)), data.left_out())
    sentence = f"{nothing_written} {checked.sentence}"
    return Submitted(upload=upload, checked=checked, sentence=sentence, notes=checked.notes)


def _table(data: DataSheet) -> dict[str, Any]:
    """The rows as they are sent. Rows that are left out go along, because the upload's log lists them; the server
    never writes them."""
    left_out = data.left_out()
    return data.table() | ({"leave_out": left_out} if left_out else {}) | with_fixed(data)
