"""A batch from the empty template to its log, in a Calc that can be seen, worked by keys, against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import openpyxl
import pytest

from addin.api.client import Client
from addin.book import DATA, Book, Value
from addin.buttons.registry import ACCEPT_SUGGESTIONS, APPLY_FIXES, NEXT_ERROR, REFRESH_STATUS, SUBMIT, VALIDATE
from addin.errors import BookError
from addin.hosts.calc.book import CalcBook
from addin.hosts.calc.office import Office
from addin.hosts.calc.program import CalcWindow
from addin.hosts.desk import take_picture
from addin.hosts.document import Block
from addin.outcome import Field, UserQuestion
from addin.rows.data_sheet import DataSheet, read_data
from tests.support.calc_screen import Screen
from tests.support.own_server import Server
from tests.support.pressing import fixed, press
from tests.support.sheets import filled_template, fresh_template, insert, plain_workbook
from tests.support.visible_calc import Keyboard, visible_office
from tests.support.waiting import wait_for
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.layout import column_letters
from workbook.lists import TemplateLists
from workbook.sheets import fix_sheet
from workbook.sheets.template import build_workbook

NAME = "Caseworker Name"
pytestmark = pytest.mark.calc


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Office, Keyboard]]:
    with visible_office(tmp_path_factory.mktemp("visible")) as opened:
        yield opened


@pytest.fixture
def calc(window: tuple[Office, Keyboard]) -> Iterator[CalcWindow]:
    calc = CalcWindow(window[0].context)
    yield calc
    components = calc.desktop.getComponents().createEnumeration()
    while components.hasMoreElements():
        document = components.nextElement()
        document.setModified(False)
        document.close(True)


@pytest.fixture
def keys(window: tuple[Office, Keyboard]) -> Keyboard:
    return window[1]


def select(book: CalcBook, cells: str, sheet: str = "") -> None:
    """Brings cells such as A2:R3 to the front."""
    grid = next(one for one in book.grids() if one.name == sheet or not sheet)
    book.show(grid, 0, 0)
    book.model.getCurrentController().select(grid.sheet.getCellRangeByName(cells))


def cell(book: CalcBook, row: int, column: int) -> Value:
    """Of the leftmost sheet."""
    return book.grids()[0].read(Block(row, column, 1, 1))[0][0]


class Rows:
    """The data sheet of a book, by header and Participant ID."""

    def __init__(self, book: CalcBook, keys: Keyboard) -> None:
        self.book = book
        self.keys = keys
        self.headers = self._data().headers

    def column(self, header: str) -> int:
        return self.headers.index(header) + 1

    def row(self, person: str) -> int:
        return next(row for row, texts in self.texts().items() if texts.get("Participant ID") == person)

    def texts(self) -> dict[int, dict[str, str]]:
        data = self._data()
        return {row: data.texts(row) for row in data.rows}

    def go_to(self, row: int, header: str) -> None:
        self.book.show(self.book.grids()[0], row, self.column(header))

    def value(self, row: int, header: str) -> Value:
        return cell(self.book, row, self.column(header))

    def type(self, row: int, header: str, text: str) -> None:
        self.go_to(row, header)
        self.keys.type(text)
        self.keys.press("Return")
        assert wait_for(lambda: self.value(row, header)), f"{header} of row {row} stayed empty"

    def choose(self, row: int, header: str, *moves: str) -> tuple[list[str] | None, Value]:
        """Opens the list of a cell by keyboard, moves in it, and takes what is there. Gives its entries, and what
        the cell says then."""
        self.go_to(row, header)
        before = self.value(row, header)
        self.keys.press("alt+Down")
        entries = wait_for(self.keys.open_list)
        self.keys.press(*moves, "Return")
        wait_for(lambda: self.value(row, header) != before)
        return entries, self.value(row, header)

    @staticmethod
    def allowed(client: Client) -> list[str]:
        """The caseworkers that the template lists."""
        staff = client.reference().staff
        return sorted((f"{one.first_name} {one.last_name}".strip() for one in staff), key=str.casefold)

    def statuses(self) -> dict[str, str]:
        """Participant ID → what its row says beside it."""
        data = self._data()
        place = layout.own_columns(data.headers).status
        return {data.texts(row)["Participant ID"]: data.cell_text(row, place) for row in data.rows}

    def color(self, row: int, header: str) -> tuple[int, int, int] | None:
        """What a cell looks like on the screen, while the user is elsewhere in its column."""
        self.go_to(row + 5, header)
        return self.keys.color(row, self.column(header))

    def _data(self) -> DataSheet:
        return read_data(Book(take_picture(self.book, (DATA,))))


def error_color() -> tuple[int, int, int]:
    """What the template paints an error with."""
    sheet = build_workbook(TemplateChoice(), TemplateLists(site="")).worksheets[0]
    rules = [rule for area in sheet.conditional_formatting for rule in area.rules]
    (fill,) = {rule.dxf.fill.bgColor.rgb for rule in rules if rule.formula == ["v_severity=2"]}
    return int(fill[-6:-4], 16), int(fill[-4:-2], 16), int(fill[-2:], 16)


def dispatch(window: tuple[Office, Keyboard], command: str) -> None:
    """A command of Calc's own menu."""
    office = window[0]
    helper = office.context.ServiceManager.createInstanceWithContext(
        "com.sun.star.frame.DispatchHelper", office.context
    )
    helper.executeDispatch(office.desktop.getCurrentFrame(), command, "", 0, ())


