"""Changes that lie side by side are one call, and none changes places with one that it has to do with."""

from __future__ import annotations

import random

import pytest

from addin.book import AddSheet, Fill, Format, HideColumns, HideSheet, Operation, Put, Replace, Show
from addin.hosts.document import Block, blocks_down, meet, outside, overlap
from addin.hosts.fewer import together

A, B, C = (Put("S", 1, column, [[f"h{column}"]]) for column in (1, 2, 3))

OTHER: list[Operation] = [Replace("T", [["x"]]), HideSheet("T")]


def form(column: int, number_format: str = "@") -> Format:
    return Format("S", (Block(1, column, 100, 1),), number_format)


@pytest.mark.parametrize(
    ("noted", "made"),
    [
        ([A, B, C], [Put("S", 1, 1, [["h1", "h2", "h3"]])]),
        ([A, C], [A, C]),
        ([B, A], [B, A]),
        ([form(1), A, form(2), B], [Format("S", (Block(1, 1, 100, 2),), "@"), Put("S", 1, 1, [["h1", "h2"]])]),
        ([form(1), form(2, "0")], [form(1), form(2, "0")]),
        ([form(1), A, form(4), B], [Format("S", (Block(1, 1, 100, 1), Block(1, 4, 100, 1)), "@"),
                                      Put("S", 1, 1, [["h1", "h2"]])]),
        ([form(2), B, form(2)], [form(2), B, form(2)]),
        ([A, Put("S", 1, 2, [["x"], ["y"]])], [A, Put("S", 1, 2, [["x"], ["y"]])]),
        ([A, Put("S", 1, 2, [["x"]], "@")], [A, Put("S", 1, 2, [["x"]], "@")]),
        ([A, Put("T", 1, 2, [["x"]])], [A, Put("T", 1, 2, [["x"]])]),
        ([HideColumns("S", 4), A, HideColumns("S", 5, 2)], [HideColumns("S", 4, 3), A]),
        ([A, *OTHER, B], [Put("S", 1, 1, [["h1", "h2"]]), *OTHER]),
    ],
)  # fmt: skip
def test_what_lies_side_by_side_is_one_change(noted: list[Operation], made: list[Operation]) -> None:
    assert together(noted) == made


@pytest.mark.parametrize(
    "between",
    [
        Put("S", 1, 2, [["o"], ["l"], ["d"]]),
        Format("S", (Block(1, 1, 9, 9),), "0"),
        Replace("S", [["x"]]),
        Show("S", 1, 1),
    ],
)
def test_nothing_goes_past_a_change_of_its_own_cells(between: Operation) -> None:
    first = Put("S", 1, 1, [["h1"], ["h1"]])
    last = Put("S", 1, 2, [["new"], ["new"]])
    assert together([first, between, last]) == [first, between, last]


def test_a_sheet_is_there_before_it_is_written_into() -> None:
    assert together([A, AddSheet("T"), Put("T", 1, 1, [["x"]])]) == [A, AddSheet("T"), Put("T", 1, 1, [["x"]])]


@pytest.mark.parametrize(
    ("first", "is_left"),
    [
        (Put("S", 2, 2, [["old"]]), False),
        (Put("S", 2, 2, [["old"]], "@"), True),  # its format stays
        (Put("S", 2, 4, [["old"]]), True),
    ],
)
def test_what_is_written_over_is_not_written_before(first: Put, is_left: bool) -> None:
    last = Put("S", 1, 1, [["a", "b", "c"], ["d", "e", "f"]])
    assert together([first, B, last]) == ([first, last] if is_left else [last])


def test_rows_below_each_other_are_one_change() -> None:
    assert together([A, Put("S", 2, 1, [["x"], ["y"]])]) == [Put("S", 1, 1, [["h1"], ["x"], ["y"]])]


def test_the_rows_that_no_run_reaches_are_found() -> None:
    assert list(outside(2, 12, [(9, 10), (1, 3), (5, 5), (2, 3)])) == [4, 6, 7, 8, 11, 12]
    assert list(outside(2, 4, [(1, 1_048_576)])) == []
    assert list(outside(2, 3, [(8, 9)])) == [2, 3]


def test_blocks_meet_where_any_two_of_them_overlap() -> None:
    chance = random.Random(1)

    def some() -> list[Block]:
        return blocks_down({(chance.randint(1, 6), chance.randint(1, 4)) for _ in range(chance.randint(1, 5))})

    sides = [(some(), some()) for _ in range(300)]
    known = [any(overlap(one, other) for one in first for other in second) for first, second in sides]
    assert [meet(first, second) for first, second in sides] == known
    assert set(known) == {True, False}


def test_two_answers_for_thousands_of_rows_here_and_there_are_two_changes_and_one_format() -> None:
    rows = [range(2 + column, 40_000, 2) for column in range(2)]
    formats, fills = [], []
    for answer, those in zip("ab", rows, strict=True):
        formats.append(Format("S", tuple(Block(row, 9, 1, 1) for row in those), "@"))
        fills.append(Fill("S", tuple((row, 9) for row in those), answer))
    made = together([*formats, *fills])
    assert [type(one) for one in made] == [Format, Fill, Fill]
    assert made[1:] == fills
