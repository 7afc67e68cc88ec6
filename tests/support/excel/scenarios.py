"""What can happen between a user, a button and Excel, and what must come of it: one function each.

`test_truths` runs each on the stand-in, and once more without each cure that it is there for.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from openpyxl import Workbook as File
from openpyxl.worksheet.table import Table

from addin.hosts import excel as host
from addin.hosts.excel.one_press import one_press
from addin.rows.own_sheets import FIXES_SHEET
from tests.support.excel.grid import SHEET_PROTECTED, AutoFilter, Cells, ErrorCell, FilterCriterion, OpenWorkbook
from tests.support.excel.standin import StandInExcel
from tests.support.excel.world import NOTHING, RIGHT, WRONG, World, cells
from tests.support.sheets import filled_template, insert, plain_workbook
from workbook import layout
from workbook.columns import ROW_STATUS

ALL = "Carla Ruiz", RIGHT, RIGHT, "Carla Ruiz", RIGHT, "Carla Ruiz"
STATUSES = ["✔ ok"] * 6


def _fixed_behind_a_filter(world: World) -> str:
    world.user.press("validate")
    world.choose(RIGHT)
    return world.user.press("apply_fixes")


def the_right_rows_are_corrected_whatever_filter_is_on(world: World) -> None:
    book = world.three_of_six()
    data = book.shown
    people = world.user.column("Participant ID")
    over = world.filter(data, "Caseworker Name", operator="values", first=(f"={WRONG}", f"={RIGHT}"))
    assert over.hidden == {2, 5, 7}
    assert _fixed_behind_a_filter(world).startswith("1 mistake corrected in 3 rows.")
    assert tuple(world.caseworkers()) == ALL
    assert world.user.column("Participant ID") == people
    assert world.user.column(ROW_STATUS) == STATUSES
    assert [tuple(one.first) for one in over.criteria.values()] == [(f"={WRONG}", f"={RIGHT}")]
    assert over.hidden == {2, 5, 7}


def a_filter_by_contains_is_set_again_as_it_was(world: World) -> None:
    book = world.three_of_six()
    over = world.filter(book.shown, "Caseworker Name", first="=*uiz*")
    said = _fixed_behind_a_filter(world)
    assert "set again" not in said
    assert tuple(world.caseworkers()) == ALL
    assert [(one.first, one.operator) for one in over.criteria.values()] == [("=*uiz*", None)]
    assert over.hidden == {3, 4, 6}


def a_filter_of_two_criteria_is_set_again_as_it_was(world: World) -> None:
    book = world.three_of_six()
    over = world.filter(book.shown, "Caseworker Name", operator="or", first="=*uiz", second="=Robert*")
    assert over.hidden == {3, 4, 6}
    assert "set again" not in _fixed_behind_a_filter(world)
    assert tuple(world.caseworkers()) == ALL
    assert [(one.first, one.second) for one in over.criteria.values()] == [("=*uiz", "=Robert*")]
    assert over.hidden == set()  # all of them are called so by now


def a_filter_by_colour_ends_and_it_is_said(world: World) -> None:
    book = world.three_of_six()
    book.shown.coloured = {3, 4}
    over = world.filter(book.shown, "Caseworker Name", operator="colour", first="yellow")
    assert over.hidden == {2, 5, 6, 7}
    said = world.user.press("validate")
    assert said.endswith("The filter of the sheet Caseload could not be set again, so all its rows are shown.")
    assert (world.user.column(ROW_STATUS)[0], over.hidden) == ("✔ ok", set())


def a_filter_that_excel_takes_otherwise_ends_and_it_is_said(world: World) -> None:
    book = world.three_of_six()
    over = world.filter(book.shown, "Caseworker Name")
    asked: list[int] = []
    # Once it was set again it says something else, as a date does in a country of another order.
    known = book.shown.filter

    def filter_otherwise(one: AutoFilter, field: int, criterion: FilterCriterion | None) -> None:
        known(one, field, criterion and FilterCriterion(f"{criterion.first}?", criterion.operator))
        asked.append(field)

    world.monkeypatch.setattr(book.shown, "filter", filter_otherwise)
    said = world.user.press("validate")
    assert "could not be set again" in said
    assert (over.hidden, over.criteria) == (set(), {})


def an_advanced_filter_ends_and_it_is_said(world: World) -> None:
    book = world.three_of_six()
    book.shown.advanced = {2, 5, 7}
    assert "could not be set again" in world.user.press("validate")
    assert world.user.column(ROW_STATUS)[0] == "✔ ok"


def the_filter_of_a_table_is_taken_off_and_set_again(world: World) -> None:
    rows = [world.row(Caseworker_Name=WRONG if n == 2 else RIGHT) for n in range(1, 5)]
    path = plain_workbook(world.folder / "Table.xlsx", rows)
    file = _opened(path)
    file.active.add_table(Table(displayName="Cases", ref="A1:N5"))
    file.save(path)
    book = world.user.open(path)
    over = book.shown.filters[0]
    book.shown.filter(over, 9, FilterCriterion(f"={RIGHT}", None))
    assert over.hidden == {3}
    said = world.user.press("validate")
    assert said.startswith("1 error in 1 of 4 rows.")
    assert world.user.column(ROW_STATUS) == ["✔ ok", "✖ 1 error", "✔ ok", "✔ ok"]
    assert (over.hidden, over.criteria[9].first) == ({3}, f"={RIGHT}")


def rows_hidden_by_hand_are_written_and_stay_hidden(world: World) -> None:
    book = world.three_of_six()
    book.shown.hidden_by_hand = {3, 4}
    assert _fixed_behind_a_filter(world).startswith("1 mistake corrected in 3 rows.")
    assert (tuple(world.caseworkers()), book.shown.hidden_by_hand) == (ALL, {3, 4})


def nothing_is_written_into_rows_that_were_sorted_meanwhile(world: World) -> None:
    book = world.three_of_six()
    world.user.press("validate")
    world.choose(RIGHT)
    sheet = book.shown

    def sort() -> None:
        before = dict(sheet.values)
        sheet.values = {(9 - row if row > 1 else 1, column): value for (row, column), value in before.items()}
        world.sorted = cells(book)  # type: ignore[attr-defined]

    world.meanwhile("apply_fixes", sort)
    said = world.user.press("apply_fixes")
    assert said == (
        "The sheet Caseload was changed while the button was at work, so nothing was written into Caseload.xlsx. Press "
        "the button again."
    )
    assert cells(book) == world.sorted  # type: ignore[attr-defined]


def a_sheet_that_is_moved_meanwhile_gets_what_is_its_own(world: World) -> None:
    book = world.foreign(world.row(), world.row(Caseworker_Name=WRONG))
    other = Cells("Other", values={(1, 1): "mine"})
    book.sheets.append(other)
    world.meanwhile("validate", lambda: book.sheets.reverse())
    assert world.user.press("validate").startswith("1 error in 1 of 2 rows.")
    assert other.values == {(1, 1): "mine"}


def one_press_at_a_time(world: World) -> None:
    world.template(world.row())
    with one_press(world.user.excel.pid, "Caseload.xlsx"):
        said = world.user.press("validate")
    assert said == "Another button is still at work in Caseload.xlsx. Wait for its message, and press again."
    assert world.user.press("validate") == "The row is ready to submit."


def a_cell_that_is_edited_for_a_moment_is_waited_for(world: World) -> None:
    book = world.template(world.row())
    world.user.excel.edits = 3
    assert world.user.press("validate") == "The row is ready to submit."
    assert (len(world.slept) > 0, book.shown.value(2, world.user.place(ROW_STATUS))) == (True, "✔ ok")


def a_cell_that_stays_edited_is_one_sentence(world: World) -> None:
    book = world.template(world.row())
    before = cells(book)
    world.meanwhile("validate", lambda: setattr(world.user.excel, "edits", -1))
    said = world.user.press("validate")
    assert said == (
        "Excel did not answer, because a cell is being edited or one of its windows waits for an answer. Press Enter "
        f"or Esc in Excel, and press the button again. {NOTHING}"
    )
    assert (cells(book), sum(world.slept) < 10) == (before, True)


def error_cells_stay_in_their_places(world: World) -> None:
    book = world.foreign(world.row(), world.row(Caseworker_Name=WRONG))
    sheet = book.shown
    sheet.values = {(row, column + 1): value for (row, column), value in sheet.values.items()}
    sheet.values |= {(1, 1): "Sum", (1, 16): "Share", (1, 17): "Notes"}
    sheet.values |= {(2, 1): ErrorCell("#N/A"), (2, 16): ErrorCell("#DIV/0!"), (2, 17): "end"}
    sheet.values |= {(3, 1): "#N/A", (3, 16): ErrorCell("#VALUE!"), (3, 17): "end"}  # the first typed by somebody
    assert world.user.press("validate").startswith("1 error in 1 of 2 rows.")
    assert world.user.column(ROW_STATUS) == ["✔ ok", "✖ 1 error"]


def a_cell_with_one_of_the_newer_errors_is_marked(world: World) -> None:
    book = world.template(world.row(), world.row())
    book.shown.values[2, world.user.place("Caseload Status")] = ErrorCell("#SPILL!")
    assert world.user.press("validate").startswith("1 error in 1 of 2 rows.")
    assert "#SPILL!" in [value for (_, column), value in book.sheet(layout.FIX_SHEET).values.items() if column == 2]


def a_read_too_large_for_an_apple_event_is_made_in_parts(world: World) -> None:
    world.three_of_six()
    world.monkeypatch.setitem(world.user.excel.kind.limits, "cells", 60)
    assert world.user.press("validate").startswith("3 errors in 3 of 6 rows.")
    assert world.user.column(ROW_STATUS)[:3] == ["✔ ok", "✖ 1 error", "✖ 1 error"]


def a_corrected_date_is_a_date_and_a_corrected_id_a_text(world: World) -> None:
    book = world.template(world.row(Start_Date="31/02/2026"), insert("nobody"))
    sheet = book.shown
    sheet.values[2, world.user.place("Start Date")] = "31/02/2026"
    world.user.press("validate")
    # Validate gives cells their formats back: these are spoilt after it.
    sheet.set_format(2, world.user.place("Start Date"), 2, 1, "@")
    sheet.set_format(2, world.user.place("Participant ID"), 2, 1, "General")
    world.choose("2026-02-28", "31/02/2026")
    world.choose("007", "nobody")
    world.user.press("apply_fixes")
    assert world.user.column("Start Date")[0] == dt.datetime(2026, 2, 28)
    assert world.user.column("Participant ID")[1] == "007"


def an_apostrophe_at_the_beginning_stays(world: World) -> None:
    book = world.template(world.row())
    book.shown.values[2, world.user.place("Caseworker Name")] = "'Robrt Smiht"
    world.user.press("validate")
    sheet = book.sheet(layout.FIX_SHEET)
    assert "'Robrt Smiht" in [value for (_, column), value in sheet.values.items() if column == 2]
    world.choose(RIGHT, "'Robrt Smiht")
    assert world.user.press("apply_fixes").startswith("1 mistake corrected in 1 row.")
    assert world.caseworkers() == [RIGHT]


def a_very_hidden_sheet_is_none_of_the_users(world: World) -> None:
    book = world.template(world.row())
    book.sheets.insert(0, Cells("Secret", visible=2, values={(1, 1): "x"}))
    assert world.user.press("validate") == "The row is ready to submit."
    assert book.sheets[0].values == {(1, 1): "x"}


def cells_that_are_only_formatted_are_not_filled(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))
    book.shown.formats[5000, 3] = "0.00"
    made = book.sheet(FIXES_SHEET)
    made.formats[700, 2] = "0.00"
    world.user.press("validate")
    world.choose(RIGHT)
    assert world.user.press("apply_fixes").endswith("The row is ready to submit.")
    assert made.value(2, 4) == WRONG
    assert max(row for row, _ in made.values) == 2


def new_sheets_stand_behind_those_that_are_seen(world: World) -> None:
    book = world.foreign(world.row(Caseworker_Name=WRONG))
    book.sheets.append(Cells("Old list", visible=0, values={(1, 1): "x"}))
    assert world.user.press("validate").startswith("1 error in 1 of 1 row.")
    assert (book.shown.name, book.active.name) == ("My cases", "My cases")
    assert {one.name for one in book.sheets} >= {layout.FIX_SHEET, layout.ISSUES_SHEET, layout.SUGGESTIONS_SHEET}
    assert [one.visible for one in book.sheets if one.name in layout.HIDDEN_SHEETS] == [0, 0]


def a_protected_sheet_says_why_and_that_nothing_was_changed(world: World) -> None:
    book = world.foreign(world.row())
    world.user.press("validate")
    book.shown.is_protected = True
    book.sheet(layout.SUGGESTIONS_SHEET).is_protected = True
    before = cells(book)
    said = world.user.press("validate")
    assert said == f"Excel refused: {SHEET_PROTECTED} {NOTHING}"
    assert cells(book) == before


def a_refusal_in_the_middle_says_what_was_changed_and_what_was_not(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))
    book.sheet(layout.FIX_SHEET).is_protected = True
    said = world.user.press("validate")
    assert said == (
        f"Excel refused: {SHEET_PROTECTED} The sheets _suggestions, _issues, Caseload had been changed by then; Fix "
        "Errors, Preview were not."
    )


def a_protected_workbook_takes_no_sheets_and_says_so(world: World) -> None:
    book = world.foreign(world.row())
    book.is_structure_protected = True
    assert world.user.press("validate") == (f"Excel refused: Workbook is protected and cannot be changed. {NOTHING}")


def rows_are_not_called_as_they_were_where_that_cannot_be_told(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))

    def fail() -> None:
        if len([one for one in world.user.excel.calls if one == "write"]) == 4:
            raise RuntimeError("broken in the middle")

    world.user.excel.before_write = fail
    said = world.user.press("validate")
    assert said.startswith("Something went wrong that should not have. What was done before is in the workbook.")
    assert "as they were" not in said
    assert book.sheet(layout.SUGGESTIONS_SHEET).values


def a_workbook_in_the_cloud_needs_no_place_on_this_computer(world: World) -> None:
    documents = world.folder / "home" / "Documents"
    documents.mkdir(parents=True)
    world.monkeypatch.setenv("HOME", str(documents.parent))
    for address in ("https://d.docs.live.net/9a8b/Cases", "https://agency.sharepoint.com/sites/a/Shared%20Documents"):
        book = world.template(world.row())
        book.fullname = f"{address}/Caseload.xlsx"
        assert world.user.press("validate") == "The row is ready to submit."
        world.user.press("generate_template", program=1, caseworker=1, enrollment=1)
        assert (Path(world.user.excel.opened[-1]).parent, world.user.windows) == (documents, [])
        assert world.user.excel.display_alerts is True
        world.excels[0].books.remove(world.user.book)
        world.excels[0].books.remove(book)


def two_of_one_name(world: World) -> tuple[OpenWorkbook, OpenWorkbook, StandInExcel]:
    """A workbook with a good row, another of its name with a bad one, and the Excel that has the other."""
    first = world.template(world.row())
    other = StandInExcel(world.user.excel.kind)
    world.excels.append(other)
    second = other.open(filled_template(world.client, world.folder / "b.xlsx", [insert("nobody")]))
    second.name = "Caseload.xlsx"
    return first, second, other


def of_two_workbooks_of_one_name_the_one_in_the_window_that_was_pressed_is_meant(world: World) -> None:
    first, _, other = two_of_one_name(world)
    before = cells(first)
    host.press_called(["validate", "workbook=Caseload.xlsx", f"window={other.window}"])
    assert (cells(first), other.told[-1][1][:8]) == (before, "1 error ")


def a_window_that_is_no_longer_in_front_still_tells_which_excel_is_meant(world: World) -> None:
    first, _, other = two_of_one_name(world)
    before = cells(first)
    host.press_called(["validate", "workbook=Caseload.xlsx", f"window={other.window + 1}"])
    assert (cells(first), other.told[-1][1][:8]) == (before, "1 error ")


def of_two_workbooks_of_one_name_none_is_guessed_at(world: World) -> None:
    first, second, _ = two_of_one_name(world)
    before = cells(first), cells(second)
    host.press_called(["validate", "workbook=Caseload.xlsx"])
    assert (cells(first), cells(second)) == before
    (said,) = world.user.windows
    assert said.startswith("Two Excels have a workbook Caseload.xlsx open, and it cannot be told which one is meant.")


def another_excel_that_does_not_answer_is_in_nobodys_way(world: World) -> None:
    world.template(world.row())
    other = StandInExcel(world.user.excel.kind)
    world.excels.insert(0, other)
    other.open(world.folder / "Caseload.xlsx")
    other.books[0].name = "Other.xlsx"
    other.edits = -1
    window = world.user.excel.window if world.user.excel.kind.has_window else 0
    said = world.user.press("validate", workbook="Caseload.xlsx", window=window)
    assert (said, other.told, sum(world.slept)) == ("The row is ready to submit.", [], 0)


def a_workbook_is_found_whatever_its_name(world: World) -> None:
    book = world.template(world.row())
    world.template(world.row(), name="front.xlsx")
    book.name = "Robe\u0301rt's caseload = 2.xlsx"
    said = world.user.press("validate", workbook="ROB\u00c9RT'S CASELOAD = 2.XLSX")
    assert said == "The row is ready to submit."
    assert book.shown.value(2, next(at for (row, at), v in book.shown.values.items() if v == ROW_STATUS)) == "✔ ok"


def a_workbook_that_is_closed_meanwhile_is_one_sentence(world: World) -> None:
    book = world.template(world.row())
    world.meanwhile("validate", lambda: world.user.excel.books.remove(book))
    before = cells(book)
    assert world.user.press("validate") == (
        "Excel was closed, or the workbook in it, before the work was done. Open the workbook again and press the "
        f"button again: what was sent to the server is not sent twice. {NOTHING}"
    )
    assert cells(book) == before


def where_no_workbook_is_found_a_window_of_our_own_says_so(world: World) -> None:
    world.template(world.row())
    host.press_called(["validate", "workbook=Other.xlsx"])
    world.excels.clear()
    host.press_called(["validate", "workbook=Other.xlsx"])
    host.press_called(["validate", "window=none"])
    assert [said.partition(". ")[0] for said in world.user.windows] == [
        "Excel has no workbook Other.xlsx open",
        "Excel is not open, or does not answer",
        "Excel did not say which button was pressed",
    ]


def a_sheet_of_the_workbook_does_not_say_where_files_go(world: World) -> None:
    """xlwings' own settings, in a sheet or beside the workbook, are nobody's business but xlwings'."""
    documents = world.folder / "home" / "Documents"
    elsewhere = world.folder / "elsewhere"
    for folder in (documents, elsewhere):
        folder.mkdir(parents=True)
    world.monkeypatch.setenv("HOME", str(documents.parent))
    book = world.template(world.row())
    book.fullname = "https://agency.sharepoint.com/sites/a/Shared%20Documents/Caseload.xlsx"
    sheet = Cells("xlwings.conf")
    for number, system in enumerate(("WIN", "MAC"), start=1):
        sheet.values |= {(number, 1): f"SHAREPOINT_{system}", (number, 2): str(elsewhere)}
    book.sheets.append(sheet)
    world.user.answers = {"format": "csv"}
    world.user.press("export_for_eto")
    assert ([one.name for one in documents.iterdir()], list(elsewhere.iterdir())) == (["Caseload for ETO"], [])


