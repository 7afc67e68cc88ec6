from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.workbook_file import MAIN
from workbook.files.excel_file import too_many
from workbook.files.excel_places import PartJudge
from workbook.files.excel_scan import NEAR_COLUMNS, Scan, scan
from workbook.files.limits import MEBIBYTE, Limits

SERVER = Limits(memory=1100 * MEBIBYTE)
HERE = Limits()
HEAD, END = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"


def scanned(rows: str) -> Scan:
    return scan([HEAD, rows.encode(), END])


@pytest.mark.parametrize(
    "places",
    ["Z1 AA1", "AZ1 BA1", "AB1 AC1", "ZZ1 AAA1", "XFD1 A1", "CV1 AZ1 CU1", "AAA1 ABC1 AAZ1", "B1 BBB1 BB1 BBC1"],
)
def test_the_last_column_is_found_wherever_it_stands(places: str) -> None:
    cells = "".join(f'<c r="{place}"><v>1</v></c>' for place in places.split())
    columns = [re.sub(r"\d", "", place) for place in places.split()]
    numbers = [sum((ord(letter) - 64) * 26**at for at, letter in enumerate(reversed(column))) for column in columns]
    assert scanned(f'<row r="1">{cells}</row>').last_column == max(numbers)


def test_many_new_columns_at_once_are_found_to_the_last() -> None:
    letters = [f"{first}{second}{third}" for first in "ABC" for second in "AKZ" for third in "AHJKZ" for _ in range(9)]
    cells = "".join(f'<c r="{letter}1"/>' for letter in letters)
    assert scanned(f'<row r="1">{cells}</row>').last_column == 3 * 26 * 26 + 26 * 26 + 26


def test_what_was_found_is_counted() -> None:
    rows = (
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1" s="1"/><c r="C1"><f>1</f></c></row>'
        '<row r="2"><c/><c r="B2" t="s"><v>0</v></c><c r="C2" t="inlineStr"><is><t>x</t></is></c></row>'
    )
    found = scanned(rows)
    assert [found.cells, found.filled, found.texts, found.flawed, found.last_row] == [6, 4, 2, 1, 2]
    assert found.plain


def test_the_pass_ends_where_it_has_found_too_much() -> None:
    taken = []

    def pieces() -> Iterator[bytes]:
        yield HEAD
        for row in range(1, 100):
            taken.append(row)
            yield b'<row r="%d"><c r="A%d"><v>1</v></c></row>' % (row, row)
        yield END

    found = scan(pieces(), lambda until_here: until_here.filled == 7)
    assert [taken, found.last_row, found.stopped] == [[1, 2, 3, 4, 5, 6, 7], 7, True]


def found_of(rows: int, columns: int, filled: float = 1, *, flawed: int = 0) -> Scan:
    """What is found in a sheet whose cells are all there, so many of them filled and the rest with a format only."""
    cells = rows * columns
    return Scan(
        last_row=rows, last_column=max(columns, NEAR_COLUMNS), cells=cells, filled=int(cells * filled),
        size=int(cells * (18 + 12 * filled)), flawed=flawed,
    )  # fmt: skip


TAKEN = {
    "a full sheet with the template's columns": found_of(1_048_575, 13),
    "a full sheet of formats": found_of(1_048_575, 26, 0),
    "a hundred thousand rows with forty columns more": found_of(100_000, 57),
    "a wide sheet of formats": found_of(330_000, 100, 0),
    "a full column of formulas without a value": found_of(1_048_575, 13, flawed=1_048_575),
    "a sheet with a cell far away": Scan(last_row=1_048_576, last_column=16_384, cells=100_000 * 57, filled=5_000_000),
}
REFUSED: dict[str, Any] = {
    "a full sheet of formats in a hundred columns": [
        found_of(1_048_575, 100, 0), "1,048,575 rows of 100 columns are more cells than fit",
    ],
    "ten thousand columns": [found_of(3_402, 10_000), "3,402 rows of 10,000 columns are more cells than fit"],
    "cells in one place": [
        Scan(last_row=2, cells=40_000_000, size=10**9), "40,000,000 cells are more than fit",
    ],
    "errors": [
        found_of(1_048_575, 13, flawed=3_000_000),
        "3,000,000 cells with an error, or with a formula without a value, are more than fit",
    ],
    "cells far away and many others": [
        Scan(last_row=1_048_576, last_column=16_384, cells=7_000_000, filled=7_000_000),
        "7,000,000 cells, scattered over 1,048,576 rows of 16,384 columns, are more than fit",
    ],
}  # fmt: skip
TOO_MUCH_FOR_A_SERVER: dict[str, Any] = {
    "a full sheet of more columns": [found_of(1_048_575, 17), "17,825,775 filled cells are more than fit"],
    "texts in a full sheet": [
        Scan(last_row=1_048_575, filled=13_631_475, cells=13_631_475, texts=13_631_475, size=10**9),
        "13,631,475 filled cells are more than fit",
    ],
    "fewer rows of ten thousand columns": [
        found_of(1_600, 10_000), "1,600 rows of 10,000 columns are more cells than fit",
    ],
}  # fmt: skip


