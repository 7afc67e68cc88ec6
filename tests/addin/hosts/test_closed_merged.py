"""Of merged cells only the first is seen: nothing under it is sent, written or lost unsaid."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.document import Block
from tests.support.workbook_file import parts_of, text, zipped

HEADERS = ["Update or Insert", "Participant ID", "Start Date", "Notes"]


def workbook(path: Path, *merged: str, above: int = 0) -> Path:
    """A header below so many titles, three rows that are filled, and these merged ranges over them."""
    lines = [["About"]] * above + [HEADERS, *(["Insert", f"Q{row}", "2026-10-31", "n"] for row in (1, 2, 3))]
    rows = ""
    for row, line in enumerate(lines, 1):
        cells = "".join(text(f"{column}{row}", said) for column, said in zip("ABCD", line, strict=False))
        rows += f'<row r="{row}">{cells}</row>'
    parts = parts_of(rows)
    sheet = "xl/worksheets/sheet1.xml"
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    parts[sheet] = parts[sheet].replace("</sheetData>", f"</sheetData><mergeCells>{ranges}</mergeCells>")
    return zipped(path, parts)


@pytest.mark.parametrize("merged", ["B2:B3", "A2:C2", "B1:C1", "B3:B9", "C4:D4", "E2:E3", "D2:F2"])
def test_rows_that_merged_cells_hide_are_not_read_and_it_is_said_which(tmp_path: Path, merged: str) -> None:
    file = workbook(tmp_path / "merged.xlsx", merged)
    before = file.read_bytes()
    with pytest.raises(BookError, match=rf"sheet Caseload, the cells {merged} are merged, .*Unmerge them \(Home > Mer"):
        ClosedBook(file).grids()[0].contents()
    assert file.read_bytes() == before


def test_of_many_the_first_are_named(tmp_path: Path) -> None:
    file = workbook(tmp_path / "merged.xlsx", "C4:D4", "A2:B2", "A3:B3", "C2:D2", "C3:D3")
    with pytest.raises(BookError, match="the cells A2:B2, C2:D2, A3:B3 and 2 more ranges are merged"):
        ClosedBook(file).grids()[0].contents()


@pytest.mark.parametrize("merged", ["A1:D1", "A9:D9", "B12:C14", "D4:D4", "E2:F2"])
def test_titles_headers_that_hide_none_and_what_is_merged_below_the_rows_are_nobody_s_concern(
    tmp_path: Path, merged: str
) -> None:
    book = ClosedBook(workbook(tmp_path / "merged.xlsx", merged, above=1))
    assert [line[1] for line in book.grids()[0].contents()[2:]] == ["Q1", "Q2", "Q3"]
    assert book.save() == tmp_path / "merged.xlsx"


def test_a_workbook_with_values_under_merged_cells_is_copied_and_not_overwritten(tmp_path: Path) -> None:
    """In a column of the user's own they are not sent, and yet theirs."""
    told: list[str] = []
    file = workbook(tmp_path / "merged.xlsx", "D2:D4")
    before = file.read_bytes()
    book = ClosedBook(file, told.append)
    assert [line[1] for line in book.grids()[0].contents()[1:]] == ["Q1", "Q2", "Q3"]
    assert [book.save().name, file.read_bytes() == before] == ["merged – checked.xlsx", True]
    assert "holds values under merged cells, which cannot be written from outside Excel" in told[0]


def test_nothing_is_written_under_a_merged_cell_unsaid(tmp_path: Path) -> None:
    grid = ClosedBook(workbook(tmp_path / "merged.xlsx", "F2:G9")).grids()[0]
    grid.write(Block(2, 6, 1, 2), [["shown", None]], None)
    with pytest.raises(BookError, match=r"the cells F2:G9 are merged, so that nobody would see .* into G4\. Unmerge"):
        grid.write(Block(4, 7, 1, 1), [["lost"]], None)


def test_a_sheet_that_is_written_anew_has_no_merged_cells(tmp_path: Path) -> None:
    book = ClosedBook(workbook(tmp_path / "merged.xlsx", "A2:D3"))
    book.grids()[0].replace([["a", "b"], ["c", "d"], ["e", "f"]])
    sheet = openpyxl.load_workbook(book.save()).worksheets[0]
    assert [[cell.value for cell in line[:2]] for line in sheet.iter_rows(max_row=3)] == [
        ["a", "b"],
        ["c", "d"],
        ["e", "f"],
    ]
