"""Excel for Windows as `smoke_excel.py` asks it: visible, its macros run as the ribbon runs them, its boxes read."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from smoke_excel import Line, held

from addin.errors import BookError
from addin.hosts.excel.one_press import one_press
from addin.hosts.excel.program import load_xlwings
from workbook import layout
from workbook.macros import NEXT, PREVIOUS

COMPILE_PROJECT = 578
"""The editor's own number for Debug > Compile."""
LONGEST_PRESS = 120
"""Seconds after which a press is given up."""


class WindowsExcel:
    """Excel for Windows, visible, its message boxes read and closed."""

    def __init__(self) -> None:
        self._app = load_xlwings().App(visible=True, add_book=False)
        self._boxes = Boxes()

    def open(self, path: Path, add_in: Path | None = None) -> WindowsBook:
        if add_in is not None:  # an Excel that a program starts loads none by itself
            self._app.books.open(str(add_in))
        return WindowsBook(self._app.books.open(str(path)), self._boxes, add_in)

    def look(self, window: Any) -> list[Line]:
        native, situation = window.book.api, "a fresh workbook"
        return [
            Line(situation, "Excel opens it without repair", held("epaired" not in str(native.Windows(1).Caption))),
            Line(situation, "and sees its macros", held(bool(native.HasVBProject))),
            Line(situation, "and compiles them", self._compile(window)),
        ]

    def another(self) -> WindowsExcel:
        return WindowsExcel()

    def names(self) -> list[str]:
        return [str(book.name) for book in self._app.books]

    def close_but(self, names: Sequence[str]) -> None:
        for book in list(self._app.books):
            if book.name not in names:
                book.api.Close(False)

    def close(self) -> None:
        self.close_but([])
        self._boxes.close()
        self._app.quit()

    def _compile(self, window: Any) -> str:
        """Debug > Compile in the editor, where Excel lets a program get at it."""
        try:
            button = self._app.api.VBE.CommandBars.FindControl(Id=COMPILE_PROJECT)
            self._app.api.VBE.ActiveVBProject = window.book.api.VBProject
        except Exception:
            return "not trusted to"  # Trust access to the VBA project object model, in the Trust Center
        button.Execute()
        return held(not button.Enabled)  # it is greyed once all is compiled


class WindowsBook:
    def __init__(self, book: Any, boxes: Boxes, add_in: Path | None) -> None:
        self.book, self._boxes = book, boxes
        self._macros = add_in.name if add_in is not None else str(book.name)

    def press(self, command: str) -> str:
        self._boxes.seen.clear()
        app = self.book.app
        self.book.activate()
        try:
            app.api.Run(f"'{self._macros}'!caseload_{command}", app.api)
        except Exception as error:  # Excel's own, whatever it is
            return f"Excel refused: {error}"
        end = time.monotonic() + LONGEST_PRESS
        while command not in (NEXT, PREVIOUS) and not self._has_ended():
            if time.monotonic() > end:
                return "It did not end."
            time.sleep(0.3)
        time.sleep(0.5)  # for the last box to be read
        said = " | ".join(self._boxes.seen)
        return said or (str(app.api.StatusBar) if app.api.StatusBar is not False else "")

    def _has_ended(self) -> bool:
        with suppress(Exception):  # Excel is busy
            if self.book.app.api.StatusBar is not False:
                return False
            try:
                with one_press(self.book.app.pid, self.book.name):
                    return True
            except BookError:  # the press is still at work
                return False
        return False

    def filter(self, column: int, value: str) -> None:
        sheet = self.book.sheets[layout.DATA_SHEET].api
        sheet.AutoFilter.Range.AutoFilter(Field=column, Criteria1=f"={value}")

    def is_filtered(self) -> bool:
        return bool(self.book.sheets[layout.DATA_SHEET].api.FilterMode)

    def protect(self) -> None:
        for sheet in self.book.sheets:
            sheet.api.Protect()

    def close(self) -> None:
        self.book.api.Close(False)


class Boxes:
    """Reads and closes every message box and question of ours while the macros run."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._done.set()
        self._thread.join(5)

    def _watch(self) -> None:
        import win32con
        import win32gui

        def texts(window: int) -> list[str]:
            found: list[str] = []
            win32gui.EnumChildWindows(window, lambda child, _: found.append(win32gui.GetWindowText(child)), None)
            return [text for text in found if text]

        def visit(window: int, _: Any) -> None:
            if not win32gui.IsWindowVisible(window) or win32gui.GetWindowText(window) not in ("Caseload", "Error"):
                return
            self.seen.append(" ".join(texts(window)) or "(a question)")
            win32gui.PostMessage(window, win32con.WM_CLOSE, 0, 0)

        while not self._done.wait(0.3):
            win32gui.EnumWindows(visit, None)
