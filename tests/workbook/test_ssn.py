"""An SSN is nine digits that could have been issued, however they are written; anything else is none."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.sheet import Cell
from workbook.ssn import PLACEHOLDERS, could_be_issued, ssn_of


@pytest.mark.parametrize("cell", [
    "012345678", "012-34-5678", "012 34 5678", "012.34.5678", "012\u201334\u20115678", "012\u221234\u22125678",
    "012\u00a034\u00a05678", "012-34-5678\u200b", " 012-34-5678 ", "０１２３４５６７８", "12345678", 12345678,
    12345678.0, "12345678.0", "12-34-5678",
])  # fmt: skip
def test_nine_digits_are_an_ssn_whatever_stands_between_them_and_lost_zeros_return(cell: Cell) -> None:
    assert ssn_of(cell) == "012345678"


def test_seven_digits_have_lost_two_zeros() -> None:
    assert ssn_of(1234567) == ssn_of("1-23-4567") == "001234567"


@pytest.mark.parametrize("cell", [
    None, "", "refused", "XXX-XX-6789", "***-**-6789", "6789", 6789, "1.23E+08", 123000000.0, "0123456789", True,
    "000-12-3456", "666-12-3456", "900-12-3456", "999-99-9999", "123-00-4567", "123-45-0000", "000000000",
    "078-05-1120", "219-09-9999", "123-45-6789", "111-11-1111", "1990-03-14", "3/14/1990", "14.03.1990",
    "3-14-1990", date(1990, 3, 14), 1.5,
    "123456780 or so",
])  # fmt: skip
def test_anything_else_is_no_ssn(cell: Cell) -> None:
    assert ssn_of(cell) == ""


def test_every_placeholder_would_be_an_ssn_if_it_were_not_known() -> None:
    assert all(len(number) == 9 and number.isdecimal() for number in PLACEHOLDERS)
    assert not any(map(could_be_issued, PLACEHOLDERS))


@given(st.integers(0, 10**9 - 1), st.sampled_from(("", "-", " ", ".", "\u2013", "\u200b")))
def test_how_it_is_written_makes_no_difference(number: int, between: str) -> None:
    digits = f"{number:09d}"
    written = between.join((digits[:3], digits[3:5], digits[5:]))
    assert ssn_of(written) == (digits if could_be_issued(digits) else "")
