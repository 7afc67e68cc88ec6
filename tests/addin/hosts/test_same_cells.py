"""Every button leaves the same cells behind, whatever program holds the workbook.

Each button is pressed first on a closed file, and what the server answers is kept; the other hosts get the same answers
to the same calls. Then every file is saved and read in one way, formulas as they are spelled.
"""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons import transfer
from addin.buttons.download import CASEWORKER, PARTICIPANT, PROGRAM
from addin.buttons.export import FORMAT
from addin.buttons.paste import FILE
from addin.buttons.registry import HANDLERS
from addin.buttons.submit import AGREED as SUBMIT_AGREED
from addin.buttons.undo import AGREED
from addin.errors import Broken, Stopped
from addin.hosts.closed.stored_cells import StoredCell
from addin.hosts.closed.stored_values import put_back
from addin.hosts.document import Block
from addin.outcome import Answers, UserQuestion
from addin.rows.own_sheets import FIXES_SHEET
from tests.support.own_server import Server
from tests.support.pressing import answered, steps
from tests.support.sheets import begun, filled_template, insert, plain_workbook
from tests.support.spreadsheets import CLOSED, HOSTS, AnyDocument, Host
from workbook import layout
from workbook.sheets import fix_sheet
from workbook.upload import Upload

OTHERS = [name for name in HOSTS if name != CLOSED]
PRESSES: dict[str, tuple[str, ...]] = {
    "validate and walk": ("validate", "next_error", "previous_error"),
    "apply fixes": ("validate", "!choose", "accept_suggestions", "apply_fixes"),
    "remembered fixes": ("remembered_fixes",),
    "test rows": ("test_rows", "take_back_test", "test_rows", "keep_test"),
    "submit, its log, and undo": ("submit", "refresh_status", "log", "undo_upload"),
    "paste": ("paste_data", "validate"),
    "download and transfer": ("download_caseload", "transfer_caseload", "validate"),
    "export": ("export_for_eto",),
}
"""What is tried → the buttons pressed one after the other; ! is something that the user does in between."""


@dataclass
class Answering:
    """A client that keeps what the server answered, or gives what was kept, in the order in which it was asked."""

    real: Client | None
    kept: list[tuple[str, Any, Any]] = field(default_factory=list)
    seal_key: bytes = b"of one user"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **named: Any) -> Any:
            plain = [one for one in [*arguments, *named.values()] if not callable(one)]
            asked = json.loads(json.dumps(plain, default=str))  # as it travels, and a whole number is one
            if self.real is None:
                before, same, answer = self.kept.pop(0)
                assert [name, asked] == [before, same]
                if isinstance(answer, Stopped):
                    raise answer
                return answer
            try:
                answer = getattr(self.real, name)(*arguments, **named)
            except Stopped as stopped:
                self.kept.append((name, asked, stopped))
                raise
            if isinstance(answer, Iterator):  # page by page
                answer = list(answer)
            self.kept.append((name, asked, answer))
            return answer

        return call


class Seat:
    """A program whose user has decided on all answers before."""

    def __init__(self, host: Host, path: Path, answers: dict[str, str]) -> None:
        self._host = host
        self._document = host.open(path)
        self._answers = answers

    def document(self) -> AnyDocument:
        return self._document

    def ask(self, question: UserQuestion) -> Answers:
        return answered(question, self._answers)

    def say(self, status: str) -> None:
        """Nobody looks."""

    def watch(self, upload: Upload) -> None:
        """Nobody looks."""

    def keep(self) -> None:
        self._host.save(self._document)

    def open(self, path: Path) -> None:
        """Nobody looks."""


def ours(folder: Path, client: Client, agency: Server) -> Path:
    """Our template: good rows, a mistake twice, a person told by details, a row that nobody can make out."""
    return filled_template(client, folder / "Caseload.xlsx", [
        insert(agency.person()),
        insert(agency.person(), Caseworker_Name="Robrt Smiht", Start_Date=dt.date(2026, 1, 12)),
        insert("", First_Name="James", Last_Name="Bond", Date_of_Birth="1962-01-16"),
        insert(agency.person(), Caseworker_Name="Robrt Smiht"),
        insert("nobody", Case_Number="'007"),
    ])  # fmt: skip


def good(folder: Path, client: Client, agency: Server) -> Path:
    """Our template with nothing wrong in it."""
    return filled_template(client, folder / "Caseload.xlsx", [insert(agency.person()) for _ in range(4)])


def foreign(folder: Path, client: Client, agency: Server) -> Path:
    """A workbook that knows nothing of ours."""
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    return plain_workbook(folder / "Caseload.xlsx", rows)


