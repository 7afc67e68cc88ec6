from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.workbook_file import cells_of
from workbook.files.csv_file import LONGEST_LINE
from workbook.files.limits import Limits
from workbook.files.reader import read_sheet
from workbook.problems import Refusal
from workbook.sheet import CellError, Sheet

HEADER = "Update or Insert,Participant ID,Last Name\r\n"


def read(folder: Path, content: str | bytes, encoding: str = "utf-8") -> Sheet:
    path = folder / "upload"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_sheet(path, "caseload.csv", Limits())


def refused(folder: Path, content: str | bytes) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(folder, content)
    return caught.value


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_every_encoding_that_excel_writes_is_read(tmp_path: Path, encoding: str) -> None:
    content = (HEADER + "Insert,007,Müller–Peña\r\n").encode(encoding)
    assert cells_of(read(tmp_path, content)) == {2: ["Insert", "007", "Müller–Peña"]}


def test_utf_16_with_a_big_endian_mark_is_read(tmp_path: Path) -> None:
    content = b"\xfe\xff" + (HEADER + "Insert,1,A\r\n").encode("utf-16-be")
    assert cells_of(read(tmp_path, content)) == {2: ["Insert", "1", "A"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    content = HEADER.replace(",", delimiter) + delimiter.join(["Insert", "1", "A"]) + "\n"
    assert cells_of(read(tmp_path, content)) == {2: ["Insert", "1", "A"]}


def test_a_delimiter_inside_quotation_marks_fools_nobody(tmp_path: Path) -> None:
    content = '"Notes, more, and, more";Update or Insert;Last Name\nx;Insert;"Smith, Jr."\n'
    sheet = read(tmp_path, content)
    assert [sheet.unknown_headers, cells_of(sheet)] == [["Notes, more, and, more"], {2: ["Insert", "Smith, Jr."]}]


@pytest.mark.parametrize("line", ["sep=;", '"sep=;"', "SEP=;"])
def test_the_line_that_tells_the_delimiter_is_obeyed_and_no_row(tmp_path: Path, line: str) -> None:
    assert cells_of(read(tmp_path, f"{line}\r\nUpdate or Insert;SSN\r\nInsert;1\r\n")) == {2: ["Insert", "1"]}


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    content = "\r\n,,\r\n" + HEADER + 'Insert,1,"two\r\nlines"\r\n\r\n,,\r\nUpdate,2,B'
    sheet = read(tmp_path, content)
    assert sheet.header_row == 3
    assert cells_of(sheet) == {4: ["Insert", "1", "two\r\nlines"], 7: ["Update", "2", "B"]}


@pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"])
def test_every_line_end_ends_a_line(tmp_path: Path, line_end: str) -> None:
    content = (HEADER + "Insert,1,A\r\nInsert,2,B").replace("\r\n", line_end)
    assert list(cells_of(read(tmp_path, content))) == [2, 3]


def test_quotation_marks_follow_rfc_4180(tmp_path: Path) -> None:
    content = HEADER + 'Insert,"00""7","O\'Neil, ""Bo"""\n'
    assert cells_of(read(tmp_path, content)) == {2: ["Insert", '00"7', 'O\'Neil, "Bo"']}


def test_a_row_with_more_fields_than_headers_is_kept_and_counted(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER + "Insert,1,A\nInsert,1,Smith, Jr., x\nInsert,2,B,,\n")
    assert [sheet.extra_fields, sheet.empty_fields, len(sheet)] == [{1: 2}, {2: 2}, 3]


def test_a_comma_that_only_pushes_empty_fields_past_the_headers_is_told_too(tmp_path: Path) -> None:
    sheet = read(tmp_path, "Participant ID,Last Name,End Date\r\n1,Smith, Jr.,\r\n2,Smith,\r\n")
    assert [sheet.extra_fields, sheet.empty_fields] == [{}, {0: 1}]


def test_commas_after_the_last_header_and_after_every_row_are_no_extra_fields(tmp_path: Path) -> None:
    assert read(tmp_path, "Participant ID,Last Name,,\r\n1,Smith,,\r\n").extra_fields == {}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("#N/A", "#N/A"), ("#ref!", "#REF!"), ("#DIV/0!", "#DIV/0!"), ("#NAME?", "#NAME?"), ("########", "########"),
        ("#SPILL!", "#SPILL!"), ("=A1+1", "a formula without a value"), (" #N/A ", "#N/A"),
    ],
)  # fmt: skip
def test_an_excel_error_is_an_error(tmp_path: Path, text: str, error: str) -> None:
    assert cells_of(read(tmp_path, HEADER + f'Insert,1,"{text}"\n')) == {2: ["Insert", "1", CellError(error)]}


