"""What Excel does with the macros of the files that a button has it open."""

from __future__ import annotations

import pytest

from addin.buttons.template import template_content
from addin.errors import BookError
from addin.hosts.excel.window import ExcelWindow
from tests.support.excel.world import World
from tests.support.sheets import plain_workbook
from workbook.columns import TemplateChoice

RUNS, RUNS_NONE = 1, 3
"""msoAutomationSecurityLow, which Excel begins with, and msoAutomationSecurityForceDisable."""
USERS_OWN = 2


def window_of(world: World) -> ExcelWindow:
    import xlwings

    world.template(world.row())
    return ExcelWindow(xlwings.apps[world.user.excel.pid].books.active)


@pytest.mark.parametrize("system", ["windows"])
@pytest.mark.parametrize(("ending", "at"), [(".xlsx", RUNS_NONE), (".xlsm", USERS_OWN)])
def test_of_what_is_opened_our_own_macros_alone_run_and_excel_is_left_as_it_was(
    world: World, ending: str, at: int
) -> None:
    path = world.folder / f"Fresh{ending}"
    path.write_bytes(template_content(world.client, TemplateChoice(), ending))
    world.user.excel.macros_of_opened = USERS_OWN
    window_of(world).open(path)
    assert (world.user.excel.opened_at, world.user.excel.macros_of_opened) == ([at], USERS_OWN)


@pytest.mark.parametrize("system", ["windows"])
def test_excel_is_left_as_it_was_where_it_refuses_to_open_a_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_path: object) -> None:
        raise world.user.excel.kind.error("The file is damaged")

    opening, path = window_of(world), plain_workbook(world.folder / "Fresh.xlsx", [])
    monkeypatch.setattr(world.user.excel, "open", refuse)
    with pytest.raises(BookError, match="damaged"):
        opening.open(path)
    assert (world.user.excel.opened_at, world.user.excel.macros_of_opened) == ([RUNS_NONE], RUNS)
