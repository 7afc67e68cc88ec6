"""Excel as it is, on this computer: every button with a wrong row, over a filter, from OneDrive, with a second Excel
open, on a protected sheet. Prints one table of what held and what did not. See windows-smoke.md.

It needs nobody's server: it starts one of its own with an invented agency, in a folder that it throws away, and puts
your settings back as they were. What it asks of an Excel stands in the two Protocols below: `smoke_windows.py` is one,
and the tests give it their stand-in.
"""

# ruff: noqa: T201 - it reports on the terminal, and starts our own program by its name
from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from smoke_server import server, settings

from addin.api.client import Client
from addin.buttons.template import template_content
from workbook import layout
from workbook.columns import ROW_STATUS, TemplateChoice
from workbook.macros import ADD_IN, NEXT, PREVIOUS
from workbook.ribbon import BUTTONS
from workbook.sheets import fix_sheet
from workbook.sheets.macro_book import build_add_in

WORST = ("Traceback", "should not have", "could not be started", "Excel refused", "did not end", "Caseload ...")
"""What no button may say where nothing stands in its way."""

SHOWN = ("validate", "apply_fixes", "generate_template")
"""The buttons whose work is looked at, besides Next and Previous Error."""


class SmokeLine(NamedTuple):
    """One line of the table. `held`: yes, NO, or why it was not tried."""

    situation: str
    what: str
    held: str
    said: str = ""


class SmokeWindow(Protocol):
    """A workbook that is open in an Excel. `book`: xlwings' own."""

    book: Any

    def press(self, command: str) -> str:
        """Presses a button as the ribbon does, and gives what it said when it had ended; a question is closed."""

    def filter(self, column: int, value: str) -> None:
        """Has Excel show the rows alone that hold a value."""

    def is_filtered(self) -> bool: ...
    def protect(self) -> None:
        """Protects the sheet in front."""

    def close(self) -> None: ...


class Excel(Protocol):
    """An Excel of the script's own."""

    def open(self, path: Path, add_in: Path | None = None) -> SmokeWindow:
        """A workbook, whose buttons are its own or those of an add-in that is opened beside it."""

    def look(self, window: SmokeWindow) -> list[SmokeLine]:
        """What is to be said of a workbook that was just opened."""

    def another(self) -> Excel | None:
        """A second one beside it; None where there is no such thing."""

    def names(self) -> list[str]:
        """Its open workbooks."""

    def close_but(self, names: Sequence[str]) -> None:
        """Closes all workbooks but these."""

    def close(self) -> None: ...


def main() -> int:
    if sys.platform != "win32":
        print("This drives Excel for Windows. On a Mac, press the buttons by hand: docs/windows-smoke.md lists them.")
        return 3
    from smoke_windows import WindowsExcel

    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name,
        server(Path(name)) as (url, token),
        Client(url, token) as client,
        settings(url, token),
    ):
        excel = WindowsExcel()
        try:
            lines = every_situation(excel, client, Path(name), onedrive())
        finally:
            excel.close()
    print(table(lines))
    print("\nSend this table. Then look yourself, as windows-smoke.md says: a program does not see everything.")
    return 1 if any(line.held == "NO" for line in lines) else 0


def every_situation(excel: Excel, client: Client, folder: Path, cloud: Path | None) -> list[SmokeLine]:
    """The whole table. `folder`: for the workbooks; `cloud`: a folder of OneDrive's, where there is one."""
    rows = SmokeRows(client)
    path = folder / "Caseload.xlsm"
    path.write_bytes(template_content(client, TemplateChoice(), ".xlsm"))
    lines = a_wrong_row(excel, path, rows)
    lines += over_a_filter(excel, path, rows)
    lines += on_a_protected_sheet(excel, path, rows)
    lines += with_a_second_excel(excel, path, rows)
    lines += from_onedrive(excel, path, rows, cloud)
    plain, add_in = folder / "Plain.xlsx", folder / ADD_IN
    plain.write_bytes(template_content(client, TemplateChoice(), ".xlsx"))
    add_in.write_bytes(build_add_in())
    lines += with_the_add_in(excel, plain, add_in, rows)
    lines += every_other_button(excel, path, rows)  # the last, because Test Rows leaves something on the server
    return lines


