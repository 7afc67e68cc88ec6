"""Hold a workbook as a button sees it: its contents, and the changes to make.

A host reads the workbook at once into a picture, and writes the changes at once (`addin/hosts/desk.py`). In between, a
button does not touch the spreadsheet: it reads from the picture and notes its writes as operations. A read after a
write sees what was written. Rows and columns are counted from 1, as in a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from pathlib import Path
from typing import Final, NamedTuple

Value = str | int | float | bool | date | datetime | time | None
Cells = list[list[Value]]

DATA: Final = ":data"
"""Stands for the sheet with the user's rows, the leftmost visible one (SPEC 3), where sheets are named that a button
reads. No sheet can be called so."""
HIDDEN: Final = ":hidden"
"""Stands there for which rows of that sheet are hidden."""
SHOWN: Final = ":shown"
"""Stands there for that none is: it is taken for true, and asked once, when the changes are written. Where it is false
after all, nothing is written, and the button is run again with HIDDEN. Only for buttons that may be run twice."""
IN_FRONT: Final = ":in front"
"""Stands there for the cell that the user has selected."""
PLACE: Final = ":place"
"""Likewise for where the workbook's file is, and which other workbooks are open."""


class HiddenRow(int):
    """The number of a row that is hidden by hand or by a filter."""


class ErrorText(str):
    """The text of an Excel error in a cell, such as `#N/A`; a plain str of the same letters is text."""

    __slots__ = ()


class Block(NamedTuple):
    """A rectangle of cells: its first cell, 1-based, and its size."""

    row: int
    column: int
    rows: int
    columns: int


@dataclass(slots=True)
class SheetPicture:
    """One worksheet as the host found it."""

    name: str
    visible: bool = True
    cells: Cells | None = None
    """Row by row from A1. A row that holds nothing is []; a cell beyond the end of its row is empty. None: the sheet
    was not read."""
    hidden_rows: frozenset[int] | None = frozenset()
    """Rows that a filter or the user hides, of the data sheet alone. None: HIDDEN was not read."""
    hidden_columns: frozenset[int] = frozenset()
    """Columns that nobody sees, of the data sheet alone, where HIDDEN or SHOWN was read and the program tells."""
    formats: dict[tuple[int, int], str] = field(default_factory=dict)
    """(row, column) → the number format of a number under the header of an identifier, of the data sheet alone."""
    is_taken_for_shown: bool = False
    """Whether `hidden_rows` was not read, but is to be true when the changes are written (SHOWN)."""


@dataclass(slots=True)
class Picture:
    """A workbook as the host found it."""

    name: str
    """Its file's name, or what an unsaved one is called."""
    sheets: list[SheetPicture]
    """Leftmost first."""
    selected: tuple[str, int, int] | None = None
    """Sheet, row and column where the user is; None when that is no cell, or IN_FRONT was not read."""
    path: Path | None = None
    """Where the file is, where PLACE was read: a workbook in the cloud may have no place on this computer."""
    open_names: tuple[str, ...] = ()
    """Likewise the names of all open workbooks: a program opens no second one of a name."""


@dataclass(frozen=True, slots=True)
class Put:
    """Writes a block of cells, `row` and `column` being its first; None empties a cell. The number format, where one
    is given, comes before the values, or Excel would turn `007` into 7 and a date into text."""

    sheet: str
    row: int
    column: int
    cells: Sequence[Sequence[Value]]
    number_format: str | None = None


