"""The buttons: one short function each (SPEC 9). They know an xlwings Book and a Client, and nothing of the host.

Each reads everything with a few blocks first, then writes a few. What it has to tell comes back as a sentence; what
went wrong is raised as `Stopped`, a sentence too. Saving the workbook is its user's to do.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import xlwings as xw

from addin import fixing, sheet
from addin.client import Client, Progress
from addin.sentences import NO_UPLOAD, judged, outcome
from addin.settings import save_settings
from addin.stopped import BookError, ClientError
from workbook.columns import ACTION, TemplateChoice
from workbook.fix_sheet import Key, lay_out_fixes, read_choices, read_fixes, read_left_out
from workbook.marks import Flag, lay_out_marks
from workbook.report import Counts, FixesIn, Preview, Report, Upload

UPLOAD_ID = "upload_id"
"""Where `_meta` keeps the workbook's last upload."""
_SENT = "upload_of"
"""Where `_meta` keeps which rows were sent last, as a digest."""
_NAMED = "upload_names_left_out"
"""Whether the rows that are left out were sent with them, to be held back by name: `yes` or `no`."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What Validate found, in the rows that are not left out."""

    report: Report
    left_out: list[int]
    sentence: str
    notes: list[str] = field(default_factory=list)
    """What is to be said of the sheet as a whole, such as a header that nobody knows."""

    @property
    def errors(self) -> int:
        return self.report.counts.errors


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
    content = client.template(choice, path.suffix.lower().lstrip(".") or "xlsx")
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise BookError(f"There is a file {path} already. Choose another name, or move it away first.") from None
    except OSError as error:
        raise BookError(f"{path} cannot be written: {error.strerror}. Choose another folder.") from error


def validate(book: xw.Book, client: Client) -> Checked:
    """Checks the sheet and marks it: painted cells, a status and a message beside each row, and `Fix Errors`."""
    with _busy(book, "Checking the rows …"):
        data = sheet.read_data(book)
        return _check(book, client, data, data.left_out())


def next_error(book: xw.Book) -> Flag | None:
    """Selects the next marked cell and says in the status bar what is wrong with it. None when there is none."""
    return _go_to_error(book, forward=True)


def previous_error(book: xw.Book) -> Flag | None:
    return _go_to_error(book, forward=False)


def apply_fixes(book: xw.Book, client: Client) -> Fixed:
    """Puts what the user chose in `Fix Errors` into every row that has the wrong value, and checks again."""
    grid = sheet.read_fix_grid(book)
    answers = {(fix.column, fix.value, fix.code): fix.replacement or "" for fix in read_fixes(grid)}
    return apply_these(book, client, answers, read_left_out(grid))


def apply_these(
    book: xw.Book, client: Client, answers: Mapping[Key, str], leave_out: Collection[Key]
) -> Fixed:
    """As `apply_fixes`, with answers that stand in no sheet: (column, value, code) → what replaces the value.

    `leave_out`: the mistakes whose rows are left out of the upload. The old values are kept in `Fixes Made`.
    """
    with _busy(book, "Applying the fixes …"):
        data = sheet.read_data(book)
        already = data.left_out()
        report = client.validate(data.table(without=already))
        work = fixing.plan(data, report, answers, leave_out)
        sheet.write_cells(data, work.cells)
        sheet.add_fixes_made(book, [change.line() for change in work.made])
        data = sheet.read_data(book)
        checked = _check(book, client, data, [*already, *work.left_out])
    return Fixed(work.made, work.unused, checked, f"{work.in_words()} {checked.sentence}")


def submit(
    book: xw.Book, client: Client, progress: Progress | None = None, keep: Callable[[], object] = lambda: None
) -> Submitted:
    """Checks the sheet and, when no error is left, hands it over, waits, and writes the `Log` sheet.

    Pressed again, or after a lost reply, it finds the same upload: nothing is written twice (SPEC 6). `keep` is
    called once before the rows are sent: a host that would forget the workbook saves it there.
    """
    with _busy(book, "Checking the rows …"):
        data = sheet.read_data(book)
        left_out = data.left_out()
        this = _digest({"table": data.table(), "left_out": left_out})
        checked: Checked | None = None
        meta = sheet.read_meta(book)
        if meta.get(_SENT) != this:  # else these rows were checked and sent before, perhaps without hearing back
            checked = _check(book, client, data, left_out)
            if checked.errors or not checked.report.counts.rows:
                return Submitted(None, checked, f"Nothing was sent. {checked.sentence}")
            named = _rows_to_name(client, data, left_out)
            meta = {_SENT: this, _NAMED: "yes" if named else "no"}
            sheet.write_meta(book, **meta)
            keep()
        named = left_out if meta.get(_NAMED) == "yes" else []
        table = data.table(without=set(left_out) - set(named))
        book.app.status_bar = "Sending the rows …"
        upload, known = hand_over(lambda key: client.submit(table, key), _digest(table))
        sheet.write_meta(book, **{UPLOAD_ID: upload.id})
        show = _in_status_bar(book, progress)
        upload = client.wait(upload.id, show)
        if upload.state == "needs-fixes" and named:
            upload = _leave_out(client, upload, named, show)
        if upload.state == "needs-fixes":
            return _refused_at_the_write(book, client, data, upload, left_out)
        if upload.state == "complete":
            sheet.write_log(book, upload, client.log(upload.id))
    return Submitted(upload, checked, outcome(upload, known=known))


