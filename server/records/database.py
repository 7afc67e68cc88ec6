"""Open the database, and run transactions that read or write."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url

from server.records.patience import patience
from workbook.whole_file import private_folder

BUSY_MILLISECONDS = 60_000
"""How long a SQLite writer waits for another one to finish."""
READING_CACHE, WRITING_CACHE = -16_384, -65_536
"""KiB that one SQLite connection keeps in memory. A large write that does not fit would be written twice."""
POSTGRESQL_LIMITS = {
    "idle_in_transaction_session_timeout": "60s",
    "statement_timeout": "10min",
    "lock_timeout": "90s",
    "tcp_keepalives_idle": "30s",
    "tcp_keepalives_interval": "10s",
    "tcp_keepalives_count": "3",
}
"""When PostgreSQL lets go of a transaction, and of its locks with it: its process has frozen between two statements,
or in the middle of sending rows; somebody else does not let go; its host is gone without a word. Nobody waits for ever.
The third is longer than the first, so that a transaction that waits for a frozen one outlasts it."""
NETWORK_LIMITS = {
    "connect_timeout": 10, "keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}  # fmt: skip
"""How a process notices that it is PostgreSQL's host that is gone: seconds, the last in milliseconds."""


def open_database(url: str) -> Engine:
    """An engine over `sqlite:///FILE` or `postgresql://…`. A SQLite file's folder is made, readable by its owner only.

    Nothing is connected to yet. Raises OSError when the folder cannot be made.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    # Plain `postgresql://` would ask for psycopg2; `postgres://` is how hosting services write it.
    return _open_postgresql(parsed.set(drivername="postgresql+psycopg"))


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection that sees one moment of the database, however many questions it asks. Writes are not kept."""
    with engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        with connection.begin() as transaction:
            yield connection
            transaction.rollback()


@contextmanager
def writing(engine: Engine, wait: bool = True) -> Iterator[Connection]:
    """A connection in a transaction that is kept when the block ends well, and undone when it raises.

    On SQLite the database's one writer lock is taken at once, so that nothing read inside can be out of date.
    `wait` False: raises OperationalError instead of waiting for another writer.
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            if not wait:
                with connection.begin():
                    connection.exec_driver_sql("SET LOCAL lock_timeout = '1ms'")
                    yield connection
                return
            with connection.execution_options(may_write=True).begin():
                if (seconds := patience()) is not None:
                    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{round(seconds * 1000)}ms'")
                yield connection
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS if wait else 0}")
        driver.execute(f"PRAGMA cache_size = {WRITING_CACHE}")
        try:
            with connection.execution_options(sqlite_begin="BEGIN IMMEDIATE", may_write=True).begin():
                yield connection
        finally:
            with contextlib.suppress(sqlite3.ProgrammingError):  # closed, where the wait was broken off
                driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
                driver.execute(f"PRAGMA cache_size = {READING_CACHE}")


def may_write(connection: Connection) -> bool:
    """Whether what is written on this connection is kept: it comes from `writing`."""
    return bool(connection.get_execution_options().get("may_write"))


def _open_sqlite(url: URL) -> Engine:
    assert url.database, "a SQLite database is a file"
    path = Path(url.database)
    private_folder(path.parent)
    if not path.exists():
        path.touch(mode=0o600)
    # A file that has gone away is missed, not made anew: an empty database would forget everybody.
    address = f"{path.absolute().as_uri()}?mode=rw"
    engine = create_engine(
        url,
        pool_size=8,
        max_overflow=56,
        creator=lambda: sqlite3.connect(address, uri=True, timeout=BUSY_MILLISECONDS / 1000, check_same_thread=False),
        hide_parameters=True,  # an error that is logged shall not hold anybody's data
    )

    @event.listens_for(engine, "connect")
    def prepare(driver: Any, _record: object) -> None:
        # The driver's own idea of when a transaction begins is switched off: see `begin` below.
        driver.isolation_level = None
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
        _use_wal(driver)
        for pragma in (
            "synchronous = FULL",
            "foreign_keys = ON",
            f"cache_size = {READING_CACHE}",
            "temp_store = MEMORY",
            "secure_delete = ON",  # what is deleted or replaced is written over: builds of SQLite differ in that
        ):
            driver.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))

    return engine


def _use_wal(driver: sqlite3.Connection) -> None:
    """Switches the file to write-ahead logging, which stays. SQLite does not wait by itself when several processes open
    a new file at once, so this does, as long as for any lock. Raises sqlite3.OperationalError."""
    until = time.monotonic() + BUSY_MILLISECONDS / 1000
    while True:
        try:
            driver.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as failure:
            if failure.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _open_postgresql(url: URL) -> Engine:
    limits = {name: value for name, value in NETWORK_LIMITS.items() if name not in url.query}
    engine = create_engine(
        url, pool_size=8, max_overflow=24, pool_pre_ping=True, connect_args=limits, hide_parameters=True
    )
    # PostgreSQL's default for the cost of a page is for spinning disks, and reads whole tables where an index would do.
    settings = POSTGRESQL_LIMITS | {"random_page_cost": "1.1"}

    @event.listens_for(engine, "connect")
    def prepare(driver: Any, _record: object) -> None:
        with driver.cursor() as cursor:
            calls = ", ".join(["set_config(%s, %s, false)"] * len(settings))
            cursor.execute(f"SELECT {calls}", [part for setting in settings.items() for part in setting])
        driver.commit()

    return engine
