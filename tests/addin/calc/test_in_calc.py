"""The extension in a real Calc that can be seen: installed, clicked, and at work against a real server."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from addin.api.client import Client
from addin.errors import BookError
from addin.hosts.calc.office import Office, load_uno
from addin.install.calc import Setup, check, install, run_unopkg, starts
from addin.install.excel import Finding
from addin.install.extension import IDENTIFIER, JOB, Places, build_extension, job, secret_in
from addin.install.libreoffice import System, find_libreoffice
from tests.support.calc_screen import SECONDS, TITLE, Screen
from tests.support.form_button import with_button
from tests.support.own_server import Server
from tests.support.screen import HOW_TO_GET_IT, has_screen, screen
from tests.support.sheets import filled_template, insert
from tests.support.visible_calc import NO_KEYBOARD, Keyboard
from tests.support.waiting import wait_for
from workbook.ribbon import BUTTONS
from workbook.sheets.uploads_sheet import UPLOADS_SHEET

TOOLBAR = "private:resource/toolbar/addon_caseload.upload"
pytestmark = pytest.mark.calc


@dataclass
class Seen:
    """A Calc with the extension, in a profile of its own, and what is on its screen."""

    setup: Setup
    office: Office
    screen: Screen
    keys: Keyboard
    folder: Path
    known_before: bool
    """Whether LibreOffice knew the extension before it was installed."""

    def open(self, path: Path) -> Any:
        return self.office.desktop.loadComponentFromURL(path.as_uri(), "_blank", 0, ())

    def document(self, path: Path) -> Any:
        """The document of this file, as soon as Calc has it open and its window, the last of it, can be seen."""
        document = wait_for(lambda: self._shown(path), SECONDS)
        assert document is not None, f"Calc did not open {path}."
        return document

    def close(self, document: Any) -> None:
        """As soon as Calc lets go of it, which it does not while one of its boxes is just closing. It does not survive
        that a window goes whose button is still at work."""
        for _ in range(2):  # the first may come in the box that is just closing, the second once the press has ended
            self.turn()
        assert wait_for(lambda: _closes(document), SECONDS), f"Calc does not let go of {document.getURL()}."

    def turn(self) -> None:
        """Waits until Calc's main thread has time for us."""
        uno, turned = load_uno(), threading.Event()

        class TurnCallback:
            def getTypes(self) -> tuple[Any, ...]:  # noqa: N802 - UNO's names
                return (uno.getTypeByName("com.sun.star.awt.XCallback"),)

            def getImplementationId(self) -> Any:  # noqa: N802
                return uno.ByteSequence(b"")

            def notify(self, _data: object) -> None:
                turned.set()

        context = self.office.context
        made = context.ServiceManager.createInstanceWithContext("com.sun.star.awt.AsyncCallback", context)
        made.addCallback(TurnCallback(), None)
        assert turned.wait(SECONDS), "Calc is busy still."

    def _shown(self, path: Path) -> Any:
        components = self.office.desktop.getComponents().createEnumeration()
        while components.hasMoreElements():
            document = components.nextElement()
            if document.getURL() == path.as_uri():
                controller = document.getCurrentController()
                if controller is not None and controller.getFrame().getContainerWindow().isVisible():
                    return document
        return None

    def click(self, button: str) -> str:
        """What the message box says that the button ends with."""
        self.screen.click(button)
        box = self.screen.box()
        text = box.text
        box.press("OK")
        return text


def _closes(document: Any) -> bool:
    with suppress(load_uno().getClass("com.sun.star.util.CloseVetoException")):
        document.close(True)
        return True
    return False


