"""A sheet in memory: columns of distinct values, and rows with their original numbers.

The distinct value is the unit of everything that follows. Each column keeps every different cell once, in
`values`, and a small integer per row, in `codes`: what is read, looked up and suggested is done once a value.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import islice
from typing import Any, Final, NamedTuple

from workbook.columns import KINDS, canonical_header, header_key, is_own_header
from workbook.files.header import MOST_LOOKED_AT, ends_of, header_text, is_left_out, look_alikes, without_header
from workbook.layout import column_letters
from workbook.problems import Refusal
from workbook.text import is_blank

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


class Unclear(NamedTuple):
    """A column under an unknown header that looks like one of ours, until somebody says what it is (SPEC 2)."""

    column: Column
    likely: tuple[str, ...]
    """The canonical headers that it may mean, the likeliest first; the sheet has none of them."""


@dataclass(slots=True)
class Sheet:
    """The rows of one upload. All columns have one code per row; `row_numbers` are the sheet's own (SPEC 3)."""

    columns: dict[str, Column]
    """By canonical header, in the sheet's order."""
    row_numbers: array[int]
    header_row: int = 1
    unknown_headers: list[str] = field(default_factory=list)
    extra_fields: dict[int, int] = field(default_factory=dict)
    """Index of a row that has more fields than there are headers, one of them filled → how many more."""
    versions: dict[int, int] = field(default_factory=dict)
    """Sheet row number → the version of the assignment it was downloaded with (SPEC R12)."""
    title: str = ""
    """What the worksheet is called; "" where nobody knows, and for a text file."""
    empty_fields: dict[int, int] = field(default_factory=dict)
    """Index of a row of a text file that has more fields than headers, all of them empty → how many more."""
    hidden_rows: list[int] = field(default_factory=list)
    """Sheet row numbers that are hidden, by hand or by a filter, in ascending order; only rows of the upload."""
    unclear: dict[str, Unclear] = field(default_factory=dict)
    """By the header as the sheet spells it."""
    answered: dict[str, str] = field(default_factory=dict)
    """Header as the sheet spells it → the canonical header that the site says it is, "" to leave it out."""
    header_found: bool = True
    """Whether the header row is one by SPEC 3; else it is only the likeliest row."""
    downloaded: dict[int, dict[str, str]] = field(default_factory=dict)
    """Sheet row number → canonical header → what the cell said when the row was downloaded (SPEC R12)."""
    hidden_columns: dict[str, str] = field(default_factory=dict)
    """Letters of a column that nobody sees → its header as the sheet spells it; only columns that are read."""
    header_hidden: bool = False
    """Whether nobody sees the header row."""
    nameless: list[str] = field(default_factory=list)
    """Letters of the columns between ours or beside them that have no header, and hold something in a row (SPEC 3)."""
    records: dict[int, int] = field(default_factory=dict)
    """Sheet row number → the number of the assignment it was downloaded from, where it is said beside its version."""

    def __len__(self) -> int:
        return len(self.row_numbers)

    def cell(self, header: str, index: int) -> Cell:
        """The cell under a canonical header, None where the sheet has no such column."""
        column = self.columns.get(header)
        return None if column is None else column.cell(index)


