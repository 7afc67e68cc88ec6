"""Two weeks with one workbook in a Calc that can be seen: rows pasted with their formats, the preview, the upload, five
more rows, the list of uploads, the log, an undo, and a caseload shared out among three (SPEC 6, 9)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.styles import PatternFill

from addin.api.client import Client
from addin.book import DATA, Book
from addin.buttons.registry import (
    APPLY_FIXES,
    FIND_PARTICIPANT,
    LOG,
    SUBMIT,
    TRANSFER_CASELOAD,
    UNDO_UPLOAD,
    UPLOADS,
    VALIDATE,
    Handler,
)
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.program import CalcWindow
from addin.hosts.desk import take_picture
from addin.hosts.document import Block
from addin.outcome import Answers, UserQuestion
from addin.rows.data_sheet import DataSheet, read_data
from tests.support.own_server import Server
from tests.support.pressing import answered, fixed, press
from tests.support.sheets import begun, fresh_template, insert
from tests.support.visible_calc import Keyboard, visible_office
from tests.support.waiting import wait_for
from workbook import layout
from workbook.columns import PARTICIPANT_ID, ROW_STATUS
from workbook.sheets import fix_sheet
from workbook.sheets.preview_sheet import HEADER_ROW
from workbook.sheets.uploads_sheet import UPLOADS_SHEET

pytestmark = pytest.mark.calc
WRONG = "Robrt Smiht"


@dataclass
class Somebody:
    """Who works in the window and has their answers ready."""

    window: CalcWindow
    keys: Keyboard
    client: Client
    book: CalcBook | None = None
    answers: dict[str, str] = field(default_factory=dict)
    asked: list[UserQuestion] = field(default_factory=list)

    def document(self) -> CalcBook:
        """Theirs, also once another window was closed: nothing says which is in front then."""
        assert self.book is not None
        return self.book

    def ask(self, question: UserQuestion) -> Answers:
        self.asked.append(question)
        return answered(question, self.answers)

    def say(self, status: str) -> None:
        self.window.say(status)

    def watch(self, upload: Any) -> None:
        self.window.watch(upload)

    def keep(self) -> None:
        self.window.keep()

    def open(self, path: Path) -> None:
        self.window.open(path)

    def press(self, handler: Handler[Any], **answers: str) -> Any:
        self.answers = answers
        return press(self, handler, self.client)

    def cells(self, sheet: str) -> list[list[Any]]:
        found = take_picture(self.document(), (sheet,)).sheets
        return next(one.cells for one in found if one.name == sheet) or []

    def data(self) -> DataSheet:
        return read_data(Book(take_picture(self.document(), (DATA,))))

    def statuses(self) -> list[str]:
        data = self.data()
        place = data.headers.index(ROW_STATUS)
        every = data.rows | data.written | data.untouched
        return [str(every[row][place]) for row in sorted(every)]

    def select(self, book: CalcBook, cells: str, sheet: str = "") -> None:
        grid = next(one for one in book.grids() if one.name == sheet or not sheet)
        book.show(grid, 0, 0)
        book.model.getCurrentController().select(grid.sheet.getCellRangeByName(cells))

    def write(self, row: int, rows: list[dict[str, Any]]) -> None:
        """Types whole rows."""
        grid = self.document().grids()[0]
        headers = self.data().headers
        for number, cells in enumerate(rows, start=row):
            for header, value in cells.items():
                grid.write(Block(number, headers.index(header) + 1, 1, 1), [[value]], None)


@pytest.fixture
def somebody(client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Somebody]:
    with visible_office(tmp_path_factory.mktemp("weeks")) as (office, keys):
        window = CalcWindow(office.context)
        yield Somebody(window, keys, client)
        components = window.desktop.getComponents().createEnumeration()
        while components.hasMoreElements():
            document = components.nextElement()
            document.setModified(False)
            with suppress(Exception):  # one that the test has failed in the middle of
                document.close(True)


def coloured(path: Path, rows: list[dict[str, Any]], headers: list[str]) -> Path:
    """Another workbook with the same columns, its cells yellow."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append([row.get(header) for header in headers])
    for line in sheet.iter_rows():
        for cell in line:
            cell.fill = PatternFill("solid", start_color="FFFF00")
    book.save(path)
    return path


