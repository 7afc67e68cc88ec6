"""A foreign sheet: where its header is, and which of our columns its columns are."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest

from addin.foreign.mapping import ColumnMapping
from addin.foreign.table import ForeignSheet, read_foreign
from addin.hosts.closed.file import read_rows


@pytest.mark.parametrize(
    ("cells", "target"), [(["Youth Shelter", "Food Pantry"], "Program Name"), (["P1", 17], "Program ID")]
)
def test_a_column_called_program_is_guessed_by_its_cells_and_shown_as_a_guess(cells: list[Any], target: str) -> None:
    mapping = ColumnMapping(["Program"], ["Program ID", "Program Name"], {}, {"Program": cells})
    assert mapping.targets == mapping.guessed() == {"Program": target}


def test_a_header_that_can_only_be_guessed_is_found_below_titles(tmp_path: Path) -> None:
    text = "Worker report,2026\nOffice,North\nClt #,Case Mgr,Colour\n7,Ana,red\n"
    path = tmp_path / "their.csv"
    path.write_text(text, "utf-8")
    foreign = read_foreign(path, read_rows)
    assert (foreign.headers, foreign.rows) == (["Clt #", "Case Mgr", "Colour"], [["7", "Ana", "red"]])


def wide(path: Path, columns: int) -> ForeignSheet:
    """A sheet with so many headers, of which the 7 is there twice."""
    headers = [*(f"{number:x}" for number in range(columns - 1)), "7"]
    path.write_text(",".join(headers) + "\n" + "x," * (columns - 1) + "\n", "utf-8")
    return read_foreign(path, read_rows)


def test_forty_thousand_headers_are_read_in_seconds(tmp_path: Path) -> None:
    began = process_time()
    assert wide(tmp_path / "wide.csv", 40_000).repeated == ["7"]
    assert process_time() - began < 10


def test_the_columns_of_five_thousand_headers_are_corrected_in_seconds(tmp_path: Path) -> None:
    foreign = wide(tmp_path / "wide.csv", 5_000)
    began = process_time()
    mapping = ColumnMapping(foreign.headers, ["Participant ID"], {}, foreign.cells(1))
    mapping.correct("f = Participant ID")
    mapping.settle(dict.fromkeys(mapping.headers) | {"e": "Participant ID"})
    assert mapping.targets["e"] == "Participant ID"
    assert process_time() - began < 10
