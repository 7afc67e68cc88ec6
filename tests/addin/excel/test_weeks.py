"""Two weeks with one workbook in the stand-in for Excel, as Windows and as a Mac."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.excel.world import World
from tests.support.weeks import two_weeks
from workbook.columns import ROW_STATUS


class InExcel:
    """The stand-in, and its user's answers."""

    def __init__(self, world: World) -> None:
        self.world, self.user = world, world.user

    def open(self, path: Path) -> None:
        self.user.open(path)

    def press(self, command: str, **answers: str) -> str:
        self.user.answers = answers
        return self.user.press(command)

    def question(self) -> str:
        return self.user.asked[-1].text

    def type(self, row: int, header: str, value: Any) -> None:
        self.user.data.put(row, self.user.place(header), value)

    def choose(self, value: str, choice: str) -> None:
        self.world.choose(choice, value)

    def select(self, sheet: str, row: int, column: int) -> None:
        book = self.user.book
        book.active, book.selection = book.sheet(sheet), (row, column)

    def shown(self) -> str:
        return str(self.user.book.active.name)

    def statuses(self) -> list[str]:
        last = max(row for (row, column), value in self.user.data.values.items() if column == 2 and value)
        return [str(one or "") for one in self.user.column(ROW_STATUS)[: last - 1]]

    def cells(self, sheet: str) -> Sequence[Sequence[Any]]:
        found = self.user.book.sheet(sheet)
        rows, columns = (max(at[place] for at in found.values) for place in (0, 1))
        return [[found.value(row, column) for column in range(1, columns + 1)] for row in range(1, rows + 1)]


def test_two_weeks_in_excel(world: World, tmp_path: Path) -> None:
    two_weeks(InExcel(world), world.client, world.agency, tmp_path)
