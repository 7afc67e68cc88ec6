"""Find Participant shows who may be meant, and puts the one who is chosen into the selected row (SPEC 9)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.find import BORN, CHOSEN, NAME, NUMBER, search
from addin.buttons.registry import FIND_PARTICIPANT, SUBMIT, VALIDATE
from addin.cli import main
from addin.errors import BookError, Cancelled
from addin.outcome import Answers, UserQuestion
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, insert
from workbook import layout
from workbook.columns import ROW_STATUS


@pytest.fixture
def book(desk: Open, client: Client, agency: Server, tmp_path: Path) -> Desk:
    """A row that names its person by a name alone, and one that has an ID. Another test may have begun the primary
    assignment of the first."""
    named = insert("", First_Name="Jim", Last_Name="Bond", Date_of_Birth="1962-01-16")
    rows = [named | {"Caseworker Relationship": "Secondary"}, insert(agency.person())]
    return desk(filled_template(client, tmp_path / "a.xlsx", rows))


def test_the_form_begins_with_what_the_row_says_and_the_chosen_one_takes_its_place(book: Desk) -> None:
    book.select(layout.DATA_SHEET, 2, 4)
    book.answers |= {NAME: "Bon", BORN: "", NUMBER: "", CHOSEN: "007"}
    done = book.press(FIND_PARTICIPANT)
    form, listed = book.asked
    assert {one.name: one.default for one in form.fields} == {NAME: "Jim Bond", BORN: "1/16/1962", NUMBER: ""}
    listed_as = "James Bond (007) · born 1/16/1962 · case C-007 · in Youth Shelter"
    assert listed.fields[0].choices["007"].startswith(listed_as)  # a caseworker follows once another test gave him one
    assert done.row == 2
    assert done.sentence.endswith("stands in row 2 now. What else told the person made way for the ID; see Fixes Made. "
                                  "Press Validate.")  # fmt: skip
    assert [book.cell(2, column) for column in (2, 3, 4, 5)] == ["007", None, None, None]
    assert {tuple(line[2:5]) for line in book.cells(layout.FIXES_MADE_SHEET)[1:]} >= {("First Name", "Jim", None)}
    assert book.press(VALIDATE).errors == 0


def test_a_part_of_a_name_a_birth_date_an_id_and_a_case_number_find_somebody(client: Client, agency: Server) -> None:
    person = begun(client, agency, Caseworker_Name="Carla Ruiz")
    number = int(person[1:])
    found = [
        search(client, {NAME: f"Person{number}"}),
        search(client, {NAME: "Bon", BORN: "1/16/1962"}),
        search(client, {NUMBER: person.lower()}),
        search(client, {NUMBER: f"K{number}"}),
        search(client, {NAME: " ", BORN: ""}),
    ]
    assert [some[0].participant_id if some else None for some in found] == [person, "007", person, person, None]
    assert [found[2][0].programs, found[2][0].caseworkers] == [["Youth Shelter"], ["Carla Ruiz"]]


def test_who_may_change_no_caseload_of_theirs_is_told_of_nobody_nor_of_their_caseworkers(
    client: Client, agency: Server
) -> None:
    person = begun(client, agency, Caseworker_Name="Carla Ruiz")
    with agency.client(agency.token_for("S1")) as colleague:
        (seen,) = [one for one in search(colleague, {NUMBER: person}) if one.participant_id == person]
    assert [seen.programs, seen.caseworkers] == [["Youth Shelter"], []]


def test_nobody_found_and_none_of_these_bring_the_form_back_as_it_was_filled(book: Desk) -> None:
    book.select(layout.DATA_SHEET, 2, 1)
    given: list[Answers] = [
        {NAME: "Zzyzx Qwv", BORN: "", NUMBER: ""},
        {NAME: "Bond", BORN: "", NUMBER: ""},
        {CHOSEN: "again"},
    ]

    def answer(question: UserQuestion) -> Answers:
        book.asked.append(question)
        if not given:
            raise Cancelled
        return given.pop(0)

    book.opened.ask = answer
    with pytest.raises(Cancelled):
        book.press(FIND_PARTICIPANT)
    assert [one.wrong != "" for one in book.asked] == [False, True, False, False]
    assert [one.fields[0].name for one in book.asked] == [NAME, NAME, CHOSEN, NAME]
    assert [book.asked[1].fields[0].default, book.asked[3].fields[0].default] == ["Zzyzx Qwv", "Bond"]
    assert book.cell(2, 2) is None


def test_a_row_that_was_changed_while_the_question_stood_is_left_alone(book: Desk) -> None:
    book.select(layout.DATA_SHEET, 2, 1)
    book.answers |= {NAME: "Bond", BORN: "", NUMBER: "", CHOSEN: "007"}
    book.while_asked = lambda question: book.put(2, 3, "Maria") if question.fields[0].name == CHOSEN else None
    with pytest.raises(BookError, match=r"^Row 2 was changed meanwhile, so nothing was written\."):
        book.press(FIND_PARTICIPANT)
    assert book.cell(2, 2) is None


def test_without_a_row_and_in_a_written_one_it_says_what_to_do(book: Desk, agency: Server) -> None:
    book.select(layout.FIX_SHEET, 2, 1)
    with pytest.raises(BookError, match=r"^Select a cell of the row that is to get the Participant ID"):
        book.press(FIND_PARTICIPANT)
    book.put(2, 2, agency.person())
    for column in (3, 4, 5):
        book.put(2, column, None)
    book.press(SUBMIT)
    assert book.column(ROW_STATUS) == ["✔ written"] * 2
    book.select(layout.DATA_SHEET, 2, 1)
    with pytest.raises(BookError, match=r"^Row 2 is written already"):
        book.press(FIND_PARTICIPANT)


def test_an_empty_row_gets_the_id_alone(book: Desk) -> None:
    book.select(layout.DATA_SHEET, 9, 3)
    book.answers |= {NAME: "", BORN: "", NUMBER: "007", CHOSEN: "007"}
    assert book.press(FIND_PARTICIPANT).sentence.endswith("stands in row 9 now.")
    assert book.cell(9, 2) == "007"


def test_the_command_lists_them_and_puts_one_into_a_row(
    book: Desk, agency: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = book.path
    book.close()
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)

    def run(*arguments: str) -> tuple[object, str]:
        monkeypatch.setattr("sys.argv", ["caseload", "find", *arguments])
        with pytest.raises(SystemExit) as ended:
            main.main()
        return ended.value.code, capsys.readouterr().out

    code, said = run("Bond")
    assert [code, said.splitlines()[0].split(" · ")[0]] == [0, "James Bond (007)"]
    assert "finds fewer" not in said
    assert run("Pat")[1].splitlines()[20:] == ["These are the likeliest; a longer name finds fewer."]
    assert json.loads(run("Pat", "--json")[1])["sentence"] == "These are the likeliest; a longer name finds fewer."
    code, said = run("Zzyzx Qwv", "--json")
    assert [code, "Try a part of the name" in said] == [1, True]
    code, said = run("--born", "13/13/2000", "--json")
    told = "“13/13/2000” is no date. Write a date of birth like 12/31/1990, or leave it out."
    assert [code, json.loads(said)["sentence"].endswith(told)] == [1, True]
    code, said = run("Bond", "--into", str(path), "--row", "2", "--take", "007", "--json")
    assert [code, json.loads(said)["participant_id"], json.loads(said)["row"]] == [0, "007", 2]
    code, said = run("Pat", "--into", str(path), "--row", "2", "--json")
    assert [code, json.loads(said)["error"]["code"]] == [2, "stopped"]
