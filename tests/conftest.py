"""What the tests share: databases of both kinds, each test its own, none of them anybody else's."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from server.records.database import open_database
from server.records.migrate import migrate
from tests.postgresql import Cluster, NoPostgresql, cluster


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A PostgreSQL cluster of this run's own."""
    try:
        with cluster() as running:
            yield running
    except NoPostgresql as missing:
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def postgresql_template(postgresql: Cluster) -> str:
    """The name of a migrated, empty database that others are copied from."""
    _in_cluster(postgresql, "CREATE DATABASE empty")
    engine = open_database(postgresql.url + "empty")
    migrate(engine)
    engine.dispose()
    return "empty"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file that others are copied from."""
    path = tmp_path_factory.mktemp("sqlite") / "empty.db"
    engine = open_database(f"sqlite:///{path}")
    migrate(engine)
    with engine.connect() as connection:
        connection.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whoever asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own: the test runs on SQLite and on PostgreSQL."""
    if database_kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path: Path = request.getfixturevalue("tmp_path") / "caseload.db"
        shutil.copyfile(template, path)
        yield f"sqlite:///{path}"
        return
    running: Cluster = request.getfixturevalue("postgresql")
    name = f"test_{secrets.token_hex(6)}"
    _in_cluster(running, f"CREATE DATABASE {name} TEMPLATE {request.getfixturevalue('postgresql_template')}")
    yield running.url + name
    _in_cluster(running, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine over `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bare_database_url(request: pytest.FixtureRequest, database_kind: str) -> Iterator[str]:
    """The URL of a database without any table, of the same kind as `database_url`."""
    if database_kind == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'bare.db'}"
        return
    running: Cluster = request.getfixturevalue("postgresql")
    name = f"bare_{secrets.token_hex(6)}"
    _in_cluster(running, f"CREATE DATABASE {name}")
    yield running.url + name
    _in_cluster(running, f"DROP DATABASE {name} WITH (FORCE)")


def _in_cluster(running: Cluster, statement: str) -> None:
    engine = open_database(running.url + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
