"""The macros press: what they start is the program, run as they start it, and it ends in the workbook that is meant."""

from __future__ import annotations

import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pyopenvba.interpreter import VBARuntimeError

from addin.buttons.template import template_content
from addin.install.excel import Computer, install
from tests.support.excel.applescript import shell_line
from tests.support.excel.grid import OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.vba import Macros, Range
from tests.support.excel.world import RIGHT, WRONG, World
from tests.support.sheets import begun, filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_STATUS, TemplateChoice
from workbook.macros import FROM_THE_END, FROM_THE_TOP, MAC_SCRIPT, NEXT, NOTHING_MARKED, PREVIOUS, macros
from workbook.ribbon import BUTTONS, CHOOSE
from workbook.sheets.macro_book import build_add_in

NEVER_STARTED = "The program behind the buttons could not be started (File not found)."


class Ribbon:
    """What a user sees of the macros: buttons. `install` has set up the computer."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.world, self.monkeypatch = world, monkeypatch
        home = world.folder / "computer"
        (home / "Library/Containers/com.microsoft.Excel/Data").mkdir(parents=True)
        system = {"windows": "win32", "mac": "darwin"}[world.system]
        self.computer = Computer(
            system, home, Path(sys.executable), sys.version_info[:3], 64, home / "Roaming", "0.37.8", "utf-8"
        )
        install(self.computer)
        self.is_add_in = False
        self.macros: Macros

    def of(self, book: OpenWorkbook | None, excel: StandInExcel | None = None) -> Macros:
        """The macros of a workbook, or for None those of the add-in."""
        self.macros = Macros(macros(), excel or self.world.user.excel, book, self.computer.application_data)
        return self.macros

    def arguments(self) -> list[str]:
        """Those of the program that was started last, as its own system hands them over."""
        told = self.macros.started[-1]
        if not self.macros.is_mac:
            return shlex.split(told, posix=True)
        name, handler, said = told.split(" | ")
        assert name == MAC_SCRIPT
        line = shell_line(self.computer.program_file.read_text("utf-8"), said, handler)
        assert line.endswith(" > /dev/null 2>&1 &")  # so that Excel is not kept waiting
        return shlex.split(line.removesuffix(" > /dev/null 2>&1 &"))

    def press(self, command: str) -> str:
        """A button from the macro to the message at the end."""
        count = len(self.macros.started)
        before = [(one.name, dict(one.values)) for one in self.world.user.book.sheets]
        self.macros.press(command)
        if command in (NEXT, PREVIOUS):
            assert len(self.macros.started) == count  # the workbook knows its marks
            return str(self.world.user.excel.statuses[-1])
        assert len(self.macros.started) == count + 1, self.macros.boxes
        # The macro has ended, and nothing is done yet: Excel is the user's.
        assert [(one.name, one.values) for one in self.world.user.book.sheets] == before
        assert self.world.user.excel.statuses[-1] == "Caseload ..."
        python, *words = self.arguments()
        assert (python, words[:4]) == (sys.executable, ["-E", "-P", "-m", "addin.hosts.excel"])
        self.monkeypatch.setattr(sys, "argv", words[3:])
        return self.world.user.hears(lambda: runpy.run_module("addin.hosts.excel", run_name="__main__"))


@pytest.fixture
def ribbon(world: World, monkeypatch: pytest.MonkeyPatch) -> Ribbon:
    return Ribbon(world, monkeypatch)


def test_the_macros_press_every_button_of_our_workbook(world: World, ribbon: Ribbon) -> None:
    names = ["Carla Ruiz", WRONG, "Carla Ruiz"]
    path = world.folder / "Fälle für Łódź (1).xlsm"
    filled_template(world.client, world.folder / "x.xlsx", [world.row(Caseworker_Name=one) for one in names])
    (world.folder / "x.xlsx").rename(path)
    book = world.user.open(path)
    ribbon.of(book)
    user, said = world.user, {}
    other = plain_workbook(world.folder / "other.xlsx", [insert(world.agency.person())])
    begun(world.client, world.agency, Caseworker_Name="Ana de la Cruz")
    everything = {
        "url": world.agency.url, "token": world.agency.token, "rows": "1", "keep": "yes", "submit": "yes",
        "agreed": "yes", "format": "csv", "caseworker": "S3", "program": "", "participant": "", "from_caseworker": "S3",
        "to_caseworker": "S2", "on": "2026-03-01", "reason": "Completed", "file": str(other), "typed": "",
    }  # fmt: skip
    order = [
        "settings", "validate", "find_participant", "next_error", "previous_error", "accept_suggestions", "apply_fixes",
        "test_rows", "keep_test", "take_back_test",
        "submit", "refresh_status", "log", "uploads", "undo_upload", "remembered_fixes", "export_for_eto",
        "download_caseload", "transfer_caseload", "paste_data", "generate_template",
    ]  # fmt: skip
    assert {one.command for one in BUTTONS} == set(order)
    for command in order:
        user.answers = everything
        if command == "find_participant":
            book.active, book.selection = book.shown, (2, 1)
        said[command] = ribbon.press(command)
    assert (user.windows, ribbon.macros.boxes) == ([], [])
    assert said["settings"].startswith("Connected to")
    assert said["validate"].startswith("1 error in 1 of 3 rows.")
    assert said["next_error"].startswith("Row 3: Did you mean Robert Smith? Caseworker Name: ")
    assert said["apply_fixes"].startswith("1 mistake corrected in 1 row. All 3 rows are ready to submit.")
    assert said["keep_test"].startswith("The test is kept")
    assert "which is no test that waits for a decision." in said["take_back_test"]
    assert said["submit"].startswith("The upload is complete")
    assert said["undo_upload"].startswith("The upload is undone.")
    assert Path(user.excel.opened[-1]).name == "Caseload.xlsm"
    assert not [one for one in said.values() if "should not have" in one or "refused" in one], said
    silent = ("find_participant", "log", "remembered_fixes", "uploads", "generate_template")
    assert [one for one in order if not said[one] and one not in silent] == []


def test_the_add_in_acts_on_whatever_workbook_is_in_front(world: World, ribbon: Ribbon) -> None:
    """A template without macros works with it, and the next template needs none either."""
    path = world.folder / "Caseload.xlsx"
    path.write_bytes(template_content(world.client, TemplateChoice(), ".xlsx"))
    filled_template(world.client, path, [world.row(Caseworker_Name=WRONG)])
    book = world.user.open(path)
    ribbon.of(None)
    assert ribbon.press("validate").startswith("1 error in 1 of 1 row.")
    assert ribbon.press("next_error").startswith("Row 2: Did you mean Robert Smith? Caseworker Name: ")
    world.choose(RIGHT)
    assert ribbon.press("apply_fixes").startswith("1 mistake corrected in 1 row.")
    assert book.shown.value(2, world.user.place(ROW_STATUS)) == "✔ ok"
    ribbon.macros.run(CHOOSE, "x", 1, control="caseload_choice_program", tag="0")
    ribbon.press("generate_template")
    assert Path(world.user.excel.opened[-1]).name == "Caseload 2.xlsx"
    assert "Program ID" in [world.user.data.value(1, column) for column in range(1, 20)]


def test_without_a_workbook_the_add_in_begins_with_an_empty_one(world: World, ribbon: Ribbon) -> None:
    documents = world.folder / "home" / "Documents"
    documents.mkdir(parents=True)
    world.monkeypatch.setenv("HOME", str(documents.parent))
    ribbon.of(None).press("generate_template")
    assert [one.name for one in world.user.excel.books] == ["Book1"]
    world.monkeypatch.setattr(sys, "argv", ribbon.arguments()[4:])
    runpy.run_module("addin.hosts.excel", run_name="__main__")
    assert (world.user.book.name, world.user.windows) == ("Caseload.xlsx", [])


@pytest.mark.parametrize("is_add_in", [True, False])
def test_a_macro_that_another_workbook_s_shape_has_by_its_name_presses_no_button(
    world: World, ribbon: Ribbon, *, is_add_in: bool
) -> None:
    """A workbook without macros of its own may give a shape those of the add-in, with whatever words."""
    macros = ribbon.of(None if is_add_in else world.template(world.row()))
    macros.vba.run("PressButton", ["test_rows"])
    assert macros.started == []
    macros.press("test_rows")
    macros.vba.run("PressButton", ["submit"])
    assert [" test_rows " in line for line in macros.started] == [True]


def test_of_the_workbook_s_tab_and_the_add_in_s_one_is_shown(world: World, ribbon: Ribbon) -> None:
    code = "Public Sub show(control As Object)\nDim seen As Variant\ncaseload_tab_shown control, seen\n"
    code += "Debug.Print seen\nEnd Sub\n"

    def shown(book: OpenWorkbook | None, *, add_in_is_open: bool) -> list[str]:
        one = Macros(macros() + code, world.user.excel, book, world.folder)
        one.add_in_is_open = add_in_is_open
        one.run("show")
        return list(one.vba.console)

    book = world.template(world.row())
    assert shown(book, add_in_is_open=False) == ["True"]
    assert shown(book, add_in_is_open=True) == ["False"]
    assert shown(None, add_in_is_open=True) == ["True"]


@pytest.mark.parametrize("error", [(53, "File not found"), (70, "Permission denied"), (5, "Invalid procedure call")])
def test_what_cannot_be_started_is_one_sentence_that_says_what_to_type(
    world: World, ribbon: Ribbon, error: tuple[int, str]
) -> None:
    """Permission denied: Defender's rule on programs that Office starts (EXCEL-TRUTH 20)."""
    ribbon.of(world.template(world.row())).error = error
    ribbon.macros.press("validate")
    (said,) = ribbon.macros.boxes
    assert said == (
        f"The program behind the buttons could not be started ({error[1]}). In a terminal, type: caseload install "
        "--check. It says what stands in the way."
    )
    assert world.user.excel.statuses[-1] is False


