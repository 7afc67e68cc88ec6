"""Columns of a worksheet that nobody sees, by the quick way of reading and by the careful one (SPEC 3)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.workbook_file import HEADER_ROW, MAIN, parts_of, text, zipped
from workbook.files.reader import read_file
from workbook.problems import Refusal
from workbook.sheet import Sheet

SHEET = "xl/worksheets/sheet1.xml"
ROW = f'<row r="2">{text("A2", "Insert")}{text("B2", "P7")}{text("C2", "2026-01-12")}</row>'
HEADERS = {"A": "Update or Insert", "B": "Participant ID", "C": "Start Date"}


def read(folder: Path, in_front: str, rows: str = HEADER_ROW + ROW) -> Sheet:
    """The sheet with this XML in front of its rows."""
    parts = parts_of(rows)
    parts[SHEET] = parts[SHEET].replace("<sheetData>", f"{in_front}<sheetData>", 1)
    return read_file(zipped(folder / "caseload.xlsx", parts))


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize(
    ("in_front", "hidden"),
    [
        ('<cols><col min="2" max="2" width="9" hidden="1"/></cols>', "B"),
        ('<cols><col min="2" max="2" hidden="true" outlineLevel="1"/><col min="3" max="3" collapsed="1"/></cols>', "B"),
        ('<cols><col min="1" max="2" width="0" customWidth="1"/></cols>', "AB"),
        ('<cols><col min="2" max="16384" width="0.05" customWidth="1"/></cols>', "BC"),
        (f"<x:cols xmlns:x='{MAIN}'\n><x:col hidden='1' max='3'\nmin='3' /></x:cols>", "C"),
        ('<cols><col min="2" max="2" width="9" hidden="on"/><col min="3" max="3" hidden="2"/></cols>', "BC"),
        ('<cols><col min="1" max="2" width="9" outlineLevel="1"/><col min="3" max="3" collapsed="1"/></cols>', "AB"),
        ('<cols><col min="2" max="2" width="0.08" customWidth="1"/></cols>', "B"),
        ('<sheetFormatPr defaultColWidth="0"/><cols><col min="2" max="2" width="9"/></cols>', "AC"),
        ('<cols><col min="2" max="2" width="9" hidden="0"/></cols>', ""),
        ('<!-- <cols><col min="2" max="2" hidden="1"/></cols> -->', ""),
    ],
)  # fmt: skip
def test_columns_that_nobody_sees_are_found(tmp_path: Path, in_front: str, hidden: str, careful: bool) -> None:
    rows = HEADER_ROW + (ROW.replace('r="2"', "r='2'") if careful else ROW)
    assert read(tmp_path, in_front, rows).hidden_columns == {letter: HEADERS[letter] for letter in hidden}


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("unseen", ['hidden="1"', 'ht="0"'])
def test_a_header_row_that_nobody_sees_is_found(tmp_path: Path, unseen: str, careful: bool) -> None:
    header = HEADER_ROW.replace('<row r="1"', f'<row r="1" {unseen}')
    sheet = read(tmp_path, "", header + (ROW.replace('r="2"', "r='2'") if careful else ROW))
    assert [sheet.header_hidden, sheet.hidden_rows] == [True, []]


def test_a_filled_column_without_a_header_is_found_where_a_row_that_is_read_fills_it(tmp_path: Path) -> None:
    header = f'<row r="1">{text("B1", "Update or Insert")}{text("D1", "Participant ID")}{text("F1", "SSN")}</row>'
    row = f'<row r="2">{text("A2", "1")}{text("B2", "Insert")}{text("C2", "P6")}{text("E2", " ")}</row>'
    foot = f'<row r="3">{text("E3", "Printed by the office")}</row>'
    assert read(tmp_path, "", header + row + foot).nameless == ["A", "C"]


@pytest.mark.parametrize("in_front", ["<cols><col></cols>", f"<!--{' ' * 17 * 1024 * 1024}-->"])
def test_a_beginning_that_no_worksheet_has_is_refused(tmp_path: Path, in_front: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(tmp_path, in_front)
    assert refused.value.code == "file-unreadable"
