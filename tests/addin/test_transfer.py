"""Transfer Caseload prepares the pairs of rows that hand a caseload over, and sends nothing (SPEC 9)."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, SUBMIT, TRANSFER_CASELOAD, VALIDATE
from addin.buttons.transfer import FROM, ON, PROGRAM, TO, WHY, Transferred
from addin.errors import Cancelled
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, fresh_template
from workbook.columns import PARTICIPANT_ID

DAY = "2026-03-02"


@pytest.fixture
def book(desk: Open, client: Client, tmp_path: Path) -> Desk:
    return desk(fresh_template(client, tmp_path / "Caseload.xlsx"))


def transfer(book: Desk, giver: str, receiver: str, on: str, reason: str) -> Transferred:
    """Presses Transfer Caseload, and answers what it asks."""
    book.answers |= {FROM: giver, TO: receiver, PROGRAM: "", ON: on, WHY: reason}
    return book.press(TRANSFER_CASELOAD)


def rows(book: Desk, *headers: str) -> dict[int, list[Any]]:
    data = book.data()
    places = [data.headers.index(header) for header in headers]
    return {row: [cells[place] for place in places] for row, cells in data.rows.items()}


def open_of(client: Client, staff_id: str) -> dict[str, list[str]]:
    """Participant → program, relationship, status, start of the caseworker's open assignments."""
    return {
        one.participant_id: [one.program_id, one.relationship, one.status, one.start_date]
        for page in client.open_assignments(caseworker=staff_id)
        for one in page
    }


def test_each_open_assignment_becomes_a_row_that_ends_it_and_one_that_begins_it_anew(
    client: Client, agency: Server, book: Desk
) -> None:
    people = [
        begun(client, agency, Caseworker_Name="Ana de la Cruz"),
        begun(client, agency, Caseworker_Name="Ana de la Cruz", Program_Name=None, Caseload_Status="On Hold"),
        begun(client, agency, Caseworker_Name="Ana de la Cruz", Caseworker_Relationship="Secondary"),
    ]
    before = open_of(client, "S3")
    assert set(people) <= set(before)
    done = transfer(book, "de la Cruz, Ana", "s2", "3/2/2026", "completed")
    assert done.pairs == len(before)
    assert done.added == list(range(2, 2 + 2 * len(before)))
    found = rows(
        book,
        "Participant ID",
        "Update or Insert",
        "Program Name",
        "Caseworker Name",
        "Caseworker Relationship",
        "Caseload Status",
        "Start Date",
        "End Date",
        "Reason for Dismissal",
    )
    mine = [cells for cells in found.values() if cells[0] == people[1]]
    then, day = datetime(2026, 1, 12), datetime(2026, 3, 2)
    assert mine == [
        [people[1], "Update", None, "Ana de la Cruz", "Primary", "On Hold", then, day, "Completed"],
        [people[1], "Insert", None, "Carla Ruiz", "Primary", "On Hold", day, None, None],
    ]
    assert len(book.data().table()["versions"]) == len(before)
    assert open_of(client, "S3") == before  # nothing was sent
    checked = book.press(VALIDATE)
    assert checked.sentence.startswith(f"All {2 * len(before)} rows are ready to submit.")
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert submitted.upload.state == "complete"
    assert open_of(client, "S3") == {}
    after = open_of(client, "S2")
    assert {person: after[person] for person in before} == {
        person: [*cells[:3], "2026-03-02"] for person, cells in before.items()
    }


def test_a_row_that_was_downloaded_before_is_the_one_that_ends_it(client: Client, agency: Server, book: Desk) -> None:
    idle, ended = (begun(client, agency, Caseworker_Name="Ana de la Cruz") for _ in range(2))
    book.press(DOWNLOAD_CASELOAD, participant=idle)
    book.press(DOWNLOAD_CASELOAD, participant=ended)
    book.enter(3, "End Date", date(2026, 2, 1))
    done = transfer(book, "S3", "S1", DAY, "Completed")
    found = list(rows(book, PARTICIPANT_ID, "Update or Insert", "End Date").values())
    assert [cells[1:] for cells in found if cells[0] == idle] == [["Update", datetime(2026, 3, 2)], ["Insert", None]]
    assert [cells[1:] for cells in found if cells[0] == ended] == [["Update", datetime(2026, 2, 1)]]
    assert "1 assignment left out" in done.sentence


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("S1", "Nobody", "2026-03-02", "Completed"), "Nobody is not one whom you may give a caseload.*Carla Ruiz"),
        (("S1", "", "2026-03-02", "Completed"), "Nobody is not one whom you may give"),
        (("", "S2", "2026-03-02", "Completed"), "Nobody was named whose caseload"),
        (("S1", "S2", "31/31/2026", "Completed"), "31/31/2026 is not a date. Enter one such as 2026-01-31"),
        (("S1", "S2", "", "Completed"), "Nothing is not a date"),
        (("S1", "S2", "3/2/26", "Completed"), "3/2/26 is not a date"),
        (("S1", "S2", "2026-03-02", "Bored"), "Bored is not one of the site's Reasons for Dismissal. .*Completed"),
        (("S1", "S2", "2026-03-02", ""), "A Reason for Dismissal is needed"),
        (("S1", "Robert Smith", "2026-03-02", "Completed"), "The caseload is Robert Smith's already"),
    ],
)
def test_what_does_not_fit_is_said_above_the_form_as_it_was_filled_and_nothing_is_added(
    words: tuple[str, str, str, str], expected: str, client: Client, agency: Server, book: Desk
) -> None:
    begun(client, agency)
    with pytest.raises(Cancelled):  # closed when it came back
        transfer(book, *words)
    form = book.asked[-1]
    assert re.match(expected, form.wrong), form.wrong
    assert [field.default for field in form.fields if field.name != PROGRAM] == list(words)
    assert list(book.data().rows) == [2, 3]  # the sample rows


def test_a_caseworker_with_nothing_open_is_said(client: Client, book: Desk) -> None:
    with pytest.raises(Cancelled):
        transfer(book, "Alice Admin", "S1", DAY, "Completed")
    assert book.asked[-1].wrong.startswith("Alice Admin has no open assignment")
    assert list(book.data().rows) == [2, 3]  # the sample rows
