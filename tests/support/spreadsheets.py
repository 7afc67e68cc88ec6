"""The spreadsheets that the hosts' tests run in: one line of HOSTS each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import pytest

from addin.book import DATA, HIDDEN, Book, Cells, Value
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import CalcWindow
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import take_picture
from addin.hosts.document import Block, Document

AnyDocument = Document[Any]


CLOSED, CALC = "closed file", "Calc"


class Host(Protocol):
    """A spreadsheet program, and what its user does in it besides pressing our buttons."""

    name: str

    def open(self, path: Path) -> AnyDocument: ...
    def save(self, document: AnyDocument) -> None:
        """Into the file that it was opened from."""

    def close(self) -> None:
        """Closes every workbook, saved or not."""


class ClosedHost:
    name = CLOSED

    def __init__(self) -> None:
        self._opened: list[ClosedBook] = []

    def open(self, path: Path) -> AnyDocument:
        self._opened.append(ClosedBook(path))
        return self._opened[-1]

    def save(self, document: AnyDocument) -> None:
        assert isinstance(document, ClosedBook)
        document.save()

    def close(self) -> None:
        for book in self._opened:
            book.close()


class CalcHost:
    name = CALC

    def __init__(self, office: Office) -> None:
        self.window = CalcWindow(office.context)
        self._context = office.context

    def open(self, path: Path) -> AnyDocument:
        return self.window.open_book(path)

    def opened(self, path: Path, *, hidden: bool = False) -> CalcWindow:
        """The window of a workbook that is opened, which is the one that is pressed in, in front or not. One that is
        `hidden` is never drawn, which is half of what it takes to open it."""
        model = self.window.open_book(path, hidden=hidden).model
        return CalcWindow(self._context, model.getCurrentController().getFrame())

    def save(self, document: AnyDocument) -> None:
        assert isinstance(document, CalcBook)
        document.model.store()

    def close(self) -> None:
        components = self.window.desktop.getComponents().createEnumeration()
        while components.hasMoreElements():
            components.nextElement().close(True)


HOSTS: dict[str, Callable[[pytest.FixtureRequest], Host]] = {
    CLOSED: lambda request: ClosedHost(),
    CALC: lambda request: CalcHost(request.getfixturevalue("office")),
}
"""Name → how it is made. Whatever stands here goes through the whole suite."""


def grid(document: AnyDocument, sheet: str = "") -> Any:
    """A worksheet by its name, or the leftmost."""
    return next(one for one in document.grids() if one.name == sheet or not sheet)


def read(document: AnyDocument, block: Block, sheet: str = "") -> Cells:
    return grid(document, sheet).read(block)  # type: ignore[no-any-return]


def write(document: AnyDocument, row: int, column: int, cells: list[list[Value]], form: str | None = None) -> None:
    """Writes into the leftmost sheet."""
    grid(document).write(Block(row, column, len(cells), len(cells[0])), cells, form)


def pictured(document: AnyDocument, *sheets: str) -> Book:
    """The workbook as a button has it that reads its data and these sheets."""
    return Book(take_picture(document, (DATA, HIDDEN, *sheets)))
