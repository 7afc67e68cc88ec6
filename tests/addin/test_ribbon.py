"""A press on the ribbon: the command of that name runs, and one message box says what came of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw

from addin import ask as asking
from addin import commands, ribbon
from addin.api.client import Client
from addin.ask import Cancelled
from addin.errors import BookError, Stopped
from addin.rows.own_sheets import read_data, read_meta
from tests.addin.conftest import Agency, Host, filled_template, insert, plain_workbook
from tests.workbook.test_ribbon import every_action
from tests.workbook.workbook_check import check_callbacks
from workbook.columns import TemplateChoice
from workbook.ribbon import BUTTONS, callbacks


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, agency: Agency) -> Path:
    """Settings, data and logs of this test's own, and the server known from the environment."""
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("CASELOAD_URL", agency.url)
    monkeypatch.setenv("CASELOAD_TOKEN", agency.token)
    return tmp_path


@pytest.fixture
def book(host: Host, client: Client, agency: Agency, tmp_path: Path) -> xw.Book:
    """One good row, and one with a misspelt caseworker."""
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    return host.open(filled_template(client, tmp_path / "Caseload.xlsx", rows))


@pytest.fixture
def clean(host: Host, client: Client, agency: Agency, tmp_path: Path) -> xw.Book:
    return host.open(filled_template(client, tmp_path / "Clean.xlsx", [insert(agency.person())]))


def log_file(folder: Path) -> Path:
    return folder / "XDG_STATE_HOME" / "caseload" / "log" / "caseload.log"


