"""Rights are asked for again when a call's turn has come: what was taken away meanwhile no longer counts (R10)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update

from server.http.desk import Look, UnderWay
from server.records.database import writing
from server.records.tables import access, staff, tokens
from tests.support.served import Agency, Api, insert, table, web, worker

LISTS = {
    "/v1/uploads": "uploads",
    "/v1/assignments": "assignments",
    "/v1/remembered": "remembered",
}
OF_ANOTHER_S_UPLOAD = ("GET {}", "GET {}/problems", "GET {}/log", "POST {}/undo?preview=true", "POST {}/cancel")


class Waiting:
    """What happens while a call waits for its turn at the desk, once."""

    def __init__(self, agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
        self._agency = agency
        self.meanwhile: Any = None
        for kind, turn in ((Look, "at"), (UnderWay, "glance"), (UnderWay, "act"), (UnderWay, "do")):
            monkeypatch.setattr(kind, turn, self._late(getattr(kind, turn)))

    def _late(self, turn: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def come_late(*args: Any, **named: Any) -> Any:
            if self.meanwhile is not None:
                with writing(self._agency.engine) as connection:
                    connection.execute(self.meanwhile)
                self.meanwhile = None
            return await turn(*args, **named)

        return come_late


@pytest.fixture
def queued(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str, Waiting]]:
    """A server, the id of an upload of S2's, of whom a fix is remembered, and what happens while calls wait."""
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        theirs = Api(address, agency.tokens["S2"])
        upload_id = theirs.submit(table(insert("P3"))).json()["id"]
        theirs.wait(upload_id, "complete")
        fix = {"column": "Caseload Status", "value": "Activ", "code": "unknown-value", "replacement": "Active"}
        assert theirs("POST", "/v1/remembered", json={"fixes": [fix]}).json()["remembered"]
        yield address, upload_id, Waiting(agency, monkeypatch)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whoever_is_no_administrator_any_more_when_their_turn_comes_is_answered_as_none(
    agency: Agency, queued: tuple[str, str, Waiting]
) -> None:
    address, upload_id, waiting = queued
    api = Api(address, agency.tokens["ADM"])
    number = api.upload(upload_id)["number"]

    def as_it_is_taken_away(call: str) -> Any:
        with writing(agency.engine) as connection:
            connection.execute(update(staff).where(staff.c.staff_id == "ADM").values(administrator=True))
        waiting.meanwhile = update(staff).where(staff.c.staff_id == "ADM").values(administrator=False)
        answer = api(*call.split(" "))
        assert waiting.meanwhile is None, call
        return answer

    assert all(api.get(path).json()[name] for path, name in LISTS.items())
    assert [as_it_is_taken_away(f"GET {path}").json()[name] for path, name in LISTS.items()] == [[], [], []]
    assert {one["staff_id"] for one in as_it_is_taken_away("GET /v1/tokens").json()["tokens"]} == {"ADM"}
    assert as_it_is_taken_away("GET /v1/me").json()["administrator"] is False
    for call in OF_ANOTHER_S_UPLOAD:
        for named in (upload_id, str(number)):
            assert as_it_is_taken_away(call.format(f"/v1/uploads/{named}")).status_code == 404, (call, named)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whoever_has_lost_their_token_when_their_turn_comes_is_told_nothing(
    agency: Agency, queued: tuple[str, str, Waiting]
) -> None:
    address, upload_id, waiting = queued
    api = Api(address, agency.tokens["ADM"])
    calls = [call.format(f"/v1/uploads/{upload_id}") for call in OF_ANOTHER_S_UPLOAD]
    calls += [f"GET {path}" for path in (*LISTS, "/v1/tokens", "/v1/me", "/v1/reference", "/v1/template")]
    calls += ["GET /v1/participants?q=Mary"]
    for call in calls:
        with writing(agency.engine) as connection:
            connection.execute(update(tokens).values(revoked_at=None))
        waiting.meanwhile = update(tokens).values(revoked_at=datetime.now(UTC))
        answer = api(*call.split(" "))
        assert [answer.status_code, answer.json().get("code")] == [401, "token-revoked"], call


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("call", ["POST /v1/validations", "POST /v1/uploads", "GET /v1/participants?q=Jones"])
def test_whoever_may_change_nobody_s_caseload_any_more_when_their_body_has_come_is_told_nothing(
    queued: tuple[str, str, Waiting], agency: Agency, call: str
) -> None:
    address, upload_id, waiting = queued
    theirs = Api(address, agency.tokens["S2"])
    method, path = call.split()
    body = {"json": table(insert("P3"), insert("NOBODY"))} if method == "POST" else {}
    waiting.meanwhile = delete(access)
    answer = theirs(method, path, headers={"Idempotency-Key": "late"}, **body)
    assert (answer.status_code, answer.json()["code"]) == (403, "no-access")
    assert [one["id"] for one in theirs.get("/v1/uploads").json()["uploads"]] == [upload_id]