def refresh_status(book: xw.Book, client: Client) -> Submitted:
    """How the workbook's last upload stands; once it is complete, its log is written."""
    upload_id = sheet.read_meta(book).get(UPLOAD_ID)
    if not upload_id:
        return Submitted(None, None, NO_UPLOAD)
    with _busy(book, "Asking the server …"):
        upload = client.upload(upload_id)
        if upload.state == "complete":
            sheet.write_log(book, upload, client.log(upload.id))
    return Submitted(upload, None, outcome(upload))


def log(book: xw.Book, client: Client, upload_id: str | None = None) -> Upload:
    """Shows the log of an upload in the `Log` sheet: the one named, else the workbook's last, else the newest."""
    with _busy(book, "Fetching the log …"):
        wanted = upload_id or sheet.read_meta(book).get(UPLOAD_ID) or newest(client).id
        upload = client.upload(wanted)
        sheet.write_log(book, upload, client.log(wanted))
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


def hand_over(send: Callable[[str], Upload], digest: str) -> tuple[Upload, bool]:
    """Sends under a key that follows from the content, so that the same rows are the same upload (SPEC 6).

    An upload of these rows that ended without writing does not stand in the way: the next attempt has the next key.
    Gives the upload, and whether it had been there before, complete.
    """
    attempt = 1
    while True:
        upload = send(f"{digest}-{attempt}")
        if upload.state not in ("cancelled", "failed", "undone"):
            return upload, upload.state == "complete"
        attempt += 1


def newest(client: Client) -> Upload:
    uploads = client.uploads(limit=1)
    if not uploads:
        raise BookError("There is no upload yet. Submit a sheet first.")
    return uploads[0]


def _check(book: xw.Book, client: Client, data: sheet.DataSheet, left_out: Collection[int]) -> Checked:
    """Validates the rows that are not left out, and writes the marks."""
    skipped = sorted(set(left_out) & set(data.rows))
    if skipped and len(skipped) == len(data.rows):
        report = _nothing_checked()
    else:
        report = client.validate(data.table(without=skipped))
    return _show(book, data, report, skipped)


def _show(book: xw.Book, data: sheet.DataSheet, report: Report, left_out: list[int]) -> Checked:
    marks = lay_out_marks(
        report, data.headers, list(data.rows), last_row=data.last_row, left_out=left_out,
        first_row=data.header_row + 1,
    )
    sheet.write_marks(book, data, marks)
    sheet.write_fix_sheet(book, lay_out_fixes(report, read_choices(sheet.read_fix_grid(book))))
    return Checked(report, left_out, judged(report, left_out), marks.notes)


def _rows_to_name(client: Client, data: sheet.DataSheet, left_out: list[int]) -> list[int]:
    """The left-out rows that the upload itself shall list as left out.

    They are sent along, and held back by name once the server has stopped at their errors. A row that is left out
    though nothing is wrong with it would not stop anything, so then none of them is sent at all.
    """
    if not left_out:
        return []
    report = client.validate(data.table())
    wrong = {problem.row for problem in report.problems if problem.severity == "error"}
    return left_out if wrong.issuperset(left_out) else []


def _leave_out(client: Client, upload: Upload, rows: list[int], progress: Progress) -> Upload:
    """Leaves rows out of an upload that stopped at them, and lets it go on; as it stands if that is not enough."""
    client.put_fixes(upload.id, FixesIn(leave_out=rows))
    try:
        client.go_on(upload.id)
    except ClientError as error:
        if error.status != 409:
            raise
    return client.wait(upload.id, progress)


def _refused_at_the_write(
    book: xw.Book, client: Client, data: sheet.DataSheet, upload: Upload, left_out: list[int]
) -> Submitted:
    """Somebody changed the data between the check and the write. The sheet shows what is wrong now, and is where it
    is corrected, so the stopped upload is not kept."""
    report = client.problems(upload.id)
    checked = _show(book, data, report, left_out)
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
    data.sheet.range((flag.row, flag.column)).select()
    book.app.status_bar = f"Row {flag.row}, {data.headers[flag.column - 1] or ACTION}: {flag.message}"
    return flag


def _selected(book: xw.Book, data: sheet.DataSheet) -> tuple[int, int]:
    """Where the user is in the data sheet; before its first cell when they are elsewhere."""
    selection = book.selection
    if selection is None or selection.sheet != data.sheet:
        return (0, 0)
    return (selection.row, selection.column)


def _nothing_checked() -> Report:
    """The report on a sheet of which every row is left out: the server would say that there is no row."""
    return Report(
        counts=Counts(rows=0, valid=0, errors=0, warnings=0), problems=[], fixes=[],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )


def _digest(content: Mapping[str, object]) -> str:
    """What an upload is: its header, rows and their numbers, whatever the file is called."""
    table = content.get("table", content)
    assert isinstance(table, Mapping)
    rows = [table["header"], table["rows"], table["row_numbers"], content.get("left_out")]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()[:40]


def _in_status_bar(book: xw.Book, progress: Progress | None) -> Progress:
    def show(upload: Upload) -> None:
        done = f" {upload.progress.done} of {upload.progress.total} rows" if upload.progress.total else ""
        book.app.status_bar = f"Upload {upload.state}{done} …"
        if progress is not None:
            progress(upload)

    return show


@contextmanager
def _busy(book: xw.Book, what: str) -> Iterator[None]:
    """Shows what is going on in the status bar, and gives the bar back whatever happens."""
    book.app.status_bar = what
    try:
        yield
    finally:
        book.app.status_bar = False