def answering(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Answers the questions in turn, in the user's place, and gives them."""
    asked: list[str] = []
    given = iter(answers)

    def ask(question: str, default: str = "", *, hidden: bool = False) -> str:
        asked.append(question)
        return next(given)

    monkeypatch.setattr(ribbon, "ask", ask)
    return asked


@pytest.mark.parametrize("button", BUTTONS, ids=lambda button: button.command)
def test_every_button_has_its_command_and_the_command_all_that_it_asks_for(
    button: object, book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, *["127.0.0.1:1"] * 6)
    function = getattr(commands, button.command)  # type: ignore[attr-defined]
    assert callable(function)
    supplies = ribbon._Supplies(book, {})
    assert supplies.for_parameters(function)
    supplies.close()


def test_the_python_that_each_macro_names_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every callback run by a VBA interpreter, and what it hands to RunPython by Python, up to the press."""
    pressed: list[str] = []
    signature = inspect.signature(ribbon.press)

    def press(*arguments: object, **chosen: object) -> None:
        pressed.append(signature.bind(*arguments, **chosen).arguments["command"])

    ran, flaws = check_callbacks(callbacks(), every_action())
    monkeypatch.setattr(ribbon, "press", press)
    for line in ran:
        exec(line, {})
    assert flaws == []
    assert pressed == [button.command for button in BUTTONS]


def test_validate_says_in_a_message_box_what_it_found(host: Host, book: xw.Book) -> None:
    ribbon.press("validate", book)
    assert host.told == [
        "1 error in 1 of 2 rows. Correct them in the cells or in the sheet Fix Errors, then validate again."
    ]


def test_the_status_bar_shows_progress_and_is_free_afterwards(host: Host, clean: xw.Book) -> None:
    ribbon.press("submit", clean)
    assert host.told == ["The upload is complete: 1 of 1 row written."]
    assert "Checking the rows …" in host.statuses
    assert clean.app.status_bar is False


def test_next_error_leaves_its_sentence_in_the_status_bar_and_shows_no_box(host: Host, book: xw.Book) -> None:
    ribbon.press("validate", book)
    host.told.clear()
    ribbon.press("next_error", book)
    assert host.told == []
    assert str(book.app.status_bar).startswith("Row 3, Caseworker Name: ")
    ribbon.press("validate", book)
    assert book.app.status_bar is False


def test_a_header_that_nobody_knows_is_told_beside_the_outcome(
    host: Host, agency: Agency, tmp_path: Path
) -> None:
    row = insert(agency.person())
    path = plain_workbook(tmp_path / "own.xlsx", [row | {"Shoe Size": 44}], [*row, "SSN", "First Name", "Last Name",
        "Date of Birth", "Case Number", "End Date", "Reason for Dismissal", "Shoe Size"])  # fmt: skip
    ribbon.press("validate", host.open(path))
    (said,) = host.told
    assert said.startswith("The row is ready to submit.")
    assert "Shoe Size" in said


def test_a_server_that_is_away_is_one_sentence_and_a_place_for_the_details(
    host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.setenv("CASELOAD_URL", "http://127.0.0.1:9")
    before = read_data(book).table()
    ribbon.press("validate", book)
    (said,) = host.told
    sentence, _, details = said.partition("\n\n")
    assert "http://127.0.0.1:9" in sentence
    assert details == f"The details are in {log_file(own_folders)}"
    assert "Traceback" in log_file(own_folders).read_text("utf-8")
    assert "Traceback" not in said
    assert book.app.status_bar is False
    assert read_data(book).table() == before


@pytest.mark.parametrize("error", [RuntimeError("broken"), ZeroDivisionError(), OSError(28, "No space left"), KeyError])
def test_what_should_not_have_happened_is_a_sentence_too(
    error: Exception, host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    def broken(book: xw.Book) -> None:
        book.app.status_bar = "Working …"
        raise error

    monkeypatch.setattr(commands, "validate", broken)
    ribbon.press("validate", book)
    assert host.told == [
        "Something went wrong that should not have. Your rows are as they were. "
        f"The details are in {log_file(own_folders)}"
    ]
    assert "Traceback" in log_file(own_folders).read_text("utf-8")
    assert book.app.status_bar is False


def test_without_a_place_for_the_log_there_is_still_a_sentence(
    host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.setenv("CASELOAD_URL", "http://127.0.0.1:9")
    (own_folders / "XDG_STATE_HOME").write_text("a file where a folder should be")
    ribbon.press("validate", book)
    assert host.told[0].endswith("The details are in no file, because none can be written")


def test_a_command_that_nobody_wrote_is_told_and_not_raised(host: Host, book: xw.Book) -> None:
    ribbon.press("no_such_command", book)
    assert len(host.told) == 1
    assert host.told[0].startswith("Something went wrong")


@pytest.mark.parametrize(
    ("program", "caseworker", "enrollment"), [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 2, 0)]
)
def test_generate_template_makes_what_was_chosen_on_the_ribbon(
    program: int, caseworker: int, enrollment: int, host: Host, clean: xw.Book, tmp_path: Path
) -> None:
    ribbon.press("generate_template", clean, program=program, caseworker=caseworker, enrollment=enrollment)
    assert host.told == []
    made = clean.app.books.active
    assert Path(made.fullname) == tmp_path / "Caseload.xlsm"
    headers = {cell for cell in made.sheets[0].range("A1:Z1").value if cell}
    assert (("Program Name", "Program ID")[program] in headers) is True
    wanted = ("Caseworker Name", "Caseworker Staff ID", "Caseworker Last Name")
    assert wanted[caseworker] in headers
    assert headers.isdisjoint(set(wanted) - {wanted[caseworker]})
    assert ("Program Start Date" in headers) == bool(enrollment)
    assert read_meta(made)["program"] == ("name", "id")[program]


def test_a_second_template_gets_a_number_and_the_first_stays(host: Host, clean: xw.Book, tmp_path: Path) -> None:
    for _ in range(2):
        ribbon.press("generate_template", clean)
    assert (tmp_path / "Caseload.xlsm").is_file()
    assert (tmp_path / "Caseload 2.xlsm").is_file()
    assert host.told == []


def test_a_name_of_an_open_workbook_is_not_used_again(tmp_path: Path) -> None:
    (tmp_path / "Caseload 3.xlsm").touch()
    taken = ["caseload.XLSM", "Caseload 2.xlsm", "Other.xlsx"]
    assert ribbon.free_path(tmp_path, taken) == tmp_path / "Caseload 4.xlsm"


def test_settings_asks_for_server_and_token_and_keeps_them(
    host: Host, clean: xw.Book, agency: Agency, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    monkeypatch.delenv("CASELOAD_URL")
    monkeypatch.delenv("CASELOAD_TOKEN")
    asked = answering(monkeypatch, agency.url.removeprefix("http://"), agency.token)
    ribbon.press("settings", clean)
    assert len(asked) == 2
    assert host.told[0].startswith(f"Connected to {agency.url} as Alice Admin")
    asked = answering(monkeypatch, agency.url, "")  # an empty token keeps the one that is there
    ribbon.press("settings", clean)
    assert "keep the one you have" in asked[1]
    assert host.told[1].startswith(f"Connected to {agency.url} as Alice Admin")
    ribbon.press("validate", clean)
    assert host.told[2] == "The row is ready to submit."


def test_a_cancelled_question_changes_nothing_and_says_nothing(
    host: Host, clean: xw.Book, monkeypatch: pytest.MonkeyPatch, own_folders: Path
) -> None:
    def cancel(*_: object, **__: object) -> str:
        raise Cancelled

    monkeypatch.setattr(ribbon, "ask", cancel)
    ribbon.press("settings", clean)
    assert host.told == []
    assert not (own_folders / "XDG_CONFIG_HOME").exists()
    assert not log_file(own_folders).exists()


def test_where_no_window_opens_the_question_says_what_to_use_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    for question in (asking.ask, asking.choose_file):
        with pytest.raises(Stopped, match="Use a terminal instead"):
            question("Which?")


def test_the_workbook_that_called_is_found_by_itself(host: Host, clean: xw.Book) -> None:
    clean.set_mock_caller()
    try:
        ribbon.press("validate")
    finally:
        del xw.Book._mock_caller
    assert host.told == ["The row is ready to submit."]


def test_without_a_calling_workbook_the_macro_gets_a_sentence_to_show(own_folders: Path) -> None:
    with pytest.raises(SystemExit, match="Excel did not say which workbook"):
        ribbon.press("validate")
    assert "Traceback" in log_file(own_folders).read_text("utf-8")


def test_a_new_button_needs_one_line_in_the_table_and_one_command(
    host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other half of this is in `tests/workbook/test_ribbon.py`."""

    def count_rows(book: xw.Book) -> str:
        return f"There are {len(read_data(book).rows)} rows."

    monkeypatch.setattr(commands, "count_rows", count_rows, raising=False)
    ribbon.press("count_rows", book)
    assert host.told == ["There are 2 rows."]


@pytest.mark.parametrize(
    ("answer", "said"), [("Done.", "Done."), (None, ""), (TemplateChoice(), "")], ids=["text", "nothing", "data"]
)
def test_what_a_command_answers_is_what_is_told(answer: object, said: str) -> None:
    assert ribbon.told(answer) == said


def test_the_macro_template_goes_through_every_step_after_another_program_saved_it(
    host: Host, client: Client, agency: Agency, tmp_path: Path
) -> None:
    """Filled in, saved by LibreOffice, then Validate, Apply Fixes and Submit."""
    from tests.workbook.test_macro_book import saved_by_libreoffice

    for kind in ("xlsm:Calc MS Excel 2007 VBA XML", "xlsx:Calc MS Excel 2007 XML"):
        _through_every_step(host, client, agency, tmp_path, kind, saved_by_libreoffice)


def _through_every_step(
    host: Host, client: Client, agency: Agency, folder: Path, kind: str, save: Callable[[Path, Path, str], Path]
) -> None:
    ending = kind.partition(":")[0]
    path = folder / f"Mine.{ending}"
    path.write_bytes(client.template(TemplateChoice(), ending))
    filled = openpyxl.load_workbook(path, keep_vba=ending == "xlsm")
    headers = {cell.value: cell.column for cell in filled["Caseload"][1]}
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    for number in (2, 3):
        for cell in filled["Caseload"][number]:
            cell.value = None
        for header, value in rows[number - 2].items():
            filled["Caseload"].cell(number, headers[header]).value = value
    filled.save(path)
    saved = save(path, folder, kind)

    host.told.clear()
    book = host.open(saved)
    ribbon.press("validate", book)
    assert host.told[0].startswith("1 error in 1 of 2 rows.")
    book.sheets["Fix Errors"].range(_choice_cell(book)).value = "Robert Smith"
    ribbon.press("apply_fixes", book)
    assert "All 2 rows are ready to submit." in host.told[1]
    ribbon.press("submit", book)
    assert host.told[2:] == ["The upload is complete: 2 of 2 rows written."]
    book.save()
    book.close()
    again = openpyxl.load_workbook(saved, keep_vba=True)
    assert again["Log"].max_row > 2
    if ending == "xlsm":
        names = set(again.vba_archive.namelist())
        assert {"xl/vbaProject.bin", "customUI/customUI.xml"} <= names


def _choice_cell(book: xw.Book) -> str:
    """Where the answer to the one mistake goes."""
    from openpyxl.utils import get_column_letter

    from addin.rows.own_sheets import read_fix_grid
    from workbook import fix_sheet

    headers = read_fix_grid(book)[fix_sheet.HEADER_ROW - 1]
    return f"{get_column_letter(headers.index(fix_sheet.CHOICE) + 1)}{fix_sheet.FIRST_ROW}"


def test_a_stopped_command_is_told_as_it_says(host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(book: xw.Book) -> None:
        raise BookError("There is nothing to do.")

    monkeypatch.setattr(commands, "validate", stop)
    ribbon.press("validate", book)
    assert host.told[0].startswith("There is nothing to do.\n\nThe details are in ")


def test_what_a_command_needs_to_know_is_asked_before_it_begins(
    host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answering(monkeypatch, "Robert Smith", "Carla Ruiz", "2026-03-01", "Completed")

    def transfer(book: xw.Book, from_caseworker: str, to_caseworker: str, on: str, reason: str) -> str:
        return f"{from_caseworker} → {to_caseworker}, {on}, {reason}"

    monkeypatch.setattr(commands, "transfer_caseload", transfer, raising=False)
    ribbon.press("transfer_caseload", book)
    assert host.told == ["Robert Smith → Carla Ruiz, 2026-03-01, Completed"]
    assert ["Whose" in asked[0], "Who" in asked[1], "date" in asked[2], "Reason" in asked[3]] == [True] * 4


def test_a_command_may_ask_for_a_yes_and_silence_is_a_no(
    host: Host, book: xw.Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    def undo(book: xw.Book, confirm: Callable[[str], bool]) -> str:
        return "Undone." if confirm("Take it back?") else "Nothing was undone."

    monkeypatch.setattr(commands, "undo_upload", undo, raising=False)
    ribbon.press("undo_upload", book)  # this host can only show the question
    assert host.told == ["Take it back?", "Nothing was undone."]


def test_files_go_beside_the_workbook(
    host: Host, book: xw.Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "export_for_eto", lambda to: str(to), raising=False)
    ribbon.press("export_for_eto", book)
    assert host.told == [str(tmp_path / "Caseload for ETO")]
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "Documents").mkdir(parents=True)
    unsaved = book.app.books.add()
    ribbon.press("export_for_eto", unsaved)
    assert host.told[1] == str(tmp_path / "home" / "Documents" / "Caseload for ETO")
