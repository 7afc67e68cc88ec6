"""What no button writes is in the file after a save as it was, also where openpyxl cannot hold it (SPEC 9)."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest

from addin.book import ErrorText
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.opening import load
from addin.hosts.document import Block
from tests.support.memory import most_memory
from tests.support.workbook_file import HEADER_ROW, MAIN, RELATIONS, parts_of, raw_book, text, zipped

DAY, TIME, GENERAL, LENGTH = "1", "2", "0", "5"
"""Styles of `workbook_file`: a date, a date with a time, none, and hours beyond a day."""
ODD = {
    "a number that is no date": (DAY, "", "20261031"),
    "one that is far from any": (DAY, "", "98765432100"),
    "one before all dates": (DAY, "", "-5"),
    "one far before": (TIME, "", "-98765432.25"),
    "a day that never was": (DAY, "", "60"),
    "a number with a long fraction": (TIME, "", "46326.123456789012"),
    "an error of its own": (DAY, ' t="e"', "#VALUE!"),
    "a date that is written as one": (GENERAL, ' t="d"', "2026-10-31"),
    "one with a time": (GENERAL, ' t="d"', "2026-10-31T08:30:00"),
    "a number larger than any": (GENERAL, "", "1E999"),
    "seventeen digits": (GENERAL, "", "0.30000000000000004"),
    "twenty digits": (GENERAL, "", "12345678901234567890"),
    "hours less than none": (LENGTH, "", "-0.75"),
}
OLD_MACINTOSH = '<workbookPr date1904="1"/>'


def cell(place: str, style: str, kind: str, value: str) -> str:
    return f'<c r="{place}" s="{style}"{kind}><v>{value}</v></c>'


def held(path: Path, place: str, sheet: int = 1) -> tuple[str, str]:
    """The kind and the text of a cell in the file."""
    with zipfile.ZipFile(path) as package:
        xml = package.read(f"xl/worksheets/sheet{sheet}.xml").decode()
    attributes, inside = re.findall(rf'<c r="{place}"([^>]*)>(.*?)</c>', xml)[0]
    kind = re.search(r't="(\w*)"', attributes)
    return kind[1] if kind else "n", re.sub("<[^>]*>", "", inside)


@pytest.mark.parametrize("properties", ["", OLD_MACINTOSH], ids=["since 1900", "since 1904"])
@pytest.mark.parametrize("what", ODD)
def test_what_openpyxl_cannot_hold_is_in_the_file_as_it_was(tmp_path: Path, what: str, properties: str) -> None:
    style, kind, value = ODD[what]
    row = f'<row r="2">{text("A2", "Insert")}{text("B2", "Q1")}{cell("C2", style, kind, value)}</row>'
    file = raw_book(tmp_path / "odd.xlsx", HEADER_ROW + row, properties=properties)
    before = held(file, "C2")
    for mark in ("first", "second"):
        book = ClosedBook(file)
        book.grids()[0].write(Block(2, 4, 1, 1), [[mark]], None)
        assert book.save() == file, "it is marked in place"
        assert held(file, "C2") == before


def test_so_it_is_in_every_sheet_and_where_cells_do_not_say_where_they_stand(tmp_path: Path) -> None:
    parts = parts_of(HEADER_ROW)
    rows = '<row><c><v>1</v></c><c s="1"><v>20261031</v></c></row><row/><row><c s="1"><v>-1</v></c></row>'
    parts["xl/worksheets/sheet2.xml"] = f'<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData></worksheet>'
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "</sheets>", '<sheet name="Other" sheetId="2" r:id="rId9"/></sheets>'
    )
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{RELATIONS}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    )
    file = zipped(tmp_path / "two.xlsx", parts)
    ClosedBook(file).save()
    assert [held(file, place, 2) for place in ("A1", "B1", "A3")] == [("n", "1"), ("n", "20261031"), ("n", "-1")]


def test_what_a_button_writes_takes_its_place(tmp_path: Path) -> None:
    row = f'<row r="2">{text("A2", "Insert")}{text("B2", "Q1")}{cell("C2", DAY, "", "20261031")}</row>'
    file = raw_book(tmp_path / "odd.xlsx", HEADER_ROW + row)
    book = ClosedBook(file)
    book.grids()[0].write(Block(2, 3, 1, 1), [["2026-10-31"]], None)
    book.save()
    assert openpyxl.load_workbook(file).worksheets[0]["C2"].value == "2026-10-31"


def test_a_number_larger_than_any_reads_as_an_error(tmp_path: Path) -> None:
    """It could not be sent: the server would seem not to answer."""
    row = f'<row r="2">{text("A2", "Insert")}<c r="B2"><v>1E999</v></c></row>'
    grid = ClosedBook(raw_book(tmp_path / "odd.xlsx", HEADER_ROW + row)).grids()[0]
    assert [grid.contents()[1][1], grid.read(Block(2, 2, 1, 1))] == [ErrorText("#NUM!"), [[ErrorText("#NUM!")]]]


def test_a_formula_whose_value_stands_among_the_shared_texts_keeps_it(tmp_path: Path) -> None:
    row = f'<row r="2">{text("A2", "Insert")}<c r="B2" t="s"><f>"Q"&amp;1</f><v>1</v></c></row>'
    shared = "<si><t>no</t></si><si><t>Q1 &amp; Q2</t></si>"
    file = raw_book(tmp_path / "odd.xlsx", HEADER_ROW + row, shared=shared)
    book = ClosedBook(file)
    assert book.grids()[0].read(Block(2, 2, 1, 1)) == [["Q1 & Q2"]]
    book.save()
    assert held(file, "B2") == ("str", "&quot;Q&quot;&amp;1Q1 &amp; Q2".replace("&quot;", '"'))


FILLED_DOWN = [
    "SUM(C2:INDEX(C:C,ROW(C2)))",
    "SUM(C2:OFFSET(C2,1,0))",
    "SUM(Rows!B2:Rows!C3)",
    'IF(C2&gt;1,"a &amp; b",2)',
]
"""Formulas of row 2, which the rows below share."""


def shares(number: int, row: int, value: str = "<v>1</v>") -> str:
    """A cell that has such a formula, below the data: in E2, E3 and so on."""
    column = "EFGH"[number]
    said = f' ref="{column}2:{column}4" si="{number}">{FILLED_DOWN[number]}</f>' if row == 2 else f' si="{number}"/>'
    return f'<c r="{column}{row}"><f t="shared"{said}{value}</c>'


def formulas_in(path: Path) -> dict[str, str]:
    """Cell → its formula as the file has it."""
    with zipfile.ZipFile(path) as package:
        xml = package.read("xl/worksheets/sheet1.xml").decode()
    found = re.findall(r'<c r="([E-H][2-4])"[^>]*>(<f.*?(?:/>|</f>))', xml)
    return {place: formula.replace("></f>", "/>") for place, formula in found}


@pytest.mark.parametrize("value", ["<v>1</v>", ""], ids=["calculated", "never calculated"])
def test_a_formula_that_cells_share_stays_the_one_that_it_is(tmp_path: Path, value: str) -> None:
    """openpyxl would make the second row of C2:INDEX(…) C2:INDEX(…) again."""
    rows = "".join(
        f'<row r="{row}">{text(f"A{row}", "Insert")}{"".join(shares(n, row, value) for n in range(4))}</row>'
        for row in (2, 3, 4)
    )
    file = raw_book(tmp_path / "shared.xlsx", HEADER_ROW + rows)
    before = formulas_in(file)
    assert len(before) == 12
    for mark in ("first", "second"):
        book = ClosedBook(file)
        book.grids()[0].write(Block(2, 4, 1, 1), [[mark]], None)
        book.save()
        assert formulas_in(file) == before


def test_cells_that_share_a_formula_have_their_own_once_the_first_is_written_over(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}">{text(f"A{row}", "Insert")}{shares(3, row)}{shares(1, row)}</row>' for row in (2, 3, 4)
    )
    file = raw_book(tmp_path / "shared.xlsx", HEADER_ROW + rows)
    book = ClosedBook(file)
    book.grids()[0].write(Block(2, 8, 1, 1), [["now a text"]], None)
    book.grids()[0].write(Block(3, 6, 1, 1), [["this, too"]], None)
    book.save()
    found = formulas_in(file)
    assert [found["H3"], found["H4"]] == ['<f>IF(C3&gt;1,"a &amp; b",2)</f>', '<f>IF(C4&gt;1,"a &amp; b",2)</f>']
    assert sorted(found) == ["F2", "F4", "H3", "H4"]
    assert found["F4"] == '<f t="shared" si="1"/>'


def test_the_values_of_formulas_cost_no_second_workbook_in_memory(tmp_path: Path) -> None:
    rows = "".join(
        f'<row r="{row}">{"".join(f"<c><v>{row}.5</v></c>" for _ in range(50))}<c><f>1+1</f><v>2</v></c></row>'
        for row in range(2, 600)
    )
    file = raw_book(tmp_path / "formulas.xlsx", HEADER_ROW + rows)
    content = file.read_bytes()
    once = most_memory(lambda: load(content, file.name))
    with_values = most_memory(lambda: ClosedBook(file).grids()[0].read(Block(2, 51, 598, 1)))
    assert with_values < 1.4 * once


TEXTS = {
    "an escape that is spelt out": "<t>_x005F_x0041_ literal</t>",
    "what only looks like one": "<t>abc x005F_ def</t>",
    "in several formats": "<r><rPr><b/></rPr><t>bold</t></r><r><t>_x005F_x0042_</t></r>",
}


def texts_in(path: Path) -> list[str]:
    with zipfile.ZipFile(path) as package:
        parts = [
            package.read(name).decode() for name in package.namelist() if re.match(r"xl/(shared|worksheets/)", name)
        ]
    return re.findall(r"<t[^>]*>([^<]*x005F_[^<]*)</t>", "".join(parts))


@pytest.mark.parametrize("is_shared", [True, False], ids=["shared", "inline"])
@pytest.mark.parametrize("what", TEXTS)
def test_a_text_keeps_how_its_file_spells_it(tmp_path: Path, what: str, is_shared: bool) -> None:
    odd, place = TEXTS[what], 't="s"><v>1</v>' if is_shared else f't="inlineStr"><is>{TEXTS[what]}</is>'
    row = f'<row r="2">{text("A2", "Insert")}{text("B2", "Q1")}<c r="C2" {place}</c></row>'
    file = raw_book(tmp_path / "odd.xlsx", HEADER_ROW + row, shared=f"<si><t>x</t></si><si>{odd}</si>")
    before = texts_in(file)
    assert before
    for mark in ("first", "second"):
        book = ClosedBook(file)
        book.grids()[0].write(Block(2, 5, 1, 1), [[mark]], None)
        assert book.save() == file
        assert {*texts_in(file)} == {*before}
    shown = {"an escape that is spelt out": "_x0041_ literal", "in several formats": "bold_x0042_"}
    (cells,) = ClosedBook(file).grids()[0].read(Block(2, 3, 1, 1))
    assert cells == [shown.get(what, "abc x005F_ def")]
    if what == "in several formats":
        assert openpyxl.load_workbook(file, rich_text=True).worksheets[0]["C2"].value[0].font.b


SET = {
    "fileVersion": 'appName="xl" lastEdited="7" rupBuild="28526"',
    "workbookPr": 'filterPrivacy="1" updateLinks="never" hidePivotFieldList="1" backupFile="1" checkCompatibility="1"',
    "fileRecoveryPr": 'autoRecover="0"',
}


@pytest.mark.parametrize("of_1904", ["", ' date1904="1"'], ids=["since 1900", "since 1904"])
def test_what_a_workbook_is_set_to_stays(tmp_path: Path, of_1904: str) -> None:
    """That authors' names go at each save, for one, which an agency sets by policy."""
    parts = parts_of(
        HEADER_ROW, properties=f"<fileVersion {SET['fileVersion']}/><workbookPr{of_1904} {SET['workbookPr']}/>"
    )
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(
        "</workbook>", f"<fileRecoveryPr {SET['fileRecoveryPr']}/></workbook>"
    )
    file = zipped(tmp_path / "set.xlsx", parts)
    for mark in ("first", "second"):
        book = ClosedBook(file)
        book.grids()[0].write(Block(2, 4, 1, 1), [[mark]], None)
        assert book.save() == file
        with zipfile.ZipFile(file) as package:
            root = ElementTree.fromstring(package.read("xl/workbook.xml"))
        said = {one.tag.rpartition("}")[2]: dict(one.attrib) for one in root}
        assert said["workbookPr"].pop("date1904", "") == ("1" if of_1904 else "")
        assert {name: said[name] for name in SET} == {
            name: dict(re.findall(r'(\w+)="(\w+)"', SET[name])) for name in SET
        }
        order = list(said)
        assert [order[0], order[1], order[-1]] == ["fileVersion", "workbookPr", "fileRecoveryPr"]


def test_columns_that_are_grouped_keep_the_buttons_that_open_them(tmp_path: Path) -> None:
    parts = parts_of(HEADER_ROW)
    columns = '<cols><col min="5" max="6" width="9" outlineLevel="2"/></cols>'
    looks = f'<sheetFormatPr defaultRowHeight="15" outlineLevelCol="2"/>{columns}'
    sheet = "xl/worksheets/sheet1.xml"
    parts[sheet] = parts[sheet].replace("<sheetData>", f"{looks}<sheetData>")
    file = zipped(tmp_path / "grouped.xlsx", parts)
    ClosedBook(file).save()
    with zipfile.ZipFile(file) as package:
        assert b'outlineLevelCol="2"' in package.read(sheet)
