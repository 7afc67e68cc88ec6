from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.problems import Refusal
from workbook.sheet import Cell, CellError, Sheet, SheetBuilder, sheet_of

HEADER: list[Cell] = ["Update or Insert", "Participant ID", "Shoe Size", "Last Name"]
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "A", "B", 0, 1, 2, 0.0, 1.0, True, False, date(2026, 1, 31), datetime(2026, 1, 31)]),
    st.sampled_from([time(1), CellError("#N/A")]),
)


def cells_of(sheet: Sheet) -> list[tuple[Cell, ...]]:
    return [tuple(column.cell(index) for column in sheet.columns.values()) for index in range(len(sheet))]


def test_each_distinct_cell_is_kept_once() -> None:
    sheet = sheet_of(HEADER, [["Insert", "1", 42, "A"], ["Insert", "2", 43, None], ["Update", "1", 44, "A"]])
    columns = {header: [column.values, list(column.codes)] for header, column in sheet.columns.items()}
    assert columns == {
        "Update or Insert": [[None, "Insert", "Update"], [1, 1, 2]],
        "Participant ID": [[None, "1", "2"], [1, 2, 1]],
        "Last Name": [[None, "A"], [1, 0, 1]],
    }
    assert sheet.unknown_headers == ["Shoe Size"]


def test_one_and_one_point_zero_and_true_stay_apart() -> None:
    sheet = sheet_of(["SSN"], [[1], [1.0], [True], ["1"], [1], [1.0], [True]])
    assert [(type(value), value) for value in sheet.columns["SSN"].values[1:]] == [
        (int, 1), (float, 1.0), (bool, True), (str, "1"),
    ]  # fmt: skip
    assert list(sheet.columns["SSN"].codes) == [1, 2, 3, 4, 1, 2, 3]


def test_a_cell_of_spaces_is_empty_and_a_row_of_them_is_passed_over() -> None:
    sheet = sheet_of(HEADER, [[None] * 4, ["Insert", " ", None, "\u00a0"], ["", " ", "\t"], [], ["Update"]])
    assert [list(sheet.row_numbers), cells_of(sheet)] == [[3, 6], [("Insert", None, None), ("Update", None, None)]]


def test_false_and_zero_are_values() -> None:
    assert cells_of(sheet_of(["SSN"], [[0], [False], [0.0]])) == [(0,), (False,), (0.0,)]


def test_a_row_in_which_none_of_our_columns_is_filled_is_empty() -> None:
    rows: list[list[Cell]] = [["Insert", "1", 1], [None, None, 2], ["", "\u200b", False], [None, "2", None]]
    assert list(sheet_of(HEADER, rows).row_numbers) == [2, 5]


def test_a_sheet_without_any_column_of_ours_keeps_its_rows_so_that_the_columns_are_missing() -> None:
    assert len(sheet_of(["Shoe Size"], [[42], [None], [43]])) == 2


def test_our_own_columns_are_no_data_and_not_unknown() -> None:
    sheet = sheet_of(
        ["Row Status", "Update or Insert", "What to Do", "_row"], [["Error", None, "Fix", 2], ["", "Insert"]]
    )
    assert [list(sheet.row_numbers), sheet.unknown_headers, list(sheet.columns)] == [[3], [], ["Update or Insert"]]


def test_fields_beyond_the_headers_are_counted_to_the_last_filled_one() -> None:
    rows: list[list[Cell]] = [["Insert"], ["Insert", 1, 2, 3, None, "x", " "], ["Insert", 1, 2, 3, "", None]]
    sheet = sheet_of([*HEADER, None, " "], rows)
    assert [sheet.extra_fields, len(sheet)] == [{1: 2}, 3]


def test_the_same_column_under_two_names_is_refused_with_both_names() -> None:
    with pytest.raises(Refusal) as caught:
        SheetBuilder(["Start Date", "SSN", "begin date"])
    assert caught.value.code == "header-repeated"
    assert "Start Date twice (Start Date and begin date)" in caught.value.message


def test_a_sheet_without_a_row_is_refused() -> None:
    for rows in ([], [[None, " "]]):
        with pytest.raises(Refusal) as caught:
            sheet_of(HEADER, rows)
        assert caught.value.code == "no-rows"


def test_row_numbers_and_versions_are_the_callers() -> None:
    sheet = sheet_of(HEADER, [["Insert"], ["Update"]], [412, 500], {500: 3})
    assert [list(sheet.row_numbers), sheet.versions] == [[412, 500], {500: 3}]


def test_a_header_that_the_sheet_lacks_has_empty_cells() -> None:
    assert sheet_of(HEADER, [["Insert"]]).cell("SSN", 0) is None


@given(st.lists(st.lists(CELLS, max_size=6), max_size=40))
def test_rows_taken_together_are_as_rows_taken_one_by_one(rows: list[list[Cell]]) -> None:
    one, many = SheetBuilder(HEADER), SheetBuilder(HEADER)
    for number, row in enumerate(rows, 2):
        one.add(number, row)
    many.add_all(enumerate(rows, 2))
    filled = [
        row
        for row in rows
        if any(
            cell is not None and not (isinstance(cell, str) and not cell.strip()) and HEADER[position] != "Shoe Size"
            for position, cell in enumerate(row[: len(HEADER)])
        )
    ]
    if not filled:
        return
    left, right = one.sheet(), many.sheet()
    assert len(left) == len(filled)
    assert [list(left.row_numbers), left.extra_fields] == [list(right.row_numbers), right.extra_fields]
    for header, column in left.columns.items():
        other = right.columns[header]
        typed = [[(type(value), value) for value in each.values] for each in (column, other)]
        assert typed[0] == typed[1]
        assert column.codes == other.codes
        position = HEADER.index(header)
        for index, row in enumerate(filled):
            cell = row[position] if position < len(row) else None
            expected = None if isinstance(cell, str) and not cell.strip() else cell
            assert (type(column.cell(index)), column.cell(index)) == (type(expected), expected)


def test_more_rows_than_one_block_are_taken_whole() -> None:
    sheet = sheet_of(["SSN"], ([index % 7] for index in range(5000)))
    assert [len(sheet), sheet.row_numbers[-1], sheet.cell("SSN", 4999)] == [5000, 5001, 4999 % 7]
