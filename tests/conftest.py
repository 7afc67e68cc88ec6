"""What the tests share: databases of both kinds, each test its own, none of them anybody else's."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

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
    """The URL of a migrated, empty database that others are copied from."""
    _in_cluster(postgresql, "CREATE DATABASE empty")
    return _migrated(postgresql.url + "empty")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on SQLite."""
    return _migrated(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'empty.db'}")


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whoever asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own: the test runs on SQLite and on PostgreSQL."""
    template: str = request.getfixturevalue(f"{database_kind}_template")
    with copied(template, tmp_path if database_kind == "sqlite" else request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Engine]:
    """An engine over `database_url`."""
    engine = open_database(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def bare_database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without any table, of the same kind as `database_url`."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'bare.db'}"
        return
    running: Cluster = request.getfixturevalue("postgresql")
    with copied(running.url + "template1", running) as url:
        yield url


@contextmanager
def copied(template: str, place: Path | Cluster) -> Iterator[str]:
    """The URL of a copy of a database that nobody is connected to: a file in a folder, or one more in the cluster.

    The copy in the cluster is gone when the block ends.
    """
    name = f"copy_{secrets.token_hex(6)}"
    if isinstance(place, Path):
        path = place / "caseload.db"
        shutil.copyfile(template.removeprefix("sqlite:///"), path)
        yield f"sqlite:///{path}"
        return
    _in_cluster(place, f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
    yield place.url + name
    _in_cluster(place, f"DROP DATABASE {name} WITH (FORCE)")


def _migrated(url: str) -> str:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    return url


def _in_cluster(running: Cluster, statement: str) -> None:
    with psycopg.connect(running.url + "postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
