"""What becomes of a remembered fix that somebody's rows contradict (SPEC 5)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from server.records.database import reading
from server.records.tables import audit
from tests.support.served import Agency, Api, Call, insert, table

BOSS = {"column": "Caseworker Name", "value": "The Boss", "code": "unknown-staff", "replacement": "Carla Ruiz"}


@pytest.fixture
def admin(call: Call) -> Api:
    return call("ADM")


def remember(api: Api) -> None:
    assert api("POST", "/v1/remembered", json={"fixes": [BOSS]}).status_code == 200


def suggested(api: Api) -> list[tuple[str, bool, str]]:
    [group] = api.validate(table(insert("P3", caseworker="the boss"))).json()["fixes"]
    return [(one["value"], one["remembered"], one["label"]) for one in group["suggestions"]]


def corrected(api: Api) -> bool:
    [fix] = api.get("/v1/remembered").json()["remembered"]
    return bool(fix["corrected"])


def test_a_fix_that_was_corrected_again_is_no_longer_offered_first(admin: Api) -> None:
    """Until rows are written in which it held again, or somebody has it remembered anew."""

    def written_with(answer: str, participant: str) -> None:
        upload_id = admin.submit(table(insert(participant, caseworker="The Boss")), answer + participant).json()["id"]
        admin.wait(upload_id)
        admin.fix(upload_id, ("Caseworker Name", "The Boss", "unknown-staff", answer))
        admin("POST", f"/v1/uploads/{upload_id}/continue")
        assert admin.wait(upload_id)["state"] == "complete"

    remember(admin)
    written_with("Robert Smith", "P1")
    last = "Carla Ruiz · remembered, but corrected again since · only a guess"
    assert (suggested(admin)[-1], corrected(admin)) == (("Carla Ruiz", False, last), True)
    written_with("Carla Ruiz", "P2")
    assert (suggested(admin)[0], corrected(admin)) == (("Carla Ruiz", True, "Carla Ruiz"), False)
    written_with("Robert Smith", "P2")
    remember(admin)
    assert (suggested(admin)[0], corrected(admin)) == (("Carla Ruiz", True, "Carla Ruiz"), False)


def test_a_test_of_rows_corrects_no_fix_and_of_an_upload_the_audit_trail_says_that_it_did(
    admin: Api, agency: Agency
) -> None:
    """A test may be taken back at once, and would leave the fix of an administrator a guess for everybody."""
    remember(admin)
    said = table(insert("P1", caseworker="Robert Smith"), fixed={"2": {"Caseworker Name": "The Boss"}})
    test = admin("POST", "/v1/uploads?test_rows=2", json=said, headers={"Idempotency-Key": "a test"}).json()["id"]
    admin.wait(test)
    assert not corrected(admin)
    assert admin("POST", f"/v1/uploads/{test}/undo").json()["state"] == "undone"
    upload_id = admin.submit(said).json()["id"]
    assert (admin.wait(upload_id)["state"], corrected(admin)) == ("complete", True)
    with reading(agency.engine) as connection:
        line = select(audit.c.detail).where(audit.c.upload_id == upload_id, audit.c.what == "upload complete")
        [detail] = connection.execute(line).scalars()
    assert json.loads(detail)["remembered fixes corrected"] == 1
