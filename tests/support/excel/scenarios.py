"""What can happen between a user, a button and Excel, and what must come of it: one function each.

`test_truths` runs each on the stand-in, and once more without each cure that it is there for. Those of filters
are in `filter_scenarios.py`, those of which workbook is meant in `workbook_scenarios.py`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from addin.hosts.excel.one_press import one_press
from addin.rows.own_sheets import FIXES_SHEET
from tests.support.excel.filter_scenarios import (
    a_filter_by_colour_ends_and_it_is_said,
    a_filter_by_contains_is_set_again_as_it_was,
    a_filter_of_two_criteria_is_set_again_as_it_was,
    a_filter_that_excel_takes_otherwise_ends_and_it_is_said,
    an_advanced_filter_ends_and_it_is_said,
    rows_hidden_by_hand_are_written_and_stay_hidden,
    the_filter_of_a_table_is_taken_off_and_set_again,
    the_right_rows_are_corrected_whatever_filter_is_on,
)
from tests.support.excel.grid import SHEET_PROTECTED, Cells, ErrorCell
from tests.support.excel.workbook_scenarios import (
    a_window_that_is_no_longer_in_front_still_tells_which_excel_is_meant,
    a_workbook_is_found_whatever_its_name,
    a_workbook_that_is_closed_meanwhile_is_one_sentence,
    another_excel_that_does_not_answer_is_in_nobodys_way,
    of_two_workbooks_of_one_name_none_is_guessed_at,
    of_two_workbooks_of_one_name_the_one_in_the_window_that_was_pressed_is_meant,
    where_no_workbook_is_found_a_window_of_our_own_says_so,
)
from tests.support.excel.world import NOTHING, RIGHT, WRONG, World, cells
from tests.support.sheets import insert
from workbook import layout
from workbook.columns import ROW_STATUS


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
    assert {one.name for one in book.sheets} >= {layout.FIX_SHEET, layout.SUGGESTIONS_SHEET}
    assert [one.visible for one in book.sheets if one.name in layout.HIDDEN_SHEETS] == [0]


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
        f"Excel refused: {SHEET_PROTECTED} The sheets _suggestions, Caseload had been changed by then; Fix "
        "Errors, Preview were not."
    )


def a_protected_workbook_takes_no_sheets_and_says_so(world: World) -> None:
    book = world.foreign(world.row())
    book.is_structure_protected = True
    assert world.user.press("validate") == (f"Excel refused: Workbook is protected and cannot be changed. {NOTHING}")


def rows_are_not_called_as_they_were_where_that_cannot_be_told(world: World) -> None:
    book = world.template(world.row(Caseworker_Name=WRONG))

    def fail() -> None:
        if len([one for one in world.user.excel.calls if one == "write"]) == 3:
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
