"""One worksheet of a closed file: read and write blocks of openpyxl's cells."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, time
from itertools import product
from typing import Any

from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.utils.units import DEFAULT_COLUMN_WIDTH

from addin.book import Redress
from addin.hosts.closed.columns import columns_of, look_of_column, own_look_of_column
from addin.hosts.closed.dress import redress
from addin.hosts.closed.merged import check_writable
from addin.hosts.closed.stored_cells import AsStored, StoredCell
from addin.hosts.closed.values import plain_value, value_of
from addin.hosts.document import MAX_ROWS, WIDEST, Block, Cells, ErrorText, Value, blocks_down, cell_text, whole
from workbook.files.excel_file import ExcelRows
from workbook.files.excel_shown import Row
from workbook.sheet import CellError
from workbook.wrapping import LINE_HEIGHT, height_of


class ClosedSheet:
    """One worksheet of a workbook that openpyxl holds; a Grid.

    `stored`: what its file holds and openpyxl does not keep. `read_as_server`: the sheet of this title by the server's
    own reader, None where there are no rows; what was written since stands over them.
    """

    def __init__(
        self, sheet: Any, stored: AsStored, read_as_server: Callable[[str], ExcelRows | None] | None = None
    ) -> None:
        self.sheet = sheet
        self._stored = stored
        self._read_as_server = read_as_server
        self._rows: Cells | None = None
        self._hidden_columns: frozenset[int] = frozenset()
        self._written: set[tuple[int, int]] = set()
        self._as_read = False

    @property
    def name(self) -> str:
        return str(self.sheet.title)

    @property
    def visible(self) -> bool:
        return bool(self.sheet.sheet_state == "visible")

    def hide(self) -> None:
        self.sheet.sheet_state = "hidden"

    def used(self) -> Block:
        filled = [place for place, cell in self._cells().items() if cell.value is not None]
        if not filled:
            return Block(1, 1, 1, 1)
        rows = [row for row, _ in filled]
        columns = [column for _, column in filled]
        top, left = min(rows), min(columns)
        return Block(top, left, max(rows) - top + 1, max(columns) - left + 1)

    def read(self, block: Block) -> Cells:
        rows: Cells = [[None] * block.columns for _ in range(block.rows)]
        cells = self._cells()
        if len(cells) < len(rows) * block.columns:
            for (row, column), cell in cells.items():
                if 0 <= row - block.row < block.rows and 0 <= column - block.column < block.columns:
                    rows[row - block.row][column - block.column] = self._value(cell)
            return rows
        for row, values in enumerate(rows, start=block.row):
            for index in range(block.columns):
                found = cells.get((row, block.column + index))
                if found is not None:
                    values[index] = self._value(found)
        return rows

    def contents(self) -> Cells:
        self._as_read = True
        if self._read_as_server is None:
            return whole(self)
        if self._rows is None:
            found = self._read_as_server(self.name)
            if found is None:
                self._read_as_server = None
                return whole(self)
            self._rows, self._hidden_columns = self._grid_of(found.rows), found.hidden_columns
        cells = self._cells()
        grid = list(self._rows)
        for row, column in sorted(self._written):
            grid += [[] for _ in range(row - len(grid))]
            line = list(grid[row - 1])
            line += [None] * (column - len(line))
            line[column - 1] = self._value(cells[row, column]) if (row, column) in cells else None
            grid[row - 1] = line
        while grid and not any(cell is not None for cell in grid[-1]):
            grid.pop()
        width = max(map(len, grid), default=0)
        return [line if not line or len(line) == width else [*line, *[None] * (width - len(line))] for line in grid]

    def _grid_of(self, rows: Iterable[Row]) -> Cells:
        """Rows with their numbers as a grid from A1."""
        grid: Cells = []
        known = self._cells()
        for number, cells in rows:
            line = [value_of(cell) for cell in cells[:WIDEST]]
            for column, cell in enumerate(cells[:WIDEST], start=1):
                if isinstance(cell, CellError) and not isinstance(line[column - 1], ErrorText):
                    # A formula that was never calculated reads as its own text.
                    line[column - 1] = self._value(known[number, column]) if (number, column) in known else cell.text
            if any(cell is not None for cell in line):
                grid += [[] for _ in range(number - len(grid))]
                grid[number - 1] = line
        return grid

    def is_as_read(self) -> bool:
        return self._as_read  # it is in our memory, and nobody else writes into it

    def shows_all(self, last: int) -> bool:
        return not self.hidden_rows(last)

    def formats(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        cells = self._cells()
        return {place: str(cells[place].number_format) for place in places if place in cells}

    def write(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        check_writable(self.sheet, block, cells)
        if number_format is not None:
            self.set_number_format(block, number_format)
        self._as_read = False
        if self._read_as_server is not None:
            rows = range(block.row, block.row + len(cells))
            self._written.update(product(rows, range(block.column, block.column + block.columns)))
        known = self._cells()
        formats = self._column_formats(block)
        for row, values in enumerate(cells, start=block.row):
            for column, value in enumerate(values, start=block.column):
                cell = known.get((row, column))
                if cell is None:
                    if value is None or value == "":
                        continue
                    cell = self.sheet.cell(row, column)
                    style = formats.get(column)
                    if style is not None:  # as in Excel, a new cell looks as its column does
                        cell._style = copy.copy(style)
                if not isinstance(cell, MergedCell):
                    _put(cell, value)

    def clear(self) -> None:
        self._as_read = False
        self._read_as_server = None
        for merged in list(self.sheet.merged_cells.ranges):  # under them nothing could be written
            self.sheet.unmerge_cells(str(merged))
        for cell in self._cells().values():
            cell.value = None

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        self.clear()
        if cells:
            self.write(Block(1, 1, len(cells), len(cells[0])), cells, None)

    def write_each(self, places: Collection[tuple[int, int]], value: Value) -> None:
        for block in blocks_down(places):
            self.write(block, [[value]] * block.rows, None)

    def set_number_format(self, block: Block, number_format: str, more: Sequence[Block] = ()) -> None:
        for one in (block, *more):
            self._set_number_format(one, number_format)

    def _set_number_format(self, block: Block, number_format: str) -> None:
        if block.rows == MAX_ROWS:
            for column in range(block.column, block.column + block.columns):
                own_look_of_column(self.sheet, column).number_format = number_format
            for (_, column), cell in self._cells().items():
                if 0 <= column - block.column < block.columns:
                    cell.number_format = number_format
            return
        formats, cells = self._column_formats(block), self._cells()
        for row in range(block.row, block.row + block.rows):
            for column in range(block.column, block.column + block.columns):
                style = None if (row, column) in cells else formats.get(column)
                cell = self.sheet.cell(row, column)
                if style is not None:  # as in Excel, a new cell looks as its column does
                    cell._style = copy.copy(style)
                cell.number_format = number_format

    def redress(self, wanted: Redress) -> int:
        return redress(self.sheet, wanted)

    def fit_heights(self, rows: Collection[int]) -> None:
        """By an estimate: the program that opens the file fits none where the sheet has a height of its own."""
        usual = self.sheet.sheet_format.defaultRowHeight or LINE_HEIGHT
        wanted: dict[int, list[tuple[object, float]]] = {row: [] for row in rows}
        widths = {
            column: look.width if (look := look_of_column(self.sheet, column)) else DEFAULT_COLUMN_WIDTH
            for column in {column for _, column in self._cells()}
        }
        for (row, column), cell in self._cells().items():
            if row in wanted and cell.alignment.wrap_text:
                wanted[row].append((cell.value, widths[column]))
        for row, texts in wanted.items():
            height = height_of(texts)
            if height > usual:
                self.sheet.row_dimensions[row].height = height
            elif row in self.sheet.row_dimensions:
                self.sheet.row_dimensions[row].height = None

    def hide_columns(self, column: int, count: int) -> None:
        for number in range(column, column + count):
            own_look_of_column(self.sheet, number).hidden = True

    def hidden_rows(self, last: int) -> frozenset[int]:
        dimensions = self.sheet.row_dimensions
        unseen = (row for row in dimensions if dimensions[row].hidden or dimensions[row].height == 0)
        return frozenset(row for row in unseen if row <= last)

    def hidden_columns(self, last: int) -> frozenset[int]:
        return frozenset(column for column in self._hidden_columns if column <= last)

    def as_stored(self) -> dict[str, StoredCell]:
        """What its file held in cells (`B2`) that openpyxl does not write so, and nobody has written since."""
        return self._stored.still_there(self.sheet)

    def _cells(self) -> dict[tuple[int, int], Cell]:
        # openpyxl's own sparse store: its public ways of walking a sheet fill in every empty cell they pass.
        cells: dict[tuple[int, int], Cell] = self.sheet._cells
        return cells

    def _value(self, cell: Cell) -> Value:
        if cell.data_type == "f":
            stored = self._stored.value(cell.row, cell.column)
            return _formula_text(cell) if stored is None else stored
        return plain_value(cell.value, cell.data_type)

    def _column_formats(self, block: Block) -> dict[int, Any]:
        """The looks of the block's columns. There may be thousands for all columns of a sheet, one upon the other."""
        formats: dict[int, Any] = {}
        end = block.column + block.columns
        for dimension in self.sheet.column_dimensions.values():
            first, last = columns_of(dimension)
            columns = range(max(first, block.column), min(last + 1, end))
            if columns and dimension.has_style:
                formats.update(dict.fromkeys(columns, dimension._style))
        return formats


def _formula_text(cell: Any) -> str:
    value = cell.value
    if isinstance(value, str):
        return value
    return str(getattr(value, "text", None) or "=")  # an array formula, or a data table, which has no text


def _put(cell: Any, value: Value) -> None:
    if isinstance(value, str):
        value = cell_text(value)
        if cell.number_format == "@" or value[:1] not in ("=", "#"):
            # Past openpyxl's own setter, which takes "=…" for a formula even where the format says text.
            cell._value, cell.data_type = (value, "s") if value else (None, "n")
            return
    if isinstance(value, datetime) and value.time() == time():
        value = value.date()  # so that a cell without a date format gets one without a time of day
    cell.value = value
