"""Whatever bytes arrive, reading ends in rows or in one sentence (SPEC 3)."""

from __future__ import annotations

import csv
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from tests.support.workbook_file import cells_of, parts_of, zipped
from workbook.files.reader import error_of, read_sheet
from workbook.problems import Refusal
from workbook.text import as_typed, is_blank

HEADERS = ["Update or Insert", "Participant ID", "First Name", "Start Date"]
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
text = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)
"""Text without control characters and surrogates, which no .xlsx holds as they are."""


def read_or_refuse(path: Path, name: str) -> str:
    """What became of a file: `rows`, or the code of its refusal; anything else is a fault of ours."""
    try:
        read_sheet(path, name)
    except Refusal as refusal:
        return refusal.code
    return "rows"


@quick
@given(content=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.xlsx", "a.xlsm", "a", "a.xls"]))
def test_bytes_of_any_kind_are_rows_or_a_refusal(tmp_path: Path, content: bytes, name: str) -> None:
    path = tmp_path / "upload"
    path.write_bytes(content)
    assert read_or_refuse(path, name) in ("rows", "no-rows", "file-type", "file-unreadable", "header-repeated")


@quick
@given(part=st.sampled_from(sorted(parts_of(""))), content=st.binary(max_size=300) | text.map(str.encode))
def test_a_workbook_with_any_part_replaced_is_rows_or_a_refusal(tmp_path: Path, part: str, content: bytes) -> None:
    parts = {name: one.encode() for name, one in parts_of('<row r="1"><c r="A1"><v>1</v></c></row>').items()}
    path = zipped(tmp_path / "upload", parts | {part: content})
    assert read_or_refuse(path, "a.xlsx") in ("rows", "no-rows", "file-unreadable", "file-too-large")


@quick
@given(rows=st.text(st.sampled_from('<>/"= abcrvts123&;#\x00é'), max_size=200))
def test_a_sheet_of_any_markup_is_rows_or_a_refusal(tmp_path: Path, rows: str) -> None:
    path = zipped(tmp_path / "upload", parts_of(rows))
    assert read_or_refuse(path, "a.xlsx") in ("rows", "no-rows", "file-unreadable")


@quick
@given(rows=st.lists(st.lists(text, min_size=4, max_size=4), min_size=1, max_size=8))
def test_a_table_reads_the_same_from_a_csv_file_and_from_a_workbook(tmp_path: Path, rows: list[list[str]]) -> None:
    rows = [list(row) for row in rows if not all(map(is_blank, row))]
    rows.append(["Insert", "1", "Ann", "2026-01-31"])
    with (tmp_path / "a.csv").open("w", encoding="utf-8-sig", newline="") as stream:
        csv.writer(stream).writerows([HEADERS, *rows])
    book = Workbook()
    for line in [HEADERS, *rows]:
        book.active.append(line)
    for cells in book.active.iter_rows():
        for cell in cells:
            cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    book.save(tmp_path / "a.xlsx")
    wanted = {
        number: [error_of(cell) or (None if is_blank(cell) else as_typed(cell)) for cell in row]
        for number, row in enumerate(rows, 2)
    }
    found = [cells_of(read_sheet(tmp_path / name, name)) for name in ("a.csv", "a.xlsx")]
    assert found == [wanted, wanted]
