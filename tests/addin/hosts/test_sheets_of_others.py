"""No host writes over a sheet of the user's own that is called as one of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference

from addin.book import DATA, Book
from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import commit, take_picture
from tests.support.spreadsheets import AnyDocument, Host
from workbook import layout
from workbook.sheets import ours

NOTES = [["Date", "Whom I called", "What was said"], ["11/3", "Mrs. K.", "called back"]]
DATA_ROWS = [["Participant ID", "Caseworker Name"], ["1", "Ana"]]


def opened(host: Host, path: Path, *sheets: tuple[str, list[list[Any]]]) -> AnyDocument:
    """A workbook with rows in front, and further sheets."""
    book = openpyxl.Workbook()
    del book["Sheet"]
    for name, cells in (("Rows", DATA_ROWS), *sheets):
        sheet = book.create_sheet(name)
        for line in cells:
            sheet.append(line)
    book.save(path)
    return host.open(path)


def everything(document: AnyDocument) -> dict[str, Any]:
    return {one.name: one.contents() for one in document.grids()}


def pictured(document: AnyDocument) -> Book:
    return Book(take_picture(document, (DATA,)))


def refusal(document: AnyDocument, book: Book) -> str:
    with pytest.raises(BookError) as refused:
        commit(document, book)
    return refused.value.sentence


@pytest.mark.parametrize("row", [1, 50])
def test_a_sheet_that_is_not_ours_is_not_written_over_and_nothing_else_is_written_either(
    host: Host, tmp_path: Path, row: int
) -> None:
    lines = [*[[]] * (row - 1), *NOTES]
    document = opened(host, tmp_path / "Mine.xlsx", *((name, lines) for name in sorted(ours.SHEETS)))
    before = everything(document)
    for name in sorted(ours.SHEETS):
        book = pictured(document)
        data, sheet = book.data_sheet(), book.claim(name)
        assert data is not None
        assert sheet is not None
        data.put(2, 2, [["Robert"]])
        sheet.replace([["ours"]])
        assert refusal(document, book) == (
            f"The sheet {name} of Mine.xlsx is none that Caseload Upload made, or its first rows were changed, so it "
            "is not written over. Give it another name, and press the button again: a new one is added. Nothing in the "
            "workbook was changed."
        )
    assert everything(document) == before


def test_a_sheet_whose_name_is_ours_but_for_large_and_small_letters_is_told_and_none_is_added(
    host: Host, tmp_path: Path
) -> None:
    document = opened(host, tmp_path / "Mine.xlsx", ("LOG", NOTES))
    before = everything(document)
    book = pictured(document)
    assert book.claim(layout.LOG_SHEET) is None
    book.add_sheet(layout.LOG_SHEET).replace([["Upload log"]])
    assert refusal(document, book).startswith("The sheet LOG of Mine.xlsx is none that Caseload Upload made")
    assert everything(document) == before


def test_the_sheet_of_the_user_s_rows_may_be_called_so_and_is_marked_but_not_written_over(
    host: Host, tmp_path: Path
) -> None:
    document = opened(host, tmp_path / "Mine.xlsx")
    path = document.path
    assert path is not None
    host.close()
    workbook = openpyxl.load_workbook(path)
    workbook["Rows"].title = layout.LOG_SHEET
    workbook.save(path)
    document = host.open(path)
    book = pictured(document)
    data = book.data_sheet()
    assert data is not None
    data.put(2, 3, [["✔ ok"]])
    commit(document, book)
    assert everything(document)[layout.LOG_SHEET][1] == ["1", "Ana", "✔ ok"]
    again = pictured(document)
    log = again.claim(layout.LOG_SHEET)
    assert log is not None
    log.replace([["Upload log"]])
    assert refusal(document, again).startswith("The sheet Log of Mine.xlsx is none")
    assert everything(document)[layout.LOG_SHEET][1] == ["1", "Ana", "✔ ok"]


def test_an_empty_sheet_of_that_name_is_taken_for_ours(host: Host, tmp_path: Path) -> None:
    document = opened(host, tmp_path / "Mine.xlsx", ("Log", []))
    book = pictured(document)
    log = book.claim(layout.LOG_SHEET)
    assert log is not None
    log.replace([["Upload log"]])
    commit(document, book)
    assert everything(document)["Log"] == [["Upload log"]]


def test_in_a_closed_file_a_chart_may_have_the_name_and_no_other_is_made_up(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    chart = BarChart()
    chart.add_data(Reference(book.worksheets[0], min_col=1, min_row=1, max_row=3))
    book.create_chartsheet("Log").add_chart(chart)
    book.save(tmp_path / "Mine.xlsx")
    document = ClosedBook(tmp_path / "Mine.xlsx")
    pressed = pictured(document)
    pressed.add_sheet(layout.LOG_SHEET).replace([["Upload log"]])
    assert refusal(document, pressed) == (
        "Mine.xlsx has a chart that is called Log. Give it another name and try again. Nothing in the workbook was "
        "changed."
    )
    document.close()