def what_was_to_be_undone_is_gone(world: World) -> None:
    """Excel's way; the page for users says so."""
    world.template(world.row())
    world.user.press("validate")
    assert (world.user.excel.undo, world.user.excel.is_copying) == ([], False)
    page = (Path(__file__).parents[3] / "docs" / "using.md").read_text("utf-8")
    assert "What a button writes in Excel, Ctrl+Z does not take back" in page


def numbers_know_their_formats(world: World) -> None:
    from addin.hosts.excel.window import ExcelWindow

    book = world.foreign(world.row())
    sheet = book.shown
    for row in range(2, 602):
        sheet.values[row, 2] = float(row)
        sheet.formats[row, 2] = "000000" if row < 302 else "0"
    import xlwings

    grid = ExcelWindow(xlwings.apps[world.user.excel.pid].books.active).document().grids()[0]
    world.user.excel.calls.clear()
    found = grid.formats([(row, 2) for row in range(2, 602)])
    assert {row for (row, _), known in found.items() if known == "000000"} == set(range(2, 302))
    assert world.user.excel.calls == ["formats"] * len(world.user.excel.calls)
    assert len(world.user.excel.calls) < 30


def of_a_file_that_excel_asks_about_it_is_said_where_it_would_not(world: World) -> None:
    world.monkeypatch.setenv("HOME", str(world.folder))
    office = world.folder / "Library/Group Containers/UBF8T346G9.Office"
    office.mkdir(parents=True)
    book = world.template(world.row())
    said = world.user.press("generate_template", program=1, caseworker=1, enrollment=1)
    assert world.user.excel.access_asked == world.user.excel.opened
    assert said.endswith("Workbooks that you keep in that folder are opened without the question.")
    assert str(office) in said
    world.user.excel.books.remove(world.user.book)  # the template is closed
    book.fullname = str(office / book.name)
    assert world.user.press("generate_template", program=1, caseworker=1, enrollment=1) == ""
    assert [Path(one).parent == office for one in world.user.excel.opened] == [False, True]
    assert len(world.user.excel.access_asked) == 1


