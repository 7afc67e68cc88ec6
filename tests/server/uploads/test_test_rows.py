"""A test: the first rows are really written and shown, and then kept or rolled back, as the user says (SPEC 6)."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from sqlalchemy import func, select

from server.records.database import reading
from server.records.tables import audit, outbox
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Api, Call, insert, table, update

ROWS = [update("P1"), insert("P2"), insert("P3"), insert("nobody")]


def send(api: Api, *rows: list[Any], test_rows: str | None = "2", key: str = "test") -> requests.Response:
    params = {} if test_rows is None else {"test_rows": test_rows}
    body = table(*(rows or ROWS))
    return api("POST", "/v1/uploads", params=params, json=body, headers={"Idempotency-Key": key})


def tried(api: Api, *rows: list[Any], test_rows: str = "2") -> str:
    """The id of a test whose rows are written."""
    sent = send(api, *rows, test_rows=test_rows)
    assert sent.status_code == 202, sent.text
    done = api.wait(sent.json()["id"])
    assert (done["state"], done["test"]["kept"]) == ("complete", None)
    return str(done["id"])


def log(api: Api, upload_id: str) -> list[tuple[Any, ...]]:
    rows = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    return [(row["row"], row["action"], row["result"]) for row in rows]


@pytest.mark.parametrize("test_rows", ["2", ""])
def test_only_the_first_rows_are_written_and_shown(call: Call, agency: Agency, test_rows: str) -> None:
    """The fourth row's mistake does not matter to a test of two rows; two is what is meant without a number."""
    api = call("ADM")
    upload_id = tried(api, test_rows=test_rows)
    upload = api.upload(upload_id)
    assert (upload["received"], upload["accepted"], upload["left_out"]) == (4, 2, 0)
    assert upload["progress"] == {"done": 2, "total": 2}
    assert upload["test"] == {"rows": 2, "kept": None}
    assert log(api, upload_id) == [(2, "Update", "ended"), (3, "Insert", "begun")]
    assert len(agency.assignments()) == 4
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["counts"]["rows"] == 2


