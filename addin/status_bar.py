"""The status bar while a command works (SPEC 9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import xlwings as xw

from workbook.garbage import without_garbage_collection


@contextmanager
def busy(book: xw.Book, what: str) -> Iterator[None]:
    """Shows what is going on in the status bar, and gives the bar back whatever happens. A sheet is a million small
    objects, and while its rows go through a command Python does not look for cycles among them."""
    book.app.status_bar = what
    try:
        with without_garbage_collection():
            yield
    finally:
        book.app.status_bar = False
