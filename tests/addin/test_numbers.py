"""A number that is none, such as only a file can hold, is told by its cell, and never taken for a server's silence."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from addin.cli.options import NOT_REACHED
from tests.support.command import Run
from tests.support.workbook_file import parts_of, text, zipped
from workbook.columns import ACTION, PARTICIPANT_ID

TOO_LARGE = "<c r='{}2'><v>1E999</v></c>"


@pytest.mark.parametrize("command", [("validate",), ("submit", "--yes"), ("fix",)], ids=" ".join)
@pytest.mark.parametrize(("column", "head"), [("B", PARTICIPANT_ID), ("C", "Notes"), ("D", "Start Date")])
def test_a_number_beyond_all_numbers_is_told_by_its_cell(
    run: Run, tmp_path: Path, command: tuple[str, ...], column: str, head: str
) -> None:
    heads = {"A": ACTION, "B": PARTICIPANT_ID, "C": "Notes", "D": "Start Date"} | {column: head}
    cells = [text("A2", "Insert"), text("B2", "P1"), text("C2", "x"), text("D2", "2026-10-31")]
    cells["ABCD".index(column)] = TOO_LARGE.format(column)
    rows = f"<row r='1'>{''.join(text(f'{at}1', one) for at, one in heads.items())}</row>"
    file = zipped(tmp_path / "a.xlsx", parts_of(f"{rows}<row r='2'>{''.join(cells)}</row>"))
    before = file.read_bytes()
    ran = run(command[0], file, *command[1:])
    assert ran.code == NOT_REACHED
    assert ran.err.strip().endswith(
        f"Cell {column}2 holds a number that is too large for any sheet, so nothing was sent. Correct or clear that "
        "cell."
    )
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
    assert file.read_bytes() == before
