"""What a filter, or a row hidden by hand, does to a button in Excel, and what must come of it: one function each."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook as File
from openpyxl.worksheet.table import Table

from tests.support.excel.grid import AutoFilter, FilterCriterion
from tests.support.excel.world import RIGHT, WRONG, World
from tests.support.sheets import plain_workbook
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


def _opened(path: Path) -> File:
    import openpyxl

    return openpyxl.load_workbook(path)
