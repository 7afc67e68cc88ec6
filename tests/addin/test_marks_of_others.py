"""A workbook's word that a row was written counts where the server shows the upload to whoever presses."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.rows.row_notes import digest_of_row
from tests.addin.test_written_rows import connected_elsewhere, other_agency, person_of_both
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook.columns import ROW_STATUS
from workbook.layout import own_columns
from workbook.sheets.marks import WRITTEN

__all__ = ["other_agency"]

BEFORE = "1 row was written before and will not be sent again."
UNKNOWN = "1 row is marked as written by an upload that the server does not know or does not show you, and is new."
NOBODYS = "0" * 32


def mark(book: Desk, row: int, upload_id: str) -> None:
    """What somebody may write into the hidden cell of a row."""
    data = book.data()
    book.put(row, own_columns(data.headers).origin, f"written {upload_id} {digest_of_row(data.texts(row))} 7")


@pytest.mark.parametrize("named", ["nobody's", "a number", "a cancelled one's", "x" * 20_000, "..", "\x07?/#%"])
def test_a_mark_of_an_upload_that_has_written_nothing_keeps_no_row_from_being_sent(
    desk: Open, client: Client, agency: Server, tmp_path: Path, named: str
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())]))
    upload = desk(filled_template(client, tmp_path / "b.xlsx", [insert(agency.person())])).press(SUBMIT).upload
    rows = desk(filled_template(client, tmp_path / "c.xlsx", [insert("nobody at all")])).data().table()
    refused = client.wait(client.submit(rows, uuid4().hex).id)
    ids = {"nobody's": NOBODYS, "a number": str(upload.number), "a cancelled one's": client.cancel(refused.id).id}
    mark(book, 3, ids.get(named, named))
    checked = book.press(VALIDATE)
    assert checked.sentence == f"All 2 rows are ready to submit. {UNKNOWN}"
    assert book.column(ROW_STATUS) == ["✔ ok", "✔ ok"]
    assert book.press(SUBMIT).upload.accepted == 2


def test_whoever_submits_at_once_is_told_so_in_the_question(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    mark(book, 2, NOBODYS)
    assert book.press(SUBMIT).sentence.endswith(UNKNOWN)
    assert UNKNOWN in book.asked[-1].text


def test_the_marks_of_a_colleague_s_upload_wait_for_the_colleague(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    book.press(SUBMIT)
    with agency.client(agency.token_for("S1")) as caseworker:
        connected_elsewhere(book, caseworker)
        told = book.press(VALIDATE)
        assert [told.sentence.endswith(UNKNOWN), told.report.problems[0].code] == [True, "already-open"]
        assert book.press(VALIDATE).report.counts.rows == 1
    connected_elsewhere(book, client)
    assert book.press(VALIDATE).sentence.endswith(BEFORE)
    assert book.column(ROW_STATUS) == [WRITTEN]


def test_a_mark_of_an_earlier_version_is_known_where_its_upload_is(
    desk: Open, client: Client, agency: Server, other_agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(person_of_both(agency, other_agency))]))
    book.press(SUBMIT)
    place = own_columns(book.data().headers).origin
    known = str(book.cell(2, place)).split(" ")
    assert [known[0], len(known)] == ["written", 5]
    for parts in (3, 4):
        book.put(2, place, " ".join(known[:parts]))
        for agency_asked, said in ((other_agency, UNKNOWN), (agency, BEFORE)):
            with agency_asked.client() as asked:
                connected_elsewhere(book, asked)
                assert book.press(VALIDATE).sentence.endswith(said)


def test_a_sheet_that_names_more_uploads_than_anybody_has_costs_no_call_for_each(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()) for _ in range(20)]))
    for row in range(2, 22):
        mark(book, row, f"{row:032}")
    asked: list[str] = []
    monkeypatch.setattr(client, "state_of", asked.append)
    monkeypatch.setattr("addin.rows.written_rows._ONE_BY_ONE", 5)
    assert book.press(VALIDATE).report.counts.rows == 20
    assert asked == []


@pytest.mark.parametrize("one_by_one", [1, 10])
def test_of_a_sheet_that_grew_for_years_no_row_is_sent_again(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_by_one: int
) -> None:
    """However many uploads it names, and the user has sent since."""
    people = [agency.person() for _ in range(4)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(person) for person in people]))
    for row, person in enumerate(people, start=2):
        part = desk(filled_template(client, tmp_path / f"{row}.xlsx", [insert(person)]))
        mark(book, row, part.press(SUBMIT).upload.id)
    monkeypatch.setattr("addin.rows.written_rows._ONE_BY_ONE", one_by_one)
    monkeypatch.setattr("addin.api.client._NEWEST", 2)
    monkeypatch.setattr(client, "own_states", lambda: Client.own_states(client, 1))
    assert "4 rows were written before and will not be sent again." in book.press(VALIDATE).sentence
