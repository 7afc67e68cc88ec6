"""Reading sees one moment; writing keeps all or nothing, and one writer waits for another."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, OperationalError

from server.records.database import open_database, reading, writing
from server.records.sites import create_site, list_sites, take_record_numbers


def test_a_block_that_raises_keeps_nothing(database: Engine) -> None:
    def write_and_fail() -> None:
        with writing(database) as connection:
            create_site(connection, "Agency")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    with reading(database) as connection:
        assert list_sites(connection) == []


def test_reading_sees_one_moment_however_often_it_asks(database: Engine) -> None:
    with reading(database) as connection:
        assert list_sites(connection) == []
        with writing(database) as other:
            create_site(other, "Agency")
        assert list_sites(connection) == []
    with reading(database) as connection:
        assert len(list_sites(connection)) == 1


def test_writers_wait_for_each_other_and_lose_nothing(database: Engine) -> None:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
    taken: list[int] = []

    def take() -> None:
        for _ in range(10):
            with writing(database) as connection:
                taken.append(take_record_numbers(connection, site_id, 2))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 81, 2))


def test_a_writer_that_will_not_wait_is_told_so_and_the_next_one_waits_again(database: Engine) -> None:
    with writing(database) as connection:
        site_id = create_site(connection, "Agency")
    with writing(database) as connection:
        take_record_numbers(connection, site_id, 1)
        with pytest.raises(OperationalError), writing(database, wait=False) as other:
            take_record_numbers(other, site_id, 1)
    with writing(database) as connection:
        assert take_record_numbers(connection, site_id, 1) == 2


def test_foreign_keys_are_held(database: Engine) -> None:
    with pytest.raises(DBAPIError), writing(database) as connection:
        connection.execute(text("INSERT INTO programs (site_id, program_id, active) VALUES (77, 'P1', true)"))


def test_sqlite_is_durable_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "caseload.db"
    engine = open_database(f"sqlite:///{path}")
    with reading(engine) as connection:
        asked = [
            connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    engine.dispose()
    assert asked[:3] == ["wal", 2, 1]
    assert asked[3] >= 30_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
