"""What came or ended while the clock was ahead is forgotten when others are; nothing because the clock is behind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, select, update

import server.records.audit as trail
import server.uploads.purge as purge
from server.records.database import reading, writing
from server.records.tables import audit, upload_sheets, uploads
from server.records.uploads import database_now
from tests.server.uploads.test_purge import forget_all
from tests.support.served import Agency, Api, Call, insert, table

TEN_YEARS = timedelta(days=3653)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> dict[str, timedelta]:
    """By how much the clocks of the trail and of the purge differ from the right one."""
    shift = {"trail": timedelta(0), "purge": timedelta(0)}

    class ServerClock(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
            return datetime.now(UTC) + shift["trail"]

    def now(connection: Connection) -> datetime:
        return database_now(connection) + shift["purge"]

    monkeypatch.setattr(trail, "datetime", ServerClock)
    monkeypatch.setattr(purge, "database_now", now)
    return shift


def send_all(api: Api, agency: Agency, ahead: timedelta) -> dict[str, str]:
    """One upload that is complete, one that waits for fixes and one that is cancelled, with moments so far ahead."""
    sheets = {"complete": "P2", "needs-fixes": "P9-unknown", "cancelled": "P8-unknown"}
    ids: dict[str, str] = {}
    for state, who in sheets.items():
        ids[state] = api.submit(table(insert(who)), state).json()["id"]
        api.wait(ids[state], "needs-fixes" if state == "cancelled" else state)
    api("POST", f"/v1/uploads/{ids['cancelled']}/cancel")
    with writing(agency.engine) as connection:
        moment = database_now(connection) + ahead
        connection.execute(update(uploads).values(submitted_at=moment))
        connection.execute(update(uploads).where(uploads.c.finished_at.is_not(None)).values(finished_at=moment))
    return ids


def kept(agency: Agency, ids: dict[str, str]) -> set[str]:
    with reading(agency.engine) as connection:
        query = select(upload_sheets.c.upload_id).where(upload_sheets.c.kind == "rows")
        left = {*connection.execute(query).scalars()}
    return {state for state, upload_id in ids.items() if upload_id in left}


@pytest.mark.parametrize("trail_ahead", [TEN_YEARS, timedelta(0)], ids=["all-clocks", "the-database-s-clock"])
def test_what_came_while_the_clock_was_ahead_is_forgotten_by_the_right_one(
    call: Call, agency: Agency, clock: dict[str, timedelta], trail_ahead: timedelta
) -> None:
    clock["trail"] = trail_ahead
    ids = send_all(call("ADM"), agency, TEN_YEARS)
    left: list[set[str]] = []
    for day in range(93):
        clock["trail"] = clock["purge"] = timedelta(days=day)
        forget_all(agency)
        left.append(kept(agency, ids))
    assert left[:2] == [{*ids}] * 2
    assert left[3:90] == [{"complete", "needs-fixes"}] * 87
    assert left[92] == set()
    with reading(agency.engine) as connection:
        said = connection.execute(select(audit.c.what).where(audit.c.what == "clock in doubt")).all()
    assert 85 < len(said) < 93, "once a day, and no more when nothing is in doubt"


def test_while_the_clock_is_behind_nothing_new_is_forgotten_and_nor_is_it_afterwards(
    call: Call, agency: Agency, clock: dict[str, timedelta]
) -> None:
    ids = send_all(call("ADM"), agency, timedelta(0))
    for days in (20_000, 700, 330, 100):  # it starts wrong, time and again
        clock["trail"] = clock["purge"] = -timedelta(days=days)
        forget_all(agency)
        assert kept(agency, ids) >= {"complete", "needs-fixes"}
    clock["trail"] = clock["purge"] = timedelta(0)
    forget_all(agency)
    assert kept(agency, ids) >= {"complete", "needs-fixes"}
