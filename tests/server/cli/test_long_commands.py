"""Commands that take long keep nobody from writing meanwhile, and the database lets none of them go for idling."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, select, text, update

from server.records.database import open_database, reading, writing
from server.records.ssn import SsnHasher
from server.records.tables import participants, sites
from tests.support.command import caseload_server

KEY = "a key for tests"
PEOPLE = "Participant ID,Date of Birth\n001,2/3/1990\n002,2/3/1990\n"


def run(url: str, *arguments: object) -> tuple[int, str, str]:
    return caseload_server({"CASELOAD_DATABASE_URL": url, "CASELOAD_SECRET_KEY": KEY, "COLUMNS": "100"}, *arguments)


def while_at_work(
    monkeypatch: pytest.MonkeyPatch, url: str, module: str, name: str, change: Callable[[Connection], Any]
) -> None:
    """Writes a change while a function of ours is at work, which must wait for nobody, once."""
    real, left = getattr(__import__(module, fromlist=[name]), name), [change]

    def at_work(*given: Any, **named: Any) -> Any:
        done = real(*given, **named)
        if left:
            engine = open_database(url)
            with writing(engine, wait=False) as connection:
                left.pop()(connection)
            with reading(engine) as connection:
                if engine.dialect.name == "postgresql":
                    idle = "state LIKE 'idle in transaction%' AND datname = current_database()"
                    idling = connection.execute(text(f"SELECT count(*) FROM pg_stat_activity WHERE {idle}"))
                    assert idling.scalar_one() == 0
            engine.dispose()
        return done

    monkeypatch.setattr(f"{module}.{name}", at_work)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "participants.csv").write_text(PEOPLE, encoding="utf-8")
    return tmp_path


def test_while_stored_ssns_are_looked_through_others_write_and_what_they_write_stays(
    bare_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hasher = SsnHasher(KEY.encode())
    assert run(bare_database_url, "import", folder)[0] == 0
    engine = open_database(bare_database_url)
    with writing(engine) as connection:
        connection.execute(update(participants).values(ssn_hash=hasher.hash("refused")))

    def corrected(connection: Connection) -> None:
        theirs = participants.c.participant_id == "002"
        connection.execute(update(participants).where(theirs).values(ssn_hash=hasher.hash("823123457")))

    while_at_work(monkeypatch, bare_database_url, "server.records.stored_ssns", "find_no_ssns", corrected)
    code, said, _ = run(bare_database_url, "ssn", "check", "--take-out", "--json")
    assert (code, json.loads(said)["participants"]) == (0, ["001"])
    with reading(engine) as connection:
        kept = connection.execute(select(participants.c.participant_id, participants.c.ssn_hash))
        assert dict(map(tuple, kept)) == {"001": "", "002": hasher.hash("823123457")}
    engine.dispose()


def test_while_the_files_of_an_import_are_read_others_write_and_the_dates_are_read_as_they_say_then(
    bare_database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(bare_database_url, "site", "list")[0] == 0

    def day_first(connection: Connection) -> None:
        connection.execute(update(sites).values(date_order="DMY"))

    assert run(bare_database_url, "import", folder)[0] == 0
    while_at_work(monkeypatch, bare_database_url, "server.records.imports.files", "read_directory", day_first)
    code, said, told = run(bare_database_url, "import", folder, "--json")
    assert (code, json.loads(said)["counts"]["participants"]["changed"]) == (0, 2), told
    engine = open_database(bare_database_url)
    with reading(engine) as connection:
        assert set(connection.execute(select(participants.c.birth_date)).scalars()) == {"1990-03-02"}
    engine.dispose()
