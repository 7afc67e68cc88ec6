"""Test Rows: write the first rows and show them, to be kept or taken back (SPEC 6, 9).

The press that writes them ends with the sheet Log before the user, and no question over it: the buttons Keep Test and
Take Back Test (`keep_test.py`) decide. The command line says its word along with the press.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from addin.api.client import Client
from addin.book import HIDDEN, Book
from addin.buttons.log import write_log_of
from addin.errors import BookError, ClientError
from addin.outcome import NO, UPLOAD, YES, Answers, Outcome
from addin.rows.assignments import at_site
from addin.rows.check import Checked, check_rows
from addin.rows.data_sheet import read_data
from addin.rows.fixes_made import with_fixed
from addin.rows.hand_over import UPLOAD_ID, digest_of, hand_over
from addin.rows.own_sheets import read_meta, show_log_sheet, write_meta
from addin.rows.tested_rows import TEST_ID, clear_tested, has_tested, mark_tested
from addin.rows.written_rows import TESTED_ROWS, forgotten_rows, mark_written, noted_rows, read_current_rows
from addin.sentences import counted, outcome, rows_named
from workbook.layout import LOG_SHEET
from workbook.upload import LogRow, Upload
from workbook.upload_state import RUNNING, UploadState

USUAL_ROWS: Final = 2
_TEST_SITE: Final = "test_site"
"""Where `_meta` keeps which site the test was made at."""
_TEST_OF: Final = "test_of"
"""Where `_meta` keeps which rows the test is of, as a digest."""
CHECKED: Final = "checked"
"""Carried along: a digest of the rows that this press has checked, for a workbook that keeps no note of it."""
_BESIDE: Final = "beside"
"""Carried along: what was said of the rows when they were read, for the last sentence."""
ROWS: Final = "rows"
KEEP: Final = "keep"
"""Answers: how many rows, and whether they stay; any answer but YES and NO leaves that undecided."""
_UNDECIDED: Final = (
    "The first rows are written as a test that waits for your word. Press Keep Test to keep them, or press Take Back "
    "Test to take them back, then submit. Nothing was sent."
)
_LOOK: Final = (
    "The sheet Log shows it. Once you have looked at it, press Keep Test to keep the rows, or press Take Back Test to "
    "take them back."
)
_NOT_YOURS: Final = (
    "The first rows are written as a test by somebody whose uploads you do not see. Ask whoever made it, or a site "
    "administrator, to keep it or to take it back in this workbook. Nothing was sent."
)
_LOST: Final = "The rows that the test wrote have been changed in the sheet since, so they will be checked as new rows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested(Outcome):
    """What became of a test. `upload` is None when nothing was sent, `checked` where no rows were looked at."""

    upload: Upload | None = None
    checked: Checked | None = None


def test_rows(book: Book, client: Client, answers: Answers) -> Tested:
    """Checks the sheet, writes its first rows as a test, and shows them in the `Log` sheet; pressed while they wait, it
    shows them again, and says what decides.

    One step of it at a press. The answer ROWS says how many rows, KEEP whether they stay: without it nothing is
    decided. A test whose reply was lost is taken up where it was.
    """
    was_sent = UPLOAD in answers
    upload = client.upload(answers[UPLOAD]) if was_sent else waiting_test(book, client)
    if was_sent and upload is not None and read_meta(book).get(TEST_ID) != upload.id:
        _note_test(book, upload)  # the workbook could not be changed when the rows were sent
    if upload is None:
        return _send(book, client, answers)
    if upload.state in RUNNING and not was_sent:
        return Tested(upload=upload, waits_for=upload.id)
    if upload.state == UploadState.NEEDS_FIXES:
        return _refused_at_the_write(book, client, upload)
    if upload.state != UploadState.COMPLETE:  # it failed, or was watched long enough
        return Tested(upload=upload, sentence=outcome(upload))
    if _is_kept(upload):  # the reply to that was lost, or it was kept elsewhere
        log = write_log_of(book, client, upload)
        return Tested(upload=upload, sentence=_mark_written(book, upload, log))
    if answers.get(KEEP) not in (YES, NO):
        ended = _shown(book, client, upload)
    else:
        ended = keep(book, client, upload) if answers[KEEP] == YES else take_back(book, client, upload)
    return replace(ended, sentence=ended.sentence + answers.get(_BESIDE, ""))


def keep(book: Book, client: Client, upload: Upload) -> Tested:
    """Keeps what a test wrote. Rows of the workbook's own test are marked as written, and not sent again."""
    is_own = read_meta(book).get(TEST_ID) == upload.id
    book.must_hold(LOG_SHEET)
    if is_own:
        read_data(book)  # where it cannot be read, the rows could not be marked either
    upload = client.keep(upload.id)
    log = write_log_of(book, client, upload)
    sentence = _mark_written(book, upload, log) if is_own else f"{_of(upload)} is kept: {_written(upload)}."
    return Tested(upload=upload, sentence=sentence, done="The test is kept.")