def _opened(path: Path) -> File:
    import openpyxl

    return openpyxl.load_workbook(path)


ON_BOTH: tuple[Callable[[World], None], ...] = (
    the_right_rows_are_corrected_whatever_filter_is_on,
    a_filter_by_contains_is_set_again_as_it_was,
    a_filter_of_two_criteria_is_set_again_as_it_was,
    a_filter_by_colour_ends_and_it_is_said,
    a_filter_that_excel_takes_otherwise_ends_and_it_is_said,
    an_advanced_filter_ends_and_it_is_said,
    the_filter_of_a_table_is_taken_off_and_set_again,
    rows_hidden_by_hand_are_written_and_stay_hidden,
    nothing_is_written_into_rows_that_were_sorted_meanwhile,
    a_sheet_that_is_moved_meanwhile_gets_what_is_its_own,
    one_press_at_a_time,
    error_cells_stay_in_their_places,
    a_cell_with_one_of_the_newer_errors_is_marked,
    a_corrected_date_is_a_date_and_a_corrected_id_a_text,
    an_apostrophe_at_the_beginning_stays,
    a_very_hidden_sheet_is_none_of_the_users,
    cells_that_are_only_formatted_are_not_filled,
    new_sheets_stand_behind_those_that_are_seen,
    a_protected_sheet_says_why_and_that_nothing_was_changed,
    a_refusal_in_the_middle_says_what_was_changed_and_what_was_not,
    a_protected_workbook_takes_no_sheets_and_says_so,
    rows_are_not_called_as_they_were_where_that_cannot_be_told,
    a_workbook_in_the_cloud_needs_no_place_on_this_computer,
    a_workbook_is_found_whatever_its_name,
    a_workbook_that_is_closed_meanwhile_is_one_sentence,
    where_no_workbook_is_found_a_window_of_our_own_says_so,
    of_two_workbooks_of_one_name_none_is_guessed_at,
    a_sheet_of_the_workbook_does_not_say_where_files_go,
    what_was_to_be_undone_is_gone,
    numbers_know_their_formats,
)
ON_WINDOWS: tuple[Callable[[World], None], ...] = (
    a_cell_that_is_edited_for_a_moment_is_waited_for,
    a_cell_that_stays_edited_is_one_sentence,
    of_two_workbooks_of_one_name_the_one_in_the_window_that_was_pressed_is_meant,
    a_window_that_is_no_longer_in_front_still_tells_which_excel_is_meant,
    another_excel_that_does_not_answer_is_in_nobodys_way,
)
ON_A_MAC: tuple[Callable[[World], None], ...] = (
    a_read_too_large_for_an_apple_event_is_made_in_parts,
    of_a_file_that_excel_asks_about_it_is_said_where_it_would_not,
)
PLAYED = [
    *((system, one) for one in ON_BOTH for system in ("windows", "mac")),
    *(("windows", one) for one in ON_WINDOWS),
    *(("mac", one) for one in ON_A_MAC),
]
