"""The small agency on either database, and a server for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from tests.server.served import Agency, Api, found_agency, web, worker


@pytest.fixture
def agency(database_url: str, database: Engine, tmp_path: Path) -> Agency:
    return found_agency(database_url, database, tmp_path)


@pytest.fixture
def address(agency: Agency, tmp_path: Path) -> Iterator[str]:
    """The address of a server for the agency, with a worker beside it."""
    settings = agency.settings(tmp_path)
    with web(settings, agency.engine) as at, worker(settings, agency.engine):
        yield at


@pytest.fixture
def call(address: str, agency: Agency) -> Callable[[str | None], Api]:
    """Gives an `Api` for the holder of a Staff ID."""
    return lambda staff_id: Api(address, None if staff_id is None else agency.tokens.get(staff_id, staff_id))
