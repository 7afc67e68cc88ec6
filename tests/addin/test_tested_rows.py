"""Rows of a test that waits for a decision are set aside by every check, so that none is left out for being stored."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import (
    ACCEPT_SUGGESTIONS,
    APPLY_FIXES,
    SUBMIT,
    TAKE_BACK_TEST,
    TEST_ROWS,
    UNDO_UPLOAD,
    VALIDATE,
)
from addin.errors import ClientError
from tests.addin.test_test_rows import book, open_of, people
from tests.addin.test_written_rows import connected_elsewhere
from tests.support.command import Run
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.columns import ROW_STATUS

__all__ = ["book", "people"]


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


def test_a_test_is_taken_back_once_and_sends_nothing_anew(
    run: Run, client: Client, people: list[str], tmp_path: Path
) -> None:
    file = filled_template(client, tmp_path / "Caseload.xlsx", [insert(person) for person in people])
    before = client.uploads(limit=1)
    assert run("test", file, "--rows", "2").code == 0
    taken = run("test", file, "--roll-back")
    assert (taken.code, "The test was taken back." in taken.out) == (0, True)
    assert [one.id for one in client.uploads(limit=2)[1:]] == [one.id for one in before]
    assert open_of(client, people) == [0, 0, 0, 0]


def test_a_colleague_with_the_workbook_is_told_whose_word_it_waits_for(
    book: Desk, client: Client, agency: Server
) -> None:
    book.press(TEST_ROWS)
    with agency.client(agency.token_for("S1")) as caseworker:
        connected_elsewhere(book, caseworker)
        assert "2 rows were written as a test" in book.press(VALIDATE).sentence
        for button in (SUBMIT, TEST_ROWS):
            with pytest.raises(ClientError, match=r"^The first rows are written as a test by somebody .* Ask whoever"):
                book.press(button)
    connected_elsewhere(book, client)
    assert book.press(TEST_ROWS).sentence.startswith("Rows 2, 3 were written as a test")


def test_after_an_undo_of_the_test_nothing_waits(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS)
    assert book.press(UNDO_UPLOAD, agreed="yes").sentence.startswith("The upload is undone.")
    assert book.column(ROW_STATUS) == ["✔ ok"] * 4
    assert book.press(SUBMIT, submit="yes").upload.accepted == 4
