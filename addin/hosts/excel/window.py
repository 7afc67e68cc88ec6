"""Excel as the program that a button is pressed in: its workbook, questions and messages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from addin import ask as asking
from addin import ribbon
from addin.book import Value
from addin.errors import BookError
from addin.failure_log import keep_details
from addin.hosts.excel.book import ExcelBook
from addin.hosts.excel.called import Called, read_call
from addin.hosts.excel.one_press import one_press
from addin.hosts.excel.program import calling_book, is_mac
from addin.hosts.excel.refusal import call
from addin.outcome import Answers, UserQuestion
from workbook.upload import Upload

_TEMPLATE, _TEMPLATE_FOR_ADD_IN = "Caseload.xlsm", "Caseload.xlsx"
"""What a fresh template is called. Where the add-in brings the buttons, it needs no macros of its own."""
_WITH_OUR_MACROS: Final = ".xlsm"
"""Of a template: its buttons are to work at once, and its macros were made here."""
_RUN_NO_MACROS: Final = 3
"""msoAutomationSecurityForceDisable. Unless told otherwise, Excel runs the macros of what a program opens."""
_OFFICES_FOLDER: Final = "Library/Group Containers/UBF8T346G9.Office"
"""Within the user's own, on a Mac: elsewhere Excel asks “Grant access” for each file (EXCEL-TRUTH 18)."""


def press_called(words: Sequence[str]) -> None:
    """Carries out what a macro says. `words`: what it started the program with.

    Ends in one message whatever happens.
    """
    try:
        called = read_call(words)
    except ValueError as error:
        asking.tell(f"Excel did not say which button was pressed. The details are in {keep_details(error)}")
        return
    press(called)


def press(called: Called) -> None:
    """Carries out a button of a workbook that is open in Excel. Ends in one message whatever happens."""
    try:
        window = ExcelWindow(calling_book(called), is_add_in=called.is_add_in)
    except Exception as error:
        why = error.sentence if isinstance(error, BookError) else "Excel did not say which workbook the button is in."
        asking.tell(f"{why} The details are in {keep_details(error)}")
        return
    try:
        with one_press(window.process, window.name):
            numbers = {name: str(place) for name, place in called.numbers.items()}
            ribbon.press(window, called.button, numbers, _read_rows)
    except BookError as busy:
        window.tell(busy.sentence, failed=True)


class ExcelWindow:
    """A Window. `book`: the library's own."""

    server_program: str | None = None

    def __init__(self, book: Any, *, is_add_in: bool = False) -> None:
        self._book = book
        self.template_name = _TEMPLATE_FOR_ADD_IN if is_add_in else _TEMPLATE
        self._app = call(lambda: book.app)
        self._on_mac = is_mac(book)
        self.asks_outside = _offices_folder() if self._on_mac else None
        self.name = str(call(lambda: book.name))
        self.process = int(call(lambda: self._app.pid))
        self.environment: Mapping[str, str] = os.environ

    def document(self) -> ExcelBook:
        return ExcelBook(self._book, on_mac=self._on_mac)

    def ask(self, question: UserQuestion) -> Answers:
        return asking.ask(question)

    def say(self, status: str) -> None:
        with suppress(Exception):  # while a cell is edited it takes no text, and the work goes on without
            self._app.status_bar = status or False

    def watch(self, upload: Upload) -> None:
        progress = upload.progress
        self.say(f"Uploading … {progress.done} of {progress.total} rows" if progress.total else "Uploading …")

    def keep(self) -> None:
        """Nothing: the workbook is open, and its user saves it."""

    def open(self, path: Path) -> None:
        if self._on_mac or path.suffix.lower() == _WITH_OUR_MACROS:
            call(lambda: self._app.books.open(str(path)))
            return
        excel = self._app.api
        before = call(lambda: excel.AutomationSecurity)
        call(lambda: setattr(excel, "AutomationSecurity", _RUN_NO_MACROS))
        try:
            call(lambda: self._app.books.open(str(path)))
        finally:
            call(lambda: setattr(excel, "AutomationSecurity", before))

    def tell(self, sentence: str, *, failed: bool) -> None:
        try:
            self._app.alert(sentence, ribbon.TITLE, mode="critical" if failed else "info")
        except Exception:  # Excel was closed, or does not answer: the sentence is to be read all the same
            asking.tell(sentence)


def _offices_folder() -> Path:
    return Path.home() / _OFFICES_FOLDER


def _read_rows(path: Path) -> Iterator[tuple[int, list[Value]]]:
    from addin.hosts.closed.file import read_rows  # openpyxl takes its time, and one button needs it

    return read_rows(path)
