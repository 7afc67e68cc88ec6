"""The buttons: one short function each (SPEC 9). They know an xlwings Book and a Client, and nothing of the host.

Each reads everything with a few blocks first, then writes a few. What it has to tell comes back as a sentence; what
went wrong is raised as `Stopped`, a sentence too. Saving the workbook is its user's to do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import xlwings as xw

from addin.api.client import Client, Progress
from addin.api.settings import save_settings
from addin.buttons.download import download_caseload as download_caseload
from addin.buttons.export import export_for_eto as export_for_eto
from addin.buttons.log import show_log
from addin.buttons.paste import paste_data as paste_data
from addin.buttons.remembered import remember_answers
from addin.buttons.remembered import remembered_fixes as remembered_fixes
from addin.buttons.test_rows import settle_test
from addin.buttons.test_rows import test_rows as test_rows
from addin.buttons.transfer import transfer_caseload as transfer_caseload
from addin.buttons.undo import undo_upload as undo_upload
from addin.errors import BookError
from addin.rows import answers as fixing
from addin.rows import own_sheets as sheet
from addin.rows.check import Checked as Checked
from addin.rows.check import check_changed_rows, check_rows, known_rows, show_report
from addin.rows.fixes_made import with_fixed
from addin.rows.hand_over import UPLOAD_ID as UPLOAD_ID
from addin.rows.hand_over import digest_of, in_status_bar
from addin.rows.hand_over import hand_over as hand_over
from addin.rows.picks import read_rows, write_work
from addin.sentences import NO_UPLOAD, as_downloaded, outcome, written_before
from addin.status_bar import busy
from workbook.columns import ACTION, TemplateChoice
from workbook.fix_sheet import Key, read_fixes, read_left_out
from workbook.marks import Flag
from workbook.report import Upload

_SENT = "upload_of"
"""Where `_meta` keeps which rows were sent last, as a digest."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """What Apply Fixes changed, and what is left."""

    made: list[fixing.Change]
    unused: list[str]
    """Answers that no row needed, in words."""
    checked: Checked
    sentence: str


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of an upload. It is None when nothing was sent, `checked` where no rows were looked at."""

    upload: Upload | None
    checked: Checked | None
    sentence: str


def generate_template(book: xw.Book, client: Client, choice: TemplateChoice, path: Path) -> xw.Book:
    """A fresh template, saved at `path` and opened. A file that is there already is left alone: BookError."""
    save_template(client, choice, path)
    return book.app.books.open(str(path))


def save_template(client: Client, choice: TemplateChoice, path: Path) -> None:
    """A fresh template as a file; the ending of its name says which kind."""
    save_new(path, client.template(choice, path.suffix.lower().lstrip(".") or "xlsx"))


def save_new(path: Path, content: bytes) -> None:
    """Writes a file that is not there yet, whole or not at all. Raises BookError."""
    made = False
    try:
        with path.open("xb") as file:
            made = True
            file.write(content)
    except FileExistsError:
        raise BookError(f"There is a file {path} already. Choose another name, or move it away first.") from None
    except OSError as error:
        if made:
            path.unlink(missing_ok=True)
        raise BookError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error


def validate(book: xw.Book, client: Client) -> Checked:
    """Checks the sheet and marks it: painted cells, a status and a message beside each row, and `Fix Errors`."""
    with busy(book, "Checking the rows …"):
        data, picked = read_rows(book)
        checked = check_rows(book, client, data, data.left_out())
        return replace(checked, sentence=checked.sentence + picked)


def next_error(book: xw.Book) -> Flag | None:
    """Selects the next marked cell and says in the status bar what is wrong with it. None when there is none."""
    return _go_to_error(book, forward=True)


def previous_error(book: xw.Book) -> Flag | None:
    return _go_to_error(book, forward=False)


def apply_fixes(book: xw.Book, client: Client) -> Fixed:
    """Puts what the user chose in `Fix Errors` into every row that has the wrong value, and checks again."""
    grid = sheet.read_fix_grid(book)
    fixes = read_fixes(grid)
    answers = {(fix.column, fix.value, fix.code): fix.replacement or "" for fix in fixes}
    remember = [(fix.column, fix.value, fix.code) for fix in fixes if fix.remember]
    return apply_these(book, client, answers, read_left_out(grid), remember)


def apply_these(
    book: xw.Book, client: Client, answers: Mapping[Key, str], leave_out: Collection[Key],
    remember: Collection[Key] = (),
) -> Fixed:
    """As `apply_fixes`, with answers that stand in no sheet: (column, value, code) → what replaces the value.

    `leave_out`: the mistakes whose rows are left out of the upload. `remember`: those whose answers the site is to
    remember. The old values are kept in `Fixes Made`, and beside each row for the log of its upload.
    """
    with busy(book, "Applying the fixes …"):
        data, picked = read_rows(book)
        already = data.left_out()
        report, known = known_rows(book, client, data, already)
        work = fixing.plan(data, report, answers, leave_out)
        if work.made:
            write_work(book, data, work)
            data = sheet.read_data(book)
        changed = {change.row for change in work.made}.union(work.left_out)
        checked = check_changed_rows(book, client, data, [*already, *work.left_out], known, changed)
        told = remember_answers(client, answers, remember, checked.report)
    return Fixed(work.made, work.unused, checked, f"{work.in_words()} {checked.sentence}{told}{picked}")


