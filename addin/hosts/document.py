"""Define what a host must be able to do with an open workbook.

`addin/hosts/desk.py` needs only these calls, so that a host is small. Excel, Calc and closed files each have a Document
and a Grid of their own; every call on one of them is one call into the spreadsheet.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from pathlib import Path
from typing import Final, Protocol, TypeVar

from addin.book import Block, Cells, ErrorText, Redress, Value
from workbook.files.limits import LAST_ROW

MAX_ROWS: Final = LAST_ROW
LONGEST_TEXT: Final = 32_767
"""Characters that a cell of Excel holds."""
WIDEST: Final = 512
"""Columns that are read. A template has about twenty; a stray cell far to the right must not cost a million reads."""
_BEYOND: Final = 64
"""Columns beyond the widest of the first rows in which a filled cell is still noticed, and reported."""
_AT_ONCE: Final = 4_000_000
"""Cells of one read: a whole sheet, unless something stands at the far end of it."""
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
__all__ = [
    "LONGEST_TEXT",
    "MAX_ROWS",
    "WIDEST",
    "Block",
    "Cells",
    "Document",
    "ErrorText",
    "Grid",
    "Value",
    "cell_text",
    "outside",
    "overlap",
    "whole",
]


def cell_text(text: str) -> str:
    """A text as a cell can hold it: without the characters that no workbook can, and no longer than Excel allows."""
    if not text.isprintable():  # quick, and most texts are
        text = _SURROGATE.sub("\ufffd", _UNWRITABLE.sub("", text))
    return text[:LONGEST_TEXT]


def overlap(one: Block, other: Block) -> Block | None:
    """The cells that both hold, if any."""
    top, left = max(one.row, other.row), max(one.column, other.column)
    bottom = min(one.row + one.rows, other.row + other.rows)
    right = min(one.column + one.columns, other.column + other.columns)
    return Block(top, left, bottom - top, right - left) if bottom > top and right > left else None


def runs_of(rows: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of the rows that follow each other."""
    runs: list[tuple[int, int]] = []
    for row in sorted(set(rows)):
        if runs and runs[-1][1] == row - 1:
            runs[-1] = (runs[-1][0], row)
        else:
            runs.append((row, row))
    return runs


def blocks_down(places: Iterable[tuple[int, int]]) -> list[Block]:
    """Cells, (row, column), as blocks of those that follow each other down a column."""
    rows: dict[int, list[int]] = {}
    for row, column in places:
        rows.setdefault(column, []).append(row)
    return [Block(top, column, bottom - top + 1, 1) for column in sorted(rows) for top, bottom in runs_of(rows[column])]


def meet(one: Iterable[Block], other: Iterable[Block]) -> bool:
    """Whether some blocks and others have a cell in common. Each may be thousands, so that not every pair is looked
    at; blocks of one side that lie upon each other count as if they did."""
    columns: dict[int, list[tuple[int, int]]] = {}
    sides = list(one), list(other)
    both = {column for block in sides[0] for column in range(block.column, block.column + block.columns)}
    both &= {column for block in sides[1] for column in range(block.column, block.column + block.columns)}
    for block in (block for side in sides for block in side):
        for column in range(block.column, block.column + block.columns):
            if column in both:
                columns.setdefault(column, []).append((block.row, block.row + block.rows))
    for rows in columns.values():
        rows.sort()
        if any(below[0] < above[1] for above, below in pairwise(rows)):
            return True
    return False


def outside(first: int, last: int, reached: Iterable[tuple[int, int]]) -> Iterator[int]:
    """The rows from `first` to `last` that none of some runs, each its first and last row, reaches."""
    row = first
    for top, bottom in sorted(reached):
        yield from range(row, min(top, last + 1))
        row = max(row, bottom + 1)
    yield from range(row, last + 1)


