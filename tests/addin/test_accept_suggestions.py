"""Accept Suggestions fills in every answer that is sure, by a button and by a command, and leaves the rest (SPEC 5)."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from addin.api.client import Client
from addin.buttons.registry import ACCEPT_SUGGESTIONS, VALIDATE
from tests.support.desk import Desk, Open
from tests.support.own_server import Server
from tests.support.sheets import begun, filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_MESSAGE, ROW_STATUS
from workbook.sheets import fix_sheet
from workbook.sheets.marks import LEFT_OUT, OK


def told(book: Desk, *headers: str) -> list[list[object]]:
    """What the lines of Fix Errors say under some headers."""
    grid = book.cells(layout.FIX_SHEET)
    places = [grid[fix_sheet.HEADER_ROW - 1].index(header) for header in headers]
    return [[line[place] for place in places] for line in grid[fix_sheet.FIRST_ROW - 1 :] if line[0]]


def test_two_presses_correct_all_that_is_sure(book: Desk) -> None:
    book.press(VALIDATE)
    assert told(book, "Value", "Suggestion", "Did you mean...?") == [
        ["Robrt Smiht", "Sure: Robert Smith", None],
        ["nobody", None, None],
    ]
    accepted = book.press(ACCEPT_SUGGESTIONS)
    assert accepted.sentence == (
        "1 suggestion that is sure is filled in. 1 mistake is left to you: 1 without one. "
        "Press Apply Fixes to put the answers into the rows."
    )
    assert told(book, "Did you mean...?") == [["Robert Smith"], [None]]
    answer = fix_sheet.HEADERS.index(fix_sheet.CHOICE) + 1
    assert book.book.selection() == (layout.FIX_SHEET, fix_sheet.FIRST_ROW + 1, answer)
    assert book.column("Caseworker Name").count("Robrt Smiht") == 2
    fixed = book.apply_fixes()
    assert [fixed.checked.errors, book.column("Caseworker Name")] == [1, ["Robert Smith"] * 5]


def test_an_answer_of_the_users_own_stays_and_nothing_more_is_sure(book: Desk) -> None:
    book.press(VALIDATE)
    book.choose("Robrt Smiht", choice="Carla Ruiz")
    book.choose("nobody", leave_out="Yes")
    assert book.press(ACCEPT_SUGGESTIONS).sentence == "No further answer is sure."
    assert told(book, "Did you mean...?", "Leave rows out") == [["Carla Ruiz", None], [None, "Yes"]]


def test_without_a_check_there_is_nothing_to_accept(desk: Open, client: Client, book: Desk, tmp_path: Path) -> None:
    nothing = "There are no suggestions to accept. Press Validate to check the rows."
    assert book.press(ACCEPT_SUGGESTIONS).sentence == nothing
    assert desk(plain_workbook(tmp_path / "b.xlsx", [])).press(ACCEPT_SUGGESTIONS).sentence == nothing


def test_the_list_of_an_answer_holds_what_the_column_allows(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    row = insert(agency.person(), Caseload_Status="Zzz")
    book = desk(filled_template(client, tmp_path / "a.xlsx", [row]))
    book.press(VALIDATE)
    [[first, count]] = told(book, "_above", "_entries")
    offered = [line[layout.OFFER_COLUMN - 1] for line in book.cells(layout.SUGGESTIONS_SHEET)]
    assert isinstance(first, int)
    assert isinstance(count, int)
    assert offered[first : first + count] == ["Active", "On Hold", layout.EMPTY_THE_CELL]


def test_a_workbook_made_before_there_were_suggestions_keeps_its_columns_and_gets_them_beside(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    rows = [insert(agency.person(), Caseworker_Name="Robrt Smiht")]
    path = filled_template(client, tmp_path / "a.xlsx", rows)
    known = openpyxl.load_workbook(path)
    sheet = known[layout.FIX_SHEET]
    new = (fix_sheet.SUGGESTION, fix_sheet.SURE, fix_sheet.ABOVE, fix_sheet.ENTRIES)
    before = [header for header in fix_sheet.HEADERS if header not in new]
    for column, header in enumerate([*before, *[None] * len(new)], start=1):
        sheet.cell(fix_sheet.HEADER_ROW, column).value = header
    known.save(path)
    book = desk(path)
    book.press(VALIDATE)
    assert book.cells(layout.FIX_SHEET)[fix_sheet.HEADER_ROW - 1] == [*before, *new]
    assert book.press(ACCEPT_SUGGESTIONS).taken == 1
    assert book.apply_fixes().checked.errors == 0


def test_rows_that_say_nothing_new_are_left_out_with_the_sure_answers(
    desk: Open, client: Client, agency: Server, tmp_path: Path
) -> None:
    """The same sheet once more, longer by some rows, one of them twice: only what is new is left to send."""
    known, new = insert(begun(client, agency)), insert(agency.person())
    other = known | {"Caseload Status": "On Hold"}
    book = desk(filled_template(client, tmp_path / "a.xlsx", [known, new, new, other]))
    book.press(VALIDATE)
    assert told(book, "Value", "Suggestion", "Rows") == [
        ["Insert", "Sure: (leave the row out) — it says nothing new", "2"],
        ["Insert", "Sure: (leave the row out) — it says nothing new", "4"],
        ["Insert", "Only a guess: (leave the row out) — what is there stays as it is", "5"],
    ]
    assert "leave the row out" not in str(book.column(ROW_MESSAGE))
    assert book.press(ACCEPT_SUGGESTIONS).taken == 2
    fixed = book.apply_fixes()
    assert "2 rows left out" in fixed.sentence
    assert book.column(ROW_STATUS)[:3] == [LEFT_OUT, OK, LEFT_OUT]
    assert book.column("Update or Insert") == ["Insert"] * 4
    assert [problem.row for problem in fixed.checked.report.problems] == [5]
