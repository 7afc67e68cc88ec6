"""One workbook that is open in Excel: its sheets, its selection and its file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from addin.errors import BookError
from addin.hosts.document import Block
from addin.hosts.excel.filters import Lifted, lift
from addin.hosts.excel.refusal import call
from addin.hosts.excel.sheet import ExcelSheet, address


class ExcelBook:
    """A Document, for one step of a press. `book`: the library's own."""

    def __init__(self, book: Any, *, on_mac: bool) -> None:
        self.book = book
        self.name = str(call(lambda: book.name))
        self.notes: list[str] = []
        self._on_mac = on_mac
        # What the library's own road for values ends with; the rest of it asks Excel where each corner is.
        self._prepare = book.app.engine.impl.prepare_xl_data_element
        self._grids: list[ExcelSheet] = []
        self._lifted: dict[str, Lifted] = {}
        self._front: Any = None
        """The sheet that goes back to the front when all is written, for an added one has taken its place."""

    @property
    def path(self) -> Path | None:
        alerts = call(lambda: self.book.app.display_alerts)
        try:
            path = Path(self.book.fullname)
            return path if path.is_absolute() and path.parent.is_dir() else None
        except Exception:  # a workbook in the cloud, which raises one thing or another (EXCEL-TRUTH 14)
            return None
        finally:
            with suppress(Exception):  # on a Mac they stay switched off then
                self.book.app.display_alerts = alerts

    def open_names(self) -> tuple[str, ...]:
        return tuple(call(lambda: [str(book.name) for book in self.book.app.books]))

    def grids(self) -> list[ExcelSheet]:
        """The sheets as they were at the first read. So a write goes into the sheet that was read, and fails where that
        was deleted."""
        if not self._grids:
            found = call(lambda: [(str(sheet.name), sheet.visible, sheet) for sheet in self.book.sheets])
            self._grids = [self._grid(name, visible, sheet) for name, visible, sheet in found]
        return list(self._grids)

    def selection(self) -> tuple[str, int, int] | None:
        if call(lambda: self.book.app.books.active.name) != self.name:
            return None
        selected = call(lambda: self.book.app.impl.selection)  # its public sister asks twice
        if selected is None:
            return None
        return call(lambda: (str(selected.sheet.name), int(selected.row), int(selected.column)))

    def add(self, name: str) -> ExcelSheet:
        if self._front is None:
            self._front = call(lambda: self.book.sheets.active)
        last = self._last()
        sheet = call(lambda: self.book.sheets.add(after=last.sheet))
        try:
            call(lambda: setattr(sheet, "name", name))
        except BookError as refused:  # a chart that is a sheet has it, which is in no list of these
            with suppress(Exception):
                sheet.delete()
            raise BookError(f"{self.name} takes no sheet that is called {name}. {refused.sentence}") from refused
        grid = self._grid(name, True, sheet)
        grid.is_new()
        self._grids.insert(self._grids.index(last) + 1, grid)
        return grid

    def show(self, grid: ExcelSheet, row: int, column: int) -> None:
        self._front = None
        call(grid.sheet.impl.activate)  # and no more: its public sister also moves windows
        if row:
            place = address(Block(row, column, 1, 1)).partition(":")[0]
            call(lambda: grid.sheet.range(place).select())

    @contextmanager
    def still(self) -> Iterator[None]:
        self._update_screen(False)
        try:
            yield
        finally:
            try:
                for lifted in self._lifted.values():
                    if note := lifted.put_back():
                        self.notes.append(note)
            finally:
                self._lifted.clear()
                for grid in self._grids:
                    grid.forget_shown()
                if self._front is not None:
                    with suppress(BookError):  # the user stands on a sheet of ours then, and no more
                        call(self._front.impl.activate)
                    self._front = None
                self._update_screen(True)

    def _last(self) -> ExcelSheet:
        """After which a new sheet goes: the last one that is seen. The library would move a last one that is hidden
        (EXCEL-TRUTH 11)."""
        return [grid for grid in self.grids() if grid.visible][-1]

    def _grid(self, name: str, visible: object, sheet: Any) -> ExcelSheet:
        # On a Mac, the sheets of a list are its places, and a place holds another sheet once one is moved.
        own = self.book.sheets[name] if self._on_mac else sheet
        return ExcelSheet(own, name, visible, on_mac=self._on_mac, lift=self._lift, prepare=self._prepare)

    def _lift(self, grid: ExcelSheet) -> None:
        if grid.name not in self._lifted:
            self._lifted[grid.name] = lift(grid.sheet, on_mac=self._on_mac)

    def _update_screen(self, value: bool) -> None:
        with suppress(Exception):  # it flickers then, and no more
            self.book.app.screen_updating = value
