"""Values between Python and Excel, of the kinds that no template of ours holds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from addin.book import ErrorText
from addin.hosts.excel.values import incoming, outgoing, rows_of, with_errors


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (7.0, 7), (7.5, 7.5), (1e300, 1e300), (True, True), ("", None), (None, None), ("007", "007"),
        (Decimal("12.5"), 12.5),  # a cell with a currency format
        (dt.datetime(2026, 1, 12, tzinfo=dt.UTC), dt.datetime(2026, 1, 12)),
        (dt.datetime(2026, 1, 12, 8, 59, 59, 999_999), dt.datetime(2026, 1, 12, 9)),
        (dt.datetime(1899, 12, 30, 12, 30), dt.time(12, 30)),
        (-2146826281, "#DIV/0!"), (-2146826243, "#SPILL!"), (-2146826201, "#VALUE!"), (-2146826289, -2146826289),
    ],
)  # fmt: skip
def test_a_value_is_read_for_what_it_is(told: Any, value: Any) -> None:
    found = incoming(told)
    assert (found, type(found)) == (value, ErrorText if str(value).startswith("#") else type(value))


@pytest.mark.parametrize(
    ("value", "taken"),
    [
        ("'tis", "''tis"), ("a\x00b", "ab"), (dt.date(2026, 1, 12), dt.datetime(2026, 1, 12)), (dt.time(12), 0.5),
        (None, None), (True, True),
    ],
)  # fmt: skip
def test_a_value_is_written_as_excel_takes_it(value: Any, taken: Any) -> None:
    assert outgoing(value) == taken


def test_a_block_has_rows_whatever_its_shape() -> None:
    assert [rows_of(7.0), rows_of([1.0, 2.0]), rows_of(((1.0,), (2.0,)))] == [[[7.0]], [[1.0, 2.0]], [[1.0], [2.0]]]


def test_error_cells_that_a_mac_left_out_stand_where_their_texts_do() -> None:
    assert with_errors(["a", 7.0], ["#N/A", "a", "7"]) == ["#N/A", "a", 7]
    assert with_errors(["#N/A", "b"], ["#N/A", "#REF!", "b"]) == ["#N/A", "#REF!", "b"]
    assert [type(one) for one in with_errors(["#N/A", "b"], ["#N/A", "#REF!", "b"])] == [str, ErrorText, str]
    assert with_errors([], ["#N/A"]) == ["#N/A"]
    assert with_errors(["", "end"], ["", "#SPILL!", "end"]) == [None, "#SPILL!", "end"]
