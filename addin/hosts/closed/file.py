"""Open and save an .xlsx or .xlsm on disk, through openpyxl.

The host of the command line, and of any computer without Excel. What openpyxl cannot keep is never thrown away, nor
what somebody else saved into the file meanwhile: such a file is left as it is, and a copy is written beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.worksheet.worksheet import Worksheet

from addin.book import HiddenRow, Value
from addin.errors import BookError, UnmarkableError, no_file
from addin.hosts.closed.bounds import is_outside, too_much
from addin.hosts.closed.losses import leave_out, losses
from addin.hosts.closed.meanwhile import claim_copy, digest_of, what_happened
from addin.hosts.closed.sheet import ClosedSheet, plain_value, value_of
from addin.hosts.closed.stored_values import put_back
from workbook.files.excel_archive import ExcelArchive
from workbook.files.excel_file import ExcelRows, read_excel_rows
from workbook.files.formats import is_workbook
from workbook.files.limits import Limits
from workbook.layout import column_letters
from workbook.problems import Refusal
from workbook.sheets.disk_failures import as_os_errors
from workbook.whole_file import file_beside, put_in_place, real_place

Tell = Callable[[str], None]


class ClosedBook:
    """A Document over openpyxl. `path` moves to the copy when a copy had to be written; `tell` takes that sentence.

    Raises BookError, one plain sentence, for a file that is no workbook or cannot be opened.
    """

    def __init__(self, path: Path, tell: Tell = lambda _: None) -> None:
        if not path.is_file():
            raise no_file(path)
        self.path = path
        self.notes: list[str] = []
        self._tell = tell
        self._origin = path
        before = digest_of(path)
        self._losses = _look_into(path)
        self._content = _content_of(path)
        self._known = {path: hashlib.sha256(self._content).hexdigest()}
        """A digest of what each file held when it was read, or when its work was saved into it last."""
        if before != self._known[path]:  # then another file was looked into than was read
            raise _changes(path)
        self._book = _load(self._content, path, data_only=False)
        if is_outside(self._book):
            why = "it names cells that lie outside of any sheet"
            raise UnmarkableError(Refusal.of("file-unreadable", name=path.name, why=why).message)
        if not self._book.worksheets:
            raise UnmarkableError(_why_without_worksheet(path))
        self._values: openpyxl.Workbook | None = None
        self._sheets: dict[int, ClosedSheet] = {}
        first = next((sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible"), None)
        if first is not None:
            self._sheets[id(first)] = ClosedSheet(first, self.stored, self._as_the_server_reads_it)

    @property
    def name(self) -> str:
        return self.path.name

    def open_names(self) -> tuple[str, ...]:
        return (self.name,)

    def grids(self) -> list[ClosedSheet]:
        grids = []
        for sheet in self._book.worksheets:
            grids.append(self._sheets.setdefault(id(sheet), ClosedSheet(sheet, self.stored)))
        return grids

    def selection(self) -> tuple[str, int, int] | None:
        sheet = self._book.active
        if not isinstance(sheet, Worksheet) or not sheet.sheet_view.selection:
            return None
        place = str(sheet.sheet_view.selection[0].activeCell or "A1")
        column, row = coordinate_from_string(place)
        return sheet.title, row, column_index_from_string(column)

    def add(self, name: str) -> ClosedSheet:
        sheet = self._book.create_sheet(name)
        return next(grid for grid in self.grids() if grid.sheet is sheet)

    def show(self, grid: ClosedSheet, row: int, column: int) -> None:
        self._book.active = self._book.index(grid.sheet)
        for sheet in self._book.worksheets:  # else the sheets of both are grouped, and typing goes into each
            sheet.sheet_view.tabSelected = sheet is grid.sheet
        if row:
            for selection in grid.sheet.sheet_view.selection:
                selection.activeCell = selection.sqref = f"{column_letters(column)}{row}"

    def still(self) -> contextlib.AbstractContextManager[None]:
        return contextlib.nullcontext()

    def stored(self, sheet: str, row: int, column: int) -> Value:
        """The value that the program which saved the file last calculated for a formula, None where it did not."""
        if self._values is None:  # by what was read then: the file may be another one by now
            self._values, self._content = _load(self._content, self._origin, data_only=True), b""
        if sheet not in self._values.sheetnames:
            return None
        cell = self._values[sheet]._cells.get((row, column))
        return None if cell is None else plain_value(cell)

    def _as_the_server_reads_it(self, title: str) -> ExcelRows | None:
        """The leftmost visible sheet by the reader that the server has (SPEC 3: one reader, one answer);
        None where it finds no row, or another sheet. Raises BookError where the server would refuse the file."""
        try:
            found = read_excel_rows(self._origin, self.name, Limits())
        except Refusal as refusal:
            self._must_be_as_known()
            if refusal.code == "no-rows":
                return None
            raise BookError(refusal.message) from refusal
        except OSError:
            self._must_be_as_known()
            raise
        self._must_be_as_known()
        return found if found.title == title else None

    def save(self) -> Path:
        """Saves it, and gives the file that now holds the work: a copy where the original must not be touched, or is
        not as it was any more. Raises BookError."""
        name = self.path.name
        reasons = [f"holds {_listed(self._losses)}, which cannot be written from outside Excel"] if self._losses else []
        if self._losses:
            leave_out(self._book)
        try:
            whole = self._whole()
        except OSError as error:
            raise _cannot_be_saved(self.path, error) from error
        if self._losses:
            self._must_open(whole, reasons[0])
        meanwhile = what_happened(self.path, self._known.get(self.path))
        reasons += [meanwhile] if meanwhile else []
        try:
            target = claim_copy(self._origin) if reasons else self.path
        except OSError as error:
            raise _cannot_be_written(self._origin, error) from error
        try:
            self._write(target, whole)
        except BaseException:
            if reasons:
                target.unlink(missing_ok=True)
            raise
        if reasons:
            so = "what was done here is in" if meanwhile else "go on with"
            self._tell(f"{name} {', and '.join(reasons)}. It stays as it is; {so} the copy beside it, {target.name}.")
        self._known[target] = hashlib.sha256(whole).hexdigest()
        self.path = target
        self._losses = []
        return target

    def _must_open(self, whole: bytes | memoryview, why: str) -> None:
        """What openpyxl half knows, it may write so that no program reads it again."""
        try:
            _load(whole, self.path, data_only=False).close()
        except UnmarkableError as error:
            raise BookError(
                f"{self.name} {why}, and no copy without it can be made here. It stays as it is: copy its rows into a "
                "new template (caseload template) and go on there, or use the buttons in Excel."
            ) from error

    def close(self) -> None:
        self._book.close()
        for book in (self._book, self._values):
            if book is not None and book.vba_archive:
                book.vba_archive.close()  # openpyxl does not
        self._values = None

    def _must_be_as_known(self) -> None:
        if digest_of(self._origin) != self._known[self._origin]:
            raise _changes(self._origin)

    def _whole(self) -> bytes | memoryview:
        """The workbook as the bytes of a file. Raises OSError."""
        stored = {
            f"xl/worksheets/sheet{number}.xml": values
            for number, grid in enumerate(self.grids(), start=1)
            if (values := grid.stored_values())
        }
        # In memory first: a full disk would leave openpyxl's archive half written, and loudly so.
        content = io.BytesIO()
        with as_os_errors():
            self._book.save(content)
        return put_back(content, stored, self._book.epoch) if stored else content.getbuffer()

    def _write(self, target: Path, whole: bytes | memoryview) -> None:
        try:
            beside = file_beside(target)
        except OSError as error:
            raise _cannot_be_written(target, error) from error
        try:
            put_in_place(beside, target, whole, target if target == self.path and target.exists() else self._origin)
        except PermissionError as error:
            raise BookError(f"{target.name} is open in another program. Close it there and try again.") from error
        except OSError as error:
            raise _cannot_be_saved(target, error) from error
        finally:
            beside.unlink(missing_ok=True)


def read_rows(path: Path) -> Iterator[tuple[int, list[Value]]]:
    """The rows of a closed workbook's leftmost visible sheet as the server reads them: row number (a HiddenRow where
    nobody sees it) and cells from A. Raises BookError."""
    try:
        if not is_workbook(path):
            raise Refusal.of("file-type", name=path.name)
        found = read_excel_rows(path, path.name, Limits(), foreign=True)
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    for number, cells in found.rows:
        yield HiddenRow(number) if number in found.hidden else number, [value_of(cell) for cell in cells]


def _look_into(path: Path) -> list[str]:
    """What saving would lose. Raises BookError for a file that is no workbook, or not one to be opened."""
    try:
        if not is_workbook(path):
            raise Refusal.of("file-type", name=path.name)
        with ExcelArchive(path, path.name, Limits()) as archive:
            archive.check_index_parts()
            try:
                why = too_much(archive)
            except Refusal as damaged:
                raise UnmarkableError(damaged.message) from damaged
            if why:
                raise BookError(f"{path.name} is too large. {why}")
        return losses(path)
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    except OSError as error:
        raise _cannot_be_opened(path, error) from error


def _why_without_worksheet(path: Path) -> str:
    try:
        with ExcelArchive(path, path.name, Limits()) as archive:
            archive.leftmost_visible()
    except Refusal:
        return f"{path.name} has no worksheet. Open a workbook that holds your rows."
    return (
        f"{path.name} is saved as a Strict Open XML Spreadsheet, which can be read here but not written. Open it in "
        "Excel and save it as an Excel Workbook (.xlsx)."
    )


def _content_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _cannot_be_opened(path, error) from error


def _load(content: bytes | memoryview, path: Path, *, data_only: bool) -> openpyxl.Workbook:
    """`content`: of the file at `path`. Of the path itself openpyxl would leave a damaged file open, which Windows then
    lets nobody replace."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its warnings are for programmers; `losses` informs the user
            return openpyxl.load_workbook(
                io.BytesIO(content),
                data_only=data_only,
                keep_vba=path.suffix.lower() == ".xlsm",
                rich_text=not data_only,
            )
    except MemoryError:
        why = "it does not fit into this computer's memory"
        raise BookError(Refusal.of("file-too-large", name=path.name, why=why).message) from None
    except Exception as error:  # a damaged package makes openpyxl raise many kinds
        why = "it is damaged or not complete"
        raise UnmarkableError(Refusal.of("file-unreadable", name=path.name, why=why).message) from error


def _cannot_be_opened(path: Path, error: OSError) -> BookError:
    return BookError(f"{path.name} cannot be opened: {error.strerror}. Check that you may read it.")


def _cannot_be_written(path: Path, error: OSError) -> BookError:
    return BookError(
        f"{path.name} cannot be saved in {real_place(path).parent} ({error.strerror}). "
        "Move it to a folder that you may write to, and try again."
    )


def _cannot_be_saved(path: Path, error: OSError) -> BookError:
    return BookError(f"{path.name} cannot be saved: {error.strerror}. Nothing in it was changed.")


def _changes(path: Path) -> BookError:
    return BookError(
        f"{path.name} was changed by another program while it was read. Nothing in it was changed here; try again."
    )


def _listed(what: list[str]) -> str:
    return what[0] if len(what) == 1 else ", ".join(what[:-1]) + " and " + what[-1]