def test_a_batch_goes_from_the_empty_template_to_its_log(
    window: tuple[Office, Keyboard],
    calc: CalcWindow,
    keys: Keyboard,
    client: Client,
    agency: Server,
    tmp_path: Path,
) -> None:
    first, second, third = sorted(agency.person() for _ in range(3))
    # Somebody else's list, from which two rows are pasted, the same name misspelt in both.
    theirs = plain_workbook(
        tmp_path / "theirs.xlsx",
        [
            insert(second, Caseworker_Name="Robrt Smiht"),
            insert(third, Caseworker_Name="Robrt Smiht"),
        ],
    )
    source = calc.open_book(theirs)
    select(source, "A2:N3")
    keys.focus()
    keys.press("ctrl+c")
    book = calc.open_book(fresh_template(client, tmp_path / "Caseload.xlsx"))
    assert wait_for(lambda: calc.document().name == book.name)
    keys.focus()
    rows = Rows(book, keys)

    # The template's own two rows are deleted; one row is typed, with the list of its column opened by keyboard.
    select(book, "A2:R3")
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
    checked = press(calc, VALIDATE, client)
    assert [(one.row, one.column, one.code) for one in checked.report.problems] == [
        (3, NAME, "unknown-staff"),
        (4, NAME, "unknown-staff"),
    ]
    assert rows.statuses() == {first: "✔ ok", second: "✖ 1 error", third: "✖ 1 error"}
    red = error_color()
    assert wait_for(lambda: rows.color(3, NAME) == red)
    assert wait_for(lambda: [rows.color(row, NAME) == red for row in (2, 3, 4)] == [False, True, True])
    assert rows.color(3, "Caseload Status") != red

    # Sorted the other way round, and with a row put between: the marks stay with their rows.
    rows.go_to(2, "Participant ID")
    dispatch(window, ".uno:SortDescending")
    assert wait_for(lambda: rows.row(third) == 2)
    book.model.getCurrentController().select(book.grids()[0].sheet.getRows().getByIndex(2))
    keys.press("ctrl+plus")
    assert wait_for(lambda: rows.row(first) == 5)
    assert [rows.row(person) for person in (third, second, first)] == [2, 4, 5]
    assert wait_for(lambda: rows.color(4, NAME) == red)
    assert wait_for(lambda: [rows.color(row, NAME) == red for row in (2, 3, 4, 5)] == [True, False, True, False])
    assert rows.statuses() == {first: "✔ ok", second: "✖ 1 error", third: "✖ 1 error"}

    # One mistake is corrected from the list in its cell, the other by its line in Fix Errors. Either list has first
    # what was meant, then everybody whom the column allows, and last that the cell be emptied.
    everybody = [
        "Robert Smith",
        *dict.fromkeys(name for name in rows.allowed(client) if name != "Robert Smith"),  # two are called Eva Twin
        layout.EMPTY_THE_CELL,
    ]
    assert rows.choose(2, NAME, "Down", "Up") == (everybody, "Robert Smith")
    press(calc, VALIDATE, client)
    assert set(rows.statuses().values()) == {"✔ ok", "✖ 1 error"}
    choice = column_letters(fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1)
    select(book, f"{choice}{fix_sheet.FIRST_ROW}", layout.FIX_SHEET)
    keys.press("alt+Down")
    assert wait_for(keys.open_list) == everybody
    keys.press("Down", "Up", "Return")
    made = fixed(press(calc, APPLY_FIXES, client)).made
    assert [(change.row, change.before, change.after) for change in made] == [(4, "Robrt Smiht", "Robert Smith")]
    assert set(rows.statuses().values()) == {"✔ ok"}

    # Submit asks, and is watched in the status bar; then the Log sheet says what was written.
    with ThreadPoolExecutor(1) as pool:
        pressed = pool.submit(press, calc, SUBMIT, client)
        keys.answer("^Caseload$", "alt+y")
        submitted = pressed.result(60)
    assert submitted.sentence.startswith("The upload is complete: 3 of 3 rows written")
    assert press(calc, REFRESH_STATUS, client).sentence.startswith("The upload is complete")
    written = next(one for one in book.grids() if one.name == layout.LOG_SHEET).contents()
    log = [cell for line in written for cell in line]
    assert {"Caseload.xlsx", "complete"} <= set(log)
    assert log.count("begun") == 3

    # The user saves, and the file is the same workbook still.
    book.model.store()
    saved = openpyxl.load_workbook(tmp_path / "Caseload.xlsx")
    assert saved[layout.DATA_SHEET]["B2"].value == third


