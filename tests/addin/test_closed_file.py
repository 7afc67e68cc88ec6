"""The host for closed files reads and writes as Excel would, and never harms what it cannot keep."""

from __future__ import annotations

import datetime as dt
import re
import sys
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

from addin.book import Value
from addin.buttons.template import save_new
from addin.errors import BookError
from addin.hosts.closed.file import ClosedBook
from addin.hosts.closed.losses import losses
from addin.hosts.document import Block
from workbook.columns import TemplateChoice
from workbook.lists import TemplateLists
from workbook.sheets.template import build_template

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


def place(address: str) -> Block:
    column, row = coordinate_from_string(address)
    return Block(row, column_index_from_string(column), 1, 1)


def value(book: ClosedBook, address: str) -> Value:
    """A cell of the first sheet, as a button reads it."""
    return book.grids()[0].read(place(address))[0][0]


def put(book: ClosedBook, address: str, text: Value) -> None:
    book.grids()[0].write(place(address), [[text]], None)


def stored(path: Path, address: str) -> Any:
    """What the file holds in a cell of its first sheet: a formula as one."""
    return openpyxl.load_workbook(path).worksheets[0][address].value


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


def test_a_formula_reads_as_its_stored_value_where_it_has_one(file: Path) -> None:
    with_stored_value(file, "007Bond")
    assert value(ClosedBook(file), "B3") == "007Bond"
    assert stored(file, "B3") == "=A2&B2"


def test_saving_keeps_the_stored_values_of_formulas(file: Path) -> None:
    with_stored_value(file, "007Bond & <sons>".replace("&", "&amp;").replace("<", "&lt;"))
    book = ClosedBook(file)
    put(book, "D3", "new")
    book.save()
    book.close()
    again = ClosedBook(file)
    assert [value(again, "B3"), stored(file, "B3"), value(again, "D3")] == [
        "007Bond & <sons>",
        "=A2&B2",
        "new",
    ]


def test_a_block_is_written_in_one_go_and_is_there_after_reopening(file: Path) -> None:
    book = ClosedBook(file)
    block = Block(5, 2, 2, 3)
    rows: list[list[Value]] = [["a", None, dt.date(2026, 2, 1)], ["b", 7, dt.datetime(2026, 2, 1, 8, 30)]]
    book.grids()[0].write(block, rows, None)
    book.save()
    book.close()
    sheet = ClosedBook(file).grids()[0]
    assert sheet.read(block) == [
        ["a", None, dt.datetime(2026, 2, 1)],
        ["b", 7, dt.datetime(2026, 2, 1, 8, 30)],
    ]
    assert sheet.formats([(5, 4)]) == {(5, 4): "yyyy-mm-dd"}


@pytest.mark.parametrize("text", ["007", "=1+1", "+1", "#N/A", "2026-01-31", "1e5"])
def test_text_in_a_text_column_stays_text(file: Path, text: str) -> None:
    book = ClosedBook(file)
    put(book, "F4", text)
    book.save()
    book.close()
    again = ClosedBook(file)
    formats = again.grids()[0].formats([(4, 6)])
    assert [formats, value(again, "F4"), stored(file, "F4")] == [{(4, 6): "@"}, text, text]
    assert openpyxl.load_workbook(file)["Caseload"]["F4"].data_type == "s"


def test_a_formula_is_a_formula_where_the_format_does_not_say_text(file: Path) -> None:
    book = ClosedBook(file)
    put(book, "G4", "=1+1")
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"]["G4"].data_type == "f"


def test_characters_that_a_file_cannot_hold_are_dropped(file: Path) -> None:
    book = ClosedBook(file)
    put(book, "F4", "a\x00b\x1fc\nd")
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"]["F4"].value == "abc\nd"


def test_the_block_in_use_holds_every_filled_cell_and_no_other_row_or_column(file: Path) -> None:
    first, second = ClosedBook(file).grids()
    assert [first.used(), second.used()] == [Block(1, 1, 3, 5), Block(1, 1, 1, 1)]
    assert [first.visible, second.visible] == [True, False]


def test_the_selection_is_kept_and_is_where_excel_opens_the_file(file: Path) -> None:
    book = ClosedBook(file)
    assert book.selection() == ("Caseload", 1, 1)
    book.show(book.grids()[0], 2, 3)
    assert book.selection() == ("Caseload", 2, 3)
    book.save()
    assert openpyxl.load_workbook(file)["Caseload"].sheet_view.selection[0].activeCell == "C2"


