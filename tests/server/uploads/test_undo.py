"""Undo: what an upload wrote is taken back where nobody changed it since, once, and it is told what stays and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from server.records.database import reading, writing
from server.records.sites import set_rules
from server.records.tables import assignments, audit, outbox, sites, upload_sheets
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Call, insert, table, update
from tests.support.undoing import EVERYTHING, bring_in, counts, enrolling, take_back, write


def test_everything_an_upload_wrote_is_taken_back_to_what_it_was(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), kept_records(agency)
    upload_id = write(api, *EVERYTHING)
    assert kept_records(agency) != before
    told = take_back(api, upload_id)
    assert (told["preview"], told["state"], counts(told)) == (False, "undone", [2, 2, 1, 1])
    assert (told["kept"], told["impossible"]) == ([], [])
    assert kept_records(agency) == before
    upload = api.upload(upload_id)
    assert (upload["state"], upload["accepted"], upload["reason"]) == (
        "undone",
        4,
        "Alice Admin took back all that it wrote (6 changes).",
    )


def test_a_preview_says_the_same_and_changes_nothing(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = write(api, *EVERYTHING)
    written = kept_records(agency)
    told = take_back(api, upload_id, preview=True)
    assert (told["preview"], told["state"], counts(told)) == (True, "complete", [2, 2, 1, 1])
    assert kept_records(agency) == written
    done = take_back(api, upload_id, preview=False)
    assert counts(done) == counts(told)
    after = take_back(api, upload_id, preview=True)
    assert {**after, "preview": False} == done


def test_taking_back_in_parts_says_the_same_as_in_one(
    call: Call, agency: Agency, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = call("ADM")
    rows = [insert(f"Q{number:04d}", start="2024-05-01") for number in range(1, 9)]
    upload_id = write(
        api,
        *(enrolling(row, start="2024-04-01") for row in rows),
        update("P1"),
        insert("P4"),
    )
    write(api, update("P4", caseworker="Carla Ruiz", end="2024-06-02"), key="since")
    with writing(agency.engine) as connection:
        gone = connection.execute(select(assignments.c.record_id).where(assignments.c.begun_by == upload_id)).scalars()
        connection.execute(delete(assignments).where(assignments.c.record_id == gone.all()[2]))
    whole = take_back(api, upload_id, preview=True)
    for people in (1, 3):
        monkeypatch.setattr("server.uploads.undo._PEOPLE_AT_ONCE", people)
        assert take_back(api, upload_id, preview=True) == whole
    assert [counts(whole), len(whole["kept"]), len(whole["impossible"])] == [[7, 1, 7, 0], 1, 2]


def test_undoing_twice_answers_the_same_and_reverses_once(call: Call, agency: Agency) -> None:
    api = call("ADM")
    first = write(api, insert("P2"), update("P1"))
    done = take_back(api, first)
    second = write(api, insert("P2"), update("P1"), key="key-2")
    written = kept_records(agency)
    assert take_back(api, first) == done
    assert kept_records(agency) == written
    assert api.upload(second)["state"] == "complete"


def test_what_another_upload_ended_since_is_kept_and_said_why(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = write(api, insert("P2"), insert("P3"))
    other = update("P2", caseworker="Carla Ruiz", others={"Caseworker Relationship": "Secondary"})
    write(api, other, key="key-2")
    before = kept_records(agency)
    told = take_back(api, upload_id)
    assert (told["state"], counts(told)) == ("undone", [1, 0, 0, 0])
    (kept,) = told["kept"]
    assert (kept["row"], kept["record"]) == (2, "assignment")
    assert kept["why"] == "It was ended on 6/1/2024 by another upload since, so it stays."
    assert api.upload(upload_id)["reason"] == "Alice Admin took back 1 change; 1 could not be taken back and stays."
    after = kept_records(agency)
    assert len(before["assignments"]) - len(after["assignments"]) == 1
    assert kept["record_id"] in [row[1] for row in after["assignments"]]


def test_what_an_import_changed_since_is_kept(call: Call, agency: Agency, tmp_path: Path) -> None:
    api = call("ADM")
    upload_id = write(api, insert("P2"), insert("P3"), insert("P4"))
    lines = (
        "Participant ID,Program ID,Staff ID,Caseworker Relationship,Caseload Status,Start Date,End Date,"
        "Reason for Dismissal",
        "P2,YES,S2,Secondary,Active,2024-05-01,2024-05-20,Moved",
        "P3,YES,S2,Secondary,On Hold,2024-05-01,,",
    )
    bring_in(agency, tmp_path / "import", "assignments", *lines)
    told = take_back(api, upload_id)
    assert [(kept["row"], kept["why"]) for kept in told["kept"]] == [
        (2, "It was ended on 5/20/2024 by an import since, so it stays."),
        (3, "It was changed by an import since, so it stays."),
    ]
    assert counts(told) == [1, 0, 0, 0]


def test_an_ended_assignment_that_was_begun_anew_is_not_reopened(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = write(api, update("P1"))
    again = write(api, insert("P1", caseworker="Robert Smith", relationship="Primary", start="2024-06-02"), key="key-2")
    before = kept_records(agency)
    told = take_back(api, upload_id)
    assert (told["state"], counts(told)) == ("complete", [0, 0, 0, 0])
    assert told["kept"][0]["why"].startswith("The same assignment was begun anew on 6/2/2024 (record ")
    assert kept_records(agency) == before
    assert api.upload(upload_id)["state"] == "complete"
    take_back(api, again)
    assert counts(take_back(api, upload_id)) == [0, 1, 0, 0], "nothing stands in its way any more"


def test_where_one_primary_is_allowed_another_one_since_keeps_the_old_one_ended(call: Call, agency: Agency) -> None:
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, one_primary=True)
    api = call("ADM")
    upload_id = write(api, update("P1"))
    write(api, insert("P1", relationship="Primary", start="2024-06-02"), key="key-2")
    told = take_back(api, upload_id)
    assert told["kept"][0]["why"].startswith("Another caseworker is Primary since 6/2/2024 (record ")


def test_a_transfer_in_one_upload_is_taken_back_whole(call: Call, agency: Agency) -> None:
    with writing(agency.engine) as connection:
        set_rules(connection, agency.site_id, one_primary=True)
    api, before = call("ADM"), kept_records(agency)
    upload_id = write(api, update("P1"), insert("P1", relationship="Primary", start="2024-06-02"))
    assert counts(take_back(api, upload_id)) == [1, 1, 0, 0]
    assert kept_records(agency) == before


def test_an_assignment_begun_and_ended_by_the_same_upload_is_removed(call: Call, agency: Agency) -> None:
    api, before = call("ADM"), kept_records(agency)
    row = update("P2", caseworker="Carla Ruiz", others={"Caseworker Relationship": "Secondary"})
    upload_id = write(api, insert("P2"), row)
    assert counts(take_back(api, upload_id)) == [1, 0, 0, 0]
    assert kept_records(agency) == before


def test_an_enrollment_that_a_later_assignment_depends_on_is_kept(call: Call) -> None:
    api = call("ADM")
    upload_id = write(api, enrolling(insert("Q0001", program="SH"), "2024-04-01"))
    write(api, insert("Q0001", program="SH", caseworker="Robert Smith"), key="key-2")
    told = take_back(api, upload_id)
    assert counts(told) == [1, 0, 0, 0]
    (kept,) = told["kept"]
    assert (kept["record"], kept["why"].partition(" (record")[0]) == (
        "enrollment",
        "An assignment that stays depends on this enrollment",
    )


def test_an_enrollment_that_was_ended_since_is_kept(call: Call) -> None:
    api = call("ADM")
    upload_id = write(api, enrolling(insert("Q0001", program="SH"), "2024-04-01"))
    row = enrolling(update("Q0001", caseworker="Carla Ruiz", others={"Program ID": "SH"}), "", "2024-06-30")
    write(api, row, key="key-2")
    told = take_back(api, upload_id)
    assert (told["state"], [kept["record"] for kept in told["kept"]]) == ("complete", ["assignment", "enrollment"])
    assert told["kept"][1]["why"] == "It was ended on 6/30/2024 by another upload or an import since, so it stays."


def test_an_enrollment_is_not_reopened_once_the_participant_is_enrolled_again(call: Call) -> None:
    api = call("ADM")
    row = enrolling(update("P1", others={"Program ID": "YES"}), "", "2024-06-30")
    upload_id = write(api, row)
    write(api, enrolling(insert("P1", start="2024-08-01"), "2024-08-01"), key="key-2")
    told = take_back(api, upload_id)
    assert counts(told) == [0, 1, 0, 0]
    assert [kept["why"].partition(" (record")[0] for kept in told["kept"]] == [
        "The participant was enrolled again on 8/1/2024"
    ]


def test_a_row_downloaded_before_the_upload_is_good_again_after_its_undo(call: Call) -> None:
    api = call("ADM")
    (known,) = api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"]
    take_back(api, write(api, update("P1")))
    (again,) = api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"]
    assert again == known
    report = api.validate(table(update("P1"), versions={"2": known["version"]})).json()
    assert report["problems"] == []


def test_nobody_but_its_submitter_and_administrators_can_undo_an_upload(call: Call, agency: Agency) -> None:
    upload_id = write(call("ADM"), insert("P2"))
    written = kept_records(agency)
    for preview in ("true", "false"):
        refused = call("S2")("POST", f"/v1/uploads/{upload_id}/undo", params={"preview": preview})
        assert (refused.status_code, refused.json()["code"]) == (404, "upload-not-found")
    assert kept_records(agency) == written


def test_an_upload_that_wrote_nothing_yet_or_never_cannot_be_undone(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    for state in ("needs-fixes", "cancelled"):
        for preview in ("true", "false"):
            refused = api("POST", f"/v1/uploads/{upload_id}/undo", params={"preview": preview})
            assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
            assert state in refused.json()["detail"]
        api("POST", f"/v1/uploads/{upload_id}/cancel")


def test_an_undone_upload_can_neither_be_cancelled_nor_continued(call: Call) -> None:
    api = call("ADM")
    upload_id = write(api, insert("P2"))
    take_back(api, upload_id)
    for step in ("cancel", "continue"):
        assert api("POST", f"/v1/uploads/{upload_id}/{step}").json()["code"] == "upload-state"
    assert api.get(f"/v1/uploads/{upload_id}/problems").json()["problems"] == []
    assert [one["id"] for one in api.get("/v1/uploads", params={"state": "undone"}).json()["uploads"]] == [upload_id]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_the_log_tells_what_was_written_and_below_what_was_taken_back(call: Call, format: str) -> None:
    api = call("ADM")
    upload_id = write(api, insert("P2"), update("P1"))
    take_back(api, upload_id)
    rows = api.get(f"/v1/uploads/{upload_id}/log").json()["rows"]
    assert [(row["row"], row["action"], row["result"], row["message"]) for row in rows] == [
        (2, "Insert", "begun", ""),
        (3, "Update", "ended", ""),
        (2, "Undo", "removed", "The assignment is removed again."),
        (3, "Undo", "reopened", "The assignment is open again."),
    ]
    assert [row["record_id"] for row in rows[:2]] == [row["record_id"] for row in rows[2:]]
    answer = api.get(f"/v1/uploads/{upload_id}/log", params={"format": format})
    assert answer.status_code == 200
    if format == "csv":
        assert answer.content.decode("utf-8-sig").count(",Undo,") == 2


def test_an_undo_moves_the_sites_revision_and_leaves_an_audit_line_and_a_mail(call: Call, agency: Agency) -> None:
    api = call("S2")
    upload_id = write(api, insert("P2"))
    with reading(agency.engine) as connection:
        revision = connection.execute(select(sites.c.revision)).scalar_one()
    take_back(call("ADM"), upload_id)
    with reading(agency.engine) as connection:
        assert connection.execute(select(sites.c.revision)).scalar_one() == revision + 1
        who, detail = connection.execute(
            select(audit.c.who, audit.c.detail).where(audit.c.what == "upload undone")
        ).one()
        assert (who, detail) == ("ADM", '{"assignment removed": 1}')
        recipient, body = connection.execute(
            select(outbox.c.recipient, outbox.c.body).where(outbox.c.subject == "Caseload upload undone")
        ).one()
    assert recipient == "carla@agency.test"
    assert "Your upload was undone. Alice Admin took back all that it wrote (1 change)." in body
    assert "P2" not in body.replace(upload_id, "")


def test_an_upload_of_a_version_that_kept_nothing_for_an_undo_says_so(call: Call, agency: Agency) -> None:
    api = call("ADM")
    upload_id = write(api, insert("P2"))
    with writing(agency.engine) as connection:
        connection.execute(delete(upload_sheets).where(upload_sheets.c.kind == "before"))
    refused = api("POST", f"/v1/uploads/{upload_id}/undo")
    assert (refused.status_code, refused.json()["code"]) == (409, "upload-state")
    assert "earlier version" in refused.json()["detail"]


def test_an_undo_of_an_upload_that_wrote_no_record_changes_nothing(call: Call) -> None:
    api = call("ADM")
    upload_id = api.submit(table(insert("P9"))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    api.fix(upload_id, leave_out=[2])
    api("POST", f"/v1/uploads/{upload_id}/continue")
    api.wait(upload_id, "complete")
    told = take_back(api, upload_id)
    assert (told["state"], told["reversed"], told["kept"], told["impossible"]) == ("complete", 0, [], [])
