"""A press on the ribbon: the button of that name is carried through, and one message says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl
import pytest

from addin.api.client import Client
from addin.book import DATA, HIDDEN, Book
from addin.buttons.registry import HANDLERS, Handler, Press
from addin.buttons.template import free_path, template_content
from addin.errors import BookError
from addin.hosts.desk import take_picture
from addin.outcome import Outcome
from addin.rows.data_sheet import read_data
from addin.rows.own_sheets import read_meta
from tests.support.own_server import Server
from tests.support.sheets import filled_template, insert, plain_workbook
from tests.support.window import ClosedWindow
from workbook import layout
from workbook.columns import TemplateChoice
from workbook.sheets import fix_sheet

Window = Callable[[Path], ClosedWindow]


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agency: Server) -> Path:
    """Settings, data and logs of this test's own, and the server known from the environment."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    return tmp_path


@pytest.fixture
def window() -> Iterator[Window]:
    opened: list[ClosedWindow] = []

    def open_one(path: Path) -> ClosedWindow:
        opened.append(ClosedWindow(path))
        return opened[-1]

    yield open_one
    for one in opened:
        one.book.close()


@pytest.fixture
def book(window: Window, client: Client, agency: Server, tmp_path: Path) -> ClosedWindow:
    """One good row, and one with a misspelt caseworker."""
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    return window(filled_template(client, tmp_path / "Caseload.xlsx", rows))


@pytest.fixture
def clean(window: Window, client: Client, agency: Server, tmp_path: Path) -> ClosedWindow:
    return window(filled_template(client, tmp_path / "Clean.xlsx", [insert(agency.person())]))


def log_file(folder: Path) -> Path:
    return folder / "XDG_STATE_HOME" / "caseload" / "log" / "caseload.log"


def rows_of(window: ClosedWindow) -> object:
    return read_data(Book(take_picture(window.book, (DATA, HIDDEN)))).table()


def put_in_place(monkeypatch: pytest.MonkeyPatch, command: str, run: Callable[[Press], Outcome]) -> None:
    """Has a button do something else for once."""
    monkeypatch.setitem(HANDLERS, command, Handler(run, (DATA,), "Working …"))


def test_validate_says_in_a_message_box_what_it_found(book: ClosedWindow) -> None:
    book.press("validate")
    assert book.told == [
        "1 error in 1 of 2 rows. Correct them in the cells or in the sheet Fix Errors, then validate again."
    ]
    assert [book.failures, book.kept] == [[], 1]


def test_the_status_bar_shows_progress_and_is_free_afterwards(clean: ClosedWindow) -> None:
    clean.press("submit")
    assert clean.told == ["The upload is complete: 1 of 1 row written."]
    assert "Checking the rows …" in clean.statuses
    assert clean.watched[-1] == "complete"
    assert clean.bar == ""


def test_next_error_leaves_its_sentence_in_the_status_bar_and_shows_no_box(book: ClosedWindow) -> None:
    book.press("validate")
    book.told.clear()
    book.press("next_error")
    assert book.told == []
    assert book.bar.startswith("Row 3: Did you mean Robert Smith? Caseworker Name: ")
    book.press("validate")
    assert book.bar == ""


def test_a_header_that_nobody_knows_is_told_beside_the_outcome(window: Window, agency: Server, tmp_path: Path) -> None:
    row = insert(agency.person())
    path = plain_workbook(tmp_path / "own.xlsx", [row | {"Shoe Size": 44}], [*row, "SSN", "First Name", "Last Name",
        "Date of Birth", "Case Number", "End Date", "Reason for Dismissal", "Shoe Size"])  # fmt: skip
    for command, said in (("validate", "The row is ready to submit."), ("submit", "The upload is complete")):
        own = window(path)
        own.press(command)
        (told,) = own.told
        assert told.startswith(said)
        assert "Shoe Size" in told


