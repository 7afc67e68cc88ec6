"""A number beyond all numbers, such as only a file can hold, is its cell's own mistake, not a server's silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from addin.api.client import Client
from addin.errors import ClientError
from tests.support.command import Run
from tests.support.workbook_file import parts_of, text, zipped

HEADERS = {
    "A": "Update or Insert",
    "B": "Participant ID",
    "C": "Caseworker Name",
    "D": "Caseworker Relationship",
    "E": "Caseload Status",
    "F": "Start Date",
}


@pytest.mark.parametrize("column", ["B", "F"])
def test_a_number_beyond_all_numbers_is_told_by_its_cell(run: Run, tmp_path: Path, column: str) -> None:
    row = {"A": "Insert", "B": "P1", "C": "Robert Smith", "D": "Primary", "E": "Active", "F": "2026-10-31"}
    cells = [f"<c r='{at}2'><v>1E999</v></c>" if at == column else text(f"{at}2", said) for at, said in row.items()]
    rows = f"<row r='1'>{''.join(text(f'{at}1', one) for at, one in HEADERS.items())}</row>"
    file = zipped(tmp_path / "a.xlsx", parts_of(f"{rows}<row r='2'>{''.join(cells)}</row>"))
    problems = run("validate", file, "--json").json()["problems"]
    assert [2, HEADERS[column], "cell-error"] in [[one["row"], one["column"], one["code"]] for one in problems]


def test_in_a_table_of_a_program_it_is_told_too_and_nothing_is_sent() -> None:
    with Client("http://127.0.0.1:9", None, retries=0) as client, pytest.raises(ClientError) as told:
        client.validate({"header": ["Participant ID"], "rows": [[float("inf")]], "row_numbers": [2]})
    assert [told.value.code, "was not sent" in told.value.sentence] == ["number-invalid", True]
