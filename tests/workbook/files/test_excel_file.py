from __future__ import annotations

import re
from datetime import date, datetime, time
from pathlib import Path
from types import SimpleNamespace

import pytest
from openpyxl import Workbook
from openpyxl.chart import BarChart
from openpyxl.comments import Comment

from tests.support.read_excel import HEADER, book_of, read, refused, saved
from tests.support.workbook_file import HEADER_ROW, MAIN, cells_of, parts_of, raw_book, relations, text, zipped
from workbook.sheet import CellError

NO_VALUE = CellError("a formula without a value")


def test_values_keep_their_types(tmp_path: Path) -> None:
    book = book_of(
        HEADER,
        ["Insert", "007", date(2026, 1, 31)],
        ["Insert", 10432, datetime(2026, 1, 31, 15, 30)],
        ["Insert", 0.5, time(12, 30)],
        ["Insert", True, "1/31/2026"],
        ["Insert", 1, None],
    )
    cells = cells_of(read(saved(book, tmp_path)))
    assert cells == {
        2: ["Insert", "007", date(2026, 1, 31)],
        3: ["Insert", 10432.0, datetime(2026, 1, 31, 15, 30)],
        4: ["Insert", 0.5, time(12, 30)],
        5: ["Insert", True, "1/31/2026"],
        6: ["Insert", 1.0, None],
    }
    assert [type(row[1]) for row in cells.values()] == [str, float, float, bool, float]


def test_only_the_leftmost_visible_worksheet_is_read(tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "Hidden"
    book.active.append(["SSN"])
    book.active.sheet_state = "hidden"
    deeper = book.create_sheet("Very hidden")
    deeper.sheet_state = "veryHidden"
    chart = book.create_chartsheet("Chart")
    chart.add_chart(BarChart())
    shown = book.create_sheet("Mine & yours")
    shown.append(HEADER)
    shown.append(["Insert", "1", None])
    book.create_sheet("Later").append(["SSN"])
    book.active = 3
    assert cells_of(read(saved(book, tmp_path))) == {2: ["Insert", "1", None]}


def test_a_workbook_with_nothing_to_see_is_refused(tmp_path: Path) -> None:
    parts = parts_of(HEADER_ROW)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace("<sheet ", '<sheet state="hidden" ')
    refusal = refused(zipped(tmp_path / "upload", parts))
    assert [refusal.code, "no visible worksheet" in refusal.message] == ["file-unreadable", True]


def test_row_numbers_are_the_sheets_own(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    for column, header in enumerate(HEADER, 3):
        sheet.cell(5, column, header)
    sheet.cell(9, 3, "Insert")
    sheet.cell(9, 4, "1")
    sheet.cell(10, 4, "   ")
    sheet.cell(412, 3, "Update")
    found = read(saved(book, tmp_path))
    assert [found.header_row, cells_of(found)] == [5, {9: ["Insert", "1", None], 412: ["Update", None, None]}]


def test_a_merged_cell_has_its_value_in_the_first_cell_only(tmp_path: Path) -> None:
    book = book_of(HEADER, ["Insert", "1", None], ["Insert", None, None])
    book.active.merge_cells("B2:B3")
    assert cells_of(read(saved(book, tmp_path))) == {2: ["Insert", "1", None], 3: ["Insert", None, None]}


def test_comments_and_formats_beside_the_data_are_nothing(tmp_path: Path) -> None:
    book = book_of(HEADER, ["Insert", "1", None])
    book.active["B2"].comment = Comment("look", "somebody")
    book.active["XFD1"].number_format = "0.00"
    book.active["A1048576"].number_format = "0.00"
    assert cells_of(read(saved(book, tmp_path))) == {2: ["Insert", "1", None]}


def test_a_formula_that_was_never_calculated_is_an_error_in_its_cell(tmp_path: Path) -> None:
    book = book_of(HEADER, ["Insert", "=1+1", '=IF(A2="","",TODAY())'], ["=A2", None, None], [None, "=1+1", None])
    assert cells_of(read(saved(book, tmp_path))) == {
        2: ["Insert", NO_VALUE, NO_VALUE], 3: [NO_VALUE, None, None], 4: [None, NO_VALUE, None],
    }  # fmt: skip


def test_a_formula_reads_as_its_stored_value(tmp_path: Path) -> None:
    rows = (
        '<row r="2"><c r="A2" t="str"><f>"Ins"&amp;"ert"</f><v>Insert</v></c><c r="B2"><f>1+1</f><v>2</v></c>'
        '<c r="C2" s="1"><f t="shared" si="0"/><v>46053</v></c></row>'
        '<row r="3"><c r="A3" t="str"><f>""</f><v></v></c><c r="B3" t="b"><f>TRUE()</f><v>1</v></c></row>'
        '<row r="4"><c r="A4" t="str"><f>""</f></c><c r="B4"><f>1</f><v/></c><c r="C4"><f t="shared" si="0"/></c></row>'
    )
    assert cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows))) == {
        2: ["Insert", 2.0, date(2026, 1, 31)], 3: [None, True, None], 4: [NO_VALUE, NO_VALUE, NO_VALUE],
    }  # fmt: skip


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"]
)
def test_an_excel_error_is_an_error_in_its_cell(tmp_path: Path, error: str) -> None:
    rows = (
        f'<row r="3">{text("A3", "Insert")}<c r="B3" t="e"><v>{error}</v></c>'
        f'<c s="1" t="e" r="C3"><f>1/0</f><v>{error}</v></c></row>'
        f'<row r="7"><c r="C7" t="e"><v>{error}</v></c></row>'
    )
    flaw = CellError(error)
    assert cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows))) == {
        3: ["Insert", flaw, flaw], 7: [None, None, flaw],
    }  # fmt: skip


