"""Days and moments as a person reads them, in the site's order."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from workbook.columns import BIRTH_DATE, PARTICIPANT_ID, START
from workbook.dates import read_date
from workbook.identity import said_value, who_of
from workbook.local_time import ORDERS, Order, named_day, said_day

EVERY_DAY = [(date(2023, 12, 25) + timedelta(days)).isoformat() for days in range(800)]


@pytest.mark.parametrize("order", ORDERS)
def test_a_day_that_is_said_is_read_as_the_same_day(order: Order) -> None:
    for iso in EVERY_DAY:
        assert read_date(said_day(iso, order), order) == iso


@pytest.mark.parametrize("read_in", ORDERS)
@pytest.mark.parametrize("order", ORDERS)
def test_a_day_whose_month_is_named_is_the_same_in_every_order(order: Order, read_in: Order) -> None:
    for iso in EVERY_DAY:
        assert read_date(named_day(iso, order), read_in) == iso


def test_days_are_said_in_the_sites_order() -> None:
    assert [said_day("2026-02-03", order) for order in ORDERS] == ["2/3/2026", "3/2/2026"]
    assert [named_day("2026-02-03", order) for order in ORDERS] == ["February 3, 2026", "3 February 2026"]


@pytest.mark.parametrize("text", ["", "2026-02-31", "20260203", "3/4/26", "soon", "2026-02-03 10:00:00"])
def test_what_is_no_day_stays_as_it_is_written(text: str) -> None:
    assert [said_day(text, "MDY"), named_day(text, "DMY")] == [text, text]


def test_a_wrong_value_is_said_as_its_user_reads_it() -> None:
    who = who_of({"First Name": "Mary", "Last Name": "Jones", BIRTH_DATE: "1990-02-03", "Case Number": "2024-01-02"})
    assert said_value(PARTICIPANT_ID, who, "DMY") == "Mary Jones · born 3/2/1990 · case 2024-01-02"
    assert said_value(START, "2026-02-03", "MDY") == "2/3/2026"
    assert said_value("Case Number", "2024-01-02", "MDY") == "2024-01-02"