def test_a_stray_cell_at_the_far_end_costs_nothing(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = "x"
    book.save(tmp_path / "far.xlsx")
    assert ClosedBook(tmp_path / "far.xlsx").grids()[0].used() == Block(1_048_576, 16_384, 1, 1)


def test_our_own_template_loses_nothing_and_is_saved_in_place(tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    before = openpyxl.load_workbook(path)
    told: list[str] = []
    book = ClosedBook(path, told.append)
    put(book, "B4", "007")
    book.save()
    after = openpyxl.load_workbook(path)
    assert (book.path, told, losses(path)) == (path, [], [])
    assert {n: d.attr_text for n, d in after.defined_names.items()} == {
        n: d.attr_text for n, d in before.defined_names.items()
    }
    assert len(after["Caseload"].data_validations.dataValidation) == len(
        before["Caseload"].data_validations.dataValidation
    )
    assert len(after["Caseload"].conditional_formatting) == len(before["Caseload"].conditional_formatting) > 0


def test_the_logs_own_chart_is_the_same_however_often_the_file_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "Caseload.xlsx"
    path.write_bytes(build_template(TemplateChoice(), TemplateLists(site="Harbor House")))
    charts = []
    for _ in range(2):
        with zipfile.ZipFile(path) as package:
            charts.append([package.read(f"xl/{part}1.xml") for part in ("charts/chart", "drawings/drawing")])
        book = ClosedBook(path)
        book.save()
        book.close()
    assert charts[0] == charts[1]


def test_text_in_several_formats_keeps_them(file: Path) -> None:
    book = openpyxl.load_workbook(file)
    book["Caseload"]["B2"] = CellRichText("James ", TextBlock(InlineFont(b=True), "Bond"))
    book.save(file)
    opened = ClosedBook(file)
    assert value(opened, "B2") == "James Bond"
    opened.save()
    kept = openpyxl.load_workbook(file, rich_text=True)["Caseload"]["B2"].value
    assert isinstance(kept, CellRichText)


def test_a_failed_save_leaves_the_file_as_it_was(file: Path) -> None:
    before = file.read_bytes()
    book = ClosedBook(file)
    put(book, "A1", "changed")
    book.path = file.parent / "nowhere" / "x.xlsx"
    with pytest.raises(BookError, match="Move it to a folder that you may write to"):
        book.save()
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["caseload.xlsx"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights than these")
def test_a_saved_file_can_be_read_by_those_who_could_read_it_before(file: Path) -> None:
    file.chmod(0o664)
    book = ClosedBook(file)
    put(book, "A1", "changed")
    book.save()
    assert file.stat().st_mode & 0o777 == 0o664


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit how large a file may become")
@pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")
def test_a_full_disk_is_told_in_one_sentence_and_leaves_the_file_as_it_was(file: Path) -> None:
    import resource

    before, limits = file.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    book = ClosedBook(file)
    put(book, "A1", "changed")
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(BookError, match=r"cannot be saved: .*Nothing in it was changed"):
            book.save()
        with pytest.raises(BookError, match="cannot be written"):
            save_new(file.with_name("template.xlsx"), lambda: bytes(2000))
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
def test_a_file_that_is_no_workbook_gets_one_sentence(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BookError) as stopped:
        ClosedBook(tmp_path / name)
    assert said in stopped.value.sentence
    assert "\n" not in stopped.value.sentence


def test_a_zip_that_is_no_workbook_gets_one_sentence(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as package:
        package.writestr("readme.txt", "hello")
    with pytest.raises(BookError, match="a ZIP archive, not an Excel workbook"):
        ClosedBook(tmp_path / "a.xlsx")


@pytest.fixture
def damaged(file: Path, tmp_path: Path) -> Path:
    """A workbook whose sheet breaks off."""
    path = tmp_path / "damaged.xlsx"
    with zipfile.ZipFile(file) as before, zipfile.ZipFile(path, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content[: len(content) // 2] if "sheet1" in name else content)
    return path


def test_a_workbook_with_a_damaged_sheet_gets_one_sentence(damaged: Path) -> None:
    with pytest.raises(BookError, match=r"damaged\.xlsx cannot be read: it is damaged or not complete"):
        ClosedBook(damaged)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="asks as Linux does which files are open")
def test_a_workbook_with_a_damaged_sheet_does_not_stay_open(damaged: Path) -> None:
    with pytest.raises(BookError) as stopped:
        ClosedBook(damaged)
    assert stopped.tb is not None, "nothing of what went wrong is collected yet"
    assert damaged.resolve() not in [link.resolve() for link in Path("/proc/self/fd").iterdir()]


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BookError, match=r"There is no file .*gone\.xlsx"):
        ClosedBook(tmp_path / "gone.xlsx")
