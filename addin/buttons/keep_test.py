"""Keep Test and Take Back Test: decide about the rows that Test Rows wrote, once they were looked at (SPEC 6, 9)."""

from __future__ import annotations

from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.buttons.test_rows import Tested, in_words, keep, take_back, waiting_test
from addin.buttons.undo import AGREED, CHOSEN, which
from addin.outcome import YES, Answers, UserQuestion
from addin.rows.own_sheets import selected_upload, shown_upload, shows_log
from workbook.upload import Upload

_NONE: Final = (
    "No test waits for a decision in this workbook. Press Test Rows to write the first rows as a test; Uploads lists "
    "the tests of other workbooks."
)


def keep_test(book: Book, client: Client, answers: Answers) -> Tested:
    """Keeps what a test wrote: of the line that is selected in the sheet Uploads, else the test that the sheet `Log`
    shows, so that nobody decides about rows that they have not looked at. Where the sheet does not show what the server
    tells of the test, or the test is of another workbook, the user is asked first, in the server's words."""
    upload, sentence = _meant(book, client, answers)
    if upload is None:
        return Tested(sentence=sentence)
    return _first(book, client, answers, upload, "Keep") or keep(book, client, upload)


def take_back_test(book: Book, client: Client, answers: Answers) -> Tested:
    """Takes back what a test wrote, the same one as `keep_test` keeps."""
    upload, sentence = _meant(book, client, answers)
    if upload is None:
        return Tested(sentence=sentence)
    return _first(book, client, answers, upload, "Take back") or take_back(book, client, upload)


def _first(book: Book, client: Client, answers: Answers, upload: Upload, act: str) -> Tested | None:
    """What comes before the decision: a question, or that nothing is decided; None where it can be made."""
    if AGREED in answers:
        return None if answers[AGREED] == YES else Tested(upload=upload, sentence="Nothing is decided yet.")
    log = client.log(upload.id)
    is_here = upload.filename == book.name
    if is_here and shows_log(book, upload, log):
        return None
    doubts = [] if is_here else [f"It is of another workbook than this one, which is {book.name}."]
    if not shows_log(book, upload, log):
        doubts.append("The sheet Log does not show what it wrote: press Log to see that.")
    text = " ".join([f"{act} this test? {which(upload)}. {in_words(log)}", *doubts])
    return Tested(upload=upload, question=UserQuestion(text, confirms=AGREED), carries={CHOSEN: upload.id})


def _meant(book: Book, client: Client, answers: Answers) -> tuple[Upload | None, str]:
    """The test that is to be decided, or None and why there is none."""
    selected = selected_upload(book)
    looked_at = answers.get(CHOSEN) or selected or shown_upload(book)
    upload = client.upload(looked_at) if looked_at else None
    if upload is not None and upload.is_open_test:
        return upload, ""
    own = waiting_test(book, client)
    if own is not None and own.is_open_test and not selected:
        return None, f"Nothing is decided yet. Press Test Rows to look at the test {own.name} first."
    if upload is None:
        return None, _NONE
    where = "The line that is selected in Uploads is of" if selected else "The sheet Log shows"
    return None, f"{where} {upload.name}, which is no test that waits for a decision. {_NONE}"