def a_wrong_row(excel: Excel, path: Path, rows: SmokeRows) -> list[SmokeLine]:
    situation = "a wrong row"
    window = excel.open(path)
    try:
        lines = excel.look(window)
        rows.fill(window)
        before = rows.participants(window)

        def press(command: str, label: str, came_of_it: Callable[[], bool] = lambda: True) -> None:
            said = window.press(command)
            good = not any(word in said for word in WORST) and came_of_it()
            lines.append(SmokeLine(situation, label, held(good), said))

        labels = {button.command: button.label for button in BUTTONS}
        press("validate", "Validate marks it", lambda: rows.statuses(window)[1].startswith("✖"))
        for command, at in ((NEXT, 3), (PREVIOUS, 3)):
            place = rows.place(window, rows.caseworker_header)
            press(command, f"{labels[command]} selects it", lambda at=at, to=place: selected(window) == (at, to))
        rows.choose(window)
        press("apply_fixes", "Apply Fixes corrects it", lambda: rows.caseworkers(window) == [rows.right] * 3)
        lines.append(SmokeLine(situation, "no other row changed", held(rows.participants(window) == before)))
        known = excel.names()
        press("generate_template", "Generate Template opens a workbook", lambda: len(excel.names()) == len(known) + 1)
        excel.close_but(known)
        return lines
    finally:
        window.close()


def every_other_button(excel: Excel, path: Path, rows: SmokeRows) -> list[SmokeLine]:
    """Each ends in a sentence or a question; a question is closed, which changes nothing."""
    window = excel.open(path)
    try:
        rows.fill(window)
        others = [one for one in BUTTONS if one.command not in (*SHOWN, NEXT, PREVIOUS)]
        said = {one.label: window.press(one.command) for one in others}
        return [
            SmokeLine("every other button", label, held(not any(word in told for word in WORST)), told)
            for label, told in said.items()
        ]
    finally:
        window.close()


def over_a_filter(excel: Excel, path: Path, rows: SmokeRows) -> list[SmokeLine]:
    situation = "over a filter"
    window = excel.open(path)
    try:
        rows.fill(window)
        before = rows.participants(window)
        window.filter(rows.place(window, rows.caseworker_header), rows.right)
        said = window.press("validate")
        marked = rows.statuses(window)
        rows.choose(window)
        fixed = window.press("apply_fixes")
        return [
            SmokeLine(situation, "Validate marks the hidden row", held(marked[1].startswith("✖")), said),
            SmokeLine(situation, "Apply Fixes corrects it", held(rows.caseworkers(window) == [rows.right] * 3), fixed),
            SmokeLine(situation, "no other row changed", held(rows.participants(window) == before)),
            SmokeLine(situation, "the filter is on again", held(window.is_filtered())),
        ]
    finally:
        window.close()


def on_a_protected_sheet(excel: Excel, path: Path, rows: SmokeRows) -> list[SmokeLine]:
    situation = "a protected sheet"
    window = excel.open(path)
    try:
        rows.fill(window)
        before = rows.cells(window)
        window.protect()
        said = window.press("validate")
        return [
            SmokeLine(
                situation, "Validate says why it cannot", held("rotect" in said and "Excel refused" in said), said
            ),
            SmokeLine(situation, "and the rows are as they were", held(rows.cells(window) == before)),
        ]
    finally:
        window.close()


def with_a_second_excel(excel: Excel, path: Path, rows: SmokeRows) -> list[SmokeLine]:
    situation = "a second Excel"
    other = excel.another()
    if other is None:
        return [SmokeLine(situation, "a workbook of the same name in it", "there is one Excel alone")]
    copy = path.with_name("second") / path.name
    copy.parent.mkdir(exist_ok=True)
    shutil.copyfile(path, copy)
    window, second = excel.open(path), other.open(copy)
    try:
        rows.fill(window)
        rows.fill(second)
        before = rows.cells(window)
        said = second.press("validate")
        return [
            SmokeLine(
                situation, "Validate marks what was pressed", held(rows.statuses(second)[1].startswith("✖")), said
            ),
            SmokeLine(situation, "and not the other of that name", held(rows.cells(window) == before)),
            SmokeLine(situation, "both Excels live on", held(bool(excel.names() and other.names()))),
        ]
    finally:
        second.close()
        other.close()
        window.close()


def from_onedrive(excel: Excel, path: Path, rows: SmokeRows, cloud: Path | None) -> list[SmokeLine]:
    situation = "from OneDrive"
    if cloud is None:
        return [SmokeLine(situation, "Validate finds the workbook", "there is no OneDrive here")]
    copy = cloud / "Caseload smoke test.xlsm"
    shutil.copyfile(path, copy)
    window = excel.open(copy)
    try:
        rows.fill(window)
        said = window.press("validate")
        known = excel.names()
        made = window.press("generate_template")
        has_made = len(excel.names()) == len(known) + 1
        excel.close_but(known)
        return [
            SmokeLine(situation, "Validate finds the workbook", held(rows.statuses(window)[1].startswith("✖")), said),
            SmokeLine(situation, "Generate Template finds a folder", held(has_made), made),
        ]
    finally:
        window.close()
        with suppress(OSError):  # OneDrive may hold it for a moment; it is called what it is
            copy.unlink()


