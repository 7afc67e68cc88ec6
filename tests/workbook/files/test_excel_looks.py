"""A text in a cell is a text, whatever it looks like, and takes no more time than another (SPEC 3)."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.support.workbook_file import HEADER_ROW, MAIN, cells_of, parts_of, text, zipped
from workbook.files.excel_scan import scan
from workbook.files.excel_spelling import names_rows_beyond
from workbook.files.excel_styles import StyledCells
from workbook.files.excel_texts import SharedTexts, TextsOfCells
from workbook.files.reader import read_file
from workbook.problems import Refusal

STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="&quot;001&quot;000"/>
</numFmts><fonts><font/></fonts><fills><fill><patternFill/></fill></fills><borders><border/></borders>
<cellStyleXfs><xf numFmtId="0"/></cellStyleXfs><cellXfs><xf numFmtId="0"/><xf numFmtId="170"/></cellXfs></styleSheet>"""
ROW = f'<row r="2">{text("A2", "Insert")}<c r="B2"><v>974</v></c>@</row>'
HEAD, END = f'<worksheet xmlns="{MAIN}"><sheetData>'.encode(), b"</sheetData></worksheet>"
LIKE_TAGS = [
    'r="B2" s="1"', 's="1" r="B2"', '&lt;c r="B2" s="1">', 'r="A12345678"', 'r="A' + "1" * 5000, 'r="XFD1048577"',
    ' t="s"', ' t="e"', 'hidden="1" ht="0"', ' t="inlineStr">', " = ", "]]&gt;",
]  # fmt: skip
SIGNS = ['r="B2" ', ' s="1"', ' t="s"', ' t="e"', ' r="A1"', "= ", " =", "&#65;", 'hidden="1" ']
"""Of which a text may hold a great many."""
A_MEGABYTE_MAY_TAKE = 2.0
"""Seconds, on a slow computer; what looks from each sign to the end of the text takes minutes."""


def read_beside(folder: Path, beside: str, behind: str = "") -> list[object]:
    """The cells of a row that shows 974, beside a text, and before something behind all rows."""
    parts = {**parts_of(HEADER_ROW + ROW.replace("@", text("D2", beside))), "xl/styles.xml": STYLES}
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace("</sheetData>", f"</sheetData>{behind}")
    sheet_read = read_file(zipped(folder / "caseload.xlsx", parts))
    assert [sheet_read.hidden_rows, sheet_read.row_numbers.tolist()] == [[], [2]]
    return cells_of(sheet_read)[2]


@pytest.mark.parametrize("beside", LIKE_TAGS)
def test_a_text_that_looks_like_a_tag_changes_no_other_cell(tmp_path: Path, beside: str) -> None:
    assert read_beside(tmp_path, beside) == ["Insert", 974, None]


@pytest.mark.parametrize("aside", ['<!-- <c r="B2" s="1"> -->', '<?x <c r="B2" s="1"> ?>'])
def test_what_stands_in_a_comment_or_an_instruction_changes_none_either(tmp_path: Path, aside: str) -> None:
    assert read_beside(tmp_path, "a note", behind=aside) == ["Insert", 974, None]
    rows = HEADER_ROW + ROW.replace("@", "") + aside
    path = zipped(tmp_path / "caseload.xlsx", {**parts_of(rows), "xl/styles.xml": STYLES})
    assert cells_of(read_file(path))[2][1] == 974


def test_a_sign_that_ends_a_tag_may_stand_in_an_attribute(tmp_path: Path) -> None:
    rows = HEADER_ROW + ROW.replace("@", "").replace('r="B2"', 'r="B2" cm=">" s="1"').replace("<row", '<row spans=">"')
    rows = rows.replace('r="2"', 'r="2" hidden="1"', 1)
    sheet = read_file(zipped(tmp_path / "caseload.xlsx", {**parts_of(rows), "xl/styles.xml": STYLES}))
    assert [cells_of(sheet)[2][1], sheet.hidden_rows] == ["001974", [2]]


def test_another_root_in_a_comment_hides_no_rows_from_the_scan() -> None:
    rows = b'<row r="2" hidden="1"><c r="A2"/></row>'
    assert not scan([b"<!-- <x:worksheet > -->" + HEAD, rows, END]).plain
    assert not scan([HEAD.replace(b"<sheetData", b"<!-- <sheetData> --><sheetData"), rows, END]).plain


@pytest.mark.parametrize("place", ["A" + "1" * 5000, "A" * 5000 + "1", "AB12345678"])
def test_a_cell_of_no_sheet_is_refused_in_one_sentence(tmp_path: Path, place: str) -> None:
    rows = f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row><row r="3"><c r="{place}"><v>1</v></c></row>'
    with pytest.raises(Refusal) as refused:
        read_file(zipped(tmp_path / "caseload.xlsx", parts_of(rows)))
    assert refused.value.code == "file-unreadable"


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("where", ["in a text", "in a tag"])
def test_a_megabyte_of_what_is_looked_for_takes_no_longer_than_another(sign: str, where: str) -> None:
    many = sign * (1024 * 1024 // len(sign))
    cell = f'<c r="A2" {many}>' if where == "in a tag" else text("A2", many)
    pieces = [HEAD, f'<row r="2">{cell}</row>'.encode(), END]
    shared = SharedTexts.of([f"<sst><si><t>{'9' * 4_000_000}</t></si></sst>".encode()])
    began = time.process_time()
    scan(pieces)
    StyledCells(pieces, [2], {1: "000"}, 2)
    list(TextsOfCells(shared, 2 * 1024 * 1024).through(pieces))
    names_rows_beyond(pieces, 2)
    assert time.process_time() - began < A_MEGABYTE_MAY_TAKE
