"""A batch from the empty template to its log, in a Calc that can be seen, worked by keys, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw

from addin import commands
from addin.api.client import Client
from addin.errors import BookError
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import calc_engine, front_book
from addin.rows.data_sheet import read_data
from tests.addin.conftest import Agency, filled_template, fresh_template, insert, plain_workbook
from tests.addin.visible_calc import Keyboard, visible_office
from tests.waiting import wait_for
from workbook import fix_sheet, layout
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.template import build_workbook

NAME = "Caseworker Name"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Keyboard]]:
    with visible_office(tmp_path_factory.mktemp("visible")) as opened:
        yield opened


@pytest.fixture
def engine(window: tuple[Office, Keyboard]) -> Iterator[xw.Engine]:
    engine = calc_engine(window[0].context)
    yield engine
    for document in engine.impl.program.documents():
        document.model.setModified(False)
        document.close()
    xw.engines.engines.remove(engine)


@pytest.fixture
def keys(window: tuple[Office, Keyboard]) -> Keyboard:
    return window[1]


def opened(engine: xw.Engine, path: Path) -> xw.Book:
    return engine.apps.add(add_book=False).books.open(str(path))


class Rows:
    """The data sheet of a book, by header and Participant ID."""

    def __init__(self, book: xw.Book, keys: Keyboard) -> None:
        self.book = book
        self.keys = keys
        self.sheet = book.sheets[0]
        self.headers: list[str] = self.sheet.range("A1:Z1").value

    def column(self, header: str) -> int:
        return self.headers.index(header) + 1

    def row(self, person: str) -> int:
        return next(row for row, texts in self.texts().items() if texts.get("Participant ID") == person)

    def texts(self) -> dict[int, dict[str, str]]:
        data = read_data(self.book)
        return {row: data.texts(row) for row in data.rows}

    def go_to(self, row: int, header: str) -> xw.Range:
        cell = self.sheet.range((row, self.column(header)))
        cell.select()
        return cell

    def type(self, row: int, header: str, text: str) -> None:
        cell = self.go_to(row, header)
        self.keys.type(text)
        self.keys.press("Return")
        assert wait_for(lambda: cell.value), f"{header} of row {row} stayed empty"

    def choose(self, row: int, header: str, *moves: str) -> tuple[list[str] | None, str | None]:
        """Opens the list of a cell by keyboard, moves in it, and takes what is there. Gives its entries, and what
        the cell says then."""
        cell = self.go_to(row, header)
        before = cell.value
        self.keys.press("alt+Down")
        entries = wait_for(self.keys.open_list)
        self.keys.press(*moves, "Return")
        wait_for(lambda: cell.value != before)
        return entries, cell.value

    def statuses(self) -> dict[str, str]:
        """Participant ID → what its row says beside it."""
        data = read_data(self.book)
        place = layout.own_columns(data.headers).status
        return {data.texts(row)["Participant ID"]: data.cell_text(row, place) for row in data.rows}

    def color(self, row: int, header: str) -> tuple[int, int, int] | None:
        """What a cell looks like on the screen, while the user is elsewhere in its column."""
        self.go_to(row + 5, header)
        return self.keys.color(row, self.column(header))


def error_color() -> tuple[int, int, int]:
    """What the template paints an error with."""
    sheet = build_workbook(TemplateChoice(), TemplateLists(site="")).worksheets[0]
    rules = [rule for area in sheet.conditional_formatting for rule in area.rules]
    (fill,) = [rule.dxf.fill.bgColor.rgb for rule in rules if rule.formula == ["v_severity=2"]]
    return int(fill[-6:-4], 16), int(fill[-4:-2], 16), int(fill[-2:], 16)


def dispatch(window: tuple[Office, Keyboard], command: str) -> None:
    """A command of Calc's own menu."""
    office = window[0]
    helper = office.context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.DispatchHelper", office.context
    )
    helper.executeDispatch(office.desktop.getCurrentFrame(), command, "", 0, ())