class Grid(Protocol):
    """One worksheet. Every method may raise BookError with one plain sentence, and has changed nothing then."""

    @property
    def name(self) -> str: ...
    @property
    def visible(self) -> bool: ...
    def used(self) -> Block:
        """A rectangle that holds every filled cell; cells that are only formatted may count. A1 for an empty sheet."""

    def read(self, block: Block) -> Cells:
        """Values, each row `block.columns` wide; None for an empty cell, an ErrorText for an Excel error, a datetime
        for a date. A formula reads as its stored value, or as its own text where it has none."""

    def contents(self) -> Cells:
        """Everything from A1, as `read` gives it; a row that holds nothing is []. `whole` makes it of the two above,
        where the program has no shorter way."""

    def is_as_read(self) -> bool:
        """Whether the sheet still holds what `contents` gave last. False where only reading it again would show that,
        and where it was not read."""

    def hidden_rows(self, last: int) -> frozenset[int]:
        """Rows, from 1 to `last`, that a filter or the user hides."""

    def hidden_columns(self, last: int) -> frozenset[int]:
        """Columns, from 1 to `last`, of the leftmost visible sheet that nobody sees; none where it would take a call of
        its own to know (Excel)."""

    def shows_all(self, last: int) -> bool:
        """Whether neither a filter nor the user hides one of the rows from 1 to `last`. Asked by a commit, just before
        it writes."""

    def formats(self, places: Collection[tuple[int, int]]) -> dict[tuple[int, int], str]:
        """The number formats of some cells: (row, column) → format."""

    def write(self, block: Block, cells: Sequence[Sequence[Value]], number_format: str | None) -> None:
        """Writes values, and before them a number format where one is given, into exactly these cells whatever
        filter is on. A text goes in as it is read: Excel takes the first apostrophe of one for its own."""

    def write_each(self, places: Collection[tuple[int, int]], value: Value) -> None:
        """Writes one value into some cells, (row, column), wherever they stand."""

    def clear(self) -> None:
        """Takes all contents away; formats stay."""

    def replace(self, cells: Sequence[Sequence[Value]]) -> None:
        """Writes a block from A1 in place of all contents; formats stay. Only for our own sheets, whose content is not
        known: a failure in the middle leaves them empty."""

    def set_number_format(self, block: Block, number_format: str, more: Sequence[Block] = ()) -> None:
        """Gives a block a number format, and further ones the same."""

    def redress(self, wanted: Redress) -> int:
        """Gives rows the formats, lists and marks of the last row, where a paste has removed them. Returns how many."""

    def hide(self) -> None: ...
    def hide_columns(self, column: int, count: int) -> None: ...
    def fit_heights(self, rows: Collection[int]) -> None:
        """Gives rows the height that their cells need; in a closed file it is estimated."""


AnyGrid = TypeVar("AnyGrid", bound=Grid)


class Blocks(Protocol):
    """The part of a Grid that `whole` needs."""

    def used(self) -> Block: ...
    def read(self, block: Block) -> Cells: ...


def whole(grid: Blocks) -> Cells:
    """Everything on a sheet from A1, for `Grid.contents`: its used rectangle, read in as few blocks as memory allows.
    What stands far to the right of everything else is left out."""
    used = grid.used()
    last, width = used.row + used.rows - 1, min(used.column + used.columns - 1, WIDEST)
    cells: Cells = []
    while len(cells) < last:
        rows = min(max(_AT_ONCE // width, 1), last - len(cells))
        part = grid.read(Block(len(cells) + 1, 1, rows, width))
        cells += [line if any(cell is not None for cell in line) else [] for line in part]
        if len(cells) < last:
            width = min(width, _widest(cells) + _BEYOND)
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _widest(cells: Cells) -> int:
    """The last filled column of the first rows, among which the header stands."""
    filled = [line for line in cells if line][:20]
    places = [place for line in filled for place, cell in enumerate(line, start=1) if cell is not None]
    return max(places, default=1)


class Document(Protocol[AnyGrid]):
    """One open workbook."""

    notes: list[str]
    """Further sentences on a commit for the user, such as on a filter that could not be set again."""

    @property
    def name(self) -> str:
        """Its file's name, or what an unsaved one is called."""

    @property
    def path(self) -> Path | None:
        """Where it is on this computer; None where that is not known."""

    def open_names(self) -> tuple[str, ...]:
        """The names of all workbooks that the program has open."""

    def grids(self) -> list[AnyGrid]:
        """The worksheets, leftmost first."""

    def selection(self) -> tuple[str, int, int] | None:
        """The sheet, row and column of the selected cell; None when what is selected is no cell."""

    def add(self, name: str) -> AnyGrid:
        """A new worksheet at the far right; the user stays where they are."""

    def show(self, grid: AnyGrid, row: int, column: int) -> None:
        """Brings a sheet to the front, and selects a cell of it unless `row` is 0."""

    def still(self) -> AbstractContextManager[None]:
        """Holds the screen until all is written."""