class Panic(BaseException):
    """As a library in Rust raises it."""


@pytest.mark.parametrize(("spare", "outcome"), [(0, "read"), (1 << 60, "file-too-large")])
def test_a_panic_means_another_try_unless_the_memory_is_at_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spare: int, outcome: str
) -> None:
    def panics(_path: Path) -> None:
        raise Panic

    monkeypatch.setattr("python_calamine.CalamineWorkbook", SimpleNamespace(from_path=panics))
    monkeypatch.setattr("workbook.files.excel_file._SPARE_MEMORY", spare)
    path = saved(book_of(HEADER, ["Insert", "007", None]), tmp_path)
    assert (refused(path).code if spare else "read" if read(path) else "") == outcome


def test_an_error_written_as_text_is_an_error_too(tmp_path: Path) -> None:
    book = book_of(HEADER, ["Insert", "x", None])
    book.active["B2"].value = "#N/A"
    book.active["B2"].data_type = "s"
    assert cells_of(read(saved(book, tmp_path))) == {2: ["Insert", CellError("#N/A"), None]}


def test_letters_that_look_like_marks_of_errors_are_text(tmp_path: Path) -> None:
    mark = 't="e"'
    rows = f'<row r="2">{text("A2", "Insert")}{text("B2", mark)}{text("C2", mark)}</row>'
    assert cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows)))[2] == ["Insert", mark, mark]


def test_strings_of_every_kind_are_read(tmp_path: Path) -> None:
    shared = (
        "<si><t>plain</t></si><si><r><t>ri</t></r><r><rPr><b/></rPr><t>ch</t></r></si>"
        '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh></si><si><t>a_x000D__x0041_</t></si>'
    )
    rows = (
        '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="C2" t="s"><v>2</v></c></row>'
        '<row r="3"><c r="A3" t="s"><v>3</v></c>'
        '<c r="B3" t="inlineStr"><is><r><t>in</t></r><r><t>line</t></r></is></c>' + text("C3", "_x0042_") + "</row>"
    )
    assert cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows, shared=shared))) == {
        2: ["plain", "rich", "東京"], 3: ["a\rA", "inline", "B"],
    }  # fmt: skip


