"""What a host must be able to do with a workbook; everything that xlwings asks for is made from this."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384


class ErrorText(str):
    """The text of an Excel error in a cell, such as `#N/A`; a plain str of the same letters is text."""

    __slots__ = ()


Value = str | int | float | bool | date | datetime | time | None


class Block(NamedTuple):
    """A rectangle of cells: its first cell, 1-based, and its size."""

    row: int
    column: int
    rows: int
    columns: int


class Grid(Protocol):
    """One worksheet. Reads and writes are whole blocks, row by row."""

    @property
    def name(self) -> str: ...
    def rename(self, name: str) -> None: ...
    @property
    def visible(self) -> bool: ...
    def show(self, visible: bool) -> None: ...
    def used(self) -> Block:
        """The rectangle from the first to the last cell that holds anything; A1 where none does."""

    def read(self, block: Block) -> list[list[Value]]:
        """Values. A formula reads as its stored value, or as its own text where it has none."""

    def write(self, block: Block, rows: list[list[Value]]) -> None: ...
    def read_formulas(self, block: Block) -> list[list[Value]]:
        """As `read`, with the text of a formula in place of its value."""

    def write_formulas(self, block: Block, rows: list[list[Value]]) -> None: ...
    def clear(self, block: Block) -> None:
        """Takes the contents away; formats stay."""

    def number_format(self, row: int, column: int) -> str: ...
    def set_number_format(self, block: Block, number_format: str) -> None: ...
    def fit_heights(self, block: Block) -> None:
        """Leaves the height of the rows to whoever shows them."""

    def columns_hidden(self, block: Block) -> bool: ...
    def hide_columns(self, block: Block, hidden: bool) -> None: ...
    def color(self, row: int, column: int) -> tuple[int, int, int] | None: ...
    def set_color(self, block: Block, color: tuple[int, int, int] | None) -> None: ...
    def names(self) -> dict[str, str]:
        """The names defined on this sheet alone → what they refer to, without the leading `=`."""

    def set_name(self, name: str, refers_to: str) -> None: ...
    def delete_name(self, name: str) -> None: ...


AnyGrid = TypeVar("AnyGrid", bound=Grid)


class Document(Protocol[AnyGrid]):
    """One open workbook."""

    path: Path | None

    def grids(self) -> list[AnyGrid]:
        """The worksheets, leftmost first. One sheet is the same object every time."""

    def active(self) -> AnyGrid: ...
    def activate(self, grid: AnyGrid) -> None: ...
    def select(self, grid: AnyGrid, block: Block) -> None: ...
    def add(self, name: str | None, index: int) -> AnyGrid:
        """A new worksheet at `index`, from 0."""

    def delete(self, grid: AnyGrid) -> None: ...
    def names(self) -> dict[str, str]: ...
    def set_name(self, name: str, refers_to: str) -> None: ...
    def delete_name(self, name: str) -> None: ...
    def save(self, path: Path | None) -> None:
        """Saves where it came from, or to `path`. Raises BookError with one plain sentence."""

    def close(self) -> None: ...
