"""The database locked, full, cut off or restarted, and the clock put back: a clear answer, nothing half-written, and
everything goes on without hands."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from socket import create_server
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text, update

from server.http import desk
from server.mail import deliver_next
from server.records import database, outbox, upload_queue
from server.records.database import open_database, reading, writing
from server.records.tables import outbox as outbox_table
from server.records.tables import sites
from server.records.tables import uploads as upload_table
from server.records.uploads import database_now
from server.uploads import lifecycle
from server.uploads.write import WriteOutcome
from server.worker import take_up_next
from tests.server.uploads.test_killed import administrator, leases_lapse, one_turn, rows_for, sheet
from tests.server.uploads.test_worker import send, state
from tests.support.agreement import assert_all_agree
from tests.support.postgresql import Cluster
from tests.support.served import Agency, Api, insert, table, web, worker

pytestmark = pytest.mark.slow


def attempts(agency: Agency, upload_id: str) -> int:
    with reading(agency.engine) as connection:
        return int(connection.execute(select(upload_table.c.attempts).filter_by(id=upload_id)).scalar_one())


@pytest.fixture
def engine(agency: Agency) -> Iterator[Engine]:
    """An engine beside the test's own: it is the one that something happens to."""
    engine = open_database(agency.url)
    yield engine
    engine.dispose()


