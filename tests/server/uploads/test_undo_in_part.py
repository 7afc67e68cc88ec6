"""Undo by somebody who may not change all that the upload wrote any more: nothing is taken back, so that
whoever may can take back the whole (R10)."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy import update as change

from server.records.database import reading, writing
from server.records.tables import access, assignments, outbox
from tests.server.uploads.test_test_rows import tried
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Call, insert, update
from tests.support.undoing import counts, enrolling, take_back, write

ROWS = (
    insert("P2"),
    enrolling(insert("Q0002", caseworker="Robert Smith", start="2024-05-01"), "2024-04-01"),
    update("P1"),
)
"""One of S2's own caseload, two of another's."""


def withdraw_others(agency: Agency) -> None:
    """Nobody but administrators may change others' caseloads any more."""
    with writing(agency.engine) as connection:
        connection.execute(change(access).where(access.c.others).values(others=False))


def test_whoever_may_not_change_all_that_an_upload_wrote_takes_nothing_back_and_an_administrator_the_whole(
    call: Call, agency: Agency
) -> None:
    api, before = call("S2"), kept_records(agency)
    upload_id = write(api, *ROWS)
    written = kept_records(agency)
    withdraw_others(agency)
    for preview in (True, False):
        told = take_back(api, upload_id, preview)
        assert (told["preview"], told["state"], counts(told)) == (preview, "complete", [0, 0, 0, 0])
        assert {(one["row"], one["record"]): one["why"].partition(",")[0] for one in told["impossible"]} == {
            (2, "assignment"): "This upload also changed a caseload that you may not change any more",
            (3, "assignment"): "You may not change this caseload any more",
            (3, "enrollment"): "You may not change this caseload any more",
            (4, "assignment"): "You may not change this caseload any more",
        }
        assert all("Ask a site administrator to undo this upload." in one["why"] for one in told["impossible"])
    assert kept_records(agency) == written
    with reading(agency.engine) as connection:
        assert "Caseload upload undone" not in connection.execute(select(outbox.c.subject)).scalars().all()
    told = take_back(call("ADM"), upload_id)
    assert (told["state"], counts(told), told["kept"], told["impossible"]) == ("undone", [2, 1, 1, 0], [], [])
    assert kept_records(agency) == before


def test_nor_do_they_take_back_a_part_of_a_test(call: Call, agency: Agency) -> None:
    api, before = call("S2"), kept_records(agency)
    upload_id = tried(api, insert("P2"), insert("P3", caseworker="Robert Smith"))
    written = kept_records(agency)
    withdraw_others(agency)
    refused = api("POST", f"/v1/uploads/{upload_id}/roll-back")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert "ask a site administrator to roll it back" in refused.json()["detail"]
    assert kept_records(agency) == written
    assert call("ADM")("POST", f"/v1/uploads/{upload_id}/roll-back").json()["state"] == "undone"
    assert kept_records(agency) == before


def test_who_may_change_nothing_of_it_any_more_takes_nothing_back(call: Call, agency: Agency) -> None:
    upload_id = write(call("S2"), *ROWS)
    written = kept_records(agency)
    with writing(agency.engine) as connection:
        connection.execute(delete(access))
    told = take_back(call("S2"), upload_id)
    assert (told["state"], counts(told), len(told["impossible"])) == ("complete", [0, 0, 0, 0], 4)
    assert kept_records(agency) == written


def test_what_nobody_can_reverse_keeps_nobody_from_the_rest(call: Call, agency: Agency) -> None:
    """Somebody who works on the database itself has removed an assignment, of whose row an enrollment stays."""
    api = call("S2")
    upload_id = write(api, *ROWS, insert("Q0002", start="2024-05-01"))
    with writing(agency.engine) as connection:
        begun = select(assignments.c.record_id).where(assignments.c.begun_by == upload_id)
        _own, enrolled, _again = connection.execute(begun.order_by(assignments.c.record_id)).scalars()
        connection.execute(delete(assignments).where(assignments.c.record_id == enrolled))
    told = take_back(api, upload_id)
    assert (told["state"], counts(told)) == ("undone", [2, 1, 0, 0])
    assert {one["record"]: one["why"] for one in told["impossible"]} == {
        "assignment": "It is no longer there, so nothing can be reversed.",
        "enrollment": "It is no longer known whose caseload it was, for the assignment of its row is gone, so it "
        "stays.",
    }
