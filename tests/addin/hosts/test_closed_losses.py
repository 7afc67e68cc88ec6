"""What openpyxl cannot keep of a workbook is named, and stays in the original: the work goes into a copy that opens."""

from __future__ import annotations

import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.workbook.defined_name import DefinedName

from addin.errors import BookError
from addin.hosts.closed import file as closed
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.losses import losses
from addin.hosts.document import Block
from tests.support.memory import most_memory
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.sheets.template import build_template

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)
PLACE = Block(2, 1, 1, 1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    book.worksheets[0].title = "Caseload"
    for line in (["ID", "Name", "Share"], ["007", "Bond", 0.5]):
        book.worksheets[0].append(line)
    book.save(tmp_path / "caseload.xlsx")
    return tmp_path / "caseload.xlsx"


def with_part(path: Path, name: str, data: bytes = b"<x/>") -> Path:
    with zipfile.ZipFile(path, "a") as package:
        package.writestr(name, data)
    return path


@pytest.mark.parametrize(
    ("part", "what"),
    [
        ("xl/media/image1.png", "pictures"),
        ("xl/charts/chart1.xml", "charts"),
        ("xl/pivotTables/pivotTable1.xml", "pivot tables"),
        ("xl/slicers/slicer1.xml", "slicers"),
        ("xl/ctrlProps/ctrlProp1.xml", "form controls"),
        ("xl/embeddings/oleObject1.bin", "embedded objects"),
        ("xl/threadedComments/threadedComment1.xml", "threaded comments"),
        ("xl/connections.xml", "data connections"),
        ("customXml/item1.xml", "custom data"),
        ("xl/metadata.xml", "dynamic array formulas"),
        ("_xmlsignatures/sig1.xml", "a digital signature"),
        ("xl/vbaProject.bin", "macros"),
        ("customUI/customUI14.xml", "a ribbon tab"),
        ("customUI/customUI.xml", "a ribbon tab"),
    ],
)
def test_what_would_be_lost_is_named(file: Path, part: str, what: str) -> None:
    assert losses(with_part(file, part, b"<c:f>\xff\xfe</c:f>")) == [what], "whatever it holds"


def test_a_drawing_counts_when_something_stands_on_it(file: Path) -> None:
    with_part(file, "xl/drawings/drawing1.xml", b"<xdr:wsDr></xdr:wsDr>")
    assert losses(file) == []
    with_part(file, "xl/drawings/drawing2.xml", b"<xdr:wsDr><xdr:twoCellAnchor></xdr:twoCellAnchor></xdr:wsDr>")
    assert losses(file) == ["drawings"]


def test_an_extension_at_the_end_of_a_sheet_is_seen_and_one_in_a_cell_is_not(file: Path) -> None:
    extension = b"<extLst><ext><x14:conditionalFormatting/></ext></extLst>"
    with_part(file, "xl/worksheets/sheet8.xml", b"<worksheet><sheetData>x14:dataValidation</sheetData></worksheet>")
    assert losses(file) == []
    with_part(file, "xl/worksheets/sheet9.xml", b"<worksheet><sheetData></sheetData>" + extension + b"</worksheet>")
    assert losses(file) == ["conditional formats that point to other sheets"]


@pytest.mark.parametrize(
    ("part", "data", "what"),
    [
        ("xl/sharedStrings2.xml", "<sst><si><t>x</t><rPh sb='0' eb='1'><t>y</t></rPh></si></sst>", "phonetic readings"),
        (
            "xl/workbook2.xml",
            "<workbook><fileSharing readOnlyRecommended='1'/></workbook>",
            "a password or a recommendation to open it read-only",
        ),
        ("xl/drawings/vmlDrawing1.vml", '<x:ClientData ObjectType="Checkbox"/>', "form controls"),
        (
            "xl/worksheets/sheet9.xml",
            "<sheetData/><protectedRanges><protectedRange sqref='A1' name='r'/></protectedRanges>",
            "ranges that some people may edit in a protected sheet",
        ),
        ("xl/worksheets/sheet9.xml", "<sheetData></sheetData><customSheetViews></customSheetViews>", "custom views"),
    ],
)
def test_so_is_what_stands_in_no_cell_and_has_no_part_of_its_own(file: Path, part: str, data: str, what: str) -> None:
    assert losses(with_part(file, part, data.encode())) == [what]


def test_notes_alone_are_no_form_controls(file: Path) -> None:
    assert losses(with_part(file, "xl/drawings/vmlDrawing1.vml", b'<x:ClientData ObjectType="Note"/>')) == []


def test_a_workbook_with_a_picture_is_copied_and_not_overwritten(file: Path) -> None:
    with_part(file, "xl/media/image1.png", PIXEL)
    before = file.read_bytes()
    told: list[str] = []
    book = ClosedBook(file, told.append)
    book.grids()[0].write(PLACE, [["008"]], None)
    book.save()
    copy = file.with_name("caseload – checked.xlsx")
    assert file.read_bytes() == before
    assert openpyxl.load_workbook(copy)["Caseload"]["A2"].value == "008"
    assert book.path == copy
    assert told == [
        "caseload.xlsx holds pictures, which cannot be written from outside Excel. It stays as it is; go on with the "
        "copy beside it, caseload – checked.xlsx."
    ]


def test_a_copy_never_replaces_an_earlier_copy(file: Path) -> None:
    with_part(file, "xl/media/image1.png", PIXEL)
    for _ in range(2):
        book = ClosedBook(file)
        book.save()
        book.save()  # the copy carries nothing that would be lost, so it is written over
        book.close()
    assert sorted(path.name for path in file.parent.glob("*.xlsx")) == [
        "caseload – checked 2.xlsx",
        "caseload – checked.xlsx",
        "caseload.xlsx",
    ]


def test_a_chart_that_openpyxl_drew_counts_too(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    chart = BarChart()
    chart.add_data(Reference(book["Caseload"], min_col=4, min_row=1, max_row=2), titles_from_data=True)
    book.worksheets[book.sheetnames.index("Caseload")].add_chart(chart, "H2")
    book.save(file)
    assert losses(file) == ["charts"]


def test_a_chart_of_the_users_own_beside_the_logs_is_not_overwritten(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    assert losses(path) == []
    assert losses(with_part(path, "xl/charts/chart7.xml", b"<c:f>Log!$A$2:$A$9</c:f>")) == ["charts"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
def test_a_copy_can_be_read_by_nobody_who_could_not_read_the_workbook(file: Path) -> None:
    with_part(file, "xl/media/image1.png", PIXEL)
    file.chmod(0o600)
    assert ClosedBook(file).save().stat().st_mode & 0o777 == 0o600


def with_a_sheet_of_charts(file: Path) -> Path:
    """A chart that is a sheet, and behind it a sheet with a name of its own, which is told by its place among all."""
    book = openpyxl.load_workbook(file)
    book.create_chartsheet("Chart").add_chart(BarChart())
    book.create_sheet("Notes").defined_names["rate"] = DefinedName("rate", attr_text="Notes!$A$1")
    book.save(file)
    made = file.with_stem("charts")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            # openpyxl leaves the charts out where it counts.
            after.writestr(name, data.replace(b'localSheetId="1"', b'localSheetId="2"'))
    return made


def test_a_copy_holds_no_half_of_a_chart_that_is_a_sheet_and_opens(file: Path) -> None:
    book = ClosedBook(with_a_sheet_of_charts(file))
    book.grids()[0].write(PLACE, [["008"]], None)
    copy = openpyxl.load_workbook(book.save())
    assert copy.sheetnames == ["Caseload", "Notes"]
    assert copy["Caseload"]["A2"].value == "008"
    assert copy["Notes"].defined_names["rate"].attr_text == "Notes!$A$1"


def test_a_picture_of_any_kind_is_left_out_of_the_copy(file: Path) -> None:
    book = ClosedBook(with_part(file, "xl/media/image1.webp", PIXEL))
    book.grids()[0].write(PLACE, [["008"]], None)
    with zipfile.ZipFile(book.save()) as copy:
        assert [name for name in copy.namelist() if "media" in name] == []


def test_a_copy_that_would_not_open_is_not_made(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closed, "leave_out", lambda book: None)
    made = with_a_sheet_of_charts(file)
    before = made.read_bytes()
    book = ClosedBook(made)
    book.grids()[0].write(PLACE, [["008"]], None)
    with pytest.raises(BookError, match=r"holds charts, .* no copy without it can be made here\. It stays"):
        book.save()
    assert made.read_bytes() == before
    assert sorted(path.name for path in file.parent.iterdir()) == ["caseload.xlsx", "charts.xlsx"]


def test_to_see_whether_a_copy_opens_takes_no_second_workbook_in_memory(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    for row in range(3, 500):
        book["Caseload"].append([f"text {row} {column}" for column in range(50)])
    book.save(file)
    plain = most_memory(lambda: ClosedBook(file).save())
    with_part(file, "xl/media/image1.png", PIXEL)
    assert most_memory(lambda: ClosedBook(file).save()) < 1.2 * plain


def test_a_workbook_in_the_strict_form_is_said_to_be_one(file: Path) -> None:
    main, strict = b"schemas.openxmlformats.org/spreadsheetml/2006/main", b"purl.oclc.org/ooxml/spreadsheetml/main"
    kinds = b"schemas.openxmlformats.org/officeDocument/2006", b"purl.oclc.org/ooxml/officeDocument"
    made = file.with_stem("strict")
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(made, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(main, strict).replace(*kinds))
    with pytest.raises(BookError, match=r"saved as a Strict Open XML Spreadsheet.*save it as an Excel Workbook"):
        ClosedBook(made)
