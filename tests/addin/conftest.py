"""What the add-in's tests share: the host for closed files, and a real server with a small agency."""

from __future__ import annotations

import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar, cast

import openpyxl
import pytest
from rich.console import Console

from addin.api.client import Client
from addin.book import DATA, Book, Cells, Value
from addin.buttons.fix import Fixed, apply_these
from addin.buttons.registry import APPLY_FIXES, Handler
from addin.buttons.submit import AGREED
from addin.cli.open_file import OpenFile
from addin.errors import ClientError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.desk import take_picture
from addin.hosts.document import Block
from addin.outcome import YES, Answers, Outcome, Question
from addin.rows.data_sheet import DataSheet, read_data
from tests.addin.pressing import answered
from tests.server.command import caseload_server
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.report import Report, Upload
from workbook.sheets import fix_sheet
from workbook.sheets.fix_sheet import Key

AnyOutcome = TypeVar("AnyOutcome", bound=Outcome)
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


class Desk:
    """A closed workbook, and the buttons pressed on it as the command line presses them.

    `said`: what stood in the status bar; `told`: what a copy that had to be made said; `answers`: what the user will
    answer, by the name of the field, yes to Submit until told otherwise; a question without an answer is closed, and so
    is a form that comes back with what they answered.
    `while_asked` is called with a question while it stands.
    """

    def __init__(self, path: Path, client: Client | None) -> None:
        self.said: list[str] = []
        self.asked: list[Question] = []
        self.answers: dict[str, str] = {AGREED: YES}
        self.seen: list[str] = []
        self.while_asked: Callable[[Question], None] = lambda _: None
        self._console = Console(file=io.StringIO(), width=200)
        self.opened = OpenFile(path, self._console, cast("Any", self), client, self._answer)

    @property
    def book(self) -> ClosedBook:
        return self.opened.book

    @property
    def path(self) -> Path:
        """The file that holds the work."""
        return self.opened.saved

    @property
    def told(self) -> str:
        return str(self._console.file.getvalue())  # type: ignore[attr-defined]

    def press(self, handler: Handler[AnyOutcome], **answers: str) -> AnyOutcome:
        """Presses a button and gives its final outcome."""
        return self.steps(handler, **answers)[-1]

    def steps(self, handler: Handler[AnyOutcome], **answers: str) -> list[AnyOutcome]:
        return self.opened.press(handler, answers)

    def apply(
        self, answers: Mapping[Key, str], leave_out: Collection[Key] = (), remember: Collection[Key] = ()
    ) -> Fixed:
        """As Apply Fixes, with answers that stand in no sheet."""
        return self.press(
            Handler(lambda it: apply_these(it.book, it.client, answers, leave_out, remember), APPLY_FIXES.reads, "")
        )

    def data(self) -> DataSheet:
        return read_data(self.read(DATA))

    def read(self, *sheets: str) -> Book:
        """The picture of some sheets, as a button has it."""
        return Book(take_picture(self.book, sheets))

    def cells(self, sheet: str) -> Cells:
        """A sheet from A1, every row of one width."""
        rows = next(one for one in take_picture(self.book, (sheet,)).sheets if one.name == sheet).cells or []
        width = max(map(len, rows), default=0)
        return [[*line, *[None] * (width - len(line))] for line in rows]

    def cell(self, row: int, column: int, sheet: str | None = None) -> Any:
        grid = self._grid(sheet)
        return grid.read(Block(row, column, 1, 1))[0][0]

    def put(
        self, row: int, column: int, value: Value, sheet: str | None = None, number_format: str | None = None
    ) -> None:
        """Types a value into a cell, of the leftmost visible sheet unless another is named."""
        self._grid(sheet).write(Block(row, column, 1, 1), [[value]], number_format)

    def enter(self, row: int, header: str, value: Value) -> None:
        """Types a value into a row of the data sheet, under a header."""
        self.put(row, self.data().headers.index(header) + 1, value)

    def turn_round(self, first: int, last: int) -> None:
        """Sorts the rows of the data sheet from `first` to `last` the other way round."""
        block = Block(first, 1, last - first + 1, len(self.data().headers))
        grid = self._grid(None)
        grid.write(block, grid.read(block)[::-1], None)

    def select(self, sheet: str, row: int, column: int) -> None:
        """Clicks a cell."""
        self.book.show(self._grid(sheet), row, column)

    def column(self, header: str) -> list[Any]:
        """The data sheet's cells under a header, from row 2."""
        data = self.data()
        place = data.headers.index(header) + 1
        return [self.cell(row, place) for row in range(2, max(data.last_row, 2) + 1)]

    def choose(self, value: str, choice: str = "", leave_out: str = "", remember: str = "") -> None:
        """Writes an answer beside a value of the sheet Fix Errors, as its user would."""
        grid = self.cells(layout.FIX_SHEET)
        headers = grid[fix_sheet.HEADER_ROW - 1]
        line = next(n for n, row in enumerate(grid[fix_sheet.FIRST_ROW - 1 :], fix_sheet.FIRST_ROW) if row[1] == value)
        answers = {fix_sheet.CHOICE: choice, fix_sheet.LEAVE_OUT: leave_out, fix_sheet.REMEMBER: remember}
        for header, text in answers.items():
            if text:
                self.put(line, headers.index(header) + 1, text, layout.FIX_SHEET)

    def close(self) -> None:
        self.book.close()

    def status(self, text: str) -> None:
        self.said.append(text)

    def upload(self, upload: Upload) -> None:
        self.seen.append(upload.state)

    def _answer(self, question: Question) -> Answers:
        self.asked.append(question)
        self.while_asked(question)
        return answered(question, self.answers)

    def _grid(self, sheet: str | None) -> Any:
        return next(one for one in self.book.grids() if (one.visible if sheet is None else one.name == sheet))


Open = Callable[..., Desk]


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
def book(desk: Open, client: Client, agency: Agency, tmp_path: Path) -> Desk:
    """Five rows: two good ones, a misspelt caseworker twice, and a row without a participant."""
    rows = [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody"),
    ]
    return desk(filled_template(client, tmp_path / "Caseload.xlsx", rows))


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


def insert(person: str | None, **cells: Any) -> dict[str, Any]:
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
    headers = {cell.value: number for number, cell in enumerate(sheet[1], 1)}
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
        "Update or Insert",
        "Participant ID",
        "First Name",
        "Last Name",
        "Date of Birth",
        "Case Number",
        "SSN",
        "Program Name",
        "Caseworker Name",
        "Caseworker Relationship",
        "Caseload Status",
        "Start Date",
        "End Date",
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


def found(report: Report) -> list[list[Any]]:
    """The problems of a report as [row, column, code]."""
    return [[problem.row, problem.column, problem.code] for problem in report.problems]


def fresh_template(client: Client, path: Path, choice: TemplateChoice | None = None) -> Path:
    """A template as it is handed out, its sample rows in it."""
    path.write_bytes(client.template(choice or TemplateChoice()))
    return path
