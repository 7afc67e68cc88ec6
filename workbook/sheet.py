"""A sheet as it was read: columns of distinct values, and rows that keep their own numbers.

The distinct value is the unit of everything that follows. Each column keeps every different cell once, in
`values`, and a small integer per row, in `codes`: what is read, looked up and suggested is done once a value.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time

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

    def code_of(self, value: Cell) -> int:
        """The code of `value`, which joins `values` when it is new. 1, 1.0 and True stay apart."""
        if _is_empty(value):
            return EMPTY
        for code, known in enumerate(self.values):
            if type(known) is type(value) and known == value:
                return code
        self.values.append(value)
        return len(self.values) - 1


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

    Raises Refusal `header-repeated` when two headers mean one column. Whether headers are missing is the
    site's to say (`workbook.columns.missing_headers`), so it is not asked here.
    """

    def __init__(self, header: Sequence[Cell], header_row: int = 1) -> None:
        names = ["" if cell is None else str(cell).strip() for cell in header]
        while names and not names[-1]:
            names.pop()
        self._width = len(names)
        self._header_row = header_row
        self._unknown: list[str] = []
        self._extra: dict[int, int] = {}
        self._row_numbers = array("I")
        self._columns: dict[str, Column] = {}
        self._takers: list[tuple[int, Column, dict[object, int]]] = []
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
            self._takers.append((position, column, {}))

    def add(self, row_number: int, cells: Sequence[Cell]) -> None:
        """Takes one row; a row with nothing in it, our own columns aside, is passed over (SPEC 3)."""
        width = len(cells)
        if self._is_blank(cells):
            return
        if width > self._width and any(not _is_empty(cell) for cell in cells[self._width :]):
            beyond = max(position for position in range(self._width, width) if not _is_empty(cells[position]))
            self._extra[len(self._row_numbers)] = beyond + 1 - self._width
        self._row_numbers.append(row_number)
        for position, column, codes in self._takers:
            value = cells[position] if position < width else None
            if value is None or value == "":
                column.codes.append(EMPTY)
                continue
            kind = type(value)
            key = value if kind is str else (kind, value)
            code = codes.get(key)
            if code is None:
                if kind is str and not str(value).strip():
                    code = EMPTY
                else:
                    column.values.append(value)
                    code = len(column.values) - 1
                codes[key] = code
            column.codes.append(code)

    def sheet(self, versions: Mapping[int, int] | None = None) -> Sheet:
        """The finished sheet. Raises Refusal `no-rows` when no row was added."""
        if not self._row_numbers:
            raise Refusal.of("no-rows")
        return Sheet(
            self._columns, self._row_numbers, self._header_row, self._unknown, self._extra, dict(versions or {})
        )

    def _is_blank(self, cells: Sequence[Cell]) -> bool:
        for cell in cells:
            if cell is not None and cell != "":
                break
        else:
            return True
        return all(_is_empty(cell) or position in self._own for position, cell in enumerate(cells))


def sheet_of(
    header: Sequence[Cell],
    rows: Iterable[Sequence[Cell]],
    row_numbers: Iterable[int] | None = None,
    versions: Mapping[int, int] | None = None,
) -> Sheet:
    """A Sheet from a table in memory. `row_numbers` default to 2, 3, … (SPEC 8). Raises Refusal as the builder does."""
    builder = SheetBuilder(header)
    numbers: Iterator[int] = iter(row_numbers) if row_numbers is not None else iter(range(2, 2**31))
    for number, cells in zip(numbers, rows, strict=False):
        builder.add(number, cells)
    return builder.sheet(versions)


def _is_empty(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
