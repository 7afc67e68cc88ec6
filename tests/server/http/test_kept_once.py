"""What a call has kept is not done again where it waits for others afterwards, nor told as if it had failed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select, text

from server.http import desk
from server.http.turns import Turns
from server.records.database import reading, writing
from server.records.remembered import FixAnswer, remember
from server.records.tables import audit, remembered_fixes, staff
from server.uploads import site_fixes
from tests.support.served import Agency, Api, insert, table, web, worker
from tests.support.waiting import wait_for

# On SQLite whoever remembers something waits for whoever writes, and then once.
pytestmark = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
SLIP = {"column": "Caseload Status", "value": "Activ", "code": "unknown-value", "replacement": "Active"}


@pytest.fixture
def held_up(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whoever waits for others makes room soon, and comes back soon; each time there is one more entry here."""
    monkeypatch.setattr(desk, "_ACTS_PATIENCE", 0.1)
    monkeypatch.setattr(desk, "_PAUSE", 0.1)
    times: list[int] = []
    monkeypatch.setattr(Turns, "hold_up", lambda _turns, site: times.append(site))
    return times


@pytest.fixture
def api(agency: Agency, tmp_path: Path) -> Iterator[Api]:
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as address, worker(settings, agency.engine):
        yield Api(address, agency.tokens["ADM"])


def lines(agency: Agency, what: str) -> int:
    with reading(agency.engine) as connection:
        return len(connection.execute(select(audit.c.number).where(audit.c.what == what)).all())


def remembered(agency: Agency) -> set[str]:
    with reading(agency.engine) as connection:
        return {*connection.execute(select(remembered_fixes.c.value)).scalars()}


def put_fixes(api: Api) -> requests.Response:
    """Has a slip mended and remembered, and a row left out by its program."""
    rows = table(insert("P3", others={"Caseload Status": "Activ"}), insert("P4", program="Yuth Emp"))
    upload_id = api.submit(rows).json()["id"]
    api.wait(upload_id, "needs-fixes")
    named = {"column": "Program ID", "value": "Yuth Emp"}
    found = api.get(f"/v1/uploads/{upload_id}/problems").json()["fixes"]
    [wrong] = [one for one in found if one["value"] == "Yuth Emp"]
    named = {name: wrong[name] for name in ("column", "value", "code")}
    fixes: list[dict[str, Any]] = [SLIP | {"remember": True}, named | {"replacement": "(leave the row out)"}]
    return api("PUT", f"/v1/uploads/{upload_id}/fixes", json={"fixes": fixes})


@pytest.mark.parametrize("small", [1000, 1], ids=["here", "beside the web process"])
def test_fixes_are_kept_once_and_told_so_however_long_what_is_to_be_remembered_waits(
    small: int, agency: Agency, api: Api, held_up: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "SMALL_ROWS", small)
    with ThreadPoolExecutor(1) as threads, writing(agency.engine) as connection:
        connection.execute(text("LOCK TABLE remembered_fixes IN EXCLUSIVE MODE"))
        asked = threads.submit(put_fixes, api)
        wait_for(lambda: len(held_up) > 1 or asked.done())
        connection.commit()
        answer = asked.result()
    assert [answer.status_code, answer.json()["unknown"]] == [200, []]
    assert [lines(agency, "upload fixed"), remembered(agency)] == [1, {"Activ"}]


def test_so_they_are_where_it_waits_in_vain(agency: Agency, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(desk, "_ACTS_PATIENCE", 0.1)
    with writing(agency.engine) as connection:
        connection.execute(text("LOCK TABLE remembered_fixes IN EXCLUSIVE MODE"))
        answer = put_fixes(api)
    assert [answer.status_code, answer.json()["unknown"], answer.json()["upload"]["left_out"]] == [200, [], 1]
    assert [lines(agency, "upload fixed"), remembered(agency)] == [1, set()]


def test_fixes_that_were_remembered_before_others_made_it_wait_are_not_remembered_again(
    agency: Agency, api: Api, held_up: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site_fixes, "_AT_ONCE", 1)
    values = ["activ1", "activ2", "activ3"]
    fixes = [SLIP | {"value": value} for value in values]
    with ThreadPoolExecutor(1) as threads, writing(agency.engine) as connection:
        owner = connection.execute(select(staff.c.key).where(staff.c.staff_id == "ADM")).scalar_one()
        second = FixAnswer(**SLIP | {"value": values[1]})
        remember(connection, agency.site_id, owner, second)
        asked = threads.submit(lambda: api("POST", "/v1/remembered", json={"fixes": fixes}))
        wait_for(lambda: len(held_up) > 1 or asked.done())
        connection.rollback()
        answer = asked.result()
    assert [answer.status_code, len(answer.json()["remembered"])] == [200, 3]
    assert [lines(agency, "fix remembered"), remembered(agency)] == [3, {*values}]
