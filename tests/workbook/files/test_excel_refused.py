"""Excel files that are none, are damaged, or are too large: each is refused with its reason."""

from __future__ import annotations

import contextlib
import io
import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path

import msoffcrypto
import pytest

from tests.support.read_excel import HEADER, book_of, read, refused, saved
from tests.support.workbook_file import HEADER_ROW, parts_of, raw_book, relations, text, zipped
from workbook.files.limits import Limits
from workbook.files.reader import read_sheet
from workbook.problems import Refusal


def encrypted(plain: Path, folder: Path) -> Path:
    path = folder / "secret"
    with plain.open("rb") as source, path.open("wb") as target:
        msoffcrypto.OfficeFile(source).encrypt("password", target)
    return path


def test_an_encrypted_workbook_is_told_apart_from_an_old_one(tmp_path: Path) -> None:
    path = encrypted(saved(book_of(HEADER, ["Insert", "1", None]), tmp_path), tmp_path)
    assert refused(path).code == "file-encrypted"
    with pytest.raises(Refusal) as caught:
        read_sheet(path, "caseload.XLSM", Limits())
    assert caught.value.code == "file-encrypted"


def word_document() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", relations([("rId1", "officeDocument", "word/document.xml")]))
        archive.writestr("word/document.xml", "<document/>")
    return made.getvalue()


def archive_of(names: list[str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in names:
            archive.writestr(name, "text")
    return made.getvalue()


NO_WORKBOOKS = {
    "an old .xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an older Excel file"),
    "nothing at all": (b"", "it is empty"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "not an Excel workbook"),
    "a .csv file": (b"Update or Insert,SSN\nInsert,1\n", "not an Excel workbook"),
    "some archive": (archive_of(["letter.txt"]), "a ZIP archive, not an Excel workbook"),
    "an empty archive": (archive_of([]), "a ZIP archive, not an Excel workbook"),
    "an .ods file": (archive_of(["mimetype", "content.xml"]), "an OpenDocument file"),
    "a Word document": (word_document(), "not an Excel workbook"),
    "half a signature": (b"PK\x03\x04" + bytes(50), "damaged"),
}


@pytest.mark.parametrize("what", NO_WORKBOOKS)
def test_what_is_no_workbook_is_refused_and_the_reason_told(tmp_path: Path, what: str) -> None:
    content, why = NO_WORKBOOKS[what]
    path = tmp_path / "upload"
    path.write_bytes(content)
    refusal = refused(path)
    assert [refusal.code, why in refusal.message] == ["file-unreadable", True], refusal.message


def test_a_workbook_cut_short_anywhere_or_with_a_byte_changed_is_refused_or_read_and_never_breaks(
    tmp_path: Path,
) -> None:
    whole = saved(book_of(HEADER, ["Insert", "1", date(2026, 1, 31)]), tmp_path).read_bytes()
    path = tmp_path / "damaged"
    for at in range(0, len(whole), 131):
        for damaged in (whole[:at], whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :]):
            path.write_bytes(damaged)
            with contextlib.suppress(Refusal):
                read(path)


def test_a_part_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = raw_book(tmp_path / "upload", HEADER_ROW)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("XL/worksheets/Sheet1.xml", "<other/>")
    assert "one of its parts twice" in refused(path).message


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_a_document_type_declaration_is_refused(tmp_path: Path, part: str) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "&a;")}</row>')
    parts[part] = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>' + parts[part]
    refusal = refused(zipped(tmp_path / "upload", parts))
    assert [refusal.code, "document type" in refusal.message] == ["file-unreadable", True]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"])
@pytest.mark.parametrize("content", ["", "<worksheet", "no XML", "<other/>", None])
def test_a_part_that_is_missing_or_damaged_is_refused(tmp_path: Path, part: str, content: str | None) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>')
    del parts[part]
    if content is not None:
        parts[part] = content
    assert refused(zipped(tmp_path / "upload", parts)).code in ("file-unreadable", "no-rows")


def test_a_file_over_the_packed_limit_is_refused(tmp_path: Path) -> None:
    path = raw_book(tmp_path / "upload", HEADER_ROW)
    refusal = refused(path, Limits(packed=1000))
    assert [refusal.code, "at most 1000 bytes fit" in refusal.message] == ["file-too-large", True]


def test_a_zip_bomb_is_told_by_its_directory(tmp_path: Path) -> None:
    path = raw_book(tmp_path / "upload", HEADER_ROW + " " * 3_000_000)
    refusal = refused(path, Limits(unpacked=1024 * 1024))
    assert [refusal.code, "unpacked it would have 2.9 MB" in refusal.message] == ["file-too-large", True]


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml"])
def test_a_zip_bomb_whose_directory_lies_is_told_by_unpacking_it(tmp_path: Path, part: str) -> None:
    parts = parts_of(f'{HEADER_ROW}<row r="2">{text("A2", "Insert")}</row>')
    honest = len(parts[part])
    checksum = zlib.crc32(parts[part].encode())
    parts[part] += " " * 5_000_000
    path = zipped(tmp_path / "upload", parts)
    with zipfile.ZipFile(path) as archive:
        info = archive.getinfo(part)
        true = struct.pack("<LLL", info.CRC, info.compress_size, info.file_size)
    lie = struct.pack("<LLL", checksum, info.compress_size, honest)
    path.write_bytes(path.read_bytes().replace(true, lie))
    refusal = refused(path, Limits(unpacked=1024 * 1024))
    assert [refusal.code, "own directory" in refusal.message] == ["file-unreadable", True]
