"""xlwings' sheets, ranges and names over a Document: the half of `host` that speaks of cells."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from xlwings import base_classes

from addin.hosts.address import address_of, block_of
from addin.hosts.document import MAX_COLUMNS, MAX_ROWS, Block, Document, Grid, Value

if TYPE_CHECKING:
    from addin.engine.host import Book


class Sheets(base_classes.Sheets):
    api: Any = None

    def __init__(self, book: Book) -> None:
        self._book = book
        self.api = book.document

    @property
    def active(self) -> Sheet:
        return Sheet(self._book, self._book.document.active())

    def __call__(self, name_or_index: int | str) -> Sheet:
        if isinstance(name_or_index, int):
            grids = self._book.document.grids()
            if 1 <= name_or_index <= len(grids):
                return Sheet(self._book, grids[name_or_index - 1])
        elif (grid := self._book.document.find(name_or_index)) is not None:
            return Sheet(self._book, grid)
        raise KeyError(name_or_index)

    def __contains__(self, name: object) -> bool:
        return self._book.document.find(str(name)) is not None

    def __len__(self) -> int:
        return len(self._book.document.grids())

    def __iter__(self) -> Iterator[Sheet]:
        return iter([Sheet(self._book, grid) for grid in self._book.document.grids()])

    def add(self, before: Sheet | None = None, after: Sheet | None = None, name: str | None = None) -> Sheet:
        grids = self._book.document.grids()
        if before is not None:
            index = grids.index(before.grid)
        elif after is not None:
            index = grids.index(after.grid) + 1
        else:
            index = grids.index(self._book.document.active())
        grid = self._book.document.add(name, index)
        self._book.document.activate(grid)
        return Sheet(self._book, grid)


class Sheet(base_classes.Sheet):
    book: Any = None
    api: Any = None

    def __init__(self, book: Book, grid: Grid) -> None:
        self.book = book
        self.grid = grid
        self.api = grid

    @property
    def name(self) -> str:
        return self.grid.name

    @name.setter
    def name(self, value: str) -> None:
        self.grid.rename(value)

    @property
    def index(self) -> int:
        index: int = self.book.document.grids().index(self.grid)
        return index + 1

    @property
    def visible(self) -> bool:
        return self.grid.visible

    @visible.setter
    def visible(self, value: bool) -> None:
        self.grid.show(value)

    @property
    def names(self) -> Names:
        return Names(self.book, self.grid)

    @property
    def cells(self) -> Range:
        return Range(self, Block(1, 1, MAX_ROWS, MAX_COLUMNS))

    @property
    def used_range(self) -> Range:
        return Range(self, self.grid.used())

    def range(self, arg1: Any, arg2: Any = None) -> Range:
        first = self._block(arg1)
        if arg2 is None:
            return Range(self, first)
        second = self._block(arg2)
        top, left = min(first.row, second.row), min(first.column, second.column)
        bottom = max(first.row + first.rows, second.row + second.rows)
        right = max(first.column + first.columns, second.column + second.columns)
        return Range(self, Block(top, left, bottom - top, right - left))

    def _block(self, place: Any) -> Block:
        if isinstance(place, Range):
            return place.block
        if isinstance(place, tuple):
            if len(place) == 4:
                return Block(*place)
            if 0 in place:
                raise IndexError(f"Rows and columns are counted from 1, so there is no cell {place}.")
            return Block(place[0], place[1], 1, 1)
        block = block_of(str(place))
        if block is not None:
            return block
        for names in (self.grid.names(), self.book.document.names()):
            for name, refers_to in names.items():
                if name.casefold() == str(place).casefold():
                    return Names.range_of(self.book, refers_to).block
        raise KeyError(f"There is no cell or name {place!r} on the sheet {self.name}.")

    def activate(self) -> None:
        self.book.document.activate(self.grid)

    select = activate

    def clear_contents(self) -> None:
        self.grid.clear(self.cells.block)

    def delete(self) -> None:
        self.book.document.delete(self.grid)

    def autofit(self, axis: Any = None) -> None:
        return None  # widths are the template's


class Range(base_classes.Range):
    # No budget: a block is one read or one write, however large.
    max_cells_per_read = None
    max_cells_per_write = None
    has_array = False

    def __init__(self, sheet: Sheet, block: Block) -> None:
        self.sheet = sheet
        self.block = block
        self.options: dict[str, Any] = {}

    @property
    def api(self) -> Block:
        return self.block

    @property
    def coords(self) -> tuple[str, int, int, int, int]:
        return (self.sheet.name, *self.block)

    @property
    def row(self) -> int:
        return self.block.row

    @property
    def column(self) -> int:
        return self.block.column

    @property
    def shape(self) -> tuple[int, int]:
        return self.block.rows, self.block.columns

    def __len__(self) -> int:
        return self.block.rows * self.block.columns

    def __call__(self, arg1: int, arg2: int | None = None) -> Range:
        if arg2 is None:
            row, column = divmod(arg1 - 1, self.block.columns)
        else:
            row, column = arg1 - 1, arg2 - 1
        return Range(self.sheet, Block(self.block.row + row, self.block.column + column, 1, 1))

    @property
    def raw_value(self) -> list[list[Value]]:
        return self.sheet.grid.read(self.block) if len(self) else []

    @raw_value.setter
    def raw_value(self, data: Any) -> None:
        if len(self):
            self.sheet.grid.write(self.block, self._rows(data))

    @property
    def formula(self) -> Any:
        rows = [["" if value is None else value for value in row] for row in self.sheet.grid.read_formulas(self.block)]
        return rows[0][0] if len(self) == 1 else tuple(tuple(row) for row in rows)

    @formula.setter
    def formula(self, data: Any) -> None:
        if len(self):
            self.sheet.grid.write_formulas(self.block, self._rows(data))

    formula2 = formula

    def _rows(self, data: Any) -> list[list[Value]]:
        if isinstance(data, list | tuple):
            rows = [list(row) for row in data]
            if len(rows) != self.block.rows or any(len(row) != self.block.columns for row in rows):
                raise ValueError(f"The values do not have the range's shape, {self.block.rows} × {self.block.columns}.")
            return rows
        return [[data] * self.block.columns for _ in range(self.block.rows)]

    @property
    def number_format(self) -> str:
        return self.sheet.grid.number_format(self.block.row, self.block.column)

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.sheet.grid.set_number_format(self.block, value)

    @property
    def column_hidden(self) -> bool:
        return self.sheet.grid.columns_hidden(self.block)

    @column_hidden.setter
    def column_hidden(self, value: bool) -> None:
        self.sheet.grid.hide_columns(self.block, value)

    @property
    def row_hidden(self) -> bool:
        return self.sheet.grid.rows_hidden(self.block)

    @row_hidden.setter
    def row_hidden(self, value: bool) -> None:
        self.sheet.grid.hide_rows(self.block, value)

    @property
    def color(self) -> tuple[int, int, int] | None:
        return self.sheet.grid.color(self.block.row, self.block.column)

    @color.setter
    def color(self, color_or_rgb: Any) -> None:
        if isinstance(color_or_rgb, str):
            digits = color_or_rgb.lstrip("#")
            color_or_rgb = tuple(int(digits[place : place + 2], 16) for place in (0, 2, 4))
        elif isinstance(color_or_rgb, int):
            color_or_rgb = tuple(color_or_rgb >> shift & 255 for shift in (0, 8, 16))
        self.sheet.grid.set_color(self.block, color_or_rgb)

    @property
    def address(self) -> str:
        return address_of(self.block)

    def get_address(self, row_absolute: bool, col_absolute: bool, external: bool) -> str:
        address = address_of(self.block, row_absolute, col_absolute)
        return f"'[{self.sheet.book.name}]{self.sheet.name}'!{address}" if external else address

    def end(self, direction: str) -> Range:
        """As Ctrl and an arrow key: to the edge of the filled cells, or to the next filled one."""
        down, right = {"up": (-1, 0), "down": (1, 0), "left": (0, -1), "right": (0, 1)}[direction]
        used = self.sheet.grid.used()
        if down:
            line = [row[0] for row in self.sheet.grid.read(Block(1, self.column, used.row + used.rows, 1))]
            place, last = self.row, MAX_ROWS
        else:
            line = self.sheet.grid.read(Block(self.row, 1, 1, used.column + used.columns))[0]
            place, last = self.column, MAX_COLUMNS
        step = down or right
        filled = [index + 1 for index, value in enumerate(line) if value not in (None, "")]
        known = set(filled)
        if place in known and place + step in known:
            while place + step in known:
                place += step
        else:
            ahead = [index for index in filled if (index - place) * step > 0]
            place = (min(ahead) if step > 0 else max(ahead)) if ahead else (last if step > 0 else 1)
        return Range(self.sheet, Block(*((place, self.column) if down else (self.row, place)), 1, 1))

    def clear_contents(self) -> None:
        self.sheet.grid.clear(self.block)

    def select(self) -> None:
        document = self.sheet.book.document
        document.activate(self.sheet.grid)
        document.select(self.sheet.grid, self.block)

    def autofit(self, axis: Any = None) -> None:
        if axis in ("r", "rows"):
            self.sheet.grid.fit_heights(self.block)


class Names(base_classes.Names):
    """The names of a book, or of one sheet (`owner`)."""

    def __init__(self, book: Book, owner: Document[Any] | Grid) -> None:
        self._book = book
        self._owner = owner
        self.api = owner

    def __call__(self, name_or_index: int | str) -> Name:
        known = list(self._owner.names())
        if isinstance(name_or_index, int):
            return Name(self._book, self._owner, known[name_or_index - 1])
        for name in known:
            if name.casefold() == name_or_index.casefold():
                return Name(self._book, self._owner, name)
        raise KeyError(name_or_index)

    def contains(self, name_or_index: int | str) -> bool:
        if isinstance(name_or_index, int):
            return 1 <= name_or_index <= len(self)
        return name_or_index.casefold() in (name.casefold() for name in self._owner.names())

    def __len__(self) -> int:
        return len(self._owner.names())

    def add(self, name: str, refers_to: str) -> Name:
        self._owner.set_name(name, refers_to.removeprefix("="))
        return Name(self._book, self._owner, name)

    @staticmethod
    def range_of(book: Book, refers_to: str) -> Range:
        """The range behind `Caseload!$A$1:$B$9`. Raises KeyError when it is a formula and no range."""
        sheet, _, address = refers_to.removeprefix("=").rpartition("!")
        block = block_of(address)
        if block is None or not sheet:
            raise KeyError(f"{refers_to} is not a range.")
        return Range(Sheets(book)(sheet.strip("'").replace("''", "'")), block)


class Name(base_classes.Name):
    def __init__(self, book: Book, owner: Document[Any] | Grid, name: str) -> None:
        self._book = book
        self._owner = owner
        self._name = name
        self.api = self

    @property
    def name(self) -> str:
        return self._name

    @name.setter
    def name(self, value: str) -> None:
        refers_to = self._owner.names()[self._name]
        self._owner.delete_name(self._name)
        self._owner.set_name(value, refers_to)
        self._name = value

    @property
    def refers_to(self) -> str:
        return "=" + self._owner.names()[self._name]

    @refers_to.setter
    def refers_to(self, value: str) -> None:
        self._owner.set_name(self._name, value.removeprefix("="))

    @property
    def refers_to_range(self) -> Range:
        return Names.range_of(self._book, self._owner.names()[self._name])

    def delete(self) -> None:
        self._owner.delete_name(self._name)
