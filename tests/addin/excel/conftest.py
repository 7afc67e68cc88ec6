"""The stand-in for Excel as a fixture, once as Windows and once as a Mac, and a user in front of it."""

from __future__ import annotations

import atexit
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import pytest
import xlwings

from addin import ask as asking
from addin.api.client import Client
from tests.support.excel import mac, windows
from tests.support.excel.standin import Engine, StandInExcel
from tests.support.excel.user import ExcelUser
from tests.support.own_server import Server

pytest.register_assert_rewrite(
    *(f"tests.support.excel.{name}" for name in ("scenarios", "filter_scenarios", "workbook_scenarios", "world"))
)
from tests.support.excel.world import World  # noqa: E402 - its assertions are to speak as those of tests do

KINDS = {"windows": windows, "mac": mac}


@pytest.fixture
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agency: Server) -> Path:
    """Settings, data and logs of this test's own, and the server known from the environment."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def read_config_sheet(book: xlwings.Book) -> dict[str, Any]:
    """What a sheet `xlwings.conf` says, as xlwings takes it (utils, read_config_sheet)."""
    for sheet in book.impl.book.sheets:
        if sheet.name == "xlwings.conf":
            return {value: sheet.value(row, 2) for (row, column), value in sheet.values.items() if column == 1}
    return {}


@pytest.fixture
def excels(system: str, monkeypatch: pytest.MonkeyPatch) -> list[StandInExcel]:
    """Makes xlwings find a stand-in where it would find Excel: Windows' or a Mac's. The one that runs is the first."""
    kind = KINDS[system]
    excels: list[StandInExcel] = [StandInExcel(kind)]
    # What xlwings registers, waits by and reads in its halves for the two systems.
    half: Any = types.ModuleType({"windows": "xlwings._xlwindows", "mac": "xlwings._xlmac"}[system])
    half.read_config_sheet = read_config_sheet
    half.cleanup = lambda: None
    atexit.register(half.cleanup)
    monkeypatch.setitem(sys.modules, half.__name__, half)
    monkeypatch.setattr(xlwings.utils, "read_user_config", xlwings.utils.read_user_config)
    kind.half["module"] = half
    if system == "windows":
        half.N_COM_ATTEMPTS = 0

        def process_of(window: int) -> tuple[int, int]:
            return 1, next((one.pid for one in excels if window in (one.window, one.window + 1)), 0)

        half.win32process = types.SimpleNamespace(GetWindowThreadProcessId=process_of)
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
def user(
    excels: list[StandInExcel], own_folders: Path, slept: list[float], monkeypatch: pytest.MonkeyPatch
) -> ExcelUser:
    one = ExcelUser(excels[0])
    monkeypatch.setattr(asking, "ask", one.ask)
    monkeypatch.setattr(asking, "tell", one.windows.append)
    return one


@pytest.fixture
def world(
    user: ExcelUser,
    system: str,
    client: Client,
    agency: Server,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slept: list[float],
    excels: list[StandInExcel],
) -> World:
    return World(user, system, client, agency, tmp_path, monkeypatch, excels, slept)
