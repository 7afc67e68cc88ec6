"""Next Error and Previous Error: to the next marked cell, and in the status bar what is wrong with it (SPEC 9)."""

from __future__ import annotations

from dataclasses import dataclass

from addin.book import Book
from addin.outcome import Outcome
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.own_sheets import read_flags
from workbook.columns import ACTION
from workbook.sheets.marks import Flag


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
    if not flags:
        return Walked(sentence="No cell is marked. Press Validate to check the rows.", in_status_bar=True)
    here = _selected(book, data)
    if forward:
        flag = next((flag for flag in flags if (flag.row, flag.column) > here), flags[0])
    else:
        flag = next((flag for flag in reversed(flags) if (flag.row, flag.column) < here), flags[-1])
    data.sheet.show(flag.row, flag.column)
    is_hidden = flag.row in data.sheet.hidden_rows
    hidden = f"Row {flag.row} is hidden, by a filter or by hand: show it to correct it. " if is_hidden else ""
    sentence = f"{hidden}Row {flag.row}, {data.headers[flag.column - 1] or ACTION}: {flag.message}"
    return Walked(flag=flag, sentence=sentence, in_status_bar=True)


def _selected(book: Book, data: DataSheet) -> tuple[int, int]:
    """Where the user is in the data sheet; before its first cell when they are elsewhere."""
    if book.selected is None or book.selected[0] != data.sheet.name:
        return (0, 0)
    return book.selected[1:]
