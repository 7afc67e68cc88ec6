"""What the add-in's tests share: the host for closed files, and a real server with a small agency."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlwings as xw

from addin.api.client import Client
from addin.errors import ClientError
from addin.hosts.closed.file import closed_file_engine, open_closed
from tests.server.command import caseload_server
from workbook.columns import TemplateChoice

PEOPLE = 600
FILES = {
    "participants": [
        "Participant ID,First Name,Last Name,Date of Birth,Case Number,SSN",
        "007,James,Bond,1962-01-16,C-007,823-01-0007",
        *(f"P{n:04d},Pat{n},Person{n},1980-01-01,C{n}," for n in range(1, PEOPLE + 1)),
    ],
    "programs": ["Program ID,Program Name,Active", "SH,Youth Shelter,Yes", "FP,Food Pantry,Yes"],
    "staff": [
        "Staff ID,First Name,Last Name,Email,Active,Caseload Access,Administrator",
        "ADM,Alice,Admin,alice@agency.test,Yes,Yes,Yes",
        "S1,Robert,Smith,,Yes,Yes,No",
        "S2,Carla,Ruiz,,Yes,Yes,No",
        "S3,Ana,de la Cruz,,Yes,Yes,No",
    ],
    "enrollments": [
        "Participant ID,Program ID,Program Start Date,Program End Date",
        "007,SH,2024-01-01,",
        *(f"P{n:04d},SH,2024-01-01," for n in range(1, PEOPLE + 1)),
    ],
    "feeder": [
        "Table,Value,Order,Active",
        "Caseworker Relationship,Primary,1,Yes",
        "Caseworker Relationship,Secondary,2,Yes",
        "Caseload Status,Active,1,Yes",
        "Caseload Status,On Hold,2,Yes",
        "Reason for Dismissal,Completed,1,Yes",
    ],
    "access": ["Staff ID,Program ID,Own,Others", "S1,SH,Yes,No"],
}


class Host:
    """The engine, and every sentence it was told to show."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.statuses: list[str] = []
        self.engine = closed_file_engine(self.told.append, self.statuses.append)

    def open(self, path: Path) -> xw.Book:
        return open_closed(path, self.engine)


@pytest.fixture
def host() -> Iterator[Host]:
    host = Host()
    yield host
    for app in list(host.engine.apps):
        app.quit()
    xw.engines.engines.remove(host.engine)


@dataclass
class Agency:
    """A server of these tests' own, with a token for its administrator. Each test takes people nobody else uses."""

    folder: Path
    url: str
    token: str
    environment: dict[str, str] = field(repr=False)
    used: int = 0

    def person(self) -> str:
        """The Participant ID of somebody with no assignment yet. P0012 is Pat12 Person12."""
        self.used += 1
        assert self.used <= PEOPLE
        return f"P{self.used:04d}"

    def client(self, token: str | None = None) -> Client:
        return Client(self.url, token or self.token)

    def token_for(self, staff_id: str) -> str:
        return str(json.loads(program(self.environment, "token", "create", staff_id, "--json"))["token"])


@pytest.fixture(scope="package")  # gone when these tests are: its worker would look for work during all others
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    folder = tmp_path_factory.mktemp("agency")
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{folder / 'caseload.db'}"}
    write_agency(folder / "data")
    program(environment, "import", str(folder / "data"))
    token = json.loads(program(environment, "token", "create", "ADM", "--json"))["token"]
    with serving(environment, folder / "server.log") as url:
        yield Agency(folder, url, token, environment)


@pytest.fixture
def client(agency: Agency) -> Iterator[Client]:
    with agency.client() as client:
        yield client


def write_agency(folder: Path) -> Path:
    """An import folder."""
    folder.mkdir(exist_ok=True)
    for name, lines in FILES.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def program(environment: dict[str, str], *arguments: str) -> str:
    """Runs caseload-server and gives what it prints."""
    code, said, told = caseload_server(environment, *arguments)
    assert code == 0, told
    return said


def server_program() -> str:
    found = shutil.which("caseload-server", path=str(Path(sys.executable).parent))
    assert found is not None, "caseload-server is not installed beside this Python: pip install -e '.[dev]'"
    return found


@contextmanager
def serving(environment: dict[str, str], details: Path, port: int | None = None) -> Iterator[str]:
    """A server with its worker, as a program of its own, until the block ends; gives its address."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with details.open("ab") as output:
        process = subprocess.Popen(
            [server_program(), "serve", "--port", str(port)], env=environment, stdout=output, stderr=output
        )
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    with Client(url, None, retries=0) as client:
                        client.health()
                    break
                except ClientError:
                    assert process.poll() is None, details.read_text()
                    assert time.monotonic() < until, details.read_text()
                    time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def insert(person: str, **cells: Any) -> dict[str, Any]:
    """A row that begins an assignment, valid unless `cells` (header with _ for spaces → value) spoil it."""
    row: dict[str, Any] = {
        "Update or Insert": "Insert",
        "Participant ID": person,
        "Program Name": "Youth Shelter",
        "Caseworker Name": "Robert Smith",
        "Caseworker Relationship": "Primary",
        "Caseload Status": "Active",
        "Start Date": "2026-01-12",
    }
    return row | {header.replace("_", " "): value for header, value in cells.items()}


def filled_template(
    client: Client, path: Path, rows: list[dict[str, Any]], choice: TemplateChoice | None = None
) -> Path:
    """A template with these rows in place of its sample rows, as a user would save it."""
    path.write_bytes(client.template(choice or TemplateChoice()))
    book = openpyxl.load_workbook(path)
    sheet = book["Caseload"]
    headers = {cell.value: cell.column for cell in sheet[1]}
    for number in (2, 3):
        for cell in sheet[number]:
            cell.value = None
    for number, row in enumerate(rows, start=2):
        for header, value in row.items():
            sheet.cell(number, headers[header]).value = value
    book.save(path)
    return path


def plain_workbook(path: Path, rows: list[dict[str, Any]], headers: list[str] | None = None) -> Path:
    """A workbook that knows nothing of ours: headers and rows."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "My cases"
    headers = headers or [
        "Update or Insert", "Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN",
        "Program Name", "Caseworker Name", "Caseworker Relationship", "Caseload Status", "Start Date", "End Date",
        "Reason for Dismissal",
    ]
    sheet.append(headers)
    for row in rows:
        sheet.append([row.get(header) for header in headers])
    book.save(path)
    return path


def begun(client: Client, agency: Agency, **cells: Any) -> str:
    """A participant with an open assignment that was just written; `cells` as for `insert`."""
    person = agency.person()
    row = insert(person, **cells)
    others = ["First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date", "Reason for Dismissal"]
    table = {"header": [*row, *others], "rows": [[*row.values()]]}
    upload = client.wait(client.submit(table, f"begun-{person}").id)
    assert upload.state == "complete", client.problems(upload.id)
    return person


def fresh_template(client: Client, path: Path, choice: TemplateChoice | None = None) -> Path:
    """A template as it is handed out, its sample rows in it."""
    path.write_bytes(client.template(choice or TemplateChoice()))
    return path
