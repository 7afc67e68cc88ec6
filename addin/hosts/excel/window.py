"""Excel with its user in front of it: from a button's macro to the press, and the message that ends it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from addin import ask as asking
from addin import ribbon
from addin.book import Value
from addin.errors import BookError
from addin.failure_log import keep_details
from addin.hosts.excel.book import ExcelBook
from addin.hosts.excel.one_press import one_press
from addin.hosts.excel.program import calling_book, is_mac
from addin.hosts.excel.refusal import call
from addin.outcome import Answers, Question
from workbook.report import Upload

_TEMPLATE: Final = "Caseload.xlsm"


def press(command: str, **numbers: int) -> None:
    """Carries out a button of the workbook that the macro belongs to. `command`: its name in the table of buttons;
    `numbers`: the places of the choices that stand on the ribbon.

    Ends in one message whatever happens.
    """
    try:
        window = ExcelWindow(calling_book(sys.argv))
    except Exception as error:
        said = error.sentence if isinstance(error, BookError) else "Excel did not say which workbook the button is in."
        asking.tell(f"{said} The details are in {keep_details(error)}")
        return
    try:
        with one_press(window.process, window.name):
            ribbon.press(window, command, {name: str(place) for name, place in numbers.items()}, _read_rows)
    except BookError as busy:
        window.tell(busy.sentence, failed=True)


class ExcelWindow:
    """A Window. `book`: the library's own."""

    template_name = _TEMPLATE
    server_program: str | None = None

    def __init__(self, book: Any) -> None:
        self._book = book
        self._app = call(lambda: book.app)
        self._on_mac = is_mac(book)
        self.name = str(call(lambda: book.name))
        self.process = int(call(lambda: self._app.pid))
        self.environment: Mapping[str, str] = os.environ

    def document(self) -> ExcelBook:
        return ExcelBook(self._book, on_mac=self._on_mac)

    def ask(self, question: Question) -> Answers:
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
        call(lambda: self._app.books.open(str(path)))

    def tell(self, sentence: str, *, failed: bool) -> None:
        try:
            self._app.alert(sentence, ribbon.TITLE, mode="critical" if failed else "info")
        except Exception:  # Excel was closed, or does not answer: the sentence is to be read all the same
            asking.tell(sentence)


def _read_rows(path: Path) -> Iterator[tuple[int, list[Value]]]:
    from addin.hosts.closed.file import read_rows  # openpyxl takes its time, and one button needs it

    return read_rows(path)
