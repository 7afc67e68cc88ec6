"""A double click on the line of an upload shows its log: by the add-in, or by the macros of a workbook of its own."""

from __future__ import annotations

import runpy
import sys
from uuid import uuid4

import pytest

from tests.addin.excel.test_macros import Ribbon
from tests.support.excel.grid import Cells, ErrorCell, OpenWorkbook
from tests.support.excel.world import World
from tests.support.sheets import filled_template
from workbook import layout
from workbook.ribbon import TAB_SHOWN
from workbook.sheets.uploads_sheet import HEADER_ROW, HEADERS, NOTES, UPLOADS_SHEET


@pytest.fixture
def ribbon(world: World, monkeypatch: pytest.MonkeyPatch) -> Ribbon:
    return Ribbon(world, monkeypatch)


@pytest.fixture
def listed(world: World) -> OpenWorkbook:
    """A workbook of somebody's own that lists the uploads, the newest but one of them of first.xlsx."""
    for name in ("first", "second"):
        path = filled_template(world.client, world.folder / f"{name}.xlsx", [world.row()])
        upload = world.client.submit_file(path, uuid4().hex)
        assert world.client.wait(upload.id).state == "complete"
    book = world.foreign(world.row())
    world.user.press("uploads")
    return book


def line_of(book: OpenWorkbook, text: str) -> int:
    sheet = book.sheet(UPLOADS_SHEET)
    return min(row for (row, _), value in sheet.values.items() if value == text)


def clicked(ribbon: Ribbon, book: OpenWorkbook, row: int, column: int) -> bool:
    """A double click, and the press that it leads to, to its end. Gives whether there was one."""
    count = len(ribbon.macros.started)
    cancelled = ribbon.macros.double_click(book, book.active, row, column)
    pressed = len(ribbon.macros.started) > count
    assert cancelled == pressed
    if pressed:
        ribbon.monkeypatch.setattr(sys, "argv", ribbon.arguments()[4:])
        runpy.run_module("addin.hosts.excel", run_name="__main__")
    return pressed


def test_a_double_click_on_the_line_of_an_upload_shows_its_log_in_any_workbook(
    world: World, ribbon: Ribbon, listed: OpenWorkbook
) -> None:
    book = listed
    row = line_of(book, "first.xlsx")
    uploads = book.sheet(UPLOADS_SHEET)
    of_add_in = ribbon.of(None)
    book.active = uploads
    assert not clicked(ribbon, book, row, 1)  # it listens from when its tab is shown
    of_add_in.run(TAB_SHOWN, "")
    elsewhere = (1, 2, HEADER_ROW, HEADER_ROW + 1, max(one for one, _ in uploads.values) + 1)
    for above in elsewhere:
        assert not clicked(ribbon, book, above, 1)
    assert not clicked(ribbon, book, row, HEADERS.index(NOTES) + 1)  # a note is edited
    book.active = book.shown
    assert not clicked(ribbon, book, row, 1)
    assert world.user.windows == []
    book.active = uploads
    assert clicked(ribbon, book, row, 4)
    assert book.active.name == layout.LOG_SHEET
    assert "first.xlsx" in book.active.values.values()
    assert world.user.windows == []


def test_of_a_workbook_s_macros_and_the_add_in_s_one_hears_of_a_double_click(
    world: World, ribbon: Ribbon, listed: OpenWorkbook
) -> None:
    row = line_of(listed, "first.xlsx")
    book = world.template(world.row())
    world.user.press("uploads")
    own = ribbon.of(book)
    own.run(TAB_SHOWN, "")
    listed.active = listed.sheet(UPLOADS_SHEET)
    assert not clicked(ribbon, listed, row, 1)  # that one has no macros
    own.add_in_is_open = True
    book.active = book.sheet(UPLOADS_SHEET)
    assert not clicked(ribbon, book, row, 1)
    own.add_in_is_open = False
    assert clicked(ribbon, book, row, 1)
    assert book.active.name == layout.LOG_SHEET
    assert "first.xlsx" in book.active.values.values()


def test_a_sheet_of_the_users_own_that_is_called_uploads_is_theirs(world: World, ribbon: Ribbon) -> None:
    book = world.foreign(world.row())
    sheet = Cells(UPLOADS_SHEET)
    book.sheets.append(sheet)
    sheet.put(HEADER_ROW, 1, "Upload")
    sheet.put(5, 1, "mine")
    ribbon.of(None).run(TAB_SHOWN, "")
    book.active = sheet
    assert not clicked(ribbon, book, 5, 1)
    sheet.put(5, 1, ErrorCell("#N/A"))
    sheet.put(HEADER_ROW, 2, NOTES)
    assert not clicked(ribbon, book, 5, 1)
