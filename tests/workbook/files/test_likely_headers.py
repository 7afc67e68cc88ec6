"""A foreign header is read by what its words stand for; what says nothing clear means nothing (SPEC 9)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from addin.foreign.mapping import ColumnMapping
from workbook.columns import KINDS
from workbook.files.likely_headers import meanings

OURS = list(KINDS)


def mapped(headers: list[str], cells: dict[str, list[Any]] | None = None, ours: list[str] = OURS) -> dict[str, str]:
    mapping = ColumnMapping(headers, ours, {}, cells)
    return {header: target for header, target in mapping.targets.items() if target}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Worker", "Caseworker Name"), ("Case Mgr", "Caseworker Name"), ("Client #", "Participant ID"),
        ("DOB", "Date of Birth"), ("Assigned from", "Start Date"), ("Date assigned", "Start Date"),
        ("Reason closed", "Reason for Dismissal"), ("Case Mgr #", "Caseworker Staff ID"),
        ("client_id", "Participant ID"), ("ClientID", "Participant ID"), ("clientid", "Participant ID"),
        ("ID of Client", "Participant ID"), ("Participnt ID", "Participant ID"), ("Clients No.", "Participant ID"),
        ("Case\u00a0Worker\u00a0ID", "Caseworker Staff ID"), ("Start Date (mm/dd/yyyy)", "Start Date"),
        ("Strat Dtae", "Start Date"), ("Name (Caseworker)", "Caseworker Name"), ("Program #", "Program ID"),
        ("Prog. Begin Dt", "Program Start Date"), ("Exit Date", "Program End Date"), ("Soc. Sec. No.", "SSN"),
        ("Client's Family Name", "Last Name"), ("staffFirstName", "Caseworker First Name"),
        ("Worker Role", "Caseworker Relationship"), ("Assignment Status", "Caseload Status"),
        ("Assigned until", "End Date"), ("I/U", "Update or Insert"), ("Transaction Type", "Update or Insert"),
    ],
)  # fmt: skip
def test_a_header_is_known_by_its_words(header: str, column: str) -> None:
    assert mapped([header]) == {header: column}


@pytest.mark.parametrize("header", [
    "Notes", "Date", "ID", "Name", "Type", "Client Name", "Worker E-mail", "Worker (e-mail)", "Previous Worker",
    "Last 4 SSN", "SSN (last 4)", "Marital Status", "Client Status", "Last Updated", "Updated By", "Assigned by",
    "Date of Death", "Number of Clients", "Reason for Referral", "Start Time", "Season", "Employer ID", "Worker 2",
    "Relationship to Head of Household", "Service Start Date", "Family Size", "", "???", "日付", "x" * 255,
])  # fmt: skip
def test_a_header_that_says_nothing_clear_is_left_alone(header: str) -> None:
    assert mapped([header]) == {}


def test_cells_that_cannot_be_a_columns_take_a_guess_back_but_not_what_is_spelled_out() -> None:
    cells = {"Opened": ["yes", "no"], "Closed on": ["1/5/2026", "13.1.26"], "Start Date": ["soon"], "Case Mgr": ["a@b"]}
    assert mapped(list(cells), cells) == {"Closed on": "End Date", "Start Date": "Start Date"}


def test_cells_decide_where_a_header_may_mean_two_columns() -> None:
    dates: list[Any] = [datetime(2026, 1, 5), None, date(2026, 2, 1)]
    assert mapped(["Assigned To"], {"Assigned To": dates}) == {"Assigned To": "End Date"}
    assert mapped(["Assigned To"], {"Assigned To": ["Ana Silva"]}) == {"Assigned To": "Caseworker Name"}
    assert mapped(["Client"], {"Client": [10432, "10-433"]}) == {"Client": "Participant ID"}
    assert mapped(["Client"], {"Client": ["Ana Silva", "Bo Ray"]}) == {"Client": "First Name + Last Name"}
    assert mapped(["Client"], {"Client": ["Ana", "Bo"]}) == {}


def test_cells_tell_their_column_where_no_header_does() -> None:
    cells = {"What": ["Insert", "update", "I"], "Tax no": ["823-12-3456", "823-12-3457"], "Call": ["555-123-4567"]}
    assert mapped(list(cells), cells) == {"What": "Update or Insert", "Tax no": "SSN"}


def test_each_column_is_given_once_to_who_says_it_best_and_nobody_loses_a_place_that_both_could_have() -> None:
    assert mapped(["Worker Name", "Caseworker Name"]) == {"Caseworker Name": "Caseworker Name"}
    dates = ["1/1/2026", "1/2/2026"]
    headers = ["Assigned", "Assigned To", "Worker"]
    assert mapped(headers, {"Assigned": dates, "Assigned To": dates, "Worker": ["Ana Silva"]}) == {
        "Assigned": "Start Date",
        "Assigned To": "End Date",
        "Worker": "Caseworker Name",
    }


def test_a_column_that_the_sheet_lacks_is_told_and_nothing_else_takes_it() -> None:
    mapping = ColumnMapping(["Enrolled on", "Enroll Date", "Wkr #"], ["Start Date", "Caseworker Name"], {})
    assert [mapping.targets["Enroll Date"], mapping.without_a_place()] == [None, ["Enroll Date", "Wkr #"]]


def test_guesses_are_marked_and_remembered_once_they_were_agreed_to() -> None:
    mapping = ColumnMapping(["PSID", "Case Mgr", "Colour"], OURS, {})
    assert mapping.targets == {"PSID": "Participant ID", "Case Mgr": "Caseworker Name", "Colour": None}
    assert mapping.guessed() == {"Case Mgr": "Caseworker Name"}
    mapping.correct("3 = SSN")
    assert mapping.agreed() == {"casemgr": "Caseworker Name", "colour": "SSN"}
    again = ColumnMapping(["Case Mgr", "Colour"], OURS, mapping.agreed())
    assert (again.targets, again.guessed()) == ({"Case Mgr": "Caseworker Name", "Colour": "SSN"}, {})


def test_what_is_surest_comes_first() -> None:
    assert [one.column for one in meanings("Assigned To")] == ["Caseworker Name", "End Date"]
    assert meanings("Participnt ID")[0].surely < meanings("Client Number")[0].surely
