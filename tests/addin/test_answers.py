"""Answers in Fix Errors that are more than a value: a header, an empty cell, a person's ID."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from addin.api.client import Client
from addin.book import DATA, HIDDEN, Book, Cells
from addin.buttons.registry import SUBMIT, VALIDATE
from addin.hosts.closed.file import ClosedBook, read_rows
from addin.hosts.desk import take_picture
from addin.rows.data_sheet import read_data
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import HEADERS, filled_template, insert, plain_workbook
from workbook import layout
from workbook.files.header import LEAVE_OUT
from workbook.files.reader import read_file
from workbook.sheets import fix_sheet


def renamed(path: Path, header: str, name: str) -> Path:
    """The workbook with one header spelled otherwise."""
    book = openpyxl.load_workbook(path)
    cell = next(cell for cell in book.active[1] if cell.value == header)
    cell.value = name
    book.save(path)
    return path


def mistakes(book: Desk) -> Cells:
    """Column and value of each line of Fix Errors."""
    return [line[:2] for line in book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :] if line[0]]


def test_a_header_that_looks_like_a_missing_one_is_asked_about_and_answered_once(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())])
    book = desk(renamed(path, "Start Date", "Start Date (MM/DD/YYYY)"))
    checked = book.press(VALIDATE)
    assert [problem.code for problem in checked.report.problems if problem.severity == "error"] == ["header-unclear"]
    assert mistakes(book) == [["Start Date (MM/DD/YYYY)", "Start Date (MM/DD/YYYY)"]]
    book.choose("Start Date (MM/DD/YYYY)", choice="Start Date")
    fixed = book.apply_fixes()
    assert [fixed.checked.errors, book.cells("My cases")[0][11]] == [0, "Start Date"]
    assert book.press(SUBMIT).upload is not None


@pytest.mark.parametrize(("cell", "answer"), [("Youth Shelter", "Program Name"), ("SH", "Program ID")])
def test_a_column_called_program_is_asked_about_with_the_likelier_answer_first(
    desk: Open, client: Client, agency: Server, tmp_path: Path, cell: str, answer: str
) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person(), Program_Name=cell)])
    book = desk(renamed(path, "Program Name", "Program"))
    [fix] = book.press(VALIDATE).report.fixes
    assert (fix.code, fix.suggestions[0].value) == ("header-unclear", answer)
    book.choose("Program", choice=answer)
    assert book.apply_fixes().checked.errors == 0
    assert answer in book.cells("My cases")[0]


def test_an_unclear_column_of_padded_numbers_reads_as_it_is_shown(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    workbook = openpyxl.load_workbook(renamed(path, "Participant ID", "Client"))
    cell = workbook.active.cell(2, HEADERS.index("Participant ID") + 1)
    cell.value, cell.number_format = 4711, "000000"
    workbook.save(path)
    sent = read_data(Book(take_picture(ClosedBook(path), (DATA, HIDDEN)))).table()
    assert "004711" in sent["rows"][0]
    [(_number, cells)] = list(read_rows(path))[1:]
    assert "004711" in cells


def test_a_header_can_be_left_out(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person(), Program_Name="Choir")])
    book = desk(renamed(path, "Program Name", "Programme"))
    value = book.press(VALIDATE).report.fixes[0].value
    book.choose(value, choice=LEAVE_OUT)
    assert book.apply_fixes().checked.errors == 0


def test_a_number_that_no_record_has_is_asked_again_and_changes_nothing(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """In a caseworker's column as for a person without an ID, whose details would be gone."""
    stranger = insert(None, First_Name="Pet", Last_Name="Unknown", Date_of_Birth="1988-05-05")
    rows = [stranger, insert(agency.person(), Caseworker_Name="Robrt Smiht", Caseload_Status="Actv")]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    checked = book.press(VALIDATE)
    who = next(group.value for group in checked.report.fixes if group.column == "Participant ID")
    for value, answer in ((who, "999999"), ("Robrt Smiht", "7"), ("Actv", "3")):
        book.choose(value, choice=answer)
    fixed = book.apply_fixes()
    assert (fixed.made, fixed.checked.errors) == ([], 3)
    assert sorted(column for column, _, _ in fixed.unknown) == ["Caseload Status", "Caseworker Name", "Participant ID"]
    assert "Nobody has the Participant ID 999999" in fixed.sentence
    assert "7 (Caseworker Name)" in fixed.sentence
    assert [book.column("Last Name")[0], book.column("Caseworker Name")[1]] == ["Unknown", "Robrt Smiht"]


@pytest.mark.parametrize("answer", ["1", "99"])
def test_a_number_that_no_program_has_is_no_answer_to_an_enrollment_that_is_missing(
    desk: Open, client: Client, agency: Server, tmp_path: Path, answer: str
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(agency.person(), Program_Name="Food Bank")]))
    assert [problem.code for problem in book.press(VALIDATE).report.problems] == ["not-enrolled"]
    book.choose("Food Bank", choice=answer)
    fixed = book.apply_fixes()
    assert (fixed.made, book.column("Program Name")) == ([], ["Food Bank"])
    assert [(column, code) for column, _, code in fixed.unknown] == [("Program Name", "not-enrolled")]
    assert f"{answer} (Program Name)" in fixed.sentence