def test_dates_are_read_by_their_format_and_ids_stay_numbers(tmp_path: Path) -> None:
    rows = (
        f'<row r="2">{text("A2", "Insert")}<c r="B2"><v>46053</v></c><c r="C2" s="1"><v>46053</v></c></row>'
        '<row r="3"><c r="A3" t="d" s="1"><v>2026-01-31</v></c><c r="B3" s="4"><v>46053</v></c>'
        '<c r="C3" s="2"><v>46053.5</v></c></row>'
        '<row r="4"><c r="A4" s="3"><v>0.25</v></c><c r="B4" s="5"><v>1.5</v></c></row>'
    )
    assert cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows))) == {
        2: ["Insert", 46053.0, date(2026, 1, 31)],
        3: [date(2026, 1, 31), date(2026, 1, 31), datetime(2026, 1, 31, 12)],
        4: [time(6), 1.5, None],
    }


def test_the_epoch_of_1904_is_honoured(tmp_path: Path) -> None:
    rows = f'<row r="2">{text("A2", "Insert")}<c r="C2" s="1"><v>44591</v></c></row>'
    path = raw_book(tmp_path / "upload", HEADER_ROW + rows, properties='<workbookPr date1904="1"/>')
    assert cells_of(read(path))[2][2] == date(2026, 1, 31)


FAR = {
    "a value in the last cell of all": '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>x</t></is></c></row>',
    "a space in the last column": f'<row r="4">{text("XFD4", " ")}</row>',
    "a space in the last row": '<row r="1048576"><c r="A1048576" t="inlineStr"><is><t> </t></is></c></row>',
}


@pytest.mark.parametrize("what", FAR)
def test_a_cell_far_away_does_not_fill_the_memory(tmp_path: Path, what: str) -> None:
    rows = (
        f'<row r="2">{text("A2", "Insert")}<c r="B2" t="e"><v>#N/A</v></c><c r="C2" s="1"><v>46053</v></c></row>'
        f'<row r="3">{text("A3", "a_x0041_")}<c r="B3"><f>1</f></c><c r="C3" t="str"><f>""</f><v></v></c></row>'
    )
    cells = cells_of(read(raw_book(tmp_path / "upload", HEADER_ROW + rows + FAR[what])))
    day = cells[2].pop()
    assert (day.date() if isinstance(day, datetime) else day) == date(2026, 1, 31)
    assert [cells[2], cells[3]] == [["Insert", CellError("#N/A")], ["aA", NO_VALUE, None]]


@pytest.mark.parametrize("place", ["A1048577", "XFE2", "A4294967295", "AAAA2"])
def test_a_cell_outside_of_any_sheet_is_refused(tmp_path: Path, place: str) -> None:
    row = place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    path = raw_book(tmp_path / "upload", f'{HEADER_ROW}<row r="{row}"><c r="{place}"><v>1</v></c></row>')
    assert refused(path).code == "file-unreadable"


def test_a_stated_dimension_is_not_believed(tmp_path: Path) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>')
    for stated in ("A1:XFD1048576", "A1"):
        sheet = parts["xl/worksheets/sheet1.xml"].replace("<sheetData>", f'<dimension ref="{stated}"/><sheetData>', 1)
        path = zipped(tmp_path / "upload", {**parts, "xl/worksheets/sheet1.xml": sheet})
        assert cells_of(read(path)) == {2: ["Insert", None, None]}


