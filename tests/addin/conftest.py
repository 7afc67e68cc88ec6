"""What the add-in's tests share: the host for closed files, a real server with the agency, and one of one's own."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeychain

from addin.api import local_server as local
from addin.api.client import Client
from addin.cli import main as cli
from tests.support.agency import SHELTER_TOO, crowd_in_shelter, write_agency
from tests.support.command import Ran, Run
from tests.support.desk import Desk, Open
from tests.support.own_server import PEOPLE, PROOF_KEY, Server, free_port, program, serving
from tests.support.sheets import filled_template, insert


@pytest.fixture
def desk(client: Client) -> Iterator[Open]:
    """Opens closed workbooks, each with the administrator's client unless another is given."""
    opened: list[Desk] = []

    def open_one(path: Path, by: Client | None = None) -> Desk:
        opened.append(Desk(path, by or client))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def book(desk: Open, client: Client, agency: Server, tmp_path: Path) -> Desk:
    """Five rows: two good ones, a misspelt caseworker twice, and a row without a participant."""
    rows = [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody"),
    ]
    return desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))


@pytest.fixture(scope="package")  # gone when these tests are: its worker would look for work during all others
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("agency")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}", PROOF_KEY: "ab" * 32}
    write_agency(folder / "data", crowd_in_shelter(PEOPLE), SHELTER_TOO)
    program(environment, "import", str(folder / "data"))
    token = json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]
    with serving(environment, folder / "server.log") as url:
        yield Server(folder, url, token, environment)


@pytest.fixture
def client(agency: Server) -> Iterator[Client]:
    with agency.client() as client:
        yield client


@pytest.fixture
def run(agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `caseload` as the agency's administrator, in a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "HOME", "APPDATA", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    before = keyring.get_keyring()
    monkeypatch.setattr(keyring, "get_keyring", NoKeychain)

    def run(*arguments: str | Path) -> Ran:
        monkeypatch.setattr(sys, "argv", ["caseload", *map(str, arguments)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return Ran(code, out, err)

    assert before is not None
    return run


@pytest.fixture
def wrong(client: Client, agency: Server, tmp_path: Path) -> Path:
    """A workbook with a misspelt caseworker twice, and a misspelt status of nobody."""
    rows = [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody", Caseload_Status="Actve"),
    ]
    return filled_template(client, tmp_path / "wrong.xlsx", rows)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Path, dict[str, str]]]:
    """A data folder and an environment of the test's own; whatever was started there is stopped again."""
    monkeypatch.setattr(local, "PORT", free_port())
    folder = tmp_path / "data"
    yield folder, os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{tmp_path / 'caseload.db'}"}
    local.stop(folder)


@pytest.fixture(scope="package")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a database that an agency was imported into, and a token for its administrator."""
    folder = tmp_path_factory.mktemp("imported")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}"}
    program(environment, "import", write_agency(folder / "agency"))
    return folder, json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]


@pytest.fixture
def own(home: tuple[Path, dict[str, str]], imported: tuple[Path, str], tmp_path: Path) -> local.OwnServer:
    """A server of one's own that was set up some day, on a copy of that database, and is woken."""
    folder, environment = home
    before, token = imported
    for name in ("caseload.db", "caseload.key"):
        shutil.copy(before / name, tmp_path / name)
    url = f"http://127.0.0.1:{local.PORT}"
    folder.mkdir(0o700)
    (folder / "local-server.json").write_text(json.dumps({"url": url}))
    address = local.wake(folder, url, environment)
    assert address is not None
    return local.OwnServer(address.url, token, address.key, "")