def test_what_is_no_id_is_asked_again_where_nobody_is_named(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    book = desk(filled_template(client, tmp_path / "a.xlsx", [insert(None)]))
    (problem,) = book.press(VALIDATE).report.problems
    key = (problem.column, problem.value, problem.code)
    fixed = book.apply({key: "Anna Robinson"}, ())
    assert (key[2], fixed.made, fixed.unknown) == ("required", [], [key])
    assert "Nobody has the Participant ID Anna Robinson" in fixed.sentence


def test_an_answer_empties_the_cell(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    row = insert(agency.person(), End_Date="N/A")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    assert [problem.code for problem in book.press(VALIDATE).report.problems] == ["end-on-insert"]
    book.choose("N/A", choice=fix_sheet.EMPTY_THE_CELL)
    fixed = book.apply_fixes()
    assert [fixed.checked.errors, book.column("End Date"), fixed.made[0].after] == [0, [None], ""]


def test_empty_the_cell_is_an_answer_in_the_cell_itself(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person(), End_Date="N/A"), insert(agency.person())]
    book = desk(filled_template(client, tmp_path / "a.xlsx", rows))
    book.press(VALIDATE)
    line = next(line for line in book.cells(layout.SUGGESTIONS_SHEET) if "End Date" in str(line[1]))
    first, count = line[layout.FIRST_COLUMN - 1 :]
    offered = [one[layout.OFFER_COLUMN - 1] for one in book.cells(layout.SUGGESTIONS_SHEET)]
    assert offered[first : first + count] == [layout.EMPTY_THE_CELL]
    book.enter(2, "End Date", layout.EMPTY_THE_CELL)
    book.enter(3, "Reason for Dismissal", "(Empty the  cell)")
    assert book.press(VALIDATE).errors == 0
    assert [book.column("End Date"), book.column("Reason for Dismissal")] == [[None, None], [None, None]]


def test_empty_the_cell_is_no_answer_for_a_person_without_an_id(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert("", First_Name="Jmaes", Last_Name="Bnod")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    group = book.press(VALIDATE).report.fixes[0]
    offered = [line[layout.OFFER_COLUMN - 1] for line in book.cells(layout.SUGGESTIONS_SHEET)]
    assert layout.EMPTY_THE_CELL not in offered
    fixed = book.apply({(group.column, group.value, group.code): layout.EMPTY_THE_CELL})
    assert fixed.sentence.startswith("To empty the cell is no answer for Jmaes Bnod, whose rows give no Participant ID")
    assert [fixed.made, book.column("First Name"), book.column("Participant ID")] == [[], ["Jmaes"], [None]]


def test_an_id_that_nobody_has_takes_the_place_of_no_details(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert("", First_Name="Jmaes", Last_Name="Bnod")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    group = book.press(VALIDATE).report.fixes[0]
    key = (group.column, group.value, group.code)
    fixed = book.apply({key: "P9999"})
    assert fixed.sentence.startswith("Nobody has the Participant ID P9999, so the rows")
    assert [fixed.made, book.column("First Name"), book.column("Participant ID")] == [[], ["Jmaes"], [None]]
    assert book.apply({key: "007"}).checked.errors == 0
    assert [book.column("First Name"), book.column("Participant ID")] == [[None], ["007"]]


def test_a_number_of_an_identifier_reads_as_it_is_shown(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert("") | {"Participant ID": 7}])
    book = openpyxl.load_workbook(path)
    book.active["B2"].number_format = "000"
    book.save(path)
    checked = desk(path).press(VALIDATE)
    assert [checked.errors, checked.report.counts.valid] == [0, 1]


def test_a_column_and_a_header_that_nobody_sees_and_cells_without_one_are_told(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    sheet = book.active
    sheet.insert_cols(3)
    sheet["C2"] = "P6"
    sheet.column_dimensions["B"].hidden = True
    sheet.row_dimensions[1].hidden = True
    book.save(path)
    checked = desk(path).press(VALIDATE)
    assert [[one.code, one.severity, one.value] for one in checked.report.problems] == [
        ["column-without-header", "warning", "C"],
        ["header-hidden", "warning", "1"],
        ["columns-hidden", "warning", "B"],
    ]
    assert [checked.report.counts.valid, "Column B, Participant ID, is hidden" in checked.message] == [1, True]


def test_of_the_columns_that_a_template_hides_nothing_is_told(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = filled_template(client, tmp_path / "a.xlsx", [insert(agency.person())])
    assert desk(path).press(VALIDATE).report.problems == []
    assert read_file(path).hidden_columns == {}


def test_hidden_rows_are_told_and_uploaded(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person()), insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active.row_dimensions[3].hidden = True
    book.save(path)
    checked = desk(path).press(VALIDATE)
    assert [[one.code, one.severity] for one in checked.report.problems] == [["rows-hidden", "warning"]]
    assert [checked.report.counts.valid, "3" in checked.message] == [2, True]
