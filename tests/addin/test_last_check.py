"""The last check that a workbook keeps: what a stranger may have written in its place is taken for none."""

from __future__ import annotations

import base64
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from addin.rows.last_check import last_report
from workbook.layout import SUGGESTION_COLUMN
from workbook.report import Counts, Report

REPORT = Report(counts=Counts(rows=1, valid=1, errors=0, warnings=0), problems=[], fixes=[], preview=None)


def kept(content: bytes) -> list[list[Any]]:
    """The hidden sheet with this in it, packed as a check is."""
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    pieces = [f":{packed[at : at + 30_000]}" for at in range(0, len(packed), 30_000)]
    return [[None, "_known", *[None] * (SUGGESTION_COLUMN - 3), piece] for piece in pieces]


def test_a_report_that_is_kept_is_found_again() -> None:
    facts = {"report": REPORT.model_dump(exclude={"follow_up", "preview"})}
    assert last_report(kept(json.dumps(facts).encode())) == REPORT


@pytest.mark.parametrize("content", [b"[" * 1_000_000, b"1" * 300_000_000, b"{}", b"\xff", b"NaN", b""])
def test_what_is_no_report_is_none_and_fills_no_memory(content: bytes) -> None:
    grid = kept(content)
    tracemalloc.start()
    try:
        assert last_report(grid) is None
        assert tracemalloc.get_traced_memory()[1] < 250_000_000
    finally:
        tracemalloc.stop()
