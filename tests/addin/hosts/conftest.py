"""The spreadsheets that the hosts' tests run in: one line of HOSTS each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from addin.errors import BookError
from addin.hosts.calc.office import Office
from tests.support.spreadsheets import CALC, HOSTS, CalcHost, Host


@pytest.fixture(scope="session")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A LibreOffice of this test process's own, without a window."""
    try:
        running = Office(tmp_path_factory.mktemp("office"))
    except BookError as missing:
        pytest.skip(missing.sentence)
    with running:
        yield running


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.calc) if name == CALC else name for name in HOSTS])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each host in turn."""
    made = HOSTS[str(request.param)](request)
    yield made
    made.close()


@pytest.fixture
def calc(office: Office) -> Iterator[CalcHost]:
    """The live Calc alone."""
    made = CalcHost(office)
    yield made
    made.close()
