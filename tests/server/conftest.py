"""The small agency on either database, and a server for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from server.records.database import open_database
from tests.support.copies import Copies, copied
from tests.support.postgresql import Cluster
from tests.support.served import Agency, Api, Call, found_agency, web, worker


@pytest.fixture(scope="session")
def sqlite_agency(sqlite_template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    """The agency that those of the tests are copied from."""
    folder = tmp_path_factory.mktemp("agency")
    with copied(sqlite_template, folder) as url:
        yield _founded(url, folder)


@pytest.fixture(scope="session")
def postgresql_agency(
    postgresql: Cluster, postgresql_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Agency]:
    """The same on PostgreSQL."""
    with copied(postgresql_template, postgresql) as url:
        yield _founded(url, tmp_path_factory.mktemp("agency"))


@pytest.fixture(scope="session")
def postgresql_agencies(postgresql: Cluster, postgresql_agency: Agency) -> Copies:
    """Copies of it for the tests."""
    return Copies(postgresql, postgresql_agency.url)


@pytest.fixture
def agency(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[Agency]:
    """An agency of the test's own: the test runs on SQLite and on PostgreSQL."""
    template: Agency = request.getfixturevalue(f"{database_kind}_agency")
    if database_kind == "sqlite":
        one = copied(template.url, tmp_path)
    else:
        one = request.getfixturevalue("postgresql_agencies").one()
    with one as url:
        engine = open_database(url)
        yield replace(template, url=url, engine=engine, tokens=dict(template.tokens))
        engine.dispose()


@pytest.fixture
def address(agency: Agency, tmp_path: Path) -> Iterator[str]:
    """The address of a server for the agency, with a worker beside it."""
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as at, worker(settings, agency.engine):
        yield at


@pytest.fixture
def call(address: str, agency: Agency) -> Call:
    """Gives an `Api` for the holder of a Staff ID."""
    return lambda staff_id: Api(address, None if staff_id is None else agency.tokens.get(staff_id, staff_id))


def _founded(url: str, folder: Path) -> Agency:
    engine = open_database(url)
    agency = found_agency(url, engine, folder)
    engine.dispose()
    return agency
