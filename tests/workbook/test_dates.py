from __future__ import annotations

from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.dates import DateFlaw, likely_dates, read_date
from workbook.local_time import Order
from workbook.sheet import Cell, CellError

TODAY = "2026-11-24"
NOT_A_DATE = DateFlaw.NOT_A_DATE
TWO_DIGIT_YEAR = DateFlaw.TWO_DIGIT_YEAR


@pytest.mark.parametrize(
    "cell",
    [
        date(2026, 1, 31),
        datetime(2026, 1, 31, 23, 59, 59, 999999),
        "2026-01-31",
        "2026-1-31",
        "2026/01/31",
        "2026.01.31",
        "2026-01-31T10:00",
        "2026-01-31T10:00:00Z",
        "2026-01-31 10:00:00.123+05:30",
        "2026-01-31Z",
        "2026-01-31-05:00",
        "2026-01-31 00:00:00+00",
        "2026-01-31 00:00:00 +0000 UTC",
        "2026-01-31 10:15:00 PM EST",
        "2026-1-31 0:0:0",
        "2026-01-31T00:00-05:00[America/New_York]",
        "20260131",
        20260131,
        20260131.0,
        "20260131T101500Z",
        "20260131101500",
        "Sat Jan 31 2026 00:00:00 GMT-0500 (Eastern Standard Time)",
        "Sat Jan 31 00:00:00 EST 2026",
        "Sat, 31 Jan 2026 00:00:00 GMT",
        "Jan 31 2026 12:00:00:000AM",
        "31JAN2026:00:00:00",
        "31-JAN-2026 12.00.00.000000000 AM",
        "#2026-01-31#",
        "2026年1月31日",
        "2026. 1. 31.",
        "31 January 2026",
        "31 JANUARY 2026",
        "31st January 2026",
        "31-Jan-2026",
        "31/Jan/2026",
        "31Jan2026",
        "January 31, 2026",
        "Jan. 31st, 2026",
        "Jan 31 2026",
        "2026 Jan 31",
        "2026-Jan-31",
        "Saturday, January 31, 2026",
        "  31\u00a0 January   2026 ",
        "2026\u201301\u201331",
        "\u200e2026-01-31",
    ],
)
@pytest.mark.parametrize("order", ["MDY", "DMY"])
def test_what_is_plain_reads_the_same_in_every_order(cell: Cell, order: Order) -> None:
    assert read_date(cell, order) == "2026-01-31"


@pytest.mark.parametrize(
    ("cell", "mdy", "dmy"),
    [
        ("3/4/2026", "2026-03-04", "2026-04-03"),
        ("03/04/2026", "2026-03-04", "2026-04-03"),
        ("3-4-2026", "2026-03-04", "2026-04-03"),
        ("3.4.2026", "2026-03-04", "2026-04-03"),
        ("3 4 2026", "2026-03-04", "2026-04-03"),
        ("3 / 4 / 2026", "2026-03-04", "2026-04-03"),
        ("3/4/2026 12:00:00 AM", "2026-03-04", "2026-04-03"),
        ("٣/٤/٢٠٢٦", "2026-03-04", "2026-04-03"),
        ("1/31/2026", "2026-01-31", NOT_A_DATE),
        ("31/1/2026", NOT_A_DATE, "2026-01-31"),
        ("31/02/2026", NOT_A_DATE, NOT_A_DATE),
        ("02/31/2026", NOT_A_DATE, NOT_A_DATE),
        ("2/29/2024", "2024-02-29", NOT_A_DATE),
        ("2/29/2026", NOT_A_DATE, NOT_A_DATE),
        ("2/29/1900", NOT_A_DATE, NOT_A_DATE),
    ],
)
def test_day_and_month_follow_the_site_and_are_never_swapped(cell: str, mdy: object, dmy: object) -> None:
    assert [read_date(cell, "MDY"), read_date(cell, "DMY")] == [mdy, dmy]


@pytest.mark.parametrize(
    "cell", ["1/5/26", "01-05-26", "1.5.26", "5 Jan 26", "5-Jan-26", "Jan 5, 26", "Jan 5 '26", "Jan 5 ’26", "26-01-05"]
)
def test_a_two_digit_year_is_told_apart(cell: str) -> None:
    assert [read_date(cell, "MDY"), read_date(cell, "DMY")] == [TWO_DIGIT_YEAR, TWO_DIGIT_YEAR]


