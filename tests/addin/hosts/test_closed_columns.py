"""A save leaves each column as it looked, where the file tells of many columns at once, and repeats none (SPEC 10)."""

from __future__ import annotations

from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font

from addin.book import Redress
from addin.hosts.closed.file import ClosedBook
from addin.hosts.document import MAX_ROWS, Block
from tests.support.workbook_check import check_workbook

HEADERS = ["Update or Insert", "Participant ID"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Columns A to Z are one element: 21 wide and bold."""
    book = Workbook()
    [sheet] = book.worksheets
    sheet.append(HEADERS)
    sheet.append(["Insert", "000108"])
    columns = sheet.column_dimensions["A"]
    columns.width, columns.font = 21, Font(bold=True)
    columns.min, columns.max = 1, 26
    book.save(tmp_path / "grouped.xlsx")
    return tmp_path / "grouped.xlsx"


def looks(file: Path) -> list[tuple[object, ...]]:
    [sheet] = load_workbook(file).worksheets
    return [
        (one.min, one.max, one.width, one.font.bold, one.hidden, one.number_format)
        for one in sheet.column_dimensions.values()
    ]


def test_a_column_among_many_is_parted_from_them_when_it_alone_changes(file: Path) -> None:
    book = ClosedBook(file)
    [sheet] = book.grids()
    sheet.hide_columns(11, 2)
    sheet.set_number_format(Block(1, 26, MAX_ROWS, 2), "@")
    book.save()
    assert looks(file) == [
        (1, 10, 21, True, False, "General"),
        (11, 11, 21, True, True, "General"),
        (12, 12, 21, True, True, "General"),
        (13, 25, 21, True, False, "General"),
        (26, 26, 21, True, False, "@"),
        (27, 27, 13, False, False, "@"),
    ]
    assert check_workbook(file.read_bytes()) == []


def test_rows_that_are_dressed_again_look_as_their_column_does(file: Path) -> None:
    book = load_workbook(file)
    rule = FormulaRule(["TRUE"], font=Font(italic=True))
    book.worksheets[0].conditional_formatting.add(f"A2:B2 A4:B{MAX_ROWS}", rule)
    book.worksheets[0]["B3"].value = "000109"
    book.save(file)
    [sheet] = ClosedBook(file).grids()
    assert sheet.redress(Redress("Sheet", 2, 3, 2, ((1, 2),), {})) == 1
    looks = sheet.sheet["B3"]
    assert looks.font.bold
