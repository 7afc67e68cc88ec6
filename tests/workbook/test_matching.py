from __future__ import annotations

from datetime import date, datetime, time

import pytest

from workbook.matching import exact_key, id_of, like_key, ssn_digits, text_of
from workbook.sheet import Cell, CellError


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (None, ""), ("", ""), ("  Ann\u00a0  Lee\n", "Ann Lee"), (10432.0, "10432"), (10432, "10432"), (0.5, "0.5"),
        (-5.0, "-5"), (1e300, "1e+300"), (float("inf"), "inf"), (True, "TRUE"), (False, "FALSE"),
        (date(2026, 1, 31), "2026-01-31"), (datetime(2026, 1, 31), "2026-01-31"),
        (datetime(2026, 1, 31, 10, 30), "2026-01-31 10:30:00"), (time(10, 30), "10:30:00"), (CellError("#N/A"), "#N/A"),
    ],
)  # fmt: skip
def test_a_cell_reads_as_a_person_reads_it(cell: Cell, text: str) -> None:
    assert text_of(cell) == text


@pytest.mark.parametrize(
    ("cell", "identifier"),
    [("007", "007"), (10432.0, "10432"), ("10432.0", "10432"), ("10432.00", "10432"), ("007.0", "007"), (7, "7"),
     ("10432.5", "10432.5"), ("A.0", "A.0"), (" a  b ", "a b"), (None, "")],
)  # fmt: skip
def test_an_id_keeps_its_zeros_and_loses_what_excel_added(cell: Cell, identifier: str) -> None:
    assert id_of(cell) == identifier


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("José", "JOSE"), ("O'Brien", "Obrien"), ("Smith-Jones", "smith jones"), ("St. John", "stjohn"),
        ("Søren", "Soren"), ("Łukasz", "lukasz"), ("Straße", "STRASSE"), ("Nguyễn", "nguyen"), ("Ａnn", "ann"),
    ],
)  # fmt: skip
def test_like_folds_case_accents_spaces_hyphens_and_punctuation(one: str, other: str) -> None:
    assert like_key(one) == like_key(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anne"), ("कि", "का"), ("-", ""), ("-", "."), ("北京", "東京")])
def test_like_keeps_apart_what_is_spelt_apart(one: str, other: str) -> None:
    assert like_key(one) != like_key(other)


def test_exact_folds_case_and_spaces_only() -> None:
    assert exact_key(" Ann   LEE ") == exact_key("ann lee")
    assert exact_key("José") != exact_key("Jose")
    assert exact_key("O'Brien") != exact_key("OBrien")


@pytest.mark.parametrize(
    ("cell", "digits"),
    [("012-34-5678", "012345678"), ("012 34 5678", "012345678"), (12345678, "012345678"), (12345678.0, "012345678"),
     ("12345678", "12345678"), ("", ""), (None, "")],
)  # fmt: skip
def test_an_ssn_is_its_digits_and_a_number_gets_its_zeros_back(cell: Cell, digits: str) -> None:
    assert ssn_digits(cell) == digits
