"""A downloaded row whose assignment somebody changed shows it cell by cell, and is answered in Fix Errors (R12)."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, SUBMIT, VALIDATE
from tests.support.agency import CASES, write_agency
from tests.support.desk import Desk, Open
from tests.support.own_server import Server, program
from tests.support.sheets import begun, fresh_template, insert
from workbook import layout
from workbook.columns import ROW_STATUS
from workbook.sheets.fix_sheet import FIRST_ROW
from workbook.sheets.marks import AS_DOWNLOADED, LEFT_OUT


def put_on_hold(agency: Server, person: str, folder: Path) -> None:
    """The agency's own system changes the assignment of a person: its status is another one."""
    cases = {"assignments": [CASES[0], f"{person},SH,S1,Primary,On Hold,2026-01-12,,"]}
    program(agency.environment, "import", str(write_agency(folder, cases)))


@pytest.fixture
def person(client: Client, agency: Server) -> str:
    return begun(client, agency)


@pytest.fixture
def book(desk: Open, client: Client, agency: Server, person: str, tmp_path: Path) -> Desk:
    """A row that its user ends, while it was changed elsewhere."""
    book = desk(fresh_template(client, tmp_path / "a.xlsx"))
    book.press(DOWNLOAD_CASELOAD, participant=person)
    book.enter(2, "End Date", date(2026, 3, 31))
    book.enter(2, "Reason for Dismissal", "Completed")
    put_on_hold(agency, person, tmp_path / "data")
    assert book.press(VALIDATE).errors == 1
    return book


def line(book: Desk) -> list[Any]:
    return book.cells(layout.FIX_SHEET)[FIRST_ROW - 1]


def stored(client: Client, person: str) -> list[str]:
    return [one.status for page in client.open_assignments(participant=person) for one in page]


def test_the_line_in_fix_errors_says_downloaded_mine_and_now_and_offers_both_answers(book: Desk) -> None:
    told = line(book)
    assert "Update, row 2" in told
    assert any(
        "Caseload Status: downloaded Active, yours Active, now On Hold; End Date: downloaded empty, yours 3/31/2026, "
        "now empty." in str(cell)
        for cell in told
    )
    assert sum(str(cell).startswith(("keep mine (version 2)", "take theirs")) for cell in told if cell) >= 2


def test_keep_mine_lets_the_row_be_sent(book: Desk, client: Client, person: str) -> None:
    book.choose("Update, row 2", choice="keep mine")
    done = book.apply_fixes()
    assert done.sentence.startswith("1 row kept as you have it. The row is ready to submit.")
    assert book.press(SUBMIT).upload is not None
    assert [book.column(ROW_STATUS), stored(client, person)] == [["✔ written"], []]


def test_take_theirs_brings_the_row_to_what_is_stored_now(book: Desk, client: Client, person: str) -> None:
    book.choose("Update, row 2", choice="take theirs")
    done = book.apply_fixes()
    assert done.sentence.startswith("1 row brought to what is stored now. No row is left to submit.")
    assert book.column(ROW_STATUS) == [AS_DOWNLOADED]
    columns = book.data().columns()
    assert [book.cell(2, columns[header]) for header in ("Caseload Status", "End Date")] == ["On Hold", None]
    assert stored(client, person) == ["On Hold"]


def test_an_answer_for_one_conflict_leaves_the_other_open(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [begun(client, agency), begun(client, agency)]
    book = desk(fresh_template(client, tmp_path / "a.xlsx"))
    for number, person in enumerate(people):
        book.press(DOWNLOAD_CASELOAD, participant=person)
        book.enter(2 + number, "End Date", date(2026, 3, 31))
        book.enter(2 + number, "Reason for Dismissal", "Completed")
        put_on_hold(agency, person, tmp_path / f"data{number}")
    book.press(VALIDATE)
    book.choose("Update, row 3", choice="keep mine (version 2)")
    checked = book.apply_fixes().checked
    assert [[one.row, one.code] for one in checked.report.problems] == [[2, "assignment-changed"]]


def test_of_an_assignment_that_is_ended_only_theirs_can_be_taken(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = begun(client, agency)
    books = [desk(fresh_template(client, tmp_path / f"{name}.xlsx")) for name in ("mine", "theirs")]
    for number, book in enumerate(books):
        book.press(DOWNLOAD_CASELOAD, participant=person)
        book.enter(2, "End Date", date(2026, 3, 30 + number))
        book.enter(2, "Reason for Dismissal", "Completed")
    mine, theirs = books
    theirs.press(SUBMIT)
    mine.press(VALIDATE)
    mine.choose("Update, row 2", choice="keep mine")
    assert "Not needed any more: keep mine in Update, row 2" in mine.apply_fixes().sentence
    mine.choose("Update, row 2", choice="take theirs")
    assert mine.apply_fixes().checked.errors == 0
    assert mine.column(ROW_STATUS) == [LEFT_OUT]


def test_an_assignment_that_was_begun_anew_since_is_another_one_and_only_theirs_can_be_taken(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = begun(client, agency)
    books = [desk(fresh_template(client, tmp_path / f"{name}.xlsx")) for name in ("mine", "theirs")]
    for number, book in enumerate(books):
        book.press(DOWNLOAD_CASELOAD, participant=person)
        book.enter(2, "End Date", date(2026, 3, 30 + number))
        book.enter(2, "Reason for Dismissal", "Completed")
    mine, theirs = books
    theirs.press(SUBMIT)
    table = {"header": [*insert(person)], "rows": [[*insert(person).values()]]}
    assert client.wait(client.submit(table, f"anew-{person}").id).state == "complete"
    assert [problem.code for problem in mine.press(VALIDATE).report.problems] == ["assignment-changed"]
    mine.choose("Update, row 2", choice="take theirs")
    assert mine.apply_fixes().checked.errors == 0
    assert mine.column(ROW_STATUS) == [LEFT_OUT]
    assert stored(client, person) == ["Active"]