def test_honest_sheets_of_any_size_have_not_too_many_cells() -> None:
    assert {name: too_many(found, SERVER) for name, found in TAKEN.items()} == dict.fromkeys(TAKEN, "")


def test_what_would_fill_the_memory_or_take_too_long_is_told_in_words() -> None:
    told = {name: too_many(found, HERE) for name, (found, _why) in REFUSED.items()}
    assert told == {name: why for name, (_found, why) in REFUSED.items()}


def test_only_where_the_memory_is_limited_fewer_cells_fit() -> None:
    told = {name: [too_many(one, SERVER), too_many(one, HERE)] for name, (one, _why) in TOO_MUCH_FOR_A_SERVER.items()}
    assert told == {name: [why, ""] for name, (_found, why) in TOO_MUCH_FOR_A_SERVER.items()}


@pytest.mark.parametrize(
    ("rows", "hidden"),
    [
        ('<row r="2" hidden="1"><c r="A2"/></row><row r="3"><c r="A3"/></row>', [2]),
        ('<row r="2" spans="1:9" ht="15" hidden="true" outlineLevel="1"><c r="A2"/></row>', [2]),
        ('<row r="2" ht="0" customHeight="1"><c r="A2"/></row>', [2]),
        ('<row r="2" ht="0.75"><c r="A2"/></row>', []),
        ('<row r="2" ht="0.1" customHeight="1"><c r="A2"/></row>', [2]),
        ('<row r="2" ht=".0"/><row r="3" ht="0e0"/><row r="4" ht="-0"/><row r="5" ht="1e-3"/>', [2, 3, 4, 5]),
        (
            '<row r="2" hidden="on"/><row r="3" hidden="t"/><row r="4" hidden=" 1"/><row r="5" hidden="01"/>',
            [2, 3, 4, 5],
        ),
        ('<row r="2" hidden="false" ht="12.8" outlineLevel="0" collapsed="false"/>', []),
        ('<row r="2" outlineLevel="1"/><row r="3" outlineLevel="1"/><row r="4" collapsed="1"/>', [2, 3]),
        ('<row r="4" collapsed="1"/><row r="3" outlineLevel="1"/><row r="2" outlineLevel="1"/>', [2, 3]),
        ('<row r="2" outlineLevel="1"/><row r="3" outlineLevel="2"/><row r="4" collapsed="true"/>', [3]),
        ('<row r="2" outlineLevel="1"/><row r="4" collapsed="1"/>', []),
        ('<row r="2" collapsed="1"/><row r="3" outlineLevel="1"/>', []),
        ('<row r="2" hidden="0"><c r="A2"/></row>', []),
        ('<row r="2"><c r="A2" t="inlineStr"><is><t>row hidden="1"</t></is></c></row>', []),
    ],
)
def test_hidden_rows_are_found(rows: str, hidden: list[int]) -> None:
    found = scanned(rows)
    assert [found.plain, sorted(found.hidden)] == [True, hidden]
    judge = PartJudge("worksheet")
    judge.go(HEAD + rows.encode() + END)
    assert sorted(judge.hidden.numbers()) == hidden  # by the careful way, too


def test_a_group_of_which_rows_stand_in_two_pieces_is_found_or_read_with_care() -> None:
    row = b'<row r="%d"%b><c r="A%d"/></row>'
    group = [row % (number, b' outlineLevel="1"', number) for number in (2, 3)]
    end = row % (4, b' collapsed="1"', 4)
    assert sorted(scan([HEAD, *group, end, END]).hidden) == [2, 3]
    assert not scan([HEAD, end, *group, END]).plain


@pytest.mark.parametrize(
    ("cell", "plain"),
    [
        ('<c r="A1" t="s"><v> 12 </v></c>', False),
        ('<c r="A1" t="s"><v>12\n</v></c>', False),
        ('<c r="A1" s="1"><v>\t46082</v></c>', False),
        ('<c r="A1"><f>1+1</f><v> 2</v></c>', False),
        ('<c r="A1" t="str"><f>B1</f><v> a text </v></c>', True),
        ('<c r="A1" t="inlineStr"><is><t> a text </t></is></c>', True),
        ('<c r="A1">\n <v>12</v>\n</c>', True),
    ],
)
def test_a_number_with_blanks_around_it_is_read_with_care(cell: str, plain: bool) -> None:
    assert scanned(f'<row r="1">{cell}</row>').plain == plain