def with_the_add_in(excel: Excel, path: Path, add_in: Path, rows: SmokeRows) -> list[SmokeLine]:
    situation = "an .xlsx and the add-in"
    window = excel.open(path, add_in)
    try:
        rows.fill(window)
        said = window.press("validate")
        found = window.press(NEXT)
        place = rows.place(window, rows.caseworker_header)
        return [
            SmokeLine(situation, "Validate marks the wrong row", held(rows.statuses(window)[1].startswith("✖")), said),
            SmokeLine(situation, "Next Error selects it", held(selected(window) == (3, place)), found),
        ]
    finally:
        window.close()


class SmokeRows:
    """Three rows of a real person's each, of which the second names a misspelt caseworker."""

    caseworker_header = "Caseworker Name"

    def __init__(self, client: Client) -> None:
        known = [one for page in client.open_assignments() for one in page]
        relationships = client.reference().feeder["Caseworker Relationship"]
        self.right = known[0].caseworker
        self.wrong = f"{self.right[:-3]}{self.right[-2]}{self.right[-3]}{self.right[-1]}x"
        people = list({one.participant_id: one.status for one in known}.items())[:3]
        taken = {(one.participant_id, one.relationship) for one in known}
        self._rows = [
            {
                "Update or Insert": "Insert",
                "Participant ID": participant,
                self.caseworker_header: self.wrong if number == 1 else self.right,
                # One that they do not have yet, so that nothing else is wrong with the row.
                "Caseworker Relationship": next(
                    (name for name in reversed(relationships) if (participant, name) not in taken), relationships[0]
                ),
                "Caseload Status": status,
                "Start Date": "2026-03-01",
            }
            for number, (participant, status) in enumerate(people)
        ]

    def fill(self, window: SmokeWindow) -> None:
        """Writes them over the template's own two."""
        headers = self._headers(window)
        sheet = window.book.sheets[layout.DATA_SHEET]
        for row, cells in enumerate(self._rows, start=2):
            for column, header in enumerate(headers, start=1):
                sheet.range(f"{layout.column_letters(column)}{row}").raw_value = cells.get(header, "")
        with suppress(Exception):  # the sheet in front, and a cell of it
            sheet.activate()

    def cells(self, window: SmokeWindow) -> list[list[Any]]:
        last = layout.column_letters(len(self._headers(window)))
        return [list(row) for row in window.book.sheets[layout.DATA_SHEET].range(f"A2:{last}4").raw_value]

    def place(self, window: SmokeWindow, header: str) -> int:
        return self._headers(window).index(header) + 1

    def participants(self, window: SmokeWindow) -> list[str]:
        return [str(row[self.place(window, "Participant ID") - 1]) for row in self.cells(window)]

    def caseworkers(self, window: SmokeWindow) -> list[str]:
        return [str(row[self.place(window, self.caseworker_header) - 1]) for row in self.cells(window)]

    def statuses(self, window: SmokeWindow) -> list[str]:
        return [str(row[self.place(window, ROW_STATUS) - 1] or "") for row in self.cells(window)]

    def choose(self, window: SmokeWindow) -> None:
        """Types the right name beside the wrong one in Fix Errors."""
        sheet = window.book.sheets[layout.FIX_SHEET]
        rows = sheet.range("A1:Z60").raw_value
        headers = list(rows[fix_sheet.HEADER_ROW - 1])
        line = next((number for number, row in enumerate(rows, start=1) if self.wrong in row), None)
        if line is not None:
            letters = layout.column_letters(headers.index(fix_sheet.CHOICE) + 1)
            sheet.range(f"{letters}{line}").raw_value = self.right

    def _headers(self, window: SmokeWindow) -> list[str]:
        found = window.book.sheets[layout.DATA_SHEET].range("A1:AZ1").raw_value
        row = found[0] if isinstance(found[0], list | tuple) else found
        return [str(cell) for cell in row if cell]


def selected(window: SmokeWindow) -> tuple[int, int]:
    place = window.book.app.selection
    return place.row, place.column


def table(lines: Sequence[SmokeLine]) -> str:
    """As text, to be sent as it stands."""
    heads = ("situation", "what", "held", "what was said")
    rows = [heads, *((one.situation, one.what, one.held, " ".join(one.said.split())[:90]) for one in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(3)]
    told = ["  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[3]]) for row in rows]
    return "\n".join(line.rstrip() for line in [told[0], "-" * len(told[0]), *told[1:]])


def held(it: bool) -> str:
    return "yes" if it else "NO"


def onedrive() -> Path | None:
    """A folder that OneDrive keeps, by the names that it sets in the environment."""
    named = (os.environ.get(name) for name in ("OneDriveCommercial", "OneDrive", "OneDriveConsumer"))
    return next((Path(one) for one in named if one and Path(one).is_dir()), None)


if __name__ == "__main__":
    sys.exit(main())
