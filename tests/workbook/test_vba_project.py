"""The VBA project's streams against the specification's examples ([MS-OVBA] 3.1) and records."""

from __future__ import annotations

import io
import re
import struct
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import olefile
import pytest

from tests.support.macro_template import built, package, parts_of_package
from tests.support.workbook_check import vba_sources
from workbook import layout
from workbook.macros import MODULE, macros
from workbook.sheets.macro_book import build_add_in, is_signed
from workbook.vba.project import (
    SHEET_BASE,
    WORKBOOK_BASE,
    document_module,
    standard_module,
    vba_project,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oletools.olevba import VBA_Parser, decompress_stream

BOOK = document_module("ThisWorkbook", WORKBOOK_BASE)
SHEET = document_module("Sheet1", SHEET_BASE)
CODE = standard_module("Own", "Public Sub x()\nEnd Sub\n")


def ours() -> bytes:
    """The project of Caseload.xlsm."""
    return parts_of_package(built())["xl/vbaProject.bin"]


def stream(file: bytes, name: str) -> bytes:
    with olefile.OleFileIO(io.BytesIO(file)) as read:
        content: bytes = read.openstream(name).read()
    return content


@pytest.fixture(scope="module")
def small() -> bytes:
    return vba_project("Small", [BOOK, SHEET, CODE])


def records(file: bytes) -> Iterator[tuple[int, bytes]]:
    """The records of `dir`: identifier and content."""
    data = bytes(decompress_stream(bytearray(stream(file, "VBA/dir"))))
    place = 0
    while place < len(data):
        identifier, size = struct.unpack_from("<HI", data, place)
        size += 2 if identifier == 0x09 else 0  # the version's length leaves out its minor part
        yield identifier, data[place + 6 : place + 6 + size]
        place += 6 + size
    assert place == len(data)


def test_the_version_stream_is_the_example_of_the_specification() -> None:
    """3.1.1: 0x61CC, version 0xFFFF, 0x00, 0x0001, and no performance cache."""
    assert stream(ours(), "VBA/_VBA_PROJECT") == struct.pack("<HHBH", 0x61CC, 0xFFFF, 0x00, 0x0001)


def test_the_workbook_module_is_attributed_as_in_the_example_of_the_specification() -> None:
    """3.1.3, without the example's own code."""
    assert BOOK.source == (
        'Attribute VB_Name = "ThisWorkbook"\r\nAttribute VB_Base = "0{00020819-0000-0000-C000-000000000046}"\r\n'
        "Attribute VB_GlobalNameSpace = False\r\nAttribute VB_Creatable = False\r\n"
        "Attribute VB_PredeclaredId = True\r\nAttribute VB_Exposed = True\r\n"
        "Attribute VB_TemplateDerived = False\r\nAttribute VB_Customizable = True\r\n"
    )


def test_the_dir_stream_holds_the_records_of_the_specification_in_their_order(small: bytes) -> None:
    """2.3.4.2.1 and 2.3.4.2.3: information, no references, modules, the end."""
    found = list(records(small))
    assert found[:17] == [
        (0x01, struct.pack("<I", 3)),
        (0x02, struct.pack("<I", 0x409)),
        (0x14, struct.pack("<I", 0x409)),
        (0x03, struct.pack("<H", 1252)),
        (0x04, b"Small"),
        (0x05, b""),
        (0x40, b""),
        (0x06, b""),
        (0x3D, b""),
        (0x07, bytes(4)),
        (0x08, bytes(4)),
        (0x09, struct.pack("<IH", 1, 0)),
        (0x0C, b""),
        (0x3C, b""),
        (0x0F, struct.pack("<H", 3)),
        (0x13, b"\xff\xff"),
        (0x19, b"ThisWorkbook"),
    ]
    modules = found[16:-1]
    assert found[-1] == (0x10, b"")
    assert len(modules) == 3 * 11
    kinds = {"ThisWorkbook": 0x22, "Sheet1": 0x22, "Own": 0x21}
    for place, (name, kind) in zip(range(0, len(modules), 11), kinds.items(), strict=True):
        wide = name.encode("utf-16-le")
        assert modules[place : place + 11] == [
            (0x19, name.encode()),
            (0x47, wide),
            (0x1A, name.encode()),
            (0x32, wide),
            (0x1C, b""),
            (0x48, b""),
            (0x31, bytes(4)),
            (0x1E, bytes(4)),
            (0x2C, b"\xff\xff"),
            (kind, b""),
            (0x2B, b""),
        ]


def test_the_project_stream_follows_the_example_of_the_specification(small: bytes) -> None:
    """3.1.6, for our modules and without a user form."""
    lines = stream(small, "PROJECT").decode("cp1252").split("\r\n")
    assert re.fullmatch(r'ID="\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}"', lines[0])
    assert lines[1:7] == [
        "Document=ThisWorkbook/&H00000000",
        "Document=Sheet1/&H00000000",
        "Module=Own",
        'Name="Small"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
    ]
    assert [line.partition("=")[0] for line in lines[7:10]] == ["CMG", "DPB", "GC"]
    assert lines[10:] == [
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{name}=0, 0, 0, 0, C" for name in ("ThisWorkbook", "Sheet1", "Own")),
        "",
    ]


def revealed(hidden: str) -> tuple[int, int, bytes]:
    """Version, key and data of an obfuscated field: 2.4.3.3, decryption."""
    seed, version, key, *rest = bytes.fromhex(hidden)
    key ^= seed
    last, back, two_back = key, key ^ seed, version
    plain = []
    for byte in rest:
        last = byte ^ (two_back + last & 0xFF)
        two_back, back = back, byte
        plain.append(last)
    plain = plain[(seed & 6) // 2 :]
    (length,) = struct.unpack("<I", bytes(plain[:4]))
    assert len(plain) == 4 + length
    return version ^ seed, key, bytes(plain[4:])


EXAMPLE = {
    "ID": "{917DED54-440B-4FD1-A5C1-74ACF261E600}",
    "CMG": "0705D8E3D8EDDBF1DBF1DBF1DBF1",
    "DPB": "0E0CD1ECDFF4E7F5E7F5E7",
    "GC": "1517CAF1D6F9D7F9D706",
}
"""3.1.6 again."""


def test_the_project_is_open_to_all_as_the_one_of_the_specification_is(small: bytes) -> None:
    """No protection, no password, visible; the key is the sum of the project's own identifier."""
    ours = dict(re.findall(r'^(ID|CMG|DPB|GC)="(.*)"', stream(small, "PROJECT").decode("cp1252"), re.M))
    for fields in (EXAMPLE, ours):
        key = sum(fields["ID"].encode()) & 0xFF
        assert revealed(fields["CMG"]) == (2, key, bytes(4))
        assert revealed(fields["DPB"]) == (2, key, b"\0")
        assert revealed(fields["GC"]) == (2, key, b"\xff")
    assert 22 <= len(ours["CMG"]) <= 28
    assert 16 <= len(ours["GC"]) <= 22


def test_the_names_stream_is_plain_and_in_the_order_of_dir(small: bytes) -> None:
    """2.3.3: not compressed, each name in both encodings, two zeros at the end."""
    names = ["ThisWorkbook", "Sheet1", "Own"]
    wanted = b"".join(name.encode() + b"\0" + name.encode("utf-16-le") + b"\0\0" for name in names)
    assert stream(small, "PROJECTwm") == wanted + b"\0\0"


@pytest.mark.parametrize("name", ["", "1st", "a b", "a-b", "x" * 32, "é"])
def test_a_name_that_vba_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="VBA takes no"):
        vba_project("Small", [standard_module(name, "")])


def test_two_modules_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        vba_project("Small", [CODE, standard_module("OWN", "")])


def test_olevba_reads_our_sources_back() -> None:
    for file, sheets in ((built(), layout.CODE_NAMES.values()), (build_add_in(), ["Sheet1"])):
        sources = vba_sources(parts_of_package(file)["xl/vbaProject.bin"])
        assert set(sources) == {layout.WORKBOOK_CODE_NAME, *sheets, MODULE}
        read = [line for line in sources[MODULE].splitlines() if not line.startswith("Attribute VB_")]
        assert read == macros().splitlines()


def test_the_bytes_are_the_same_each_time() -> None:
    modules = [BOOK, SHEET, CODE]
    assert vba_project("Small", modules) == vba_project("Small", modules)


STARTS_A_PROGRAM = {
    "Environ": "where the user's application data are",
    "Open": "the one file there that says which program it is",
    "Shell": "starts it",
    "vbHide": "without a window",
    "applescript": "the end of the name of the script that a Mac starts it with",
}
SEEN_IN_ANY = {"Hex Strings", "Base64 Strings"}
"""What olevba takes each document module's own identifier for, and words of eight letters."""


@pytest.mark.parametrize("build", [built, build_add_in])
def test_what_scanners_find_suspicious_is_what_it_takes_to_start_a_program(build: Callable[[], bytes]) -> None:
    """xlwings.bas had 27 such words, and scanners quarantined workbooks for it (EXCEL-TRUTH 19)."""
    parser = VBA_Parser("Caseload", data=build())
    found = {word: f"{kind}: {why}" for kind, word, why in parser.analyze_macros()}
    parser.close()
    for word, why in sorted(found.items()):
        print(f"{word:16} {why}")
    assert found.keys() - SEEN_IN_ANY == STARTS_A_PROGRAM.keys()
    assert not [word for word, why in found.items() if why.startswith("AutoExec")]


@pytest.mark.parametrize("build", [built, build_add_in])
def test_nothing_of_xlwings_vba_is_left_and_nothing_reaches_beyond_the_workbook(build: Callable[[], bytes]) -> None:
    source = "\n".join(vba_sources(parts_of_package(build())["xl/vbaProject.bin"]).values()).casefold()
    for word in ("xlwings", "dictionary", "declare ", "vbcomponents", "vbproject", "kill", "createobject", " lib "):
        assert word not in source, word
    assert source.isascii()


def test_no_file_of_ours_takes_xlwings_vba() -> None:
    wrong = [
        path.name
        for folder in ("addin", "workbook", "server")
        for path in (Path(__file__).parents[2] / folder).rglob("*.py")
        if re.search(r"xlwings\.bas|Dictionary\.cls|RunPython", path.read_text("utf-8"))
    ]
    assert wrong == []


def test_a_signature_is_seen() -> None:
    add_in = build_add_in()
    signed = package(parts_of_package(add_in) | {"xl/vbaProjectSignatureV3.bin": b"x"})
    assert [is_signed(add_in), is_signed(signed), is_signed(b"none")] == [False, True, False]
