"""What a table tells of the file that it was read from: hidden rows, the sheet's name, the header's row (SPEC 8)."""

from __future__ import annotations

from typing import Any

import pytest

from server.table import MEMBERS
from tests.support.served import HEADER, Call, insert, table
from workbook.report import Table


def problems(answer: Any) -> list[tuple[int, str, str, str]]:
    return [(one["row"], one["code"], one["severity"], one["value"]) for one in answer.json()["problems"]]


def test_hidden_rows_are_uploaded_with_one_warning_that_names_them(call: Call) -> None:
    rows = [insert(relationship="Primary" if at else "Secondary", participant=f"P{at}") for at in (1, 2, 3, 4)]
    told = {"row_numbers": [4, 5, 6, 9], "header_row": 3, "sheet": "Changes", "hidden_rows": [9, 5, 6, 7]}
    answer = call("ADM").validate(table(*rows, **told))
    assert (3, "rows-hidden", "warning", "5, 6 and 9") in problems(answer)
    message = next(one["message"] for one in answer.json()["problems"] if one["code"] == "rows-hidden")
    assert message.startswith("Rows 5, 6 and 9 are hidden")


def test_a_left_out_row_is_not_told_as_hidden(call: Call) -> None:
    answer = call("ADM").validate(table(insert(), insert("P2"), hidden_rows=[3], leave_out=[3]))
    assert problems(answer) == []


def test_filled_columns_that_nobody_sees_are_told_by_one_warning_that_names_them(call: Call) -> None:
    told = {"H": "Participant ID", "K": "Start Date", "L": "End Date", "M": "Row Status"}
    answer = call("ADM").validate(table(insert(), hidden_columns=told))
    assert problems(answer) == [(1, "columns-hidden", "warning", "H and K")]
    assert answer.json()["problems"][0]["message"] == (
        "Columns H (Participant ID) and K (Start Date) are hidden, and are read all the same. Show them, or take them "
        "out."
    )
    one = call("ADM").validate(table(insert(), hidden_columns={"H": "Participant ID"})).json()["problems"]
    assert [problem["message"] for problem in one] == [
        "Column H, Participant ID, is hidden, and is read all the same. Show it, or take it out."
    ]


def test_a_header_row_that_nobody_sees_is_told(call: Call) -> None:
    answer = call("ADM").validate(table(insert(), row_numbers=[4], header_row=3, hidden_rows=[3]))
    assert problems(answer) == [(3, "header-hidden", "warning", "3")]


def test_a_filled_column_without_a_header_is_told_once_by_the_letters_of_the_sheet(call: Call) -> None:
    header = [HEADER[0], "", *HEADER[1:], None, "Notes"]
    rows = [[cells[0], "P6", *cells[1:], "x", None] for cells in (insert(), insert("P2"))]
    body = {"header": header, "rows": rows}
    found, told = (call("ADM").validate(one) for one in (body, body | {"nameless_columns": ["D"]}))
    last = chr(ord("A") + len(HEADER) + 1)
    assert (1, "column-without-header", "warning", f"B and {last}") in problems(found)
    assert (1, "column-without-header", "warning", "D") in problems(told)
    assert [problem["message"] for problem in told.json()["problems"] if problem["value"] == "D"] == [
        "Column D has no header in row 1, so what stands in it is ignored. Give it the header that belongs there, or "
        "take it out."
    ]


def test_of_many_columns_the_first_twenty_are_named(call: Call) -> None:
    told = [f"A{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVW"]
    [(_row, _code, _severity, value)] = problems(call("ADM").validate(table(insert(), nameless_columns=told)))
    assert value.endswith(", AS, AT and 3 more")


def test_the_sheet_and_the_row_of_the_header_are_named_where_something_is_missing(call: Call) -> None:
    header = ["Reason" if one == "Caseworker Relationship" else one for one in HEADER[:-1]]
    told = {"sheet": "Changes", "header_row": 5, "row_numbers": [6]}
    answer = call("ADM").validate({"header": header, "rows": [insert()[:-1]], **told})
    assert [answer.status_code, answer.json()["code"]] == [422, "header-missing"]
    assert answer.json()["detail"].startswith(
        "The sheet “Changes” lacks Caseworker Relationship, which row 6 needs. Row 5 was taken for the header."
    )


def test_fields_beyond_the_headers_are_told_by_whoever_read_the_file(call: Call) -> None:
    answer = call("ADM").validate(table(insert(), insert("P2"), extra_fields={"2": 1}, empty_fields={"3": 2}))
    assert problems(answer) == [(2, "extra-fields", "error", "Insert"), (3, "extra-fields", "error", "Insert")]
    told = [one["message"] for one in answer.json()["problems"]]
    assert ["1 value more" in told[0], "2 fields more" in told[1], "empty" in told[1]] == [True, True, True]


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("sheet", 7), ("sheet", "x" * 300), ("header_row", 0), ("header_row", "1"), ("header_row", 2**21),
        ("header_found", "yes"), ("hidden_rows", {"2": 1}), ("hidden_rows", [True]), ("extra_fields", [1]),
        ("hidden_columns", ["H"]), ("hidden_columns", {"h": "SSN"}), ("hidden_columns", {"H": 7}),
        ("nameless_columns", "B"), ("nameless_columns", ["B2"]), ("nameless_columns", ["B"] * 201),
        ("extra_fields", {"x": 1}), ("empty_fields", {"2": 0}), ("empty_fields", {"2": "1"}),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_with_its_place(call: Call, member: str, value: Any) -> None:
    answer = call("ADM").validate(table(insert(), **{member: value}))
    assert [answer.status_code, answer.json()["code"], member in answer.json()["detail"]] == [
        422, "table-invalid", True,
    ]  # fmt: skip


def test_a_header_below_its_rows_is_refused(call: Call) -> None:
    answer = call("ADM").validate(table(insert(), header_row=4, row_numbers=[4]))
    assert [answer.status_code, answer.json()["code"]] == [422, "table-invalid"]


def test_a_table_is_read_with_the_members_that_the_wire_describes() -> None:
    """They stand apart, since a child that reads tables does without the models."""
    assert frozenset(Table.model_fields) == MEMBERS
