"""Validate asks the spreadsheet twelve times at most, however many rows the workbook holds.

What each button asks of Excel is counted in `tests/addin/excel/test_every_button.py`.

Counted is every call on a workbook or one of its sheets from outside the host itself: listing the sheets, their
contents, writing, clearing, formats. Not counted are the name of a sheet and whether it can be seen, which come with
the list, and the window: what is selected, what else is open, bringing a sheet to the front, holding the screen still.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.registry import VALIDATE, Around
from addin.hosts.desk import commit
from addin.hosts.document import Block, Document, Grid
from addin.press import decide
from addin.rows.check import Checked
from addin.rows.data_sheet import read_data
from tests.support.spreadsheets import AnyDocument, Host, grid, pictured
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.report import Counts, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.sheets.template import build_template
from workbook.site import SiteReference

MOST = 12
NOT_COUNTED = {"name", "visible", "path", "open_names", "selection", "show", "still"}


@pytest.fixture
def calls(host: Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each method of Document and Grid is called from outside the host itself."""
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

    path = tmp_path / "empty.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    document = host.open(path)
    for protocol, kind in ((Document, type(document)), (Grid, type(grid(document)))):
        for name in vars(protocol):
            if not name.startswith("_") and name not in NOT_COUNTED:
                monkeypatch.setattr(kind, name, counting(name, getattr(kind, name)))
    return counted


def filled(host: Host, path: Path, rows: int) -> AnyDocument:
    """A template with so many rows, in each tenth a misspelt caseworker."""
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    document = host.open(path)
    data = grid(document)
    data.write(Block(2, 1, 2, 18), [[None] * 18] * 2, None)
    (headers,) = data.read(Block(1, 1, 1, 18))
    lines: list[list[str | None]] = []
    for row in range(2, rows + 2):
        cells = {
            "Update or Insert": "Insert",
            "Participant ID": f"{row:07}",
            "Caseworker Name": "Robrt Smiht" if row % 10 == 0 else "Robert Smith",
        }
        lines.append([cells.get(header) for header in headers])
    with document.still():
        data.write(Block(2, 1, rows, 18), lines, None)
    return document


class Judge(Client):
    """Finds the misspelt name in each tenth row, in the place of a server."""

    def __init__(self) -> None:
        super().__init__("http://127.0.0.1:9", None)

    def reference(self) -> SiteReference:
        return SiteReference(
            site="Harbor House",
            date_order="MDY",
            duplicate_check=[],
            one_primary=False,
            programs=[],
            staff=[],
            feeder={},
        )

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
                    column=column,
                    value=value,
                    code=code,
                    count=len(wrong),
                    rows=wrong,
                    suggestions=[Suggestion(value="Robert Smith", label="Robert Smith", score=90)],
                )
            ],
            preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
        )


def validated(document: AnyDocument) -> Checked:
    """Picture, decision, commit."""
    around = cast("Around", type("Here", (), {"connect": staticmethod(Judge)}))
    book, checked = decide(document, VALIDATE, {}, around)
    commit(document, book)
    return checked


@pytest.mark.parametrize("rows", [10, 1_000, 5_000])
def test_validate_calls_the_spreadsheet_twelve_times_at_most(
    host: Host, calls: Counter[str], tmp_path: Path, rows: int
) -> None:
    document = filled(host, tmp_path / "Caseload.xlsx", rows)
    validated(document)  # which brings the lists up to date, once
    for _again in range(2):
        calls.clear()
        assert validated(document).errors == rows // 10
        # The marks beside the rows and the sheet Fix Errors are written when they say something else.
        assert dict(calls) == {
            "grids": 2, "contents": 2, "hidden_columns": 1, "shows_all": 1, "is_as_read": 1, "redress": 1, "replace": 2,
            "read": 1,
        }  # fmt: skip
        assert calls.total() <= MOST
    statuses = [cells[-2] for cells in read_data(pictured(document)).rows.values()]
    assert statuses[7:10] == ["✔ ok", "✖ 1 error", "✔ ok"]
    assert len(statuses) == rows


def test_in_a_workbook_of_others_the_first_press_sets_up_what_is_ours_and_the_next_is_as_any(
    host: Host, calls: Counter[str], tmp_path: Path
) -> None:
    """Once, two sheets are added and dressed, and five columns beside the data, which are one call side by side."""
    theirs = openpyxl.Workbook()
    sheet = theirs.active
    sheet.append(["Update or Insert", "Participant ID", "Caseworker Name"])
    for row in range(2, 32):
        sheet.append(["Insert", f"{row:07}", "Robrt Smiht" if row % 10 == 0 else "Robert Smith"])
    theirs.save(tmp_path / "theirs.xlsx")
    document = host.open(tmp_path / "theirs.xlsx")
    validated(document)
    first = calls.copy()
    calls.clear()
    validated(document)
    assert (first.total(), first["add"]) == (17, 2)
    assert calls.total() <= MOST
