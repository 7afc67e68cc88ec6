"""Keep Test and Take Back Test decide about the test that one looks at, and about no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import KEEP_TEST, LOG, SUBMIT, TAKE_BACK_TEST, TEST_ROWS, UPLOADS, VALIDATE, Handler
from addin.buttons.undo import AGREED
from addin.outcome import NO, YES
from tests.addin.test_test_rows import book, log_lines, open_of, people
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import insert, plain_workbook
from workbook import layout
from workbook.sheets.uploads_sheet import UPLOADS_SHEET

__all__ = ["book", "people"]


def test_keep_test_keeps_the_test_that_the_log_shows(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS)
    kept = book.press(KEEP_TEST)
    assert kept.sentence == "The test is kept: 2 rows written, and not sent again. Press Submit for the others."
    assert kept.upload is not None
    assert (kept.upload.accepted, kept.upload.test and kept.upload.test.kept) == (2, True)
    assert [book.asked, sorted(book.data().written)] == [[], [2, 3]]
    assert book.cells(layout.LOG_SHEET)[1][0] == "Complete: 2 of 2 rows written."
    again = book.press(KEEP_TEST).sentence
    assert again.startswith(f"The sheet Log shows {kept.upload.name}, which is no test that waits for a decision. No ")
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1, 1]


def test_take_back_test_leaves_nothing_of_it(book: Desk, client: Client, people: list[str]) -> None:
    book.press(TEST_ROWS)
    back = book.press(TAKE_BACK_TEST)
    assert back.sentence == "The test was taken back. Alice Admin took back all that it wrote (2 changes)."
    assert [book.asked, open_of(client, people)] == [[], [0, 0, 0, 0]]
    assert log_lines(book)[2:] == [(2, "Undo", "removed"), (3, "Undo", "removed")]
    book.press(SUBMIT)
    assert open_of(client, people) == [1, 1, 1, 1]


@pytest.mark.parametrize("button", [KEEP_TEST, TAKE_BACK_TEST])
def test_nobody_decides_about_a_test_whose_log_they_do_not_look_at(
    book: Desk, client: Client, people: list[str], button: Handler[Any]
) -> None:
    none = (
        "No test waits for a decision in this workbook. Press Test Rows to write the first rows as a test; Uploads "
        "lists the tests of other workbooks."
    )
    assert book.press(button).sentence == none
    other = next(one for one in client.uploads(limit=200) if not one.is_open_test)
    test = book.press(TEST_ROWS).upload
    assert test is not None
    book.press(LOG, upload=other.id)
    said = book.press(button).sentence
    assert said == f"Nothing is decided yet. Press Test Rows to look at the test {test.name} first."
    book.press(UPLOADS)
    book.select(UPLOADS_SHEET, line_of(book, other.id), 2)
    said = book.press(button).sentence
    assert said == (
        f"The line that is selected in Uploads is of {other.name}, which is no test that waits for a decision. {none}"
    )
    assert open_of(client, people) == [1, 1, 0, 0]


@pytest.mark.parametrize(
    ("button", "left", "said"),
    [(KEEP_TEST, [1, 1, 0, 0], "is kept: 2 rows written."), (TAKE_BACK_TEST, [0, 0, 0, 0], "was taken back. Alice ")],
)
@pytest.mark.parametrize("way", ["log", "line"])
def test_a_test_of_another_workbook_is_decided_where_its_log_is_shown_or_its_line_selected(
    book: Desk,
    desk: Open,
    client: Client,
    people: list[str],
    tmp_path: Path,
    button: Any,
    left: Any,
    said: str,
    way: str,
) -> None:
    test = book.press(TEST_ROWS).upload
    assert test is not None
    other = desk(plain_workbook(tmp_path / "other.xlsx", [insert(people[3])]))
    other.answers[AGREED] = YES
    other.press(UPLOADS)
    line = line_of(other, test.id)
    shown = other.cells(UPLOADS_SHEET)[line - 1][2]
    assert shown == "Look at its log, then press Keep Test to keep the rows, or press Take Back Test."
    other.select(UPLOADS_SHEET, line, 1)
    if way == "log":
        other.press(LOG)
    decided = other.press(button)
    [asked] = other.asked
    assert "It is of another workbook than this one, which is other.xlsx." in asked.text
    assert ("The sheet Log does not show" in asked.text) == (way == "line")
    assert decided.sentence.startswith(f"The test {test.name} of Caseload.xlsx {said}")
    assert [open_of(client, people), other.data().written] == [left, {}]
    book.press(SUBMIT)  # its own workbook finds out by itself
    assert open_of(client, people) == [1, 1, 1, 1]


def line_of(book: Desk, upload_id: str) -> int:
    """The line of an upload in the sheet Uploads."""
    return next(number for number, line in enumerate(book.cells(UPLOADS_SHEET), start=1) if upload_id in line)


def test_an_upload_that_a_workbook_takes_for_its_test_is_left_alone_if_it_is_none(
    book: Desk, client: Client, agency: Server
) -> None:
    """A workbook that somebody has prepared can name any upload, by its short number too: about that one nothing is
    asked or decided, and the workbook's own rows are tested."""
    table = book.data().table()
    place = table["header"].index("Participant ID")

    def of_another(test_rows: int | None) -> str:
        person = agency.person()
        rows = [[person if number == place else cell for number, cell in enumerate(table["rows"][0])]]
        sent = client.submit(table | {"rows": rows, "row_numbers": [2]}, f"other-{person}", test_rows)
        done = client.wait(sent.id)
        assert done.state == "complete"
        return done.id

    upload, test = of_another(None), of_another(1)
    book.press(VALIDATE)
    for named in (upload, str(client.upload(test).number)):
        line = len(book.cells(layout.META_SHEET)) + 1
        for column, text in enumerate(("test_id", named), start=1):
            book.put(line, column, text, layout.META_SHEET)
        tested = book.press(TEST_ROWS)
        assert tested.upload is not None
        assert tested.upload.id not in (upload, test)
        assert book.asked == []
        client.roll_back(tested.upload.id)
    assert client.upload(test).is_open_test


@pytest.mark.parametrize("button", [KEEP_TEST, TAKE_BACK_TEST])
def test_where_log_shows_something_else_than_the_test_wrote_the_server_s_words_are_asked_about(
    book: Desk, client: Client, people: list[str], button: Handler[Any]
) -> None:
    """A workbook that somebody has prepared may show whatever they like above the id of a test."""
    test = book.press(TEST_ROWS).upload
    assert test is not None
    book.put(len(book.cells(layout.LOG_SHEET)), 3, "somebody else", layout.LOG_SHEET)
    book.answers[AGREED] = NO
    assert book.press(button).sentence == "Nothing is decided yet."
    [asked] = book.asked
    assert f"{test.name}, Caseload.xlsx, submitted by Alice Admin on " in asked.text
    assert "Rows 2, 3 were written as a test: 2 assignments begun. The sheet Log does not show" in asked.text
    assert client.upload(test.id).is_open_test
    book.answers[AGREED] = YES
    assert book.press(button).done
    assert not client.upload(test.id).is_open_test
