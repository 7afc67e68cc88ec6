"""Two weeks with one workbook, on a closed file by its commands' road."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from addin.api.client import Client
from addin.buttons.registry import HANDLERS
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.weeks import two_weeks
from workbook.columns import ROW_STATUS


class ClosedFile:
    """A closed workbook, and its user's answers."""

    def __init__(self, desk: Open) -> None:
        self._open_desk = desk
        self.desk: Desk

    def open(self, path: Path) -> None:
        self.desk = self._open_desk(path)

    def press(self, command: str, **answers: str) -> str:
        self.desk.answers = answers
        return str(self.desk.press(HANDLERS[command]).message)

    def question(self) -> str:
        return self.desk.asked[-1].text

    def type(self, row: int, header: str, value: Any) -> None:
        self.desk.enter(row, header, value)

    def choose(self, value: str, choice: str) -> None:
        self.desk.choose(value, choice)

    def select(self, sheet: str, row: int, column: int) -> None:
        self.desk.select(sheet, row, column)

    def shown(self) -> str:
        selection = self.desk.book.selection()
        assert selection is not None
        return selection[0]

    def statuses(self) -> list[str]:
        data = self.desk.data()
        place = data.headers.index(ROW_STATUS)
        every = data.rows | data.written | data.untouched
        return [str(every[row][place] or "") for row in sorted(every)]

    def cells(self, sheet: str) -> Sequence[Sequence[Any]]:
        return self.desk.cells(sheet)


def test_two_weeks_with_a_closed_file(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    two_weeks(ClosedFile(desk), client, agency, tmp_path)
