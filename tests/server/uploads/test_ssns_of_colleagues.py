"""Whose SSN tries they are, where several people are at work on one upload (SPEC 7)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.records.database import reading
from server.records.tables import audit
from tests.support.served import Agency, Api, Call, insert, table


def given(agency: Agency) -> list[tuple[str, Any]]:
    """The lines on wrong SSNs: whose, and in which upload."""
    with reading(agency.engine) as connection:
        query = select(audit.c.who, audit.c.upload_id).where(audit.c.what == "wrong SSNs given")
        return [tuple(line) for line in connection.execute(query.order_by(audit.c.number))]


def submitted(api: Api, participant: str, ssn: str) -> str:
    upload_id: str = api.submit(table(insert(participant, others={"SSN": ssn}))).json()["id"]
    api.wait(upload_id, "needs-fixes")
    return upload_id


def test_what_an_administrator_tries_in_a_colleague_s_upload_counts_and_is_told_as_theirs(
    agency: Agency, call: Call
) -> None:
    carla, admin = call("S2"), call("ADM")
    upload_id = submitted(carla, "P3", "823-12-0001")
    [problem] = admin.get(f"/v1/uploads/{upload_id}/problems").json()["problems"]
    for guess in ("823-12-0002", "823-12-0003"):
        assert admin.fix(upload_id, (problem["column"], problem["value"], problem["code"], guess)).status_code == 200
    carla.get(f"/v1/uploads/{upload_id}/problems")
    assert given(agency) == [("S2", upload_id), ("ADM", upload_id), ("ADM", upload_id)]


def test_whoever_looks_at_what_a_colleague_gave_gives_nothing(
    agency: Agency, call: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it use up how many they may give themselves."""
    monkeypatch.setattr("server.judge.ssns.MOST_ALONE", 1)
    carla, admin = call("S2"), call("ADM")
    upload_id = submitted(carla, "", "823-12-0001")
    report = admin.get(f"/v1/uploads/{upload_id}/problems").json()
    assert [problem["code"] for problem in report["problems"]] == ["unknown-participant"], "as it was told to Carla"
    assert admin("POST", f"/v1/uploads/{upload_id}/continue").json()["code"] == "errors-open"
    assert given(agency) == [("S2", upload_id)]
    right = table(insert("", others={"SSN": "823-11-0003"}))
    said = [[problem["code"] for problem in one.validate(right).json()["problems"]] for one in (admin, carla)]
    assert said == [[], ["ssn-tried"]]
