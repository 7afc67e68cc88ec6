"""A server of the add-in's tests, as programs of its own, with a small agency."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from addin.api.client import Client
from addin.errors import ClientError
from tests.support.command import caseload_server

PEOPLE = 2_000


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