def paste(somebody: Somebody, source: Path, cells: str, target: CalcBook, place: str) -> None:
    """Copy there, Paste here, as the menu and Ctrl+V do it; the sample rows are deleted before."""
    target.grids()[0].write(Block(2, 1, 2, 20), [[None] * 20] * 2, None)
    other = somebody.window.open_book(source)
    somebody.select(other, cells)
    command(other, "Copy")
    somebody.select(target, place)
    command(target, "Paste")
    assert wait_for(lambda: target.grids()[0].read(Block(2, 2, 1, 1))[0][0]), "nothing was pasted"
    other.model.setModified(False)
    other.model.close(True)


def command(book: CalcBook, name: str) -> None:
    book._command(book.model.getCurrentController().getFrame(), name, SynchronMode=True)


def has_list(book: CalcBook, row: int, column: int) -> bool:
    cell = book.grids()[0].sheet.getCellByPosition(column - 1, row - 1)
    return bool(cell.Validation.Type.value == "LIST")


def test_two_weeks_with_one_workbook(somebody: Somebody, client: Client, agency: Server, tmp_path: Path) -> None:
    book = somebody.book = somebody.window.open_book(fresh_template(client, tmp_path / "Caseload.xlsx"))
    headers = [one for one in somebody.data().headers if one and one not in layout.TEMPLATE_OWN_HEADERS]
    names = ["Carla Ruiz", WRONG, WRONG, "Robert Smith"]
    rows = [insert(agency.person(), Caseworker_Name=name) for name in names]
    last = layout.column_letters(len(headers))
    paste(somebody, coloured(tmp_path / "other.xlsx", rows, headers), f"A1:{last}4", book, "A2")
    column = headers.index("Caseworker Name") + 1
    assert has_list(book, 2, column) is False

    checked = somebody.press(VALIDATE)
    assert "4 rows have lists and colours again, which a paste had taken away." in checked.message
    assert [checked.errors, has_list(book, 2, column), has_list(book, 5, column)] == [2, True, True]
    preview = somebody.cells(layout.PREVIEW_SHEET)
    assert [[line[0], line[5]] for line in preview[HEADER_ROW:]] == [["Carla Ruiz", "+1"], ["Robert Smith", "+1"]]
    line = next(n for n, cells in enumerate(somebody.cells(layout.FIX_SHEET), 1) if cells[1:2] == [WRONG])
    fixes = next(one for one in book.grids() if one.name == layout.FIX_SHEET)
    fixes.write(Block(line, fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1, 1, 1), [["Robert Smith"]], None)
    assert fixed(somebody.press(APPLY_FIXES)).checked.errors == 0

    first = somebody.press(SUBMIT, submit="yes").upload
    assert "Robert Smith: " in somebody.asked[-1].text
    assert [first.state, first.accepted, somebody.statuses()] == ["complete", 4, ["✔ written"] * 4]
    somebody.write(6, [insert(agency.person()) for _ in range(4)])
    somebody.write(10, [insert("", First_Name="Jim", Last_Name="Bond")])
    book.show(book.grids()[0], 10, 3)
    found = somebody.press(FIND_PARTICIPANT, name="Bond", born="", number="", chosen="007")
    assert [found.row, found.sentence.startswith("James Bond (007)")] == [10, True]
    second = somebody.press(SUBMIT, submit="yes").upload
    assert [second.accepted, second.number > first.number, somebody.statuses()] == [5, True, ["✔ written"] * 9]

    somebody.press(UPLOADS)
    listed = somebody.cells(UPLOADS_SHEET)
    place = next(n for n, cells in enumerate(listed, 1) if first.id in cells)
    assert listed[place - 1][0] == first.name
    somebody.select(book, f"C{place}", UPLOADS_SHEET)
    assert somebody.press(LOG).upload.id == first.id
    shown = book.selection()
    assert shown is not None
    assert shown[0] == layout.LOG_SHEET
    somebody.select(book, f"C{place}", UPLOADS_SHEET)
    undone = somebody.press(UNDO_UPLOAD, agreed="yes")
    assert f"{first.name}, Caseload.xlsx, submitted by Alice Admin on " in somebody.asked[-1].text
    assert undone.sentence == "The upload is undone. 4 assignments removed."
    assert somebody.statuses().count("✔ written") == 5

    for _ in range(3):
        begun(client, agency, Caseworker_Name="Ana de la Cruz")
    form = {"from_caseworker": "S3", "to_caseworker": "S1; S2; ADM", "program": "", "on": "2026-03-01"}
    moved = somebody.press(TRANSFER_CASELOAD, reason="Completed", **form)
    assert moved.pairs >= 3
    assert somebody.press(VALIDATE).errors == 0
    data = somebody.data()
    assert len({data.cell_text(row, data.columns()[PARTICIPANT_ID]) for row in moved.added}) == moved.pairs
