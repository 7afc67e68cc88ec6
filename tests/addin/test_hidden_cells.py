"""Whatever somebody wrote into the hidden cells of a row, nothing breaks over it: it says nothing."""

from __future__ import annotations

import json

import pytest

from addin.rows.fixes_made import with_changes
from addin.rows.row_notes import KEPT_CELLS, read_origin, read_written
from workbook.columns import CASE_NUMBER, REASON

DEEP = "[" * 30_000
HALF = json.dumps({CASE_NUMBER: ["\ud800", "b"]})
"""Half of a character, which no file and no call can hold."""


@pytest.mark.parametrize("cell", [DEEP, HALF, "{", "7", "[[1,2]]", "null"])
def test_what_is_no_list_of_fixes_is_none(cell: str) -> None:
    assert json.loads(with_changes(cell, [(REASON, "1", "2")])) == {REASON: ["1", "2"]}


@pytest.mark.parametrize("cells", [DEEP, json.dumps([[KEPT_CELLS[0], "\udfff"]]), "{", "7", "[7]", '[["a"]]'])
def test_of_what_is_no_list_of_cells_the_row_s_place_is_left(cells: str) -> None:
    assert read_origin(f"7 1 abc P1⇥{cells}") == (7, 1, "abc", "P1", (), "")


def test_a_number_that_no_record_has_is_none() -> None:
    many = "9" * 5_000
    assert (read_origin(f"{many} 1 a P1"), read_origin(f"1 {many} a P1")) == (None, None)
    assert read_written(f"written u1 abc {many} here") == ("u1", "abc", 0, "here")
