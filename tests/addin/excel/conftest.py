"""The stand-in for Excel as a fixture, once as Windows and once as a Mac, and a user in front of it."""

from __future__ import annotations

import atexit
import sys
import tempfile
import types
from pathlib import Path

import pytest
import xlwings

from addin import ask as asking
from addin.api.client import Client
from tests.addin.conftest import Agency
from tests.addin.excel import mac, windows
from tests.addin.excel.standin import Engine, Excel
from tests.addin.excel.user import User

pytest.register_assert_rewrite("tests.addin.excel.scenarios", "tests.addin.excel.world")
from tests.addin.excel.world import World  # noqa: E402 - its assertions are to speak as those of tests do

KINDS = {"windows": windows, "mac": mac}


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agency: Agency) -> Path:
    """Settings, data and logs of this test's own, and the server known from the environment."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.fixture
def excels(system: str, monkeypatch: pytest.MonkeyPatch) -> list[Excel]:
    """Makes xlwings find a stand-in where it would find Excel: Windows' or a Mac's. The one that runs is the first."""
    kind = KINDS[system]
    excels: list[Excel] = [Excel(kind)]
    if system == "windows":
        # What xlwings registers and waits by in its half for Windows (_xlwindows, cleanup and N_COM_ATTEMPTS).
        module = types.ModuleType("xlwings._xlwindows")
        module.N_COM_ATTEMPTS = 0  # type: ignore[attr-defined]
        module.cleanup = lambda: None  # type: ignore[attr-defined]
        atexit.register(module.cleanup)
        monkeypatch.setitem(sys.modules, "xlwings._xlwindows", module)
        windows.attempts["module"] = module
    engines = xlwings.engines
    monkeypatch.setattr(engines, "engines", [])
    monkeypatch.setattr(engines, "engines_by_name", {})
    monkeypatch.setattr(engines, "active", None)
    engine = xlwings.Engine(impl=Engine(kind, excels))
    engines.add(engine)
    engine.activate()
    return excels


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that are waited for a busy Excel, without waiting."""
    waits: list[float] = []
    monkeypatch.setattr("addin.hosts.excel.refusal.time.sleep", waits.append)
    return waits


@pytest.fixture(params=["windows", "mac"])
def system(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def user(excels: list[Excel], own_folders: Path, slept: list[float], monkeypatch: pytest.MonkeyPatch) -> User:
    one = User(excels[0])
    monkeypatch.setattr(asking, "ask", one.ask)
    monkeypatch.setattr(asking, "tell", one.windows.append)
    monkeypatch.setattr(sys, "argv", ["-c"])
    return one


@pytest.fixture
def world(
    user: User,
    system: str,
    client: Client,
    agency: Agency,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slept: list[float],
    excels: list[Excel],
) -> World:
    return World(user, system, client, agency, tmp_path, monkeypatch, excels, slept)
