"""Test Rows in a workbook: the first rows are written, shown, and kept or taken back, and then Submit does the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import BookError, ClientError
from addin.rows.own_sheets import read_data, read_meta, write_cells
from tests.addin.conftest import Agency, Host, filled_template, insert, plain_workbook
from tests.addin.test_cli import Run
from tests.addin.test_cli import run as run  # the fixture
from tests.addin.test_commands import column
from workbook import layout
from workbook.columns import ROW_STATUS


class Person:
    """Somebody who answers every question alike, and keeps what they were asked."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def __call__(self, question: str) -> bool:
        self.asked.append(question)
        return self.answer


class Gone(Exception):
    """Excel is closed, or the computer has died."""


def dies(_question: object = None) -> bool:
    raise Gone


@pytest.fixture
def people(agency: Agency) -> list[str]:
    return [agency.person() for _ in range(4)]


@pytest.fixture
def book(host: Host, client: Client, people: list[str], tmp_path: Path) -> xw.Book:
    """Four good rows."""
    return host.open(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people]))


def open_of(client: Client, people: list[str]) -> list[int]:
    """How many open assignments each of these people has."""
    return [len([one for page in client.open_assignments(participant=who) for one in page]) for who in people]


def log_lines(book: xw.Book) -> list[tuple[Any, ...]]:
    """(row, action, result) of the sheet Log."""
    lines = book.sheets[layout.LOG_SHEET].used_range.options(ndim=2).value
    start = next(number for number, line in enumerate(lines) if line[0] == "Row")
    return [tuple(line[:3]) for line in lines[start + 1 :]]


