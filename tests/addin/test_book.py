"""A workbook as a button sees it: reads come from the picture and from what was written, writes are noted in order."""

from __future__ import annotations

import pytest

from addin.book import AddSheet, Block, Book, Cells, Format, HideSheet, Picture, Put, Replace, SheetPicture, Show


def book(cells: Cells | None = None) -> Book:
    return Book(Picture("a.xlsx", [SheetPicture("_ours", False, [["x"]]), SheetPicture("Mine", True, cells)]))


def test_a_read_after_a_write_sees_the_write() -> None:
    sheet = book([["ID", "Name"], [], ["1", "Ana"]]).sheets[1]
    sheet.put(3, 2, [["Bob", "new"], ["Carla", None]])
    assert sheet.cells == [["ID", "Name"], [], ["1", "Bob", "new"], [None, "Carla", None]]
    assert [sheet.cell(3, 3), sheet.cell(2, 1), sheet.cell(99, 99)] == ["new", None, None]


def test_a_write_beyond_the_last_row_leaves_empty_rows_between() -> None:
    sheet = book([["ID"]]).sheets[1]
    sheet.put(3, 2, [["far"]])
    assert sheet.cells == [["ID"], [], [None, "far"]]


def test_a_replaced_sheet_reads_as_what_took_its_place() -> None:
    sheet = book([["old", "older"], ["oldest"]]).sheets[1]
    sheet.replace([["new"]])
    assert [sheet.cells, sheet.cell(1, 2)] == [[["new"]], None]


def test_a_sheet_that_was_added_is_there_empty_and_takes_writes() -> None:
    mine = book([["ID"]])
    added = mine.add_sheet("Log")
    assert [added.cells, added.visible] == [[], True]
    added.put(1, 1, [["Row"]])
    assert [[one.name for one in mine.sheets], added.cells, mine.sheet("Log")] == [
        ["_ours", "Mine", "Log"],
        [["Row"]],
        added,
    ]


def test_the_picture_stays_as_the_host_took_it_for_the_commit_to_compare() -> None:
    cells: Cells = [["ID"], ["1"]]
    mine = book(cells)
    mine.sheets[1].put(2, 1, [["2"]])
    assert [mine.picture.sheets[1].cells, cells] == [[["ID"], ["1"]]] * 2


def test_a_sheet_that_is_not_read_says_so_and_may_be_written_all_the_same() -> None:
    sheet = book(None).sheets[1]
    sheet.put(1, 1, [["x"]])
    with pytest.raises(LookupError, match="The sheet Mine is not among those that the button reads"):
        _ = sheet.cells
    sheet.replace([["y"]])
    assert sheet.cells == [["y"]]


def test_the_data_sheet_is_the_leftmost_visible_one() -> None:
    mine = book([["ID"]])
    assert mine.data_sheet() is mine.sheets[1]
    assert Book(Picture("a.xlsx", [SheetPicture("_ours", False)])).data_sheet() is None


def test_what_is_to_change_is_noted_in_order_across_sheets_and_nothing_where_there_is_nothing() -> None:
    mine = book([["ID"]])
    sheet = mine.sheets[1]
    sheet.put(2, 1, [])
    sheet.fit_rows([])
    assert mine.operations == []
    sheet.put(2, 1, [["007"]], "@")
    log = mine.add_sheet("Log")
    log.replace([["Row"]])
    log.hide()
    sheet.format([Block(1, 1, 5, 1)], "@")
    sheet.show(2, 1)
    assert mine.operations == [
        Put("Mine", 2, 1, [["007"]], "@"),
        AddSheet("Log"),
        Replace("Log", [["Row"]]),
        HideSheet("Log"),
        Format("Mine", (Block(1, 1, 5, 1),), "@"),
        Show("Mine", 2, 1),
    ]
