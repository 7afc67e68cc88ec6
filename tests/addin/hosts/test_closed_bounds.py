"""A workbook that somebody else prepared does not fill the memory of whoever opens it (SPEC 10)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from openpyxl import Workbook

from addin.book import DATA
from addin.errors import BookError
from addin.hosts.closed.bounds import MOST_RANGES
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.weight import MOST_MEMORY
from addin.hosts.desk import take_picture

SHEETS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
WIDE = "A1:Z100000"
"""2.6 million cells: some seconds and a gigabyte where nobody looks, which a test survives."""
TYPES = "[Content_Types].xml"
BOOK_RELATIONS = "xl/_rels/workbook.xml.rels"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = Workbook()
    rows = book.worksheets[0]
    rows.title = "Caseload"
    rows.append(["Update or Insert", "Participant ID"])
    rows.append(["Insert", "Q0001"])
    book.create_sheet("Notes")["A1"] = "x"
    book.save(tmp_path / "caseload.xlsx")
    return tmp_path / "caseload.xlsx"


def changed(
    file: Path, change: Callable[[bytes], bytes], *parts: str, more: Mapping[str, str | bytes] | None = None
) -> Path:
    made = file.with_stem("changed")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            after.writestr(name, change(before.read(name)) if name in parts else before.read(name))
        for name, text in (more or {}).items():
            after.writestr(name, text)
    return made


def below(text: str) -> Callable[[bytes], bytes]:
    """Puts it below a sheet's rows."""
    return lambda part: part.replace(b"</sheetData>", b"</sheetData>" + text.encode())


def in_a_part(file: Path, kind: str, place: str, text: str) -> Path:
    """With a part of this kind that belongs to the second sheet."""
    told = f'<Override PartName="/{place}" ContentType="{KINDS}.{kind}+xml"/></Types>'
    relation = f'<Relationship Id="rId9" Type="{RELATIONS}/{kind}" Target="/{place}"/>'
    more = {"xl/worksheets/_rels/sheet2.xml.rels": f'<Relationships xmlns="{PACKAGE}">{relation}</Relationships>'}
    held = f'<tableParts xmlns:r="{RELATIONS}" count="1"><tablePart r:id="rId9"/></tableParts></worksheet>'

    def pointing(part: bytes) -> bytes:
        return part.replace(b"</Types>", told.encode()).replace(b"</worksheet>", held.encode())

    return changed(file, pointing, TYPES, SHEETS[1], more={**more, place: text})


MERGED = f'<mergeCells><mergeCell ref="{WIDE}"/></mergeCells>'
RANGES = {
    "merged": MERGED,
    "many": "<mergeCells>" + '<mergeCell ref="A1:Z50000"/>' * 2 + "</mergeCells>",
    "linked": f'<hyperlinks><hyperlink ref="{WIDE}" location="x"/></hyperlinks>',
    "columns": '<hyperlinks><hyperlink ref="A:C" location="x"/></hyperlinks>',
    "spelled": f"<mergeCells xmlns:é={NAMES[6:]}><é:mergeCell\n junk='>' ref = 'A1:&#90;100000'/></mergeCells>",
}


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("what", RANGES)
def test_a_range_that_would_become_millions_of_cells_is_refused(file: Path, what: str, sheet: str) -> None:
    with pytest.raises(BookError, match=r"changed\.xlsx is too large\. .* take these out, and try again\.$"):
        ClosedBook(changed(file, below(RANGES[what]), sheet))


def test_so_is_one_in_another_encoding_or_behind_an_entity(file: Path) -> None:
    with pytest.raises(BookError, match="too large"):
        ClosedBook(changed(file, lambda part: below(MERGED)(part).decode().encode("utf-16"), SHEETS[1]))
    hidden = f"<!DOCTYPE w [<!ENTITY m \"&#60;mergeCell re&#102;='{WIDE}'/>\">]>".encode()
    with pytest.raises(BookError, match="as no spreadsheet program writes it"):
        ClosedBook(changed(file, lambda part: hidden + below("<mergeCells>&m;</mergeCells>")(part), SHEETS[1]))


def test_such_signs_in_a_picture_are_none_and_behind_blanks_they_are(file: Path) -> None:
    picture = {"xl/media/image1.jpeg": b"\xff\xd8\xff\xe1<x:xmpmeta> <!DOCTYPE html> <mergeCell ref='A1:Z1000000'>"}
    assert [grid.name for grid in ClosedBook(changed(file, bytes, more=picture)).grids()] == ["Caseload", "Notes"]
    blanks = b"\n" * 2_000_000
    with pytest.raises(BookError, match="as no spreadsheet program writes it"):
        ClosedBook(changed(file, lambda part: blanks + b"<!DOCTYPE w>" + part, SHEETS[1]))


def test_a_part_that_is_not_what_its_checksum_says_is_refused_in_whichever_sheet(file: Path) -> None:
    content = file.read_bytes()
    with zipfile.ZipFile(file) as package:
        wrong = package.getinfo(SHEETS[1]).CRC.to_bytes(4, "little")
    file.write_bytes(content.replace(wrong, bytes(4)))
    with pytest.raises(BookError, match="what it holds is not what its own directory says"):
        ClosedBook(file)


