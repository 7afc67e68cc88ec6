"""A sheet as it was read: columns of distinct values, and rows that keep their own numbers.

The distinct value is the unit of everything that follows. Each column keeps every different cell once, in
`values`, and a small integer per row, in `codes`: what is read, looked up and suggested is done once a value.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Final

from workbook.columns import canonical_header, is_own_header
from workbook.problems import Refusal

LONGEST_CELL = 255
"""Characters a cell may hold (SPEC 3)."""


@dataclass(frozen=True, slots=True)
class CellError:
    """A cell without a value to read: an Excel error such as `#N/A`, or a formula that was never calculated."""

    text: str


Cell = str | int | float | bool | date | datetime | time | CellError | None
EMPTY = 0
"""The code of the empty cell in every column."""
_BLOCK: Final = 1024
"""Rows that are taken at once."""


class Column:
    """One column: `values[codes[i]]` is the cell in the i-th row. `values[0]` is None, the empty cell."""

    __slots__ = ("codes", "header", "values")

    def __init__(self, header: str, values: list[Cell] | None = None, codes: array[int] | None = None) -> None:
        self.header = header
        """The header as the sheet spells it."""
        self.values: list[Cell] = [None] if values is None else values
        self.codes: array[int] = array("I") if codes is None else codes

    def cell(self, index: int) -> Cell:
        """The cell in the row at `index` (an index into the sheet, not a sheet row number)."""
        return self.values[self.codes[index]]


@dataclass(slots=True)
class Sheet:
    """The rows of one upload. All columns have one code per row; `row_numbers` are the sheet's own (SPEC 3)."""

    columns: dict[str, Column]
    """By canonical header, in the sheet's order."""
    row_numbers: array[int]
    header_row: int = 1
    unknown_headers: list[str] = field(default_factory=list)
    extra_fields: dict[int, int] = field(default_factory=dict)
    """Index of a row that has more fields than there are headers → how many more."""
    versions: dict[int, int] = field(default_factory=dict)
    """Sheet row number → the version of the assignment it was downloaded with (SPEC R12)."""

    def __len__(self) -> int:
        return len(self.row_numbers)

    def cell(self, header: str, index: int) -> Cell:
        """The cell under a canonical header, None where the sheet has no such column."""
        column = self.columns.get(header)
        return None if column is None else column.cell(index)