@pytest.mark.parametrize("text", ["#1", "=", "N/A", "#", "Erica", "E 5", "Err:", "#Anna", "-5"])
def test_what_only_looks_like_an_error_is_text(tmp_path: Path, text: str) -> None:
    assert cells_of(read(tmp_path, HEADER + f"Insert,1,{text}\n")) == {2: ["Insert", "1", text]}


def test_two_spellings_of_one_error_are_one_value(tmp_path: Path) -> None:
    sheet = read(tmp_path, HEADER + "Insert,1,#N/A\nInsert,2,A\nInsert,3,#n/a\nInsert,4,B\n")
    assert sheet.columns["Last Name"].values == [None, CellError("#N/A"), "A", "B"]
    assert [row[2] for row in cells_of(sheet).values()] == [CellError("#N/A"), "A", CellError("#N/A"), "B"]


@pytest.mark.parametrize("content", ["", "\r\n\r\n", " , ,\n", HEADER, HEADER + ",,\r\n \r\n", "\ufeff"])
def test_a_file_without_rows_is_refused(tmp_path: Path, content: str) -> None:
    assert refused(tmp_path, content).code == "no-rows"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "a picture"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a picture"),
        (b"GIF89a\x01\x00", "a picture"),
        (b"%PDF-1.7", "a PDF"),
        (b"PK\x03\x04rest", "Excel workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "older Excel"),
        (b"Update or Insert,SSN\nInsert,\x00\n", "its line 2 holds a NUL character"),
        (b"Update or Insert,SSN\r\nInsert,1\r\n\x00\x00", "its line 3 holds a NUL character"),
        (b"\n <!-- from a report --> <html><table>", "a web page (HTML)"),
        (b"<table><tr><td>1", "a web page (HTML)"),
        (b"MIME-Version: 1.0\r\n", "a saved web page"),
        (b"ID;PWXL;N;E\r\nP;PGeneral\r\n", "a SYLK file"),
        (b"TABLE\r\n0,1\r\n", "a DIF file"),
        (b'<?xml version="1.0"?><data><row/></data>', "an XML file"),
        (b'[{"Participant ID": 1}]', "a JSON file"),
        (b"\x1f\x8b\x08\x00", "packed (gzip)"),
        (b"\xff\xfeU\x00p", "not a text file"),
        (b"Update or Insert,SSN\nInsert,\x81\n", "not a text file"),
        (HEADER.encode() + b'Insert,1,"never closed\nInsert,2,B\n', "row 2, a quotation mark"),
        (HEADER.encode() + b'Insert,1,"' + b"never closed\n" * 20_000, "a quotation mark"),
        (HEADER.encode() + b"Insert,1," + b"x" * 200_000 + b"\n", "line 2 holds a value of more than 131,072"),
        (b"sep=,\n" + HEADER.encode() + b"'" * 200_000 + b"\n", "line 2 holds a value of more than 131,072"),
        (b"a," * LONGEST_LINE, "line 1 is longer"),
        (HEADER.encode() + b"x" * (2 * LONGEST_LINE), "line 2 is longer"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(tmp_path: Path, content: bytes, why: str) -> None:
    refusal = refused(tmp_path, content)
    assert refusal.code == "file-unreadable"
    assert why in refusal.message
    assert refusal.message.startswith("caseload.csv cannot be read: ")


def test_the_same_header_twice_is_refused(tmp_path: Path) -> None:
    assert refused(tmp_path, "SSN,Social Security Number\n1,2\n").code == "header-repeated"


def test_a_cell_longer_than_any_sheet_takes_is_still_read(tmp_path: Path) -> None:
    assert cells_of(read(tmp_path, HEADER + f"Insert,1,{'x' * 300}\n")) == {2: ["Insert", "1", "x" * 300]}
