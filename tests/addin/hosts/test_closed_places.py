"""What is read of a closed workbook is what the person sees who opens it, in every sheet of it (SPEC 10)."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from addin.errors import BookError, UnmarkableError
from addin.hosts.closed.file import ClosedBook, read_rows

BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
SHEETS = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
COMPATIBLE = "http://schemas.openxmlformats.org/markup-compatibility/2006"
CHOICE = f'<mc:AlternateContent xmlns:mc="{COMPATIBLE}"><mc:Choice Requires="zz" xmlns:zz="urn:nobody:knows">'
END = "</mc:Choice></mc:AlternateContent>"
ROW = '<row r="9"><c r="A9"><v>7</v></c></row>'
UNSEEN = {
    "in a choice": ("</sheetData>", f"{CHOICE}{ROW}{END}</sheetData>"),
    "behind the rows": ("</worksheet>", f"{CHOICE}<sheetData>{ROW}</sheetData>{END}</worksheet>"),
    "in an extension": ("</worksheet>", f"<extLst><ext>{ROW}</ext></extLst></worksheet>"),
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = Workbook()
    book.worksheets[0].title = "Secret"
    book.worksheets[0].append(["Update or Insert", "Participant ID"])
    book.worksheets[0].append(["Insert", "HIDDEN"])
    book.create_sheet("Caseload").append(["Update or Insert", "Participant ID"])
    book.worksheets[1].append(["Insert", "SEEN"])
    book.worksheets[0].sheet_state = "hidden"
    book.active = 1
    book.save(tmp_path / "caseload.xlsx")
    return tmp_path / "caseload.xlsx"


def changed(file: Path, part: str, change: Callable[[str], str]) -> Path:
    made = file.with_stem("changed")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for name in before.namelist():
            held = before.read(name)
            after.writestr(name, change(held.decode()) if name == part else held)
    return made


@pytest.mark.parametrize("sheet", SHEETS)
@pytest.mark.parametrize("where", UNSEEN)
def test_rows_that_no_program_shows_are_refused_in_whichever_sheet(file: Path, where: str, sheet: str) -> None:
    known, put = UNSEEN[where]
    made = changed(file, sheet, lambda xml: xml.replace(known, put))
    with pytest.raises(BookError, match="where no spreadsheet program writes them"):
        ClosedBook(made)


def test_sheets_of_one_name_are_refused_by_who_opens_the_file_and_who_pastes_from_it(file: Path) -> None:
    made = changed(file, BOOK, lambda xml: xml.replace("Secret", "caseload"))
    with pytest.raises(BookError, match="two sheets of the same name"):
        ClosedBook(made)
    with pytest.raises(BookError, match="two sheets of the same name"):
        list(read_rows(made))


def test_what_excel_writes_beside_the_rows_is_opened(file: Path) -> None:
    controls = f"{CHOICE}<controls><control><xdr:row xmlns:xdr='urn:xdr'>1</xdr:row></control></controls>{END}"
    made = changed(file, SHEETS[1], lambda xml: xml.replace("</worksheet>", controls + "</worksheet>"))
    assert [cells[1] for _number, cells in read_rows(made)] == ["Participant ID", "SEEN"]
    assert [grid.name for grid in ClosedBook(made).grids()] == ["Secret", "Caseload"]


def renamed(file: Path, known: str, name: str) -> Path:
    made = file.with_stem("renamed")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for one in before.namelist():
            after.writestr(name if one == known else one, before.read(one))
    return made


@pytest.mark.parametrize("name", ["xl/Worksheets/sheet{}.xml", "xl\\worksheets\\sheet{}.xml"])
@pytest.mark.parametrize(("sheet", "title"), [(1, "Secret"), (2, "Caseload")])
def test_a_sheet_that_openpyxl_does_not_find_is_not_passed_over(file: Path, name: str, sheet: int, title: str) -> None:
    """Excel finds its part in whatever case; a save would lose it."""
    made = renamed(file, SHEETS[sheet - 1], name.format(sheet))
    with pytest.raises(UnmarkableError, match=rf"can be read here but not written, for its sheet {title} is packed as"):
        ClosedBook(made)


def test_a_sheet_of_macros_is_none_with_rows_and_is_left_out_of_the_copy_alone(file: Path) -> None:
    """Wherever its part is."""

    def of_macros(relations: str) -> str:
        entry = next(one for one in re.findall("<Relationship [^>]*>", relations) if "sheet1.xml" in one)
        return relations.replace(entry, entry.replace("relationships/worksheet", "relationships/xlMacrosheet"))

    made = changed(file, RELATIONS, of_macros)
    before, told = made.read_bytes(), list[str]()
    book = ClosedBook(made, told.append)
    assert [grid.name for grid in book.grids()] == ["Caseload"]
    copy = book.save()
    assert [load_workbook(copy).sheetnames, made.read_bytes() == before] == [["Caseload"], True]
    assert "changed.xlsx holds macro sheets, which cannot be written from outside Excel." in told[0]