class SheetBuilder:
    """Takes a header and then rows, one at a time, and gives the Sheet. Nothing is kept of a row but its codes.

    `fields_count`: whether a row longer than the header has extra fields even if they are empty, as in a .csv file,
    where an unquoted comma pushes the empty cells at the end of a row past the headers (SPEC 3).
    Raises Refusal `header-repeated` when two headers mean one column. Whether headers are missing is the
    site's to say (`workbook.columns.missing_headers`), so it is not asked here.
    """

    def __init__(self, header: Sequence[Cell], header_row: int = 1, *, fields_count: bool = False) -> None:
        names = ["" if cell is None else str(cell).strip() for cell in header]
        while names and not names[-1]:
            names.pop()
        self._width = len(names)
        self._fields = len(header) if fields_count else None
        self._header_row = header_row
        self._unknown: list[str] = []
        self._extra: dict[int, int] = {}
        self._row_numbers = array("I")
        self._columns: dict[str, Column] = {}
        self._takers: list[tuple[int, Column, _Codes]] = []
        self._own: list[int] = []
        for position, name in enumerate(names):
            canonical = canonical_header(name)
            if canonical is None:
                if name and not is_own_header(name):
                    self._unknown.append(name)
                if is_own_header(name):
                    self._own.append(position)
                continue
            if canonical in self._columns:
                raise Refusal.of(
                    "header-repeated", column=canonical, first=self._columns[canonical].header, second=name
                )
            column = Column(name)
            self._columns[canonical] = column
            self._takers.append((position, column, _Codes(column.values)))

    def add(self, row_number: int, cells: Sequence[Cell]) -> None:
        """Takes one row; a row with nothing in it, our own columns aside, is passed over (SPEC 3)."""
        if self._is_blank(cells):
            return
        self._count_extra(len(self._row_numbers), cells)
        self._row_numbers.append(row_number)
        width = len(cells)
        for position, column, codes in self._takers:
            cell = cells[position] if position < width else None
            column.codes.append(codes[(type(cell), cell) if type(cell) in _SAME_KEY else cell])

    def add_all(self, rows: Iterable[tuple[int, Sequence[Cell]]]) -> None:
        """Takes many rows, each with its row number, as `add` takes one, but a block at a time, column by column."""
        remaining = iter(rows)
        while block := list(islice(remaining, _BLOCK)):
            self._take([(number, cells) for number, cells in block if not self._is_blank(cells)])

    def _take(self, block: list[tuple[int, Sequence[Cell]]]) -> None:
        width = self._width
        table: list[Sequence[Cell]] = []
        for index, (_number, cells) in enumerate(block, len(self._row_numbers)):
            if len(cells) > width:
                self._count_extra(index, cells)
                cells = cells[:width]
            elif len(cells) < width:
                cells = [*cells, *[None] * (width - len(cells))]
            table.append(cells)
        self._row_numbers.extend([number for number, _cells in block])
        columns = list(zip(*table, strict=True))
        if columns:
            for position, column, codes in self._takers:
                column.codes.extend(codes.of(columns[position]))

    def _count_extra(self, index: int, cells: Sequence[Cell]) -> None:
        beyond = len(cells)
        while beyond > self._width and _is_empty(cells[beyond - 1]):
            beyond -= 1
        if beyond > self._width:
            self._extra[index] = beyond - self._width
        elif self._fields is not None and len(cells) > self._fields:
            self._extra[index] = len(cells) - self._fields

    def sheet(self, versions: Mapping[int, int] | None = None) -> Sheet:
        """The finished sheet. Raises Refusal `no-rows` when no row was added."""
        if not self._row_numbers:
            raise Refusal.of("no-rows")
        return Sheet(
            self._columns, self._row_numbers, self._header_row, self._unknown, self._extra, dict(versions or {})
        )

    def _is_blank(self, cells: Sequence[Cell]) -> bool:
        if cells and isinstance(first := cells[0], str) and first.strip() and 0 not in self._own:
            return False  # as nearly every row of an upload
        return all(_is_empty(cell) or position in self._own for position, cell in enumerate(cells))


class _Codes(dict[object, int]):
    """Cell → its code in one column, which a new value joins. An int or a bool goes by its type too, because
    Python takes 1, 1.0 and True for one key."""

    def __init__(self, values: list[Cell]) -> None:
        super().__init__()
        self._values = values

    def of(self, cells: Sequence[Cell]) -> list[int]:
        """One code for each cell."""
        if _SAME_KEY.isdisjoint(map(type, cells)):
            return list(map(self.__getitem__, cells))
        return [self[(type(cell), cell) if type(cell) in _SAME_KEY else cell] for cell in cells]

    def __missing__(self, key: object) -> int:
        value: Cell = key[1] if type(key) is tuple else key  # type: ignore[assignment]
        code = EMPTY
        if not _is_empty(value):
            self._values.append(value)
            code = len(self._values) - 1
        self[key] = code
        return code


_SAME_KEY: Final = frozenset((int, bool))


def sheet_of(
    header: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    row_numbers: Iterable[int] | None = None,
    versions: Mapping[int, int] | None = None,
) -> Sheet:
    """A Sheet from a table in memory. `row_numbers` default to 2, 3, … (SPEC 8). Raises Refusal as the builder does."""
    builder = SheetBuilder(header)
    numbers: Iterator[int] = iter(row_numbers) if row_numbers is not None else iter(range(2, 2**31))
    builder.add_all(zip(numbers, rows, strict=False))
    return builder.sheet(versions)


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
