"""The smoke test's script, run against the stand-in as far as that goes: the table that somebody with Excel sends."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import xlwings

from tests.addin.excel.test_macros import Ribbon
from tests.support.excel.grid import AutoFilter, FilterCriterion, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.world import World
from tests.support.sheets import begun
from tests.support.smoke import smoke_script
from workbook.ribbon import BUTTONS


@pytest.fixture
def smoke(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    return smoke_script(monkeypatch)


class StandIn:
    """The stand-in, as the script asks an Excel."""

    def __init__(self, smoke: ModuleType, ribbon: Ribbon, excel: StandInExcel, cloud: Path) -> None:
        self.smoke, self.ribbon, self.excel, self.cloud = smoke, ribbon, excel, cloud

    def open(self, path: Path, add_in: Path | None = None) -> OpenBook:
        book = self.excel.open(path)
        if path.parent == self.cloud:
            book.fullname = f"https://agency.sharepoint.com/sites/a/Shared%20Documents/{path.name}"
        return OpenBook(self, book, None if add_in else book)

    def look(self, window: OpenBook) -> list[Any]:
        return [
            self.smoke.SmokeLine("a fresh workbook", "the stand-in opens it", self.smoke.held(bool(window.book.name)))
        ]

    def another(self) -> StandIn | None:
        if self.ribbon.world.system == "mac":
            return None
        other = StandInExcel(self.excel.kind)
        self.ribbon.world.excels.append(other)
        return StandIn(self.smoke, self.ribbon, other, self.cloud)

    def names(self) -> list[str]:
        return [one.name for one in self.excel.books]

    def close_but(self, names: Sequence[str]) -> None:
        self.excel.books[:] = [one for one in self.excel.books if one.name in names]

    def close(self) -> None:
        self.ribbon.world.excels.remove(self.excel)


class OpenBook:
    def __init__(self, excel: StandIn, known: OpenWorkbook, macros_of: OpenWorkbook | None) -> None:
        self._excel, self._known, self._macros_of = excel, known, macros_of
        app = xlwings.apps[excel.excel.pid]
        self.book = next(one for one in app.books if one.impl.book is known)

    def press(self, command: str) -> str:
        self._excel.excel.books.sort(key=lambda one: one is not self._known)
        world = self._excel.ribbon.world
        known = world.user.excel
        world.user.excel = self._excel.excel
        try:
            self._excel.ribbon.of(self._macros_of, self._excel.excel)
            return self._excel.ribbon.press(command)
        finally:
            world.user.excel = known

    def filter(self, column: int, value: str) -> None:
        sheet = self._known.shown
        over = AutoFilter(*sheet.used())
        sheet.filters.append(over)
        sheet.filter(over, column, FilterCriterion(f"={value}", None))

    def is_filtered(self) -> bool:
        over = self._known.shown.own_filter
        return bool(over and over.criteria)

    def protect(self) -> None:
        for sheet in self._known.sheets:
            sheet.is_protected = True

    def close(self) -> None:
        self._excel.excel.books.remove(self._known)


def test_everything_of_the_smoke_test_holds_on_the_stand_in(
    world: World, smoke: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = world.folder / "home" / "Documents"
    documents.mkdir(parents=True)
    world.monkeypatch.setenv("HOME", str(documents.parent))
    for _ in range(3):
        begun(world.client, world.agency, Caseworker_Name="Carla Ruiz")
    ribbon = Ribbon(world, monkeypatch)
    cloud = world.folder / "OneDrive"
    cloud.mkdir()
    excel = StandIn(smoke, ribbon, world.user.excel, cloud)
    lines = smoke.every_situation(excel, world.client, world.folder, cloud)
    shown = smoke.table(lines)
    print(shown)
    assert [line for line in lines if line.held == "NO"] == []
    assert len(lines) > len(BUTTONS) + 10
    told = {line.situation for line in lines}
    assert told >= {"a wrong row", "over a filter", "a protected sheet", "a second Excel", "from OneDrive"}
    tried = [line for line in lines if line.held == "yes"]
    assert len(lines) - len(tried) == (world.system == "mac")
    assert world.user.windows == []
    assert shown.splitlines()[0].split() == ["situation", "what", "held", "what", "was", "said"]
    assert list(cloud.iterdir()) == []