def test_a_batch_goes_from_the_empty_template_to_its_log(
    window: tuple[Office, Keyboard], engine: xw.Engine, keys: Keyboard, client: Client, agency: Agency, tmp_path: Path
) -> None:
    first, second, third = sorted(agency.person() for _ in range(3))
    # Somebody else's list, from which two rows are pasted, the same name misspelt in both.
    theirs = plain_workbook(tmp_path / "theirs.xlsx", [
        insert(second, Caseworker_Name="Robrt Smiht"), insert(third, Caseworker_Name="Robrt Smiht"),
    ])
    source = opened(engine, theirs)
    source.sheets[0].range("A2:N3").select()
    keys.focus()
    keys.press("ctrl+c")
    book = opened(engine, fresh_template(client, tmp_path / "Caseload.xlsx"))
    assert wait_for(lambda: front_book(engine) == book)
    keys.focus()
    rows = Rows(book, keys)

    # The template's own two rows are deleted; one row is typed, with the list of its column opened by keyboard.
    rows.sheet.range("A2:R3").select()
    keys.press("Delete")
    for header, text in insert(first).items():
        if header == "Caseload Status":
            assert rows.choose(2, header, "Down") == (["Active", "On Hold"], "On Hold")
        else:
            rows.type(2, header, text)
    rows.go_to(3, "Update or Insert")
    keys.press("ctrl+alt+shift+v")  # as text alone, which Calc asks about; with its looks it would lose the lists
    keys.answer("Text Import", "Return")
    assert wait_for(lambda: len(rows.texts()) == 3)

    # Validate paints the two cells, tells beside the rows, and offers what was meant in the cell itself.
    checked = commands.validate(front_book(engine), client)
    assert [(one.row, one.column, one.code) for one in checked.report.problems] == [
        (3, NAME, "unknown-staff"), (4, NAME, "unknown-staff"),
    ]
    assert rows.statuses() == {first: "✔ ok", second: "✖ 1 error", third: "✖ 1 error"}
    red = error_color()
    assert wait_for(lambda: rows.color(3, NAME) == red)
    assert [rows.color(row, NAME) == red for row in (2, 3, 4)] == [False, True, True]
    assert rows.color(3, "Caseload Status") != red

    # Sorted the other way round, and with a row put between: the marks stay with their rows.
    rows.go_to(2, "Participant ID")
    dispatch(window, ".uno:SortDescending")
    assert wait_for(lambda: rows.row(third) == 2)
    rows.sheet.range("3:3").select()
    keys.press("ctrl+plus")
    assert wait_for(lambda: rows.row(first) == 5)
    assert [rows.row(person) for person in (third, second, first)] == [2, 4, 5]
    assert wait_for(lambda: rows.color(4, NAME) == red)
    assert [rows.color(row, NAME) == red for row in (2, 3, 4, 5)] == [True, False, True, False]
    assert rows.statuses() == {first: "✔ ok", second: "✖ 1 error", third: "✖ 1 error"}

    # One mistake is corrected from the list in its cell, the other by its line in Fix Errors.
    assert rows.choose(2, NAME, "Down") == (["Robert Smith"], "Robert Smith")
    commands.validate(front_book(engine), client)
    assert set(rows.statuses().values()) == {"✔ ok", "✖ 1 error"}
    fixes = book.sheets[layout.FIX_SHEET]
    fixes.range((fix_sheet.FIRST_ROW, fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1)).select()
    keys.press("alt+Down")
    assert wait_for(keys.open_list) == ["Robert Smith"]
    keys.press("Down", "Return")
    fixed = commands.apply_fixes(front_book(engine), client)
    assert [(change.row, change.before, change.after) for change in fixed.made] == [(4, "Robrt Smiht", "Robert Smith")]
    assert set(rows.statuses().values()) == {"✔ ok"}

    # Submit, watched in the status bar; then the Log sheet says what was written.
    shown: list[str] = []
    submitted = commands.submit(front_book(engine), client, lambda upload: shown.append(upload.state))
    assert submitted.sentence.startswith("The upload is complete: 3 of 3 rows written")
    assert shown[-1] == "complete"
    assert commands.refresh_status(front_book(engine), client).sentence.startswith("The upload is complete")
    log = [cell for line in book.sheets[layout.LOG_SHEET].used_range.options(ndim=2).value for cell in line]
    assert {"Caseload.xlsx", "complete"} <= set(log)
    assert log.count("begun") == 3

    # The user saves, and the file is the same workbook still.
    book.save()
    saved = openpyxl.load_workbook(tmp_path / "Caseload.xlsx")
    assert saved[layout.DATA_SHEET]["B2"].value == third


def test_a_cell_that_is_being_edited_is_finished_first(
    engine: xw.Engine, keys: Keyboard, client: Client, tmp_path: Path
) -> None:
    book = opened(engine, fresh_template(client, tmp_path / "Caseload.xlsx"))
    keys.focus()
    cell = Rows(book, keys).go_to(5, "Participant ID")
    keys.type("00")
    with pytest.raises(BookError, match=r"^A cell is being edited\. Finish it with Enter, or give it up with Esc"):
        front_book(engine)
    keys.type("42")
    keys.press("Return")
    assert wait_for(lambda: cell.value == "0042")
    assert front_book(engine) == book


def test_the_next_error_in_a_row_that_a_filter_hides_says_so(
    engine: xw.Engine, keys: Keyboard, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(agency.person()), insert("nobody")])
    book = opened(engine, path)
    commands.validate(front_book(engine), client)
    book.sheets[0].range("A3").rows.hidden = True
    assert commands.next_error(book) is not None
    assert str(book.app.status_bar).startswith("Row 3 is hidden, by a filter or by hand: show it to correct it. ")
    commands.validate(front_book(engine), client)
    assert Rows(book, keys).statuses()["nobody"] == "✖ 1 error"


def test_the_tip_of_a_cell_goes_along_to_the_next_error(
    engine: xw.Engine, keys: Keyboard, client: Client, agency: Agency, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(agency.person(), Caseworker_Name="Robrt Smiht")])
    book = opened(engine, path)
    commands.validate(book, client)
    keys.focus()
    rows = Rows(book, keys)
    rows.go_to(1, NAME)
    keys.press("Down")
    beside_the_error = wait_for(keys.tip)
    keys.press("Down", "Down")
    assert wait_for(lambda: keys.tip() not in (None, beside_the_error))
    commands.next_error(book)
    assert wait_for(lambda: keys.tip() == beside_the_error)


def test_a_question_stands_in_a_box_of_calcs_own_and_the_button_pressed_comes_back(
    engine: xw.Engine, keys: Keyboard, client: Client, tmp_path: Path
) -> None:
    book = opened(engine, fresh_template(client, tmp_path / "Caseload.xlsx"))
    keys.focus()
    with ThreadPoolExecutor(1) as pool:
        for key, button in (("Return", "yes"), ("Escape", "no")):
            asked = pool.submit(book.app.alert, "Keep the rows?", "Caseload keeps", "yes_no")
            keys.answer("Caseload keeps", key)
            assert asked.result(20) == button
        told = pool.submit(book.app.alert, "All is well.", "Caseload tells", mode="info")
        keys.answer("Caseload tells", "Return")
        assert told.result(20) == "ok"