def test_a_cell_that_is_being_edited_is_finished_first(
    calc: CalcWindow, keys: Keyboard, client: Client, tmp_path: Path
) -> None:
    book = calc.open_book(fresh_template(client, tmp_path / "Caseload.xlsx"))
    keys.focus()
    rows = Rows(book, keys)
    rows.go_to(5, "Participant ID")
    keys.type("00")
    with pytest.raises(BookError, match=r"^A cell is being edited\. Finish it with Enter, or give it up with Esc"):
        press(calc, VALIDATE, client)
    keys.type("42")
    keys.press("Return")
    assert wait_for(lambda: rows.value(5, "Participant ID") == "0042")
    assert calc.document().name == book.name


def test_the_next_error_in_a_row_that_a_filter_hides_says_so(
    calc: CalcWindow, keys: Keyboard, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "Caseload.xlsx", [insert(agency.person()), insert("nobody")])
    book = calc.open_book(path)
    keys.focus()
    press(calc, VALIDATE, client)
    book.grids()[0].sheet.getRows().getByIndex(2).IsVisible = False
    walked = press(calc, NEXT_ERROR, client)
    assert walked.message.startswith("Row 3 is hidden, by a filter or by hand: show it to correct it. ")
    press(calc, VALIDATE, client)
    assert Rows(book, keys).statuses()["nobody"] == "✖ 1 error"


