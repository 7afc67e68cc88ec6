"""Only rows of which the upload's log says that they were written are marked as written; the others are new."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from addin.api.client import Client
from addin.buttons.registry import KEEP_TEST, SUBMIT, TEST_ROWS, VALIDATE
from addin.errors import ClientError
from tests.support.answers import UPLOAD, answering, as_json
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert
from workbook.columns import ROW_MESSAGE, ROW_STATUS
from workbook.layout import META_SHEET
from workbook.report import FixesIn
from workbook.sheets.marks import LEFT_OUT, WRITTEN
from workbook.upload import LogRow, Upload


def lost_on_the_way(book: Desk, client: Client, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, str]:
    """Submit, of which nothing arrives and no answer comes. Gives the table that was sent, and its key."""
    sent: list[tuple[Any, str]] = []

    def lose(table: Any, key: str, *_more: Any, **_named: Any) -> Upload:
        sent.append((table, key))
        raise ClientError("The server does not answer.", "no-answer")

    with monkeypatch.context() as patched:
        patched.setattr(client, "submit", lose)
        with pytest.raises(ClientError):
            book.press(SUBMIT)
    return sent[-1]


def test_a_row_that_the_upload_left_out_in_the_end_is_not_marked_as_written_and_is_sent_again(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [insert(agency.person()) for _ in range(3)]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    table, key = lost_on_the_way(book, client, monkeypatch)
    others = desk(filled_template(client, tmp_path / "others.xlsx", rows[:1]))
    first = others.press(SUBMIT).upload  # somebody else writes one of the rows meanwhile
    upload = client.wait(client.submit(table, key).id)
    assert upload.state == "needs-fixes"
    client.put_fixes(upload.id, FixesIn(leave_out=[2]))
    client._server.call("POST", f"/v1/uploads/{upload.id}/continue")
    assert [client.wait(upload.id).accepted, [one.result for one in client.log(upload.id)]] == [
        2,
        ["left out", "begun", "begun"],
    ]
    submitted = book.press(SUBMIT)
    assert submitted.sentence == (
        "These rows were uploaded before (2 of 3 rows written, 1 left out), so nothing was written again. "
        "Of 1 row the Log does not say that it was written: it stays, and will be checked as new."
    )
    assert book.column(ROW_STATUS)[1:] == [WRITTEN, WRITTEN]
    assert book.column(ROW_MESSAGE)[0] is None or "Written by" not in book.column(ROW_MESSAGE)[0]
    assert book.press(VALIDATE).report.counts.rows == 1
    client.undo(first.id)
    again = book.press(SUBMIT).upload
    assert [again.accepted, again.state, book.column(ROW_STATUS)] == [1, "complete", [WRITTEN] * 3]


def test_of_two_rows_that_say_the_same_the_one_that_was_left_out_is_not_marked(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    twice, other = insert(agency.person()), insert(agency.person())
    book = desk(filled_template(client, tmp_path / "a.xlsx", [twice, other, twice]))
    book.press(VALIDATE)
    book.enter(4, ROW_STATUS, LEFT_OUT)
    book.turn_round(2, 4)
    assert book.press(SUBMIT).sentence.startswith("The upload is complete: 2 of 3 rows written")
    assert book.column(ROW_STATUS) == [LEFT_OUT, WRITTEN, WRITTEN]


def left_out(log: list[LogRow]) -> list[LogRow]:
    return [one.model_copy(update={"result": "left out"}) for one in log]


def in_other_words(log: list[LogRow]) -> list[LogRow]:
    return [one.model_copy(update={"result": "perhaps"}) for one in log]


def of_other_rows(log: list[LogRow]) -> list[LogRow]:
    return [one.model_copy(update={"row": one.row + 70}) for one in log]


@pytest.mark.parametrize("told", [left_out, in_other_words, of_other_rows, lambda log: []])
def test_no_row_is_marked_where_the_log_does_not_say_that_it_was_written(
    desk: Open,
    client: Client,
    agency: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    told: Callable[[list[LogRow]], list[LogRow]],
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())]))
    known = client.log
    monkeypatch.setattr(client, "log", lambda upload_id: told(known(upload_id)))
    said = book.press(SUBMIT).sentence
    assert said.endswith(
        "Of 2 rows the Log does not say that they were written: they stay, and will be checked as new."
    )
    assert book.column(ROW_STATUS) == ["✔ ok", "✔ ok"]


def test_so_are_the_rows_of_a_test_that_is_kept(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())]))
    book.press(TEST_ROWS)
    known = client.log
    monkeypatch.setattr(client, "log", lambda upload_id: known(upload_id)[1:])
    said = book.press(KEEP_TEST, agreed="yes").sentence
    assert said.endswith("Of 1 row the Log does not say that it was written: it stays, and will be checked as new.")
    assert book.column(ROW_STATUS) == ["✔ ok", WRITTEN]


def test_the_note_of_an_earlier_version_that_tells_no_numbers_counts_where_all_its_rows_were_written(
    desk: Open, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, kept, statuses in (("a.xlsx", slice(None), [WRITTEN] * 2), ("b.xlsx", slice(1, None), ["✔ ok"] * 2)):
        rows = [insert(agency.person()), insert(agency.person())]
        book = desk(filled_template(client, tmp_path / name, rows))
        known = client.wait

        def meanwhile(upload_id: str, *more: Any, book: Desk = book, known: Any = known) -> Any:
            for row, line in enumerate(book.cells(META_SHEET), start=1):
                if str(line[0]).startswith("sent_rows"):
                    book.put(row, 2, " ".join(one.rpartition(":")[2] for one in str(line[1]).split()), META_SHEET)
            return known(upload_id, *more)

        log = client.log
        with monkeypatch.context() as patched:
            patched.setattr(client, "wait", meanwhile)
            patched.setattr(client, "log", lambda upload_id, kept=kept, log=log: log(upload_id)[kept])
            book.press(SUBMIT)
        assert book.column(ROW_STATUS) == statuses


@pytest.mark.parametrize("field", ["received", "accepted", "left_out"])
def test_fewer_rows_than_none_are_told_as_of_another_version(field: str) -> None:
    with answering(as_json(UPLOAD | {field: -1})) as (url, _), Client(url, "clt_x") as client:
        with pytest.raises(ClientError) as stopped:
            client.upload("u1")
        assert stopped.value.code == "version-mismatch"
