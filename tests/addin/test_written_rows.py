"""Submit says what it is about to do and asks; a written row says so, and is never sent again until it is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.buttons.submit import AGREED
from addin.outcome import NO
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook.columns import ROW_MESSAGE, ROW_STATUS
from workbook.sheets.marks import WRITTEN
from workbook.upload import Upload


def test_submit_asks_first_and_says_what_it_would_do(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Carla Ruiz"), insert(agency.person())]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    before = len(client.uploads(limit=200))
    book.answers = {AGREED: NO}
    assert book.press(SUBMIT).sentence == "Nothing was sent."
    asked, loads = book.asked[-1].text.split("\n\n")[0].split("\nOpen cases before → after:\n")
    assert asked == "This upload: 3 assignments begun."
    steps = [line.rsplit(" ", 3) for line in loads.splitlines()]
    changes = [[name, int(after) - int(now)] for name, now, _to, after in steps]
    assert changes == [["Robert Smith:", 2], ["Carla Ruiz:", 1]]
    assert len(client.uploads(limit=200)) == before


def test_rows_that_were_changed_while_the_question_stood_are_asked_about_again(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    checked = book.steps(SUBMIT, of="other rows", submit="yes")
    assert ["This upload: 1 assignment begun." in step.question.text for step in checked if step.question] == [True]


def test_a_written_row_says_so_and_is_never_sent_again_until_it_is_changed(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())]))
    upload = book.press(SUBMIT).upload
    assert upload is not None
    assert book.column(ROW_STATUS) == [WRITTEN, WRITTEN]
    assert book.column(ROW_MESSAGE) == [f"Written by upload {upload.name}."] * 2
    again = book.press(SUBMIT)
    assert [again.upload, again.sentence] == [
        None,
        "Nothing was sent. No row is left to submit. 2 rows were written before and will not be sent again.",
    ]
    book.put(3, 2, agency.person())
    checked = book.press(VALIDATE)
    assert [checked.report.counts.rows, book.column(ROW_STATUS)] == [1, [WRITTEN, "✔ ok"]]
    second = book.press(SUBMIT).upload
    assert second is not None
    assert [second.accepted, second.id != upload.id] == [1, True]
    assert book.column(ROW_MESSAGE) == [f"Written by upload {one}." for one in (upload.name, second.name)]


def test_next_weeks_rows_go_from_the_same_sheet(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    book.press(SUBMIT)
    headers = book.data().headers
    for header, value in insert(agency.person()).items():
        book.put(3, headers.index(header) + 1, value)
    upload = book.press(SUBMIT).upload
    assert upload is not None
    assert [upload.received, upload.accepted, book.column(ROW_STATUS)] == [1, 1, [WRITTEN, WRITTEN]]


def test_rows_sorted_while_the_upload_runs_are_marked_where_they_stand(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [agency.person(), agency.person()]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(one) for one in people]))

    def sort_meanwhile(upload_id: str, *_more: Any) -> Upload:
        book.put(2, 2, people[1])
        book.put(3, 2, "Q0007 changed")
        return Client.wait(client, upload_id)

    with monkeypatch.context() as patched:
        patched.setattr(client, "wait", sort_meanwhile)
        submitted = book.press(SUBMIT)
    assert submitted.sentence.endswith("1 row was changed meanwhile, and will be checked as new.")
    assert book.column(ROW_STATUS) == [WRITTEN, "✔ ok"]


def test_an_upload_that_was_undone_elsewhere_gives_its_rows_back(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    upload = book.press(SUBMIT).upload
    assert upload is not None
    client.undo(upload.id)
    checked = book.press(VALIDATE)
    assert [checked.sentence, book.column(ROW_STATUS)] == [
        "The row is ready to submit. 1 row was written by an upload that is undone, and will be sent again.",
        ["✔ ok"],
    ]
    second = book.press(SUBMIT).upload
    assert second is not None
    assert [second.state, second.id != upload.id] == ["complete", True]
