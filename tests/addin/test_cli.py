"""`caseload` does over files what the buttons do, and ends in one sentence and the right exit code (SPEC 10)."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import typer

from addin.api.client import Client
from addin.api.settings import config_folder, load_settings
from addin.cli.fix_loop import Fixing, MistakeAnswer, Stop
from addin.cli.options import DATA_HAS_ERRORS, NOT_REACHED, WRONG_USE
from addin.errors import BookError
from addin.shell_words import shell_word
from tests.support.command import Run, Terminal
from tests.support.desk import Open
from tests.support.own_server import Server
from tests.support.sheets import csv_file, filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_POINTER, ROW_STATUS


def test_validate_marks_the_workbook_and_shows_the_grouped_problems(run: Run, wrong: Path) -> None:
    ran = run("validate", wrong)
    assert ran.code == DATA_HAS_ERRORS
    assert "Robrt Smiht" in ran.out
    assert "→ Robert Smith" in ran.out
    assert max(len(line) for line in ran.out.splitlines()[:-1]) <= 80
    assert ran.out.splitlines()[-1].startswith("4 errors in 3 of 4 rows.")
    saved = openpyxl.load_workbook(wrong)[layout.DATA_SHEET]
    pointer = next(cell.column for cell in saved[1] if cell.value == ROW_POINTER)
    assert sum(saved.cell(row, pointer).value is not None for row in range(2, 6)) == 3


def test_validate_answers_in_json_for_scripts(run: Run, wrong: Path) -> None:
    ran = run("validate", wrong, "--json")
    answer = ran.json()
    assert set(answer) == {"counts", "problems", "more", "fixes", "preview", "date_order", "left_out", "file"}
    assert [ran.code, answer["counts"]["errors"], answer["left_out"], answer["file"]] == [1, 4, [], str(wrong)]
    assert sorted((fix["value"], fix["rows"]) for fix in answer["fixes"]) == [
        ("Actve", [5]),
        ("Robrt Smiht", [3, 4]),
        ("nobody", [5]),
    ]


def test_fix_accepts_suggestions_leaves_out_the_rest_and_submit_writes_what_is_left(
    run: Run, client: Client, wrong: Path
) -> None:
    ran = run("fix", wrong, "--accept-suggestions")
    assert ran.code == DATA_HAS_ERRORS
    assert "Robert Smith" in ran.out
    said = ran.out.splitlines()[-1]
    assert said.startswith("2 suggestions taken. ")
    assert "1 error in 1 of 4 rows." in said
    assert "1 mistake is left to you: 1 without one." in said
    ran = run("fix", wrong, "--leave-out-rest", "--json")
    assert [ran.code, ran.json()["left_out"], ran.json()["counts"]["errors"]] == [0, [5], 0]
    ran = run("submit", wrong, "--yes", "--json")
    upload = ran.json()["upload"]
    assert [ran.code, upload["state"], upload["accepted"], upload["left_out"]] == [0, "complete", 3, 1]
    again = run("submit", wrong, "--yes", "--json")
    assert [again.code, again.json()["upload"]] == [0, None]
    assert "3 rows were written before and will not be sent again." in again.json()["sentence"]
    ran = run("log", upload["id"], "--json")
    assert [(row["row"], row["action"]) for row in ran.json()["rows"]][:3] == [
        (2, "Insert"),
        (3, "Insert"),
        (4, "Insert"),
    ]


def choose(wrong: Path, value: str, answer: str) -> None:
    """Chooses an answer in the sheet Fix Errors of a closed file, as its user would."""
    book = openpyxl.load_workbook(wrong)
    sheet = book[layout.FIX_SHEET]
    place = next(cell.column for row in sheet.iter_rows(max_row=6) for cell in row if cell.value == "Did you mean...?")
    line = next(cell.row for cell in sheet["B"] if cell.value == value)
    sheet.cell(line, place).value = answer
    book.save(wrong)


def test_fix_without_options_applies_the_choices_of_the_sheet(run: Run, wrong: Path) -> None:
    run("validate", wrong)
    choose(wrong, "Robrt Smiht", "Robert Smith")
    ran = run("fix", wrong, "--json")
    assert [(change["row"], change["after"]) for change in ran.json()["changes"]] == [
        (3, "Robert Smith"),
        (4, "Robert Smith"),
    ]


def test_fix_tells_of_choices_in_the_sheet_that_nothing_has(run: Run, wrong: Path) -> None:
    run("validate", wrong)
    choose(wrong, "Robrt Smiht", "77")
    assert "Not known, so the rows stay as they are: 77 (Caseworker Name)." in run("fix", wrong).out


def test_answers_are_asked_once_for_each_mistake_and_kept_when_the_user_stops(
    desk: Open, client: Client, wrong: Path
) -> None:
    asked: list[str] = []

    def ask(group: Any, message: str) -> MistakeAnswer:
        asked.append(group.value)
        assert message
        if group.value == "Robrt Smiht":
            return MistakeAnswer("Robert Smith")
        if len(asked) == 3:
            raise Stop
        return MistakeAnswer()

    fixing = Fixing(desk(wrong).opened)
    fixing.by_answers(ask)
    assert [sorted(asked), len(fixing.made), fixing.checked.errors] == [["Actve", "Robrt Smiht", "nobody"], 2, 2]


def test_a_number_that_nothing_has_is_asked_again_with_a_word_on_it(desk: Open, client: Client, wrong: Path) -> None:
    said: list[str] = []

    def ask(group: Any, message: str) -> MistakeAnswer:
        if group.value != "Robrt Smiht":
            return MistakeAnswer()
        said.append(message)
        return MistakeAnswer("77" if len(said) == 1 else "Robert Smith")

    fixing = Fixing(desk(wrong).opened)
    fixing.by_answers(ask)
    assert [message.startswith("77 is not known. ") for message in said] == [False, True]
    assert {change.after for change in fixing.made} == {"Robert Smith"}


def test_an_answer_that_was_not_used_is_told_though_the_user_stops(desk: Open, client: Client, wrong: Path) -> None:
    said: list[str] = []

    def ask(group: Any, message: str) -> MistakeAnswer:
        if said:
            raise Stop
        if group.value != "nobody":
            return MistakeAnswer()
        said.append(group.value)
        return MistakeAnswer("Anna Robinson")

    fixing = Fixing(desk(wrong).opened)
    fixing.by_answers(ask)
    assert fixing.not_known == (
        "Nobody has the Participant ID Anna Robinson, so the rows that it was meant for stay as they are."
    )


def test_a_name_typed_as_an_id_is_asked_again_with_the_reason(desk: Open, client: Client, wrong: Path) -> None:
    said: list[str] = []

    def ask(group: Any, message: str) -> MistakeAnswer:
        if group.value != "nobody":
            return MistakeAnswer()
        said.append(message)
        return MistakeAnswer("Anna Robinson" if len(said) == 1 else "007")

    fixing = Fixing(desk(wrong).opened)
    fixing.by_answers(ask)
    assert said[1].startswith("Nobody has the Participant ID Anna Robinson; look it up with: caseload find NAME. ")
    assert ([change.after for change in fixing.made], fixing.not_known) == (["007"], "")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_submit_shows_what_there_is_to_look_at_before_it_asks(
    run: Run, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    rows = [insert(agency.person(), Start_Date=f"{date.today().year + 1}-01-01")]
    file = csv_file(tmp_path / "a.csv", rows) if kind == "csv" else filled_template(client, tmp_path / "a.xlsx", rows)
    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(typer, "confirm", lambda asked: print(asked))
    ran = run("submit", file)
    lines = [line for line in ran.out.splitlines() if line.startswith(("Warning, row 2, Start Date", "Submit now?"))]
    assert [line.partition(",")[0] for line in lines] == ["Warning", "Submit now?"]


@pytest.mark.parametrize("command", [("download",), ("paste", "--from", "b.csv")])
def test_rows_for_a_workbook_that_is_not_there_name_the_command_that_makes_one(
    run: Run, command: tuple[str, ...]
) -> None:
    assert "make it first: caseload template new.xlsx" in run(command[0], "new.xlsx", *command[1:]).err


def test_what_was_corrected_is_in_the_file_before_the_next_question(desk: Open, client: Client, wrong: Path) -> None:
    def ask(group: Any, message: str) -> MistakeAnswer:
        return MistakeAnswer("Robert Smith" if group.value == "Robrt Smiht" else "")

    Fixing(desk(wrong).opened).by_answers(ask)
    assert [openpyxl.load_workbook(wrong)["Caseload"].cell(row, 9).value for row in (3, 4)] == ["Robert Smith"] * 2


def test_where_nothing_can_be_saved_nobody_is_asked(desk: Open, client: Client, wrong: Path) -> None:
    asked: list[str] = []

    def ask(group: Any, message: str) -> MistakeAnswer:
        asked.append(group.value)
        return MistakeAnswer()

    book = desk(wrong)
    book.book.path = wrong.parent / "nowhere" / wrong.name
    with pytest.raises(BookError, match="cannot be saved"):
        Fixing(book.opened).by_answers(ask)
    assert asked == []


def test_submit_sends_nothing_while_a_row_is_wrong(run: Run, wrong: Path) -> None:
    ran = run("submit", wrong)
    assert ran.code == DATA_HAS_ERRORS
    assert ran.out.splitlines()[-1].startswith("Nothing was sent. 4 errors in 3 of 4 rows.")
    assert "✖ 1 error" in [
        cell.value
        for column in openpyxl.load_workbook(wrong)["Caseload"].iter_cols()
        for cell in column
        if column[0].value == ROW_STATUS
    ]


def test_a_csv_file_is_reported_on_left_as_it_is_and_submitted(run: Run, agency: Server, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "rows.csv", [insert(agency.person()), insert("nobody")])
    before = file.read_bytes()
    for command in ("validate", "submit"):  # which has no sheet Fix Errors
        assert "1 error in 1 of 2 rows. Correct them in the file, then validate again." in run(command, file).out
    assert [run("validate", file).code, run("submit", file, "--yes").code] == [1, 1]
    assert run("fix", file, "--accept-suggestions").code == WRONG_USE
    assert [file.read_bytes(), [path.name for path in tmp_path.glob("*.csv")]] == [before, ["rows.csv"]]
    csv_file(file, [insert(agency.person())])
    first, again = run("submit", file, "--yes", "--json"), run("submit", file, "--yes", "--json")
    assert [first.code, first.json()["upload"]["accepted"]] == [0, 1]
    assert again.json()["upload"]["id"] == first.json()["upload"]["id"]
    assert "nothing was written again" in again.json()["sentence"]


def test_what_a_csv_files_header_is_can_be_answered_once_and_the_file_stays(
    run: Run, client: Client, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = csv_file(tmp_path / "rows.csv", [insert(agency.person(), Start_Date="2026-01-05")])
    file.write_text(file.read_text("utf-8").replace(",Start Date,", ",Start Date (M/D/YYYY),"), "utf-8")
    before, header = file.read_bytes(), "Start Date (M/D/YYYY)"
    checked = run("validate", file)
    assert [checked.code, "say what the unclear headers are with “caseload fix FILE”" in checked.out] == [1, True]
    told = run("fix", file, "--accept-suggestions")
    assert (told.code, told.err.strip()) == (
        WRONG_USE,
        "Say what the unclear headers are, such as: caseload fix rows.csv --header "
        f"{shell_word(f'{header}=Start Date')}. "
        "It is remembered.",
    )
    for wrong, why in (
        ("Start Date", "does not say"),
        ("Notes=Start Date", "no unclear"),
        (f"{header}=Shoe", "one of the template's columns"),
    ):
        refused = run("fix", file, "--header", wrong)
        assert [refused.code, why in refused.err] == [WRONG_USE, True], refused.err
    try:
        monkeypatch.setattr(sys, "stdin", Terminal())
        asked = run("fix", file, "--header", f"{header}=Start Date")
        assert [asked.code, "The row is ready to submit." in asked.out] == [0, True]
        assert run("submit", file, "--yes").code == 0
        assert file.read_bytes() == before
        assert run("fix", file).err.startswith("rows.csv has no place for answers to its rows.")
        workbook = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
        assert run("fix", workbook, "--header", f"{header}=Start Date").code == WRONG_USE
    finally:
        for one in client.remembered():
            if one.value == header:
                client.forget(one.id)


OWNER_ALONE = {0o600} if sys.platform != "win32" else {0o666}


def rights(*files: Path) -> set[int]:
    """Who may read these."""
    return {file.stat().st_mode & 0o777 for file in files}


def test_template_saves_what_was_chosen(run: Run, tmp_path: Path) -> None:
    ran = run("template", "mine.xlsx", "--program", "id", "--caseworker", "first_last", "--enrollment")
    headers = [cell.value for cell in openpyxl.load_workbook(tmp_path / "mine.xlsx")["Caseload"][1]]
    assert ran.code == 0
    assert rights(tmp_path / "mine.xlsx") == OWNER_ALONE
    assert {"Program ID", "Caseworker First Name", "Caseworker Last Name", "Program End Date"} < set(headers)
    assert run("template", "mine.xlsx").code == NOT_REACHED
    assert run("template", "--format", "csv").code == 0
    assert (tmp_path / "Caseload.csv").read_text("utf-8-sig").startswith("Update or Insert,")
    assert run("template", "a.pdf").code == run("template", "a.csv", "--format", "xlsx").code == WRONG_USE


def test_status_and_log_tell_of_an_upload(run: Run, agency: Server, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "rows.csv", [insert(agency.person())])
    sent = run("submit", file, "--yes", "--json").json()["upload"]
    upload, number = sent["id"], sent["number"]
    for told in (upload, str(number), f"No. {number}", f"#{number}"):
        assert run("status", told).out == "The upload is complete: 1 of 1 row written.\n"
    assert upload in [entry["id"] for entry in run("status", "--json").json()["uploads"]]
    assert "rows.csv" in run("status").out
    assert "Insert" in run("log", upload).out
    assert run("log").out.splitlines()[-1].startswith(f"Upload No. {number}, rows.csv.")
    assert run("log", upload, "--to", "log.xlsx").code == 0
    assert run("log", upload, "--to", "log.csv").code == 0
    assert rights(Path("log.csv"), Path("log.xlsx")) == OWNER_ALONE
    top = Path("log.csv").read_text("utf-8-sig").splitlines()[:6]
    assert [line.split(",")[0] for line in top[2:]] == ["File", "Type", "Submitted by", "Submitted at"]
    assert top[2].startswith("File,rows.csv,")
    assert openpyxl.load_workbook(tmp_path / "log.xlsx").sheetnames == ["Log"]
    again = run("log", upload, "--to", "rows.csv")
    assert [again.code, "There is a file rows.csv already" in again.err] == [NOT_REACHED, True]
    assert run("log", upload, "--to", "log.pdf").code == run("log", upload, "--to", ".").code == WRONG_USE
    assert run("status", "no-such-upload").code == WRONG_USE


def test_status_of_a_workbook_finds_its_last_upload(run: Run, client: Client, agency: Server, tmp_path: Path) -> None:
    file = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    assert run("status", file).out.startswith("Nothing was uploaded from this workbook yet.")
    run("submit", file, "--yes")
    assert run("status", file).out == "The upload is complete: 1 of 1 row written.\n"


def test_a_workbook_that_would_lose_something_is_copied_and_the_copy_named(
    run: Run, agency: Server, tmp_path: Path
) -> None:
    import zipfile

    file = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person())])
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("xl/media/image1.png", b"x")
    before = file.read_bytes()
    ran = run("validate", file)
    assert file.read_bytes() == before
    assert "holds pictures" in " ".join(ran.err.split())
    assert ran.out.splitlines()[-1].endswith("The marks are in mine – checked.xlsx.")
    assert (tmp_path / "mine – checked.xlsx").is_file()


def test_connect_keeps_the_address_and_the_token(
    run: Run, agency: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASELOAD_URL")
    ran = run("connect", agency.url)
    assert ran.code == 0
    assert ran.out.startswith(f"Connected to {agency.url} as Alice Admin")
    monkeypatch.delenv("CASELOAD_TOKEN")
    settings = load_settings(config_folder(), {})
    assert (settings.url, settings.token) == (agency.url, agency.token)
    assert run("status").code == 0


def test_whoever_has_an_agency_is_asked_before_the_invented_one_takes_its_place(
    run: Run, agency: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_DATABASE_URL", agency.environment["CASELOAD_DATABASE_URL"])
    ran = run("connect", "--local", "--sample")
    assert (ran.code, ran.out) == (WRONG_USE, "")
    assert "This computer has your own agency, Agency. The invented one is kept apart" in ran.err
    ran = run("connect", "--local", "--reset")
    assert "your own, Agency, is not touched" in ran.err
    ran = run("connect", "--local", "--reset", "--agency", "Agenci", "--yes")
    assert "no agency of yours called Agenci here. What is on this computer is called Agency." in ran.err
    ran = run("connect", "--local", "--reset", "--agency", "Agency")
    assert "Delete Agency from this computer, with its people, its uploads and their logs?" in ran.err
    assert "Nothing was changed. To do it, add --yes." in ran.err
    assert run("status").code == 0


def test_a_csv_file_in_utf_16_and_one_with_unquoted_commas_are_read(run: Run, agency: Server, tmp_path: Path) -> None:
    file = csv_file(tmp_path / "a.csv", [insert(agency.person())])
    text = file.read_text("utf-8")
    file.write_bytes(text.encode("utf-16"))
    assert run("validate", file).code == 0
    ended = insert(agency.person(), Update_or_Insert="Update", End_Date="2026-02-01", Reason_for_Dismissal="Completed")
    text = csv_file(file, [ended]).read_text("utf-8")
    file.write_text(text.replace("Robert Smith", "Smith, Robert"), "utf-8")
    assert "extra-fields" in [problem["code"] for problem in run("validate", file, "--json").json()["problems"]]


def test_the_command_line_can_be_called_through_python_too() -> None:
    ran = subprocess.run([sys.executable, "-m", "addin", "--help"], capture_output=True, text=True, check=False)
    assert [ran.returncode, "validate" in ran.stdout] == [0, True]


def test_a_command_that_opens_no_workbook_does_not_load_openpyxl() -> None:
    """It takes as long to load as half of all else."""
    asked = "import sys, addin.cli.main; print('openpyxl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
