"""Submit says what it is about to do and asks; a written row says so, and is never sent again until it is changed."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import DOWNLOAD_CASELOAD, KEEP_TEST, SUBMIT, TEST_ROWS, VALIDATE
from addin.buttons.submit import AGREED
from addin.errors import ClientError
from addin.hosts.document import Block
from addin.outcome import NO
from tests.support.agency import SHELTER_TOO, crowd_in_shelter, write_agency
from tests.support.desk import Desk, Open
from tests.support.own_server import PEOPLE, Server, program, serving
from tests.support.sheets import begun, filled_template, insert
from tests.workbook.sheets.test_macro_book import saved_by_libreoffice
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


def submitted(book: Desk, _client: Client, _agency: Server) -> None:
    assert book.press(SUBMIT).upload.accepted == 3


def kept_from_a_test(book: Desk, _client: Client, _agency: Server) -> None:
    book.press(TEST_ROWS, rows="3")
    book.press(TEST_ROWS, keep="yes")


def downloaded_and_ended(book: Desk, client: Client, agency: Server) -> None:
    book.press(SUBMIT)
    data = book.data()
    for row in data.written:
        book.book.grids()[0].write(Block(row, 1, 1, len(data.headers)), [[None] * len(data.headers)], None)
    for row in (2, 3, 4):
        book.press(DOWNLOAD_CASELOAD, participant=begun(client, agency))
        book.enter(row, "End Date", date(2026, 3, 31))
        book.enter(row, "Reason for Dismissal", "Completed")
    submitted(book, client, agency)


@pytest.fixture(scope="module")
def other_agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Another agency with the same people, of the same name and under the same number, on a server of its own."""
    folder = tmp_path_factory.mktemp("other agency")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}"}
    write_agency(folder / "data", crowd_in_shelter(PEOPLE), SHELTER_TOO)
    program(environment, "import", str(folder / "data"))
    token = json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]
    with serving(environment, folder / "server.log") as url:
        yield Server(folder, url, token, environment)


def person_of_both(agency: Server, other: Server) -> str:
    """Somebody with no assignment yet at either agency: their people are the same."""
    agency.used = other.used = max(agency.used, other.used)
    other.person()
    return agency.person()


def connected_elsewhere(book: Desk, client: Client) -> None:
    """What Settings does."""
    book.opened._client = client


def test_a_row_that_was_written_at_another_agency_is_checked_and_sent_as_any_row(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    person_of_both(agency, other_agency)  # from here on they give out the same people
    with other_agency.client() as other:
        begun(other, other_agency)  # so that it has an upload No. 1, too
        rows = [insert(person_of_both(agency, other_agency)) for _ in range(2)]
        book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
        first = book.press(SUBMIT).upload
        connected_elsewhere(book, other)
        checked = book.press(VALIDATE)
        assert checked.sentence == (
            "All 2 rows are ready to submit. 2 rows were written at another agency, and are new to this one."
        )
        assert book.column(ROW_STATUS) == ["✔ ok", "✔ ok"]
        assert book.press(VALIDATE).sentence == "All 2 rows are ready to submit."
        second = book.press(SUBMIT).upload
        assert [second.accepted, second.state, second.site_tag == first.site_tag] == [2, "complete", False]
        assert book.press(SUBMIT).sentence.endswith("2 rows were written before and will not be sent again.")

        connected_elsewhere(book, client)  # what the first agency has, it still has
        assert book.press(SUBMIT).sentence.endswith("2 rows were written before and will not be sent again.")
        assert book.column(ROW_MESSAGE) == [f"Written by upload {first.name}."] * 2
        client.undo(first.id)
        assert book.press(VALIDATE).sentence.startswith("All 2 rows are ready to submit.")
        connected_elsewhere(book, other)
        assert book.press(VALIDATE).sentence.endswith("2 rows were written before and will not be sent again.")
        book.enter(2, "Participant ID", person_of_both(agency, other_agency))
        assert book.press(VALIDATE).report.counts.rows == 1


def test_a_test_that_waits_at_another_agency_does_not_stop_a_submit_here(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    person_of_both(agency, other_agency)  # from here on they give out the same people
    with other_agency.client() as other:
        begun(other, other_agency)
        book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(person_of_both(agency, other_agency))]))
        test = book.press(TEST_ROWS).upload
        connected_elsewhere(book, other)
        with pytest.raises(ClientError, match="upload"):  # the sheet Log shows one that this agency does not have
            book.press(KEEP_TEST)
        assert book.press(VALIDATE).report.counts.rows == 1
        assert book.press(SUBMIT).upload.accepted == 1
        assert client.upload(test.id).is_open_test


def test_what_is_submitted_to_another_agency_changes_nothing_of_which_rows_a_test_has_written(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    rows = [insert(person_of_both(agency, other_agency), Start_Date=date(2026, 1, 5 + day)) for day in range(3)]
    with other_agency.client() as other:
        begun(other, other_agency)
        book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
        test = book.press(TEST_ROWS, rows="1").upload
        connected_elsewhere(book, other)
        book.turn_round(2, 4)
        assert book.press(SUBMIT).upload.accepted == 3
        connected_elsewhere(book, client)
        book.press(VALIDATE)
        book.press(TEST_ROWS)
        assert book.column(ROW_STATUS)[-1] == "✔ tested"
        assert book.column(ROW_STATUS).count("✔ tested") == 1
        book.press(KEEP_TEST)
        assert [row for row, mark in book.data().written_by().items() if mark.upload_id == test.id] == [4]


@pytest.mark.parametrize("written", [submitted, kept_from_a_test, downloaded_and_ended])
def test_written_rows_are_known_after_whatever_people_do_to_a_sheet(
    desk: Open, client: Client, agency: Server, tmp_path: Path, soffice: str, written: Any
) -> None:
    rows = [insert(agency.person(), Start_Date=date(2026, 1, 5 + day)) for day in range(3)]
    book = desk(filled_template(client, tmp_path / "November.xlsx", rows))
    written(book, client, agency)
    assert book.column(ROW_STATUS) == [WRITTEN] * 3

    grid, width = book.book.grids()[0], len(book.data().headers)
    whole = grid.read(Block(2, 1, 3, width))
    grid.write(Block(2, 1, 5, width), [*whole[::-1], [None] * width, whole[0]], None)  # sorted, and one copied below
    book.enter(5, "Update or Insert", "Insert")  # a row put between them
    for header, value in insert(agency.person()).items():
        book.enter(5, header, value)
    assert [book.press(VALIDATE).report.counts.rows, book.column(ROW_STATUS)] == [
        1,
        [WRITTEN, WRITTEN, WRITTEN, "✔ ok", WRITTEN],
    ]
    assert book.press(SUBMIT).upload.accepted == 1
    book.close()

    book = desk(saved_by_libreoffice(soffice, tmp_path / "November.xlsx", tmp_path, "xlsx:Calc MS Excel 2007 XML"))
    assert book.press(SUBMIT).sentence.endswith("5 rows were written before and will not be sent again.")
    book.close()

    book = desk(shutil.copy(tmp_path / "November.xlsx", tmp_path / "December.xlsx"))
    book.enter(3, "Participant ID", agency.person())
    assert book.press(VALIDATE).report.counts.rows == 1
    assert book.column(ROW_STATUS)[:1] == [WRITTEN]
    assert book.column(ROW_STATUS)[1] != WRITTEN