@contextmanager
def cut_off_at(step: int, engine: Engine, other: Engine) -> Iterator[list[str]]:
    """Inside, PostgreSQL ends the connection of `engine` that comes to a step; gives the steps that were reached."""
    reached: list[str] = []

    def at(name: str, connection: Any) -> None:
        reached.append(name)
        if len(reached) == step:
            with other.connect() as hand:
                ended = text("SELECT pg_terminate_backend(:pid, 5000)")
                hand.execute(ended, {"pid": connection.connection.driver_connection.info.backend_pid})

    def sent(connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        at(statement[:20], connection)

    def kept(connection: Any) -> None:
        at("commit", connection)

    event.listen(engine, "before_cursor_execute", sent)
    event.listen(engine, "commit", kept)
    try:
        yield reached
    finally:
        event.remove(engine, "before_cursor_execute", sent)
        event.remove(engine, "commit", kept)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_connection_that_drops_at_any_step_of_an_upload_costs_it_nothing_but_time(
    agency: Agency, engine: Engine, tmp_path: Path
) -> None:
    who, settings = administrator(agency), agency.settings(tmp_path)
    for turn, step in enumerate(count(1, 2)):
        rows = sheet(*rows_for(1, turn))
        upload_id = lifecycle.submit(agency.engine, who, str(step), lifecycle.Submission("june.csv", rows)).id
        with cut_off_at(step, engine, agency.engine) as reached:
            one_turn(engine, settings)
        assert_all_agree(agency)
        leases_lapse(agency.engine)
        take_up_next(engine, settings)
        assert assert_all_agree(agency) == {"complete": turn + 1}
        assert attempts(agency, upload_id) == 1, "an outage does not count"
        if len(reached) < step:
            break
    assert step > 20


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_postgresql_that_is_restarted_is_missed_in_one_sentence_and_found_again(
    agency: Agency, engine: Engine, tmp_path: Path, postgresql: Cluster
) -> None:
    settings = agency.settings(tmp_path, lease_seconds=2)  # the worker may have the first in hand when it is cut off
    with web(settings, agency.engine) as address, worker(settings, engine):
        api = Api(address, agency.tokens["ADM"])
        first = api.submit(table(insert("P2")), "1").json()["id"]
        postgresql.stop("fast")
        try:
            for answer in (api.submit(table(insert("P3")), "2"), api.get("/v1/health")):
                assert (answer.status_code, answer.json()["code"]) == (503, "database-away")
                assert answer.headers["Retry-After"]
        finally:
            postgresql.start()
        second = api.submit(table(insert("P3")), "2").json()["id"]
        assert [api.wait(one, "complete")["accepted"] for one in (first, second)] == [1, 1]
        postgresql.stop("fast")
        postgresql.start()
        assert api.get("/v1/me").status_code == 200, "who did not call meanwhile notices nothing"
    assert assert_all_agree(agency) == {"complete": 2}


@contextmanager
def somebody_holds_on(engine: Engine) -> Iterator[None]:
    """Inside, somebody else's transaction holds the site, and on SQLite all there is."""
    with writing(engine) as connection:
        connection.execute(select(sites.c.id).with_for_update())
        yield


@pytest.fixture
def impatient(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An engine that waits for nobody longer than a moment."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 200)
    monkeypatch.setitem(database.POSTGRESQL_LIMITS, "lock_timeout", "200ms")
    engine = open_database(agency.url)
    yield engine
    engine.dispose()


def test_a_locked_database_is_told_in_one_sentence_and_goes_on_when_it_is_free(
    agency: Agency, impatient: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = agency.settings(tmp_path)
    if agency.engine.dialect.name == "postgresql":  # on SQLite it has waited long enough the first time
        monkeypatch.setattr(desk, "LONGEST_WAIT", 0.0)
    first = send(agency, insert("P2"), key="1")
    with web(settings, impatient) as address:
        api = Api(address, agency.tokens["ADM"])
        with somebody_holds_on(agency.engine):
            refused = api.submit(table(insert("P3")), "2")
            assert (refused.status_code, refused.json()["code"]) == (503, "database-in-use")
            one_turn(impatient, settings)
        leases_lapse(agency.engine)
        assert take_up_next(impatient, settings) is WriteOutcome.WRITTEN
        assert attempts(agency, first) == 1, "an outage does not count"
        second = api.submit(table(insert("P3")), "2")
        assert second.status_code == 202
        assert take_up_next(impatient, settings) is WriteOutcome.WRITTEN
    assert assert_all_agree(agency) == {"complete": 2}


class Disk:
    """The disk of an agency's database, which can be filled."""

    def __init__(self, agency: Agency, engine: Engine) -> None:
        self._agency = agency
        self._pages = 2**30
        if engine.dialect.name == "sqlite":
            event.listen(engine, "checkout", self._limit)

    def _limit(self, driver: Any, _record: object, _proxy: object) -> None:
        driver.execute(f"PRAGMA max_page_count = {self._pages}")

    @contextmanager
    def full(self) -> Iterator[None]:
        """Inside, SQLite's file may not grow, and PostgreSQL speaks as it does on a full disk."""
        self._pages = 1
        if self._agency.engine.dialect.name == "postgresql":
            self._run(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING "
                "ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device'; END $$",
                "CREATE TRIGGER full_disk BEFORE INSERT ON upload_sheets EXECUTE FUNCTION full_disk()",
                "CREATE TRIGGER full_disk BEFORE INSERT ON assignments EXECUTE FUNCTION full_disk()",
            )
        yield
        self._pages = 2**30
        if self._agency.engine.dialect.name == "postgresql":
            self._run("DROP FUNCTION full_disk CASCADE")

    def _run(self, *statements: str) -> None:
        with writing(self._agency.engine) as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


def test_a_full_disk_is_told_in_one_sentence_and_nothing_is_half_written(
    agency: Agency, engine: Engine, tmp_path: Path
) -> None:
    settings, disk = agency.settings(tmp_path), Disk(agency, engine)
    rows = [
        insert(f"Q{number:04d}", program="", caseworker=caseworker, others={"Case Number": f"K{number}"})
        for number in range(1, 41)
        for caseworker in ("Carla Ruiz", "Robert Smith")
    ]
    with web(settings, engine) as address:
        api = Api(address, agency.tokens["ADM"])
        with disk.full():
            much = [insert("P2", others={"Case Number": secrets.token_hex(100)}) for _ in range(100)]
            refused = api.submit(table(*much), "0")
            assert (refused.status_code, refused.json()["code"]) == (503, "database-full")
            assert assert_all_agree(agency) == {}
        upload_id = api.submit(table(*rows), "1").json()["id"]
        with disk.full():
            assert take_up_next(engine, settings) is WriteOutcome.PUT_BACK
            assert_all_agree(agency)
            assert (state(agency, upload_id), attempts(agency, upload_id)) == ("received", 0)
        leases_lapse(agency.engine)
        assert take_up_next(engine, settings) is WriteOutcome.WRITTEN
    assert assert_all_agree(agency) == {"complete": 1}
    assert len(agency.assignments()) == 3 + 80


def test_a_clock_that_is_put_back_holds_up_neither_an_upload_nor_a_mail(agency: Agency, tmp_path: Path) -> None:
    """What a worker that died left behind, and a mail that waits, bear times that lie far ahead then."""
    settings, ahead = agency.settings(tmp_path), timedelta(hours=12)
    upload_id = send(agency, insert("P2"))
    with writing(agency.engine) as connection:
        assert upload_queue.claim(connection, settings.lease_seconds) is not None
        assert upload_queue.claim(connection, settings.lease_seconds) is None
        outbox.put(connection, agency.site_id, "carla@agency.test", "Before", "It is done.\n", 9)
        later = database_now(connection) + ahead
        connection.execute(update(upload_table).values(submitted_at=later, leased_until=later))
        connection.execute(update(outbox_table).values(created_at=later, next_attempt_at=later))
    assert take_up_next(agency.engine, settings) is WriteOutcome.WRITTEN
    assert state(agency, upload_id) == "complete"
    while deliver_next(agency.engine, settings):
        pass
    assert len(list(settings.mails.iterdir())) == 2


def test_a_mail_server_that_does_not_answer_holds_up_no_upload(agency: Agency, tmp_path: Path) -> None:
    with create_server(("127.0.0.1", 0)) as silent:  # it takes the call, and never says a word
        settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=silent.getsockname()[1])
        with writing(agency.engine) as connection:
            outbox.put(connection, agency.site_id, "carla@agency.test", "Before", "It is done.\n", 9)
        sending = threading.Thread(target=deliver_next, args=(agency.engine, settings), daemon=True)
        sending.start()
        caller, _address = silent.accept()
        send(agency, insert("P2"))
        assert take_up_next(agency.engine, settings) is WriteOutcome.WRITTEN
        caller.close()
        sending.join(30)
    assert not sending.is_alive()
