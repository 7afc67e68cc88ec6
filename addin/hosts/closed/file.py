"""A workbook that no program has open: an .xlsx or .xlsm on disk, through openpyxl.

The host of the command line, and of any computer without Excel. What openpyxl cannot keep is never thrown away:
a file that carries such things is left as it is, and a copy is written beside it.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import openpyxl
import xlwings as xw
from openpyxl.workbook.defined_name import DefinedName

from addin.engine.host import engine_of
from addin.errors import BookError, no_file
from addin.hosts.address import address_of
from addin.hosts.closed.losses import losses
from addin.hosts.closed.sheet import ClosedSheet, plain_value
from addin.hosts.closed.stored_values import put_back
from addin.hosts.document import Block, Value
from workbook.excel_archive import ExcelArchive
from workbook.limits import Limits
from workbook.problems import Refusal

NAME: Final = "openpyxl"
Tell = Callable[[str], None]
_NUMBERS: Final = itertools.count(1)


class ClosedBook:
    """A Document over openpyxl. `path` moves to the copy when a copy had to be written."""

    def __init__(self, path: Path | None, tell: Tell, program: ClosedFiles | None = None) -> None:
        self.path = path
        self._tell = tell
        self._program = program
        self._number = next(_NUMBERS)
        self._selected: tuple[ClosedSheet, Block] | None = None
        self._losses: list[str] = []
        self._values: openpyxl.Workbook | None = None
        self._origin = path
        if path is None:
            self._book = openpyxl.Workbook()
        else:
            self._losses = _look_into(path)
            self._book = _load(path, data_only=False)
            if not self._book.worksheets:
                raise BookError(f"{path.name} has no worksheet. Open a workbook that holds your rows.")
        self._sheets: dict[int, ClosedSheet] = {}

    @property
    def name(self) -> str:
        return self.path.name if self.path else f"Book{self._number}"

    def grids(self) -> list[ClosedSheet]:
        grids = []
        for sheet in self._book.worksheets:
            grids.append(self._sheets.setdefault(id(sheet), ClosedSheet(sheet, self.stored)))
        return grids

    def find(self, name: str) -> ClosedSheet | None:
        return next((grid for grid in self.grids() if grid.name.casefold() == name.casefold()), None)

    def active(self) -> ClosedSheet:
        active = self._book.active
        return next((grid for grid in self.grids() if grid.sheet is active), self.grids()[0])

    def activate(self, grid: ClosedSheet) -> None:
        self._book.active = self._book.index(grid.sheet)
        for sheet in self._book.worksheets:  # else the sheets of both are grouped, and typing goes into each
            sheet.sheet_view.tabSelected = sheet is grid.sheet

    def selection(self) -> tuple[ClosedSheet, Block] | None:
        return self._selected

    def select(self, grid: ClosedSheet, block: Block) -> None:
        for selection in grid.sheet.sheet_view.selection:
            selection.activeCell = address_of(Block(block.row, block.column, 1, 1), False, False)
            selection.sqref = address_of(block, False, False)
        self._selected = grid, block

    def add(self, name: str | None, index: int) -> ClosedSheet:
        grids = self.grids()
        place = self._book.index(grids[index].sheet) if index < len(grids) else None  # chart sheets count here
        sheet = self._book.create_sheet(name, place)
        return next(grid for grid in self.grids() if grid.sheet is sheet)

    def delete(self, grid: ClosedSheet) -> None:
        self._book.remove(grid.sheet)

    def names(self) -> dict[str, str]:
        return {name: defined.attr_text for name, defined in self._book.defined_names.items()}

    def set_name(self, name: str, refers_to: str) -> None:
        self._book.defined_names[name] = DefinedName(name, attr_text=refers_to)

    def delete_name(self, name: str) -> None:
        del self._book.defined_names[name]

    def stored(self, sheet: str, row: int, column: int) -> Value:
        """The value that the program which saved the file last calculated for a formula, None where it did not."""
        if self._origin is None:
            return None
        if self._values is None:
            self._values = _load(self._origin, data_only=True)
        if sheet not in self._values.sheetnames:
            return None
        cell = self._values[sheet]._cells.get((row, column))
        return None if cell is None else plain_value(cell)

    def save(self, path: Path | None) -> None:
        target = path or self.path
        if target is None:
            raise BookError("This workbook has no name yet. Save it under one.")
        if path is None and self._losses:
            target = _free_name(target)
            self._tell(
                f"{self.path.name if self.path else target.name} holds {_listed(self._losses)}, which cannot be "
                f"written from outside Excel. It stays as it is; go on with the copy beside it, {target.name}."
            )
        self._write(target)
        self.path = target
        self._losses = []

    def close(self) -> None:
        self._book.close()
        self._values = None
        if self._program is not None:
            self._program.forget(self)

    def bring_forward(self) -> None:
        if self._program is not None:
            self._program.forget(self)
            self._program.take(self)

    def calculate(self) -> None:
        return None  # whoever opens the file calculates it

    def _write(self, target: Path) -> None:
        stored = {
            f"xl/worksheets/sheet{number}.xml": values
            for number, grid in enumerate(self.grids(), start=1)
            if (values := grid.stored_values())
        }
        try:
            handle, name = tempfile.mkstemp(prefix=".~", suffix=target.suffix, dir=target.parent)
        except OSError as error:
            raise BookError(
                f"{target.name} cannot be saved in {target.parent} ({error.strerror}). "
                "Move it to a folder that you may write to, and try again."
            ) from error
        os.close(handle)
        beside = Path(name)
        try:
            # In memory first: a full disk would leave openpyxl's archive half written, and loudly so.
            content = io.BytesIO()
            self._book.save(content)
            beside.write_bytes(put_back(content, stored, self._book.epoch) if stored else content.getbuffer())
            with contextlib.suppress(OSError):
                beside.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
            beside.replace(target)
        except PermissionError as error:
            raise BookError(f"{target.name} is open in another program. Close it there and try again.") from error
        except OSError as error:
            raise BookError(f"{target.name} cannot be saved: {error.strerror}. Nothing in it was changed.") from error
        finally:
            beside.unlink(missing_ok=True)


class ClosedFiles:
    """The Program of closed files: nobody's window, so its sentences go to whoever listens."""

    name = NAME

    def __init__(self, tell: Tell, show_status: Tell) -> None:
        self.tell = tell
        self.show_status = show_status
        self._documents: list[ClosedBook] = []

    def documents(self) -> list[ClosedBook]:
        return list(self._documents)

    def open(self, path: Path) -> ClosedBook:
        return self.take(ClosedBook(path, self.tell, self))

    def new(self) -> ClosedBook:
        return self.take(ClosedBook(None, self.tell, self))

    def take(self, document: ClosedBook) -> ClosedBook:
        """Puts a workbook in front."""
        self._documents.insert(0, document)
        return document

    def forget(self, document: ClosedBook) -> None:
        if document in self._documents:
            self._documents.remove(document)

    def alert(self, prompt: str, title: str, buttons: str, mode: str | None) -> str:
        self.tell(prompt)
        return "ok"

    def update_screen(self, on: bool) -> None:
        return None


