"""The agency in a database, and a server for it: a real one on a loopback port, with a real worker beside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import uvicorn
from pydantic import SecretStr
from sqlalchemy import Engine, select

from server.http.app import create_app
from server.http.desk import FrontDesk
from server.http.protocol import PatientProtocol
from server.records.database import open_database, reading, writing
from server.records.imports.agency import import_records
from server.records.imports.files import read_directory
from server.records.migrate import migrate
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.records.tables import assignments, staff
from server.records.tokens import create_token
from server.settings import Settings
from server.worker import work_until
from tests.support.agency import CASES, crowd, write_agency

HEADER = [
    "Update or Insert", "Participant ID", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN",
    "Program ID", "Caseworker Name", "Caseworker Relationship", "Caseload Status", "Start Date", "End Date",
    "Reason for Dismissal",
]  # fmt: skip
KEY = b"a key for tests alone"
PEOPLE = 40


def insert(
    participant: str = "P1",
    program: str = "YES",
    caseworker: str = "Carla Ruiz",
    relationship: str = "Secondary",
    start: str = "2024-05-01",
    others: Mapping[str, Any] | None = None,
) -> list[Any]:
    """A row that begins an assignment; `others`: further cells by header."""
    row = ["Insert", participant, *[""] * 5, program, caseworker, relationship, "Active", start, "", ""]
    for header, value in (others or {}).items():
        row[HEADER.index(header)] = value
    return row


def update(
    participant: str = "P1",
    caseworker: str = "Robert Smith",
    end: str = "2024-06-01",
    others: Mapping[str, Any] | None = None,
) -> list[Any]:
    """A row that ends an assignment; `others`: further cells by header."""
    row = ["Update", participant, *[""] * 6, caseworker, "", "", "", end, "Completed"]
    for header, value in (others or {}).items():
        row[HEADER.index(header)] = value
    return row


def table(*rows: list[Any], **members: Any) -> dict[str, Any]:
    return {"header": HEADER, "rows": list(rows), **members}


def codes(report: dict[str, Any]) -> list[list[Any]]:
    """The problems of a report, as [row, column, code]."""
    return [[problem["row"], problem["column"], problem["code"]] for problem in report["problems"]]


@dataclass
class Agency:
    """The agency's database, and a token for each of its people who may have one."""

    url: str
    engine: Engine
    site_id: int
    tokens: dict[str, str] = field(default_factory=dict)

    def settings(self, folder: Path, **others: Any) -> Settings:
        return Settings(
            database_url=self.url,
            secret_key=SecretStr(KEY.decode()),
            mail_folder=folder / "mail",
            parse_seconds=60,
            **others,
        )

    def assignments(self) -> list[tuple[Any, ...]]:
        """(participant key, staff ID, start, end, version, begun by an upload, ended by an upload), in record order."""
        with reading(self.engine) as connection:
            rows = connection.execute(
                select(
                    assignments.c.participant_key,
                    staff.c.staff_id,
                    assignments.c.start_date,
                    assignments.c.end_date,
                    assignments.c.version,
                    assignments.c.begun_by,
                    assignments.c.ended_by,
                )
                .join(staff, staff.c.key == assignments.c.staff_key)
                .where(assignments.c.site_id == self.site_id)
                .order_by(assignments.c.record_id)
            )
            return [(*row[:5], row[5] is not None, row[6] is not None) for row in rows]


def found_agency(url: str, engine: Engine, folder: Path, name: str = "Agency") -> Agency:
    """Imports the agency as a site of its own."""
    files = write_agency(folder / name, {"assignments": CASES}, crowd(PEOPLE))
    with writing(engine) as connection:
        agency = Agency(url, engine, create_site(connection, name))
        import_records(connection, agency.site_id, read_directory(files, "MDY"), SsnHasher(KEY))
        for staff_id in ("ADM", "S1", "S2"):
            agency.tokens[staff_id] = create_token(connection, agency.site_id, staff_id, days=1)
    return agency


