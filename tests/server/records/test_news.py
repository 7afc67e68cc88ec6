"""A worker that waits knows at once that something was written, and asks the database little until then."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from server.records import news as module
from server.records.database import open_database, writing
from server.records.news import News
from server.records.sites import create_site
from server.uploads import lifecycle
from server.worker import LOOK_SECONDS, work_until
from tests.server.uploads.test_access_withdrawn import principal, sheet
from tests.support.served import Agency, insert

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@ON_SQLITE
def test_there_is_news_when_anybody_has_written_and_none_until_then(database: Engine, database_url: str) -> None:
    other = open_database(database_url)
    with News(database) as news:
        said = [news.came(), news.came()]
        for name, engine in (("Agency", other), ("Another", database)):
            with writing(engine) as connection:
                create_site(connection, name)
            said += [news.came(), news.came()]
    other.dispose()
    assert said == [True, False] * 3


@ON_SQLITE
def test_without_any_there_is_some_all_the_same_for_what_only_waits_for_its_time(
    database: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 0.05)
    with News(database) as news:
        assert [news.came(), news.came()] == [True, False]
        time.sleep(0.05)
        assert news.came()


def test_where_the_database_is_away_whoever_looks_finds_out(tmp_path: Path) -> None:
    path = tmp_path / "caseload.db"
    engine = open_database(f"sqlite:///{path}")
    path.unlink()
    with News(engine) as news:
        assert [news.came(), news.came()] == [True, True]
    engine.dispose()


@ON_SQLITE
def test_a_worker_that_waits_asks_nothing_and_takes_up_what_comes_all_the_same(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_SECONDS", 600.0)
    asked: list[str] = []
    stopped = threading.Event()
    waiting = threading.Thread(target=work_until, args=(stopped, agency.engine, agency.settings(tmp_path)))
    waiting.start()
    sender = open_database(agency.url)
    try:
        time.sleep(1)

        @event.listens_for(agency.engine, "before_cursor_execute")
        def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
            asked.append(statement)

        time.sleep(20 * LOOK_SECONDS)
        assert asked == []
        given = lifecycle.Submission("june.csv", sheet(insert("P2")))
        lifecycle.submit(sender, principal(agency, "ADM"), "key", given)
        until = time.monotonic() + 30
        while not any(statement.startswith("UPDATE uploads") for statement in asked):
            assert time.monotonic() < until
            time.sleep(0.01)
    finally:
        stopped.set()
        waiting.join()
        sender.dispose()
