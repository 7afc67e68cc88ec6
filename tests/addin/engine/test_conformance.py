"""What every spreadsheet must do that the commands run in: a closed file, a live Calc, and Excel.

    CASELOAD_TEST_EXCEL=1 pytest tests/addin/engine     # on Windows or macOS, with Excel

The behaviour that is written down here is Excel's. Where an engine has another one, DIFFERENCES says so, and the test
fails as soon as that is no longer true.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw
from openpyxl.styles import PatternFill

from tests.addin.engine.conftest import Spreadsheet

DIFFERENCES = {
    "openpyxl": {
        "test_a_formula_shows_what_it_gives": "a closed file is calculated by whoever opens it next",
        "test_a_formula_follows_the_cells_it_reads": "a closed file is calculated by whoever opens it next",
        "test_a_formula_that_fails_reads_as_its_error": "a closed file is calculated by whoever opens it next",
        "test_a_text_that_looks_like_a_number_becomes_one": "texts stay texts: the commands mean them so",
    },
    "LibreOffice": {
        "test_a_text_that_looks_like_a_number_becomes_one": "texts stay texts: the commands mean them so",
    },
}
"""Engine → behaviour → why it has another one than Excel."""


@pytest.fixture(autouse=True)
def _differences(request: pytest.FixtureRequest, spreadsheet: Spreadsheet) -> None:
    reason = DIFFERENCES.get(spreadsheet.name, {}).get(request.node.originalname)
    if reason is not None:
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True, raises=AssertionError))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two sheets, the second hidden; on the first a header, a filled row and an unfinished one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Caseload"
    sheet.append(["ID", "Name", "Start", "Share", "Open", "Note"])
    sheet.append(["007", "Bond", dt.datetime(2026, 1, 31), 0.5, True, None])
    sheet["A3"], sheet["C3"] = 10432.0, "#N/A"
    sheet["C3"].data_type = "e"
    sheet["A2"].number_format = "@"
    sheet["B2"].fill = PatternFill("solid", fgColor="FFC801")
    sheet.column_dimensions["F"].number_format = "@"
    book.create_sheet("Second").sheet_state = "hidden"
    path = tmp_path / "caseload.xlsx"
    book.save(path)
    return path


@pytest.fixture
def book(spreadsheet: Spreadsheet, file: Path) -> xw.Book:
    return spreadsheet.open(file)


def grid(sheet: xw.Sheet) -> list[list[object]]:
    values: list[list[object]] = sheet.used_range.options(ndim=2, err_to_str=True).value
    return values


def test_a_block_reads_in_one_go_with_dates_numbers_truths_and_error_texts(book: xw.Book) -> None:
    assert grid(book.sheets["Caseload"]) == [
        ["ID", "Name", "Start", "Share", "Open", "Note"],
        ["007", "Bond", dt.datetime(2026, 1, 31), 0.5, True, None],
        [10432, None, "#N/A", None, None, None],
    ]
    assert book.sheets[0].range("E2").value is True


def test_an_error_is_no_value_unless_its_text_is_asked_for(book: xw.Book) -> None:
    cell = book.sheets[0].range("C3")
    assert [cell.value, cell.options(err_to_str=True).value] == [None, "#N/A"]


def test_a_block_is_written_in_one_go_and_is_there_after_reopening(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    block = [["a", None, dt.date(2026, 2, 1), 7, True], ["b", 1.5, dt.datetime(2026, 2, 1, 8, 30), -3, False]]
    book.sheets[0].range((5, 2)).value = block
    sheet = spreadsheet.reopened(book).sheets[0]
    assert sheet.range("B5:F6").value == [
        ["a", None, dt.datetime(2026, 2, 1), 7, True], ["b", 1.5, dt.datetime(2026, 2, 1, 8, 30), -3, False],
    ]


def test_a_date_gets_a_format_that_shows_it_and_keeps_the_one_it_has(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range("H2").number_format = "d/m/yyyy"
    sheet.range("G2").value = [[dt.date(2026, 2, 1), dt.date(2026, 2, 3)]]
    assert "yy" in sheet.range("G2").number_format
    assert [sheet.range("H2").number_format, sheet.range("H2").value] == ["d/m/yyyy", dt.datetime(2026, 2, 3)]


def test_none_empties_a_cell_and_clearing_keeps_its_format(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range("A2:B2").value = [[None, None]]
    sheet.range("C2").clear_contents()
    assert sheet.range("A2:C2").value == [None, None, None]
    assert [sheet.range("A2").number_format, sheet.range("B2").color] == ["@", (255, 200, 1)]
    assert "yy" in sheet.range("C2").number_format


def test_text_in_a_text_column_stays_text(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    texts = ["007", "=1+1", "+1", "#N/A", "2026-01-31", "1e5", "TRUE", "12345678901234567890", "'q", "a\x00\x1fb"]
    kept = [*texts[:-1], "ab"]
    book.sheets[0].range("F4").value = [[text] for text in texts]
    assert book.sheets[0].range("F4:F13").value == kept
    sheet = spreadsheet.reopened(book).sheets[0]
    assert sheet.range("F4:F13").value == kept
    assert [cell for (cell,) in sheet.range("F4:F13").formula] == kept
    assert sheet.range("F7").number_format == "@"


def test_a_text_that_looks_like_a_number_becomes_one(book: xw.Book) -> None:
    book.sheets[0].range("H4").value = "007"
    assert book.sheets[0].range("H4").value == 7


def test_a_formula_is_a_formula_where_the_format_does_not_say_text(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    book.sheets[0].range("G4").value = [["plain", '=SUM(D2,Second!$B$2)&"x"']]
    sheet = spreadsheet.reopened(book).sheets[0]
    assert [sheet.range("G4").value, sheet.range("H4").formula] == ["plain", '=SUM(D2,Second!$B$2)&"x"']


def test_links_among_other_cells_stay_links_to_the_same_places(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    link = """=HYPERLINK("#'It""s, a; place'!A4",4)"""
    cells = [
        [link, "plain"],
        [link.replace("4", "5"), '=HYPERLINK("#Second!B2","see; it")'],
        [None, '=HYPERLINK("#"&D2,1)'],
        ['=HYPERLINK("#Second!B2",8)', "="],
    ]
    book.sheets[0].range("G4").value = cells
    book.sheets[0].range("F4").value = link  # a text column
    sheet = spreadsheet.reopened(book).sheets[0]
    written = [list(line) for line in sheet.range("G4:H7").formula]
    assert written == [["" if cell is None else cell for cell in line] for line in cells]
    assert [sheet.range("G4").number_format, sheet.range("F4").value] == ["General", link]


def test_a_formula_shows_what_it_gives(book: xw.Book) -> None:
    book.sheets[0].range("G4").value = [["=D2*3", '=HYPERLINK("#Second!B2",8)', '=HYPERLINK("#Second!B2","see")']]
    assert book.sheets[0].range("G4:I4").value == [1.5, 8, "see"]


def test_a_formula_follows_the_cells_it_reads(book: xw.Book) -> None:
    book.sheets[0].range("G4").formula = "=D2*3"
    book.sheets[0].range("D2").value = 2
    assert book.sheets[0].range("G4").value == 6


@pytest.mark.parametrize(("formula", "error"), [("=1/0", "#DIV/0!"), ("=NA()", "#N/A"), ('="a"+1', "#VALUE!")])
def test_a_formula_that_fails_reads_as_its_error(book: xw.Book, formula: str, error: str) -> None:
    book.sheets[0].range("G4").formula = formula
    assert book.sheets[0].range("G4").options(err_to_str=True).value == error


def test_characters_that_a_file_cannot_hold_do_no_harm(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    book.sheets[0].range("F4").value = "naïve 👩🏽 \u202eright to left\nline"
    book.sheets[0].range("F5").value = "long" * 8000
    sheet = spreadsheet.reopened(book).sheets[0]
    assert [sheet.range("F4").value, sheet.range("F5").value] == [
        "naïve 👩🏽 \u202eright to left\nline", "long" * 8000,
    ]


def test_number_format_and_color_are_kept(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    target = book.sheets[0].range("A8:B9")
    target.number_format, target.color = "@", (255, 200, 1)
    book.sheets[0].range("A9").color = "#0000ff"
    sheet = spreadsheet.reopened(book).sheets[0]
    assert [sheet.range("B9").number_format, sheet.range("B9").color, sheet.range("A9").color, sheet["A1"].color] == [
        "@", (255, 200, 1), (0, 0, 255), None,
    ]
    assert sheet.range("D9").number_format == "General"


def test_a_whole_column_takes_a_format_and_new_cells_have_it(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range((1, 8), (1_048_576, 8)).number_format = "@"
    sheet.range("H77").value = "007"
    assert [sheet.range("H77").value, sheet.range("H500000").number_format] == ["007", "@"]
    assert sheet.used_range.address == "$A$1:$H$77"


def test_ranges_know_their_place_and_size_and_grow(book: xw.Book) -> None:
    sheet = book.sheets[0]
    block = sheet.range("B2:D3")
    assert (block.address, block.row, block.column, block.shape, block.size) == ("$B$2:$D$3", 2, 2, (2, 3), 6)
    assert block.resize(1, 2).address == "$B$2:$C$2"
    assert block.offset(1, 1).address == "$C$3:$E$4"
    assert block[1, 0].address == block(2, 1).address == "$B$3"
    assert sheet.range("A1").end("down").address == "$A$3"
    assert sheet.range("A1").end("right").address == "$F$1"
    assert sheet.range("A9").end("up").address == "$A$3"
    assert sheet.range("B2").get_address(False, False, include_sheetname=True) == "'Caseload'!B2"


def test_what_is_only_formatted_is_not_used(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range("A3:F3").clear_contents()
    assert sheet.used_range.address == "$A$1:$F$2"
    sheet.clear_contents()
    assert sheet.used_range.address == "$A$1"


def test_sheets_are_found_added_hidden_renamed_and_deleted(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    assert [(sheet.name, sheet.visible, sheet.index) for sheet in book.sheets] == [
        ("Caseload", True, 1), ("Second", False, 2),
    ]
    added = book.sheets.add("Third", after=book.sheets[-1])
    first = book.sheets.add("Zero", before=book.sheets[0])
    assert book.sheets.active.name == "Zero"
    added.visible = False
    first.name = "Nought"
    book.sheets["second"].delete()
    assert [sheet.name for sheet in book.sheets] == ["Nought", "Caseload", "Third"]
    assert [sheet.name for sheet in book.sheets if not sheet.visible] == ["Third"]
    with pytest.raises(KeyError):
        book.sheets["Nowhere"]
    book.sheets["Caseload"].activate()
    assert spreadsheet.reopened(book).sheets.active.name == "Caseload"


def test_a_sheet_is_the_same_sheet_however_one_comes_to_it(book: xw.Book) -> None:
    book.sheets[0].range("B2").select()
    assert book.selection is not None
    assert book.selection.sheet == book.sheets["caseload"] == book.sheets.active
    assert book.sheets[0] != book.sheets[1]


def test_names_are_added_read_changed_and_deleted(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    book.names.add("people", "=Caseload!$A$2:$B$3")
    assert book.names["people"].refers_to_range.address == "$A$2:$B$3"
    assert book.sheets[0].range("people").shape == (2, 2)
    book.names["people"].refers_to = "=Caseload!$A$2"
    book = spreadsheet.reopened(book)
    assert [(name.name, name.refers_to) for name in book.names] == [("people", "=Caseload!$A$2")]
    del book.names["people"]
    assert "people" not in book.names


def test_what_is_selected_is_told(book: xw.Book) -> None:
    book.sheets[0].range("C2:D3").select()
    assert book.selection is not None
    assert book.selection.address == "$C$2:$D$3"


def test_columns_and_rows_are_hidden_and_shown(spreadsheet: Spreadsheet, book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range("B1:C1").columns.hidden = True
    sheet.range("A3").rows.hidden = True
    sheet.range("C1").columns.hidden = False
    sheet = spreadsheet.reopened(book).sheets[0]
    assert [sheet.range(cell).columns.hidden for cell in ("A1", "B1", "C1")] == [False, True, False]
    assert [sheet.range(cell).rows.hidden for cell in ("A2", "A3")] == [False, True]


def test_hidden_cells_are_read_and_written_like_others(book: xw.Book) -> None:
    sheet = book.sheets[0]
    sheet.range("A2:A3").rows.hidden = True
    sheet.range("B1").columns.hidden = True
    sheet.range("A2:B3").value = [["1", "x"], ["2", "y"]]
    assert [line[1] for line in sheet.range("A2:B3").value] == ["x", "y"]


def test_nothing_is_written_under_a_merged_cell(spreadsheet: Spreadsheet, file: Path) -> None:
    made = openpyxl.load_workbook(file)
    made["Caseload"].merge_cells("A8:B9")
    made.save(file)
    sheet = spreadsheet.open(file).sheets[0]
    sheet.range("A8:C9").value = [["a", "lost", "b"], ["lost", "lost", "c"]]
    assert sheet.range("A8:C9").value == [["a", None, "b"], [None, None, "c"]]


def test_opening_a_book_twice_gives_the_same_book(spreadsheet: Spreadsheet, file: Path) -> None:
    assert spreadsheet.open(file) == spreadsheet.open(file)
    assert len(spreadsheet.app.books) == 1


def test_a_new_book_is_saved_under_a_name(spreadsheet: Spreadsheet, tmp_path: Path) -> None:
    book = spreadsheet.app.books.add()
    book.sheets[0].range("A1").value = "x"
    book.save(tmp_path / "new.xlsx")
    assert [book.name, openpyxl.load_workbook(tmp_path / "new.xlsx").worksheets[0]["A1"].value] == ["new.xlsx", "x"]


def test_the_screen_may_be_held_still_while_much_is_written(book: xw.Book) -> None:
    book.app.screen_updating = False
    book.sheets[0].range("A9").value = "x"
    book.app.screen_updating = True
    assert [book.app.screen_updating, book.sheets[0].range("A9").value] == [True, "x"]


def test_the_status_bar_is_set_and_given_back(book: xw.Book) -> None:
    book.app.status_bar = "Checking …"
    assert book.app.status_bar == "Checking …"
    book.app.status_bar = False
    assert book.app.status_bar is False
