from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.files.excel_damage import lost_ids, ruin_of
from workbook.matching import exact_key
from workbook.sheet import Cell


@pytest.mark.parametrize(
    ("cell", "what", "was"),
    [
        ("1.23457E+11", "scientific", "123456789012"),
        ("1,23457E+11", "scientific", "123457123456"),
        ("1E+11", "scientific", "1E11"),
        ("1E+11", "scientific", "10e10"),
        ("1.2E-04", "scientific", "12E-5"),
        ("1.23457E+15", "scientific", "1234567890123456"),
        (1234567890123450, "digits", "1234567890123456"),
        (1234567890123450.0, "digits", "1234567890123459"),
        (1.2345678901234500e19, "digits", "12345678901234567890"),
        (datetime(2026, 12, 5), "date", "12-5"),
        (date(2026, 3, 1), "date", "MAR1"),
        (date(2026, 3, 1), "date", "1-Mar"),
        (date(2012, 5, 1), "date", "5-12"),
        (date(2026, 3, 1), "date", "3/1/26"),
        (date(2026, 3, 1), "date", "46082"),
        ("2026-12-05", "date", "12/05/2026"),
        (time(12, 5), "date", "12:05"),
    ],
)
def test_what_excel_has_done_is_told_with_the_ids_that_would_look_so(cell: Cell, what: str, was: str) -> None:
    ruin = ruin_of(cell)
    assert ruin is not None
    assert [ruin.what, lost_ids(ruin).includes(exact_key(was))] == [what, True]
    assert "Text" in ruin.sentence


@pytest.mark.parametrize(
    "cell",
    [None, "", "P00001", "00123", "12E5", "1E5", "123456789012", "1234567890123450", 123456789012345, 1234567890123456,
     4711.0, True, float("nan"), float("inf"), "12-5"],
)  # fmt: skip
def test_what_excel_would_not_write_is_an_id(cell: Cell) -> None:
    assert ruin_of(cell) is None


@given(st.integers(10**15, 10**30), st.integers(0, 10**15 - 1))
def test_a_long_number_is_among_those_it_may_have_been(number: int, other: int) -> None:
    kept = int(str(number)[:15]) * 10 ** (len(str(number)) - 15)
    ruin = ruin_of(float(kept)) if kept >= 2**53 else ruin_of(kept)
    assert ruin is not None
    assert lost_ids(ruin).includes(str(number)) or kept != int(float(kept))
    assert not lost_ids(ruin).includes(str(other))


@given(st.integers(10**11, 10**30))
def test_a_shortened_number_is_among_those_it_may_have_been(number: int) -> None:
    ruin = ruin_of(f"{number:.5E}")
    assert ruin is not None
    assert lost_ids(ruin).includes(str(number))


@given(st.one_of(st.text(), st.floats(), st.integers(), st.dates(), st.datetimes(), st.times(),
                 st.from_regex(r"\A[1-9]\.\d{1,9}E[+-]\d{2,3}\Z")))  # fmt: skip
def test_nothing_breaks_it(cell: Cell) -> None:
    ruin = ruin_of(cell)
    if ruin is not None:
        lost_ids(ruin)
