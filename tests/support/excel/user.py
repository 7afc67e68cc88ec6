"""Somebody in front of the stand-in for Excel."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from addin.hosts import excel as host
from addin.hosts.excel.called import Called
from addin.outcome import Answers, UserQuestion
from tests.support.excel.grid import Cells, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.pressing import answered


class ExcelUser:
    """Somebody in front of Excel, who presses buttons and answers questions.

    `answers`: by the name of the field; a question without an answer is closed. `told`: what the message boxes said.
    """

    def __init__(self, excel: StandInExcel) -> None:
        self.excel = excel
        self.answers: dict[str, str] = {}
        self.asked: list[UserQuestion] = []
        self.windows: list[str] = []
        """What was said in a window of our own, where Excel could not be asked for one."""

    @property
    def book(self) -> OpenWorkbook:
        return self.excel.books[0]

    @property
    def data(self) -> Cells:
        return self.book.shown

    @property
    def told(self) -> list[str]:
        return [sentence for _, sentence in self.excel.told]

    def open(self, path: Path) -> OpenWorkbook:
        return self.excel.open(path)

    def press(self, command: str, *, workbook: str = "", window: int = 0, **numbers: int) -> str:
        """Presses a button, and gives the one message that it ends with: in a box, a window or the status bar."""
        return self.hears(lambda: host.press(Called(command, workbook, window, numbers=numbers)))

    def hears(self, act: Callable[[], object]) -> str:
        """What one message an act ends with."""
        before = len(self.excel.told)
        self.excel.calls.clear()
        act()
        said = self.told[before:]
        assert len(said) <= 1, said
        return said[0] if said else str(self.excel.statuses[-1] or "")

    def column(self, header: str) -> list[Any]:
        """The data sheet's cells under a header, from row 2."""
        place = self.place(header)
        last = max(row for row, _ in self.data.values)
        return [self.data.value(row, place) for row in range(2, last + 1)]

    def place(self, header: str) -> int:
        return next(column for (row, column), value in self.data.values.items() if (row, value) == (1, header))

    def ask(self, question: UserQuestion) -> Answers:
        self.asked.append(question)
        return answered(question, self.answers)
