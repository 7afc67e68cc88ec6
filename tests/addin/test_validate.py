"""Validate checks every row and marks what is wrong, in a template and in a workbook of the user's own (SPEC 9)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from addin.api.client import Client
from addin.buttons.registry import NEXT_ERROR, VALIDATE
from addin.buttons.template import template_content
from addin.errors import BookError, ClientError
from addin.rows.own_sheets import EARLIER_VERSION
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import filled_template, found, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_MESSAGE, ROW_POINTER, ROW_STATUS, TemplateChoice
from workbook.layout import column_letters, own_columns
from workbook.sheets import fix_sheet


def test_validate_marks_each_row_and_lists_each_distinct_mistake_once(desk: Open, client: Client, book: Desk) -> None:
    checked = book.press(VALIDATE)
    assert found(checked.report) == [
        [3, "Caseworker Name", "unknown-staff"],
        [5, "Caseworker Name", "unknown-staff"],
        [6, "Participant ID", "unknown-participant"],
    ]
    assert book.column(ROW_STATUS) == ["✔ ok", "✖ 1 error", "✔ ok", "✖ 1 error", "✖ 1 error"]
    assert "Robert Smith" in book.column(ROW_MESSAGE)[1]
    lines = book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :]
    assert [line[:2] + line[3:5] for line in lines] == [
        ["Caseworker Name", "Robrt Smiht", 2, "3, 5"],
        ["Participant ID", "nobody", 1, "6"],
    ]
    assert checked.sentence.startswith("3 errors in 3 of 5 rows.")
    assert book.said[-1] == ""


def test_the_marks_are_in_the_saved_file_and_go_when_the_row_is_right(desk: Open, agency: Server, book: Desk) -> None:
    book.press(VALIDATE)
    path = book.path
    book.close()
    saved = openpyxl.load_workbook(path)[layout.DATA_SHEET]
    pointer = next(cell.column for cell in saved[1] if cell.value == ROW_POINTER)
    assert sum(saved.cell(row, pointer).value is not None for row in range(2, 7)) == 3
    book = desk(path)
    data = book.data()
    place = data.column("Caseworker Name")
    assert place is not None
    for row in (3, 5):
        book.put(row, place, "Robert Smith")
    book.put(6, 2, agency.person())
    checked = book.press(VALIDATE)
    assert checked.sentence == "All 5 rows are ready to submit."
    assert book.column(ROW_STATUS) == ["✔ ok"] * 5
    assert book.column(ROW_MESSAGE) == [None] * 5
    assert book.press(NEXT_ERROR).flag is None
    assert [line[0] for line in book.cells(layout.FIX_SHEET)[fix_sheet.FIRST_ROW - 1 :]] == []


def test_a_workbook_of_the_users_own_is_checked_and_marked_too(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person()), insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    book = desk(plain_workbook(tmp_path / "mine.xlsx", rows))
    book.press(VALIDATE)
    saved = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    columns = {cells[0].value: cells for cells in saved["My cases"].iter_cols(min_col=15)}
    assert [cell.value for cell in columns[ROW_STATUS]] == [ROW_STATUS, "✔ ok", "✖ 1 error"]
    assert saved["My cases"].column_dimensions[columns[ROW_POINTER][0].column_letter].hidden
    assert [name for name in saved.sheetnames if saved[name].sheet_state == "visible"] == [
        "My cases",
        "Fix Errors",
    ]
    assert [book.press(NEXT_ERROR).flag is not None, book.press(VALIDATE).errors] == [True, 1]
    book.choose("Robrt Smiht", choice="Robert Smith")
    assert book.apply_fixes().checked.errors == 0
    book.press(VALIDATE)  # once its rows are right, it has a sheet for what an upload would do
    saved = openpyxl.load_workbook(tmp_path / "mine.xlsx")
    seen = [name for name in saved.sheetnames if saved[name].sheet_state == "visible"]
    assert seen == ["My cases", "Fix Errors", "Fixes Made", "Preview"]


def test_row_numbers_are_the_sheets_own_with_rows_above_between_and_empty(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()), {}, insert("nobody"), {}])
    book = openpyxl.load_workbook(path)
    book.active.insert_rows(1, 2)
    book.active.insert_cols(1)
    book.create_sheet("Hidden", 0).sheet_state = "hidden"
    book.save(path)
    assert found(desk(path).press(VALIDATE).report) == [[6, "Participant ID", "unknown-participant"]]


def test_a_note_beside_a_row_is_told_and_holds_nothing_up_and_is_never_written_over(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """It is the commonest thing that people do beside a row of a template."""
    path = filled_template(client, tmp_path / "mine.xlsx", [insert(agency.person())])
    opened = desk(path)
    place = max(own_columns(opened.data().headers)) + 2
    opened.put(2, place, "stray")
    for _ in range(2):
        report = opened.press(VALIDATE).report
        assert [[one.severity, one.code] for one in report.problems] == [["warning", "column-without-header"]]
        assert report.problems[0].message.startswith(f"Column {column_letters(place)} has no header in row 1, so what")
    assert opened.cell(2, place) == "stray"


def test_a_value_that_slid_beyond_the_users_own_headers_is_an_error_of_its_row(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()), insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["P3"] = "Youth Shelter"
    book.save(path)
    report = client.validate_file(path).problems
    assert [[one.row, one.severity, one.code] for one in report] == [[3, "error", "extra-fields"]]
    opened = desk(path)
    for _ in range(2):
        assert [code for *_, code in found(opened.press(VALIDATE).report)] == ["extra-fields"]
    assert opened.cell(3, 16) == "Youth Shelter"


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"Caseload Status": "=1+1"}, ["Caseload Status", "cell-error"]),
        ({"Caseload Status": "#N/A"}, ["Caseload Status", "cell-error"]),
        ({"Caseload Status": "x" * 300}, ["Caseload Status", "cell-too-long"]),
        ({"Start Date": "31/02/2026"}, ["Start Date", "not-a-date"]),
        ({"Start Date": "1/2/26"}, ["Start Date", "ambiguous-date"]),
    ],
)
def test_bad_cells_are_problems_of_the_row(
    desk: Open, client: Client, agency: Server, tmp_path: Path, cells: dict[str, Any], problem: list[str]
) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert(agency.person()) | cells])
    assert found(desk(path).press(VALIDATE).report) == [[2, *problem]]


def test_an_id_that_excel_turned_into_a_number_is_the_same_id(desk: Open, client: Client, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "mine.xlsx", [insert("x", Participant_ID=10432.0)])
    problem = desk(path).press(VALIDATE).report.problems[0]
    assert (problem.code, problem.value) == ("unknown-participant", "10432")


def test_sample_rows_left_in_are_two_problems(desk: Open, client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(template_content(client, TemplateChoice()))
    done = desk(tmp_path / "a.xlsx").press(VALIDATE)
    found = [[problem.row, problem.code] for problem in done.report.problems]
    assert found == [[2, "sample-left"], [3, "sample-left"]]
    sentence = "2 rows of the template’s own are still there. Write over them or delete them, then validate again."
    assert done.sentence == sentence
    assert [group.suggestions[0].is_sure for group in done.report.fixes] == [True, True]


def test_a_workbook_without_caseload_columns_gets_one_sentence(desk: Open, client: Client, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for line in (["Fruit", "Price"], ["apple", 1]):
        book.active.append(line)
    book.save(tmp_path / "fruit.xlsx")
    with pytest.raises(ClientError, match=r" lacks Update or Insert.*generate a fresh template") as stopped:
        desk(tmp_path / "fruit.xlsx").press(VALIDATE)
    assert stopped.value.code == "header-missing"


def test_an_empty_sheet_gets_one_sentence(desk: Open, client: Client, tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "empty.xlsx")
    with pytest.raises(ClientError, match=r"There is no row to upload on the sheet “Sheet”\."):
        desk(tmp_path / "empty.xlsx").press(VALIDATE)


def test_a_sheet_put_before_ours_is_named(desk: Open, client: Client, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(template_content(client, TemplateChoice()))
    book = openpyxl.load_workbook(path)
    book.create_sheet("Notes", 0)["A1"] = "my notes"
    book.save(path)
    with pytest.raises(BookError, match="Show the sheet Caseload and move it to the far left"):
        desk(path).press(VALIDATE)


def test_a_sheet_with_headers_alone_has_no_row(desk: Open, client: Client, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="There is no row to upload"):
        desk(plain_workbook(tmp_path / "a.xlsx", [])).press(VALIDATE)


def test_an_unknown_column_is_noted_and_ignored(desk: Open, client: Client, agency: Server, tmp_path: Path) -> None:
    path = plain_workbook(tmp_path / "a.xlsx", [insert(agency.person())])
    book = openpyxl.load_workbook(path)
    book.active["O1"], book.active["O2"] = "Favourite colour", "blue"
    book.save(path)
    checked = desk(path).press(VALIDATE)
    assert checked.errors == 0
    assert [note for note in checked.notes if "Favourite colour" in note]


def test_a_failure_leaves_the_workbook_as_it_was(desk: Open, book: Desk) -> None:
    before = book.path.read_bytes()
    with Client("http://127.0.0.1:9", "clt_x", retries=0) as away:
        unheard = desk(book.path, away)
        with pytest.raises(ClientError, match="does not answer"):
            unheard.press(VALIDATE)
    assert [book.path.read_bytes() == before, unheard.cells("Caseload")] == [True, book.cells("Caseload")]


def test_a_workbook_from_an_earlier_version_says_so(desk: Open, book: Desk) -> None:
    assert EARLIER_VERSION not in book.press(VALIDATE).message
    path = book.path
    book.close()
    made = openpyxl.load_workbook(path)
    made.create_sheet("_issues").sheet_state = "hidden"
    made.save(path)
    assert EARLIER_VERSION in desk(path).press(VALIDATE).message
