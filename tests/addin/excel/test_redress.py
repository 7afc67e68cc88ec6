"""In Excel, Validate gives lists, formats and marks back to rows that a plain Ctrl+V has robbed of them (SPEC 9)."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.excel.grid import OpenWorkbook
from tests.support.excel.sheets import StandInRange
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


def test_rows_that_were_pasted_together_are_found_in_few_questions_and_copied_to_once(world: World) -> None:
    book = world.template(*(world.row() for _ in range(32)))
    world.user.press("validate")
    book.shown.paste_from_elsewhere(26, 1, [[INSERT, world.agency.person(), None, None] for _ in range(8)])
    assert "8 rows have lists and colours again" in world.user.press("validate")
    assert [book.shown.unmarked, book.shown.unlisted] == [set(), set()]
    calls = Counter(world.user.excel.calls)
    # Of all rows and of the last one; of the first column, its halves and quarters; and of the rows that are left.
    assert [calls["formats"], calls["copy"], calls["paste"]] == [8, 1, 2]


def test_a_column_that_alone_was_pasted_over_is_found_too(world: World) -> None:
    book = world.template(*(world.row() for _ in range(9)))
    world.user.press("validate")
    book.shown.paste_from_elsewhere(3, 2, [[world.agency.person()] for _ in range(3)])
    book.shown.paste_from_elsewhere(8, 4, [[None]])
    assert "4 rows have lists and colours again" in world.user.press("validate")
    assert [book.shown.unmarked, book.shown.unlisted] == [set(), set()]


def test_where_something_ends_the_copy_between_two_pastes_it_is_copied_again(world: World) -> None:
    book = pasted(world, [world.agency.person(), world.agency.person()])
    excel, known = world.user.excel, StandInRange.paste

    def paste(self: StandInRange, *arguments: Any, **named: Any) -> None:
        known(self, *arguments, **named)
        excel.is_copying = False

    world.monkeypatch.setattr(StandInRange, "paste", paste)
    assert "2 rows have lists and colours again" in world.user.press("validate")
    assert [book.shown.unmarked, book.shown.unlisted] == [set(), set()]


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
