"""Submit writes all rows or none, and the same rows once, whatever happens between its steps (SPEC 6, 9)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.errors import ClientError
from addin.rows.hand_over import arrived, digest_of, hand_over
from addin.rows.own_sheets import read_meta
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook import layout
from workbook.columns import ROW_STATUS
from workbook.sheets import log_chart
from workbook.sheets.marks import LEFT_OUT
from workbook.upload import Upload


def test_a_row_that_is_left_out_though_nothing_is_wrong_with_it_is_never_written(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    kept, held = agency.person(), agency.person()
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(kept), insert(held)]))
    book.press(VALIDATE)
    place = book.data().headers.index(ROW_STATUS) + 1
    book.put(3, place, LEFT_OUT)
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 1, 1]
    assert [[row.row, row.result] for row in client.log(submitted.upload.id)] == [[2, "begun"], [3, "left out"]]


def test_nothing_is_sent_while_a_row_is_wrong(client: Client, book: Desk) -> None:
    before = len(client.uploads(limit=100))
    submitted = book.press(SUBMIT)
    assert submitted.upload is None
    assert submitted.sentence.startswith("Nothing was sent. 3 errors in 3 of 5 rows.")
    assert book.column(ROW_STATUS)[1] == "✖ 1 error"
    assert len(client.uploads(limit=100)) == before


def test_submit_writes_the_rows_and_shows_the_log(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Start_Date=dt.datetime(2026, 1, 13))]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    submitted = book.press(SUBMIT)
    assert submitted.sentence == "The upload is complete: 2 of 2 rows written."
    assert book.seen[-1] == "complete"
    log = book.cells(layout.LOG_SHEET)
    assert [line[:2] for line in log[-3:]] == [["Row", "Action"], [2, "Insert"], [3, "Insert"]]
    assert ["File", "a.xlsx"] in [line[:2] for line in log]
    assert submitted.upload is not None
    assert read_meta(book.read(layout.META_SHEET))["upload_id"] == submitted.upload.id
    label, accepted, left_out = log[log_chart.HISTORY_ROW][log_chart.HISTORY_COLUMN - 1 :]
    assert [str(label).endswith("  a.xlsx  2 of 2"), accepted, left_out] == [True, 2, 0]


def test_a_lost_reply_is_found_again_after_the_workbook_was_closed(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    book = desk(path)
    sent: list[str] = []

    def send_and_hear_nothing(table: Any, key: str) -> None:
        sent.append(Client.submit(client, table, key).id)
        raise ClientError("The line went dead.", "server-away")

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", send_and_hear_nothing)
        with pytest.raises(ClientError):
            book.press(SUBMIT)
    book.close()
    client.wait(sent[0])
    again = desk(path).press(SUBMIT)
    assert again.upload is not None
    assert [again.upload.id, again.upload.state] == [sent[0], "complete"]


def test_a_workbook_that_says_its_rows_are_agreed_to_is_asked_about_all_the_same(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Whoever prepares a workbook for somebody else can write into its hidden sheets whatever ours write there."""
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    book.press(VALIDATE)  # now it has the hidden sheet
    line = len(book.cells(layout.META_SHEET)) + 1
    for place, text in enumerate(("upload_of", digest_of(book.data().table())), start=1):
        book.put(line, place, text, layout.META_SHEET)
    assert read_meta(book.read(layout.META_SHEET))["upload_of"] == digest_of(book.data().table())
    before = len(client.uploads(limit=100))
    book.answers["submit"] = "no"
    assert book.press(SUBMIT).sentence == "Nothing was sent."
    assert [question.confirms for question in book.asked] == ["submit"]
    assert len(client.uploads(limit=100)) == before


def test_what_was_sent_and_then_taken_back_is_asked_about_again(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    table = book.data().table()
    digest = digest_of(table)

    def known() -> Upload | None:
        return arrived(lambda key: client.submit(table, key), client.upload_of, digest)

    assert known() is None
    sent = book.press(SUBMIT).upload
    assert sent is not None
    assert known() == sent
    client.undo(sent.id)
    assert known() is None
    with agency.client(agency.token_for("S1")) as colleague:
        colleague.submit(table, f"{digest}-2")
        assert known() is None, "what somebody else sent is no word of this user's"


def test_rows_that_were_changed_after_an_upload_are_another_upload(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())]))
    first = book.press(SUBMIT)
    book.put(2, 2, agency.person())
    second = book.press(SUBMIT)
    assert first.upload is not None
    assert second.upload is not None
    assert [second.upload.state, second.upload.id != first.upload.id] == ["complete", True]


def test_data_that_changes_between_the_check_and_the_write_stops_the_upload_and_is_shown(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = agency.person()
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(person), insert(agency.person())]))
    other = desk(filled_template(client, tmp_path / "b.xlsx", [insert(person)])).data().table()

    def submit_after_somebody(table: Any, key: str) -> Upload:
        assert client.wait(Client.submit(client, other, f"quicker-{person}").id).state == "complete"
        return Client.submit(client, table, key)

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", submit_after_somebody)
        submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert submitted.upload.state == "cancelled"
    assert submitted.sentence.startswith("Nothing was written: the data changed in the meantime. 1 error in 1 of 2")
    assert book.column(ROW_STATUS) == ["✖ 1 error", "✔ ok"]
    assert book.press(SUBMIT).sentence.startswith("Nothing was sent. 1 error in 1 of 2 rows.")


def test_a_cancelled_upload_does_not_stand_in_the_way_of_the_next(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert("nobody at all")])
    table = desk(path).data().table()
    first, _ = hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert client.wait(first.id).state == "needs-fixes"
    assert client.cancel(first.id).state == "cancelled"
    second, known = hand_over(lambda key: client.submit(table, key), digest_of(table))
    assert (second.id != first.id, known) == (True, False)
    client.wait(second.id)
    client.cancel(second.id)