ODD = {
    "prefix": lambda xml: xml.replace("<", "<x:").replace("<x:/", "</x:").replace("xmlns=", "xmlns:x="),
    "single quotes": lambda xml: xml.replace('"', "'"),
    "line breaks": lambda xml: xml.replace("><", ">\n  <"),
    "no places": lambda xml: re.sub(r' r="\w+"', "", xml),
    "a byte order mark": lambda xml: "\ufeff" + xml,
    "strict": lambda xml: xml.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main"),
    "a comment first": lambda xml: "<!-- " + "made by hand " * 1000 + "-->" + xml,
    "other attributes first": lambda xml: xml.replace("<c r=", '<c cm="0" r=').replace("<row r=", '<row ht="15" r='),
}


@pytest.mark.parametrize("how", ODD)
def test_xml_written_in_an_unusual_way_reads_the_same(tmp_path: Path, how: str) -> None:
    rows = (
        f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}<c r="B2"><v>7</v></c><c r="C2" t="e"><v>#N/A</v></c></row>'
        f'<row r="3">{text("A3", "Update")}<c r="B3"><f>1+1</f></c></row>'
    )
    parts = parts_of(rows)
    parts["xl/worksheets/sheet1.xml"] = ODD[how](parts["xl/worksheets/sheet1.xml"])
    assert cells_of(read(zipped(tmp_path / "upload", parts))) == {
        2: ["Insert", 7, CellError("#N/A")], 3: ["Update", NO_VALUE, None],
    }  # fmt: skip


def test_a_formula_is_found_where_the_xml_is_cut_into_pieces(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}">{text(f"A{row}", "Insert" + "x" * (row % 97))}<c r="B{row}"><f>1+1</f></c></row>'
        for row in range(2, 30_002)
    )
    found = read(raw_book(tmp_path / "upload", HEADER_ROW + rows))
    assert [len(found), found.columns["Participant ID"].values] == [30_000, [None, NO_VALUE]]
    assert set(found.columns["Participant ID"].codes) == {1}


def test_a_target_may_be_absolute(tmp_path: Path) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>')
    parts["_rels/.rels"] = relations([("rId1", "officeDocument", "/xl/workbook.xml")])
    parts["xl/_rels/workbook.xml.rels"] = relations(
        [
            ("rId1", "worksheet", "/xl/worksheets/sheet1.xml"),
            ("rId2", "styles", "/xl/styles.xml"),
            ("rId3", "sharedStrings", "/xl/sharedStrings.xml"),
        ]
    )
    assert cells_of(read(zipped(tmp_path / "upload", parts))) == {2: ["Insert", None, None]}


def test_a_workbook_in_another_folder_is_read(tmp_path: Path) -> None:
    parts = {
        name.replace("xl/", "book/"): content.replace("xl/", "book/")
        for name, content in parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>').items()
    }
    assert cells_of(read(zipped(tmp_path / "upload", parts))) == {2: ["Insert", None, None]}


def test_a_workbook_without_shared_strings_is_read_when_it_needs_none(tmp_path: Path) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>')
    del parts["xl/sharedStrings.xml"]
    parts["xl/_rels/workbook.xml.rels"] = relations(
        [("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "styles", "styles.xml")]
    )
    parts["[Content_Types].xml"] = parts["[Content_Types].xml"].replace("/xl/sharedStrings.xml", "/xl/none.xml")
    assert cells_of(read(zipped(tmp_path / "upload", parts))) == {2: ["Insert", None, None]}


def test_a_workbook_that_points_to_strings_it_lacks_is_refused(tmp_path: Path) -> None:
    path = raw_book(tmp_path / "upload", HEADER_ROW + '<row r="2"><c r="A2" t="s"><v>9</v></c></row>')
    assert refused(path).code == "file-unreadable"


@pytest.mark.parametrize("rows", ["", HEADER_ROW, HEADER_ROW + '<row r="2"/><row r="3"><c r="A3" s="1"/></row>'])
def test_a_sheet_without_rows_is_refused(tmp_path: Path, rows: str) -> None:
    assert refused(raw_book(tmp_path / "upload", rows)).code == "no-rows"
