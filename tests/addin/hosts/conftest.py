"""The spreadsheets that the hosts' tests run in: one line of HOSTS each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest

from tests.support.spreadsheets import CALC, CLOSED, HOSTS, AnyDocument, Host

DIFFERENCES = {
    CLOSED: {
        "test_a_formula_reads_as_what_it_gives": "a closed file is calculated by whoever opens it next",
        "test_a_formula_that_fails_reads_as_its_error": "a closed file is calculated by whoever opens it next",
        "test_a_sheet_that_is_protected_is_not_written_into_and_the_sentence_says_what_was_changed":
            "protection holds off who types, and openpyxl passes over it",
        "test_a_sheet_that_is_protected_refuses_whatever_would_change_it":
            "protection holds off who types, and openpyxl passes over it",
    },
    CALC: {},
}  # fmt: skip
"""Host → behaviour → why it has another one."""


@pytest.fixture(params=[pytest.param(name, marks=pytest.mark.calc) if name == CALC else name for name in HOSTS])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    """Each host in turn; where DIFFERENCES says that it has another behaviour, the test is to fail."""
    made = HOSTS[str(request.param)](request)
    reason = DIFFERENCES.get(made.name, {}).get(request.node.originalname)
    if reason is not None:
        wrong = (AssertionError, pytest.fail.Exception)
        request.applymarker(pytest.mark.xfail(reason=reason, strict=True, raises=wrong))
    yield made
    made.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two sheets, the second hidden; on the first a header, a filled row and an unfinished one."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Caseload"
    sheet.append(["ID", "Name", "Start", "Share", "Open", "Note"])
    sheet.append(["007", "Bond", dt.datetime(2026, 1, 31), 0.5, True, None])
    sheet["A3"], sheet["C3"] = 10432.0, "#N/A"
    sheet["C3"].data_type = "e"
    sheet["A2"].number_format = "@"
    sheet.column_dimensions["F"].number_format = "@"
    book.create_sheet("Second").sheet_state = "hidden"
    path = tmp_path / "caseload.xlsx"
    book.save(path)
    return path


@pytest.fixture
def document(host: Host, file: Path) -> AnyDocument:
    return host.open(file)