def test_the_tip_of_a_cell_goes_along_to_the_next_error(
    calc: CalcWindow, keys: Keyboard, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert(agency.person(), Caseworker_Name="Robrt Smiht")
    book = calc.open_book(filled_template(client, tmp_path / "Caseload.xlsx", [row]))
    keys.focus()
    press(calc, VALIDATE, client)
    keys.focus()
    rows = Rows(book, keys)
    rows.go_to(1, NAME)
    keys.press("Down")
    beside_the_error = wait_for(keys.tip)
    keys.press("Down", "Down")
    assert wait_for(lambda: keys.tip() not in (None, beside_the_error))
    press(calc, NEXT_ERROR, client)
    assert wait_for(lambda: keys.tip() == beside_the_error)


def test_a_list_without_a_suggestion_offers_no_zero_by_which_an_id_would_be_lost(
    calc: CalcWindow, keys: Keyboard, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert("nobody"), insert(agency.person(), Start_Date=None)]
    book = calc.open_book(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    keys.focus()
    press(calc, VALIDATE, client)
    sheet = Rows(book, keys)
    assert sheet.choose(3, "Participant ID", "Down") == ([layout.EMPTY_THE_CELL], layout.EMPTY_THE_CELL)
    assert sheet.choose(2, "Participant ID", "Down") == ([layout.EMPTY_THE_CELL], layout.EMPTY_THE_CELL)
    place = fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1
    grid = next(one for one in book.grids() if one.name == layout.FIX_SHEET)
    lines = {line[0]: number for number, line in enumerate(grid.contents(), start=1) if line}
    for line, offered in ((lines["Participant ID"], [layout.EMPTY_THE_CELL]), (lines["Start Date"], [""])):
        select(book, f"{column_letters(place)}{line}", layout.FIX_SHEET)
        keys.press("alt+Down")
        assert wait_for(keys.open_list) == offered
        keys.press("Escape")


def test_accept_suggestions_and_apply_fixes_are_two_presses_and_no_list_is_opened(
    calc: CalcWindow, keys: Keyboard, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person(), Caseworker_Name="Robrt Smiht", Caseload_Status="Actve") for _ in range(3)]
    book = calc.open_book(filled_template(client, tmp_path / "Caseload.xlsx", rows))
    keys.focus()
    press(calc, VALIDATE, client)
    assert press(calc, ACCEPT_SUGGESTIONS, client).taken == 2
    assert fixed(press(calc, APPLY_FIXES, client)).checked.errors == 0
    assert {cell(book, row, Rows(book, keys).column(NAME)) for row in (2, 3, 4)} == {"Robert Smith"}


def test_the_status_bar_is_calcs_own_again_after_the_next_press(
    window: tuple[Office, Keyboard],
    calc: CalcWindow,
    keys: Keyboard,
    client: Client,
    agency: Server,
    tmp_path: Path,
) -> None:
    row = insert(agency.person(), Caseworker_Name="Robrt Smiht")
    calc.open_book(filled_template(client, tmp_path / "Caseload.xlsx", [row]))
    keys.focus()
    press(calc, VALIDATE, client)
    press(calc, NEXT_ERROR, client)
    usual = wait_for(keys.status_bar)
    walked = press(calc, NEXT_ERROR, client)
    calc.say(walked.message)
    assert wait_for(lambda: keys.status_bar() != usual)
    CalcWindow(window[0].context).say("")  # of another press
    assert wait_for(lambda: keys.status_bar() == usual)


def test_a_question_stands_in_a_box_of_calcs_own_and_enter_says_no(
    calc: CalcWindow, keys: Keyboard, client: Client, tmp_path: Path
) -> None:
    calc.open_book(fresh_template(client, tmp_path / "Caseload.xlsx"))
    keys.focus()
    question = UserQuestion("Keep the rows?", confirms="keep")
    with ThreadPoolExecutor(1) as pool:
        for pressed, answer in ((["Return"], "no"), (["alt+y"], "yes"), (["Escape"], "no")):
            asked = pool.submit(calc.ask, question)
            keys.answer("^Caseload$", *pressed)
            assert asked.result(20) == {"keep": answer}
        told = pool.submit(calc.tell, "All is well.", failed=False)
        keys.answer("^Caseload$", "Return")
        assert told.result(20) is None


def test_a_form_of_many_lists_turns_pages_fits_a_small_screen_and_enter_does_not_send_it(
    calc: CalcWindow, keys: Keyboard, client: Client, tmp_path: Path
) -> None:
    calc.open_book(fresh_template(client, tmp_path / "Caseload.xlsx"))
    keys.focus()
    choices = {"": "not used", "A": "Column A"}
    label = "A header that is rather long (with an example of what stands below it)"
    fields = tuple(Field(f"column {number}", label, "list", "A", choices) for number in range(1, 31))
    seen = Screen(calc._context)
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(calc.ask, UserQuestion("Say of each column which of yours it is.", fields))
        keys.await_window("^Caseload$")  # before that, two threads would talk to Calc (see Keyboard.answer)
        try:
            form = seen.box()
            assert form.height < 700
            keys.press_in("^Caseload$", "Return")
            for button, page in (("More", "2 of 4"), ("More", "3 of 4"), ("More", "4 of 4"), ("Back", "3 of 4")):
                form.turn(button)
                assert wait_for(lambda page=page: form.shows(page)), page  # type: ignore[misc]
            assert not asked.done()
        except BaseException:
            keys.press_in("^Caseload$", "Escape")  # or the pool would wait for it
            raise
        form.press("OK")
        assert asked.result(20) == {f"column {number}": "A" for number in range(1, 31)}
