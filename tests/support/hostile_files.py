"""Files that are made to hurt whoever reads them, each built here and each small enough to be sent (SPEC 3)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import chain, count, islice, repeat
from pathlib import Path
from typing import Final

from openpyxl.utils import get_column_letter

from tests.support.workbook_file import HEADER_ROW, MAIN, parts_of, text, zipped

MIB: Final = 1024 * 1024
SHEET_PART: Final = "xl/worksheets/sheet1.xml"
STRINGS_PART: Final = "xl/sharedStrings.xml"
MARK: Final = 't="e" '
FORMULA: Final = "<f>"
HEADER_LINE: Final = b"Update or Insert,Participant ID,Start Date\n"
_ROW: Final = f'<row r="2">{text("A2", "Insert")}{text("B2", "1")}</row>'


def _parts(rows: str = HEADER_ROW + _ROW, **others: str) -> dict[str, str]:
    return parts_of(rows, **others)


def _blanks(size: int, part: str = SHEET_PART) -> Callable[[Path], Path]:
    """A workbook with one part that is blanks for a long while, packed a thousand to one."""

    def make(path: Path) -> Path:
        parts = _parts()
        end = "</sst>" if part == STRINGS_PART else "</sheetData>"
        head, tail = parts.pop(part).split(end)
        zipped(path, parts)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(part, "w") as stream:
            stream.write(head.encode())
            for _ in range(size // MIB):
                stream.write(b" " * MIB)
            stream.write((end + tail).encode())
        return path

    return make


def _owned_up_to(path: Path) -> Path:
    """A directory that says of three bytes that they unpack to 1.1 GB."""
    zipped(path, _parts())
    content = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo(SHEET_PART).file_size
        start = archive.start_dir
    path.write_bytes(content[:start] + content[start:].replace(struct.pack("<L", size), struct.pack("<L", 1100 * MIB)))
    return path


def _strings_without_number(path: Path) -> Path:
    shared = "".join(f"<si><t>{number:x}</t></si>" for number in range(1_000_000))
    cells = '<row r="2"><c r="A2" t="s"><v>999999</v></c></row>'
    return zipped(path, _parts(HEADER_ROW + cells, shared=shared))


def _ten_thousand_columns(path: Path) -> Path:
    header = "".join(f'<c t="inlineStr"><is><t>column {number}</t></is></c>' for number in range(10_000))
    return zipped(path, _parts(f'<row r="1">{header}</row>' + _ROW))


def _rows(rows: Iterable[str]) -> Callable[[Path], Path]:
    """The headers, and then rows as they come, more of them than should be in memory at once."""

    def make(path: Path) -> Path:
        parts = _parts()
        head, tail = parts.pop(SHEET_PART).rsplit("</sheetData>", 1)
        zipped(path, parts)
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive, archive.open(SHEET_PART, "w") as stream:
            stream.write(head.encode())
            for row in rows:
                stream.write(row.encode())
            stream.write(f"</sheetData>{tail}".encode())
        return path

    return make


def _row_of(cell: str, columns: int) -> str:
    """One row, with @ where its number goes. `cell` is the XML of each of its cells, with {column} in it."""
    letters = islice(map(get_column_letter, count(1)), columns)
    return f'<row r="@">{"".join(cell.format(column=column) for column in letters)}</row>'


def _wide(cell: str, columns: int, rows: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        row = _row_of(cell, columns)
        return _rows(row.replace("@", str(number)) for number in range(3, rows + 3))(path)

    return make


def _again_and_again(path: Path) -> Path:
    return _rows(repeat(_row_of('<c r="{column}3"><v>1</v></c>', 16_384).replace("@", "3"), 2_000))(path)


def _far_and_full(path: Path) -> Path:
    row = _row_of('<c r="{column}@"><v>@</v></c>', 15)
    rows = chain(
        (row.replace("@", str(number)) for number in range(3, 1_000_000)),
        [f'<row r="1048576">{text("XFD1048576", "x")}</row>'],
    )
    return _rows(rows)(path)


def _many_sheets(path: Path) -> Path:
    parts = _parts()
    relations, content = "xl/_rels/workbook.xml.rels", "xl/workbook.xml"
    for number in range(2, 15_000):
        parts[f"xl/worksheets/sheet{number}.xml"] = f'<worksheet xmlns="{MAIN}"><sheetData/></worksheet>'
    for part, end, one in (
        (relations, "</Relationships>", '<Relationship Id="n{0}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{0}.xml"/>'),
        (content, "</sheets>", '<sheet name="n{0}" sheetId="{0}" r:id="n{0}"/>'),
    ):
        head, tail = parts[part].split(end)
        parts[part] = head + "".join(one.format(number) for number in range(2, 15_000)) + end + tail
    return zipped(path, parts)


def _overlapping(path: Path) -> Path:
    """Many directory entries over the same packed bytes: a kilobyte that counts a thousand times."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -15)
    blanks = b" " * 1_200_000
    packed = packer.compress(blanks) + packer.flush()
    made = io.BytesIO()
    names = [f"xl/worksheets/sheet{number}.xml" for number in range(1, 1000)]
    made.write(struct.pack("<4sHHHHHLLLHH", b"PK\3\4", 20, 0, 8, 0, 0, zlib.crc32(blanks), len(packed), len(blanks), 0, 0))
    made.write(packed)
    start = made.tell()
    for name in names:
        made.write(
            struct.pack(
                "<4sHHHHHHLLLHHHHHLL", b"PK\1\2", 20, 20, 0, 8, 0, 0, zlib.crc32(blanks), len(packed), len(blanks),
                len(name), 0, 0, 0, 0, 0, 0,
            )
        )  # fmt: skip
        made.write(name.encode())
    size = made.tell() - start
    made.write(struct.pack("<4sHHHHLLH", b"PK\5\6", 0, 0, len(names), len(names), size, start, 0))
    path.write_bytes(made.getvalue())
    return path


