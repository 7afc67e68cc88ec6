"""A spreadsheet program of the tests' own: a closed file stands in its window, and its user answers what is asked."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from addin import ribbon
from addin.buttons.submit import AGREED
from addin.hosts.closed.file import ClosedBook, read_rows
from addin.outcome import YES, Answers, UserQuestion
from tests.support.pressing import answered
from workbook.upload import Upload


class ClosedWindow:
    """A Window. `told`: what stood in a message box; `statuses`: what stood in the status bar, one after the other;
    `answers`: what the user will answer, by the name of the field, yes to Submit until told otherwise; a question
    without an answer is closed, and so is a form that comes back with what they answered."""

    template_name = "Caseload.xlsm"
    asks_outside: Path | None = None
    environment: Mapping[str, str] = os.environ
    server_program: str | None = None

    def __init__(self, path: Path) -> None:
        self.book = ClosedBook(path)
        self.told: list[str] = []
        self.failures: list[str] = []
        self.statuses: list[str] = []
        self.asked: list[UserQuestion] = []
        self.opened: list[Path] = []
        self.kept = 0
        self.watched: list[str] = []
        self.answers: dict[str, str] = {AGREED: YES}
        self.while_asked: Callable[[UserQuestion], None] = lambda _: None

    @property
    def bar(self) -> str:
        """What stands in the status bar now; "" where it is free."""
        return self.statuses[-1] if self.statuses else ""

    def press(self, command: str, **answers: str) -> None:
        """A press on the ribbon. `answers`: what is chosen there."""
        ribbon.press(self, command, answers, read_rows)

    def document(self) -> Any:
        return self.book

    def ask(self, question: UserQuestion) -> Answers:
        self.asked.append(question)
        self.while_asked(question)
        return answered(question, self.answers)

    def say(self, status: str) -> None:
        self.statuses.append(status)

    def tell(self, sentence: str, *, failed: bool) -> None:
        self.told.append(sentence)
        if failed:
            self.failures.append(sentence)

    def watch(self, upload: Upload) -> None:
        self.watched.append(upload.state)

    def keep(self) -> None:
        self.kept += 1
        self.book.save()

    def open(self, path: Path) -> None:
        self.opened.append(path)
