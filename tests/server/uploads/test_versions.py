"""A row that was downloaded is held to the version that it was downloaded with; both states are shown (SPEC R12)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from server.records import upload_queue
from server.records.database import writing
from server.uploads import lifecycle
from server.uploads.write import WriteOutcome, process_upload
from server.worker import take_up_next
from tests.server.uploads.test_killed import administrator
from tests.server.uploads.test_worker import state
from tests.support.kept_records import kept_records
from tests.support.served import Agency, Api, Call, insert, table, update
from tests.support.undoing import bring_in, take_back, write
from workbook.report import SURE
from workbook.sheet import sheet_of

CHANGED = (
    "Participant ID,Program ID,Staff ID,Caseworker Relationship,Caseload Status,Start Date,End Date,"
    "Reason for Dismissal",
    "P1,YES,S1,Primary,On Hold,2024-02-01,,",
)


def downloaded(api: Api, row: list[Any]) -> dict[str, Any]:
    """The row as somebody sends it who has downloaded the assignment just now."""
    (known,) = api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"]
    return table(row, versions={"2": [known["version"], known["id"]]})


def problems(api: Api, upload_id: str) -> list[tuple[Any, ...]]:
    report = api.get(f"/v1/uploads/{upload_id}/problems").json()
    return [(one["row"], one["column"], one["code"], one["message"]) for one in report["problems"]]


def test_a_row_whose_assignment_an_import_changed_since_shows_both_states_and_writes_nothing(
    call: Call, agency: Agency, tmp_path: Path
) -> None:
    api = call("ADM")
    body = downloaded(api, update("P1", others={"Caseload Status": "Active"}))
    bring_in(agency, tmp_path / "import", "assignments", *CHANGED)
    before = kept_records(agency)
    upload_id = api.submit(body).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    ((row, column, code, message),) = problems(api, upload_id)
    assert (row, column, code) == (2, "Update or Insert", "assignment-changed")
    assert message == (
        "Somebody changed this assignment since you downloaded it. Caseload Status: yours Active, now On Hold; "
        "End Date: yours 6/1/2024, now empty. Choose “keep mine” or “take theirs”."
    )
    assert kept_records(agency) == before


def test_of_two_people_who_end_the_same_assignment_the_second_is_shown_what_the_first_did(call: Call) -> None:
    api = call("ADM")
    as_it_was = {"Caseworker Relationship": "Primary", "Caseload Status": "Active", "Start Date": "2024-02-01"}
    first, second = downloaded(api, update("P1")), downloaded(api, update("P1", end="2024-06-15", others=as_it_was))
    assert api.wait(api.submit(first, "1").json()["id"])["state"] == "complete"
    upload_id = api.submit(second, "2").json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    ((_row, _column, code, message),) = problems(api, upload_id)
    assert code == "assignment-changed"
    assert "End Date: yours 6/15/2024, now 6/1/2024." in message
    assert message.endswith("It is ended, and a closed assignment stays as it is: choose “take theirs”.")


def test_a_change_between_the_check_and_the_write_is_found_by_its_version(agency: Agency, tmp_path: Path) -> None:
    who = administrator(agency)
    given = table(update("P1"))
    sheet = sheet_of(given["header"], given["rows"], versions={2: 1})
    upload_id = lifecycle.submit(agency.engine, who, "key", lifecycle.Submission("june.csv", sheet)).id
    with writing(agency.engine) as connection:
        held = upload_queue.claim(connection, 30)
    assert held is not None

    def meanwhile() -> None:
        bring_in(agency, tmp_path / "import", "assignments", *CHANGED)

    assert process_upload(agency.engine, held, 30, meanwhile) is WriteOutcome.NEEDS_FIXES
    assert state(agency, upload_id) == "needs-fixes"
    report = lifecycle.current_report(agency.engine, who, upload_id)
    assert [problem["code"] for problem in report["problems"]] == ["assignment-changed"]  # type: ignore[attr-defined]
    assert take_up_next(agency.engine, agency.settings(tmp_path)) is None


def test_a_row_is_good_again_once_what_came_between_is_undone(call: Call, agency: Agency) -> None:
    api = call("ADM")
    mine = downloaded(api, update("P1", end="2024-06-15"))
    theirs = write(api, update("P1"))
    assert [one["code"] for one in api.validate(mine).json()["problems"]] == ["assignment-changed"]
    take_back(api, theirs)
    assert api.wait(api.submit(mine, "mine").json()["id"])["state"] == "complete"


AS_IT_WAS = {"Caseworker Relationship": "Primary", "Caseload Status": "Active", "Start Date": "2024-02-01"}


def test_a_row_does_not_end_another_assignment_that_was_begun_anew_since_with_the_same_version(
    call: Call, agency: Agency
) -> None:
    """A correction as people make it: what was downloaded is ended, and begun anew on its day with another status."""
    api = call("ADM")
    mine = downloaded(call("S1"), update("P1", end="2024-06-15", others=AS_IT_WAS))
    mine["downloaded"] = {"2": AS_IT_WAS}
    theirs = write(api, update("P1", end="2024-03-01", others={"Program ID": "YES"}), key="ended")
    anew = insert("P1", "YES", "Robert Smith", "Primary", "2024-02-01", others={"Caseload Status": "On Hold"})
    anew_id = write(api, anew, key="anew")
    before = kept_records(agency)
    upload_id = call("S1").submit(mine, "mine").json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    report = api.get(f"/v1/uploads/{upload_id}/problems").json()
    assert [one["message"] for one in report["problems"]] == [
        "Somebody changed this assignment since you downloaded it. Caseload Status: downloaded Active, yours Active, "
        "now On Hold; End Date: downloaded empty, yours 6/15/2024, now empty. What you downloaded is no longer open, "
        "and this is another assignment: choose “take theirs”."
    ]
    (fix,) = report["fixes"]
    assert [one["value"] for one in fix["suggestions"]] == ["take theirs"]
    key = ("Update or Insert", "Update, row 2", "assignment-changed")
    assert api.fix(upload_id, (*key, "keep mine (version 1)")).json()["counts"]["errors"] == 1
    assert kept_records(agency) == before
    for one in (anew_id, theirs):
        take_back(api, one)
    assert call("S1").validate(mine).json()["problems"] == []


def test_a_downloaded_row_that_its_user_has_turned_to_another_open_assignment_ends_that_one(call: Call) -> None:
    api = call("ADM")
    mine = downloaded(api, update("P1", caseworker="Carla Ruiz", others={"Program ID": "YES"}))
    write(api, insert("P1"), key="another")
    assert api.validate(mine).json()["problems"] == []


def conflict(call: Call, agency: Agency, folder: Path) -> tuple[Api, str]:
    """An upload whose second row is of an assignment that an import changed; it was downloaded as Active."""
    api = call("ADM")
    mine = downloaded(api, update("P1", others={"Caseload Status": "On Hold"}))
    mine["downloaded"] = {"2": {"Caseload Status": "Active", "Start Date": "2024-02-01"}}
    mine["rows"].append(insert("P3"))
    bring_in(agency, folder / "import", "assignments", *CHANGED)
    upload_id = api.submit(mine).json()["id"]
    assert api.wait(upload_id)["state"] == "needs-fixes"
    return api, upload_id


def test_what_was_downloaded_stands_beside_what_the_row_says_and_what_is_there_now(
    call: Call, agency: Agency, tmp_path: Path
) -> None:
    api, upload_id = conflict(call, agency, tmp_path)
    report = api.get(f"/v1/uploads/{upload_id}/problems").json()
    assert [one["message"] for one in report["problems"]] == [
        "Somebody changed this assignment since you downloaded it. Caseload Status: downloaded Active, yours On Hold, "
        "now On Hold; End Date: downloaded empty, yours 6/1/2024, now empty. Choose “keep mine” or “take theirs”."
    ]
    (fix,) = report["fixes"]
    assert [one["value"] for one in fix["suggestions"]] == ["keep mine (version 2)", "take theirs"]
    assert max(one["score"] for one in fix["suggestions"]) < SURE


def test_keep_mine_writes_the_row_over_it_unless_it_changes_once_more(
    call: Call, agency: Agency, tmp_path: Path
) -> None:
    api, upload_id = conflict(call, agency, tmp_path)
    key = ("Update or Insert", "Update, row 2", "assignment-changed")
    assert api.fix(upload_id, (*key, "keep it")).json()["unknown"][0]["message"].startswith("Of an assignment that")
    assert api.fix(upload_id, (*key, "keep mine (version 2)")).json()["counts"]["errors"] == 0
    bring_in(agency, tmp_path / "again", "assignments", CHANGED[0], CHANGED[1].replace("On Hold", "Active"))
    assert len(problems(api, upload_id)) == 1
    assert api.fix(upload_id, (*key, "Keep Mine (version 3)")).json()["counts"]["errors"] == 0
    api("POST", f"/v1/uploads/{upload_id}/continue")
    assert api.wait(upload_id)["accepted"] == 2
    assert api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"][0]["end_date"] == "2024-06-01"


def test_take_theirs_leaves_the_row_out(call: Call, agency: Agency, tmp_path: Path) -> None:
    api, upload_id = conflict(call, agency, tmp_path)
    key = ("Update or Insert", "Update, row 2", "assignment-changed")
    fixed = api.fix(upload_id, (*key, "take theirs")).json()
    assert [fixed["counts"]["errors"], fixed["upload"]["left_out"], fixed["unknown"]] == [0, 1, []]
    api("POST", f"/v1/uploads/{upload_id}/continue")
    done = api.wait(upload_id)
    assert [done["state"], done["accepted"], done["left_out"]] == ["complete", 1, 1]
    assert api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"][0]["end_date"] == ""
