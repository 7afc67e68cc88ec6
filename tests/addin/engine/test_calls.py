"""Validate asks the workbook a dozen times at most, however many rows it holds.

Counted is every call of an engine on a workbook or one of its sheets: reading, writing and clearing a block, the used
range, formats, visibility, listing the sheets. Not counted are the name of a sheet, which both engines hold, and the
window: status bar, message box, holding the screen still.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.sheet import CalcSheet
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.sheet import ClosedSheet
from addin.hosts.document import Document, Grid
from addin.rows.data_sheet import read_data
from tests.addin.engine.conftest import Spreadsheet
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.report import Counts, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.template import build_template

MOST = 12
WINDOW = {"name", "path", "bring_forward"}
"""What a Document tells that is no call into the workbook's cells or sheets."""


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method of Document and Grid is called from outside the engine itself."""
    counted: Counter[str] = Counter()
    inside = [0]

    def counting(name: str, method: Any) -> Any:
        def call(*arguments: Any, **named: Any) -> Any:
            if not inside[0]:
                counted[name] += 1
            inside[0] += 1
            try:
                return method(*arguments, **named)
            finally:
                inside[0] -= 1

        return call

    for protocol, engines in ((Document, (ClosedBook, CalcBook)), (Grid, (ClosedSheet, CalcSheet))):
        for name in vars(protocol):
            if name.startswith("_") or name in WINDOW:
                continue
            for engine in engines:
                member = getattr(engine, name)
                wrapped: Any
                if isinstance(member, property):
                    wrapped = property(counting(name, member.fget), member.fset)
                else:
                    wrapped = counting(name, member)
                monkeypatch.setattr(engine, name, wrapped)
    return counted


def filled(spreadsheet: Spreadsheet, path: Path, rows: int) -> xw.Book:
    """A template with so many rows, in each tenth a misspelt caseworker."""
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    book = spreadsheet.open(path)
    sheet = book.sheets[0]
    sheet.range("A2:R3").clear_contents()
    headers = sheet.range("A1:R1").value
    lines: list[list[str | None]] = []
    for row in range(2, rows + 2):
        cells = {
            "Update or Insert": "Insert",
            "Participant ID": f"{row:07}",
            "Caseworker Name": "Robrt Smiht" if row % 10 == 0 else "Robert Smith",
        }
        lines.append([cells.get(header) for header in headers])
    book.app.screen_updating = False
    sheet.range("A2").value = lines
    book.app.screen_updating = True
    return book


class Judge(Client):
    """Finds the misspelt name in each tenth row, in the place of a server."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", None)

    def validate(self, table: Any, *_others: Any, **_more: Any) -> Report:
        wrong = [row for row in table["row_numbers"] if row % 10 == 0]
        column, value, code = "Caseworker Name", "Robrt Smiht", "unknown-staff"
        count = len(table["rows"])
        return Report(
            counts=Counts(rows=count, valid=count - len(wrong), errors=len(wrong), warnings=0),
            problems=[
                ProblemOut(row=row, column=column, code=code, severity="error", value=value, message="Unknown.")
                for row in wrong
            ],
            fixes=[
                FixGroup(
                    column=column, value=value, code=code, count=len(wrong), rows=wrong,
                    suggestions=[Suggestion(value="Robert Smith", label="Robert Smith", score=90)],
                )
            ],
            preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
        )


@pytest.mark.parametrize("rows", [10, 1_000, 5_000])
def test_validate_calls_the_workbook_a_dozen_times_at_most(
    spreadsheet: Spreadsheet, calls: Counter[str], tmp_path: Path, rows: int
) -> None:
    book = filled(spreadsheet, tmp_path / "Caseload.xlsx", rows)
    for _again in range(2):
        calls.clear()
        checked = commands.validate(book, Judge())
        assert checked.errors == rows // 10
        assert dict(calls) == {"grids": 1, "visible": 1, "used": 2, "read": 2, "clear": 2, "write": 4}
        assert calls.total() <= MOST
    statuses = [cells[-2] for cells in read_data(book).rows.values()]
    assert statuses[7:10] == ["✔ ok", "✖ 1 error", "✔ ok"]
    assert len(statuses) == rows
