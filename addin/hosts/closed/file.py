"""Open and save an .xlsx or .xlsm on disk, through openpyxl.

The host of the command line, and of any computer without Excel. What openpyxl cannot keep is never thrown away, nor
what somebody else saved into the file meanwhile: such a file is left as it is, and a copy is written beside it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from zipfile import ZipFile

from openpyxl.utils.cell import column_index_from_string, coordinate_from_string
from openpyxl.worksheet.worksheet import Worksheet

from addin.book import HiddenRow, Value
from addin.errors import BookError, UnmarkableError, no_file
from addin.hosts.closed.columns import note_groups
from addin.hosts.closed.escaped_texts import EscapedTexts
from addin.hosts.closed.listed_sheets import not_packed_as_others, part_of_book, parts_of
from addin.hosts.closed.losses import leave_out
from addin.hosts.closed.meanwhile import claim_copy, digest_of, what_happened
from addin.hosts.closed.merged import check_merged
from addin.hosts.closed.opening import LookedInto, as_book_errors, check_it_opens, content_of, look_into, opened
from addin.hosts.closed.settings import Settings, settings_of
from addin.hosts.closed.sheet import ClosedSheet
from addin.hosts.closed.stored_cells import AsStored
from addin.hosts.closed.stored_values import put_back
from addin.hosts.closed.values import value_of
from workbook.files.excel_file import ExcelRows, read_excel_rows
from workbook.files.formats import is_workbook
from workbook.files.limits import Limits
from workbook.layout import column_letters
from workbook.problems import Refusal
from workbook.sheets.disk_failures import as_os_errors
from workbook.whole_file import file_beside, put_in_place, real_place

_COVERED: Final = "values under merged cells"
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
        self._origin_place = real_place(path)
        """Where a link led at the beginning. Somebody may change it meanwhile."""
        content = content_of(self._origin_place, path.name)
        self._known = {path: hashlib.sha256(content).hexdigest()}
        """A digest of what each file held when it was read, or when its work was saved into it last."""
        known = look_into(self._origin_place, path.name)
        self._must_be_as_known()  # or another file was looked into than was read
        self._losses = known.losses
        self._book = opened(content, self._origin_place, path.name, known)
        self._sheets: dict[int, ClosedSheet] = {}
        self._settings: Settings = {}
        self._covered: list[tuple[int, int]] = []
        """The cells of the leftmost visible sheet that hold something under merged ones."""
        self._read_beside(content, known)

    @property
    def name(self) -> str:
        return self.path.name

    def open_names(self) -> tuple[str, ...]:
        return (self.name,)

    def grids(self) -> list[ClosedSheet]:
        grids = []
        for sheet in self._book.worksheets:
            grids.append(self._sheets.setdefault(id(sheet), ClosedSheet(sheet, AsStored())))
        return grids

    def selection(self) -> tuple[str, int, int] | None:
        sheet = self._book.active
        if not isinstance(sheet, Worksheet) or not sheet.sheet_view.selection:
            return None
        place = str(sheet.sheet_view.selection[0].activeCell or "A1")
        column, row = coordinate_from_string(place)
        return sheet.title, row, column_index_from_string(column)

    def add(self, name: str) -> ClosedSheet:
        taken = next((one for one in self._book.sheetnames if one.casefold() == name.casefold()), None)
        if taken is not None:  # a chart has it, and openpyxl would make up a name
            raise BookError(f"{self.name} has a chart that is called {taken}. Give it another name and try again.")
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

    def _read_beside(self, content: bytes, known: LookedInto) -> None:
        """What openpyxl does not keep of the sheets. Raises UnmarkableError for a damaged file."""
        first = next((sheet for sheet in self._book.worksheets if sheet.sheet_state == "visible"), None)
        with as_book_errors(self.name), ZipFile(io.BytesIO(content)) as package:
            parts = parts_of(package, known.sheets)
            self._settings = settings_of(package, part_of_book(package, known.sheets))
            escaped = EscapedTexts(package)
            for sheet in self._book.worksheets:
                escaped.put_into(sheet, parts[sheet.title])
                stored = AsStored.of(sheet, package, parts[sheet.title])
                reader = self._as_the_server_reads_it if sheet is first else None
                self._sheets[id(sheet)] = ClosedSheet(sheet, stored, reader)
                if sheet is first:
                    self._covered = stored.covered
                if stored.covered and _COVERED not in self._losses:
                    self._losses.append(_COVERED)

    def _as_the_server_reads_it(self, title: str) -> ExcelRows | None:
        """The leftmost visible sheet by the reader that the server has (SPEC 3: one reader, one answer);
        None where it finds no row. Raises BookError where the server would refuse the file, or merged cells keep
        somebody from seeing what it reads."""
        try:
            found = read_excel_rows(self._origin_place, self.name, Limits())
        except Refusal as refusal:
            self._must_be_as_known()
            if refusal.code == "no-rows":
                return None
            raise BookError(refusal.message) from refusal
        except OSError:
            self._must_be_as_known()
            raise
        self._must_be_as_known()
        if found.title != title:
            raise not_packed_as_others(self.name, found.title)
        check_merged(self._book[title], found.rows, self._covered, self.name)
        return found

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
        place = self._place()
        meanwhile = what_happened(self.path, place, self._known.get(self.path))
        reasons += [meanwhile] if meanwhile else []
        if not meanwhile and place.exists() and not os.access(place, os.W_OK):
            reasons.append("may not be written to by you")
        try:
            target = claim_copy(self._origin) if reasons else self.path
        except OSError as error:
            raise _cannot_be_written(self._origin, self._origin, error) from error
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

    def _must_open(self, whole: bytes, why: str) -> None:
        """What openpyxl half knows, it may write so that no program reads it again."""
        try:
            check_it_opens(whole, self.name)
        except UnmarkableError as error:
            raise BookError(
                f"{self.name} {why}, and no copy without it can be made here. It stays as it is: copy its rows into a "
                "new template (caseload template) and go on there, or use the buttons in Excel."
            ) from error

    def close(self) -> None:
        self._book.close()
        if self._book.vba_archive:
            self._book.vba_archive.close()  # openpyxl does not

    def _must_be_as_known(self) -> None:
        if digest_of(self._origin_place) != self._known[self._origin]:
            raise _changes(self._origin)

    def _whole(self) -> bytes:
        """The workbook as the bytes of a file. Raises OSError."""
        stored = {
            f"xl/worksheets/sheet{number}.xml": values
            for number, grid in enumerate(self.grids(), start=1)
            if (values := grid.as_stored())
        }
        # In memory first: a full disk would leave openpyxl's archive half written, and loudly so.
        content = io.BytesIO()
        for sheet in self._book.worksheets:
            note_groups(sheet)
        with as_os_errors():
            self._book.save(content)
        return put_back(content, stored, self._settings) if stored or self._settings else content.getvalue()

    def _place(self) -> Path:
        """Where the file lies that holds the work: a copy is where its name says, whatever stands there by now."""
        return self._origin_place if self.path == self._origin else self.path

    def _write(self, target: Path, whole: bytes) -> None:
        is_same = target == self.path
        place = self._place() if is_same else target
        try:
            beside = file_beside(place)
        except OSError as error:
            raise _cannot_be_written(target, place, error) from error
        try:
            put_in_place(beside, place, whole, place if is_same and place.exists() else self._origin_place)
        except PermissionError as error:
            raise BookError(f"{target.name} is open in another program. Close it there and try again.") from error
        except OSError as error:
            raise _cannot_be_saved(target, error) from error


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


def _cannot_be_written(path: Path, place: Path, error: OSError) -> BookError:
    return BookError(
        f"{path.name} cannot be saved in {place.parent} ({error.strerror}). "
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
