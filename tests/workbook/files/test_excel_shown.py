"""Numbers of identifiers, hidden rows and titles in a workbook, by the quick way of reading and by the careful one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from tests.support.workbook_file import HEADER_ROW, MAIN, cells_of, parts_of, text, zipped
from workbook.files.reader import read_file
from workbook.problems import Refusal
from workbook.sheet import Sheet

HEADER = ["Update or Insert", "Participant ID", "Case Number", "Start Date"]
STYLES = f"""<styleSheet xmlns="{MAIN}"><numFmts count="2"><numFmt numFmtId="164" formatCode="000000"/>
<numFmt numFmtId="165" formatCode="&quot;C-&quot;0000;General"/></numFmts><fonts><font/></fonts>
<fills><fill><patternFill/></fill></fills>
<borders><border/></borders><cellStyleXfs><xf numFmtId="0"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="2"/></cellXfs></styleSheet>"""
ROWS = (
    f'<row r="1">{text("A1", "Our changes")}</row>'
    f'<row r="3">{"".join(text(f"{letter}3", name) for letter, name in zip("ABCD", HEADER, strict=True))}</row>'
    f'<row r="4">{text("A4", "Insert")}<c r="B4" s="1"><v>4711</v></c><c r="C4" s="2"><v>12</v></c>'
    '<c r="D4" s="1"><v>20260301</v></c></row>'
    f'<row r="5" hidden="1">{text("A5", "Insert")}<c s="1" r="B5"><v>4711.5</v></c><c r="C5" s="2"><v>-3</v></c></row>'
    f'<row r="7" hidden="1"><c r="B7" s="1"/></row>'
    f'<row r="9">{text("A9", "Insert")}<c r="B9" s="3"><v>7</v></c><c r="C9" s="1" t="str"><v>7</v></c></row>'
)


def read(folder: Path, rows: str, **options: Any) -> Sheet:
    return read_file(zipped(folder / "caseload.xlsx", {**parts_of(rows, **options), "xl/styles.xml": STYLES}))


@pytest.mark.parametrize("careful", [False, True])
def test_numbers_of_identifiers_read_as_they_are_shown(tmp_path: Path, careful: bool) -> None:
    sheet = read(tmp_path, ROWS.replace('r="9"', "r='9'") if careful else ROWS)
    assert [sheet.header_row, sheet.title, sheet.header_found, sheet.hidden_rows] == [3, "Caseload", True, [5]]
    assert cells_of(sheet) == {
        4: ["Insert", "004711", "C-0012", 20260301],
        5: ["Insert", 4711.5, -3, None],
        9: ["Insert", 7, "7", None],
    }


@pytest.mark.parametrize("careful", [False, True])
def test_a_column_that_may_hold_identifiers_reads_so_too(tmp_path: Path, careful: bool) -> None:
    rows = ROWS.replace("Participant ID", "Participant ID (required)")
    sheet = read(tmp_path, rows.replace('r="9"', "r='9'") if careful else rows)
    [unclear] = sheet.unclear.values()
    assert [unclear.likely, unclear.column.cell(0)] == [("Participant ID",), "004711"]


def test_a_cell_that_names_no_format_has_the_first_one(tmp_path: Path) -> None:
    styles = STYLES.replace('<cellXfs><xf numFmtId="0"/>', '<cellXfs><xf numFmtId="164"/>')
    rows = ROWS.replace('<c r="B4" s="1">', '<c r="B4">')
    path = zipped(tmp_path / "caseload.xlsx", {**parts_of(rows), "xl/styles.xml": styles})
    assert cells_of(read_file(path))[4] == ["Insert", "004711", "C-0012", 20260301]


COVERED = {
    "a text": ('0;0;0;"002187"', text("B2", "001974").replace("<c ", '<c s="1" '), "B", "002187"),
    "a number": ('"002187"', '<c r="B2" s="1"><v>974</v></c>', "B", "002187"),
    "a number on a condition": ('[=974]"002187";0', '<c r="B2" s="1"><v>974</v></c>', "B", "002187"),
    "a thousandth of it": ('"002187"#,,,', '<c r="B2" s="1"><v>974</v></c>', "B", "002187"),
    "a day": ('[<1]m/d/yyyy;"10/31/2026"', '<c r="C2" s="1"><v>46249</v></c>', "C", "10/31/2026"),
    "nothing": (";;;", text("B2", "001974").replace("<c ", '<c s="1" '), "B", None),
    "a text beside it": ('0;0;0;"ID "@', text("B2", "001974").replace("<c ", '<c s="1" '), "B", "001974"),
}


@pytest.mark.parametrize("careful", [False, True])
@pytest.mark.parametrize("what", COVERED)
def test_what_a_format_shows_in_place_of_a_value_is_read(tmp_path: Path, what: str, careful: bool) -> None:
    number_format, cell, column, shown = COVERED[what]
    row = f'<row r="2">{text("A2", "Insert")}{cell}</row>'
    styles = STYLES.replace("000000", number_format.replace("<", "&lt;").replace('"', "&quot;"))
    rows = HEADER_ROW + (row.replace('r="2"', "r='2'") if careful else row)
    path = zipped(tmp_path / "caseload.xlsx", {**parts_of(rows), "xl/styles.xml": styles})
    assert cells_of(read_file(path))[2]["ABC".index(column)] == shown


def test_a_header_is_the_one_that_is_shown(tmp_path: Path) -> None:
    styles = STYLES.replace("000000", "0;0;0;&quot;End Date&quot;")
    rows = HEADER_ROW.replace('<c r="C1"', '<c r="C1" s="1"') + f'<row r="2">{text("A2", "Insert")}</row>'
    path = zipped(tmp_path / "caseload.xlsx", {**parts_of(rows), "xl/styles.xml": styles})
    assert list(read_file(path).columns) == ["Update or Insert", "Participant ID", "End Date"]


def test_rows_without_numbers_of_their_own_are_counted_where_they_are_hidden(tmp_path: Path) -> None:
    rows = "".join(
        f'<row{hidden}><c t="inlineStr"><is><t>{word}</t></is></c></row>'
        for word, hidden in (("Update or Insert", ""), ("Insert", ""), ("Update", " hidden='1'"))
    )
    assert read(tmp_path, rows).hidden_rows == [3]


def test_a_full_column_of_padded_numbers_is_read_quickly(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Many")
    from openpyxl.cell import WriteOnlyCell

    sheet.append(HEADER)
    for number in range(1, 301):
        cell = WriteOnlyCell(sheet, number)
        cell.number_format = "00000"
        sheet.append(["Insert", cell, None, None])
    book.save(tmp_path / "many.xlsx")
    column = read_file(tmp_path / "many.xlsx").columns["Participant ID"]
    assert column.values[1:] == [f"{number:05d}" for number in range(1, 301)]


@pytest.mark.parametrize(
    ("formats", "refused"),
    [(["0" * 255], False), (["0" * 256], True), ([f"\\{n % 10}{'0' * (n // 10)}" for n in range(1001)], True)],
)
def test_number_formats_that_no_workbook_has_are_refused_before_they_are_taken_apart(
    tmp_path: Path, formats: list[str], refused: bool
) -> None:
    """Each cell would take as long as its format is; a workbook of half a megabyte took minutes."""
    written = "".join(f'<numFmt numFmtId="{200 + at}" formatCode="{one}"/>' for at, one in enumerate(formats))
    used = "".join(f'<xf numFmtId="{200 + at}"/>' for at in range(len(formats)))
    styles = STYLES.replace("</numFmts>", f"{written}</numFmts>").replace("</cellXfs>", f"{used}</cellXfs>")
    path = zipped(tmp_path / "caseload.xlsx", {**parts_of(ROWS), "xl/styles.xml": styles})
    if refused:
        with pytest.raises(Refusal, match="more number formats than any workbook, or longer ones"):
            read_file(path)
    else:
        assert read_file(path).title == "Caseload"