def submit(
    book: xw.Book, client: Client, progress: Progress | None = None, keep: Callable[[], object] = lambda: None
) -> Submitted:
    """Checks the sheet and, when no error is left, hands it over, waits, and writes the `Log` sheet.

    Pressed again, or after a lost reply, it finds the same upload: nothing is written twice (SPEC 6). `keep` is
    called once before the rows are sent: a host that would forget the workbook saves it there.
    """
    with busy(book, "Checking the rows …"):
        settle_test(book, client)
        data, picked = read_rows(book)
        left_out = data.left_out()
        # Rows that are left out go along, so that the upload's log tells of them; the server never writes them.
        table = data.table() | ({"leave_out": left_out} if left_out else {}) | with_fixed(data)
        this = digest_of(table)
        checked: Checked | None = None
        if sheet.read_meta(book).get(_SENT) != this:  # else checked and sent before, perhaps without hearing back
            checked = check_rows(book, client, data, left_out)
            if checked.errors or not checked.report.counts.rows:
                return Submitted(None, checked, f"Nothing was sent. {checked.sentence}{picked}")
            sheet.write_meta(book, **{_SENT: this})
            keep()
        book.app.status_bar = "Sending the rows …"
        upload, known = hand_over(lambda key: client.submit(table, key), this)
        sheet.write_meta(book, **{UPLOAD_ID: upload.id})
        show = in_status_bar(book, progress)
        upload = client.wait(upload.id, show)
        if upload.state == "needs-fixes":
            return _refused_at_the_write(book, client, data, upload, left_out)
        if upload.state == "complete":
            show_log(book, client, upload)
    beside = as_downloaded(data.untouched) + written_before(data.written) + picked
    return Submitted(upload, checked, outcome(upload, known=known) + beside)


def refresh_status(book: xw.Book, client: Client) -> Submitted:
    """How the workbook's last upload stands; once it is complete, its log is written."""
    upload_id = sheet.read_meta(book).get(UPLOAD_ID)
    if not upload_id:
        return Submitted(None, None, NO_UPLOAD)
    with busy(book, "Asking the server …"):
        upload = client.upload(upload_id)
        if upload.state == "complete":
            show_log(book, client, upload)
    return Submitted(upload, None, outcome(upload))


def log(book: xw.Book, client: Client, upload_id: str | None = None) -> Upload:
    """Shows the log of an upload in the `Log` sheet: the one named, else the workbook's last, else the newest."""
    with busy(book, "Fetching the log …"):
        wanted = upload_id or sheet.read_meta(book).get(UPLOAD_ID) or newest(client).id
        upload = client.upload(wanted)
        show_log(book, client, upload)
    return upload


def settings(folder: Path, url: str, token: str | None) -> str:
    """Keeps the server's address and the token once the server has accepted them. Gives who one is there."""
    with Client(url, token, retries=1) as client:
        client.health()
        me = client.me()
        where = save_settings(folder, client.url, token)
    name = str(me.get("name") or me.get("staff_id") or "")
    site = me.get("site")
    at = f" of {site}" if isinstance(site, str) and site else ""
    kept = f" Your token is kept {where}." if where else ""
    return f"Connected to {client.url} as {name}{at}.{kept}"


def newest(client: Client) -> Upload:
    uploads = client.uploads(limit=1)
    if not uploads:
        raise BookError("There is no upload yet. Submit a sheet first.")
    return uploads[0]


def _refused_at_the_write(
    book: xw.Book, client: Client, data: sheet.DataSheet, upload: Upload, left_out: list[int]
) -> Submitted:
    """Somebody changed the data between the check and the write. The sheet shows what is wrong now, and is where it
    is corrected, so the stopped upload is not kept."""
    report = client.problems(upload.id)
    checked = show_report(book, data, report, left_out)
    upload = client.cancel(upload.id)
    sheet.write_meta(book, **{_SENT: ""})
    return Submitted(upload, checked, f"Nothing was written: the data changed in the meantime. {checked.sentence}")


def _go_to_error(book: xw.Book, *, forward: bool) -> Flag | None:
    data = sheet.read_data(book)
    flags = sheet.read_flags(book, data)
    if not flags:
        book.app.status_bar = "No cell is marked. Press Validate to check the rows."
        return None
    here = _selected(book, data)
    if forward:
        flag = next((flag for flag in flags if (flag.row, flag.column) > here), flags[0])
    else:
        flag = next((flag for flag in reversed(flags) if (flag.row, flag.column) < here), flags[-1])
    data.sheet.activate()
    cell = data.sheet.range((flag.row, flag.column))
    cell.select()
    hidden = f"Row {flag.row} is hidden, by a filter or by hand: show it to correct it. " if cell.rows.hidden else ""
    book.app.status_bar = f"{hidden}Row {flag.row}, {data.headers[flag.column - 1] or ACTION}: {flag.message}"
    return flag


def _selected(book: xw.Book, data: sheet.DataSheet) -> tuple[int, int]:
    """Where the user is in the data sheet; before its first cell when they are elsewhere."""
    selection = book.selection
    if selection is None or selection.sheet != data.sheet:
        return (0, 0)
    return (selection.row, selection.column)
