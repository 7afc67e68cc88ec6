from __future__ import annotations

from typing import Any

import pytest

from workbook.columns import DEMOGRAPHICS
from workbook.files.missing import missing_columns, refuse_missing
from workbook.problems import Refusal
from workbook.sheet import Sheet, sheet_of

INSERTS = ["Update or Insert", "Participant ID", "Caseworker Name", "Caseworker Relationship", "Caseload Status",
           "Start Date"]  # fmt: skip
INSERT = ["Insert", "P1", "Ben Carter", "Primary", "Active", "2026-03-01"]
UPDATE = ["Update", "P1", "Ben Carter", None, None, None]


def missing(sheet: Sheet, *, reasons: bool = True) -> list[tuple[str, int]]:
    return [one[:2] for one in missing_columns(sheet, DEMOGRAPHICS, reasons)]


def without(header: str, *rows: list[Any]) -> Sheet:
    kept = [position for position, name in enumerate(INSERTS) if name != header]
    return sheet_of([INSERTS[at] for at in kept], [[row[at] for at in kept] for row in rows])


def test_inserts_with_ids_need_neither_demographics_nor_an_end() -> None:
    assert missing(sheet_of(INSERTS, [INSERT])) == []


def test_the_first_update_needs_an_end_and_where_the_site_has_reasons_a_reason() -> None:
    sheet = sheet_of(INSERTS, [INSERT, UPDATE, UPDATE])
    assert missing(sheet) == [("End Date", 3), ("Reason for Dismissal", 3)]
    assert missing(sheet, reasons=False) == [("End Date", 3)]


@pytest.mark.parametrize("header", ["Caseworker Relationship", "Caseload Status", "Start Date"])
def test_an_insert_needs_what_an_update_does_not(header: str) -> None:
    assert missing(without(header, UPDATE, INSERT), reasons=False) == [(header, 3), ("End Date", 2)]
    assert missing(without(header, UPDATE), reasons=False) == [("End Date", 2)]


def test_every_row_needs_a_word_and_a_caseworker() -> None:
    assert missing(without("Update or Insert", INSERT)) == [("Update or Insert", 2)]
    assert missing(without("Caseworker Name", INSERT)) == [
        ("Caseworker Name (or Caseworker Staff ID, or Caseworker First Name and Caseworker Last Name)", 2)
    ]


def test_half_a_caseworkers_name_lacks_the_other_half() -> None:
    header = ["Caseworker First Name" if name == "Caseworker Name" else name for name in INSERTS]
    assert missing(sheet_of(header, [INSERT])) == [("Caseworker Last Name", 2)]


def test_a_row_without_an_id_needs_demographics() -> None:
    sheet = sheet_of(INSERTS, [INSERT, ["Insert", " ", *INSERT[2:]]])
    assert missing(sheet) == [(header, 3) for header in DEMOGRAPHICS]
    assert missing(sheet_of([*INSERTS, "First Name", "Last Name"], [["Insert", None, *INSERT[2:], "A", "B"]])) == []


def test_a_total_below_the_rows_needs_nothing() -> None:
    assert missing(sheet_of(INSERTS, [INSERT, ["Total: 1"]])) == []


def test_rows_that_name_everybody_otherwise_need_no_id() -> None:
    header = ["SSN" if name == "Participant ID" else name for name in INSERTS]
    assert missing(sheet_of(header, [INSERT])) == []
    header = ["First Name" if name == "Participant ID" else name for name in INSERTS]
    assert missing(sheet_of(header, [INSERT])) == [
        ("Participant ID (or SSN, or Case Number, or First Name and Last Name)", 2)
    ]


def test_the_dates_of_an_enrollment_need_a_program() -> None:
    sheet = sheet_of([*INSERTS, "Program Start Date"], [INSERT, [*INSERT, "2026-01-01"]])
    assert missing(sheet) == [("Program Name (or Program ID)", 3)]


def test_a_column_that_an_unclear_header_may_be_is_not_missing_but_asked_about() -> None:
    header = ["Start Date (MM/DD/YYYY)" if name == "Start Date" else name for name in INSERTS]
    sheet = sheet_of(header, [INSERT])
    assert [missing(sheet), list(sheet.unclear)] == [[], ["Start Date (MM/DD/YYYY)"]]


def test_the_message_says_where_we_looked_and_what_looks_like_it() -> None:
    header = [*INSERTS[:-1], "Closing Notes", "Start"]
    sheet = sheet_of(header, [[*INSERT[:-1], "x", "2026-03-01"], [*UPDATE[:-1], "y", ""]])
    sheet.title, sheet.header_row = "Changes", 4
    with pytest.raises(Refusal) as caught:
        refuse_missing(sheet, DEMOGRAPHICS, reason_required=False)
    assert caught.value.message == (
        "The sheet “Changes” lacks End Date, which row 3 needs. Row 4 was taken for the header. “Closing Notes” looks "
        "like End Date: if it is, rename it to that. Add what is missing to the header row, or generate a fresh "
        "template and paste the rows into it."
    )
