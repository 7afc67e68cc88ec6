"""The status bar while a command works (SPEC 9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import xlwings as xw


@contextmanager
def busy(book: xw.Book, what: str) -> Iterator[None]:
    """Shows what is going on in the status bar, and gives the bar back whatever happens."""
    book.app.status_bar = what
    try:
        yield
    finally:
        book.app.status_bar = False
