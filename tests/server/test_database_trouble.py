"""Whatever keeps the database from its work is told for what it is, to who calls and to who runs a command."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from server.http import desk
from server.records import database
from server.records.database import open_database, writing
from tests.server.test_outages import somebody_holds_on
from tests.support.command import caseload_server
from tests.support.served import KEY, Agency, Api, insert, table, web

ROWS = table(insert("P2"))


@pytest.fixture
def api(agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    monkeypatch.setattr(desk, "LONGEST_WAIT", 0.0)
    with web(agency.settings(tmp_path), agency.engine) as address:
        yield Api(address, agency.tokens["ADM"])


def told(api: Api) -> tuple[int, str]:
    answer = api.submit(ROWS)
    code = answer.json().get("code", "")
    assert ("Retry-After" in answer.headers) == (answer.status_code == 503)
    assert ("no connection" in answer.text) == (code == "database-away"), "who is there is not called away"
    return answer.status_code, code


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ("55P03", "database-in-use"),  # a lock is waited for in vain
        ("40P01", "database-in-use"),  # two waited for each other, again and again
        ("57014", "database-stopped"),  # it took too long, or somebody has cancelled it
        ("57P01", "database-away"),  # it is being shut down
        ("53300", "database-away"),  # it takes no more connections
        ("53200", "database-unfit"),  # it has no memory left
        ("53100", "database-full"),
        ("25006", "database-unfit"),  # it may not be written to
        ("58030", "database-unfit"),  # its disk fails
    ],
)
def test_a_call_is_told_what_postgresql_says(api: Api, agency: Agency, state: str, code: str) -> None:
    with writing(agency.engine) as connection:
        for statement in (
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING "
            f"ERRCODE = '{state}', MESSAGE = 'of a test'; END $$",
            "CREATE TRIGGER fail BEFORE INSERT ON uploads EXECUTE FUNCTION fail()",
        ):
            connection.exec_driver_sql(statement)
    assert told(api) == (503, code)
    with writing(agency.engine) as connection:
        connection.exec_driver_sql("DROP FUNCTION fail CASCADE")
    assert told(api) == (202, "")


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_what_postgresql_ends_for_taking_too_long_is_told_so(api: Api, agency: Agency) -> None:
    with writing(agency.engine) as connection:
        connection.exec_driver_sql("CREATE FUNCTION doze() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(20); RETURN NEW; END $$")  # fmt: skip
        connection.exec_driver_sql("CREATE TRIGGER doze BEFORE INSERT ON uploads EXECUTE FUNCTION doze()")

    def hurry(driver: Any, *_: object) -> None:
        driver.execute("SET statement_timeout = '200ms'")
        driver.commit()

    event.listen(agency.engine, "checkout", hurry)
    assert told(api) == (503, "database-stopped")


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_call_is_told_that_a_sqlite_file_may_not_be_written_to(api: Api, agency: Agency) -> None:
    def only_read(driver: Any, *_: object) -> None:
        driver.execute("PRAGMA query_only = ON")

    event.listen(agency.engine, "checkout", only_read)
    assert told(api) == (503, "database-unfit")
    event.remove(agency.engine, "checkout", only_read)


@pytest.fixture
def held(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The agency's database while somebody writes in it and nobody waits for them for long."""
    monkeypatch.setattr(database, "BUSY_MILLISECONDS", 200)
    monkeypatch.setitem(database.POSTGRESQL_LIMITS, "lock_timeout", "200ms")
    engine = open_database(agency.url)
    with somebody_holds_on(engine):
        yield engine
    engine.dispose()


def test_a_command_that_would_have_to_wait_too_long_says_that_others_are_writing(
    held: Engine, agency: Agency, tmp_path: Path
) -> None:
    environment = {"CASELOAD_DATABASE_URL": agency.url, "CASELOAD_SECRET_KEY": KEY.decode(), "COLUMNS": "100"}
    (tmp_path / "participants.csv").write_text("Participant ID,Date of Birth\nP2,2/3/1990\n", encoding="utf-8")
    code, said, told = caseload_server(environment, "import", tmp_path)
    assert (code, said, told.count("\n")) == (3, "", 1)
    assert told.startswith("Others are writing in the database")
    assert "that it runs" not in told