@pytest.mark.parametrize("system", ["windows"])
def test_a_computer_that_is_not_set_up_says_so(world: World, ribbon: Ribbon) -> None:
    ribbon.computer.program_file.unlink()
    ribbon.of(world.template(world.row())).press("validate")
    assert ribbon.macros.boxes[0].startswith(NEVER_STARTED)


@pytest.mark.parametrize(
    "name", ['a\'b "c" & del %PATH% $(x) `y`.xlsx', "Ждан Łódź 北京 😀.xlsx", "1.xlsx", "_0041.xlsm"]
)
def test_whatever_a_workbook_is_called_it_is_found(world: World, ribbon: Ribbon, name: str) -> None:
    book = world.template(world.row())
    world.template(world.row(), name="front.xlsx")
    book.name = name
    world.user.excel.books.sort(key=lambda one: one is not book)
    ribbon.of(book)
    assert ribbon.press("validate") == "The row is ready to submit."
    assert re.fullmatch(r"[ -~]*", ribbon.macros.started[-1])
    assert book.shown.value(2, world.user.place(ROW_STATUS)) == "✔ ok"


@pytest.mark.parametrize("system", ["windows"])
def test_two_excels_with_a_workbook_of_one_name_are_told_apart(world: World, ribbon: Ribbon) -> None:
    first = world.template(world.row())
    other = StandInExcel(world.user.excel.kind)
    world.excels.append(other)
    second = other.open(filled_template(world.client, world.folder / "b.xlsx", [insert("nobody")]))
    second.name = "Caseload.xlsx"
    ribbon.of(second, other).press("validate")
    world.monkeypatch.setattr(sys, "argv", ribbon.arguments()[4:])
    runpy.run_module("addin.hosts.excel", run_name="__main__")
    assert (first.shown.value(2, world.user.place(ROW_STATUS)), other.told[-1][1][:8]) == (None, "1 error ")


