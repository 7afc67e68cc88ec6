"""A closed workbook, and the buttons pressed on it as the command line presses them."""

from __future__ import annotations

import io
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from rich.console import Console

from addin.api.client import Client
from addin.book import DATA, HIDDEN, Book, Cells, Value
from addin.buttons.fix import FixOutcome, apply_these
from addin.buttons.registry import APPLY_FIXES, Handler
from addin.buttons.submit import AGREED
from addin.cli.open_file import OpenFile
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import take_picture
from addin.hosts.document import Block
from addin.outcome import YES, Answers, Outcome, UserQuestion
from addin.rows.data_sheet import DataSheet, read_data
from tests.support.pressing import answered, fixed
from workbook import layout
from workbook.sheets import fix_sheet
from workbook.sheets.fix_sheet import Key
from workbook.upload import Upload

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)


class Desk:
    """A closed workbook, and the buttons pressed on it as the command line presses them.

    `said`: what stood in the status bar; `told`: what a copy that had to be made said; `answers`: what the user will
    answer, by the name of the field, yes to Submit until told otherwise; a question without an answer is closed, and so
    is a form that comes back with what they answered.
    `while_asked` is called with a question while it stands.
    """

    def __init__(self, path: Path, client: Client | None) -> None:
        self.said: list[str] = []
        self.asked: list[UserQuestion] = []
        self.answers: dict[str, str] = {AGREED: YES}
        self.seen: list[str] = []
        self.while_asked: Callable[[UserQuestion], None] = lambda _: None
        self._console = Console(file=io.StringIO(), width=200)
        self.opened = OpenFile(path, self._console, cast("Any", self), client, self._answer)

    @property
    def book(self) -> ClosedBook:
        return self.opened.book

    @property
    def path(self) -> Path:
        """The file that holds the work."""
        return self.opened.saved

    @property
    def told(self) -> str:
        return str(self._console.file.getvalue())  # type: ignore[attr-defined]

    def press(self, handler: Handler[AnyOutcome], **answers: str) -> AnyOutcome:
        """Presses a button and gives its final outcome."""
        return self.steps(handler, **answers)[-1]

    def steps(self, handler: Handler[AnyOutcome], **answers: str) -> list[AnyOutcome]:
        return self.opened.press(handler, answers)

    def apply(self, answers: Mapping[Key, str], leave_out: Collection[Key] = ()) -> FixOutcome:
        """As Apply Fixes, with answers that stand in no sheet."""
        return self.press(
            Handler(lambda it: apply_these(it.book, it.client, answers, leave_out), APPLY_FIXES.reads, "")
        )

    def apply_fixes(self) -> FixOutcome:
        """Apply Fixes: what became of the rows."""
        return fixed(self.steps(APPLY_FIXES)[0])

    def data(self) -> DataSheet:
        return read_data(self.read(DATA, HIDDEN))

    def read(self, *sheets: str) -> Book:
        """The picture of some sheets, as a button has it."""
        return Book(take_picture(self.book, sheets))

    def cells(self, sheet: str) -> Cells:
        """A sheet from A1, every row of one width."""
        rows = next(one for one in take_picture(self.book, (sheet,)).sheets if one.name == sheet).cells or []
        width = max(map(len, rows), default=0)
        return [[*line, *[None] * (width - len(line))] for line in rows]

    def cell(self, row: int, column: int, sheet: str | None = None) -> Any:
        grid = self._grid(sheet)
        return grid.read(Block(row, column, 1, 1))[0][0]

    def put(
        self, row: int, column: int, value: Value, sheet: str | None = None, number_format: str | None = None
    ) -> None:
        """Types a value into a cell, of the leftmost visible sheet unless another is named."""
        self._grid(sheet).write(Block(row, column, 1, 1), [[value]], number_format)

    def enter(self, row: int, header: str, value: Value) -> None:
        """Types a value into a row of the data sheet, under a header."""
        self.put(row, self.data().headers.index(header) + 1, value)

    def turn_round(self, first: int, last: int) -> None:
        """Sorts the rows of the data sheet from `first` to `last` the other way round."""
        block = Block(first, 1, last - first + 1, len(self.data().headers))
        grid = self._grid(None)
        grid.write(block, grid.read(block)[::-1], None)

    def select(self, sheet: str, row: int, column: int) -> None:
        """Clicks a cell."""
        self.book.show(self._grid(sheet), row, column)

    def column(self, header: str) -> list[Any]:
        """The data sheet's cells under a header, from row 2."""
        data = self.data()
        place = data.headers.index(header) + 1
        return [self.cell(row, place) for row in range(2, max(data.last_row, 2) + 1)]

    def choose(self, value: str, choice: str = "", leave_out: str = "", remember: str = "") -> None:
        """Writes an answer beside a value of the sheet Fix Errors, as its user would."""
        grid = self.cells(layout.FIX_SHEET)
        headers = grid[fix_sheet.HEADER_ROW - 1]
        exact = headers.index(fix_sheet.EXACT)
        lines = enumerate(grid[fix_sheet.FIRST_ROW - 1 :], fix_sheet.FIRST_ROW)
        line = next(number for number, cells in lines if value in (cells[exact], cells[1]))
        answers = {fix_sheet.CHOICE: choice, fix_sheet.LEAVE_OUT: leave_out, fix_sheet.REMEMBER: remember}
        for header, text in answers.items():
            if text:
                self.put(line, headers.index(header) + 1, text, layout.FIX_SHEET)

    def close(self) -> None:
        self.book.close()

    def status(self, text: str) -> None:
        self.said.append(text)

    def upload(self, upload: Upload) -> None:
        self.seen.append(upload.state)

    def _answer(self, question: UserQuestion) -> Answers:
        self.asked.append(question)
        self.while_asked(question)
        return answered(question, self.answers)

    def _grid(self, sheet: str | None) -> Any:
        return next(one for one in self.book.grids() if (one.visible if sheet is None else one.name == sheet))


Open = Callable[..., Desk]