def test_a_test_that_is_rolled_back_leaves_every_record_as_it_was(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = tried(api)
    assert kept_records(agency) != before
    for _ in range(2):
        answer = api("POST", f"/v1/uploads/{upload_id}/roll-back")
        assert (answer.status_code, answer.json()["state"]) == (200, "undone")
        assert answer.json()["test"] == {"rows": 2, "kept": False}
        assert kept_records(agency) == before
    assert log(api, upload_id)[2:] == [(2, "Undo", "reopened"), (3, "Undo", "removed")]


def test_a_kept_test_that_is_undone_sends_both_mails(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api)
    for step in ("keep", "undo"):
        api("POST", f"/v1/uploads/{upload_id}/{step}")
    with reading(agency.engine) as connection:
        subjects = list(connection.execute(select(outbox.c.subject)).scalars())
    assert subjects == ["Caseload upload complete", "Caseload upload undone"]


def test_a_test_that_is_kept_is_an_upload_like_any_other(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = tried(api)
    written = kept_records(agency)
    for _ in range(2):
        answer = api("POST", f"/v1/uploads/{upload_id}/keep")
        assert (answer.status_code, answer.json()["state"]) == (200, "complete")
        assert answer.json()["test"] == {"rows": 2, "kept": True}
    assert kept_records(agency) == written
    undone = api("POST", f"/v1/uploads/{upload_id}/undo")
    assert (undone.json()["state"], undone.json()["reversed"]) == ("undone", 2)
    assert kept_records(agency) == before
    assert api.upload(upload_id)["test"] == {"rows": 2, "kept": True}


def test_after_a_kept_test_the_rest_is_submitted_and_nothing_is_written_twice(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api, update("P1"), insert("P2"), insert("P3"))
    api("POST", f"/v1/uploads/{upload_id}/keep")
    whole = api.submit(table(update("P1"), insert("P2"), insert("P3")))
    stopped = api.wait(whole.json()["id"])
    assert stopped["state"] == "needs-fixes", "its first rows are written already"
    api.fix(stopped["id"], leave_out=[2, 3])
    api("POST", f"/v1/uploads/{stopped['id']}/continue")
    assert api.wait(stopped["id"], "complete")["accepted"] == 1
    assert len(agency.assignments()) == 5


def test_a_test_that_was_rolled_back_can_be_submitted_whole(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api, update("P1"), insert("P2"), insert("P3"))
    api("POST", f"/v1/uploads/{upload_id}/roll-back")
    done = api.wait(api.submit(table(update("P1"), insert("P2"), insert("P3"))).json()["id"])
    assert (done["state"], done["accepted"], done["test"]) == ("complete", 3, None)


def test_errors_in_the_first_rows_stop_a_test_and_rows_left_out_make_room_for_the_next(
    call: Call, agency: Agency
) -> None:
    api, before = call("ADM"), kept_records(agency)
    rows = [insert("nobody"), insert("P2"), insert("P3"), insert("P4")]
    upload_id = send(api, *rows).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    report = api.get(f"/v1/uploads/{upload_id}/problems").json()
    assert [problem["row"] for problem in report["problems"]] == [2]
    assert kept_records(agency) == before
    api.fix(upload_id, leave_out=[2])
    api("POST", f"/v1/uploads/{upload_id}/continue")
    done = api.wait(upload_id, "complete")
    assert (done["accepted"], done["left_out"]) == (2, 1)
    assert log(api, upload_id) == [(2, "Insert", "left out"), (3, "Insert", "begun"), (4, "Insert", "begun")]
    api("POST", f"/v1/uploads/{upload_id}/roll-back")
    assert kept_records(agency) == before


def test_a_test_of_more_rows_than_there_are_writes_all(call: Call) -> None:
    api = call("ADM")
    upload_id = tried(api, insert("P2"), test_rows="1000")
    upload = api.upload(upload_id)
    assert (upload["accepted"], upload["progress"]) == (1, {"done": 1, "total": 1})


def test_repeating_a_test_gives_the_same_one_and_writes_once(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api)
    written = kept_records(agency)
    assert send(api).json()["id"] == upload_id
    assert kept_records(agency) == written
    for test_rows in ("3", None):
        refused = send(api, test_rows=test_rows)
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-reused")


def test_what_was_decided_stays_decided(call: Call) -> None:
    api = call("ADM")
    kept, rolled_back = tried(api), None
    api("POST", f"/v1/uploads/{kept}/keep")
    sent = send(api, insert("P4"), key="another").json()
    rolled_back = api.wait(sent["id"])["id"]
    api("POST", f"/v1/uploads/{rolled_back}/roll-back")
    for upload_id, step in ((kept, "roll-back"), (rolled_back, "keep")):
        refused = api("POST", f"/v1/uploads/{upload_id}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")


def test_an_upload_that_is_no_test_is_neither_kept_nor_rolled_back(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P2"))).json()["id"]
    api.wait(upload_id, "complete")
    written = kept_records(agency)
    for step in ("keep", "roll-back"):
        refused = api("POST", f"/v1/uploads/{upload_id}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
        assert refused.json()["detail"].startswith("This upload is no test")
    assert kept_records(agency) == written


def test_a_test_that_is_not_written_yet_is_neither_kept_nor_rolled_back(call: Call) -> None:
    api = call("ADM")
    upload_id = send(api, insert("nobody")).json()["id"]
    api.wait(upload_id, "needs-fixes")
    for step in ("keep", "roll-back"):
        refused = api("POST", f"/v1/uploads/{upload_id}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert api("POST", f"/v1/uploads/{upload_id}/cancel").json()["state"] == "cancelled"


def test_a_test_that_waits_for_its_users_word_is_not_cancelled_but_an_undo_rolls_it_back(
    call: Call, agency: Agency
) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = tried(api)
    refused = api("POST", f"/v1/uploads/{upload_id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert "Keep it or roll it back" in refused.json()["detail"]
    assert api("POST", f"/v1/uploads/{upload_id}/undo").json()["state"] == "undone"
    assert api.upload(upload_id)["test"] == {"rows": 2, "kept": False}
    assert kept_records(agency) == before


def test_what_somebody_built_upon_a_test_stays_when_it_is_rolled_back(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api, insert("P2"), insert("P3"))
    row = update("P2", caseworker="Carla Ruiz", others={"Caseworker Relationship": "Secondary"})
    api.wait(api.submit(table(row)).json()["id"], "complete")
    answer = api("POST", f"/v1/uploads/{upload_id}/roll-back").json()
    assert (answer["state"], answer["reason"]) == (
        "undone",
        "Alice Admin took back 1 change; 1 could not be taken back and stays.",
    )
    assert len(agency.assignments()) == 4


def test_a_test_of_which_nothing_can_be_taken_back_waits_to_be_kept(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = tried(api, insert("P2"))
    row = update("P2", caseworker="Carla Ruiz", others={"Caseworker Relationship": "Secondary"})
    api.wait(api.submit(table(row)).json()["id"], "complete")
    written = kept_records(agency)
    refused = api("POST", f"/v1/uploads/{upload_id}/roll-back")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert kept_records(agency) == written
    assert api("POST", f"/v1/uploads/{upload_id}/keep").json()["test"] == {"rows": 2, "kept": True}


def test_nobody_else_decides_on_a_test(call: Call, agency: Agency) -> None:
    upload_id = tried(call("ADM"))
    written = kept_records(agency)
    for step in ("keep", "roll-back"):
        refused = call("S2")("POST", f"/v1/uploads/{upload_id}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (404, "upload-not-found")
    assert kept_records(agency) == written


@pytest.mark.parametrize(
    ("step", "line", "subjects"),
    [
        ("keep", "test kept", ["Caseload upload complete"]),
        ("roll-back", "upload undone", []),
        ("undo", "upload undone", []),
    ],
)
def test_a_test_is_mailed_about_once_it_is_kept_and_never_where_it_is_taken_back(
    call: Call, agency: Agency, step: str, line: str, subjects: list[str]
) -> None:
    api = call("ADM")
    upload_id = tried(api)

    def mails() -> list[str]:
        with reading(agency.engine) as connection:
            return list(connection.execute(select(outbox.c.subject)).scalars())

    assert mails() == []
    for _ in range(2):
        api("POST", f"/v1/uploads/{upload_id}/{step}")
    assert mails() == subjects
    with reading(agency.engine) as connection:
        noted = select(func.count()).where(audit.c.upload_id == upload_id, audit.c.what == line)
        assert connection.execute(noted).scalar_one() == 1