def _nested(path: Path, part: str, depth: int = 1_000_000) -> Path:
    parts = _parts()
    parts[part] = f'<worksheet xmlns="{MAIN}">' + "<a>" * depth + "</a>" * depth + "</worksheet>"
    return zipped(path, parts)


def _lines(path: Path, pieces: Iterable[bytes]) -> Path:
    with path.open("wb") as stream:
        for piece in pieces:
            stream.write(piece)
    return path


def _one_line(size: int, piece: bytes) -> Callable[[Path], Path]:
    """The headers, and then one piece again and again."""
    return lambda path: _lines(path, chain([HEADER_LINE], repeat(piece, size // len(piece))))


def _bomb_in_a_bomb(path: Path) -> Path:
    for name in ("inner.zip", "outer.zip"):
        content = path.read_bytes() if path.exists() else bytes(10 * MIB)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)
    return path


def _chart_alone(path: Path) -> Path:
    parts = _parts()
    relations = "xl/_rels/workbook.xml.rels"
    parts[relations] = parts[relations].replace("relationships/worksheet", "relationships/chartsheet")
    return zipped(path, parts)


def _entities(part: str, encoding: str = "utf-8") -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        parts = _parts(HEADER_ROW + f'<row r="2">{text("A2", "&i;")}</row>')
        laughs = '<!ENTITY a "ha">' + "".join(
            f'<!ENTITY {chr(97 + step)} "{f"&{chr(96 + step)};" * 10}">' for step in range(1, 9)
        )
        secret = '<!ENTITY e SYSTEM "file:///etc/passwd">'
        parts[part] = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE x [{laughs}{secret}]>' + parts[part]
        return zipped(path, {name: content.encode(encoding if name == part else "utf-8") for name, content in parts.items()})

    return make


def _ten_kilobyte_names(path: Path) -> Path:
    long = "n" * 10_000
    parts = _parts(f'<row r="1">{text("A1", long)}{text("B1", "Participant ID")}</row>' + _ROW)
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace('name="Caseload"', f'name="{long}"')
    return zipped(path, parts)


def _climbing(path: Path) -> Path:
    parts = _parts()
    parts["../../../../tmp/climbed.xml"] = "<x/>"
    parts["xl/_rels/workbook.xml.rels"] = parts["xl/_rels/workbook.xml.rels"].replace(
        "worksheets/sheet1.xml", "../../../../etc/passwd"
    )
    return zipped(path, parts)


def _raw(rows: str) -> Callable[[Path], Path]:
    return lambda path: zipped(path, _parts(HEADER_ROW + rows))


def _bytes(content: bytes) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def _table_of(columns: int, rows: int) -> Callable[[Path], Path]:
    def make(path: Path) -> Path:
        header, row = b"h," * (columns - 1) + b"h\n", b"1," * (columns - 1) + b"1\n"
        return _lines(path, chain([HEADER_LINE[:-1] + b"," + header], repeat(row, rows)))

    return make


@dataclass(frozen=True, slots=True)
class Hostile:
    """One file. `outcome`: the code of its refusal, or the number of rows it is read as; `large`: whether it takes
    seconds, so that it is measured and not tested."""

    name: str
    make: Callable[[Path], Path]
    outcome: str | int
    large: bool = False


_READS: Final = "Insert,{},2026-01-01\n"
# fmt: off
HOSTILE_FILES: Final[dict[str, Hostile]] = {
    "a bomb that its directory owns up to": Hostile("a.xlsx", _owned_up_to, "file-too-large"),
    "blanks up to the limit": Hostile("a.xlsx", _blanks(1000 * MIB), "file-too-large", large=True),
    "blanks up to the limit among the strings": Hostile("a.xlsx", _blanks(1000 * MIB, STRINGS_PART), "file-too-large", large=True),
    "fewer blanks": Hostile("a.xlsx", _blanks(60 * MIB), "file-unreadable"),
    "fewer blanks among the strings": Hostile("a.xlsx", _blanks(60 * MIB, STRINGS_PART), 1),
    "entries that overlap": Hostile("a.xlsx", _overlapping, "file-too-large"),
    "a bomb in a bomb": Hostile("a.xlsx", _bomb_in_a_bomb, "file-unreadable"),
    "a cell at XFD1048576": Hostile("a.xlsx", _raw(f'<row r="1048576">{text("XFD1048576", "x")}</row>'), 1, large=True),
    "a cell at XFD2": Hostile("a.xlsx", _raw(f'<row r="2">{text("XFD2", "x")}</row>'), "no-rows"),
    "ten thousand columns": Hostile("a.xlsx", _ten_thousand_columns, 1),
    "ten thousand columns of many rows": Hostile("a.xlsx", _wide('<c r="{column}@"><v>@</v></c>', 10_000, 3_400), "file-too-large", large=True),
    "a row of 16,384 cells again and again": Hostile("a.xlsx", _again_and_again, "file-too-large", large=True),
    "cells that do not say where they are": Hostile("a.xlsx", _wide("<c><v>1</v></c>", 16_384, 3_800), "file-too-large", large=True),
    "empty cells without end": Hostile("a.xlsx", _wide("<c/>", 16_384, 8_000), "file-too-large", large=True),
    "texts in millions of cells": Hostile("a.xlsx", _wide('<c r="{column}@" t="inlineStr"><is><t>Smith</t></is></c>', 17, 900_000), "file-too-large", large=True),
    "formulas without values in millions of cells": Hostile("a.xlsx", _wide('<c r="{column}@"><f>1+1</f></c>', 17, 900_000), "file-too-large", large=True),
    "a cell at XFD1048576 below millions of others": Hostile("a.xlsx", _far_and_full, "file-too-large", large=True),
    "a text of a million marks of errors": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}{text("B2", MARK * 1_000_000)}</row>'), 1),
    "a text of a million formulas": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}{text("B2", f"<![CDATA[{FORMULA * 1_000_000}]]>")}</row>'), 1),
    "fifteen thousand sheets": Hostile("a.xlsx", _many_sheets, "file-too-large"),
    "a .csv of ten thousand columns": Hostile("a.csv", _table_of(10_000, 100), 100),
    "a .csv of ten thousand columns and many rows": Hostile("a.csv", _table_of(10_000, 4_700), 4_700, large=True),
    "a million shared strings": Hostile("a.xlsx", _strings_without_number, 1, large=True),
    "entities in the sheet": Hostile("a.xlsx", _entities(SHEET_PART), "file-unreadable"),
    "entities in the strings": Hostile("a.xlsx", _entities(STRINGS_PART), "file-unreadable"),
    "entities in UTF-16": Hostile("a.xlsx", _entities(SHEET_PART, "utf-16"), "file-unreadable"),
    "deep nesting in the sheet": Hostile("a.xlsx", lambda path: _nested(path, SHEET_PART), "file-unreadable"),
    "deep nesting in the workbook": Hostile("a.xlsx", lambda path: _nested(path, "xl/workbook.xml"), "file-unreadable"),
    "deep nesting in the styles": Hostile("a.xlsx", lambda path: _nested(path, "xl/styles.xml"), "file-unreadable"),
    "deep nesting in the strings": Hostile("a.xlsx", lambda path: _nested(path, STRINGS_PART), "file-unreadable"),
    "names of 10 kB": Hostile("a.xlsx", _ten_kilobyte_names, 1),
    "a file name of 10 kB": Hostile("n" * 10_000 + ".csv", _bytes(HEADER_LINE + b"Insert,1,2026-01-01\n"), 1),
    "a file name that climbs": Hostile("../../../../etc/passwd.csv", _bytes(HEADER_LINE + b"Insert,1,2026-01-01\n"), 1),
    "a path that climbs": Hostile("a.xlsx", _climbing, "file-unreadable"),
    "a chart where a sheet should be": Hostile("a.xlsx", _chart_alone, "file-unreadable"),
    "a .csv line of 90 MB": Hostile("a.csv", _one_line(90 * MIB, b"x" * MIB), "file-unreadable"),
    "a .csv line of commas": Hostile("a.csv", _one_line(5 * MIB, b"," * MIB), "file-unreadable"),
    "a .csv line of quotation marks": Hostile("a.csv", _one_line(5 * MIB, b'"' * MIB), "file-unreadable"),
    "a .csv line of 1 GB": Hostile("a.csv", _one_line(1024 * MIB, b"x" * MIB), "file-too-large", large=True),
    "a .csv header of 5 MB": Hostile("a.csv", lambda path: _lines(path, repeat(b"a,b,", 5 * MIB // 4)), "file-unreadable"),
    "a .csv of line ends": Hostile("a.csv", _one_line(90 * MIB, b"\n" * MIB), "file-too-large", large=True),
    "a .csv of two-byte rows": Hostile("a.csv", _one_line(90 * MIB, b"x\n" * (MIB // 2)), "file-too-large", large=True),
    "a .csv of commas and line ends": Hostile("a.csv", _one_line(90 * MIB, b",,,,,,,,,,,x\n" * 80_000), "file-too-large", large=True),
    "a quotation mark that is never closed": Hostile("a.csv", _bytes(HEADER_LINE + b'Insert,"1,2026-01-01\n' * 1001), "file-unreadable"),
    "a .csv of NULs": Hostile("a.csv", _bytes(bytes(1_000_000)), "file-unreadable"),
    "NULs in a .csv": Hostile("a.csv", _bytes(HEADER_LINE + b"Insert,a\0b,2026-01-01\n"), "file-unreadable"),
    "marks that turn the text round": Hostile("a.csv", _bytes(HEADER_LINE + _READS.format("\u202e\u2066gnp.exe\u200f").encode()), 1),
    "a surrogate in UTF-8": Hostile("a.csv", _bytes(HEADER_LINE + b"Insert,\xed\xa0\x80,2026-01-01\n"), 1),
    "half a surrogate in UTF-16": Hostile("a.csv", _bytes(b"\xff\xfe" + (HEADER_LINE.decode() + "I,").encode("utf-16-le") + b"\0\xd8x\0"), "file-unreadable"),
    "a NUL written as an escape": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}{text("B2", "a_x0000_b")}</row>'), 1),
    "half a surrogate written as an escape": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}{text("B2", "a_xD800_b")}</row>'), 1),
    "a date before all time": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}<c r="C2" s="1"><v>-1e999</v></c></row>'), 1),
    "a number beyond all numbers": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "Insert")}<c r="B2"><v>1e999</v></c></row>'), 1),
    "a character that XML does not know": Hostile("a.xlsx", _raw(f'<row r="2">{text("A2", "&#0;")}</row>'), "file-unreadable"),
}
# fmt: on