@pytest.mark.parametrize(
    "cell",
    [
        None, "", " ", "soon", "n/a", 45123, 45123.0, True, "45123", 20263101, 2026013, time(10), "10:00", "Jan 2026",
        "Jan 31", "2026", "1/31", "1/31/1899", "1/31/0026", "1/31/206", "1/31/20266", "1/2/3", "13/13/2026", "0/1/2026",
        "1/0/2026", "2026-13-01", "2026-01-32", "2026-01-31T25:00", "2026-W05-6", "31 Janury 2026",
        "Sunday, January 31, 2026", "30 February 2026", "1/31-2026", "²/1/2026", "45/45/26",
        date(1899, 12, 31), CellError("#N/A"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_no_date(cell: Cell) -> None:
    assert [read_date(cell, "MDY"), read_date(cell, "DMY")] == [NOT_A_DATE, NOT_A_DATE]


@given(st.dates(date(1900, 1, 1)))
def test_every_day_reads_back_in_every_form(day: date) -> None:
    iso = day.isoformat()
    year = f"{day.year:04d}"
    assert read_date(day, "MDY") == read_date(iso, "DMY") == iso
    assert read_date(f"{day.month}/{day.day}/{year}", "MDY") == iso
    assert read_date(f"{day.day:02d}.{day.month:02d}.{year}", "DMY") == iso
    assert read_date(f"{day:%B} {day.day}, {year}", "DMY") == read_date(f"{day.day}-{day:%b}-{year}", "MDY") == iso


@given(st.one_of(st.text(), st.floats(), st.integers(), st.from_regex(r"\A\d{1,5}[-/. ]\d{1,3}[-/. ]\d{1,5}\Z")))
def test_nothing_breaks_reading_or_guessing(cell: Cell) -> None:
    for order in ("MDY", "DMY"):
        read = read_date(cell, order)
        likely = likely_dates(cell, order, TODAY)
        assert len(likely) <= 5
        assert not (isinstance(read, str) and likely)
        for iso in likely:
            assert date.fromisoformat(iso).year >= 1900


@pytest.mark.parametrize(
    ("cell", "order", "likely"),
    [
        ("31/01/2026", "MDY", ["2026-01-31"]),
        ("01/31/2026", "DMY", ["2026-01-31"]),
        ("2026-31-01", "MDY", ["2026-01-31"]),
        ("31/02/2026", "DMY", ["2026-02-28"]),
        ("02/31/2026", "MDY", ["2026-02-28"]),
        ("31/02/2026", "MDY", ["2026-02-28"]),
        ("30 February 2028", "MDY", ["2028-02-29"]),
        ("1/31/26", "MDY", ["2026-01-31"]),
        ("12/31/26", "MDY", ["2026-12-31"]),
        ("1/31/31", "MDY", ["2031-01-31"]),
        ("1/31/32", "MDY", ["1932-01-31"]),
        ("Jan 5 '80", "MDY", ["1980-01-05"]),
        ("1/31/0026", "MDY", ["2026-01-31"]),
        ("2026-02-31Z", "MDY", ["2026-02-28"]),
        ("20263101", "MDY", ["2026-01-31"]),
        (20263101, "MDY", ["2026-01-31"]),
        ("20260231", "MDY", ["2026-02-28"]),
        (45123, "MDY", ["2023-07-16", "2027-07-17"]),
        (45123.5, "MDY", ["2023-07-16", "2027-07-17"]),
        ("45123", "MDY", ["2023-07-16", "2027-07-17"]),
        ("01312026", "MDY", ["2026-01-31"]),
        (1312026, "MDY", ["2026-01-31"]),
        ("Janury 31, 2026", "MDY", ["2026-01-31"]),
        ("3 Ocotber 2026", "MDY", ["2026-10-03"]),
        ("Sunday, January 31, 2026", "MDY", ["2026-01-31"]),
        ("soon", "MDY", []),
        ("31/31/2026", "MDY", []),
        (412, "MDY", []),
        (True, "MDY", []),
        (None, "MDY", []),
        (float("nan"), "MDY", []),
        ("1/31/2026", "MDY", []),
    ],
)  # fmt: skip
def test_a_wrong_date_is_guessed_at_best_guess_first(cell: Cell, order: Order, likely: list[str]) -> None:
    assert likely_dates(cell, order, TODAY) == likely


@pytest.mark.parametrize(
    ("cell", "likely"), [("1/31/26", ["2026-01-31"]), ("12/31/26", ["1926-12-31"]), ("1/31/27", ["1927-01-31"])]
)
def test_a_date_that_must_lie_in_the_past_is_of_the_century_that_fits(cell: str, likely: list[str]) -> None:
    assert likely_dates(cell, "MDY", TODAY, past=True) == likely
