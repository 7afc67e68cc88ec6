from __future__ import annotations

import pytest

from workbook.columns import KINDS
from workbook.files.header import (
    answered,
    find_header,
    identifier_columns,
    is_left_out,
    lacking,
    look_alikes,
    without_header,
)

TITLES: list[list[object]] = [["Caseload changes", None], [None, "\u200b"], ["Participant", "Program"]]
HEADER: list[object] = ["Update or Insert", "Participant ID"]


@pytest.mark.parametrize(
    ("rows", "place", "sure"),
    [
        ([HEADER], 0, True),
        ([*TITLES, HEADER, ["Insert", 1]], 3, True),
        ([["Client ID", "Caseworker", "Status"], HEADER], 0, True),
        ([["Client ID", "Program", "Status"], HEADER], 1, True),
        ([["Client ID", "Program", "client id"], HEADER], 1, True),
        ([["x"]] * 19 + [HEADER], 19, True),
        ([["x"]] * 20 + [HEADER], 0, False),
        ([[None]] * 500 + [["x"]] * 19 + [HEADER], 519, True),
        ([["A report"], ["Client ID", "Role"], ["1", "Primary"]], 1, False),
        ([["Update or Insert (required)", "Client ID", "Start Date (required)"]], 0, False),
    ],
)
def test_the_header_is_the_first_of_the_first_20_filled_rows_that_is_one(
    rows: list[list[object]], place: int, sure: bool
) -> None:
    assert find_header(rows) == (place, sure)


def test_where_nothing_stands_there_is_no_header() -> None:
    assert [find_header([]), find_header([[None, " "], ["\ufeff"]])] == [None, None]


@pytest.mark.parametrize(
    ("present", "spared"),
    [
        (["Program ID"], {"Program ID", "Program Name"}),
        (["Caseworker Name"], {"Caseworker Staff ID", "Caseworker Name", "Caseworker First Name",
                               "Caseworker Last Name"}),
        (["Caseworker First Name"], {"Caseworker First Name"}),
        ([], set()),
    ],
)  # fmt: skip
def test_of_an_or_that_the_sheet_has_in_one_way_nothing_is_lacking(present: list[str], spared: set[str]) -> None:
    assert lacking(present) == [header for header in KINDS if header not in spared]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["Update or Insert", "", "SSN", "", "Notes", "", "Fee"], [1, 3]),
        (["Notes", "", "", "SSN", "", "", "Notes"], [1, 2, 4, 5]),
        (["SSN", "Row Status", "", "What to Do"], [2]),
        (["", "SSN", "", ""], [0]),
        (["", "Notes", ""], []),
    ],
)
def test_a_column_without_a_header_counts_between_our_columns_and_right_beside_them(
    headers: list[str], found: list[int]
) -> None:
    assert without_header(headers) == found


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Program/Service", "Program Name"),
        ("Assigned Program", "Program Name"),
        ("Program Enrolled In", "Program Name"),
        ("Start Date (MM/DD/YYYY)", "Start Date"),
        ("Update or Insert (required)", "Update or Insert"),
        ("DOB (MM/DD/YYYY)", "Date of Birth"),
        ("Case Manager", "Caseworker Name"),
        ("Particpant ID", "Participant ID"),
    ],
)
def test_a_header_that_looks_like_a_column_which_the_sheet_lacks_is_noticed(header: str, column: str) -> None:
    assert look_alikes(header, [])[0] == column
    assert column not in look_alikes(header, [column])


@pytest.mark.parametrize(
    "header", ["Client ID (SSN)", "Case Number (SSN)", "case no [Soc. Sec. No.]", "Person ID (ss#)"]
)
def test_a_header_that_speaks_of_ssns_looks_like_no_other_column(header: str) -> None:
    assert [look_alikes(header, []), look_alikes(header, ["SSN"])] == [["SSN"], []]


@pytest.mark.parametrize(
    "header", ["Notes", "No.", "Done?", "Phone", "Worker e-mail", "Client Age", "Referral Date", "Unnamed: 0", "Race"]
)
def test_a_header_that_says_something_else_is_left_alone(header: str) -> None:
    assert look_alikes(header, [], loosely=True) == []


def test_columns_that_many_sheets_do_without_must_be_said_in_so_many_words() -> None:
    assert [look_alikes("Closing Notes", []), look_alikes("Closing Notes", [], loosely=True)] == [[], ["End Date"]]


@pytest.mark.parametrize(
    ("answer", "means"),
    [("Program Name", "Program Name"), ("client id", "Participant ID"), ("leave it out", ""), ("(Leave It Out)", ""),
     ("", ""), ("Shoe Size", None)],
)  # fmt: skip
def test_an_answer_is_a_column_of_ours_or_to_leave_it_out(answer: str, means: str | None) -> None:
    assert answered(answer) == means


def test_a_column_that_was_left_out_is_known_by_its_header() -> None:
    assert [is_left_out("leave it out"), is_left_out("(leave it out)"), is_left_out("left")] == [True, True, False]


def test_a_column_that_may_hold_identifiers_is_read_as_one() -> None:
    assert identifier_columns(["Client ID", "Name", "Program", None, "SSN", "Start Date"]) == [0, 2, 4]
    assert identifier_columns(["Client ID", "Program Name", "Program"]) == [0]
    far_right = ["Client ID", *[f"x{number}" for number in range(200)], "Program"]
    assert identifier_columns(far_right) == [0], "no more unknown headers are looked at than where they are asked about"