def test_the_first_two_rows_are_written_and_shown_before_the_question(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    seen: list[Any] = []

    def confirm(question: str) -> bool:
        seen.extend([question, open_of(client, people), log_lines(book)])
        return True

    tested = commands.test_rows(book, client, confirm)
    assert seen[0].startswith("Rows 2, 3 were written as a test: 2 assignments begun. The sheet Log shows it.")
    assert seen[1:] == [[1, 1, 0, 0], [(2, "Insert", "begun"), (3, "Insert", "begun")]]
    assert tested.sentence == "The test is kept: 2 rows written, and not sent again. Press Submit for the others."
    assert tested.upload is not None
    assert (tested.upload.accepted, tested.upload.test and tested.upload.test.kept) == (2, True)


def test_after_a_kept_test_submit_sends_the_rest_and_nothing_is_written_twice(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    commands.test_rows(book, client, Person(True))
    assert column(book, ROW_STATUS) == ["✔ written", "✔ written", "✔ ok", "✔ ok"]
    checked = commands.validate(book, client)
    assert checked.sentence == (
        "All 2 rows are ready to submit. 2 rows were written by a test and kept, and will not be sent again."
    )
    assert column(book, ROW_STATUS) == ["✔ written", "✔ written", "✔ ok", "✔ ok"]
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 2)
    assert [line[0] for line in log_lines(book)] == [4, 5]
    assert open_of(client, people) == [1, 1, 1, 1]
    assert commands.submit(book, client).sentence == (
        "These rows were uploaded before (2 of 2 rows written), so nothing was written again. "
        "2 rows were written by a test and kept, and will not be sent again."
    )
    assert open_of(client, people) == [1, 1, 1, 1]


def test_rows_of_a_kept_test_are_known_wherever_they_are_sorted_to(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    commands.test_rows(book, client, Person(True))
    data = read_data(book)
    block = data.sheet.range((2, 1), (5, len(data.headers)))
    block.value = block.options(ndim=2).value[::-1]
    assert sorted(read_data(book).written) == [4, 5]
    commands.submit(book, client)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_written_row_that_is_changed_is_a_new_row(
    book: xw.Book, client: Client, agency: Agency, people: list[str]
) -> None:
    commands.test_rows(book, client, Person(True))
    other = agency.person()
    data = read_data(book)
    place = data.column("Participant ID")
    assert place is not None
    data.sheet.range((2, place)).value = other
    assert list(read_data(book).written) == [3]
    assert commands.submit(book, client).upload is not None
    assert open_of(client, [*people, other]) == [1, 1, 1, 1, 1]


def test_a_test_that_is_taken_back_leaves_nothing_and_the_whole_sheet_can_be_submitted(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    tested = commands.test_rows(book, client, Person(False))
    assert tested.sentence == "The test was taken back. Alice Admin took back all that it wrote (2 changes)."
    assert open_of(client, people) == [0, 0, 0, 0]
    assert log_lines(book)[2:] == [(2, "Undo", "removed"), (3, "Undo", "removed")]
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert submitted.upload.accepted == 4
    assert open_of(client, people) == [1, 1, 1, 1]


def test_rows_can_be_tested_again_after_they_were_taken_back(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    first = commands.test_rows(book, client, Person(False)).upload
    second = commands.test_rows(book, client, Person(True)).upload
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert open_of(client, people) == [1, 1, 0, 0]


def test_the_next_test_takes_the_next_rows(book: xw.Book, client: Client, people: list[str]) -> None:
    commands.test_rows(book, client, Person(True), rows=1)
    tested = commands.test_rows(book, client, Person(True), rows=3)
    assert tested.sentence.endswith("There is nothing left to submit.")
    assert open_of(client, people) == [1, 1, 1, 1]
    assert commands.submit(book, client).sentence.startswith("Nothing was sent. No row is left to submit.")
    assert commands.test_rows(book, client, Person(True)).sentence.startswith("Nothing was tested.")


def test_rows_that_are_left_out_are_passed_over(host: Host, client: Client, agency: Agency, tmp_path: Path) -> None:
    people = [agency.person() for _ in range(2)]
    rows = [insert("nobody"), *map(insert, people)]
    book = host.open(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    commands.validate(book, client)
    commands.apply_these(book, client, {}, [("Participant ID", "nobody", "unknown-participant")])
    commands.test_rows(book, client, Person(True))
    assert open_of(client, people) == [1, 1]
    assert column(book, ROW_STATUS) == ["– left out", "✔ written", "✔ written"]


def test_errors_in_the_first_rows_stop_the_test_and_errors_below_do_not(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(2)]
    rows = [*map(insert, people), insert("nobody")]
    book = host.open(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    person = Person(True)
    stopped = commands.test_rows(book, client, person, rows=3)
    assert stopped.upload is None
    assert stopped.sentence.startswith(
        "Nothing was tested, because the first row has an error (4). 1 error in 1 of 3 rows."
    ), stopped.sentence
    assert (person.asked, open_of(client, people)) == ([], [0, 0])
    assert commands.test_rows(book, client, person).upload is not None
    assert open_of(client, people) == [1, 1]


def test_a_workbook_that_knows_nothing_of_ours_can_be_tested_too(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(3)]
    book = host.open(plain_workbook(tmp_path / "mine.xlsx", [insert(person) for person in people]))
    commands.test_rows(book, client, Person(True))
    assert sorted(read_data(book).written) == [2, 3]
    commands.submit(book, client)
    assert open_of(client, people) == [1, 1, 1]


def test_a_test_that_nobody_decided_on_is_taken_up_where_it_was(
    book: xw.Book, client: Client, people: list[str]
) -> None:
    with pytest.raises(Gone):
        commands.test_rows(book, client, dies)
    with pytest.raises(BookError, match="Press Test Rows to keep them or take them back"):
        commands.submit(book, client)
    status = commands.refresh_status(book, client).sentence
    assert status == "The test is written (2 rows) and waits for your word: press Test Rows to keep it or take it back."
    person = Person(True)
    tested = commands.test_rows(book, client, person)
    assert (len(person.asked), tested.checked) == (1, None)
    commands.submit(book, client)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_reply_that_was_lost_on_the_way_leads_to_the_same_test(
    book: xw.Book, client: Client, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Client.submit

    def loses(self: Client, *given: Any, **more: Any) -> Any:
        really(self, *given, **more)
        raise ClientError("The server does not answer.", "server-away")

    monkeypatch.setattr(Client, "submit", loses)
    with pytest.raises(ClientError):
        commands.test_rows(book, client, Person(True))
    monkeypatch.setattr(Client, "submit", really)
    assert commands.test_rows(book, client, Person(True)).upload is not None
    assert open_of(client, people) == [1, 1, 0, 0]
    assert sorted(read_data(book).written) == [2, 3]


@pytest.mark.parametrize("kept", [True, False])
def test_a_test_that_was_decided_elsewhere_is_not_asked_about_again(
    book: xw.Book, client: Client, people: list[str], kept: bool
) -> None:
    with pytest.raises(Gone):
        commands.test_rows(book, client, dies)
    upload_id = read_meta(book)["test_id"]
    person = Person(True)
    if kept:
        client.keep(upload_id)
        commands.test_rows(book, client, person)
        assert person.asked == []
    else:
        client.roll_back(upload_id)
        tested = commands.test_rows(book, client, person)
        assert tested.upload is not None
        assert (len(person.asked), tested.upload.id != upload_id) == (1, True)
    assert sorted(read_data(book).written) == [2, 3]
    assert open_of(client, people) == [1, 1, 0, 0]


@pytest.mark.parametrize("kept", [True, False])
def test_submit_knows_a_test_that_was_decided_elsewhere(
    book: xw.Book, client: Client, people: list[str], kept: bool
) -> None:
    with pytest.raises(Gone):
        commands.test_rows(book, client, dies)
    (client.keep if kept else client.roll_back)(read_meta(book)["test_id"])
    submitted = commands.submit(book, client)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 2 if kept else 4)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_row_changed_between_test_and_answer_is_not_taken_for_written(
    book: xw.Book, client: Client, agency: Agency, people: list[str]
) -> None:
    other = agency.person()

    def confirm(_question: str) -> bool:
        data = read_data(book)
        place = data.column("Participant ID")
        assert place is not None
        write_cells(data, {(2, place): other})
        return True

    tested = commands.test_rows(book, client, confirm)
    assert "have been changed in the sheet since" in tested.sentence
    assert list(read_data(book).written) == [3]
    commands.submit(book, client)
    assert open_of(client, [*people, other]) == [1, 1, 1, 1, 1]


# On the command line

@pytest.mark.parametrize(("choice", "left"), [("--keep", [1, 0, 0, 0]), ("--roll-back", [0, 0, 0, 0])])
def test_the_command_line_tests_rows_and_submits_the_rest(
    run: Run, client: Client, people: list[str], tmp_path: Path, choice: str, left: list[int]
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    ran = run("test", path, "--rows", "1", choice, "--json")
    assert ran.code == 0, ran.err
    assert [row["row"] for row in ran.json()["rows"]][:1] == [2]
    assert open_of(client, people) == left
    assert run("submit", path).code == 0
    assert open_of(client, people) == [1, 1, 1, 1]


def test_the_command_line_wants_to_know_what_becomes_of_the_rows(run: Run, client: Client, tmp_path: Path) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert("007")])
    for arguments in ([], ["--json"], ["--keep", "--roll-back"]):
        ran = run("test", path, *arguments)
        assert ran.code == 2
        assert "--keep" in ran.err


def test_the_command_line_says_what_is_wrong_with_the_first_rows(run: Run, client: Client, tmp_path: Path) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert("nobody")])
    ran = run("test", path, "--keep")
    assert ran.code == 1
    assert "Nothing was tested" in ran.out
    assert "Participant ID" in ran.out