CODED = '<?xml version="1.0" encoding="{}"?><x/>'
ENCODINGS = {
    "named": CODED.format("UTF-7").encode(),
    "spelled": CODED.format("ISO-2022-KR").replace('="', " =\n'").replace('"', "'").encode("utf-16"),
    "unnamed": CODED.format("IBM037").encode("cp037"),
}


@pytest.mark.parametrize("how", ENCODINGS)
def test_an_encoding_in_which_tags_cannot_be_counted_is_refused(file: Path, how: str) -> None:
    def opened(part: bytes) -> ClosedBook:
        return ClosedBook(changed(file, lambda given: given, more={"xl/comments1.xml": part}))

    with pytest.raises(BookError, match="as no spreadsheet program writes it"):
        opened(ENCODINGS[how])
    for usual in ("UTF-8", "utf-16", "ISO-8859-1", "windows-1252", "us-ascii"):
        assert opened(CODED.format(usual).encode()).grids()


@pytest.mark.parametrize("columns", ["", '<!-- <tableColumn id="1" name="x"/> -->'])
def test_so_is_a_comment_or_a_table_without_columns_over_them(file: Path, columns: str) -> None:
    comment = f'<comment ref="{WIDE}" authorId="0"><text><t>x</t></text></comment>'
    text = f"<comments {NAMES}><authors><author>a</author></authors><commentList>{comment}</commentList></comments>"
    table = f'<table {NAMES} id="1" name="T" displayName="T" ref="{WIDE}">{columns}</table>'
    for kind, place, part in (("comments", "xl/comments1.xml", text), ("table", "xl/tables/table1.xml", table)):
        with pytest.raises(BookError, match="too large"):
            ClosedBook(in_a_part(file, kind, place, part))


