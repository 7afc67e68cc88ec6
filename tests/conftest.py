"""What the tests share: databases of both kinds, each test its own, none of them anybody else's; one LibreOffice."""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from addin.errors import BookError
from addin.hosts.calc.office import Office
from server.records.database import open_database
from server.records.migrate import migrate
from tests.support.copies import Copies, copied, in_cluster
from tests.support.postgresql import Cluster, NoPostgresql, cluster

if TYPE_CHECKING:
    from tests.support.spreadsheets import CalcHost

pytest_plugins = ["tests.support.markers", "tests.support.collector"]
pytest.register_assert_rewrite(
    "tests.support.desk", "tests.support.own_server", "tests.support.sheets", "tests.support.spreadsheets"
)


def pytest_configure() -> None:
    """Where the tests run under nohup the hang-up is ignored, and so it would be by every program that they start."""
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The reader's clock is New York's."""
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


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
    in_cluster(postgresql, "CREATE DATABASE empty")
    return _migrated(postgresql.url + "empty")


@pytest.fixture(scope="session")
def postgresql_copies(postgresql: Cluster, postgresql_template: str) -> Copies:
    """Copies of it for the tests."""
    return Copies(postgresql, postgresql_template)


@pytest.fixture(scope="session")
def soffice() -> str:
    """The program LibreOffice."""
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if found is None:
        pytest.skip("LibreOffice is missing: install it (Debian: apt install libreoffice-calc)")
    return found


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A LibreOffice of this test process's own, without a window."""
    try:
        running = Office(tmp_path_factory.mktemp("office"))
    except BookError as missing:
        pytest.skip(missing.sentence)
    with running:
        yield running


@pytest.fixture
def calc(office: Office) -> Iterator[CalcHost]:
    """The live Calc alone."""
    from tests.support.spreadsheets import CalcHost  # slow to import, and most tests need none of it

    made = CalcHost(office)
    yield made
    made.close()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The same on SQLite."""
    return _migrated(f"sqlite:///{tmp_path_factory.mktemp('sqlite') / 'empty.db'}")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Whoever asks for a database runs once on each kind."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty database of the test's own: the test runs on SQLite and on PostgreSQL."""
    if database_kind == "sqlite":
        one = copied(request.getfixturevalue("sqlite_template"), tmp_path)
    else:
        one = request.getfixturevalue("postgresql_copies").one()
    with one as url:
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


def _migrated(url: str) -> str:
    engine = open_database(url)
    migrate(engine)
    engine.dispose()
    return url
