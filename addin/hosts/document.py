"""What a host must be able to do with a workbook; everything that xlwings asks for is made from this."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol, TypeVar

MAX_ROWS: Final = 1_048_576
MAX_COLUMNS: Final = 16_384
LONGEST_TEXT: Final = 32_767
"""Characters that a cell of Excel holds."""
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class ErrorText(str):
    """The text of an Excel error in a cell, such as `#N/A`; a plain str of the same letters is text."""

    __slots__ = ()


def cell_text(text: str) -> str:
    """A text as a cell can hold it: without the characters that no workbook can, and no longer than Excel allows."""
    if not text.isprintable():  # quick, and most texts are
        text = _SURROGATE.sub("\ufffd", _UNWRITABLE.sub("", text))
    return text[:LONGEST_TEXT]


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
    def rows_hidden(self, block: Block) -> bool:
        """Whether its first row is hidden, by hand or by a filter."""

    def hide_rows(self, block: Block, hidden: bool) -> None: ...
    def color(self, row: int, column: int) -> tuple[int, int, int] | None: ...
    def set_color(self, block: Block, color: tuple[int, int, int] | None) -> None: ...
    def names(self) -> dict[str, str]:
        """The names defined on this sheet alone → what they refer to, without the leading `=`."""

    def set_name(self, name: str, refers_to: str) -> None: ...
    def delete_name(self, name: str) -> None: ...


AnyGrid = TypeVar("AnyGrid", bound=Grid)


class Document(Protocol[AnyGrid]):
    """One open workbook."""

    @property
    def name(self) -> str:
        """Its file's name, or what an unsaved one is called."""

    @property
    def path(self) -> Path | None: ...
    def grids(self) -> list[AnyGrid]:
        """The worksheets, leftmost first. One sheet is the same object every time."""

    def find(self, name: str) -> AnyGrid | None:
        """The worksheet of this name, in any case."""

    def active(self) -> AnyGrid: ...
    def activate(self, grid: AnyGrid) -> None: ...
    def selection(self) -> tuple[AnyGrid, Block] | None:
        """What is selected, the first rectangle where there are several; None when it is no cell."""

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
    def bring_forward(self) -> None: ...
    def calculate(self) -> None: ...


class Program(Protocol):
    """What holds the open workbooks and speaks to the user."""

    name: str
    """What xlwings calls the engine."""

    def documents(self) -> Sequence[Document[Any]]:
        """The open workbooks, the one in front first."""

    def open(self, path: Path) -> Document[Any]:
        """Raises BookError with one plain sentence."""

    def new(self) -> Document[Any]: ...
    def show_status(self, text: str) -> None:
        """Shows a text in the status bar; "" gives the bar back."""

    def alert(self, prompt: str, title: str, buttons: str, mode: str | None) -> str:
        """A message box, as xlwings' `App.alert` has it; gives the name of the button that was pressed."""

    def update_screen(self, on: bool) -> None:
        """False until a few writes are done; True shows what they changed."""
