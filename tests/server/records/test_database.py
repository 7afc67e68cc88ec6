"""Reading sees one moment; writing keeps all or nothing, and one writer waits for another."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from server.records.bulk import insert_rows
from server.records.database import POSTGRESQL_LIMITS, open_database, reading, writing
from server.records.sites import create_site, list_sites, take_record_numbers
from server.records.tables import programs
from server.records.trouble import is_out_of_memory, is_passing


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


def test_a_sqlite_file_that_has_gone_away_is_missed_and_not_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "caseload.db"
    engine = open_database(f"sqlite:///{path}")
    path.unlink()
    with pytest.raises(OperationalError, match="unable to open") as missed, reading(engine):
        pass
    assert is_passing(missed.value)
    assert not path.exists()
    engine.dispose()


def test_what_goes_wrong_on_the_drivers_own_road_arrives_as_on_any_other(database: Engine) -> None:
    with pytest.raises(IntegrityError), writing(database) as connection:
        insert_rows(connection, programs, ("site_id", "program_id", "active"), [(77, "P1", True)])


def test_an_error_of_ours_is_no_passing_trouble(database: Engine) -> None:
    with pytest.raises(DBAPIError) as wrong, reading(database) as connection:
        connection.execute(text("SELECT nonsense"))
    assert not is_passing(wrong.value)
    assert not is_passing(ValueError("of ours"))


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_postgresql_lets_go_of_whoever_has_frozen_and_waits_for_nobody_for_ever(database: Engine) -> None:
    with reading(database) as connection:
        kept = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in POSTGRESQL_LIMITS}
        driver = connection.connection.driver_connection
        assert driver is not None
        asked = driver.info.get_parameters()
    assert kept == {
        "idle_in_transaction_session_timeout": "1min",
        "statement_timeout": "10min",
        "lock_timeout": "90s",
        "tcp_keepalives_idle": "30",
        "tcp_keepalives_interval": "10",
        "tcp_keepalives_count": "3",
    }
    noticed = ("connect_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout")
    assert [asked.get(name) for name in noticed] == ["10", "30", "10", "3", "60000"], "a host that is gone is noticed"


def test_no_memory_is_known_by_whoever_says_so_first() -> None:
    later = ValueError("while it was cleared away")
    later.__context__ = MemoryError()
    assert is_out_of_memory(later)
    assert is_out_of_memory(SystemError("returned NULL without setting an exception"))
    assert not is_out_of_memory(ValueError("of ours"))