def odd(folder: Path, client: Client, agency: Server) -> Path:
    """Dates, errors, numbers for identifiers, a formula, an empty row and a hidden one, a column of the user's own."""
    path = plain_workbook(folder / "Caseload.xlsx", [insert(agency.person()) for _ in range(6)])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.insert_cols(1)
    sheet["A1"], sheet["J3"], sheet["C4"] = "Note", "#N/A", 10432
    sheet["J3"].data_type = "e"
    sheet["M2"], sheet["M3"] = dt.datetime(2026, 1, 12), dt.datetime(2026, 1, 12, 8, 30)
    sheet["A2"], sheet["A3"], sheet["A4"], sheet["A5"] = True, 0.5, "'007", "=1+1"
    sheet.insert_rows(4)
    sheet.row_dimensions[3].hidden = True
    content = io.BytesIO()
    book.save(content)
    stored = {"xl/worksheets/sheet1.xml": {"A6": StoredCell("n", "2", 2)}}  # what the formula gave when it was saved
    path.write_bytes(put_back(content, stored))
    return path


BOOKS = {"ours": ours, "good": good, "foreign": foreign, "odd": odd}


def choose(document: AnyDocument) -> None:
    """Takes the first suggestion of a mistake in Fix Errors, as its user would."""
    grid = next(one for one in document.grids() if one.name == layout.FIX_SHEET)
    cells = grid.contents()
    line = next(n for n, row in enumerate(cells, 1) if "Robrt Smiht" in row)
    grid.write(Block(line, fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1, 1, 1), [["Robert Smith"]], None)


def pressed(
    host: Host, path: Path, presses: tuple[str, ...], client: Answering, answers: dict[str, str]
) -> tuple[list[str], dict[str, list[list[Any]]]]:
    """What was said at each press, and the cells of every sheet in the end."""
    seat = Seat(host, path, answers)
    said: list[str] = []
    for one in presses:
        if one == "!choose":
            choose(seat.document())
            continue
        try:
            outcomes = steps(seat, HANDLERS[one], cast("Client", client), path.parent, {})
            said.append(outcomes[-1].message)
        except Broken as broken:
            raise AssertionError(one) from broken.__cause__
        except Stopped as stopped:
            said.append(stopped.sentence)
    host.save(seat.document())
    host.close()
    return [one.replace(str(path.parent), "…") for one in said], cells_of(path)


def cells_of(path: Path) -> dict[str, list[list[Any]]]:
    """Sheet → its cells from A1, without what is empty at the end; when Fixes Made were made is nobody's concern."""
    found: dict[str, list[list[Any]]] = {}
    for sheet in openpyxl.load_workbook(path).worksheets:
        lines = [[plain(cell) for cell in line] for line in sheet.iter_rows()]
        if sheet.title == FIXES_SHEET:
            lines = [line[1:] for line in lines]
        for line in lines:
            while line and line[-1] is None:
                line.pop()
        while lines and not lines[-1]:
            lines.pop()
        found[f"{sheet.title} ({sheet.sheet_state})"] = lines
    return found


def plain(cell: Any) -> Any:
    """A value, with its kind: a text 7 is not a number 7. To Calc, a whole number is one whatever it was before."""
    value = cell.value
    if value is None or value == "":
        return None
    if value in ("=TRUE()", "=FALSE()"):  # as Calc writes them into files
        return ["b", value == "=TRUE()"]
    if isinstance(value, str) and value.startswith("=#"):  # likewise
        return ["e", value[1:]]
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        value = dt.datetime(value.year, value.month, value.day)
    return [cell.data_type, float(value) if cell.data_type == "n" else value]


WITH_A_SUGGESTION = ("ours", "foreign")
"""The books that have a mistake with a suggestion, which Apply Fixes can take."""


@pytest.mark.parametrize("other", OTHERS)
@pytest.mark.parametrize(
    ("what", "book"),
    [(what, book) for what in PRESSES for book in (WITH_A_SUGGESTION if what == "apply fixes" else BOOKS)],
)
def test_the_cells_of_every_sheet_are_the_same(
    request: pytest.FixtureRequest,
    client: Client,
    agency: Server,
    tmp_path: Path,
    what: str,
    book: str,
    other: str,
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    path = BOOKS[book](first, client, agency)
    theirs = plain_workbook(tmp_path / "theirs.xlsx", [insert(agency.person(), Case_Number="007")])
    begun(client, agency, Caseworker_Name="Carla Ruiz")
    answers = {
        AGREED: "yes",
        SUBMIT_AGREED: "yes",
        FILE: str(theirs),
        "typed": "",
        FORMAT: "csv",
        CASEWORKER: "",
        PROGRAM: "",
        PARTICIPANT: "",
        transfer.FROM: "Carla Ruiz",
        transfer.TO: "Robert Smith",
        transfer.ON: "2026-05-01",
        transfer.WHY: "Completed",
    }
    second.mkdir()
    copy = second / path.name
    copy.write_bytes(path.read_bytes())
    asked = Answering(client)
    said, cells = pressed(HOSTS[CLOSED](request), path, PRESSES[what], asked, answers)
    again = Answering(None, asked.kept)
    also_said, also_cells = pressed(HOSTS[other](request), copy, PRESSES[what], again, answers)
    assert also_said == said
    assert list(also_cells) == list(cells)
    assert [
        (sheet, number, mine, theirs)
        for sheet in cells
        for number, (mine, theirs) in enumerate(zip_longest(cells[sheet], also_cells[sheet]), start=1)
        if mine != theirs
    ] == []
    assert again.kept == []