class SheetBuilder:
    """Takes a header and then rows, one at a time, and gives the Sheet. Nothing is kept of a row but its codes.

    `title`: the worksheet's name. `fields_count`: whether a row longer than the header has extra fields even if they
    are empty, as in a .csv file, where an unquoted comma pushes the empty cells at the end of a row past the headers
    (SPEC 3). `in_columns`: whether each cell stands in a column, as in a worksheet. There a cell beyond our own columns
    is a note beside the row, and no field too many; beyond the user's it may be a value that slid to the right. Raises
    Refusal `header-repeated` when two headers mean one column. Whether headers are missing is the site's to say
    (`workbook.files.missing`), so it is not asked here.
    """

    def __init__(
        self, header: Sequence[Cell], header_row: int = 1, *, title: str = "", fields_count: bool = False,
        header_found: bool = True, in_columns: bool = False,
    ) -> None:  # fmt: skip
        names = [header_text(cell) for cell in header]
        while names and not names[-1]:
            names.pop()
        self._title = title
        self._width = len(names)
        self._fields = len(header) if fields_count else None
        self._header_row = header_row
        self._header_found = header_found
        self._last, self._takes_notes = ends_of(names) if in_columns else (self._width, False)
        self._ours = {place for place, name in enumerate(names) if is_own_header(name)}
        self._unknown: list[str] = []
        self._extra: dict[int, int] = {}
        self._empty: dict[int, int] = {}
        self._row_numbers = array("I")
        self._columns: dict[str, Column] = {}
        self._unclear: dict[str, Unclear] = {}
        self._takers: list[tuple[int, Column, _Codes]] = []
        foreign: list[tuple[int, str]] = []
        for position, name in enumerate(names):
            canonical = canonical_header(name)
            if canonical is not None:
                column = self._taken(position, name)
                if canonical in self._columns:
                    first = self._columns[canonical].header
                    raise Refusal.of("header-repeated", column=canonical, first=first, second=name)
                self._columns[canonical] = column
            elif name and not is_own_header(name) and not is_left_out(name):
                self._unknown.append(name)
                foreign.append((position, name))
        self._counted: Sequence[int] = [position for position, _column, _codes in self._takers] or [
            position for position, name in enumerate(names) if not is_own_header(name)
        ]
        """Where something must stand to make a row. In a sheet without any column of ours every row is one, so that it
        is the columns that are found missing."""
        self._nameless = [place for place in without_header(names) if place < self._last or self._takes_notes]
        self._filled_nameless: list[int] = []
        self._first = self._counted[0] if self._counted else self._width
        self._find_unclear(foreign)

    def place_header(self, header_row: int, *, title: str, header_found: bool) -> None:
        """Sets where the header is, for a reader that learns it only after the rows."""
        self._header_row, self._title, self._header_found = header_row, title, header_found

    def _taken(self, position: int, name: str) -> Column:
        column = Column(name)
        self._takers.append((position, column, _Codes(column.values)))
        return column

    def _find_unclear(self, foreign: list[tuple[int, str]]) -> None:
        keys: dict[str, str] = {}
        for position, name in foreign[:MOST_LOOKED_AT]:
            likely = look_alikes(name, self._columns)
            if not likely:
                continue
            key = header_key(name)
            if key in keys:
                raise Refusal.of("header-repeated", column=name, first=keys[key], second=name)
            keys[key] = name
            self._unclear[name] = Unclear(self._taken(position, name), tuple(likely))

    def identifiers(self) -> list[int]:
        """The positions, from 0, of the columns that hold identifiers, or may: their numbers read as they are shown."""
        sure = [column for header, column in self._columns.items() if KINDS[header] == "id"]
        may = [one.column for one in self._unclear.values() if any(KINDS[header] == "id" for header in one.likely)]
        return [position for position, column, _codes in self._takers if column in sure or column in may]

    def add(self, row_number: int, cells: Sequence[Cell]) -> None:
        """Takes one row; a row in which none of our columns is filled is passed over (SPEC 3)."""
        if self._is_blank(cells):
            return
        self._count_extra(len(self._row_numbers), cells)
        self._row_numbers.append(row_number)
        width = len(cells)
        if self._nameless:
            self._look_at_nameless(lambda place: cells[place : place + 1])
        for position, column, codes in self._takers:
            cell = cells[position] if position < width else None
            column.codes.append(codes[_key(cell) if type(cell) in _SAME_KEY else cell])

    def add_all(self, rows: Iterable[tuple[int, Sequence[Cell]]]) -> None:
        """Takes many rows, each with its row number, as `add` takes one, but a block at a time, column by column."""
        remaining = iter(rows)
        while block := list(islice(remaining, _BLOCK)):
            self._take([(number, cells) for number, cells in block if not self._is_blank(cells)])

    def _take(self, block: list[tuple[int, Sequence[Cell]]]) -> None:
        width = self._width
        table: list[Sequence[Cell]] = []
        for index, (_number, cells) in enumerate(block, len(self._row_numbers)):
            if len(cells) > self._last:
                self._count_extra(index, cells)
            if len(cells) > width:
                cells = cells[:width]
            elif len(cells) < width:
                cells = [*cells, *[None] * (width - len(cells))]
            table.append(cells)
        self._row_numbers.extend([number for number, _cells in block])
        columns = list(zip(*table, strict=True))
        if columns:
            if self._nameless:
                self._look_at_nameless(columns.__getitem__)
            for position, column, codes in self._takers:
                column.codes.extend(codes.of(columns[position]))

    def _look_at_nameless(self, cells_of: Callable[[int], Sequence[Cell]]) -> None:
        """`cells_of`: the cells of some rows by the place of their column."""
        for place in list(self._nameless):
            cells = cells_of(place)
            if cells.count(None) + cells.count("") < len(cells) and any(map(is_filled, cells)):
                self._nameless.remove(place)
                self._filled_nameless.append(place)

    def _count_extra(self, index: int, cells: Sequence[Cell]) -> None:
        beyond = len(cells)
        while beyond > self._last and (beyond - 1 in self._ours or not is_filled(cells[beyond - 1])):
            beyond -= 1
        if self._takes_notes:
            self._note_beyond(range(self._width, beyond), cells)
        elif beyond > self._last:
            self._extra[index] = beyond - self._last
        elif self._fields is not None and len(cells) > self._fields:
            self._empty[index] = len(cells) - self._fields

    def _note_beyond(self, places: range, cells: Sequence[Cell]) -> None:
        for place in places:
            if len(self._filled_nameless) >= MOST_LOOKED_AT:
                return
            if place not in self._filled_nameless and is_filled(cells[place]):
                self._filled_nameless.append(place)

    def sheet(
        self, versions: Mapping[int, int] | None = None, hidden_rows: Iterable[int] = (),
        hidden_columns: Collection[int] = (),
    ) -> Sheet:  # fmt: skip
        """The finished sheet. `hidden_rows`: sheet row numbers, in any order, of rows of the upload or not;
        `hidden_columns`: likewise columns, counted from 1.

        Raises Refusal `no-rows` when no row was added.
        """
        if not self._row_numbers:
            raise no_rows(self._title)
        hidden, unclear = set(hidden_rows), self._unclear_with_cells()
        return Sheet(
            self._columns,
            self._row_numbers,
            self._header_row,
            [name for name in self._unknown if name not in unclear],
            self._extra,
            dict(versions or {}),
            self._title,
            self._empty,
            [number for number in self._row_numbers if number in hidden] if hidden else [],
            unclear,
            header_found=self._header_found,
            hidden_columns={
                column_letters(place + 1): column.header
                for place, column, _codes in self._takers
                if place + 1 in hidden_columns
            },
            header_hidden=self._header_row in hidden,
            nameless=[column_letters(place + 1) for place in sorted(self._filled_nameless)],
        )

    def _unclear_with_cells(self) -> dict[str, Unclear]:
        """The unclear headers to ask about: under the others nothing stands."""
        return {name: one for name, one in self._unclear.items() if any(one.column.codes)}

    def _is_blank(self, cells: Sequence[Cell]) -> bool:
        width = len(cells)
        if self._first < width and type(first := cells[self._first]) is str and first.isprintable() and first.strip():
            return False  # as nearly every row of an upload
        for position in self._counted:
            if position < width and (cell := cells[position]) is not None:
                if isinstance(cell, str) and is_blank(cell):
                    continue
                return False
        return True


def no_rows(title: str) -> Refusal:
    """The refusal of a sheet without a row; `title`: the worksheet's name, "" for none."""
    return Refusal.of("no-rows", where=f" on the sheet “{title}”" if title else "")


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
        return [self[_key(cell) if type(cell) in _SAME_KEY else cell] for cell in cells]

    def __missing__(self, key: object) -> int:
        value: Any = key
        if type(key) is tuple:
            value = key[1] if len(key) == 2 else int(key[1], 16)
        code = EMPTY
        if is_filled(value):
            self._values.append(value)
            code = len(self._values) - 1
        self[key] = code
        return code


def _key(cell: Any) -> tuple[object, ...]:
    """What an int or a bool is found by. Large ones by their digits: of those, thousands can be made that have one
    hash, and each of them would be compared with all others."""
    return (type(cell), cell) if -_LARGE < cell < _LARGE else (int, hex(cell), "large")


_LARGE: Final = 2**60
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


def is_filled(cell: Cell) -> bool:
    """Whether anything stands in a cell: blanks and what nobody sees do not count (SPEC 3)."""
    return cell is not None and not (isinstance(cell, str) and is_blank(cell))
