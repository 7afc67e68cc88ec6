"""What every host must do with a workbook: the same cells in and out, the same refusals, in the same words.

The behaviour that is written down here is what buttons count on. Where a host has another one, DIFFERENCES
(`conftest.py`) says so, and the test fails as soon as that is no longer true.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import openpyxl
import pytest
from openpyxl.styles import Alignment

from addin.book import Value
from addin.errors import BookError
from addin.hosts.document import MAX_ROWS, Block, ErrorText
from tests.support.spreadsheets import AnyDocument, Host, grid, read, write


def reopened(host: Host, document: AnyDocument) -> AnyDocument:
    """Saved, closed, and opened again."""
    path = document.path
    assert path is not None
    host.save(document)
    host.close()
    return host.open(path)


def test_everything_is_read_from_a1_with_dates_numbers_truths_and_errors(document: AnyDocument) -> None:
    cells = grid(document).contents()
    assert cells == [
        ["ID", "Name", "Start", "Share", "Open", "Note"],
        ["007", "Bond", dt.datetime(2026, 1, 31), 0.5, True, None],
        [10432, None, "#N/A", None, None, None],
    ]
    assert [type(cells[1][4]), type(cells[2][2])] == [bool, ErrorText]
    assert grid(document, "Second").contents() == []


def test_rows_that_hold_nothing_are_told_as_such_and_what_is_only_formatted_is_not_filled(
    document: AnyDocument,
) -> None:
    write(document, 6, 2, [["x"]])
    grid(document).set_number_format(Block(9, 1, 3, 9), "@")
    assert grid(document).contents()[3:] == [[], [], [None, "x", None, None, None, None]]


def test_a_block_is_read_with_the_empty_cells_around(document: AnyDocument) -> None:
    assert read(document, Block(2, 1, 3, 2)) == [["007", "Bond"], [10432, None], [None, None]]


def test_a_block_is_written_in_one_go_and_is_there_after_reopening(host: Host, document: AnyDocument) -> None:
    block: list[list[Value]] = [
        ["a", None, dt.date(2026, 2, 1), 7, True],
        ["b", 1.5, dt.datetime(2026, 2, 1, 8, 30), -3, False],
    ]
    write(document, 5, 2, block)
    assert read(reopened(host, document), Block(5, 2, 2, 5)) == [
        ["a", None, dt.datetime(2026, 2, 1), 7, True],
        ["b", 1.5, dt.datetime(2026, 2, 1, 8, 30), -3, False],
    ]


def test_a_date_gets_a_format_that_shows_it_and_keeps_the_one_it_has(document: AnyDocument) -> None:
    grid(document).set_number_format(Block(2, 8, 1, 1), "d/m/yyyy")
    write(document, 2, 7, [[dt.date(2026, 2, 1), dt.date(2026, 2, 3)]])
    formats = grid(document).formats([(2, 7), (2, 8)])
    assert "yy" in formats[2, 7]
    assert formats[2, 8] == "d/m/yyyy"
    assert read(document, Block(2, 7, 1, 2)) == [[dt.datetime(2026, 2, 1), dt.datetime(2026, 2, 3)]]


def test_several_blocks_get_one_format_and_several_cells_one_value(host: Host, document: AnyDocument) -> None:
    grid(document).set_number_format(Block(5, 8, 1, 1), "@", [Block(7, 8, 2, 2)])
    write(document, 6, 8, [["between"]])
    with document.still():
        grid(document).write_each([(5, 8), (7, 8), (8, 8), (7, 9)], "007")
    document = reopened(host, document)
    assert read(document, Block(5, 8, 4, 2)) == [["007", None], ["between", None], ["007", "007"], ["007", None]]
    formats = grid(document).formats([(5, 8), (6, 8), (7, 8), (8, 9)])
    assert [formats[5, 8], formats[7, 8], formats[8, 9], formats[6, 8] == "@"] == ["@", "@", "@", False]


def test_the_format_comes_before_the_values(host: Host, document: AnyDocument) -> None:
    write(document, 5, 7, [["007"], ["=1+1"]], "@")
    write(document, 5, 6, [[dt.date(2026, 2, 1)]], "yyyy-mm-dd")  # into a column of text
    document = reopened(host, document)
    assert read(document, Block(5, 6, 2, 2)) == [[dt.datetime(2026, 2, 1), "007"], [None, "=1+1"]]
    assert grid(document).formats([(5, 6), (5, 7)]) == {(5, 6): "yyyy-mm-dd", (5, 7): "@"}


def test_none_empties_a_cell_and_its_format_stays(document: AnyDocument) -> None:
    write(document, 2, 1, [[None, None, None]])
    assert read(document, Block(2, 1, 1, 3)) == [[None, None, None]]
    formats = grid(document).formats([(2, 1), (2, 3)])
    assert [formats[2, 1], "yy" in formats[2, 3]] == ["@", True]


def test_clearing_takes_all_contents_and_leaves_the_formats(document: AnyDocument) -> None:
    grid(document).clear()
    assert grid(document).contents() == []
    assert grid(document).formats([(2, 1)]) == {(2, 1): "@"}


def test_text_in_a_text_column_stays_the_text_that_it_is(host: Host, document: AnyDocument) -> None:
    texts = ["007", "=1+1", "+1", "#N/A", "2026-01-31", "1e5", "TRUE", "12345678901234567890", "'007", "a\x00\x1fb"]
    kept = [[text] for text in [*texts[:-1], "ab"]]
    write(document, 4, 6, [[text] for text in texts])
    assert read(document, Block(4, 6, 10, 1)) == kept
    document = reopened(host, document)
    assert read(document, Block(4, 6, 10, 1)) == kept
    assert {type(cell) for (cell,) in read(document, Block(4, 6, 10, 1))} == {str}
    assert grid(document).formats([(7, 6)]) == {(7, 6): "@"}


def test_a_text_without_a_format_is_not_taken_for_a_number(document: AnyDocument) -> None:
    write(document, 4, 8, [["007", "1/2", "'007"]])
    assert read(document, Block(4, 8, 1, 3)) == [["007", "1/2", "'007"]]


def test_characters_that_a_file_cannot_hold_do_no_harm(host: Host, document: AnyDocument) -> None:
    texts = ["naïve 👩🏽 \u202eright to left\nline", "long" * 8000, "a\ud800b"]
    write(document, 4, 6, [[text] for text in texts])
    assert read(reopened(host, document), Block(4, 6, 3, 1)) == [[texts[0]], [texts[1]], ["a\ufffdb"]]


def test_a_formula_reads_as_what_it_gives(document: AnyDocument) -> None:
    write(document, 4, 7, [["=D2*3", '=HYPERLINK("#Second!B2",8)', '=HYPERLINK("#Second!B2","see")']])
    assert read(document, Block(4, 7, 1, 3)) == [[1.5, 8, "see"]]


@pytest.mark.parametrize(("formula", "error"), [("=1/0", "#DIV/0!"), ("=NA()", "#N/A"), ('="a"+1', "#VALUE!")])
def test_a_formula_that_fails_reads_as_its_error(document: AnyDocument, formula: str, error: str) -> None:
    write(document, 4, 7, [[formula, "x"]])
    assert read(document, Block(4, 7, 1, 2)) == [[error, "x"]]


def test_links_among_other_cells_stay_links_to_the_same_places(host: Host, document: AnyDocument, file: Path) -> None:
    link = """=HYPERLINK("#'It""s, a; place'!A4",4)"""
    cells: list[list[Value]] = [
        [link, "plain"],
        [link.replace("4", "5"), '=HYPERLINK("#Second!B2","see; it")'],
        [None, '=HYPERLINK("#"&D2,1)'],
        ['=HYPERLINK("#Second!B2",8)', '=SUM(D2,Second!$B$2)&"x"'],
    ]
    write(document, 4, 7, cells)
    write(document, 4, 6, [[link]])  # a text column
    host.save(document)
    saved = openpyxl.load_workbook(file)["Caseload"]
    assert [[cell.value for cell in line] for line in saved["G4:H7"]] == cells
    assert [saved["F4"].value, saved["F4"].data_type] == [link, "s"]


def test_a_whole_column_takes_a_format_and_new_cells_have_it(document: AnyDocument) -> None:
    grid(document).set_number_format(Block(1, 8, MAX_ROWS, 1), "@")
    write(document, 77, 8, [["007"]])
    assert grid(document).formats([(77, 8)]) == {(77, 8): "@"}
    assert [read(document, Block(77, 8, 1, 1)), len(grid(document).contents())] == [[["007"]], 77]


def test_hidden_rows_are_told_and_written_like_others_whatever_hides_them(
    host: Host, document: AnyDocument, file: Path
) -> None:
    book = openpyxl.load_workbook(file)
    sheet = book["Caseload"]
    for number in range(3, 8):
        sheet.cell(number, 1).value = str(number)
        sheet.cell(number, 2).value = "Bond" if number % 2 else "Moneypenny"
    sheet.auto_filter.ref = "A1:F7"
    sheet.auto_filter.add_filter_column(1, ["Bond"])
    for number in (4, 6):
        sheet.row_dimensions[number].hidden = True
    sheet.column_dimensions["A"].hidden = True
    other = file.with_name("filtered.xlsx")
    book.save(other)
    filtered = host.open(other)
    assert grid(filtered).hidden_rows(7) == {4, 6}
    assert [grid(filtered).shows_all(3), grid(filtered).shows_all(4)] == [True, False]
    write(filtered, 2, 4, [[number] for number in range(2, 8)])
    write(filtered, 4, 5, [["x"]])
    assert read(filtered, Block(2, 4, 6, 1)) == [[number] for number in range(2, 8)]
    assert read(filtered, Block(3, 5, 3, 1)) == [[None], ["x"], [None]]
    assert grid(filtered).hidden_rows(7) == {4, 6}


@pytest.mark.parametrize("top_is_hidden", [False, True])
def test_columns_that_nobody_sees_are_told(host: Host, file: Path, top_is_hidden: bool) -> None:
    book = openpyxl.load_workbook(file)
    sheet = book["Caseload"]
    sheet.column_dimensions["B"].hidden = True
    sheet.column_dimensions.group("D", "E", hidden=True)
    sheet.row_dimensions[1].hidden = top_is_hidden
    other = file.with_name("unseen.xlsx")
    book.save(other)
    seen = grid(host.open(other))
    seen.contents()
    assert [seen.hidden_columns(6), seen.hidden_columns(4)] == [{2, 4, 5}, {2, 4}]


def test_nothing_is_written_under_a_merged_cell(host: Host, file: Path) -> None:
    made = openpyxl.load_workbook(file)
    made["Caseload"].merge_cells("A8:B9")
    made.save(file)
    document = host.open(file)
    said = ""
    try:
        write(document, 8, 1, [["a", "lost", "b"], ["lost", "lost", "c"]])
    except BookError as refused:
        said = refused.sentence
    shown: list[Value] = [None] * 3 if "A8:B9 are merged" in said else ["a", "b", "c"]
    assert read(document, Block(8, 1, 2, 3)) == [[shown[0], None, shown[1]], [None, None, shown[2]]]


def test_sheets_are_listed_added_at_the_far_right_and_hidden_while_the_user_stays(
    host: Host, document: AnyDocument
) -> None:
    before = document.selection()
    added = document.add("Third")
    added.write(Block(1, 1, 1, 1), [["x"]], None)
    document.add("Fourth").hide()
    assert document.selection() == before
    document = reopened(host, document)
    assert [(one.name, one.visible) for one in document.grids()] == [
        ("Caseload", True),
        ("Second", False),
        ("Third", True),
        ("Fourth", False),
    ]
    assert read(document, Block(1, 1, 1, 1), "Third") == [["x"]]


def test_what_is_shown_is_in_front_and_selected(host: Host, document: AnyDocument) -> None:
    third = document.add("Third")
    document.show(third, 0, 0)
    document.show(grid(document), 3, 2)
    assert document.selection() == ("Caseload", 3, 2)
    document.show(third, 0, 0)
    selected = reopened(host, document).selection()
    assert selected is not None
    assert selected[0] == "Third"


def test_columns_are_hidden(host: Host, document: AnyDocument, file: Path) -> None:
    grid(document).hide_columns(2, 2)
    host.save(document)
    columns = openpyxl.load_workbook(file)["Caseload"].column_dimensions
    hidden = {
        number
        for one in columns.values() if one.hidden
        for number in range(one.min or 0, (one.max or 0) + 1)
    }  # fmt: skip
    assert hidden == {2, 3}


def test_rows_get_the_height_that_their_cells_need_and_that_other_rows_have(host: Host, file: Path) -> None:
    made = openpyxl.load_workbook(file)
    made["Caseload"].sheet_format.defaultRowHeight = 20
    made["Caseload"].sheet_format.customHeight = True
    made["Caseload"].row_dimensions[2].height = 90
    made.save(file)
    document = host.open(file)
    grid(document).fit_heights([2])
    host.save(document)
    height = openpyxl.load_workbook(file)["Caseload"].row_dimensions[2].height
    assert height is None or 19 < height < 30


def test_rows_are_fitted_while_a_button_writes_too(host: Host, file: Path) -> None:
    made = openpyxl.load_workbook(file)
    sheet = made["Caseload"]
    sheet.row_dimensions[2].height = 90
    sheet.cell(3, 1).value = "a long text " * 20
    sheet.cell(3, 1).alignment = Alignment(wrap_text=True)
    sheet.row_dimensions[3].height = 15
    made.save(file)
    document = host.open(file)
    with document.still():
        grid(document).fit_heights([2, 3])
    host.save(document)
    fitted = openpyxl.load_workbook(file)["Caseload"].row_dimensions
    assert fitted[2].height is None or fitted[2].height < 30
    assert (fitted[3].height or 0) > 60


def test_a_workbook_knows_its_name_its_place_and_what_else_is_open(document: AnyDocument, file: Path) -> None:
    assert [document.name, document.path, document.open_names()] == ["caseload.xlsx", file, ("caseload.xlsx",)]
