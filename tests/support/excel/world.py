"""What a scenario is played with: workbooks, filters, and what the user does meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons import registry
from tests.support.excel.grid import AutoFilter, Cells, FilterCriterion, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.user import ExcelUser
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert, plain_workbook
from workbook import layout
from workbook.sheets import fix_sheet

WRONG, RIGHT = "Robrt Smiht", "Robert Smith"
NOTHING = "Nothing in the workbook was changed."


@dataclass
class World:
    """What a scenario is played with."""

    user: ExcelUser
    system: str
    client: Client
    agency: Server
    folder: Path
    monkeypatch: pytest.MonkeyPatch
    excels: list[StandInExcel]
    slept: list[float]

    def template(self, *rows: dict[str, Any], name: str = "Caseload.xlsx") -> OpenWorkbook:
        return self.user.open(filled_template(self.client, self.folder / name, [*rows]))

    def foreign(self, *rows: dict[str, Any], headers: list[str] | None = None) -> OpenWorkbook:
        return self.user.open(plain_workbook(self.folder / "Cases.xlsx", [*rows], headers))

    def row(self, **cells: Any) -> dict[str, Any]:
        return insert(self.agency.person(), **cells)

    def three_of_six(self) -> OpenWorkbook:
        """Six rows, of which the second, third and fifth name a misspelt caseworker."""
        names = [WRONG if n in (2, 3, 5) else "Carla Ruiz" for n in range(1, 7)]
        return self.template(*(self.row(Caseworker_Name=name) for name in names))

    def filter(
        self, sheet: Cells, header: str, *, operator: str = "plain", first: Any = f"={WRONG}", second: Any = None
    ) -> AutoFilter:
        """As the user sets it, over all rows and columns."""
        place = next(column for (row, column), value in sheet.values.items() if (row, value) == (1, header))
        row, column, rows, columns = sheet.used()
        over = sheet.own_filter or AutoFilter(row, column, rows, columns)
        if over not in sheet.filters:
            sheet.filters.append(over)
        sheet.filter(over, place, FilterCriterion(first, self.user.excel.kind.with_criterion(operator), second))
        return over

    def choose(self, choice: str, value: str = WRONG) -> None:
        """Picks a replacement beside a value of Fix Errors."""
        sheet = self.user.book.sheet(layout.FIX_SHEET)
        lines = [row for (row, column), known in sheet.values.items() if (column, known) == (2, value)]
        assert lines, self.user.told
        line = lines[0]
        sheet.put(line, list(fix_sheet.HEADERS).index(fix_sheet.CHOICE) + 1, choice)

    def meanwhile(self, command: str, act: Callable[[], None]) -> None:
        """Makes the user act after the button has read and before it writes."""
        known = registry.HANDLERS[command]

        def run(press: Any) -> Any:
            outcome = known.run(press)
            act()
            return outcome

        self.monkeypatch.setitem(registry.HANDLERS, command, replace(known, run=run))

    def caseworkers(self) -> list[Any]:
        return self.user.column("Caseworker Name")


def cells(book: OpenWorkbook) -> str:
    """Everything that stands in a workbook, to be compared."""
    return json.dumps({sheet.name: sorted((*at, repr(value)) for at, value in sheet.values.items())
                       for sheet in book.sheets})  # fmt: skip
