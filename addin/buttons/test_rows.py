"""Test Rows: the first rows are really written and shown, and then kept or taken back, as the user says (SPEC 6, 9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final

import xlwings as xw

from addin.api.client import RUNNING, Client, Progress
from addin.buttons.log import show_log
from addin.cli.tables import rows_named
from addin.errors import BookError
from addin.rows import own_sheets as sheet
from addin.rows.check import Checked, check_rows
from addin.rows.fixes_made import with_fixed
from addin.rows.hand_over import UPLOAD_ID, digest_of, hand_over, in_status_bar
from addin.rows.origin import digest_of_row
from addin.rows.picks import read_rows
from addin.rows.written import Written
from addin.sentences import counted, outcome
from addin.status_bar import busy
from workbook import layout
from workbook.marks import WRITTEN
from workbook.report import LogRow, Upload

USUAL_ROWS: Final = 2
TEST_ID: Final = "test_id"
"""Where `_meta` keeps the workbook's test until it is decided."""
_TEST_OF: Final = "test_of"
"""Where `_meta` keeps which rows the test is of, as a digest."""
_TESTED: Final = "tested_rows"
"""What each of these rows said, as digests: it finds them again wherever sorting has taken them."""
_UNDECIDED: Final = (
    "The first rows are written as a test that waits for your word. Press Test Rows to keep them or take them back, "
    "then submit. Nothing was sent."
)
_LOST: Final = (
    "The rows that the test wrote have been changed in the sheet since, so they will be checked as new rows."
)


@dataclass(frozen=True, slots=True)
class Tested:
    """What became of a test. `upload` is None when nothing was sent, `checked` where no rows were looked at."""

    upload: Upload | None
    checked: Checked | None
    sentence: str


def test_rows(
    book: xw.Book, client: Client, confirm: Callable[[str], bool], rows: int = USUAL_ROWS,
    progress: Progress | None = None, keep: Callable[[], object] = lambda: None,
) -> Tested:
    """Checks the sheet, writes its first rows as a test, shows them in the `Log` sheet and asks whether they stay.

    `confirm` is asked whether to keep them; anything else takes them back. Rows that are kept are marked as written
    and not sent again. A test that was not decided on, because Excel was closed or the reply was lost, is taken up
    where it was. `keep` is called once before the rows are sent, as for Submit.
    """
    with busy(book, "Checking the rows …"):
        checked: Checked | None = None
        upload = _waiting(book, client)
        if upload is None:
            upload, checked, refused = _send(book, client, rows, progress, keep)
            if upload is None:
                return Tested(None, checked, refused)
        if upload.state in RUNNING:
            upload = client.wait(upload.id, in_status_bar(book, progress))
        if upload.state == "needs-fixes":
            return _refused_at_the_write(book, client, upload)
        if upload.state != "complete":
            return Tested(upload, checked, outcome(upload))
        log = show_log(book, client, upload)
    if _is_kept(upload):  # the reply to that was lost, or it was kept elsewhere
        return Tested(upload, checked, _mark_written(book, upload))
    if confirm(_question(log)):
        with busy(book, "Keeping the rows …"):
            upload = client.keep(upload.id)
            return Tested(upload, checked, _mark_written(book, upload))
    with busy(book, "Taking the rows back …"):
        upload = client.roll_back(upload.id)
        show_log(book, client, upload)
        _forget(book)
    return Tested(upload, checked, f"The test was taken back. {upload.reason or ''}".rstrip())


def settle_test(book: xw.Book, client: Client) -> None:
    """Before rows are sent: a test that was decided elsewhere is decided here too, so that none goes out twice.

    Raises BookError when the user has still to say whether its rows stay.
    """
    upload = _waiting(book, client)
    if upload is None:
        return
    if not _is_kept(upload):
        raise BookError(_UNDECIDED)
    _mark_written(book, upload)


def _is_kept(upload: Upload) -> bool:
    return upload.test is not None and upload.test.kept is True


