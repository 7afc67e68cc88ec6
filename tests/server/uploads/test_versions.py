"""A row that was downloaded is held to the version that it was downloaded with; both states are shown (SPEC R12)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from server.records import uploads
from server.records.database import writing
from server.uploads import lifecycle
from server.uploads.write import Outcome, carry_out
from server.worker import take_up_next
from tests.server.kept_records import kept_records
from tests.server.served import Agency, Api, table, update
from tests.server.uploads.test_killed import administrator
from tests.server.uploads.test_undo import bring_in, take_back, write
from tests.server.uploads.test_worker import state
from workbook.sheet import sheet_of

Call = Callable[[str], Api]
CHANGED = (
    "Participant ID,Program ID,Staff ID,Caseworker Relationship,Caseload Status,Start Date,End Date,"
    "Reason for Dismissal",
    "P1,YES,S1,Primary,On Hold,2024-02-01,,",
)


def downloaded(api: Api, row: list[Any]) -> dict[str, Any]:
    """The row as somebody sends it who has downloaded the assignment just now."""
    (known,) = api.get("/v1/assignments", params={"participant": "P1"}).json()["assignments"]
    return table(row, versions={"2": known["version"]})


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
    yours, stored = message.partition("Now stored:")[::2]
    assert "You have:" in yours
    assert "Active" in yours
    assert "On Hold" in stored
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
    assert "You have: Primary, Active, 2024-02-01 (version 1)." in message
    assert "Now stored: Primary in Youth Employment since 2024-02-01 ended 2024-06-01, Active (version 2)." in message


def test_a_change_between_the_check_and_the_write_is_found_by_its_version(agency: Agency, tmp_path: Path) -> None:
    who = administrator(agency)
    given = table(update("P1"))
    sheet = sheet_of(given["header"], given["rows"], versions={2: 1})
    upload_id = lifecycle.submit(agency.engine, who, "key", "june.csv", sheet).id
    with writing(agency.engine) as connection:
        held = uploads.claim(connection, 30)
    assert held is not None

    def meanwhile() -> None:
        bring_in(agency, tmp_path / "import", "assignments", *CHANGED)

    assert carry_out(agency.engine, held, 30, meanwhile) is Outcome.ASKED
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