def test_so_are_cells_by_the_million_in_all_sheets_together_though_they_be_empty(file: Path) -> None:
    row = b"<row>" + b"<c/>" * 10_000 + b"</row>"
    half = row * (MOST_MEMORY // 10_000_000 + 1) + b"</sheetData>"
    with pytest.raises(
        BookError, match=r"too large\. To open it takes more than 4 GB .* into several where they are too"
    ):
        ClosedBook(changed(file, lambda part: part.replace(b"</sheetData>", half), *SHEETS))


PLACES = " ".join(f"C{row}" for row in range(1, MOST_RANGES + 2))
ONE_RULE = '<cfRule type="expression" priority="1"><formula>1</formula></cfRule>'
RULES = {
    "formats": f'<conditionalFormatting sqref="{PLACES}">{ONE_RULE}</conditionalFormatting>',
    "choices": f"<dataValidations><dataValidation\nprompt=\"a > b\" sqref = '{PLACES}'/></dataValidations>",
    "many": f'<conditionalFormatting sqref="C1">{ONE_RULE}</conditionalFormatting>' * (MOST_RANGES + 1),
    "spelled": f"<é:scenarios xmlns:é={NAMES[6:]} sqref='{PLACES.replace(' ', '&#10;')}'/>",
    "blanks": f'<dataValidations><dataValidation sqref="{PLACES.replace(" ", chr(0x3000))}"/></dataValidations>',
}


@pytest.mark.parametrize("what", RULES)
def test_so_are_rules_for_more_ranges_than_anybody_has(file: Path, what: str) -> None:
    for sheet in SHEETS:
        with pytest.raises(
            BookError, match=r"name more than 100,000 ranges of cells\. .* take these out, and try again\.$"
        ):
            ClosedBook(changed(file, below(RULES[what]), sheet))


def test_so_are_they_in_another_encoding(file: Path) -> None:
    with pytest.raises(BookError, match="ranges of cells"):
        ClosedBook(changed(file, lambda part: below(RULES["blanks"])(part).decode().encode("utf-16"), SHEETS[1]))


def test_rules_for_as_many_ranges_as_there_may_be_are_kept(file: Path) -> None:
    some = "<dataValidations>" + '<dataValidation type="whole" sqref="C1 C3:D4 F5"/>' * 40 + "</dataValidations>"
    assert ClosedBook(changed(file, below(some), SHEETS[0])).name == "changed.xlsx"


OUTSIDE = {
    "row": ("</sheetData>", '<row r="50000000"><c r="A50000000"><v>1</v></c></row></sheetData>'),
    "cell": ("</sheetData>", '<row r="7"><c r="XFE7"><v>1</v></c></row></sheetData>'),
    "column": ("<sheetData>", '<cols><col min="3" max="50000000" width="9"/></cols><sheetData>'),
}


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("what", OUTSIDE)
def test_what_stands_where_no_sheet_has_a_place_is_refused(file: Path, what: str, sheet: str) -> None:
    known, put = OUTSIDE[what]
    with pytest.raises(BookError, match="it names cells that lie outside of any sheet"):
        take_picture(ClosedBook(changed(file, lambda part: part.replace(known.encode(), put.encode()), sheet)), [DATA])


def test_what_people_merge_link_and_lay_out_as_tables_is_opened(file: Path) -> None:
    book = ClosedBook(file)
    for sheet in book._book.worksheets:
        sheet.merge_cells("D1:N3")
    book._book.worksheets[0]["B2"].hyperlink = "https://agency.example"
    book.save()
    columns = '<tableColumns count="1"><tableColumn id="1" name="x"/></tableColumns>'
    table = f'<table {NAMES} id="1" name="T" displayName="T" ref="A1:Z1000000">{columns}</table>'
    made = in_a_part(file, "table", "xl/tables/table1.xml", table)
    assert [grid.name for grid in ClosedBook(made).grids()] == ["Caseload", "Notes"]


def formulas(shared: str, others: str, cells: int = 400) -> Callable[[bytes], bytes]:
    """Puts so many cells below the rows, the first with the formula that the others share."""
    rows = "".join(f'<row r="{row}"><c r="A{row}">{others}</c></row>' for row in range(11, 11 + cells))
    made = f'<row r="10"><c r="A10">{shared}</c></row>{rows}</sheetData>'.encode()
    return lambda part: part.replace(b"</sheetData>", made)


LONG = "1+" * 500_000 + "1"
"""400 of a megabyte are what a test survives where nobody looks."""
FORMULAS = {
    "plainly": (f'<f t="shared" ref="A10:A999" si="0">{LONG}</f>', '<f t="shared" si="0"/>'),
    "spelled": (f"<f\n si = '0' junk='>' t='sh&#97;red'>{LONG}</f >", "<f si='&#48;' t='shared' ></f>"),
    "with a comment": (f'<f t="shared" si="0"><!--</f>-->{LONG}</f>', '<f t="shared" si="0"/>'),
    "said again": (f'<f t="shared" si="0">{LONG}</f>', '<f t="shared" si="0">1</f>'),
}


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("how", FORMULAS)
def test_a_long_formula_that_many_cells_share_is_refused(file: Path, how: str, sheet: str) -> None:
    with pytest.raises(BookError, match=r"share formulas of more than 256 MB.* put values in place of formulas"):
        ClosedBook(changed(file, formulas(*FORMULAS[how]), sheet))


@pytest.mark.parametrize("comment", ["", "<!---->"])
def test_so_is_one_of_more_signs_than_any_program_takes_however_few_share_it(file: Path, comment: str) -> None:
    def opened(*within: str) -> ClosedBook:
        one = '<f t="shared" ref="A10:A11" si="0">""{}&amp;{}1</f>'.format(*within)
        return ClosedBook(changed(file, formulas(one, '<f t="shared" si="0"/>', 1), SHEETS[1]))

    with pytest.raises(BookError, match=r"share a formula of more than 8,192 signs, which no spreadsheet program does"):
        opened(comment, '""&amp;' * 8192)
    assert opened("", "&quot;&quot;&amp;" * 2700).grids()


def test_formulas_as_people_share_them_are_opened(file: Path) -> None:
    short, array = '<f t="shared" ref="A10:A999" si="0">B10+1</f>', f'<f t="array" ref="A10">{LONG}</f>'
    for first in (short, array, f"<f>{LONG}</f>"):
        assert ClosedBook(changed(file, formulas(first, '<f t="shared" si="0"/>'), SHEETS[1])).grids()


STRINGS = "xl/sharedStrings.xml"


@pytest.mark.parametrize("cell", ['<c t="s"><v>9</v></c>', "<c t='s'><v>9</v></c>"])
def test_a_long_text_that_cells_of_another_sheet_share_is_refused(file: Path, cell: str) -> None:
    told = f'<Override PartName="/{STRINGS}" ContentType="{KINDS}.sharedStrings+xml"/></Types>'.encode()
    pointed = f'<Relationship Id="rId9" Type="{RELATIONS}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    texts = f"<sst {NAMES}>{'<si><t>x</t></si>' * 9}<si><t>{LONG}</t></si></sst>"

    def opened(number: int) -> ClosedBook:
        rows = f"<row>{cell.replace('9', str(number))}</row>".encode() * 400 + b"</sheetData>"

        def change(part: bytes) -> bytes:
            part = part.replace(b"</Types>", told).replace(b"</sheetData>", rows)
            return part.replace(b"</Relationships>", pointed.encode())

        return ClosedBook(changed(file, change, SHEETS[1], TYPES, BOOK_RELATIONS, more={STRINGS: texts}))

    with pytest.raises(BookError, match=r"Its sheets share texts of more than 256 MB.* not needed, and try again"):
        opened(9)
    if '"' in cell:
        assert opened(1).grids()


def test_a_file_of_more_bytes_than_fit_is_refused_before_it_is_read(file: Path) -> None:
    """It may have a hole, and take no room on the disk."""
    with file.open("r+b") as stream:
        stream.truncate(3 * 1024**3)
    with pytest.raises(BookError, match=r"caseload\.xlsx is too large: it has 3 GB, and at most 100 MB fit"):
        ClosedBook(file)