@pytest.fixture(scope="module")
def seen(agency: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    folder = tmp_path_factory.mktemp("calc")
    try:
        load_uno()
        setup = Setup(find_libreoffice(System()), folder / "data", folder / "profile")
    except BookError as missing:
        pytest.skip(missing.sentence)
    if not has_screen():
        pytest.skip(HOW_TO_GET_IT)
    known_before = run_unopkg(setup, "list", IDENTIFIER).returncode == 0
    older = folder / "older.oxt"
    older.write_bytes(build_extension(Places((3, 11), ()), BUTTONS[:3]))
    assert run_unopkg(setup, "add", str(older)).returncode == 0
    install(setup, print)
    own = {name: str(folder / "user") for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")}
    known = {"CASELOAD_URL": agency.url, "CASELOAD_TOKEN": agency.token}
    with (
        screen() as shown,
        Office(folder, headless=False, environment=setup.environment() | own | known | shown) as office,
    ):
        keys = Keyboard(office, dict(os.environ | shown), folder / "no picture")
        yield Seen(setup, office, Screen(office.context), keys, folder, known_before)


@pytest.fixture
def book(seen: Seen, client: Client, agency: Server, tmp_path: Path) -> Iterator[Any]:
    """One good row, and one with a misspelt caseworker."""
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    document = seen.open(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    yield document
    seen.close(document)


def test_it_is_not_there_before_and_found_right_afterwards(seen: Seen) -> None:
    assert not seen.known_before
    assert [finding.state for finding in check(seen.setup)] == ["right"] * 3


def test_calc_starts_from_here_and_where_another_python_is_first_on_path_that_is_said(
    seen: Seen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert starts(seen.setup) == Finding("Start", "right", "Calc starts, and the Python in it.")
    subprocess.run([seen.setup.office.python, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    folder = tmp_path / "venv" / "bin"
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    assert starts(seen.setup) == Finding(
        "Start",
        "wrong",
        (
            "Calc starts from here, but the Python in it does not, so a button would end Calc. The Python in "
            f"{folder} stands first on PATH, and LibreOffice takes it for its own. Start LibreOffice from the "
            "desktop, or from a terminal in which no other Python is active (deactivate)."
        ),
    )


def test_menu_and_toolbar_stand_in_calc_with_every_button_in_place_of_an_older_one(seen: Seen, book: Any) -> None:
    assert list(seen.screen.menu()) == [button.label for button in BUTTONS]
    layout = book.getCurrentController().getFrame().LayoutManager
    bar = layout.getElement(TOOLBAR).getRealInterface()
    assert (layout.isElementVisible(TOOLBAR), layout.isElementDocked(TOOLBAR)) == (True, True)
    assert bar is not None


def test_a_click_runs_the_command_in_calc_and_a_box_says_what_came_of_it(seen: Seen, book: Any) -> None:
    assert seen.click("Validate").startswith("1 error in 1 of 2 rows.")
    fixes = book.getSheets().getByName("Fix Errors")
    cells = [cell for line in fixes.getCellRangeByName("A1:H12").getDataArray() for cell in line]
    assert "Robrt Smiht" in cells


def test_a_question_is_asked_in_calc_and_cancel_changes_nothing(seen: Seen, book: Any, agency: Server) -> None:
    seen.screen.click("Settings")
    form = seen.screen.box("Settings")
    assert (form.text.startswith("Where your agency's server is"), form.field) == (True, agency.url)
    assert form.labels[1:] == ["Server address", "Your token"]
    form.write("http://127.0.0.1:9")
    form.press("OK")
    again = seen.screen.box("Settings")
    assert again.text.startswith("The server at http://127.0.0.1:9 does not answer.")
    assert again.field == "http://127.0.0.1:9"
    again.press("Cancel")
    assert not (seen.folder / "user" / "caseload").exists()
    assert seen.click("Validate").startswith("1 error")  # nothing is left open, and no box was shown


def test_what_is_on_the_ribbon_is_asked_before_a_template_is_made(seen: Seen, book: Any) -> None:
    seen.screen.click("Generate Template")
    seen.screen.box("Generate Template").press("OK")
    made = Path(load_uno().fileUrlToSystemPath(book.getURL())).with_name("Caseload 2.xlsx")
    seen.close(seen.document(made))
    headers = [cell.value for cell in load_workbook(made)["Caseload"][1]]
    assert {"Program Name", "Caseworker Name"} <= set(headers)


def test_all_that_a_button_asks_stands_in_one_window(seen: Seen, book: Any) -> None:
    seen.screen.click("Transfer Caseload")
    form = seen.screen.box("Transfer Caseload")
    assert form.text.startswith("The old assignments end on the date, and the new ones begin on it.")
    assert form.labels[1:] == [
        "Whose caseload",
        "Who receives it",
        "Which program",
        "On which date",
        "Reason for Dismissal",
    ]
    form.write("someday")  # the others are lists
    form.press("OK")
    again = seen.screen.box("Transfer Caseload")
    assert "someday is not a date. Enter one such as 2026-01-31 or 1/31/2026." in " ".join(again.labels)
    assert again.field == "someday"
    again.press("Cancel")


@pytest.mark.skipif(shutil.which("xdotool") is None, reason=NO_KEYBOARD)
def test_a_press_while_a_cell_is_being_edited_is_refused_and_the_text_stays(seen: Seen, book: Any) -> None:
    seen.keys.focus()
    sheet = book.getSheets().getByIndex(0)
    cell = sheet.getCellByPosition(1, 9)
    book.getCurrentController().select(cell)
    seen.keys.type("00")
    assert seen.click("Validate") == (
        "A cell is being edited. Finish it with Enter, or give it up with Esc, and press the button again."
    )
    seen.keys.focus()
    seen.keys.type("42")
    seen.keys.press("Return")
    assert wait_for(lambda: cell.getString() == "0042")
    cell.setString("")
    assert seen.click("Validate").startswith("1 error in 1 of 2 rows.")


def test_a_yes_is_asked_for_and_a_no_is_taken(seen: Seen, client: Client, agency: Server, tmp_path: Path) -> None:
    document = seen.open(filled_template(client, tmp_path / "Good.xlsx", [insert(agency.person())]))
    try:
        seen.screen.click("Submit")
        seen.screen.box().press("Yes")
        box = seen.screen.box()
        assert box.text == "The upload is complete: 1 of 1 row written."
        box.press("OK")
        for answer, state in (("No", "complete"), ("Yes", "undone")):
            seen.screen.click("Undo Upload")
            seen.screen.box().press(answer)
            seen.screen.box().press("OK")
            assert client.uploads(limit=1)[0].state == state
    finally:
        seen.close(document)


@pytest.mark.skipif(shutil.which("xdotool") is None, reason=NO_KEYBOARD)
def test_a_double_click_on_the_line_of_an_upload_shows_its_log(
    seen: Seen, book: Any, client: Client, agency: Server, tmp_path: Path
) -> None:
    for name in ("first", "second"):
        path = filled_template(client, tmp_path / f"{name}.xlsx", [insert(agency.person())])
        assert client.wait(client.submit_file(path, uuid4().hex).id).state == "complete"
    seen.click("Uploads")
    controller = book.getCurrentController()
    uploads = controller.getActiveSheet()
    lines = uploads.getCellRangeByName("A1:K20").getDataArray()
    assert lines[1][0].startswith("Double-click the line of an upload to see its log")
    row = next(number for number, line in enumerate(lines, start=1) if "first.xlsx" in line)
    seen.keys.focus()
    assert uploads.getName() == UPLOADS_SHEET
    seen.keys.double_click(row, 2)
    assert wait_for(lambda: controller.getActiveSheet().getName() == "Log", SECONDS)
    seen.screen.box().press("OK")
    assert controller.getActiveSheet().getCellRangeByName("B3").getString() == "first.xlsx"


@pytest.mark.skipif(shutil.which("xdotool") is None, reason=NO_KEYBOARD)
def test_a_button_in_a_document_presses_none_of_ours(seen: Seen, book: Any, tmp_path: Path) -> None:
    """But for one that knows the secret, which shows that a click would press it."""
    secret = secret_in(seen.setup.extension)

    def box_after_a_click(name: str, address: str, seconds: float) -> bool:
        document = seen.open(with_button(tmp_path / f"{name}.ods", address))
        try:
            seen.keys.focus()
            seen.keys.click(5, 3)
            seen.turn()
            if not seen.screen.shows(TITLE, seconds):
                return False
            seen.screen.box().press("OK")
            return True
        finally:
            seen.close(document)

    assert box_after_a_click("known", JOB + job(secret, "validate"), SECONDS)
    assert not box_after_a_click("unnamed", f"{JOB}{IDENTIFIER}.validate", 0.5)
    assert not box_after_a_click("service", f"vnd.sun.star.job:service={IDENTIFIER}.Buttons", 0.5)
    assert seen.click("Validate").startswith("1 error")  # and nothing stands in the way of the next press


def test_an_add_in_that_has_moved_away_or_another_python_is_one_sentence(seen: Seen, book: Any) -> None:
    (places,) = (seen.folder / "profile").rglob("places.json")
    right = places.read_text("utf-8")
    try:
        places.write_text(json.dumps(json.loads(right) | {"folders": ["/no/such/folder"]}))
        assert "need the folder /no/such/folder, which is no longer there" in seen.click("Validate")
        places.write_text(json.dumps(json.loads(right) | {"python": [3, 99]}))
        assert seen.click("Validate").endswith(
            "set up for 3.99. Close LibreOffice, open a terminal, and run: caseload install --calc"
        )
    finally:
        places.write_text(right)
