"""A spreadsheet of the tests' own: nothing but cells in memory, and a user who may do anything meanwhile."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from addin.book import Cells, Value
from addin.errors import BookError
from addin.hosts.document import Block


class PaperSheet:
    """A Grid. `calls`: each write, by name; `refuses`: the name of the call that the program says no to."""

    def __init__(self, name: str, cells: Cells | None = None, *, visible: bool = True) -> None:
        self.name = name
        self.visible = visible
        self.cells: dict[tuple[int, int], Value] = {}
        self.written_formats: dict[tuple[int, int], str] = {}
        self.hidden: list[int] = []
        self.hidden_columns_by_hand: list[int] = []
        self.calls: list[str] = []
        self.refuses = ""
        self.fill(cells or [])

    def fill(self, cells: Cells) -> None:
        """Takes these rows in place of all that is there."""
        self.cells = {
            (row, column): value
            for row, line in enumerate(cells, start=1)
            for column, value in enumerate(line, start=1)
            if value is not None
        }

    def grid(self) -> Cells:
        """What the sheet holds, row by row from A1."""
        used = self.used()
        return self.read(Block(1, 1, used.row + used.rows - 1, used.column + used.columns - 1))

    def used(self) -> Block:
        if not self.cells:
            return Block(1, 1, 1, 1)
        return Block(1, 1, max(row for row, _ in self.cells), max(column for _, column in self.cells))

    def read(self, block: Block) -> Cells:
        rows, columns = range(block.row, block.row + block.rows), range(block.column, block.column + block.columns)
        return [[self.cells.get((row, column)) for column in columns] for row in rows]

    def contents(self) -> Cells:
        lines = [line if any(cell is not None for cell in line) else [] for line in self.grid()]
        while lines and not lines[-1]:
            lines.pop()
        return lines

    def is_as_read(self) -> bool:
        return False

    def shows_all(self, last: int) -> bool:
        return not self.hidden_rows(last)

    def hidden_rows(self, last: int) -> frozenset[int]:
        return frozenset(row for row in self.hidden if row <= last)

    def hidden_columns(self, last: int) -> frozenset[int]:
        return frozenset(column for column in self.hidden_columns_by_hand if column <= last)

    def formats(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        return {place: self.written_formats[place] for place in places if place in self.written_formats}

    def write(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        self._called("write")
        for row, line in enumerate(cells, start=block.row):
            for column, value in enumerate(line, start=block.column):
                if value is None:
                    self.cells.pop((row, column), None)
                else:
                    self.cells[row, column] = value
                if number_format is not None:
                    self.written_formats[row, column] = number_format

    def clear(self) -> None:
        self._called("clear")
        self.cells = {}

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        self.clear()
        if cells:
            self.write(Block(1, 1, len(cells), len(cells[0])), cells, None)

    def write_each(self, places: Collection[tuple[int, int]], value: Value) -> None:
        for row, column in places:
            self.write(Block(row, column, 1, 1), [[value]], None)

    def set_number_format(self, block: Block, number_format: str, more: Sequence[Block] = ()) -> None:
        self._called("format")

    def hide(self) -> None:
        self._called("hide")
        self.visible = False

    def hide_columns(self, column: int, count: int) -> None:
        self._called("hide columns")

    def fit_heights(self, rows: Collection[int]) -> None:
        self._called("fit")

    def _called(self, name: str) -> None:
        if name == self.refuses:
            raise BookError(f"The sheet {self.name} is protected.")
        self.calls.append(name)


class Paper:
    """A Document of such sheets."""

    def __init__(self, *sheets: PaperSheet, name: str = "Paper.xlsx") -> None:
        self.name = name
        self.path: Path | None = None
        self.sheets = list(sheets)
        self.shown: tuple[str, int, int] | None = None
        self.notes: list[str] = []

    def sheet(self, name: str) -> PaperSheet:
        return next(one for one in self.sheets if one.name == name)

    def open_names(self) -> tuple[str, ...]:
        return (self.name,)

    def grids(self) -> list[PaperSheet]:
        return list(self.sheets)

    def selection(self) -> tuple[str, int, int] | None:
        return self.shown

    def add(self, name: str) -> PaperSheet:
        self.sheets.append(PaperSheet(name))
        return self.sheets[-1]

    def show(self, grid: PaperSheet, row: int, column: int) -> None:
        self.shown = (grid.name, row, column)

    @contextmanager
    def still(self) -> Iterator[None]:
        yield
