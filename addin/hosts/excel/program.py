"""Find Excel and the workbook of a press; the one module that knows xlwings."""

from __future__ import annotations

import atexit
import sys
import unicodedata
from types import ModuleType
from typing import Any, Final

from addin.errors import BookError
from addin.hosts.excel.called import Called
from addin.hosts.excel.refusal import call

_NO_EXCEL: Final = "Excel is not open, or does not answer. Open your workbook in Excel, and press the button there."
_TWICE: Final = (
    "Two Excels have a workbook {name} open, and it cannot be told which one is meant. Close one of them, and press "
    "the button again."
)


def load_xlwings() -> ModuleType:
    """xlwings, without what it does behind one's back. On Windows it would at the end kill every Excel that has no
    workbook window, other programs' hidden ones and files in Protected View among them (EXCEL-TRUTH 16), and ask an
    Excel that is busy again and again without end (EXCEL-TRUTH 3); on a Mac it would run whatever macro `CleanUp` a
    user's workbooks have. On both a sheet `xlwings.conf` in the workbook, or a file beside it, would say where files
    are."""
    import xlwings
    from xlwings import utils

    for name in ("xlwings._xlwindows", "xlwings._xlmac"):
        own: Any = sys.modules.get(name)
        if own is not None:
            atexit.unregister(own.cleanup)
            own.read_config_sheet = _no_settings
    windows: Any = sys.modules.get("xlwings._xlwindows")
    if windows is not None:
        windows.N_COM_ATTEMPTS = 1
    utils.read_user_config = _no_settings
    return xlwings


def _no_settings(*_of: object) -> dict[str, str]:
    return {}


def is_mac(book: Any) -> bool:
    """Which of its two kinds an Excel is: on Windows alone it tells its window's handle."""
    return call(lambda: book.app.hwnd) is None


def calling_book(called: Called) -> Any:
    """The workbook whose button was pressed, as xlwings has it; without a name, the one in front. It is found by its
    name, and where two Excels have one of that name by the window that was pressed, never by its place: one in the
    cloud has none (EXCEL-TRUTH 14, 17).

    Raises BookError where no Excel has it, or where two have it and nothing shows which one it was.
    """
    xlwings = load_xlwings()
    try:
        apps = list(call(lambda: list(xlwings.apps)))
    except xlwings.XlwingsError as error:  # there is no Excel for this system, or not all of xlwings
        raise BookError(_NO_EXCEL) from error
    if not apps:
        raise BookError(_NO_EXCEL)
    if not called.workbook:
        return call(lambda: apps[0].books.active)
    pressed = [app for app in apps if called.window and _has_window(app, called.window)]
    refused: BookError | None = None
    found = []
    for app in pressed or apps:
        try:
            found += [book for book in call(lambda app=app: list(app.books)) if _is(book, called.workbook)]  # type: ignore[misc]
        except BookError as error:  # another program's Excel, which is busy or gone by now
            refused = error
    if len(found) == 1:
        return found[0]
    if found:
        raise BookError(_TWICE.format(name=called.workbook))
    raise refused or BookError(f"Excel has no workbook {called.workbook} open. Open it, and press the button there.")


def _has_window(app: Any, window: int) -> bool:
    """Whether a window is one of this Excel's. Each of its workbooks has one, and Excel gives only the one in front,
    which may be another by now. So the process that the window belongs to is compared, too."""
    try:
        return bool(app.hwnd == window or app.pid == _process_of(window))
    except Exception:  # an Excel that is just being closed
        return False


def _process_of(window: int) -> int | None:
    """The number of the process that a window belongs to; None where there are no such windows."""
    windows: Any = sys.modules.get("xlwings._xlwindows")
    return None if windows is None else int(windows.win32process.GetWindowThreadProcessId(window)[1])


def _is(book: Any, name: str) -> bool:
    """Whether a workbook has a name. A Mac takes letters with accents apart, and macros may change the case."""
    return _plain(str(call(lambda: book.name))) == _plain(name)


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