def _waiting(book: xw.Book, client: Client) -> Upload | None:
    """The workbook's test, as long as this workbook does not know what was decided on it."""
    known = sheet.read_meta(book).get(TEST_ID)
    if not known:
        return None
    upload = client.upload(known)
    if upload.state == "complete" or upload.state in RUNNING:
        return upload
    _forget(book)  # it was rolled back elsewhere, or never came to be written
    return None


def _send(
    book: xw.Book, client: Client, rows: int, progress: Progress | None, keep: Callable[[], object]
) -> tuple[Upload | None, Checked | None, str]:
    """The test, sent; or None and why nothing was."""
    data, _picked = read_rows(book)
    left_out = data.left_out()
    first = [row for row in data.rows if row not in frozenset(left_out)][:rows]
    table = data.table(without=set(data.rows).difference(first)) | with_fixed(data, first)
    this = digest_of(table)
    checked: Checked | None = None
    if sheet.read_meta(book).get(_TEST_OF) != this:  # else they were sent before, perhaps without hearing back
        checked = check_rows(book, client, data, left_out)
        if not first:
            return None, checked, f"Nothing was tested. {checked.sentence}"
        if wrong := _wrong(checked, first):
            are = "row has an error" if len(wrong) == 1 else "rows have errors"
            which = f"Nothing was tested, because the first {are} ({rows_named(wrong)})."
            return None, checked, f"{which} {checked.sentence}"
        tested = " ".join(digest_of_row(data.texts(row)) for row in first)
        sheet.write_meta(book, **{_TEST_OF: this, _TESTED: tested})
        keep()
    book.app.status_bar = "Sending the rows …"
    upload, _known = hand_over(lambda key: client.submit(table, key, test_rows=len(first)), f"test-{this}")
    sheet.write_meta(book, **{UPLOAD_ID: upload.id, TEST_ID: upload.id})
    return upload, checked, ""


def _wrong(checked: Checked, first: Collection[int]) -> list[int]:
    """Those of the first rows that have errors."""
    return sorted({one.row for one in checked.report.problems if one.severity == "error" and one.row in first})


def _refused_at_the_write(book: xw.Book, client: Client, upload: Upload) -> Tested:
    """Somebody changed the data between the check and the write. The sheet is where it is corrected."""
    upload = client.cancel(upload.id)
    _forget(book)
    data = sheet.read_data(book)
    checked = check_rows(book, client, data, data.left_out())
    return Tested(upload, checked, f"Nothing was written: the data changed in the meantime. {checked.sentence}")


def _question(log: Sequence[LogRow]) -> str:
    done = Counter(row.result for row in log if row.record_id is not None)
    what = [f"{counted(done[result], 'assignment')} {result}" for result in ("begun", "ended") if done[result]]
    numbers = [row.row for row in log if row.result != "left out"]
    were = "Row {} was" if len(numbers) == 1 else "Rows {} were"
    return (
        f"{were.format(rows_named(numbers))} written as a test: {' and '.join(what) or 'nothing had to be changed'}. "
        "The sheet Log shows it.\n\nKeep what was written? If not, it is taken back."
    )


def _mark_written(book: xw.Book, upload: Upload) -> str:
    """Marks the rows of a test that is kept, and says so."""
    data = sheet.read_data(book)
    own = layout.own_columns(data.headers)
    left = set(sheet.read_meta(book).get(_TESTED, "").split())
    marked: list[int] = []
    changes: dict[tuple[int, int], sheet.Wire] = {}
    for row in data.rows:
        if not left:
            break
        digest = digest_of_row(data.texts(row))
        if digest in left:
            left.remove(digest)
            marked.append(row)
            changes[row, own.origin] = Written(upload.id, digest).text()
            changes |= {(row, own.status): WRITTEN, (row, own.message): None, (row, own.pointer): None}
    sheet.write_cells(data, dict(changes))
    _forget(book)
    rest = "Press Submit for the others." if len(marked) < len(data.rows) else "There is nothing left to submit."
    written = f"The test is kept: {counted(upload.accepted, 'row')} written"
    if left:
        return f"{written}. {_LOST}"
    return f"{written}, and not sent again. {rest}"


def _forget(book: xw.Book) -> None:
    sheet.write_meta(book, **{TEST_ID: "", _TEST_OF: "", _TESTED: ""})
