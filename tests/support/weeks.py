"""Two weeks with one workbook, played wherever a workbook can be open (SPEC 6, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from addin.api.client import Client
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, insert
from workbook import layout
from workbook.sheets.preview_sheet import HEADER_ROW
from workbook.sheets.uploads_sheet import UPLOADS_SHEET

WRONG, RIGHT = "Robrt Smiht", "Robert Smith"
WRITTEN = "✔ written"


class Place(Protocol):
    """A spreadsheet with a workbook open in it, and somebody in front of it."""

    def open(self, path: Path) -> None: ...

    def press(self, command: str, **answers: str) -> str:
        """The sentence that a press ends with."""

    def question(self) -> str:
        """The last question."""

    def type(self, row: int, header: str, value: Any) -> None: ...

    def choose(self, value: str, choice: str) -> None:
        """Picks an answer in Fix Errors."""

    def select(self, sheet: str, row: int, column: int) -> None: ...

    def shown(self) -> str:
        """The sheet in front."""

    def statuses(self) -> list[str]: ...

    def cells(self, sheet: str) -> Sequence[Sequence[Any]]: ...


def two_weeks(place: Place, client: Client, agency: Server, folder: Path) -> None:
    rows = [insert(agency.person(), Caseworker_Name=name) for name in ("Carla Ruiz", WRONG, WRONG, RIGHT)]
    place.open(filled_template(client, folder / "Caseload.xlsx", rows))
    assert place.press("validate").startswith("2 errors in 2 of 4 rows.")
    preview = place.cells(layout.PREVIEW_SHEET)[HEADER_ROW:]
    assert [[line[0], line[5]] for line in preview] == [["Carla Ruiz", "+1"], [RIGHT, "+1"]]
    place.choose(WRONG, RIGHT)
    assert place.press("apply_fixes").startswith("1 mistake corrected in 2 rows. All 4 rows are ready to submit.")

    assert place.press("submit", submit="yes").startswith("The upload is complete: 4 of 4 rows written.")
    assert f"{RIGHT}: " in place.question()
    assert place.statuses() == [WRITTEN] * 4
    for row in range(6, 11):
        for header, value in insert(agency.person()).items():
            place.type(row, header, value)
    assert place.press("submit", submit="yes").startswith("The upload is complete: 5 of 5 rows written.")
    assert place.statuses() == [WRITTEN] * 9
    retyped = insert(agency.person())["Participant ID"]
    place.type(10, "Participant ID", retyped)
    assert place.press("validate").startswith("The row is ready to submit.")
    assert place.statuses() == [*[WRITTEN] * 8, "✔ ok"]

    first = client.uploads(limit=2, mine=True)[-1]
    place.press("uploads")
    line = next(n for n, cells in enumerate(place.cells(UPLOADS_SHEET), 1) if first.id in cells)
    place.select(UPLOADS_SHEET, line, 3)
    place.press("log")
    assert place.shown() == layout.LOG_SHEET
    assert any(first.name in str(cell) for cells in place.cells(layout.LOG_SHEET) for cell in cells)
    place.select(UPLOADS_SHEET, line, 3)
    assert place.press("undo_upload", agreed="yes") == "The upload is undone. 4 assignments removed."
    assert f"{first.name}, Caseload.xlsx, submitted by Alice Admin on " in place.question()
    assert place.statuses().count(WRITTEN) == 4

    for _ in range(3):
        begun(client, agency, Caseworker_Name="Ana de la Cruz")
    before = len(place.statuses())
    form = {"from_caseworker": "S3", "to_caseworker": "S1; S2; ADM", "program": "", "on": "2026-03-01"}
    place.press("transfer_caseload", reason="Completed", **form)
    assert len(place.statuses()) >= before + 6
    assert " ready to submit." in place.press("validate")