def take_back(book: Book, client: Client, upload: Upload) -> Tested:
    """Takes back what a test wrote, and the `Log` sheet shows it."""
    is_own = read_meta(book).get(TEST_ID) == upload.id
    book.must_hold(LOG_SHEET)  # what is read after the server has done it would have it done anew
    with suppress(BookError):
        read_data(book)
    upload = client.roll_back(upload.id)
    write_log_of(book, client, upload)
    if is_own:
        _forget(book)
    sentence = f"{'The test' if is_own else _of(upload)} was taken back. {upload.reason or ''}".rstrip()
    return Tested(upload=upload, sentence=sentence, done=sentence)


def _of(upload: Upload) -> str:
    """A test of another workbook."""
    return f"The test {upload.name} of {upload.filename}"


def _written(upload: Upload) -> str:
    return f"{counted(upload.accepted, 'row')} written"


def settle_test(book: Book, client: Client) -> None:
    """Before rows are sent: a test that was decided elsewhere is decided here too, so that none goes out twice.

    Raises BookError when the user has still to say whether its rows stay.
    """
    upload = waiting_test(book, client)
    if upload is None:
        return
    if not _is_kept(upload):
        raise BookError(_UNDECIDED)
    _mark_written(book, upload, client.log(upload.id))


def forget_test(book: Book, upload_id: str) -> None:
    """Where an upload is undone that is the workbook's test, nothing waits any more."""
    if read_meta(book).get(TEST_ID) == upload_id:
        _forget(book)


def learn_of_test(book: Book, client: Client) -> None:
    """Before rows are checked, where some are marked as a test's: learns what was decided elsewhere about it, where
    that can be seen."""
    if not has_tested(read_data(book)):
        return
    try:
        upload = waiting_test(book, client)
    except ClientError as error:
        if error.code != "upload-not-found":
            raise
        return  # it is a colleague's, and their rows stay aside
    if upload is not None and _is_kept(upload):
        _mark_written(book, upload, client.log(upload.id))


def _is_kept(upload: Upload) -> bool:
    return upload.test is not None and upload.test.kept is True


def is_waiting(client: Client, meta: Mapping[str, str]) -> bool:
    """Whether a workbook has a test of which it does not know yet what was decided. `meta`: what it keeps on itself."""
    upload = _test_of(client, meta)
    return upload is not None and _may_be_decided(upload, meta[TEST_ID])


def waiting_test(book: Book, client: Client) -> Upload | None:
    """The workbook's test, until this workbook knows what was decided about it."""
    meta = read_meta(book)
    upload = _test_of(client, meta)
    if upload is None:
        _clear_marks(book)  # to this site its rows are like any
        return None
    if _may_be_decided(upload, meta[TEST_ID]):
        return upload
    _forget(book)  # it was rolled back elsewhere, or never came to be written
    return None


def _test_of(client: Client, meta: Mapping[str, str]) -> Upload | None:
    """The test that a workbook knows of; None where it has none, or made it at another site."""
    if not meta.get(TEST_ID):
        return None
    try:
        return client.upload(meta[TEST_ID])
    except ClientError as error:
        site_tag = meta.get(_TEST_SITE, "")
        if error.code != "upload-not-found":
            raise
        if site_tag and client.site_tag() != site_tag:
            return None
        raise ClientError(_NOT_YOURS, error.code, error.status) from error


def _may_be_decided(upload: Upload, known: str) -> bool:
    """`known`: what the workbook says is its test. It may be a stranger's, and name any upload by its short number: of
    what is no test nothing is decided here, nor is it cancelled."""
    of_this = upload.id == known and upload.test is not None
    return of_this and (upload.state == UploadState.COMPLETE or upload.state in RUNNING)


