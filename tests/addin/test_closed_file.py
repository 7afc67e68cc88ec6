"""The host for closed files behaves as xlwings expects of Excel, and never harms what it cannot keep."""

from __future__ import annotations

import datetime as dt
import re
import sys
import zipfile
from pathlib import Path

import openpyxl
import pytest
import xlwings as xw
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference

from addin.commands import save_new
from addin.errors import BookError
from addin.hosts.address import address_of, block_of
from addin.hosts.closed.file import open_closed
from addin.hosts.closed.losses import losses
from addin.hosts.document import Block
from tests.addin.conftest import Host
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.template import build_template

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360000002000001e221bc33"
    "0000000049454e44ae426082"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Caseload"
    sheet.append(["ID", "Name", "Start", "Share", "Open"])
    sheet.append(["007", "Bond", dt.datetime(2026, 1, 31), 0.5, True])
    sheet["A3"], sheet["B3"], sheet["C3"] = 10432.0, "=A2&B2", "#N/A"
    sheet["C3"].data_type = "e"
    sheet.column_dimensions["F"].number_format = "@"
    book.create_sheet("Second").sheet_state = "hidden"
    path = tmp_path / "caseload.xlsx"
    book.save(path)
    return path


def grid(sheet: xw.Sheet) -> list[list[object]]:
    values: list[list[object]] = sheet.used_range.options(ndim=2, err_to_str=True).value
    return values