def test_what_is_started_really_starts_and_nothing_beside_the_workbook_is_run(
    world: World, ribbon: Ribbon, tmp_path: Path
) -> None:
    """The line as it stands, in the workbook's folder, where somebody has put files with the names of what we import
    (EXCEL-TRUTH 15). Here it finds no Excel, and says so."""
    ribbon.of(world.template(world.row())).press("validate")
    beside = tmp_path / "beside"
    beside.mkdir()
    for name in ("addin.py", "requests.py", "xlwings.py", "sitecustomize.py", "typing.py"):
        (beside / name).write_text("open('hacked', 'w')\n")
    done = subprocess.run(
        ribbon.arguments(),
        cwd=beside,
        env={"PYTHONPATH": str(beside), "HOME": str(tmp_path), "PATH": "", "LANG": "C"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr.startswith("Excel is not open, or does not answer."), done.stderr
    assert not (beside / "hacked").exists()


def walked(press: Callable[[str], str], world: World, *commands: str) -> list[tuple[str, object]]:
    found: list[tuple[str, object]] = []
    for one in commands:
        said = press(one)
        found.append((said, world.user.book.selection))
    return found


def test_the_macros_and_the_button_walk_the_same_way_and_say_the_same(world: World, ribbon: Ribbon) -> None:
    """In a workbook with columns moved, rows sorted and hidden, titles above, errors in cells, and another in front."""
    rows = [
        world.row(Caseworker_Name=WRONG, End_Date="2026-01-01"),
        world.row(),
        world.row(Caseload_Status="Actve", Start_Date="31/02/2026"),
        world.row(Caseworker_Name=WRONG),
        insert("nobody"),
    ]
    book = world.template(*rows)
    ribbon.of(book)
    commands = [NEXT] * 9 + [PREVIOUS] * 9
    ribbon.press(NEXT)
    assert (ribbon.macros.boxes, world.user.excel.statuses[-1]) == ([NOTHING_MARKED], False)
    assert world.user.press(NEXT) == NOTHING_MARKED
    world.user.press("validate")

    def both() -> list[tuple[str, object]]:
        start = book.active, book.selection
        by_macro = walked(ribbon.press, world, *commands)
        book.active, book.selection = start
        by_button = walked(world.user.press, world, *commands)
        assert by_macro == [(said[:250], place) for said, place in by_button]
        return by_macro

    found = both()
    assert len({place for _, place in found}) > 4
    assert found[0][0].startswith("Row 2: ")
    assert [said for said, _ in found if said.startswith(FROM_THE_TOP)]
    assert [said for said, _ in found if said.startswith(FROM_THE_END)]
    assert any("Did you mean Robert Smith? " in said for said, _ in found)
    sheet = book.shown
    last = max(row for row, _ in sheet.values)
    sheet.values = {
        ((last + 2 - row if row > 1 else 1) + 3, (column * 7) % 23 + 1): value
        for (row, column), value in sheet.values.items()
    }
    sheet.values[1, 2] = "Changes of March"
    sheet.hidden_by_hand = {6, 7}
    assert sum("is hidden" in said for said, _ in both()) > 1
    book.active, book.selection = book.sheet(layout.FIX_SHEET), (9, 9)
    assert "again" not in both()[0][0]


def test_a_star_in_a_header_stands_for_itself(world: World, ribbon: Ribbon) -> None:
    """Excel's own search takes it for any letters, and would end in another column that begins likewise."""
    book = world.template(world.row(Caseworker_Name=WRONG))
    sheet = book.shown
    (place,) = (column for (row, column), text in sheet.values.items() if (row, text) == (1, "Caseworker Name"))
    sheet.values[1, place] = "Caseworker*"
    ribbon.of(book)
    world.user.press("validate")
    width = max(column for _, column in sheet.values)
    sheet.values = {(row, width + 1 - column): value for (row, column), value in sheet.values.items()}
    assert ribbon.press(NEXT).startswith("Row 2: Did you mean Robert Smith?")
    assert book.selection == (2, width + 1 - place)


def test_the_add_in_is_where_excel_loads_it(ribbon: Ribbon) -> None:
    assert ribbon.computer.add_in.read_bytes() == build_add_in()


def test_a_sheet_on_which_no_cell_may_be_selected_says_why(
    world: World, ribbon: Ribbon, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))
    ribbon.of(book)
    world.user.press("validate")

    def refuse(_: object) -> None:
        raise VBARuntimeError(1004, "Select method of Range class failed")

    monkeypatch.setattr(Range._vba_members["select"], "getter", refuse)
    ribbon.press(NEXT)
    assert ribbon.macros.boxes == ["Excel refused: Select method of Range class failed"]
