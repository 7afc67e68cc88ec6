"""Undo Upload in a workbook: says what it would do, asks, does it, and the rows can be sent again."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import ClientError
from addin.rows.own_sheets import read_data
from tests.addin.conftest import Agency, Host, filled_template, insert
from tests.addin.test_cli import Run
from tests.addin.test_cli import run as run  # the fixture
from tests.addin.test_commands import column
from tests.addin.test_test_rows import Person, log_lines, open_of
from workbook.columns import ROW_STATUS


def ending(person: str, end: str = "2026-02-01") -> dict[str, str]:
    """A row that ends what `insert` begins."""
    row = {"Update or Insert": "Update", "Participant ID": person, "Caseworker Name": "Robert Smith"}
    return row | {"End Date": end, "Reason for Dismissal": "Completed"}


@pytest.fixture
def people(agency: Agency) -> list[str]:
    return [agency.person() for _ in range(3)]


@pytest.fixture
def path(client: Client, people: list[str], tmp_path: Path) -> Path:
    return filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])


@pytest.fixture
def book(host: Host, path: Path) -> xw.Book:
    return host.open(path)


def end_elsewhere(host: Host, client: Client, person: str, folder: Path) -> None:
    """Somebody else ends this person's assignment."""
    other = host.open(filled_template(client, folder / f"Other {person}.xlsx", [ending(person)]))
    assert commands.submit(other, client).upload is not None
    other.close()


def test_undo_asks_first_and_takes_the_last_upload_back(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.submit(book, client)
    person = Person(True)
    done = commands.undo_upload(book, client, person)
    assert person.asked == [
        "Undo would take this upload back. 3 assignments would be removed.\n\nTake it back?"
    ]
    assert done.sentence == "The upload is undone. 3 assignments removed."
    assert open_of(client, people) == [0, 0, 0]
    assert log_lines(book)[3:] == [(row, "Undo", "removed") for row in (2, 3, 4)]
    status = commands.refresh_status(book, client).sentence
    assert status == "The upload was undone. Alice Admin took back all that it wrote (3 changes)."


def test_whoever_says_no_changes_nothing(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.submit(book, client)
    done = commands.undo_upload(book, client, Person(False))
    assert done.sentence == "Nothing was changed. 3 assignments would be removed."
    assert open_of(client, people) == [1, 1, 1]


def test_what_was_changed_since_is_named_before_and_after(
    book: xw.Book, host: Host, client: Client, people: list[str], tmp_path: Path
) -> None:
    commands.submit(book, client)
    end_elsewhere(host, client, people[1], tmp_path)
    person = Person(True)
    done = commands.undo_upload(book, client, person)
    why = "It was ended on 2026-02-01 by another upload since, so it stays."
    assert "2 assignments would be removed. 1 change stays:\nRow 3, assignment " in person.asked[0]
    assert why in person.asked[0]
    assert done.sentence.startswith("The upload is undone. 2 assignments removed. 1 change stays:\nRow 3, assignment ")
    assert open_of(client, people) == [0, 0, 0]


def test_when_nothing_can_be_taken_back_nobody_is_asked(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    person = agency.person()
    book = host.open(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person)]))
    commands.submit(book, client)
    end_elsewhere(host, client, person, tmp_path)
    asked = Person(True)
    done = commands.undo_upload(book, client, asked)
    assert asked.asked == []
    assert done.sentence.startswith("Nothing was changed. 1 change stays:\nRow 2")


def test_undoing_twice_says_that_it_was_done(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.submit(book, client)
    commands.undo_upload(book, client, Person(True))
    again = Person(True)
    done = commands.undo_upload(book, client, again)
    assert (again.asked, done.sentence) == ([], "This upload was undone before. 3 assignments removed.")


def test_an_undone_sheet_can_be_submitted_again(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.submit(book, client)
    commands.undo_upload(book, client, Person(True))
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 3)
    assert open_of(client, people) == [1, 1, 1]


def test_a_kept_test_that_is_undone_sends_its_rows_again(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.test_rows(book, client, Person(True))
    commands.undo_upload(book, client, Person(True))
    assert read_data(book).written == {}
    assert column(book, ROW_STATUS) == [None, None, "✔ ok"]
    commands.submit(book, client)
    assert open_of(client, people) == [1, 1, 1]


def test_a_test_that_waits_is_undone_and_the_sheet_submitted(book: xw.Book, client: Client, people: list[str]) -> None:
    def leaves(_question: str) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        commands.test_rows(book, client, leaves)
    commands.undo_upload(book, client, Person(True))
    assert open_of(client, people) == [0, 0, 0]
    assert commands.submit(book, client).upload is not None
    assert open_of(client, people) == [1, 1, 1]


def test_a_workbook_without_an_upload_says_so(book: xw.Book, client: Client) -> None:
    done = commands.undo_upload(book, client, Person(True))
    assert (done.undo, done.sentence.partition(".")[0]) == (None, "Nothing was uploaded from this workbook yet")


def test_an_upload_that_wrote_nothing_cannot_be_undone(client: Client) -> None:
    upload = client.submit({"header": ["Update or Insert", "Participant ID", "First Name", "Last Name",
                                       "Date of Birth", "Case Number", "SSN", "Program Name", "Caseworker Name",
                                       "Caseworker Relationship", "Caseload Status", "Start Date", "End Date",
                                       "Reason for Dismissal"], "rows": [["Insert", "nobody"]]}, "undo-nothing")
    client.wait(upload.id)
    with pytest.raises(ClientError) as refused:
        client.undo(upload.id, preview=True)
    assert (refused.value.status, refused.value.code) == (409, "upload-state")
    client.cancel(upload.id)


# On the command line

def test_the_command_line_shows_first_and_takes_back_with_yes(
    run: Run, client: Client, people: list[str], path: Path
) -> None:
    upload_id = run("submit", path, "--json").json()["upload"]["id"]
    shown = run("undo", upload_id)
    assert shown.code == 0
    assert shown.out.strip() == "Nothing was changed. 3 assignments would be removed. Add --yes to take it back."
    told = run("undo", upload_id, "--json").json()
    assert (told["upload"], told["undo"]["preview"], told["undo"]["reversed"]) == (upload_id, True, 3)
    assert open_of(client, people) == [1, 1, 1]
    done = run("undo", upload_id, "--yes", "--json")
    assert (done.code, done.json()["undo"]["state"]) == (0, "undone")
    assert open_of(client, people) == [0, 0, 0]


def test_the_command_line_undoes_a_workbooks_upload_or_the_newest(
    run: Run, client: Client, people: list[str], path: Path
) -> None:
    for argument in ([path], []):
        assert run("submit", path).code == 0
        assert open_of(client, people) == [1, 1, 1]
        assert run("undo", *argument, "--yes").out.strip() == "The upload is undone. 3 assignments removed."
        assert open_of(client, people) == [0, 0, 0]


def test_an_upload_that_is_not_there_is_wrong_use(run: Run) -> None:
    ran = run("undo", "nonsense", "--yes")
    assert ran.code == 2
    assert "There is no upload nonsense" in ran.err
