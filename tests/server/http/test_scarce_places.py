"""Who waits for somebody of their own site keeps no place from the others meanwhile, wherever they wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from server.http import desk
from server.records import audit
from server.records.database import writing
from server.records.writes import lock_site
from tests.support.served import Agency, Api, found_agency, insert, table, web, worker

# On SQLite one writes at a time, of all sites.
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
MANY = table(insert("P2"), insert("P3"), insert("P4"))
FEW = table(insert("P2"))


@pytest.fixture
def none_makes_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for others keeps a place of those who change something for longer than a test lasts."""
    monkeypatch.setattr(desk, "_ACTS_PATIENCE", 60.0)


@pytest.fixture
def at(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server for which two rows are many."""
    monkeypatch.setattr(desk, "SMALL_ROWS", 2)
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        yield address


@contextmanager
def waiting(*asks: Callable[[], requests.Response]) -> Iterator[list[Future[requests.Response]]]:
    """Inside, these calls are under way; at the end they are answered."""
    with ThreadPoolExecutor(len(asks)) as threads:
        yield [threads.submit(ask) for ask in asks]


def undo(api: Api) -> Callable[[], requests.Response]:
    upload_id = api.submit(MANY, f"key of {api.token}").json()["id"]
    api.wait(upload_id, "complete", "needs-fixes")
    return lambda: api("POST", f"/v1/uploads/{upload_id}/undo")


def answers(others: Api, body: dict[str, Any]) -> bool:
    return all(others.validate(body).status_code == 200 for _ in range(3))


def test_large_undos_that_wait_for_their_site_leave_the_places_for_large_work_to_other_sites(
    agency: Agency, at: str, tmp_path: Path
) -> None:
    others = Api(at, found_agency(agency.url, agency.engine, tmp_path, "Other").tokens["S1"])
    asks = [undo(Api(at, agency.tokens[who])) for who in ("ADM", "S2")]
    with writing(agency.engine) as connection:
        lock_site(connection, agency.site_id)
        with waiting(*asks) as undos:
            assert answers(others, MANY)
            assert not any(one.done() for one in undos)
            connection.commit()
    assert undos[0].result().json()["reversed"] == 3
    assert undos[1].result().status_code in (200, 409)


def test_checks_that_wait_for_their_site_s_trail_leave_the_places_for_small_work_to_other_sites(
    agency: Agency, at: str, tmp_path: Path
) -> None:
    others = Api(at, found_agency(agency.url, agency.engine, tmp_path, "Other").tokens["S1"])
    asks = [lambda who=who: Api(at, agency.tokens[who]).validate(FEW) for who in ("ADM", "S1", "S2") * 3]
    with writing(agency.engine) as connection:
        audit.note(connection, agency.site_id, audit.SERVER, "a test goes on and on")
        with waiting(*asks) as checks:
            assert answers(others, FEW)
            assert not any(one.done() for one in checks)
            connection.commit()
    assert {one.result().status_code for one in checks} == {200}


def test_undos_that_wait_for_their_site_keep_nobody_of_it_from_ending_a_token_or_remembering(
    none_makes_room: None, agency: Agency, at: str
) -> None:
    """Two people's undos, and what an administrator does meanwhile."""
    for number, who, row in (
        (1, "S1", insert("P1", start="2025-05-01", others={"Caseworker Name": "Robert Smith"})),
        (2, "S2", insert("P2", start="2025-05-01")),
    ):
        api = Api(at, agency.tokens[who])
        assert api.wait(api.submit(table(row)).json()["id"])["state"] == "complete", number
    people = [Api(at, agency.tokens[who]) for who in ("S1", "S2")] * 3
    own = [
        lambda api=api, number=number: api("POST", f"/v1/uploads/{number}/undo")
        for api, number in zip(people, (1, 2) * 3, strict=True)
    ]
    administrator = Api(at, agency.tokens["ADM"])
    (stolen, *_) = [one["id"] for one in administrator.get("/v1/tokens").json()["tokens"] if one["staff_id"] == "S1"]
    fix = {"column": "Program Name", "value": "zz", "code": "unknown-program", "replacement": "Youth Shelter"}
    asks = [
        lambda: administrator("POST", "/v1/remembered", json={"fixes": [fix]}),
        lambda: administrator("DELETE", f"/v1/tokens/{stolen}"),
    ]
    with writing(agency.engine) as connection:
        lock_site(connection, agency.site_id)
        with waiting(*own) as undos:
            time.sleep(0.5)  # until they wait
            with waiting(*asks) as done:
                try:
                    assert [one.result(timeout=20).status_code for one in done] == [200, 204]
                    assert not any(one.done() for one in undos)
                finally:
                    connection.commit()


def test_whoever_has_waited_as_long_as_may_be_is_told_that_others_are_writing(
    agency: Agency, at: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "LONGEST_WAIT", 0.0)
    api = Api(at, agency.tokens["ADM"])
    ask = undo(api)
    with writing(agency.engine) as connection:
        lock_site(connection, agency.site_id)
        refused = ask()
    assert [refused.status_code, refused.json()["code"]] == [503, "database-in-use"]
    assert int(refused.headers["Retry-After"]) > 0
    assert ask().json()["reversed"] == 3


def test_who_ends_a_token_waits_for_no_place_among_those_who_change_something(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two who undo would keep it from them for ten seconds, and whoever has stolen the token would go on meanwhile."""
    monkeypatch.setattr(desk, "_ACTS", 0)
    with web(agency.settings(tmp_path), agency.engine) as address:
        api = Api(address, agency.tokens["ADM"])
        [stolen] = [one for one in api.get("/v1/tokens").json()["tokens"] if one["staff_id"] == "S1"]
        assert api("DELETE", f"/v1/tokens/{stolen['id']}").status_code == 204
