"""Excel itself: the one module that knows xlwings, and the workbook that a button was pressed in."""

from __future__ import annotations

import atexit
import sys
import unicodedata
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from addin.errors import BookError
from addin.hosts.excel.refusal import call

_NO_EXCEL: Final = "Excel is not open, or does not answer. Open your workbook in Excel, and press the button there."


def load_xlwings() -> ModuleType:
    """xlwings, without two habits of its half for Windows: at the end it would kill every Excel that has no workbook
    window, other programs' hidden ones and files in Protected View among them (EXCEL-TRUTH 16); and it would ask an
    Excel that is busy again and again without end (EXCEL-TRUTH 3)."""
    import xlwings

    windows = sys.modules.get("xlwings._xlwindows")
    if windows is not None:
        atexit.unregister(windows.cleanup)
        windows.N_COM_ATTEMPTS = 1  # type: ignore[attr-defined]
    return xlwings


def is_mac(book: Any) -> bool:
    """Which of its two kinds an Excel is: on Windows alone it tells its window's handle."""
    return call(lambda: book.app.hwnd) is None


def calling_book(arguments: Sequence[str]) -> Any:
    """The workbook whose button was pressed, as xlwings has it. `arguments`: what the macro started Python with, which
    names the workbook and the window; without them it is the one in front.

    Raises BookError when no Excel has it.
    """
    told = dict(one.removeprefix("--").split("=", 1) for one in arguments if one.startswith("--") and "=" in one)
    name, window = told.get("wb", "").strip(), told.get("hwnd", "").strip()
    xlwings = load_xlwings()
    try:
        apps = list(call(lambda: list(xlwings.apps)))
    except xlwings.XlwingsError as error:  # there is no Excel for this system, or not all of xlwings
        raise BookError(_NO_EXCEL) from error
    if not apps:
        raise BookError(_NO_EXCEL)
    if not name:
        return call(lambda: apps[0].books.active)
    found = [(app, book) for app in apps for book in call(lambda app=app: list(app.books)) if _is(book, name)]  # type: ignore[misc]
    if not found:
        raise BookError(f"Excel has no workbook {name} open. Open it, and press the button there.")
    # Two Excels may have a workbook of one name (EXCEL-TRUTH 17).
    return next((book for app, book in found if window and str(call(lambda app=app: app.hwnd)) == window), found[0][1])  # type: ignore[misc]


def _is(book: Any, name: str) -> bool:
    """Whether a workbook has a name. A Mac takes letters with accents apart, and macros may change the case."""
    return _plain(str(call(lambda: book.name))) == _plain(name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