@contextmanager
def agency_in(folder: Path) -> Iterator[Agency]:
    """The agency in a SQLite database of its own, for all the tests of a module."""
    url = f"sqlite:///{folder / 'caseload.db'}"
    engine = open_database(url)
    migrate(engine)
    yield found_agency(url, engine, folder)
    engine.dispose()


class Api:
    """Calls a server as one person."""

    def __init__(self, address: str, token: str | None) -> None:
        self.address = address
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __call__(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self._headers, **options.pop("headers", {})}
        with requests.Session() as session:
            session.trust_env = False  # looking for a proxy takes as long as many an answer
            return session.request(method, self.address + path, headers=headers, timeout=60, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        return self("GET", path, **options)

    def validate(self, body: dict[str, Any]) -> requests.Response:
        return self("POST", "/v1/validations", json=body)

    def submit(self, body: dict[str, Any], key: str = "key-1") -> requests.Response:
        named = key if len(key) > 1 else f"key-{key}"  # one letter is no key
        return self("POST", "/v1/uploads", json=body, headers={"Idempotency-Key": named})

    def fix(
        self,
        upload_id: str,
        *fixes: tuple[str, str, str, str | None],
        leave_out: Any = (),
        remember: bool = False,
    ) -> requests.Response:
        given = [
            {"column": column, "value": value, "code": code, "replacement": replacement, "remember": remember}
            for column, value, code, replacement in fixes
        ]
        return self("PUT", f"/v1/uploads/{upload_id}/fixes", json={"fixes": given, "leave_out": list(leave_out)})

    def upload(self, upload_id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/v1/uploads/{upload_id}").json()
        return found

    def wait(self, upload_id: str, *states: str, seconds: float = 30) -> dict[str, Any]:
        """The upload once it is in one of the states (by default: once nobody works on it)."""
        wanted = states or ("needs-fixes", "complete", "failed", "cancelled")
        until, pause = time.monotonic() + seconds, 0.03
        while (found := self.upload(upload_id))["state"] not in wanted:
            assert time.monotonic() < until, found
            time.sleep(pause)
            pause = min(pause * 1.5, 0.1)  # whoever asks without a break keeps the server from its work
        return found


Call = Callable[[str | None], Api]
"""The fixture `call` of the server's tests: a caller by their Staff ID, or without a token."""


@contextmanager
def web(settings: Settings, engine: Engine) -> Iterator[str]:
    """A web server in this process; gives its address."""
    with FrontDesk(settings) as desk:
        config = uvicorn.Config(
            create_app(settings, engine, desk), http=PatientProtocol, ws="none", port=0, log_level="error",
            access_log=False,
        )  # fmt: skip
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        try:
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        finally:
            # It goes by itself, in two tenths of a second that nobody here has to wait for.
            server.should_exit = True


@contextmanager
def worker(settings: Settings, engine: Engine) -> Iterator[None]:
    """A worker in this process."""
    stopped = threading.Event()
    thread = threading.Thread(target=work_until, args=(stopped, engine, settings), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join(20)


@contextmanager
def scripted(
    script: str, agency: Agency, folder: Path, ended_by: int = signal.SIGTERM, **settings: str
) -> Iterator[tuple[str, Path]]:
    """A server in a program of its own, which runs this script: its address, and the file of what it tells."""
    program, told = folder / "run.py", folder / "told"
    program.write_text(script, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "CASELOAD_DATABASE_URL": agency.url,
        "CASELOAD_SECRET_KEY": KEY.decode(),
        **settings,
    }
    with (
        told.open("wb") as log,
        subprocess.Popen(
            [sys.executable, str(program)], env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=log, text=True
        ) as running,
    ):
        try:
            assert running.stdout is not None
            yield running.stdout.readline().split()[-1], told
        finally:
            running.send_signal(ended_by)
            running.wait(60)
    assert running.returncode == 0
