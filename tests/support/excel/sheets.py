"""The stand-in's sheets, tables and ranges, where `xlwings/_xlwindows.py` and `_xlmac.py` have theirs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from openpyxl.utils import range_boundaries
from xlwings import base_classes

from tests.support.excel.grid import ALL_COLUMNS, ALL_ROWS, Cells

if TYPE_CHECKING:
    from tests.support.excel.standin import StandInBook


class Sheets(base_classes.Sheets):
    api: Any = None

    def __init__(self, book: StandInBook) -> None:
        self.book = book
        self.excel = book.excel

    @property
    def all(self) -> list[Cells]:
        return self.book.book.sheets

    @property
    def active(self) -> Any:
        self.book.check()
        return StandInSheet(self.book, self.book.book.active)

    def __len__(self) -> int:
        return len(self.all)


class StandInSheet(base_classes.Sheet):
    book: Any = None
    cells: Any = None

    def __init__(self, book: StandInBook, sheet: Cells) -> None:
        self.book = book
        self.excel = book.excel
        self.known = sheet

    @property
    def sheet(self) -> Cells:
        self.book.check()
        if self.known not in self.book.book.sheets:
            raise self.excel.kind.error("Object does not exist.")
        return self.known

    @property
    def api(self) -> Any:
        return self.excel.kind.sheet_api(self)

    @property
    def name(self) -> str:
        return self.sheet.name

    @name.setter
    def name(self, value: str) -> None:
        self.excel.touch("name")
        taken = [one.name for one in self.book.book.sheets if one is not self.known] + self.book.book.charts
        if value.casefold() in map(str.casefold, taken):
            raise self.excel.kind.error("That name is already taken. Try a different one.")
        self.sheet.name = value

    def delete(self) -> None:
        self.excel.touch("delete")
        self.book.book.sheets.remove(self.sheet)

    @property
    def visible(self) -> Any:
        return self.excel.kind.visible(self.sheet.visible)

    @visible.setter
    def visible(self, value: Any) -> None:
        self.excel.touch("hide")
        self.sheet.visible = -1 if value else 0

    @property
    def used_range(self) -> Any:
        return self.excel.kind.range(self, self.sheet.used())

    def range(self, arg1: Any, arg2: Any = None) -> Any:
        self.excel.touch()
        if isinstance(arg1, tuple):
            return self.excel.kind.range(self, arg1)
        if len(str(arg1)) > 255:  # "Application-defined or object-defined error" (Excel)
            raise self.excel.kind.error("Method 'Range' of object '_Worksheet' failed")
        areas = [block_of(part) for part in str(arg1).split(",")]
        found = self.excel.kind.range(self, areas[0])
        found.areas = areas
        return found

    @property
    def tables(self) -> Tables:
        return Tables(self)

    def activate(self) -> None:
        self.excel.touch("activate")
        if self.sheet.visible != -1:
            raise self.excel.kind.error("Activate method of Worksheet class failed")
        self.book.book.active = self.sheet
        self.book.book.selection = (1, 1)

    def clear_contents(self) -> None:
        self.excel.touch("clear")
        self.excel.refuse(self.sheet.clear)


class Tables(base_classes.Tables):
    api: Any = None

    def __init__(self, sheet: StandInSheet) -> None:
        self.sheet = sheet
        self.all = [one for one in sheet.sheet.filters if one.is_table]

    def __len__(self) -> int:
        return len(self.all)

    def __iter__(self) -> Iterator[Any]:
        return iter([StandInTable(self.sheet, one) for one in self.all])

    def __call__(self, place: Any) -> Any:
        return StandInTable(self.sheet, self.all[int(place) - 1])


class StandInTable(base_classes.Table):
    show_autofilter: Any = True

    def __init__(self, sheet: StandInSheet, over: Any) -> None:
        self.sheet = sheet
        self.over = over

    @property
    def api(self) -> Any:
        return self.sheet.excel.kind.table_api(self.sheet, self.over)

    @property
    def range(self) -> Any:
        return self.sheet.excel.kind.range(
            self.sheet, (self.over.row, self.over.column, self.over.rows, self.over.columns)
        )


class StandInRange(base_classes.Range):
    max_cells_per_read: ClassVar[Any] = None
    max_cells_per_write: ClassVar[Any] = None
    has_array = False

    def __init__(self, sheet: StandInSheet, block: tuple[int, int, int, int]) -> None:
        self.sheet = sheet
        self.excel = sheet.excel
        self.block = block
        self.areas = [block]
        self.options: dict[str, Any] = {}

    @property
    def cells(self) -> Cells:
        return self.sheet.sheet

    @property
    def coords(self) -> tuple[Any, ...]:
        return (self.sheet.name, *self.block)

    @property
    def row(self) -> int:
        return self.block[0]

    @property
    def column(self) -> int:
        return self.block[1]

    @property
    def shape(self) -> tuple[int, int]:
        self.excel.touch()
        return self.block[2:]

    def __len__(self) -> int:
        return self.block[2] * self.block[3]

    def values(self) -> list[list[Any]]:
        row, column, rows, columns = self.block
        cells = self.cells  # Excel is asked once for all of a block
        return [[cells.value(r, c) for c in range(column, column + columns)] for r in range(row, row + rows)]

    def write(self, data: Any) -> None:
        self.excel.touch("write")
        if self.excel.before_write is not None:
            self.excel.before_write()
        row, column, rows, columns = self.block
        if not isinstance(data, list | tuple):  # one value goes into every cell of every area
            for top, left, height, width in self.areas:
                block = [[data] * width for _ in range(height)]
                self.excel.refuse(partial(self.cells.write, top, left, block))
            return
        assert len(self.areas) == 1, "what Excel makes of a block for several areas is not known"
        assert [len(data), *{len(line) for line in data}] == [rows, columns], "a block of another shape"
        self.excel.refuse(lambda: self.cells.write(row, column, [list(line) for line in data]))

    @property
    def number_format(self) -> str | None:
        self.excel.touch("formats")
        places = [
            (r, c)
            for row, column, rows, columns in self.areas
            for r in range(row, row + rows)
            for c in range(column, column + columns)
        ]
        found = {self.cells.number_format(*place) for place in places}
        return found.pop() if len(found) == 1 else None

    @number_format.setter
    def number_format(self, value: str) -> None:
        self.excel.touch("format")
        for area in self.areas:
            self.excel.refuse(partial(self.cells.set_format, *area, value))

    def copy(self, destination: Any = None) -> None:
        assert destination is None
        self.excel.touch("copy")
        self.excel.clipboard, self.excel.is_copying = self, True

    def paste(
        self, paste: Any = None, operation: Any = None, skip_blanks: bool = False, transpose: bool = False
    ) -> None:
        """Paste Special of one row over others: Formats bring conditional ones along, Validation is apart."""
        self.excel.touch("paste")
        if not self.excel.is_copying:  # a write has ended it
            raise self.excel.kind.error("PasteSpecial method of Range class failed")
        source = self.excel.clipboard
        assert source is not None
        assert source.block[2:] == (1, self.block[3])
        self.excel.refuse(self.cells.check_protected)
        row, column, rows, columns = self.block
        for line in range(row, row + rows):
            for place in range(column, column + columns):
                from_there = (source.block[0], source.block[1] + place - column)
                if paste == "formats":
                    self.cells.formats[line, place] = self.cells.number_format(*from_there)
                    self.cells.unmarked.discard((line, place))
                else:
                    assert paste == "validation"
                    self.cells.unlisted.discard((line, place))

    @property
    def column_hidden(self) -> Any:
        return self.block[1] in self.cells.hidden_columns

    @column_hidden.setter
    def column_hidden(self, value: bool) -> None:
        self.excel.touch("format")
        self.excel.refuse(self.cells.check_protected)
        self.cells.hidden_columns |= set(range(self.block[1], self.block[1] + self.block[3]))

    def rows_hidden(self) -> bool | None:
        """As `EntireRow.Hidden` tells it: None where the rows are not alike."""
        self.excel.touch("hidden")
        hidden = self.cells.hidden_rows()
        alike = {row in hidden for row in range(self.row, self.row + self.block[2])}
        return alike.pop() if len(alike) == 1 else None

    def select(self) -> None:
        self.excel.touch("select")
        if self.sheet.book.book.active is not self.cells:
            raise self.excel.kind.error("Select method of Range class failed")
        self.sheet.book.book.selection = self.block[:2]

    def autofit(self, axis: Any = None) -> None:
        self.excel.touch("format")
        self.cells.fitted |= set(range(self.row, self.row + self.block[2]))


def block_of(address: str) -> tuple[int, int, int, int]:
    """`B2:C9`, `B2`, `B:C`."""
    left, top, right, bottom = range_boundaries(address.replace("$", ""))
    left, right = left or 1, right or ALL_COLUMNS
    top, bottom = top or 1, bottom or ALL_ROWS
    return top, left, bottom - top + 1, right - left + 1
