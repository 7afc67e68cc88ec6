"""Keep Test and Take Back Test: decide about the rows that Test Rows wrote, once they were looked at (SPEC 6, 9)."""

from __future__ import annotations

from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.buttons.test_rows import Tested, keep, take_back, waiting_test
from addin.rows.own_sheets import selected_upload, shown_upload
from workbook.upload import Upload

_NONE: Final = (
    "No test waits for a decision in this workbook. Press Test Rows to write the first rows as a test; Uploads lists "
    "the tests of other workbooks."
)


def keep_test(book: Book, client: Client) -> Tested:
    """Keeps what a test wrote: of the line that is selected in the sheet Uploads, else the test that the sheet `Log`
    shows, so that nobody decides about rows that they have not looked at."""
    upload, sentence = _meant(book, client)
    return Tested(sentence=sentence) if upload is None else keep(book, client, upload)


def take_back_test(book: Book, client: Client) -> Tested:
    """Takes back what a test wrote, the same one as `keep_test` keeps."""
    upload, sentence = _meant(book, client)
    return Tested(sentence=sentence) if upload is None else take_back(book, client, upload)


def _meant(book: Book, client: Client) -> tuple[Upload | None, str]:
    """The test that is to be decided, or None and why there is none."""
    selected = selected_upload(book)
    looked_at = selected or shown_upload(book)
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
