"""Next Error and Previous Error: go to a marked cell, and say what is wrong there (SPEC 9).

The status bar says what is wrong there and what was probably meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from addin.book import Book
from addin.outcome import Outcome
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.own_sheets import read_flags
from workbook.sheets.marks import Flag

_NOWHERE: Final = (0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked(Outcome):
    """The marked cell that is selected now; None when there is none."""

    flag: Flag | None = None


def next_error(book: Book) -> Walked:
    return _walk(book, forward=True)


def previous_error(book: Book) -> Walked:
    return _walk(book, forward=False)


def _walk(book: Book, *, forward: bool) -> Walked:
    data = read_data(book)
    flags = read_flags(book, data)
    if not flags:  # in a box, because the status bar would still show it when it is no longer true
        return Walked(sentence="No cell is marked. Press Validate to check the rows.")
    here = _selected(book, data)
    if forward:
        beyond = next((flag for flag in flags if (flag.row, flag.column) > here), None)
        flag = beyond or flags[0]
    else:
        beyond = next((flag for flag in reversed(flags) if here > (flag.row, flag.column)), None)
        flag = beyond or flags[-1]
    again = "" if beyond or here == _NOWHERE else f"Again from the {'top' if forward else 'end'}. "
    data.sheet.show(flag.row, flag.column)
    is_hidden = flag.row in data.sheet.hidden_rows
    hidden = f"Row {flag.row} is hidden, by a filter or by hand: show it to correct it. " if is_hidden else ""
    sentence = f"{again}{hidden}Row {flag.row}: {flag.message}"
    return Walked(flag=flag, sentence=sentence, in_status_bar=True)


def _selected(book: Book, data: DataSheet) -> tuple[int, int]:
    """Where the user is in the data sheet; before its first cell when they are elsewhere."""
    if book.selected is None or book.selected[0] != data.sheet.name:
        return _NOWHERE
    return book.selected[1:]
