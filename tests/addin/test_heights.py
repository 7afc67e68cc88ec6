"""Rows of our own sheets are as high as their text (SPEC 5, 6)."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.sheets import fix_sheet, log_sheet

LONG = "word " * 45


def test_a_line_of_fix_errors_has_room_for_its_text(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    path = filled_template(
        client, tmp_path / "a.xlsx", [insert(agency.person(), Caseworker_Name=LONG.strip()), insert("nobody")]
    )
    book = desk(path)
    book.press(VALIDATE)
    book.book.save()
    sheet = openpyxl.load_workbook(path)[layout.FIX_SHEET]
    usual, heights = sheet.sheet_format.defaultRowHeight, sheet.row_dimensions
    values = {row: sheet.cell(row, 2).value for row in (fix_sheet.FIRST_ROW, fix_sheet.FIRST_ROW + 1)}
    assert usual >= fix_sheet.LINES * 15
    assert {text == "nobody": (heights[row].height or 0) > usual for row, text in values.items()} == {
        True: False,
        False: True,
    }


def test_what_nobody_sees_makes_no_line_of_fix_errors_high() -> None:
    line: list[object] = [None] * len(fix_sheet.HEADERS)
    line[fix_sheet.HEADERS.index("_offer1")] = LONG
    line[fix_sheet.HEADERS.index(fix_sheet.LINKS[0])] = """=HYPERLINK("#'Caseload'!A1234",1234)"""
    assert not fix_sheet.is_high(line)
    line[fix_sheet.HEADERS.index(fix_sheet.PROBLEM)] = LONG * 2
    assert fix_sheet.is_high(line)


def test_the_log_shows_all_that_a_fix_changed(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht", Caseload_Status="Actve")]
    path = filled_template(client, tmp_path / "a.xlsx", rows)
    book = desk(path)
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.choose("Actve", choice="Active")
    book.apply_fixes()
    book.press(SUBMIT)
    book.book.save()
    sheet = openpyxl.load_workbook(path)[layout.LOG_SHEET]
    first = log_sheet.HEADER_ROW + 1
    told = [sheet.cell(first + 1, log_sheet.HEADERS.index(name) + 1) for name in ("Before Fix", "After Fix")]
    assert [cell.value for cell in told] == [
        "Caseworker Name: Robrt Smiht; Caseload Status: Actve",
        "Caseworker Name: Robert Smith; Caseload Status: Active",
    ]
    assert [cell.alignment.wrap_text for cell in told] == [True, True]
    heights = [sheet.row_dimensions[row].height or 0 for row in (first, first + 1)]
    assert [height > sheet.sheet_format.defaultRowHeight for height in heights] == [False, True]
