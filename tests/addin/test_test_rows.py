"""Test Rows, Keep Test and Take Back Test: the first rows are written, looked at, and kept or taken back, and then
Submit does the rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import (
    ACCEPT_SUGGESTIONS,
    APPLY_FIXES,
    KEEP_TEST,
    REFRESH_STATUS,
    SUBMIT,
    TAKE_BACK_TEST,
    TEST_ROWS,
    VALIDATE,
)
from addin.errors import BookError, ClientError
from addin.rows.own_sheets import read_meta
from tests.support.command import Run, Terminal
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_STATUS


@pytest.fixture
def people(agency: Server) -> list[str]:
    return [agency.person() for _ in range(4)]


@pytest.fixture
def book(desk: Open, client: Client, people: list[str], tmp_path: Path) -> Desk:
    """Four good rows."""
    return desk(filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people]))


def open_of(client: Client, people: list[str]) -> list[int]:
    """How many open assignments each of these people has."""
    return [len([one for page in client.open_assignments(participant=who) for one in page]) for who in people]


def log_lines(book: Desk) -> list[tuple[Any, ...]]:
    """(row, action, result) of the sheet Log."""
    lines = book.cells(layout.LOG_SHEET)
    start = next(number for number, line in enumerate(lines) if line[0] == "Row")
    places = [lines[start].index(header) for header in ("Row", "Action", "Result")]
    return [tuple(line[place] for place in places) for line in lines[start + 1 :]]


def test_the_first_two_rows_are_written_and_shown_with_no_question_over_them(
    book: Desk, client: Client, people: list[str]
) -> None:
    tested = book.press(TEST_ROWS)
    assert tested.sentence == (
        "Rows 2, 3 were written as a test: 2 assignments begun. The sheet Log shows it. Once you have looked at it, "
        "press Keep Test to keep the rows, or press Take Back Test to take them back."
    )
    assert [book.asked, open_of(client, people)] == [[], [1, 1, 0, 0]]
    assert log_lines(book) == [(2, "Insert", "begun"), (3, "Insert", "begun")]
    selected = book.book.selection()
    assert selected is not None
    assert selected[0] == layout.LOG_SHEET
    top = book.cells(layout.LOG_SHEET)[1][0]
    assert top == "Test: 2 of 2 rows written. Press Keep Test, or press Take Back Test, to decide."


def test_pressed_again_it_shows_the_test_again_and_decides_nothing(
    book: Desk, client: Client, people: list[str]
) -> None:
    first = book.press(TEST_ROWS)
    book.select(layout.DATA_SHEET, 2, 1)
    again = book.press(TEST_ROWS)
    assert [again.sentence, book.asked, book.book.selection()[0]] == [first.sentence, [], layout.LOG_SHEET]
    assert open_of(client, people) == [1, 1, 0, 0]


def test_after_a_kept_test_submit_sends_the_rest_and_nothing_is_written_twice(
    book: Desk, client: Client, people: list[str]
) -> None:
    book.press(TEST_ROWS, keep="yes")
    assert book.column(ROW_STATUS) == ["✔ written", "✔ written", "✔ ok", "✔ ok"]
    checked = book.press(VALIDATE)
    assert checked.sentence == (
        "All 2 rows are ready to submit. 2 rows were written before and will not be sent again."
    )
    assert book.column(ROW_STATUS) == ["✔ written", "✔ written", "✔ ok", "✔ ok"]
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 2)
    assert [line[0] for line in log_lines(book)] == [4, 5]
    assert open_of(client, people) == [1, 1, 1, 1]
    assert book.press(SUBMIT).sentence == (
        "Nothing was sent. No row is left to submit. 4 rows were written before and will not be sent again."
    )
    assert open_of(client, people) == [1, 1, 1, 1]


def test_rows_of_a_kept_test_are_known_wherever_they_are_sorted_to(
    book: Desk, client: Client, people: list[str]
) -> None:
    book.press(TEST_ROWS, keep="yes")
    book.turn_round(2, 5)
    assert sorted(book.data().written) == [4, 5]
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_written_row_that_is_changed_is_a_new_row(
    book: Desk, client: Client, agency: Server, people: list[str]
) -> None:
    book.press(TEST_ROWS, keep="yes")
    other = agency.person()
    book.enter(2, "Participant ID", other)
    assert list(book.data().written) == [3]
    assert book.press(SUBMIT).upload is not None
    assert open_of(client, [*people, other]) == [1, 1, 1, 1, 1]


def test_a_test_that_is_taken_back_leaves_nothing_and_the_whole_sheet_can_be_submitted(
    book: Desk, client: Client, people: list[str]
) -> None:
    tested = book.press(TEST_ROWS, keep="no")
    assert tested.sentence == "The test was taken back. Alice Admin took back all that it wrote (2 changes)."
    assert open_of(client, people) == [0, 0, 0, 0]
    assert log_lines(book)[2:] == [(2, "Undo", "removed"), (3, "Undo", "removed")]
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert submitted.upload.accepted == 4
    assert open_of(client, people) == [1, 1, 1, 1]


def test_rows_can_be_tested_again_after_they_were_taken_back(book: Desk, client: Client, people: list[str]) -> None:
    first = book.press(TEST_ROWS, keep="no").upload
    second = book.press(TEST_ROWS, keep="yes").upload
    assert first is not None
    assert second is not None
    assert first.id != second.id
    assert open_of(client, people) == [1, 1, 0, 0]


def test_the_next_test_takes_the_next_rows(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS, keep="yes", rows="1")
    tested = book.press(TEST_ROWS, keep="yes", rows="3")
    assert tested.sentence.endswith("There is nothing left to submit.")
    assert open_of(client, people) == [1, 1, 1, 1]
    assert book.press(SUBMIT).sentence.startswith("Nothing was sent. No row is left to submit.")
    assert book.press(TEST_ROWS, keep="yes").sentence.startswith("Nothing was tested.")


def test_rows_that_are_left_out_are_passed_over(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    people = [agency.person() for _ in range(2)]
    rows = [insert("nobody"), *map(insert, people)]
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    book.press(VALIDATE)
    book.apply({}, [("Participant ID", "nobody", "unknown-participant")])
    book.press(TEST_ROWS, keep="yes")
    assert open_of(client, people) == [1, 1]
    assert book.column(ROW_STATUS) == ["– left out", "✔ written", "✔ written"]


def test_errors_in_the_first_rows_stop_the_test_and_errors_below_do_not(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(2)]
    rows = [*map(insert, people), insert("nobody")]
    book = desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    stopped = book.press(TEST_ROWS, rows="3")
    assert stopped.upload is None
    assert stopped.sentence.startswith(
        "Nothing was tested, because the first row has an error (4). 1 error in 1 of 3 rows."
    ), stopped.sentence
    assert (book.asked, open_of(client, people)) == ([], [0, 0])
    assert book.press(TEST_ROWS).upload is not None
    assert open_of(client, people) == [1, 1]


def test_a_workbook_that_knows_nothing_of_ours_can_be_tested_too(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    people = [agency.person() for _ in range(3)]
    book = desk(plain_workbook(tmp_path / "mine.xlsx", [insert(person) for person in people]))
    book.press(TEST_ROWS, keep="yes")
    assert sorted(book.data().written) == [2, 3]
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1]


def test_a_test_that_nobody_decided_on_is_taken_up_where_it_was(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS)
    with pytest.raises(BookError, match="Press Keep Test to keep them, or press Take Back Test to take them back"):
        book.press(SUBMIT)
    status = book.press(REFRESH_STATUS).sentence
    assert status == (
        "The test is written (2 rows) and waits for your word: press Keep Test to keep it, or press Take Back Test to "
        "take it back."
    )
    later = book.press(TEST_ROWS, keep="later")
    assert [later.upload and later.upload.test and later.upload.test.kept, open_of(client, people)] == [
        None,
        [1, 1, 0, 0],
    ]
    kept = book.press(KEEP_TEST)
    assert (book.asked, kept.checked) == ([], None)
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_reply_that_was_lost_on_the_way_leads_to_the_same_test(
    book: Desk, client: Client, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Client.submit

    def loses(self: Client, *given: Any, **more: Any) -> Any:
        really(self, *given, **more)
        raise ClientError("The server does not answer.", "server-away")

    monkeypatch.setattr(Client, "submit", loses)
    with pytest.raises(ClientError):
        book.press(TEST_ROWS, keep="yes")
    monkeypatch.setattr(Client, "submit", really)
    assert book.press(TEST_ROWS, keep="yes").upload is not None
    assert open_of(client, people) == [1, 1, 0, 0]
    assert sorted(book.data().written) == [2, 3]


@pytest.mark.parametrize("kept", [True, False])
def test_a_test_that_was_decided_elsewhere_is_not_asked_about_again(
    book: Desk, client: Client, people: list[str], kept: bool
) -> None:
    book.press(TEST_ROWS)
    upload_id = read_meta(book.read(layout.META_SHEET))["test_id"]
    if kept:
        client.keep(upload_id)
        book.press(TEST_ROWS)
    else:
        client.roll_back(upload_id)
        tested = book.press(TEST_ROWS)
        assert tested.upload is not None
        assert tested.upload.id != upload_id
        book.press(KEEP_TEST)
    assert book.asked == []
    assert sorted(book.data().written) == [2, 3]
    assert open_of(client, people) == [1, 1, 0, 0]


@pytest.mark.parametrize("kept", [True, False])
def test_submit_knows_a_test_that_was_decided_elsewhere(
    book: Desk, client: Client, people: list[str], kept: bool
) -> None:
    book.press(TEST_ROWS)
    (client.keep if kept else client.roll_back)(read_meta(book.read(layout.META_SHEET))["test_id"])
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert (submitted.upload.state, submitted.upload.accepted) == ("complete", 2 if kept else 4)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_a_row_changed_between_test_and_answer_is_not_taken_for_written(
    book: Desk, client: Client, agency: Server, people: list[str]
) -> None:
    other = agency.person()
    book.press(TEST_ROWS)
    book.enter(2, "Participant ID", other)
    tested = book.press(KEEP_TEST)
    assert "have been changed in the sheet since" in tested.sentence
    assert list(book.data().written) == [3]
    book.press(SUBMIT)
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
    assert run("submit", path, "--yes").code == 0
    assert open_of(client, people) == [1, 1, 1, 1]


@pytest.mark.parametrize(("choice", "left"), [("--keep", [1, 1, 0, 0]), ("--roll-back", [0, 0, 0, 0])])
def test_without_a_terminal_the_command_line_writes_and_leaves_it_to_a_later_word(
    run: Run, client: Client, people: list[str], tmp_path: Path, choice: str, left: list[int]
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    for arguments in ([], ["--json"]):  # the second finds the test that waits
        ran = run("test", path, *arguments)
        assert ran.code == 0, ran.err
        for words in (f"Keep the rows: caseload test {path} --keep.", f"back: caseload test {path} --roll-back."):
            assert words in ran.out
        assert open_of(client, people) == [1, 1, 0, 0]
    assert ran.json()["upload"]["test"] == {"rows": 2, "kept": None}
    assert run("submit", path, "--yes").code == 3
    decided = run("test", path, choice, "--json")
    assert [decided.code, open_of(client, people)] == [0, left]
    assert decided.json()["upload"]["test"]["kept"] is (choice == "--keep")


@pytest.mark.parametrize(
    ("option", "word", "state"), [("--keep", "keep", "kept"), ("--roll-back", "take back", "taken back")]
)
def test_a_word_said_twice_writes_no_rows_that_nobody_has_looked_at(
    run: Run, client: Client, people: list[str], tmp_path: Path, option: str, word: str, state: str
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    before = run("test", path, option)
    assert [before.code, f"there is nothing to {word}, and nothing was sent. Test the" in before.err] == [2, True]
    assert open_of(client, people) == [0, 0, 0, 0]
    assert run("test", path).code == 0
    assert run("test", path, option).code == 0
    left = open_of(client, people)
    again = run("test", path, option, "--json")
    assert [again.code, open_of(client, people)] == [2, left]
    assert f"Its last one, {client.uploads()[0].name}, is {state} already." in again.json()["error"]["sentence"]


def test_a_test_that_was_taken_back_elsewhere_is_not_written_anew_by_a_late_word(
    run: Run, client: Client, people: list[str], tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    waiting = run("test", path, "--json").json()["upload"]["id"]
    client.roll_back(waiting)
    assert [run("test", path, "--keep").code, open_of(client, people)] == [2, [0, 0, 0, 0]]


def test_what_becomes_of_the_rows_is_not_said_in_two_ways(run: Run, client: Client, tmp_path: Path) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert("007")])
    ran = run("test", path, "--keep", "--roll-back")
    assert [ran.code, "Choose --keep or --roll-back." in ran.err] == [2, True]


@pytest.mark.parametrize(
    ("typed", "left", "said"),
    [
        ("perhaps\nk\n", [1, 1, 0, 0], "The test is kept: 2 rows written"),
        ("t\n", [0, 0, 0, 0], "The test was taken back."),
        ("\n", [1, 1, 0, 0], "Nothing is decided yet."),
        ("", [1, 1, 0, 0], "Nothing is decided yet."),
    ],
    ids=["keep", "take back", "later", "closed"],
)
def test_on_a_terminal_the_question_stands_below_the_log(
    run: Run,
    client: Client,
    people: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    left: list[int],
    said: str,
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    monkeypatch.setattr("sys.stdin", Terminal(typed))
    ran = run("test", path)
    assert ran.code == 0, ran.err
    assert 0 <= ran.out.index("begun") < ran.out.index("Keep the rows (k)") < ran.out.index(said)
    assert open_of(client, people) == left


def test_the_command_line_says_what_is_wrong_with_the_first_rows(run: Run, client: Client, tmp_path: Path) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert("nobody")])
    ran = run("test", path, "--rows", "2", "--keep")
    assert ran.code == 1
    assert "Nothing was tested" in ran.out
    assert "Participant ID" in ran.out


@pytest.mark.parametrize("command", ["submit", "undo"])
def test_ctrl_c_at_a_question_of_the_terminal_cancels_and_sends_nothing(
    command: str, run: Run, client: Client, people: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = filled_template(client, tmp_path / "mine.xlsx", [insert(person) for person in people])
    if command == "undo":
        assert run("submit", file, "--yes").code == 0
    before = open_of(client, people)
    monkeypatch.setattr("sys.stdin", Terminal(""))  # its end is to a question what Ctrl+C is
    ran = run(command, file)
    assert [ran.code, ran.err.splitlines()[-1], open_of(client, people)] == [1, "Cancelled.", before]


def test_rows_of_a_test_that_waits_are_set_aside_by_checks_and_fixes_and_none_is_lost(
    book: Desk, client: Client, people: list[str]
) -> None:
    """They say by now what is stored, so that a check of them would offer to leave them out, for sure."""
    book.press(TEST_ROWS)
    book.enter(4, "Caseworker Relationship", "Priary")
    checked = book.press(VALIDATE)
    assert checked.sentence.endswith(
        "2 rows were written as a test that waits for your word: press Keep Test, or press Take Back Test."
    )
    assert [[one.row, one.code] for one in checked.report.problems] == [[4, "unknown-value"]]
    assert book.column(ROW_STATUS) == ["✔ tested", "✔ tested", "✖ 1 error", "✔ ok"]
    book.press(ACCEPT_SUGGESTIONS)
    assert "2 rows were written as a test" in book.press(APPLY_FIXES).sentence
    assert book.column(ROW_STATUS) == ["✔ tested", "✔ tested", "✔ ok", "✔ ok"]
    book.turn_round(2, 5)
    book.press(VALIDATE)
    assert book.column(ROW_STATUS) == ["✔ ok", "✔ ok", "✔ tested", "✔ tested"]
    book.select(layout.LOG_SHEET, 1, 1)
    assert book.press(TAKE_BACK_TEST).sentence.startswith("The test was taken back.")
    assert book.column(ROW_STATUS) == ["✔ ok"] * 4
    assert book.column(ROW_STATUS) == ["✔ ok"] * 4
    submitted = book.press(SUBMIT).upload
    assert submitted is not None
    assert (submitted.accepted, open_of(client, people)) == (4, [1, 1, 1, 1])


@pytest.mark.parametrize(("decided", "statuses"), [("keep", ["✔ written"] * 2), ("roll_back", ["✔ ok"] * 2)])
def test_a_check_learns_what_was_decided_elsewhere_about_the_test(
    book: Desk, client: Client, decided: str, statuses: list[str]
) -> None:
    tested = book.press(TEST_ROWS).upload
    assert tested is not None
    assert book.column(ROW_STATUS)[:2] == ["✔ tested", "✔ tested"]
    getattr(client, decided)(tested.id)
    assert "as a test" not in book.press(VALIDATE).sentence
    assert book.column(ROW_STATUS) == [*statuses, "✔ ok", "✔ ok"]


def test_a_row_that_says_the_same_as_one_of_the_test_is_a_row_too_many(
    desk: Open, client: Client, people: list[str], tmp_path: Path
) -> None:
    rows = [insert(people[0]), insert(people[1]), insert(people[0])]
    book = desk(filled_template(client, tmp_path / "Twice.xlsx", rows[:2]))
    book.press(TEST_ROWS, rows="1")
    for header, text in rows[2].items():
        book.enter(4, header, text)
    checked = book.press(VALIDATE)
    assert [[one.row, one.code] for one in checked.report.problems] == [[4, "already-open"]]
