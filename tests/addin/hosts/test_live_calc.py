"""What can stand in the way in a live Calc is told in one clear sentence, and what Calc alone has works."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from addin.errors import BookError
from addin.hosts.calc.book import CalcBook, properties
from addin.hosts.calc.office import Office, find_office, load_uno
from addin.hosts.calc.program import CalcWindow
from addin.hosts.desk import commit
from addin.hosts.document import Block
from tests.support.spreadsheets import CalcHost, grid, pictured, read, write


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "My cases"
    sheet.append(["Update or Insert", "Participant ID", "Caseworker Name", "Start Date"])
    sheet.append(["Insert", "007", "Bond", dt.datetime(2026, 1, 31)])
    path = tmp_path / "mine.xlsx"
    book.save(path)
    return path


def refused(document: CalcBook, change: Callable[[CalcBook], object]) -> str:
    with pytest.raises(BookError) as stopped:
        change(document)
    return stopped.value.sentence


def write_a_cell(document: CalcBook) -> None:
    write(document, 3, 2, [["x"]])


def format_a_column(document: CalcBook) -> None:
    grid(document).set_number_format(Block(1, 2, 9, 1), "@")


def clear(document: CalcBook) -> None:
    grid(document).clear()


def opened(calc: CalcHost, path: Path) -> CalcBook:
    return calc.window.open_book(path)


@pytest.mark.parametrize("change", [write_a_cell, format_a_column, clear])
def test_a_workbook_that_is_open_for_reading_only_says_so(
    calc: CalcHost, file: Path, change: Callable[[CalcBook], object]
) -> None:
    file.chmod(0o444)
    desktop = calc.window.desktop
    model = desktop.loadComponentFromURL(file.as_uri(), "_blank", 0, properties(ReadOnly=True, Hidden=True))
    sentence = refused(CalcBook(model, desktop), change)
    assert sentence.startswith("mine.xlsx is open for reading only, so nothing can be written into it. Save it under")


def test_a_workbook_whose_sheets_are_locked_together_says_that_it_cannot_get_another(
    calc: CalcHost, file: Path
) -> None:
    document = opened(calc, file)
    document.model.protect("")
    assert refused(document, lambda book: book.add("More")) == (
        "The sheets of mine.xlsx are protected, so none can be added. Take the protection off (Tools > Protect "
        "Spreadsheet Structure) and press the button again."
    )


def test_a_workbook_that_was_closed_meanwhile_says_so(calc: CalcHost, file: Path) -> None:
    document = opened(calc, file)
    book = pictured(document)
    book.sheets[0].put(3, 2, [["x"]])
    document.model.close(True)
    for ask in (pictured, write_a_cell, lambda gone: commit(gone, book)):
        assert "Calc was closed, or the workbook in it, before the work was done" in refused(document, ask)


def test_a_document_that_is_no_spreadsheet_says_so(calc: CalcHost) -> None:
    desktop = calc.window.desktop
    with pytest.raises(BookError, match="What is open here is not a spreadsheet"):
        CalcBook(desktop, desktop)  # the nearest thing to one where Calc is all that is installed


def test_without_any_document_there_is_no_book_in_front(calc: CalcHost) -> None:
    with pytest.raises(BookError, match="What is open here is not a spreadsheet"):
        calc.window.document()


def test_the_book_in_front_is_the_one_that_was_opened_last(calc: CalcHost, file: Path, tmp_path: Path) -> None:
    calc.open(file)
    other = tmp_path / "other.xlsx"
    other.write_bytes(file.read_bytes())
    calc.open(other)
    front = calc.window.document()
    assert (front.name, sorted(front.open_names())) == ("other.xlsx", ["mine.xlsx", "other.xlsx"])


def test_a_file_that_is_no_workbook_is_named(calc: CalcHost, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(BookError, match=r"broken\.xlsx"):
        calc.open(broken)
    with pytest.raises(BookError, match=r"There is no file .*gone\.xlsx"):
        calc.open(tmp_path / "gone.xlsx")


def test_dates_in_a_column_of_many_formats_and_those_that_formulas_give_are_dates(calc: CalcHost, file: Path) -> None:
    document = calc.open(file)
    write(document, 1, 6, [[dt.date(2026, 1, day) if day % 2 else day] for day in range(1, 9)])
    write(document, 1, 7, [["=D2+1"], [dt.time(9, 30)]])
    grid(document).set_number_format(Block(1, 7, 1, 1), "yyyy-mm-dd")
    assert read(document, Block(1, 6, 4, 1)) == [[dt.datetime(2026, 1, 1)], [2], [dt.datetime(2026, 1, 3)], [4]]
    assert read(document, Block(1, 7, 2, 1)) == [[dt.datetime(2026, 2, 1)], [dt.time(9, 30)]]


def test_a_workbook_that_counts_from_1904_has_the_same_dates(calc: CalcHost, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book.epoch = CALENDAR_MAC_1904
    book.save(file)
    document = calc.open(file)
    write(document, 3, 4, [[dt.date(2026, 2, 1)]])
    assert read(document, Block(2, 4, 2, 1)) == [[dt.datetime(2026, 1, 31)], [dt.datetime(2026, 2, 1)]]


def test_rows_that_the_user_sorts_or_inserts_meanwhile_are_seen(calc: CalcHost, file: Path) -> None:
    document = opened(calc, file)
    write(document, 3, 1, [["Insert", "006", "Alec"]])
    sheet = document.model.getSheets().getByIndex(0)
    by_number = uno_sort_by(1)
    for move in (
        lambda: sheet.getCellRangeByName("A2:D3").sort(by_number),
        lambda: sheet.getRows().insertByIndex(2, 1),
        lambda: sheet.getRows().removeByIndex(2, 1),
    ):
        book = pictured(document)
        book.sheets[0].put(2, 3, [["x"]])
        move()
        assert "The sheet My cases was changed while the button was at work" in refused(
            document, partial(commit, book=book)
        )


def uno_sort_by(column: int) -> Any:
    uno = load_uno()
    field = uno.createUnoStruct("com.sun.star.table.TableSortField", Field=column, IsAscending=True)
    fields = uno.Any("[]com.sun.star.table.TableSortField", (field,))
    return properties(SortFields=fields, ContainsHeader=False)


def test_a_killed_calc_says_that_it_was_closed(tmp_path: Path, file: Path, office: Office) -> None:
    own = Office(tmp_path)
    try:
        window = CalcWindow(own.context)
        document = window.open_book(file)
        own.kill()
        for ask in (pictured, write_a_cell, lambda _document: window.document()):
            assert "LibreOffice Calc was closed" in refused(document, ask)
    finally:
        own.kill()


def test_without_libreoffice_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BookError, match=r"LibreOffice was not found on this computer\. Install it"):
        find_office(["/nowhere/soffice"])


def test_without_its_bridge_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "uno", raising=False)
    monkeypatch.setattr("addin.hosts.calc.office.importlib.util.find_spec", lambda name: None)
    with pytest.raises(BookError, match=r"module uno, was not found\. Install it .*python3-uno"):
        load_uno(["/nowhere"])


def test_a_bridge_for_another_python_is_named_and_never_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "uno.py").write_text("import os\nos.abort()\n")  # as a bridge of another Python does
    monkeypatch.delitem(sys.modules, "uno", raising=False)
    monkeypatch.setattr("addin.hosts.calc.office.importlib.util.find_spec", lambda name: None)
    with pytest.raises(BookError, match=r"is made for another Python than this one, 3\.\d+\. Run this with the Python"):
        load_uno([str(tmp_path)])


def test_an_office_that_does_not_start_says_so(tmp_path: Path, office: Office) -> None:
    with pytest.raises(BookError, match=r"LibreOffice ended as it started \(code 0\)"):
        Office(tmp_path, program=Path("/bin/true"))


LINES = (
    "Update or Insert,Participant ID,Caseworker Name,Start Date\nInsert,007,José Bond,3/1/2026\nInsert,12-5,x,=1+1\n"
)


@pytest.fixture
def text_file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text(LINES, "utf-8")
    return path


def rows_of(document: CalcBook) -> list[list[Any]]:
    return pictured(document).data_sheet().cells[1:]


def test_a_csv_reads_as_its_file_says_and_not_as_calc_made_it(calc: CalcHost, text_file: Path) -> None:
    document = opened(calc, text_file)
    assert read(document, Block(2, 2, 1, 1)) == [[7]]
    assert rows_of(document) == [["Insert", "007", "José Bond", "3/1/2026"], ["Insert", "12-5", "x", "=1+1"]]
    assert read(document, Block(2, 2, 1, 1)) == [["007"]]
    with document.still():
        assert [note for note in document.notes if "as they stand in the file" in note]


def test_what_is_typed_into_a_csv_after_a_button_was_pressed_counts(calc: CalcHost, text_file: Path) -> None:
    rows_of(opened(calc, text_file))
    document = calc.window.document()
    document.grids()[0].sheet.getCellByPosition(1, 1).setString("0042")
    assert grid(document).formats([(2, 2)]) == {(2, 2): "@"}, "what is typed there stays text"
    assert [rows_of(document)[0][1], rows_of(calc.window.document())[0][1]] == ["0042", "0042"]


def test_a_csv_that_was_changed_before_any_button_is_refused_and_stays_as_it_is(
    calc: CalcHost, text_file: Path
) -> None:
    document = opened(calc, text_file)
    document.grids()[0].sheet.getCellByPosition(2, 1).setString("Smith")
    sentence = refused(document, rows_of)
    assert "007 becomes 7" in sentence
    assert "So nothing was done. Close it without saving" in sentence
    assert read(document, Block(2, 2, 1, 2)) == [[7, "Smith"]]


def test_empty_fields_beyond_the_headers_of_a_csv_are_told_for_a_sheet_shows_none(
    calc: CalcHost, text_file: Path
) -> None:
    text_file.write_text(LINES.replace("3/1/2026", "3/1/2026,,"), "utf-8")
    assert "Row 2 of mine.csv has more fields than there are headers" in refused(opened(calc, text_file), rows_of)


def test_what_calc_cannot_open_is_told_in_one_sentence(calc: CalcHost, tmp_path: Path) -> None:
    path = tmp_path / "mine.xlsx"
    path.write_bytes(b"PK\x03\x04 and nothing of a workbook")
    with pytest.raises(BookError, match=r"mine\.xlsx cannot be read"):
        calc.window.open_book(path)
