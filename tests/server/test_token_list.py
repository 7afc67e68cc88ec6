"""Tokens over the API: who has which, and ending them (SPEC 7, 8)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.records.database import reading, writing
from server.records.tables import audit
from server.records.tokens import create_token
from tests.support.served import Agency, Api, Call


def listed(api: Api) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get("/v1/tokens").json()["tokens"]
    return found


def test_one_sees_and_ends_one_s_own_tokens_and_an_administrator_the_site_s(
    call: Call, agency: Agency, address: str
) -> None:
    with writing(agency.engine) as connection:
        laptop = Api(address, create_token(connection, agency.site_id, "S1", 1, "laptop"))
    bob, admin = call("S1"), call("ADM")
    assert [(one["staff_id"], one["label"], one["this_one"]) for one in listed(bob)] == [
        ("S1", "", True), ("S1", "laptop", False),
    ]  # fmt: skip
    assert [one["staff_id"] for one in listed(admin)] == ["ADM", "S1", "S2", "S1"]
    [lost] = [one["id"] for one in listed(bob) if one["label"] == "laptop"]
    assert laptop.get("/v1/me").status_code == 200
    assert [bob("DELETE", f"/v1/tokens/{lost}").status_code for _ in range(2)] == [204, 204]
    assert laptop.get("/v1/me").json()["code"] == "token-revoked"
    [carla] = [one["id"] for one in listed(admin) if one["staff_id"] == "S2"]
    for other in (carla, "1", "%00", "ä"):
        answer = bob("DELETE", f"/v1/tokens/{other}")
        assert (answer.status_code, answer.json()["code"]) == (404, "token-not-found")
    assert admin("DELETE", f"/v1/tokens/{carla}").status_code == 204
    assert call("S2").get("/v1/me").status_code == 401
    with reading(agency.engine) as connection:
        revoked = select(audit.c.who).where(audit.c.what == "token revoked").order_by(audit.c.number)
        assert connection.execute(revoked).scalars().all() == ["S1", "ADM"]


def test_the_very_token_that_asks_can_be_ended(call: Call) -> None:
    [own] = [one["id"] for one in listed(call("S2")) if one["this_one"]]
    assert call("S2")("DELETE", f"/v1/tokens/{own}").status_code == 204
    assert call("S2").get("/v1/tokens").json()["code"] == "token-revoked"
