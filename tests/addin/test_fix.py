"""Apply Fixes puts one answer into every row with that mistake, and leaves rows out (SPEC 5, 9)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from addin.api.client import Client
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.rows.own_sheets import FIXES_SHEET
from tests.support.command import Run
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, found, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_STATUS, TemplateChoice
from workbook.sheets import fix_sheet
from workbook.sheets.marks import LEFT_OUT


def test_one_answer_corrects_every_row_and_the_old_value_is_kept(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    fixed = book.apply_fixes()
    assert [change[:4] for change in fixed.made] == [
        (3, "Caseworker Name", "Robrt Smiht", "Robert Smith"),
        (5, "Caseworker Name", "Robrt Smiht", "Robert Smith"),
    ]
    assert book.column("Caseworker Name") == ["Robert Smith"] * 5
    assert found(fixed.checked.report) == [[6, "Participant ID", "unknown-participant"]]
    assert fixed.sentence.startswith("1 mistake corrected in 2 rows. 1 error in 1 of 5 rows.")
    kept = [line[1:] for line in book.cells(FIXES_SHEET)]
    assert kept == [
        ["Row", "Column", "Before", "After"],
        [3, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
        [5, "Caseworker Name", "Robrt Smiht", "Robert Smith"],
    ]
    assert book.book.selection()[0] == "Caseload"


def test_afterwards_the_user_stands_at_the_first_mistake_that_is_left(book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.apply_fixes()
    assert book.book.selection() == ("Caseload", 6, 2)


def test_who_works_in_fix_errors_stands_at_the_line_of_the_first_mistake_that_is_left(book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.select(layout.FIX_SHEET, 30, 2)
    book.apply_fixes()
    answer = fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1
    assert book.book.selection() == (layout.FIX_SHEET, fix_sheet.FIRST_ROW, answer)
    assert book.cell(fix_sheet.FIRST_ROW, 2, layout.FIX_SHEET) == "nobody"


def test_a_choice_stays_in_fix_errors_until_it_is_applied(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", choice="007")
    book.press(VALIDATE)
    assert book.apply_fixes().made[0][:4] == (6, "Participant ID", "nobody", "007")
    assert book.cell(6, 2) == "007"
    assert book.book.grids()[0].formats([(6, 2)]) == {(6, 2): "@"}


def test_apply_fixes_without_a_choice_changes_nothing_and_says_so(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    assert book.apply_fixes().sentence.startswith("No answer was chosen in Fix Errors yet")


def test_an_answer_that_no_row_needs_any_more_is_named(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", choice="007")
    book.put(6, 2, "007")
    assert "Not needed any more: nobody in Participant ID." in book.apply_fixes().sentence


def test_a_person_found_by_details_gets_the_participant_id_in_place_of_the_details(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    person = agency.person()
    row = insert("", First_Name="Patt" + person[-1], Last_Name="Persson", Case_Number="none")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    value = book.press(VALIDATE).report.fixes[0].value
    key = ("Participant ID", value, "unknown-participant")
    fixed = book.apply({key: person}, ())
    assert book.cells("Caseload")[1][1:7] == [person, None, None, None, None, None]
    assert fixed.checked.sentence == "The row is ready to submit."


@pytest.mark.parametrize(
    ("answer", "first", "last"),
    [
        ("Smith, Robert", "Robert", "Smith"),
        ("Robert Smith", "Robert", "Smith"),
        ("S1", None, "S1"),
        ("de la Cruz, Ana", "Ana", "de la Cruz"),
    ],
)
def test_an_answer_for_a_name_in_two_columns_lands_in_both(
    desk: Open, client: Client, agency: Server, tmp_path: Path, answer: str, first: str | None, last: str
) -> None:
    row = insert(agency.person(), Caseworker_First_Name="Robrt", Caseworker_Last_Name="Smiht")
    del row["Caseworker Name"]
    choice = TemplateChoice(caseworker="first_last")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row], choice))
    group = book.press(VALIDATE).report.fixes[0]
    fixed = book.apply({(group.column, group.value, group.code): answer}, ())
    assert [book.column("Caseworker First Name"), book.column("Caseworker Last Name")] == [[first], [last]]
    assert fixed.checked.errors == 0


def test_a_corrected_date_is_a_date_in_the_sheet(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    row = insert(agency.person(), Start_Date="31/02/2026")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    checked = book.press(VALIDATE)
    assert found(checked.report) == [[2, "Start Date", "not-a-date"]]
    book.apply({("Start Date", "31/02/2026", "not-a-date"): "2026-02-28"}, ())
    assert book.column("Start Date") == [dt.datetime(2026, 2, 28)]


def test_rows_left_out_stay_in_the_sheet_and_are_logged_as_left_out(client: Client, desk: Open, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Robert Smith")
    book.choose("nobody", leave_out="Yes")
    fixed = book.apply_fixes()
    assert fixed.checked.left_out == [6]
    assert book.column(ROW_STATUS)[4] == LEFT_OUT
    submitted = book.press(SUBMIT)
    assert submitted.upload is not None
    assert [submitted.upload.state, submitted.upload.accepted, submitted.upload.left_out] == ["complete", 4, 1]
    results = {row.row: row.result for row in client.log(submitted.upload.id)}
    assert results[6] == "left out"
    assert book.column(ROW_STATUS)[4] == LEFT_OUT


def test_clearing_the_row_status_takes_a_row_in_again(client: Client, book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", leave_out="Yes")
    assert "1 row left out; clear Row Status to take one in again." in book.apply_fixes().sentence
    assert book.press(VALIDATE).left_out == [6]
    place = book.data().headers.index(ROW_STATUS) + 1
    book.put(6, place, None)
    checked = book.press(VALIDATE)
    assert [checked.left_out, checked.report.problems[-1].row] == [[], 6]


def test_how_many_rows_are_left_out_is_said_once_and_in_all_where_there_were_some_before(book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("nobody", leave_out="Yes")
    sentence = book.apply_fixes().sentence
    assert sentence.count("left out") == 1
    book.choose("Robrt Smiht", leave_out="Yes")
    assert book.apply_fixes().sentence == (
        "2 rows left out; clear Row Status to take one in again. 3 rows left out in all. "
        "All 2 other rows are ready to submit."
    )


def test_submit_says_each_warning_once(run: Run, agency: Server, tmp_path: Path) -> None:
    headers = [*insert("x"), "Our Remarks"]
    row = insert(agency.person()) | {"Our Remarks": "ask again"}
    ran = run("submit", plain_workbook(tmp_path / "a.xlsx", [row], headers))
    assert (ran.out + ran.err).count("No column is called") == 1


def test_an_ssn_never_stands_in_the_list_of_what_was_changed(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    bond = {"SSN": "823-01-0008", "First_Name": "James", "Last_Name": "Bond"}
    row = insert("", **bond, Caseworker_Name="Alice Admin")  # others give him to Robert Smith meanwhile
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    group = book.press(VALIDATE).report.fixes[0]
    assert "823" not in group.value
    fixed = book.apply({(group.column, group.value, group.code): "007"}, ())
    assert [change.before for change in fixed.made if change.column == "SSN"] == ["•••"]
    assert fixed.checked.errors == 0
