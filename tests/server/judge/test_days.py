"""What a cell that is no date tells of a day, and what is offered in its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.judge.days import day_answers, probable_day
from workbook.sheet import Cell

TODAY = "2026-06-30"


@pytest.mark.parametrize(("cell", "order", "day"), [
    ("1990-02-31", "MDY", "1990-02-31"), ("2/31/1990", "MDY", "1990-02-31"), ("31/2/1990", "DMY", "1990-02-31"),
    ("31/01/1990", "MDY", "1990-01-31"), ("19291299", "MDY", "1929-12-99"), (19291299, "MDY", "1929-12-99"),
    ("19291299.0", "MDY", "1929-12-99"), ("02311990", "MDY", "1990-02-28"), ("2/3/90", "MDY", "1990-02-03"),
    ("3.2.26", "DMY", "2026-02-03"), ("3.2.27", "DMY", "1927-02-03"), ("Febuary 3, 1990", "MDY", "1990-02-03"),
    ("born 1990-02-31", "MDY", "1990-02-31"), ("1990", "MDY", ""), ("unknown", "MDY", ""), ("", "MDY", ""),
])  # fmt: skip
def test_the_day_that_is_told_is_what_is_written_even_if_no_calendar_has_it(cell: Cell, order, day: str) -> None:
    assert probable_day(cell, order, TODAY) == day


@given(st.text(alphabet="0123456789-/. ", max_size=14))
def test_whatever_is_told_looks_like_a_day(text: str) -> None:
    day = probable_day(text, "MDY", TODAY)
    assert day == "" or [len(part) for part in day.split("-")] == [4, 2, 2]


def test_what_is_stored_is_offered_before_what_the_text_may_mean_and_each_day_once() -> None:
    answers = day_answers("2/31/1990", "MDY", TODAY, [("1990-02-03", "Mary Jones"), ("", "nobody")])
    assert [(one.value, one.label) for one in answers] == [
        ("1990-02-03", "February 3, 1990 (as it is stored of Mary Jones)"), ("1990-02-28", "February 28, 1990"),
    ]  # fmt: skip
    assert [one.value for one in day_answers("2/31/1990", "MDY", TODAY, [("1990-02-28", "Ann")])] == ["1990-02-28"]


@pytest.mark.parametrize(
    ("text", "past", "sure"),
    [
        ("12/5/26", True, ""), ("12.5.26", True, ""), ("12-5-26", True, ""), ("6/29/26", True, "2026-06-29"),
        ("7/8/26", True, ""), ("7/8/26", False, "2026-07-08"), ("31/11/26", True, ""), ("31/1/26", True, "2026-01-31"),
        ("3/4/85", True, "1985-03-04"),
    ],
)  # fmt: skip
def test_a_day_that_is_still_to_come_is_no_other_one_turned_round(text: str, past: bool, sure: str) -> None:
    answers = day_answers(text, "MDY", TODAY, past=past, earliest="1966-01-01")
    assert [one.value for one in answers if one.is_sure] == [sure] * bool(sure)


def test_of_a_birth_date_in_two_digits_that_is_to_come_the_last_century_is_not_sure() -> None:
    assert not day_answers("7/8/26", "MDY", TODAY, past=True)[0].is_sure
    assert day_answers("7/8/28", "MDY", TODAY, past=True)[0].is_sure