def closed_file_engine(tell: Tell = lambda _: None, show_status: Tell = lambda _: None) -> xw.Engine:
    """Registers the engine named `openpyxl` and makes it the active one.

    `tell` takes the sentence of every alert, `show_status` the text of the status bar.
    """
    return engine_of(ClosedFiles(tell, show_status))


def open_closed(path: Path, engine: xw.Engine) -> xw.Book:
    """Opens a workbook in `engine`. Raises BookError with one plain sentence."""
    app = engine.apps.active or engine.apps.add(add_book=False)
    if not path.is_file():
        raise no_file(path)
    return app.books.open(str(path))


def _look_into(path: Path) -> list[str]:
    """What saving would lose. Raises BookError for a file that is no workbook, or not one to be opened."""
    try:
        if path.suffix.lower() not in (".xlsx", ".xlsm"):
            raise Refusal.of("file-type", name=path.name)
        with ExcelArchive(path, path.name, Limits()) as archive:
            archive.check_index_parts()
        return losses(path)
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    except OSError as error:
        raise BookError(f"{path.name} cannot be opened: {error.strerror}. Check that you may read it.") from error


def _load(path: Path, *, data_only: bool) -> openpyxl.Workbook:
    try:
        # Opened here, for openpyxl leaves a damaged file open, which Windows then lets nobody replace.
        with path.open("rb") as stream:
            return openpyxl.load_workbook(
                stream, data_only=data_only, keep_vba=path.suffix.lower() == ".xlsm", rich_text=not data_only
            )
    except MemoryError:
        why = "it does not fit into this computer's memory"
        raise BookError(Refusal.of("file-too-large", name=path.name, why=why).message) from None
    except Exception as error:  # whatever a damaged package makes openpyxl raise
        why = "it is damaged or not complete"
        raise BookError(Refusal.of("file-unreadable", name=path.name, why=why).message) from error


def _free_name(path: Path) -> Path:
    """`name – checked.xlsx` beside `path`, with a number where that is taken: a copy may hold work already."""
    stem = f"{path.stem} – checked"
    candidate = path.with_name(f"{stem}{path.suffix}")
    number = 2
    while candidate.exists():
        candidate = path.with_name(f"{stem} {number}{path.suffix}")
        number += 1
    return candidate


def _listed(what: list[str]) -> str:
    return what[0] if len(what) == 1 else ", ".join(what[:-1]) + " and " + what[-1]