@dataclass(frozen=True, slots=True)
class Fill:
    """Writes one value into cells that stand apart, each (row, column)."""

    sheet: str
    places: tuple[tuple[int, int], ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Replace:
    """Writes a block from A1 in place of all that the sheet holds; formats stay."""

    sheet: str
    cells: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Late:
    """Changes that what the sheet holds just before they are made decides. `decide`: its cells → the changes, of this
    sheet or of others that are there. It is read once for all, and need not have been read before."""

    sheet: str
    decide: Callable[[Cells], Sequence[Operation]]


@dataclass(frozen=True, slots=True)
class Append:
    """Writes lines below all that the sheet holds, from column A; the sheet need not have been read."""

    sheet: str
    cells: Sequence[Sequence[Value]]


@dataclass(frozen=True, slots=True)
class Format:
    """Gives cells a number format: at least one block. LAST_ROW rows mean whole columns."""

    sheet: str
    blocks: tuple[Block, ...]
    number_format: str


@dataclass(frozen=True, slots=True)
class Redress:
    """Gives rows the formats, lists and marks of the sheet's last row again, where a paste has removed these. Rows that
    have them stay as they are, and so does a sheet whose last row has none."""

    sheet: str
    row: int
    rows: int
    columns: int
    texts: tuple[tuple[int, int], ...]
    """Columns that hold text there, as (first, count): where they do not, a row was robbed."""
    keep: Mapping[tuple[int, int], str]
    """(row, column) → the number format of a cell whose value would read otherwise under another one."""


@dataclass(frozen=True, slots=True)
class AddSheet:
    """A new worksheet at the far right; the user stays where they are."""

    sheet: str


@dataclass(frozen=True, slots=True)
class HideSheet:
    sheet: str


@dataclass(frozen=True, slots=True)
class HideColumns:
    sheet: str
    column: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class FitRows:
    """Gives rows the height that their cells need."""

    sheet: str
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Show:
    """Brings a sheet to the front, and selects a cell of it where one is named. `unless`: what is shown
    instead where the user is on that one's sheet."""

    sheet: str
    row: int = 0
    column: int = 0
    unless: Show | None = None


Operation = (
    Put | Fill | Replace | Late | Append | Format | Redress | AddSheet | HideSheet | HideColumns | FitRows | Show
)


class UnreadError(LookupError):
    """A button asks for a sheet, or for HIDDEN, that is not in the picture, and is run again with one that has it."""

    def __init__(self, sheet: str) -> None:
        super().__init__(f"The sheet {sheet} is not among those that the button reads.")
        self.sheet = sheet


class BookSheet:
    """One worksheet: read from the picture, written by notes. Made by `Book`."""

    def __init__(self, operations: list[Operation], picture: SheetPicture) -> None:
        self._operations = operations
        self._picture = picture
        self._cells = picture.cells
        self.watched: frozenset[int] | None = None
        """The columns in which a change made by somebody else meanwhile forbids the commit; None for all."""

    @property
    def name(self) -> str:
        return self._picture.name

    @property
    def visible(self) -> bool:
        return self._picture.visible

    @property
    def hidden_rows(self) -> frozenset[int]:
        if self._picture.hidden_rows is None:
            raise UnreadError(HIDDEN)
        return self._picture.hidden_rows

    @property
    def hidden_columns(self) -> frozenset[int]:
        return self._picture.hidden_columns

    @property
    def formats(self) -> dict[tuple[int, int], str]:
        return self._picture.formats

    @property
    def cells(self) -> Cells:
        """Row by row from A1, with all that was written; not to be changed. A row that holds nothing may be []."""
        if self._cells is None:
            raise UnreadError(self.name)
        return self._cells

    def cell(self, row: int, column: int) -> Value:
        cells = self.cells
        line = cells[row - 1] if row <= len(cells) else []
        return line[column - 1] if column <= len(line) else None

    def watch(self, columns: Iterator[int]) -> None:
        """Only these columns must not have changed before the commit. Otherwise a clock in a column of the user's own
        would stop every write."""
        self.watched = frozenset(columns)

    def put(self, row: int, column: int, cells: Sequence[Sequence[Value]], number_format: str | None = None) -> None:
        """Writes a block whose first cell this is; see Put."""
        if not cells or not cells[0]:
            return
        self._operations.append(Put(self.name, row, column, cells, number_format))
        self._see([(row, column, cells)])

    def fill(self, places: Collection[tuple[int, int]], value: Value) -> None:
        """Writes one value into cells, (row, column), that stand apart; see Fill."""
        self._operations.append(Fill(self.name, tuple(places), value))
        self._see((row, column, [[value]]) for row, column in places)

    def _see(self, written: Iterable[tuple[int, int, Sequence[Sequence[Value]]]]) -> None:
        """A read from now on sees what is written: blocks, each with its first row and column. A picture of many rows
        is copied once for all of them."""
        if self._cells is None:
            return
        grid = list(self._cells)
        for row, column, cells in written:
            grid += [[] for _ in range(row + len(cells) - 1 - len(grid))]
            for number, values in enumerate(cells, start=row - 1):
                line = list(grid[number])
                line += [None] * (column - 1 + len(values) - len(line))
                line[column - 1 : column - 1 + len(values)] = values
                grid[number] = line
        self._cells = grid

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        """Writes a block from A1 in place of all that the sheet holds; see Replace."""
        self._operations.append(Replace(self.name, cells))
        self._cells = [list(line) for line in cells]

    def beside(self, name: str) -> BookSheet:
        """Another sheet that is there, which was not read: its changes are noted with this one's."""
        return BookSheet(self._operations, SheetPicture(name))

    def late(self, decide: Callable[[BookSheet], None]) -> None:
        """What `decide` notes on a sheet of this name, which holds what it does just before the changes are made; see
        Late. It is not seen by a read of the sheet."""

        def changes(cells: Cells) -> list[Operation]:
            noted: list[Operation] = []
            decide(BookSheet(noted, SheetPicture(self.name, self.visible, cells)))
            return noted

        self._operations.append(Late(self.name, changes))

    def append(self, cells: Sequence[Sequence[Value]]) -> None:
        """Writes lines below all that the sheet holds; see Append. They are not seen by a read of the sheet."""
        if cells:
            self._operations.append(Append(self.name, cells))

    def format(self, blocks: Sequence[Block], number_format: str) -> None:
        """Gives cells a number format; see Format."""
        self._operations.append(Format(self.name, tuple(blocks), number_format))

    def redress(
        self, row: int, rows: int, columns: int, texts: Sequence[tuple[int, int]], keep: Mapping[tuple[int, int], str]
    ) -> None:
        """Gives robbed rows back what they had; see Redress."""
        self._operations.append(Redress(self.name, row, rows, columns, tuple(texts), keep))

    def hide(self) -> None:
        self._operations.append(HideSheet(self.name))

    def hide_columns(self, column: int, count: int = 1) -> None:
        self._operations.append(HideColumns(self.name, column, count))

    def fit_rows(self, rows: Sequence[int]) -> None:
        if rows:
            self._operations.append(FitRows(self.name, tuple(rows)))

    def show(self, row: int = 0, column: int = 0, unless: Show | None = None) -> None:
        """Brings the sheet to the front, and selects a cell of it where one is named; see Show."""
        self._operations.append(Show(self.name, row, column, unless))


class Book:
    """A workbook: its sheets, and in `operations` what is to be changed in it, in order."""

    def __init__(self, picture: Picture) -> None:
        self.picture = picture
        self.operations: list[Operation] = []
        self.claimed: set[str] = set()
        """The sheets that are taken for ours by their names. The commit looks whether they are."""
        self._sheets = {one.name: BookSheet(self.operations, one) for one in picture.sheets}

    @property
    def name(self) -> str:
        return self.picture.name

    @property
    def sheets(self) -> list[BookSheet]:
        """Leftmost first."""
        return list(self._sheets.values())

    def sheet(self, name: str) -> BookSheet | None:
        return self._sheets.get(name)

    def claim(self, name: str) -> BookSheet | None:
        """A sheet of ours, to be written into; None where there is none. Where it is the user's own after all, which is
        looked at just before anything is written, the commit writes nothing."""
        self.claimed.add(name)
        return self.sheet(name)

    def data_sheet(self) -> BookSheet | None:
        """The leftmost visible sheet; None where all are hidden."""
        return next((one for one in self._sheets.values() if one.visible), None)

    def must_hold(self, *reads: str) -> None:
        """Raises UnreadError where one of these sheets, or HIDDEN, is not in the picture: called before what counts and
        is not to happen twice."""
        for name in reads:
            if name == HIDDEN:
                _ = None if (sheet := self.data_sheet()) is None else sheet.hidden_rows
            elif (one := self.sheet(name)) is not None:
                _ = one.cells

    def add_sheet(self, name: str) -> BookSheet:
        """A new, empty sheet at the far right."""
        self.operations.append(AddSheet(name))
        sheet = self._sheets[name] = BookSheet(self.operations, SheetPicture(name, cells=[]))
        return sheet

    @property
    def selected(self) -> tuple[str, int, int] | None:
        return self.picture.selected
