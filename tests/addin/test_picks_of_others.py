"""An ID counts as picked from a cell's list where the server offers it for the row, whatever the workbook says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import APPLY_FIXES, SUBMIT, TEST_ROWS, VALIDATE, Handler
from addin.hosts.calc.office import Office
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.prepared import offers_somebody_else
from tests.support.pressing import press
from tests.support.sheets import filled_template, insert
from tests.support.spreadsheets import CalcHost
from workbook.columns import FIRST_NAME, LAST_NAME, PARTICIPANT_ID


class KeepsAsked(Client):
    """A client that keeps which rows it asked about."""

    def __init__(self, agency: Server) -> None:
        super().__init__(agency.url, agency.token)
        self.asked: list[list[int]] = []

    def validate(self, table: Any, follow_up: bool = False) -> Any:
        self.asked.append(list(table["row_numbers"]))
        return super().validate(table, follow_up)


@pytest.fixture
def listening(agency: Server) -> Iterator[KeepsAsked]:
    with KeepsAsked(agency) as client:
        yield client


def misspelt(person: str, **cells: Any) -> dict[str, Any]:
    """A row without an ID that means somebody by a misspelt name."""
    number = int(person[1:])
    told = {"First_Name": f"Pat{number}", "Last_Name": f"Persson{number}", "Date_of_Birth": "1980-01-01"}
    return insert("", **(told | cells))


def prepared(desk: Open, client: Client, agency: Server, path: Path) -> tuple[Path, str]:
    """A workbook of which a row names one person, has the ID of another, and says that this one was offered. And the
    Last Name that the row says."""
    meant, another = agency.person(), "007"
    book = desk(filled_template(client, path, [misspelt(meant), insert(agency.person())]))
    book.press(VALIDATE)
    saved = book.book.save()
    book.close()
    return offers_somebody_else(saved, 2, another), f"Persson{int(meant[1:])}"


@pytest.mark.parametrize("button", [VALIDATE, APPLY_FIXES, TEST_ROWS, SUBMIT])
def test_an_id_that_the_server_does_not_offer_was_not_picked_whatever_the_workbook_says(
    desk: Open, client: Client, agency: Server, tmp_path: Path, button: Handler[Any]
) -> None:
    path, said = prepared(desk, client, agency, tmp_path / "v.xlsx")
    before = len(client.uploads(limit=200, mine=True))
    book = desk(path)
    outcome = book.press(button)
    assert "demographics-mismatch" in {one.code for one in book.press(VALIDATE).report.problems}
    assert [book.column(PARTICIPANT_ID)[0], book.column(LAST_NAME)[0]] == ["007", said]
    assert "replaces" not in outcome.sentence
    assert len(client.uploads(limit=200, mine=True)) == before


@pytest.mark.calc
def test_nor_does_a_button_in_calc_take_the_workbook_s_word(
    desk: Open, client: Client, agency: Server, office: Office, tmp_path: Path
) -> None:
    path, _said = prepared(desk, client, agency, tmp_path / "v.xlsx")
    host = CalcHost(office)
    try:
        checked = press(host.opened(path, hidden=True), VALIDATE, client)
        assert "demographics-mismatch" in {one.code for one in checked.report.problems}
        assert "replaces" not in checked.sentence
    finally:
        host.close()


def test_of_a_sheet_with_picks_only_their_rows_are_asked_about_and_of_one_without_none(
    desk: Open, listening: KeepsAsked, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(4)]
    rows = [insert(people[0]), misspelt(people[1]), insert(people[2]), misspelt(people[3]), misspelt(people[1])]
    book = desk(filled_template(listening, tmp_path / "a.xlsx", rows), listening)
    book.press(VALIDATE)
    assert listening.asked == [[2, 3, 4, 5, 6]]
    book.enter(3, PARTICIPANT_ID, people[1])
    listening.asked.clear()
    told = book.press(VALIDATE).sentence
    assert listening.asked == [[3, 6], [2, 3, 4, 5, 6]]  # row 6 says the same of a person
    assert f"in 1 row (row 3: Pat{int(people[1][1:])} Persson" in told
    assert [book.column(FIRST_NAME)[place] is None for place in (1, 3, 4)] == [True, False, False]
    listening.asked.clear()
    assert "replaces" not in book.press(VALIDATE).sentence
    assert listening.asked == [[2, 3, 4, 5, 6]]


def test_of_many_picks_some_are_named_and_the_others_counted(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(7)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [misspelt(person) for person in people]))
    book.press(VALIDATE)
    for row, person in enumerate(people, start=2):
        book.enter(row, PARTICIPANT_ID, person)
    book.answers.clear()
    book.answers["submit"] = "no"
    book.press(SUBMIT)
    question = book.asked[-1].text
    assert "replaces what else told the person in 7 rows (row 2: " in question
    assert question.count(" Persson") == 5
    assert "; and 2 more); see Fixes Made." in question


def test_a_test_of_rows_says_who_was_picked_too(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    person = agency.person()
    book = desk(filled_template(client, tmp_path / "a.xlsx", [misspelt(person)]))
    book.press(VALIDATE)
    book.enter(2, PARTICIPANT_ID, person)
    tested = book.press(TEST_ROWS)
    assert [tested.upload.accepted, f"→ {person}, Pat" in tested.sentence] == [1, True]
    client.roll_back(tested.upload.id)
