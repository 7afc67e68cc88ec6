"""What can stand in the way in a live Calc is told in one clear sentence, and what Calc alone has works."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw

from addin.errors import BookError
from addin.hosts.calc import office as offices
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.office import Office, find_office, load_uno
from addin.hosts.calc.program import calc_engine, front_book
from addin.rows import own_sheets as sheets
from tests.addin.engine.conftest import Spreadsheet


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


def refused(calc: Spreadsheet, path: Path, write: Any) -> str:
    with pytest.raises(BookError) as stopped:
        write(calc.open(path))
    return str(stopped.value)


def write_a_cell(book: xw.Book) -> None:
    book.sheets[0].range("B3").value = "x"


def format_a_column(book: xw.Book) -> None:
    book.sheets[0].range("B1:B9").number_format = "@"


def hide_a_column(book: xw.Book) -> None:
    book.sheets[0].range("B1").columns.hidden = True


def clear(book: xw.Book) -> None:
    book.sheets[0].clear_contents()


@pytest.mark.parametrize("write", [write_a_cell, format_a_column, hide_a_column, clear])
def test_a_protected_sheet_says_so_and_stays_as_it_is(calc: Spreadsheet, file: Path, write: Any) -> None:
    book = openpyxl.load_workbook(file)
    book.active.protection.enable()
    book.save(file)
    assert refused(calc, file, write) == (
        "The sheet My cases is protected, so nothing can be written into it. Take the protection off (Tools > Protect "
        "Sheet) and press the button again."
    )
    assert calc.app.books[0].sheets[0].range("A2:B3").value == [["Insert", "007"], [None, None]]


@pytest.mark.parametrize("write", [write_a_cell, format_a_column, clear])
def test_a_workbook_that_is_open_for_reading_only_says_so(calc: Spreadsheet, file: Path, write: Any) -> None:
    file.chmod(0o444)
    program = calc.engine.impl.program
    program.desktop.loadComponentFromURL(file.as_uri(), "_blank", 0, program.properties(ReadOnly=True, Hidden=True))
    sentence = refused(calc, file, write)
    assert sentence.startswith("mine.xlsx is open for reading only, so nothing can be written into it. Save it under")


def test_a_workbook_whose_sheets_are_locked_together_says_that_it_cannot_get_another(
    calc: Spreadsheet, file: Path
) -> None:
    calc.open(file).impl.document.model.protect("")
    assert refused(calc, file, lambda book: book.sheets.add("More")) == (
        "The sheets of mine.xlsx are protected, so none can be added or taken away. Take the protection off (Tools > "
        "Protect Spreadsheet Structure) and press the button again."
    )


def test_a_workbook_that_was_closed_meanwhile_says_so(calc: Spreadsheet, file: Path) -> None:
    book = calc.open(file)
    data = sheets.read_data(book)
    book.close()
    for ask in (lambda: sheets.read_data(book), lambda: data.sheet.range("A1").value, lambda: write_a_cell(book)):
        with pytest.raises(BookError, match="Calc was closed, or the workbook in it, before the work was done"):
            ask()


def test_a_document_that_is_no_spreadsheet_says_so(calc: Spreadsheet) -> None:
    with pytest.raises(BookError, match="What is open here is not a spreadsheet"):
        CalcBook(calc.engine.impl.program.desktop)  # the nearest thing to one where Calc is all that is installed


def test_without_any_document_there_is_no_book_in_front(calc: Spreadsheet) -> None:
    with pytest.raises(BookError, match="What is open here is not a spreadsheet"):
        front_book(calc.engine)
    assert len(calc.app.books) == 0


def test_the_book_in_front_is_the_one_that_was_opened_last(calc: Spreadsheet, file: Path, tmp_path: Path) -> None:
    calc.open(file)
    other = tmp_path / "other.xlsx"
    other.write_bytes(file.read_bytes())
    calc.open(other)
    assert front_book(calc.engine).name == "other.xlsx"
    assert sorted(book.name for book in calc.app.books) == ["mine.xlsx", "other.xlsx"]


def test_a_file_that_is_no_workbook_is_named(calc: Spreadsheet, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(BookError, match=r"broken\.xlsx"):
        calc.open(broken)
    with pytest.raises(BookError, match=r"There is no file .*gone\.xlsx"):
        calc.engine.impl.program.open(tmp_path / "gone.xlsx")


def test_saving_where_nothing_can_be_saved_names_the_place(calc: Spreadsheet, file: Path, tmp_path: Path) -> None:
    book = calc.open(file)
    with pytest.raises(BookError, match=r"other\.xlsx cannot be saved in .*mine\.xlsx\. It may be open"):
        book.save(file / "other.xlsx")
    with pytest.raises(BookError, match=r"ends in \.xlsx, \.xlsm or \.ods"):
        book.save(tmp_path / "mine.doc")
    with pytest.raises(BookError, match="no name yet"):
        calc.app.books.add().save()


def test_dates_in_a_column_of_many_formats_and_those_that_formulas_give_are_dates(
    calc: Spreadsheet, file: Path
) -> None:
    sheet = calc.open(file).sheets[0]
    sheet.range("F1").value = [[dt.date(2026, 1, day)] if day % 2 else [day] for day in range(1, 9)]
    sheet.range("G1").formula = "=D2+1"
    sheet.range("G1").number_format = "yyyy-mm-dd"
    sheet.range("G2").value = dt.time(9, 30)
    assert sheet.range("F1:F4").value == [dt.datetime(2026, 1, 1), 2, dt.datetime(2026, 1, 3), 4]
    assert sheet.range("G1:G2").value == [dt.datetime(2026, 2, 1), dt.time(9, 30)]


def test_a_workbook_that_counts_from_1904_has_the_same_dates(calc: Spreadsheet, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.save(file)
    sheet = calc.open(file).sheets[0]
    sheet.range("D3").value = dt.date(2026, 2, 1)
    assert sheet.range("D2:D3").value == [dt.datetime(2026, 1, 31), dt.datetime(2026, 2, 1)]


def test_a_killed_calc_says_that_it_was_closed(tmp_path: Path, file: Path, office: Office) -> None:
    own = Office(tmp_path)
    try:
        engine = calc_engine(own.context)
        book = engine.apps.add(add_book=False).books.open(str(file))
        own.kill()
        for ask in (lambda: sheets.read_data(book), lambda: write_a_cell(book), lambda: front_book(engine)):
            with pytest.raises(BookError, match="LibreOffice Calc was closed"):
                ask()
        xw.engines.engines.remove(engine)
    finally:
        own.kill()


def test_without_libreoffice_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BookError, match=r"LibreOffice was not found on this computer\. Install it"):
        find_office(["/nowhere/soffice"])


def test_without_its_bridge_one_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "uno", raising=False)
    monkeypatch.setattr(offices.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BookError, match=r"module uno, was not found\. Install it .*python3-uno"):
        load_uno(["/nowhere"])


def test_a_bridge_for_another_python_is_named_and_never_loaded(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "uno.py").write_text("import os\nos.abort()\n")  # as a bridge of another Python does
    monkeypatch.delitem(sys.modules, "uno", raising=False)
    monkeypatch.setattr(offices.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BookError, match=r"is made for another Python than this one, 3\.\d+\. Run this with the Python"):
        load_uno([str(tmp_path)])


def test_an_office_that_does_not_start_says_so(tmp_path: Path, office: Office) -> None:
    with pytest.raises(BookError, match=r"LibreOffice ended as it started \(code 0\)"):
        Office(tmp_path, program=Path("/bin/true"))
