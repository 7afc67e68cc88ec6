"""What is read of a workbook is what the person sees who opens it: nothing out of its place, no other sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.read_excel import read, refused
from tests.support.workbook_file import HEADER_ROW, RELATIONS, cells_of, parts_of, relations, text, zipped
from workbook.files.excel_file import read_excel_rows
from workbook.files.limits import Limits
from workbook.problems import Refusal

SHEET, BOOK, STRINGS, STYLES = (
    f"xl/{part}.xml" for part in ("worksheets/sheet1", "workbook", "sharedStrings", "styles")
)
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"
SEEN = f'<row r="2">{text("A2", "Insert")}{text("B2", "SEEN")}</row>'
UNSEEN = f'<row r="3">{text("A3", "Insert")}{text("B3", "UNSEEN")}</row>'
COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"
NAMES = f'xmlns:mc="{COMPATIBLE}" xmlns:zz="urn:nobody:knows" mc:Ignorable="zz"'
Parts = dict[str, str]


def choice(xml: str) -> str:
    return f'<mc:AlternateContent><mc:Choice Requires="zz">{xml}</mc:Choice></mc:AlternateContent>'


def book(rows: str = SEEN, *, shared: str = "") -> Parts:
    parts = parts_of(HEADER_ROW + rows, shared=shared)
    for part, root in ((SHEET, "<worksheet "), (BOOK, "<workbook "), (STRINGS, "<sst "), (STYLES, "<styleSheet ")):
        parts[part] = parts[part].replace(root, f"{root}{NAMES} ")
    return parts


def put(part: str, before: str, xml: str) -> Callable[[Parts], Parts]:
    def change(parts: Parts) -> Parts:
        assert before in parts[part]
        return {**parts, part: parts[part].replace(before, xml + before, 1)}

    return change


TEXTS = "<si><t>Insert</t></si><si><t>SEEN</t></si>"
SHARED = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="B2" t="s"><v>1</v></c></row>'
ROWS = f"<sheetData>{HEADER_ROW}{UNSEEN}</sheetData>"
OTHER_SHEET = f'<sheets><sheet name="Other" sheetId="9" r:id="rId1" xmlns:r="{RELATIONS}"/></sheets>'
DISPLACED = {
    "rows in a choice": put(SHEET, "</sheetData>", choice(UNSEEN)),
    "rows in an element that nobody knows": put(SHEET, "</sheetData>", f"<zz:w>{UNSEEN}</zz:w>"),
    "rows of a foreign namespace": put(SHEET, "</sheetData>", UNSEEN.replace("<row", '<row xmlns="urn:nobody:knows"')),
    "rows inside a row": put(SHEET, "</sheetData>", f'<row r="4">{UNSEEN}</row>'),
    "rows inside rows without a number": put(SHEET, "</sheetData>", f"<row><row>{UNSEEN}</row></row>"),
    "rows in an extension": put(SHEET, "</sheetData>", f"<extLst><ext>{UNSEEN}</ext></extLst>"),
    "rows behind the rows": put(SHEET, "</worksheet>", f"<zz:w>{UNSEEN}</zz:w>"),
    "other rows before the rows": put(SHEET, "<sheetData>", choice(ROWS)),
    "foreign rows before the rows": put(SHEET, "<sheetData>", ROWS.replace("sheetData", "zz:sheetData")),
    "other rows behind the rows": put(SHEET, "</worksheet>", ROWS),
    "a cell in a choice": put(SHEET, "</row></sheetData>", choice(text("C2", "UNSEEN"))),
    "a cell in a formula": put(SHEET, "</row></sheetData>", f"<f>{text('C2', 'UNSEEN')}</f>"),
    "a cell in a formula before a value": put(SHEET, "</row></sheetData>", f"<f>{text('C2', 'UNSEEN')}</f><v/>"),
    "a value of a foreign namespace": put(SHEET, "</row></sheetData>", '<c r="C2"><zz:v>7</zz:v></c>'),
    "a text of a foreign namespace": put(
        SHEET, "</row></sheetData>", '<c r="C2" t="inlineStr"><is><zz:t>UNSEEN</zz:t></is></c>'
    ),
    "a text in a choice": put(
        SHEET, "</row></sheetData>", f'<c r="C2" t="inlineStr"><is>{choice("<t>UNSEEN</t>")}</is></c>'
    ),
    "two values in a cell": put(SHEET, "</row></sheetData>", '<c r="C2"><v>1</v><v>7</v></c>'),
    "a text in a cell that says it holds a number": put(
        SHEET, "</row></sheetData>", '<c r="C2"><is><t>UNSEEN</t></is></c><c r="D2" t="inlineStr"/>'
    ),
    "a text in a cell with a number": put(SHEET, "</row></sheetData>", '<c r="C2"><v>1</v><is><t>UNSEEN</t></is></c>'),
    "a foreign word on which columns are hidden": put(
        SHEET, "<sheetData>", '<cols><zz:col min="1" max="3" width="9"/></cols>'
    ),
    "shared texts in a choice": put(STRINGS, "<si>", choice("<si><t>UNSEEN</t></si>")),
    "foreign shared texts": put(STRINGS, "<si>", "<zz:si><zz:t>UNSEEN</zz:t></zz:si>"),
    "a foreign text within a shared one": put(STRINGS, "</si>", "<zz:t>UNSEEN</zz:t>"),
    "formats in a choice": put(STYLES, "<cellXfs", choice('<cellXfs><xf numFmtId="14"/></cellXfs>')),
    "a foreign format among the formats": put(STYLES, "</cellXfs>", '<zz:xf numFmtId="14"/>'),
    "sheets in a choice": put(BOOK, "<sheets>", choice(OTHER_SHEET)),
    "sheets of a foreign namespace": put(BOOK, "<sheets>", OTHER_SHEET.replace("sheets>", "zz:sheets>")),
    "a sheet in an extension": put(BOOK, "</workbook>", f"<extLst><ext>{OTHER_SHEET}</ext></extLst>"),
}


def every_reader_refuses(path: Path) -> str:
    """What both readers say, the one for the server and the one for who writes into the file."""
    refusal = refused(path)
    with pytest.raises(Refusal) as caught:
        read_excel_rows(path, "caseload.xlsx", Limits())
    assert [caught.value.message, refusal.code] == [refusal.message, "file-unreadable"]
    return refusal.message


@pytest.mark.parametrize("what", DISPLACED)
def test_what_stands_where_no_program_shows_it_is_refused(tmp_path: Path, what: str) -> None:
    for number, rows in enumerate((SHARED, SHARED.replace(' r="A2"', ' r = "A2"'))):  # the quick way, and the careful
        path = zipped(tmp_path / f"upload{number}", DISPLACED[what](book(rows, shared=TEXTS)))
        assert "where no spreadsheet program writes them" in every_reader_refuses(path)


def two_sheets(second: str, first: str = "Caseload") -> Parts:
    """A hidden sheet before the visible one."""
    parts = book()
    parts["xl/worksheets/sheet2.xml"] = parts[SHEET].replace("SEEN", "HIDDEN")
    parts[BOOK_RELATIONS] = parts[BOOK_RELATIONS].replace(
        "</Relationships>",
        f'<Relationship Id="rId9" Type="{RELATIONS}/worksheet" Target="worksheets/sheet2.xml"/></Relationships>',
    )
    hidden = f'<sheet name="{first}" sheetId="9" state="hidden" r:id="rId9"/>'
    parts[BOOK] = parts[BOOK].replace("<sheets>", "<sheets>" + hidden).replace('"Caseload" sheetId="1"', second)
    return parts


@pytest.mark.parametrize("name", ["Caseload", "CASELOAD", "&#67;aseload"])
def test_two_sheets_of_one_name_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "upload", two_sheets(f'"{name}" sheetId="1"'))
    assert "two sheets of the same name" in every_reader_refuses(path)


def test_a_hidden_sheet_of_nearly_the_same_name_is_not_read(tmp_path: Path) -> None:
    path = zipped(tmp_path / "upload", two_sheets('"Caseload " sheetId="1"'))
    assert cells_of(read(path))[2][1] == "SEEN"


ASIDE = {
    "a relation twice": put(
        BOOK_RELATIONS,
        "</Relationships>",
        f'<Relationship Id="rId1" Type="{RELATIONS}/worksheet" Target="worksheets/other.xml" TargetMode="External"/>',
    ),
    "two workbooks": lambda parts: {
        **parts,
        "_rels/.rels": relations([("rId1", "officeDocument", BOOK), ("rId2", "officeDocument", "other/workbook.xml")]),
    },
    "another workbook by its kind": lambda parts: {
        **put("[Content_Types].xml", "<Override", "<Override PartName='/other.xml' ContentType='x/sheet.main+xml'/>")(
            parts
        ),
        "other.xml": parts[BOOK],
    },
    "other texts": lambda parts: {
        **parts,
        "xl/other.xml": parts[STRINGS],
        BOOK_RELATIONS: parts[BOOK_RELATIONS].replace("sharedStrings.xml", "other.xml"),
    },
    "other formats": lambda parts: {
        **parts,
        "xl/other.xml": parts[STYLES],
        BOOK_RELATIONS: parts[BOOK_RELATIONS].replace("styles.xml", "other.xml"),
    },
    "two ids": put(BOOK, ' r:id="rId1"', ' xmlns:zz="urn:x" zz:id="rId9"'),
}


@pytest.mark.parametrize("what", ASIDE)
def test_a_workbook_of_which_programs_would_find_different_parts_is_refused(tmp_path: Path, what: str) -> None:
    parts = book(SHARED, shared=TEXTS)
    if what == "two ids":
        parts[BOOK] = parts[BOOK].replace(' xmlns:zz="urn:nobody:knows" mc:Ignorable="zz"', "")
    path = zipped(tmp_path / "upload", ASIDE[what](parts))
    assert "says in two ways where its parts are" in every_reader_refuses(path)


def test_more_shared_texts_than_there_is_room_for_are_refused_before_a_library_makes_room(tmp_path: Path) -> None:
    parts = book(SHARED, shared=TEXTS)
    parts[STRINGS] = parts[STRINGS].replace("<sst ", '<sst uniqueCount="5000" ')
    assert "more texts than it has room for" in every_reader_refuses(zipped(tmp_path / "upload", parts))


PATH_OF_EXCEL = (
    '<mc:AlternateContent><mc:Choice Requires="x15"><x15ac:absPath url="C:\\Caseload\\" xmlns:x15ac='
    '"http://schemas.microsoft.com/office/spreadsheetml/2010/11/ac"/></mc:Choice></mc:AlternateContent>'
)
CONTROLS_OF_EXCEL = (
    '<mc:AlternateContent><mc:Choice Requires="x14"><controls><mc:AlternateContent><mc:Choice Requires="x14"><control '
    'shapeId="1" name="Button"><controlPr><anchor><from xmlns:xdr="urn:xdr"><xdr:col>0</xdr:col><xdr:row>1</xdr:row>'
    "</from></anchor></controlPr></control></mc:Choice></mc:AlternateContent></controls></mc:Choice>"
    "</mc:AlternateContent>"
)
NAMES_OF_EXCEL = (
    'xmlns:x14ac="http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac" '
    'xmlns:x15="http://schemas.microsoft.com/office/spreadsheetml/2010/11/main"'
)


def as_excel_writes_it(rows: str, shared: str = TEXTS) -> Parts:
    parts = book(rows.replace("<row ", '<row x14ac:dyDescent="0.25" '), shared=shared)
    for part in (SHEET, BOOK):
        parts[part] = parts[part].replace(NAMES, NAMES_OF_EXCEL + " " + NAMES)
    parts = put(BOOK, "<sheets>", PATH_OF_EXCEL)(put(SHEET, "</worksheet>", CONTROLS_OF_EXCEL)(parts))
    return put(BOOK, "</workbook>", '<extLst><ext uri="{1}"><x15:workbookPr chartTrackingRefBase="1"/></ext></extLst>')(
        parts
    )


@pytest.mark.parametrize("rows", [SHARED, SHARED.replace(' r="A2"', ' r = "A2"'), SHARED.replace("><", ">\n<")])
def test_alternatives_that_excel_itself_writes_are_passed_over(tmp_path: Path, rows: str) -> None:
    path = zipped(tmp_path / "upload", as_excel_writes_it(rows))
    assert cells_of(read(path)) == {2: ["Insert", "SEEN", None]}


def test_dates_are_counted_from_the_year_that_the_workbook_says_and_not_an_extension_of_it(tmp_path: Path) -> None:
    day = '<row r="2"><c r="A2" t="s"><v>0</v></c><c r="C2" s="1"><v>44591</v></c></row>'
    parts = put(BOOK, "<sheets>", '<workbookPr date1904="1"/>')(as_excel_writes_it(day))
    parts[BOOK] = parts[BOOK].replace("<x15:workbookPr ", '<x15:workbookPr date1904="0" ')
    assert str(cells_of(read(zipped(tmp_path / "upload", parts)))[2][2]).startswith("2026-01-31")


RICH = (
    "<si><t>Insert</t></si><si><r><rPr><b/><sz val='9'/></rPr><t>SE</t></r><r><t xml:space='preserve'>EN</t></r></si>"
    '<si><t>東京</t><rPh sb="0" eb="2"><t>トウキョウ</t></rPh><phoneticPr fontId="1"/></si>'
    '<si><r><t>SEEN</t></r><rPh sb="0" eb="1"><r><t>x</t></r></rPh></si>'
)


def test_texts_in_several_formats_and_with_a_reading_are_in_their_place(tmp_path: Path) -> None:
    rows = SHARED.replace("</row>", '<c r="C2" t="s"><v>2</v></c></row><row r="3" ht="9"/>')
    path = zipped(tmp_path / "upload", book(rows, shared=RICH))
    assert cells_of(read(path)) == {2: ["Insert", "SEEN", "東京"]}


def test_formats_to_which_nothing_points_are_no_reason_to_refuse_a_workbook(tmp_path: Path) -> None:
    parts = book()
    parts[BOOK_RELATIONS] = parts[BOOK_RELATIONS].replace("/styles", "/none").replace("styles.xml", "none.xml")
    assert cells_of(read(zipped(tmp_path / "upload", parts)))[2][1] == "SEEN"


def test_more_sheets_than_anybody_has_are_refused(tmp_path: Path) -> None:
    parts = book()
    more = "".join(f'<sheet name="{number}" sheetId="{number}" r:id="x{number}"/>' for number in range(2, 1002))
    refusal = refused(zipped(tmp_path / "upload", put(BOOK, "</sheets>", more)(parts)))
    assert [refusal.code, "it has 1,001 sheets" in refusal.message] == ["file-too-large", True]


def test_one_part_that_is_two_sheets_is_refused(tmp_path: Path) -> None:
    again = put(BOOK, "</sheets>", '<sheet name="Again" sheetId="2" r:id="rId1"/>')(book())
    assert "one and the same" in every_reader_refuses(zipped(tmp_path / "upload", again))


@pytest.mark.parametrize("said", ["on", "t", "2", " 1", "01", ""])
def test_a_word_on_how_dates_are_counted_that_no_program_writes_is_refused(tmp_path: Path, said: str) -> None:
    odd = put(BOOK, "<sheets>", f'<workbookPr date1904="{said}"/>')(book())
    assert "its dates are counted" in every_reader_refuses(zipped(tmp_path / "upload", odd))