def _send(book: Book, client: Client, answers: Answers) -> Tested:
    """One step on the way to a test: the rows checked and noted, or sent, or why nothing was."""
    rows = int(answers.get(ROWS, USUAL_ROWS))
    data, note = read_current_rows(book, client)
    left_out = data.left_out()
    first = [row for row in data.rows if row not in frozenset(left_out)][:rows]
    table = data.table(without=set(data.rows).difference(first)) | with_fixed(data, first)
    this = digest_of(table)
    if this not in (
        read_meta(book).get(_TEST_OF),
        answers.get(CHECKED),
    ):  # else sent, perhaps without a reply
        checked = check_rows(book, client, data, left_out)
        said = checked.sentence + note
        if not first:
            return Tested(checked=checked, sentence=f"Nothing was tested. {said}", notes=checked.notes)
        if wrong := _wrong(checked, first):
            are = "row has an error" if len(wrong) == 1 else "rows have errors"
            which = f"Nothing was tested, because the first {are} ({rows_named(wrong)})."
            return Tested(checked=checked, sentence=f"{which} {said}", notes=checked.notes)
        write_meta(book, **{_TEST_OF: this}, **noted_rows(book, data, first, TESTED_ROWS))
        return Tested(checked=checked, notes=checked.notes, goes_on=True, carries={CHECKED: this, _BESIDE: note})
    upload, _known = hand_over(lambda key: client.submit(table, key, test_rows=len(first)), f"test-{this}")
    _note_test(book, upload)
    return Tested(upload=upload, waits_for=upload.id)


def _wrong(checked: Checked, first: Collection[int]) -> list[int]:
    """Those of the first rows that have errors."""
    return sorted({one.row for one in checked.report.problems if one.severity == "error" and one.row in first})


def _refused_at_the_write(book: Book, client: Client, upload: Upload) -> Tested:
    """Somebody changed the site's data between the check and the write. The upload is cancelled, because the mistakes
    are corrected in the sheet."""
    data = at_site(read_data(book), client)
    book.must_hold(HIDDEN)
    upload = client.cancel(upload.id)
    _forget(book)
    checked = check_rows(book, client, data, data.left_out())
    sentence = f"Nothing was written: the data changed in the meantime. {checked.sentence}"
    return Tested(upload=upload, checked=checked, sentence=sentence, notes=checked.notes)


def _shown(book: Book, client: Client, upload: Upload) -> Tested:
    """The test in the sheet Log, and what decides whether it stays."""
    what = in_words(write_log_of(book, client, upload))
    with suppress(BookError):  # then the rows are changed, and checked as new ones
        mark_tested(book, read_data(book))
    show_log_sheet(book)
    return Tested(upload=upload, sentence=f"{what} {_LOOK}", done=outcome(upload))


def in_words(log: Sequence[LogRow]) -> str:
    """What a test wrote, by its log."""
    done = Counter(row.result for row in log if row.record_id is not None)
    what = [f"{counted(done[result], 'assignment')} {result}" for result in ("begun", "ended") if done[result]]
    numbers = [row.row for row in log if row.result != "left out"]
    were = "Row {} was" if len(numbers) == 1 else "Rows {} were"
    return f"{were.format(rows_named(numbers))} written as a test: {' and '.join(what) or 'nothing had to be changed'}."


def _mark_written(book: Book, upload: Upload, log: Sequence[LogRow]) -> str:
    """Marks the rows of a test that is kept, and says so. `log`: the upload's."""
    rows = len(read_data(book).rows)
    marked = mark_written(book, upload, log)
    _forget(book)
    written = f"The test is kept: {_written(upload)}"
    if marked.changed:
        return f"{written}. {_LOST}"
    if marked.not_written:
        return f"{written}.{marked.in_words()}"
    rest = "Press Submit for the others." if marked.rows < rows else "There is nothing left to submit."
    return f"{written}, and not sent again. {rest}"


def _note_test(book: Book, upload: Upload) -> None:
    write_meta(book, **{UPLOAD_ID: upload.id, TEST_ID: upload.id, _TEST_SITE: upload.site_tag})


def _forget(book: Book) -> None:
    write_meta(book, **{TEST_ID: "", _TEST_SITE: "", _TEST_OF: ""}, **forgotten_rows(book, TESTED_ROWS))
    _clear_marks(book)


def _clear_marks(book: Book) -> None:
    with suppress(BookError):  # a sheet that cannot be read has no such marks either
        clear_tested(read_data(book))