def with_stored_value(path: Path, value: str) -> None:
    """Gives the formula in B3 the value that Excel would have stored beside it."""
    beside = path.with_suffix(".zip")
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(beside, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                old = re.compile(rb'<c r="B3"><f>A2&amp;B2</f>(<v ?/>|<v></v>)</c>')
                new = b'<c r="B3" t="str"><f>A2&amp;B2</f><v>%s</v></c>' % value.encode()
                data, count = old.subn(new, data)
                assert count == 1
            after.writestr(name, data)
    beside.replace(path)


def test_a_formula_reads_as_its_stored_value_where_it_has_one(host: Host, file: Path) -> None:
    with_stored_value(file, "007Bond")
    sheet = open_closed(file, host.engine).sheets[0]
    assert sheet.range("B3").value == "007Bond"
    assert sheet.range("B3").formula == "=A2&B2"


def test_saving_keeps_the_stored_values_of_formulas(host: Host, file: Path) -> None:
    with_stored_value(file, "007Bond & <sons>".replace("&", "&amp;").replace("<", "&lt;"))
    book = open_closed(file, host.engine)
    book.sheets[0].range("D3").value = "new"
    book.save()
    book.close()
    sheet = open_closed(file, host.engine).sheets[0]
    assert [sheet.range("B3").value, sheet.range("B3").formula, sheet.range("D3").value] == [
        "007Bond & <sons>", "=A2&B2", "new",
    ]


def test_a_block_is_written_in_one_go_and_is_there_after_reopening(host: Host, file: Path) -> None:
    book = open_closed(file, host.engine)
    book.sheets[0].range((5, 2)).value = [["a", None, dt.date(2026, 2, 1)], ["b", 7, dt.datetime(2026, 2, 1, 8, 30)]]
    book.save()
    book.close()
    sheet = open_closed(file, host.engine).sheets[0]
    assert sheet.range("B5:D6").value == [
        ["a", None, dt.datetime(2026, 2, 1)], ["b", 7, dt.datetime(2026, 2, 1, 8, 30)],
    ]
    assert sheet.range("D5").number_format == "yyyy-mm-dd"


@pytest.mark.parametrize("text", ["007", "=1+1", "+1", "#N/A", "2026-01-31", "1e5"])
def test_text_in_a_text_column_stays_text(host: Host, file: Path, text: str) -> None:
    book = open_closed(file, host.engine)
    book.sheets[0].range("F4").value = text
    book.save()
    book.close()
    sheet = open_closed(file, host.engine).sheets[0]
    assert [sheet.range("F4").number_format, sheet.range("F4").value, sheet.range("F4").formula] == ["@", text, text]


def test_a_formula_is_a_formula_where_the_format_does_not_say_text(host: Host, file: Path) -> None:
    book = open_closed(file, host.engine)
    book.sheets[0].range("G4").formula = "=1+1"
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"]["G4"].data_type == "f"


def test_characters_that_a_file_cannot_hold_are_dropped(host: Host, file: Path) -> None:
    book = open_closed(file, host.engine)
    book.sheets[0].range("F4").value = "a\x00b\x1fc\nd"
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"]["F4"].value == "abc\nd"


def test_ranges_know_their_place_and_size_and_grow_as_in_excel(host: Host, file: Path) -> None:
    sheet = open_closed(file, host.engine).sheets[0]
    block = sheet.range("B2:D3")
    assert (block.address, block.row, block.column, block.shape, block.size) == ("$B$2:$D$3", 2, 2, (2, 3), 6)
    assert block.resize(1, 2).address == "$B$2:$C$2"
    assert block.offset(1, 1).address == "$C$3:$E$4"
    assert block[1, 0].address == block(2, 1).address == "$B$3"
    assert sheet.range("A1").expand().address == "$A$1:$E$3"
    assert sheet.range("A1").end("down").address == "$A$3"
    assert sheet.range("A1").end("right").address == "$E$1"
    assert sheet.range("A9").end("up").address == "$A$3"
    assert sheet.range("B2").get_address(False, False, include_sheetname=True) == "'Caseload'!B2"


def test_the_selection_is_kept_and_is_where_excel_opens_the_file(host: Host, file: Path) -> None:
    book = open_closed(file, host.engine)
    assert book.selection is None
    book.sheets[0].range("C2").select()
    assert book.selection is not None
    assert book.selection.address == "$C$2"
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"].sheet_view.selection[0].activeCell == "C2"


def test_a_message_box_and_the_status_bar_reach_whoever_listens(host: Host, file: Path) -> None:
    book = open_closed(file, host.engine)
    assert book.app.alert("All 3 rows are ready.") == "ok"
    book.app.status_bar = "Checking …"
    book.app.status_bar = False
    assert (host.told, host.statuses) == (["All 3 rows are ready."], ["Checking …", ""])


def test_a_new_book_is_saved_under_a_name(host: Host, tmp_path: Path) -> None:
    book = host.engine.apps.add(add_book=False).books.add()
    book.sheets[0].range("A1").value = "x"
    with pytest.raises(BookError, match="no name yet"):
        book.save()
    book.save(tmp_path / "new.xlsx")
    assert (tmp_path / "new.xlsx").is_file()
    assert book.name == "new.xlsx"


def test_a_stray_cell_at_the_far_end_costs_nothing(host: Host, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "far.xlsx")
    sheet = open_closed(tmp_path / "far.xlsx", host.engine).sheets[0]
    assert sheet.used_range.address == "$XFD$1048576"


def test_our_own_template_loses_nothing_and_is_saved_in_place(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    before = openpyxl.load_workbook(path)
    book = open_closed(path, host.engine)
    book.sheets[0].range("B4").value = "007"
    book.save()
    after = openpyxl.load_workbook(path)
    assert (book.fullname, host.told, losses(path)) == (str(path), [], [])
    assert {n: d.attr_text for n, d in after.defined_names.items()} == {
        n: d.attr_text for n, d in before.defined_names.items()
    }
    assert len(after["Caseload"].data_validations.dataValidation) == len(
        before["Caseload"].data_validations.dataValidation
    )
    assert len(after["Caseload"].conditional_formatting) == len(before["Caseload"].conditional_formatting) > 0


def test_the_logs_own_chart_is_the_same_however_often_the_file_is_saved(host: Host, tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    charts = []
    for _ in range(2):
        with zipfile.ZipFile(path) as package:
            charts.append([package.read(f"xl/{part}1.xml") for part in ("charts/chart", "drawings/drawing")])
        book = open_closed(path, host.engine)
        book.save()
        book.close()
    assert charts[0] == charts[1]


def test_a_chart_of_the_users_own_beside_the_logs_is_not_overwritten(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    assert losses(path) == []
    assert losses(with_part(path, "xl/charts/chart7.xml", b"<c:f>Log!$A$2:$A$9</c:f>")) == ["charts"]


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
    ],
)
def test_what_would_be_lost_is_named(file: Path, part: str, what: str) -> None:
    assert losses(with_part(file, part)) == [what]


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


def test_a_workbook_with_a_picture_is_copied_and_not_overwritten(host: Host, file: Path) -> None:
    with_part(file, "xl/media/image1.png", PIXEL)
    before = file.read_bytes()
    book = open_closed(file, host.engine)
    book.sheets[0].range("A2").value = "008"
    book.save()
    copy = file.with_name("caseload – checked.xlsx")
    assert file.read_bytes() == before
    assert openpyxl.load_workbook(copy)["Caseload"]["A2"].value == "008"
    assert book.fullname == str(copy)
    assert host.told == [
        "caseload.xlsx holds pictures, which cannot be written from outside Excel. It stays as it is; go on with the "
        "copy beside it, caseload – checked.xlsx."
    ]


def test_a_copy_never_replaces_an_earlier_copy(host: Host, file: Path) -> None:
    with_part(file, "xl/media/image1.png", PIXEL)
    for _ in range(2):
        book = open_closed(file, host.engine)
        book.save()
        book.save()  # the copy carries nothing that would be lost, so it is written over
        book.close()
    assert sorted(path.name for path in file.parent.glob("*.xlsx")) == [
        "caseload – checked 2.xlsx", "caseload – checked.xlsx", "caseload.xlsx",
    ]


def test_a_chart_that_openpyxl_drew_counts_too(host: Host, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    chart = BarChart()
    chart.add_data(Reference(book["Caseload"], min_col=4, min_row=1, max_row=2), titles_from_data=True)
    book["Caseload"].add_chart(chart, "H2")
    book.save(file)
    assert losses(file) == ["charts"]


def test_text_in_several_formats_keeps_them(host: Host, file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book["Caseload"]["B2"] = CellRichText("James ", TextBlock(InlineFont(b=True), "Bond"))
    book.save(file)
    opened = open_closed(file, host.engine)
    assert opened.sheets[0].range("B2").value == "James Bond"
    opened.save()
    kept = openpyxl.load_workbook(file, rich_text=True)["Caseload"]["B2"].value
    assert isinstance(kept, CellRichText)


def test_a_failed_save_leaves_the_file_as_it_was(host: Host, file: Path) -> None:
    before = file.read_bytes()
    book = open_closed(file, host.engine)
    book.sheets[0].range("A1").value = "changed"
    with pytest.raises(BookError, match="Move it to a folder that you may write to"):
        book.save(file.parent / "nowhere" / "x.xlsx")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["caseload.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit how large a file may become")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_is_told_in_one_sentence_and_leaves_the_file_as_it_was(
    host: Host, file: Path
) -> None:
    import resource

    before, limits = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    book = open_closed(file, host.engine)
    book.sheets[0].range("A1").value = "changed"
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(BookError, match=r"cannot be saved: .*Nothing in it was changed"):
            book.save()
        with pytest.raises(BookError, match="cannot be written"):
            save_new(file.with_name("template.xlsx"), bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["caseload.xlsx"]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"", "it is empty"),
        ("a.xlsx", PIXEL, "it is not an Excel workbook, though its name says so"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "it is an older Excel file (.xls)"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        ("a.xlsm", b"PK\x03\x04 and then nothing", "it is damaged or not complete"),
        ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Save it as .xlsx"),
    ],
)
def test_a_file_that_is_no_workbook_gets_one_sentence(
    host: Host, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BookError) as stopped:
        open_closed(tmp_path / name, host.engine)
    assert said in stopped.value.sentence
    assert "\n" not in stopped.value.sentence


def test_a_zip_that_is_no_workbook_gets_one_sentence(host: Host, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("readme.txt", "hello")
    with pytest.raises(BookError, match="a ZIP archive, not an Excel workbook"):
        open_closed(tmp_path / "a.xlsx", host.engine)


@pytest.fixture
def damaged(file: Path, tmp_path: Path) -> Path:
    """A workbook whose sheet breaks off."""
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            after.writestr(name, b"<worksheet><oops" if "sheet1" in name else before.read(name))
    return path


def test_a_workbook_with_a_damaged_sheet_gets_one_sentence(host: Host, damaged: Path) -> None:
    with pytest.raises(BookError, match=r"damaged\.xlsx cannot be read: it is damaged or not complete"):
        open_closed(damaged, host.engine)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks as Linux does which files are open")
def test_a_workbook_with_a_damaged_sheet_does_not_stay_open(host: Host, damaged: Path) -> None:
    with pytest.raises(BookError) as stopped:
        open_closed(damaged, host.engine)
    assert stopped.tb is not None, "nothing of what went wrong is collected yet"
    assert damaged.resolve() not in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_a_missing_file_is_named(host: Host, tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"There is no file .*gone\.xlsx"):
        open_closed(tmp_path / "gone.xlsx", host.engine)


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("B2", Block(2, 2, 1, 1)),
        ("$B$2:D9", Block(2, 2, 8, 3)),
        ("D9:B2", Block(2, 2, 8, 3)),
        ("B:D", Block(1, 2, 1_048_576, 3)),
        ("2:3", Block(2, 1, 2, 16_384)),
        ("list_action", None),
        ("v_cell", None),
        ("B", None),
        ("2", None),
        ("B2:D", None),
        ("XFE1", None),
        ("A1048577", None),
        ("A0", None),
        ("", None),
    ],
)
def test_only_an_address_is_an_address(address: str, block: Block | None) -> None:
    assert block_of(address) == block


def test_an_address_is_written_as_excel_does() -> None:
    assert [address_of(Block(2, 28, 1, 1)), address_of(Block(1, 1, 2, 2), False, False)] == ["$AB$2", "A1:B2"]
