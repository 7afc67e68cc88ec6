"""In Excel, Validate gives lists, formats and marks back to rows that a plain Ctrl+V has robbed of them (SPEC 9)."""

from __future__ import annotations

from typing import Any

from tests.support.excel.grid import OpenWorkbook
from tests.support.excel.world import World
from workbook.columns import INSERT


def pasted(world: World, people: list[Any], number_format: str = "General") -> OpenWorkbook:
    """Three rows of which the second and third were pasted over, ID and all, by cells of another workbook."""
    book = world.template(*(world.row() for _ in range(3)))
    world.user.press("validate")
    lines = [[INSERT, person, None, None] for person in people]
    book.shown.paste_from_elsewhere(3, 1, lines, number_format)
    return book


def test_robbed_rows_have_formats_lists_and_marks_again_and_it_is_said_once(world: World) -> None:
    book = pasted(world, [world.agency.person(), world.agency.person()])
    said = world.user.press("validate")
    assert "2 rows have lists and colours again, which a paste had taken away." in said
    assert [book.shown.unmarked, book.shown.unlisted] == [set(), set()]
    assert {book.shown.number_format(row, column) for row in (3, 4) for column in (1, 2, 3, 4)} == {"@"}
    assert "lists and colours" not in world.user.press("validate")
    assert "paste" not in world.user.excel.calls
    assert len(world.user.excel.calls) <= 12


def test_an_id_that_was_pasted_as_a_number_stays_what_it_showed(world: World) -> None:
    book = pasted(world, [7.0, 7.0], "000")
    world.user.press("validate")
    assert [book.shown.value(row, 2) for row in (3, 4)] == ["007", "007"]
    assert book.shown.unlisted == set()


def test_a_filter_that_is_on_is_on_again_and_a_workbook_of_the_users_own_is_not_touched(world: World) -> None:
    book = pasted(world, [world.agency.person(), world.agency.person()])
    world.filter(book.shown, "Caseworker Name", first="=nobody")
    world.user.press("validate")
    assert book.shown.unmarked == set()
    assert len(book.shown.filters[0].criteria) == 1
    own = world.foreign(world.row(), world.row())
    own.shown.paste_from_elsewhere(2, 2, [["Q0001"], ["Q0002"]])
    world.user.press("validate")
    assert own.shown.unmarked == {(2, 2), (3, 2)}


def test_where_the_last_row_has_no_formats_either_nothing_is_taken_from_it(world: World) -> None:
    book = pasted(world, [world.agency.person(), world.agency.person()])
    book.shown.column_formats |= dict.fromkeys(range(1, 5), "General")
    assert "lists and colours" not in world.user.press("validate")
    assert len(book.shown.unmarked) == 8
