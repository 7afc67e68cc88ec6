"""Validate gives back what a paste has taken, and the workbook's lists are the site's of now (SPEC 9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.worksheet.cell_range import MultiCellRange

from addin.api.client import Client
from addin.book import Book, Late
from addin.buttons.registry import VALIDATE
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import take_picture
from addin.rows.dress import refresh_lists
from tests.support.agency import write_agency
from tests.support.desk import Open
from tests.support.own_server import Server, program
from tests.support.sheets import filled_template, fresh_template, insert, plain_workbook
from workbook import layout


def ranges(path: Path) -> tuple[set[str], set[str]]:
    """Of the conditional formats and of the lists, down to the last row."""
    sheet = openpyxl.load_workbook(path).worksheets[0]
    marks = {str(one.sqref) for one in sheet.conditional_formatting}
    return marks, {str(one.sqref) for one in sheet.data_validations.dataValidation}


def rob(path: Path, first: int, last: int) -> None:
    """As a plain Ctrl+V leaves the file: the cells of these rows have a look of their own, and no list or mark."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    rules = ConditionalFormattingList()
    for one in sheet.conditional_formatting:
        for rule in one.rules:
            rules.add(without(str(one.sqref), first, last), rule)
    sheet.conditional_formatting = rules
    for one in sheet.data_validations.dataValidation:
        one.sqref = MultiCellRange(without(str(one.sqref), first, last))
    for row in range(first, last + 1):
        for column in range(1, 6):
            sheet.cell(row, column).number_format = "General"
            sheet.cell(row, column).fill = openpyxl.styles.PatternFill("solid", start_color="FFFF00")
    book.save(path)


def without(cells: str, first: int, last: int) -> str:
    begin, _, end = cells.partition(":")
    if not end.endswith(str(layout.LAST_ROW)):
        return cells
    left, right = begin.rstrip("0123456789"), end.rstrip("0123456789")
    return f"{left}2:{right}{first - 1} {left}{last + 1}:{right}{layout.LAST_ROW}"


def test_a_closed_workbook_has_its_lists_formats_and_marks_again(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()) for _ in range(4)])
    before = ranges(path)
    rob(path, 3, 4)
    assert ranges(path) != before
    book = desk(path)
    assert "2 rows have lists and colours again, which a paste had taken away." in book.press(VALIDATE).message
    book.book.save()
    assert ranges(book.path) == before
    sheet = openpyxl.load_workbook(book.path).worksheets[0]
    assert [sheet.cell(3, 2).number_format, sheet.cell(3, 2).fill.fill_type] == ["@", None]
    assert "lists and colours" not in book.press(VALIDATE).message


def test_numbers_and_dates_read_the_same_after_it(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    person = agency.person()
    rows: list[dict[str, Any]] = [insert(agency.person()), insert(person), insert(agency.person())]
    path = filled_template(client, tmp_path / "a.xlsx", rows)
    rob(path, 3, 4)
    book = openpyxl.load_workbook(path)
    cell = book.worksheets[0].cell(3, 2)
    cell.value, cell.number_format = int(person[1:]), '"Q"0000'
    day = book.worksheets[0].cell(4, 5)
    day.value, day.number_format = 45000, "General"
    book.save(path)
    opened = desk(path)
    checked = opened.press(VALIDATE)
    assert [[one.row, one.column, one.code] for one in checked.report.problems] == [[4, "Date of Birth", "not-a-date"]]
    assert [opened.data().cell_text(3, 2), opened.cell(4, 5)] == [person, 45000]
    again = opened.press(VALIDATE)
    assert [[one.row, one.column, one.code] for one in again.report.problems] == [[4, "Date of Birth", "not-a-date"]]


def test_a_new_caseworker_is_in_the_list_without_a_new_template(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    place = list(layout.LIST_NAMES.values()).index("list_staff_name")

    def listed() -> list[Any]:
        return [line[place] for line in book.cells(layout.LISTS_SHEET)[1:] if line[place]]

    book.press(VALIDATE)
    known = listed()
    assert ["Robert Smith" in known, "Nina Neu" in known] == [True, False]
    hired = write_agency(tmp_path / "data", {"staff": ["S9,Nina,Neu,,Yes,Yes,No"]})
    program(agency.environment, "import", str(hired))
    book.press(VALIDATE)
    assert sorted({*known, "Nina Neu"}) == sorted(listed())


def test_a_fresh_template_has_the_lists_of_now_and_they_are_not_written_again(
    client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    document = ClosedBook(path)
    grids = {one.name: one for one in document.grids()}
    book = Book(take_picture(document, VALIDATE.reads))
    assert refresh_lists(book, client) is not None
    (late,) = book.operations
    assert isinstance(late, Late)
    assert late.decide(grids[late.sheet].contents()) == []


def test_a_workbook_of_the_users_own_gets_no_lists(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    book = desk(plain_workbook(tmp_path / "own.xlsx", [insert(agency.person())]))
    book.press(VALIDATE)
    assert [one.name for one in book.book.grids() if one.name == layout.LISTS_SHEET] == []


def test_data_in_the_place_of_the_instructions_are_no_higher_than_others(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    instructed = fresh_template(client, tmp_path / "a.xlsx")
    high = openpyxl.load_workbook(instructed).worksheets[0].row_dimensions[2].height
    path = filled_template(client, tmp_path / "b.xlsx", [insert(agency.person()), insert("nobody")])
    assert openpyxl.load_workbook(path).worksheets[0].row_dimensions[2].height == high > 60
    heights = []
    for file in (instructed, path):
        book = desk(file)
        book.press(VALIDATE)
        book.book.save()
        heights.append(openpyxl.load_workbook(file).worksheets[0].row_dimensions[2].height)
    assert heights == [high, None]