def test_a_server_that_is_away_is_one_sentence_and_a_place_for_the_details(
    book: ClosedWindow, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.setenv("CASELOAD_URL", "http://127.0.0.1:9")
    before = rows_of(book)
    book.press("validate")
    (said,) = book.told
    sentence, _, details = said.partition("\n\n")
    assert "http://127.0.0.1:9" in sentence
    assert details == f"The details are in {log_file(own_folders)}"
    assert "Traceback" in log_file(own_folders).read_text("utf-8")
    assert "Traceback" not in said
    assert log_file(own_folders).stat().st_mode & 0o077 == 0 or sys.platform == "win32"
    assert [book.bar, book.failures, book.kept] == ["", [said], 0]
    assert rows_of(book) == before


@pytest.mark.parametrize("error", [RuntimeError("broken"), ZeroDivisionError(), OSError(28, "No space left"), KeyError])
def test_what_should_not_have_happened_is_a_sentence_too(
    error: Exception, book: ClosedWindow, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    def broken(it: Press) -> Outcome:
        it.around.say("Still working …")
        raise error

    put_in_place(monkeypatch, "validate", broken)
    book.press("validate")
    assert book.told == [
        "Something went wrong that should not have. Your rows are as they were. "
        f"The details are in {log_file(own_folders)}"
    ]
    assert "Traceback" in log_file(own_folders).read_text("utf-8")
    assert book.bar == ""


def test_an_address_that_was_mistyped_has_no_details(book: ClosedWindow, own_folders: Path) -> None:
    addresses = ("https://caseload..example.org", "https://*.example.org", "ftp://caseload.example.org")
    for address in addresses:
        book.answers["url"], book.answers["token"] = address, "clt_a"
        book.press("settings")
        assert book.asked[-1].wrong.startswith(f"{address} is not the address of a server. Enter one")
        assert book.asked[-1].fields[0].default == address
    assert book.told == []
    assert not log_file(own_folders).exists()


def test_without_a_place_for_the_log_there_is_still_a_sentence(
    book: ClosedWindow, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.setenv("CASELOAD_URL", "http://127.0.0.1:9")
    (own_folders / "XDG_STATE_HOME").write_text("a file where a folder should be")
    book.press("validate")
    assert book.told[0].endswith("The details are in no file, because none can be written")


def test_a_command_that_nobody_wrote_is_told_and_not_raised(book: ClosedWindow) -> None:
    book.press("no_such_command")
    assert len(book.told) == 1
    assert book.told[0].startswith("Something went wrong")


@pytest.mark.parametrize(("program", "caseworker", "enrollment"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 2, 0)])
def test_generate_template_makes_what_was_chosen_on_the_ribbon(
    program: int, caseworker: int, enrollment: int, clean: ClosedWindow, window: Window, tmp_path: Path
) -> None:
    chosen = {"program": str(program), "caseworker": str(caseworker), "enrollment": str(enrollment)}
    clean.press("generate_template", **chosen)
    assert [clean.told, clean.asked] == [[], []]
    (made,) = clean.opened
    assert made == tmp_path / "Caseload.xlsm"
    picture = Book(take_picture(window(made).book, (DATA, layout.META_SHEET)))
    headers = set(read_data(picture).headers)
    assert (("Program Name", "Program ID")[program] in headers) is True
    wanted = ("Caseworker Name", "Caseworker Staff ID", "Caseworker Last Name")
    assert wanted[caseworker] in headers
    assert headers.isdisjoint(set(wanted) - {wanted[caseworker]})
    assert ("Program Start Date" in headers) == bool(enrollment)
    assert read_meta(picture)["program"] == ("name", "id")[program]


def test_a_second_template_gets_a_number_and_the_first_stays(clean: ClosedWindow, tmp_path: Path) -> None:
    clean.answers = {"program": "0", "caseworker": "0", "enrollment": "0"}
    for _ in range(2):
        clean.press("generate_template")
    assert clean.opened == [tmp_path / "Caseload.xlsm", tmp_path / "Caseload 2.xlsm"]
    assert [path.is_file() for path in clean.opened] == [True, True]
    assert clean.told == []


def test_a_name_of_an_open_workbook_is_not_used_again(tmp_path: Path) -> None:
    (tmp_path / "Caseload 3.xlsm").touch()
    taken = ["caseload.XLSM", "Caseload 2.xlsm", "Other.xlsx"]
    assert free_path(tmp_path / "Caseload.xlsm", taken) == tmp_path / "Caseload 4.xlsm"


def test_settings_asks_for_server_and_token_and_keeps_them(
    clean: ClosedWindow, agency: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASELOAD_URL")
    monkeypatch.delenv("CASELOAD_TOKEN")
    clean.answers = {"url": agency.url.removeprefix("http://"), "token": agency.token}
    clean.press("settings")
    assert [[field.kind for field in question.fields] for question in clean.asked] == [["text", "hidden"]]
    assert clean.told[0].startswith(f"Connected to {agency.url} as Alice Admin")
    clean.answers = {"url": agency.url, "token": ""}  # an empty token keeps the one that is there
    clean.press("settings")
    assert "keep the one you have" in clean.asked[1].text
    assert clean.told[1].startswith(f"Connected to {agency.url} as Alice Admin")
    clean.press("validate")
    assert clean.told[2] == "The row is ready to submit."


def test_a_cancelled_question_changes_nothing_and_says_nothing(clean: ClosedWindow, own_folders: Path) -> None:
    clean.press("settings")
    assert [len(clean.asked), clean.told, clean.bar, clean.kept] == [1, [], "", 0]
    assert not (own_folders / "XDG_CONFIG_HOME").exists()
    assert not log_file(own_folders).exists()


def test_a_new_button_needs_one_line_in_the_table_and_one_in_the_registry(
    book: ClosedWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of this is in `tests/workbook/test_ribbon.py`."""
    put_in_place(
        monkeypatch, "count_rows", lambda it: Outcome(sentence=f"There are {len(read_data(it.book).rows)} rows.")
    )
    book.press("count_rows")
    assert book.told == ["There are 2 rows."]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome(sentence="Done."), ["Done."]),
        (Outcome(), []),
        (Outcome(sentence="Done.", notes=["Look at it.", "It has a hole."]), ["Done. Look at it. It has a hole."]),
    ],
    ids=["sentence", "nothing", "notes"],
)
def test_what_a_button_answers_is_what_is_told(
    outcome: Outcome, said: list[str], book: ClosedWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_place(monkeypatch, "validate", lambda _: outcome)
    book.press("validate")
    assert book.told == said


def test_a_stopped_button_is_told_as_it_says(book: ClosedWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: Press) -> Outcome:
        raise BookError("There is nothing to do.")

    put_in_place(monkeypatch, "validate", stop)
    book.press("validate")
    assert [book.told, book.failures] == [["There is nothing to do."]] * 2


def test_what_a_button_needs_to_know_is_asked_together_before_it_begins(book: ClosedWindow) -> None:
    book.press("transfer_caseload")
    (question,) = book.asked
    labels = [field.label for field in question.fields]
    words = ("Whose", "Who", "program", "date", "Reason")
    assert [word in label for word, label in zip(words, labels, strict=True)] == [True] * 5
    answers = {"from_caseworker": "Nobody", "to_caseworker": "S2", "on": "2026-03-01", "reason": "Completed"}
    book.answers |= answers | {"program": ""}
    book.press("transfer_caseload")
    form = book.asked[-1]
    assert form.wrong.startswith("Nobody has no open assignment that you may end.")
    assert {field.name: field.default for field in form.fields} == answers | {"program": ""}
    assert book.told == []


def test_a_question_of_yes_or_no_that_is_closed_is_a_no(clean: ClosedWindow, client: Client) -> None:
    clean.press("submit")
    clean.told.clear()
    clean.asked.clear()
    clean.press("undo_upload")
    assert [question.confirms for question in clean.asked] == ["agreed"]
    assert [clean.told, client.uploads(limit=1)[0].state] == [[], "complete"]
    clean.answers["agreed"] = "yes"
    clean.press("undo_upload")
    assert clean.told == ["The upload is undone. 1 assignment removed."]


def test_files_go_beside_the_workbook_or_among_the_users_documents(
    book: ClosedWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book.answers["format"] = "csv"
    book.press("export_for_eto")
    assert [path.name for path in (tmp_path / "Caseload for ETO").iterdir()] == ["Caseload-1.csv"]
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "Documents").mkdir(parents=True)
    book.book.path = None  # type: ignore[assignment]  # as of a workbook that was never saved
    monkeypatch.setattr(type(book.book), "name", "Book1")
    book.press("export_for_eto")
    made = tmp_path / "home" / "Documents" / "Caseload for ETO"
    assert [path.name for path in made.iterdir()] == ["Caseload-1.csv"]
    assert str(made) in book.told[1]


def test_the_macro_template_goes_through_every_step_after_another_program_saved_it(
    soffice: str, window: Window, client: Client, agency: Server, tmp_path: Path
) -> None:
    """Filled in, saved by LibreOffice, then Validate, Apply Fixes and Submit."""
    from tests.workbook.sheets.test_macro_book import saved_by_libreoffice

    for kind in ("xlsm:Calc MS Excel 2007 VBA XML", "xlsx:Calc MS Excel 2007 XML"):
        ending = kind.partition(":")[0]
        path = tmp_path / f"Mine.{ending}"
        path.write_bytes(template_content(client, TemplateChoice(), f".{ending}"))
        filled = openpyxl.load_workbook(path, keep_vba=ending == "xlsm")
        headers = {cell.value: number for number, cell in enumerate(filled["Caseload"][1], 1)}
        rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
        for number in (2, 3):
            for cell in filled["Caseload"][number]:
                cell.value = None
            for header, value in rows[number - 2].items():
                filled["Caseload"].cell(number, headers[header]).value = value
        filled.save(path)
        if filled.vba_archive:
            filled.vba_archive.close()  # openpyxl never does, and Python would complain of it in a later test
        saved = saved_by_libreoffice(soffice, path, tmp_path, kind)

        book = window(saved)
        book.press("validate")
        assert book.told[0].startswith("1 error in 1 of 2 rows.")
        choose(book, "Robert Smith")
        book.press("apply_fixes")
        assert "All 2 rows are ready to submit." in book.told[1]
        book.press("submit")
        assert book.told[2:] == ["The upload is complete: 2 of 2 rows written."]
        again = openpyxl.load_workbook(saved, keep_vba=ending == "xlsm")
        assert again["Log"].max_row > 2
        if ending == "xlsm":
            names = set(again.vba_archive.namelist())
            assert {"xl/vbaProject.bin", "customUI/customUI.xml"} <= names
            again.vba_archive.close()


def choose(window: ClosedWindow, answer: str) -> None:
    """Writes the answer to the one mistake."""
    from addin.hosts.document import Block

    grid = next(one for one in window.book.grids() if one.name == layout.FIX_SHEET)
    column = fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1
    grid.write(Block(fix_sheet.FIRST_ROW, column, 1, 1), [[answer]], None)
