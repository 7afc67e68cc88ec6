"""Build the streams of a VBA project from module sources ([MS-OVBA] 2.2, 2.3).

Source only: `_VBA_PROJECT` carries the version 0xFFFF and no performance cache, each module stream begins with its
source, and Office compiles on opening. Nothing depends on the computer or the hour: the bytes are the same each time.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from workbook.vba.compound_file import compound_file
from workbook.vba.compression import compressed

WORKBOOK_BASE: Final = "0{00020819-0000-0000-C000-000000000046}"
SHEET_BASE: Final = "0{00020820-0000-0000-C000-000000000046}"
"""What a document module is an instance of: its VB_Base."""

Kind = Literal["document", "standard"]
_PROJECT_LINES: Final[dict[Kind, str]] = {
    "document": "Document={}/&H00000000",
    "standard": "Module={}",
}
_CODE_PAGE: Final = 1252
_PROJECT_VERSION: Final = (1, 0)
_PROJECT_ID: Final = "{3A0E6C3B-7F0D-5E62-9A54-0C6F0D6C5A11}"
"""The project's own identifier; its sum is the key of the three obfuscated fields."""
_VBA_PROJECT: Final = bytes.fromhex("CC61 FFFF 00 0100")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,30}")
_ENCRYPTION_VERSION: Final = 2
_SEED: Final = 0
"""Any byte will do ([MS-OVBA] 2.4.3.1); with this one no filling follows the key."""
_DOCUMENT_ATTRIBUTES: Final = (
    ("GlobalNameSpace", False),
    ("Creatable", False),
    ("PredeclaredId", True),
    ("Exposed", True),
    ("TemplateDerived", False),
    ("Customizable", True),
)


@dataclass(frozen=True, slots=True)
class Module:
    """A module: `source` as its stream holds it, attributes first, lines ending in CR LF."""

    name: str
    kind: Kind
    source: str


def document_module(name: str, base: str, code: str = "") -> Module:
    """The module of a sheet or of the workbook, named as its code name is. `code`: its own, without attributes."""
    lines = [f'Attribute VB_Name = "{name}"', f'Attribute VB_Base = "{base}"']
    lines += [f"Attribute VB_{attribute} = {value}" for attribute, value in _DOCUMENT_ATTRIBUTES]
    return Module(name, "document", _joined([*lines, *code.splitlines()]))


def standard_module(name: str, code: str) -> Module:
    """A module of procedures. `code`: without attributes."""
    return Module(name, "standard", _joined([f'Attribute VB_Name = "{name}"', *code.splitlines()]))


def vba_project(name: str, modules: Sequence[Module]) -> bytes:
    """`vbaProject.bin`. `modules` in the order in which the editor shall list them.

    Raises ValueError for a name that VBA does not take (a letter, then letters, digits and _, 31 in all), for one
    that is there twice in any case, and UnicodeEncodeError for source beyond Windows-1252.
    """
    for one in (name, *(module.name for module in modules)):
        if not _NAME.fullmatch(one):
            raise ValueError(f"VBA takes no module or project by the name {one!r}.")
    if len({module.name.casefold() for module in modules}) < len(modules):
        raise ValueError("Two modules have one name.")
    streams = {
        "PROJECT": _project_stream(name, modules),
        "PROJECTwm": _names_stream(modules),
        "VBA/_VBA_PROJECT": _VBA_PROJECT,
        "VBA/dir": compressed(_dir_stream(name, modules)),
    }
    for module in modules:
        streams[f"VBA/{module.name}"] = compressed(_bytes(module.source))
    return compound_file(streams)


def _dir_stream(name: str, modules: Sequence[Module]) -> bytes:
    """Records of an identifier, a length and that many bytes (2.3.4.2). No reference: what every project has, VBA
    and Excel, is not written down, and the callbacks do without the type library of Office."""
    major, minor = _PROJECT_VERSION
    records = [
        _record(0x01, _four(3)),  # 64-bit Windows, as Office writes it on every system
        _record(0x02, _four(0x409)),
        _record(0x14, _four(0x409)),
        _record(0x03, _two(_CODE_PAGE)),
        _record(0x04, _bytes(name)),
        _record(0x05) + _record(0x40),  # description, in both encodings
        _record(0x06) + _record(0x3D),  # help file
        _record(0x07, _four(0)),
        _record(0x08, _four(0)),
        # The version's length is said to be 4, though six bytes follow (2.3.4.2.1.11).
        _two(0x09) + _four(4) + _four(major) + _two(minor),
        _record(0x0C) + _record(0x3C),  # conditional compilation constants
        _record(0x0F, _two(len(modules))),
        _record(0x13, _two(0xFFFF)),
    ]
    for module in modules:
        narrow, wide = _bytes(module.name), module.name.encode("utf-16-le")
        records += [
            _record(0x19, narrow) + _record(0x47, wide),
            _record(0x1A, narrow) + _record(0x32, wide),  # the stream is called as the module is
            _record(0x1C) + _record(0x48),
            _record(0x31, _four(0)),  # where its source begins
            _record(0x1E, _four(0)),
            _record(0x2C, _two(0xFFFF)),
            _record(0x21 if module.kind == "standard" else 0x22),
            _record(0x2B),
        ]
    records.append(_record(0x10))
    return b"".join(records)


def _project_stream(name: str, modules: Sequence[Module]) -> bytes:
    """The project's properties as text (2.3.1): open to everybody, without a password."""
    lines = [f'ID="{_PROJECT_ID}"']
    lines += [_PROJECT_LINES[module.kind].format(module.name) for module in modules]
    lines += [
        f'Name="{name}"',
        'HelpContextID="0"',
        'VersionCompatible32="393222000"',
        f'CMG="{_obfuscated(bytes(4))}"',
        f'DPB="{_obfuscated(bytes(1))}"',
        f'GC="{_obfuscated(bytes([0xFF]))}"',
        "",
        "[Host Extender Info]",
        "&H00000001={3832D640-CF90-11CF-8E43-00A0C911005A};VBE;&H00000000",
        "",
        "[Workspace]",
        *(f"{module.name}=0, 0, 0, 0, C" for module in modules),
    ]
    return _bytes(_joined(lines))


def _names_stream(modules: Sequence[Module]) -> bytes:
    """Each module's name in both encodings, not compressed, in the order of `dir` (2.3.3)."""
    pairs = (_bytes(module.name) + b"\0" + module.name.encode("utf-16-le") + b"\0\0" for module in modules)
    return b"".join(pairs) + b"\0\0"


def _obfuscated(data: bytes) -> str:
    """Data Encryption, which hides nothing (2.4.3.2), as hexadecimal digits."""
    key = sum(_PROJECT_ID.encode("ascii")) & 0xFF
    hidden = [_SEED, _SEED ^ _ENCRYPTION_VERSION, _SEED ^ key]
    last = key
    for byte in (*_four(len(data)), *data):
        hidden.append(byte ^ (hidden[-2] + last & 0xFF))
        last = byte
    return bytes(hidden).hex().upper()


def _record(identifier: int, content: bytes = b"") -> bytes:
    return struct.pack("<HI", identifier, len(content)) + content


def _two(number: int) -> bytes:
    return struct.pack("<H", number)


def _four(number: int) -> bytes:
    return struct.pack("<I", number)


def _bytes(text: str) -> bytes:
    return text.encode("cp1252")


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
