"""The compound file against [MS-CFB], read by our own eyes and by two other programs."""

from __future__ import annotations

import io
import struct
import warnings
from pathlib import Path
from typing import NamedTuple

import compoundfiles
import olefile
import pytest

from tests.support.macro_template import built, parts_of_package
from workbook.vba.compound_file import compound_file

NONE = 0xFFFFFFFF
RED, BLACK = 0, 1


class Line(NamedTuple):
    name: str
    kind: int
    colour: int
    left: int
    right: int
    child: int


def header(file: bytes) -> dict[str, int]:
    names = "minor major order sector mini fat_sectors directory cutoff mini_fat mini_fat_sectors difat difat_sectors"
    values = struct.unpack_from("<HHHHH10xI I 4x I I I I I".replace(" ", ""), file, 24)
    return dict(zip(names.split(), values, strict=True))


def directory(file: bytes) -> list[Line]:
    """The lines in use, read by following the FAT by hand."""
    head = header(file)
    fat = [
        number
        for (sector,) in struct.iter_unpack("<I", file[76 : 76 + 4 * head["fat_sectors"]])
        for (number,) in struct.iter_unpack("<I", file[512 * (sector + 1) : 512 * (sector + 2)])
    ]
    raw, sector = b"", head["directory"]
    while sector != 0xFFFFFFFE:
        raw += file[512 * (sector + 1) : 512 * (sector + 2)]
        sector = fat[sector]
    lines = []
    for place in range(0, len(raw), 128):
        name, length, kind, colour, left, right, child = struct.unpack_from("<64sHBBIII", raw, place)
        if kind:
            lines.append(Line(name[: length - 2].decode("utf-16-le"), kind, colour, left, right, child))
    return lines


def test_the_header_says_what_version_3_must_say() -> None:
    file = parts_of_package(built())["xl/vbaProject.bin"]
    assert file[:8] == bytes.fromhex("D0CF11E0A1B11AE1")
    assert file[8:24] == bytes(16)
    head = header(file)
    assert {name: head[name] for name in ("minor", "major", "order", "sector", "mini", "cutoff")} == {
        "minor": 0x3E,
        "major": 3,
        "order": 0xFFFE,
        "sector": 9,
        "mini": 6,
        "cutoff": 4096,
    }
    assert (head["difat"], head["difat_sectors"]) == (0xFFFFFFFE, 0)
    assert len(file) % 512 == 0
    assert file[76 + 4 * head["fat_sectors"] : 512] == b"\xff" * (4 * (109 - head["fat_sectors"]))


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 40])
def test_siblings_form_a_red_black_tree_in_the_order_of_length_and_capitals(count: int) -> None:
    names = [f"{'x' * (number % 5)}Name{number}" for number in range(count)]
    lines = directory(compound_file(dict.fromkeys(names, b"1")))

    def walk(number: int, red_above: bool) -> tuple[list[str], int]:
        """The names below in order, and how many black lines every way down passes."""
        if number == NONE:
            return [], 0
        line = lines[number]
        assert not (red_above and line.colour == RED)
        before, left = walk(line.left, line.colour == RED)
        after, right = walk(line.right, line.colour == RED)
        assert left == right
        return [*before, line.name, *after], left + (line.colour == BLACK)

    top = lines[0].child
    assert lines[0].colour == BLACK == lines[top].colour
    assert walk(top, False)[0] == sorted(names, key=lambda name: (len(name), name.upper()))


def test_shorter_names_come_first_whatever_their_letters() -> None:
    lines = directory(compound_file({"PROJECTwm": b"", "VBA/dir": b"", "PROJECT": b"", "VBA/_VBA_PROJECT": b""}))
    assert [(line.name, line.kind) for line in lines] == [
        ("Root Entry", 5),
        ("VBA", 1),
        ("dir", 2),
        ("_VBA_PROJECT", 2),
        ("PROJECT", 2),
        ("PROJECTwm", 2),
    ]


SIZES = (0, 1, 63, 64, 65, 4095, 4096, 4097, 70_000)


@pytest.fixture
def streams() -> dict[str, bytes]:
    return {f"A/s{size}": bytes(number % 251 for number in range(size)) for size in SIZES} | {"top": b"t"}


def test_a_strict_reader_accepts_it_without_a_warning_and_gives_every_stream_back(
    tmp_path: Path, streams: dict[str, bytes]
) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(compound_file(streams))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with compoundfiles.CompoundFileReader(str(path)) as file:
            for name, content in streams.items():
                found = file.root
                for step in name.split("/"):
                    found = found[step]
                assert found.size == len(content)
                if content:
                    # Not closed by us: this library's streams cannot be closed twice, and their finalizer does it once.
                    assert file.open(found).read() == content


def test_another_reader_gives_every_stream_back_too(streams: dict[str, bytes]) -> None:
    with olefile.OleFileIO(io.BytesIO(compound_file(streams)), raise_defects=olefile.DEFECT_UNSURE) as file:
        assert {name: file.openstream(name).read() for name in streams} == streams
        assert file.parsing_issues == []


def test_a_file_of_many_sectors_describes_its_own_tables() -> None:
    content = bytes(range(256)) * 4096  # 2048 sectors: 17 sectors of FAT
    file = compound_file({"big": content, "small": b"s"})
    with olefile.OleFileIO(io.BytesIO(file), raise_defects=olefile.DEFECT_UNSURE) as read:
        assert read.openstream("big").read() == content
    assert header(file)["fat_sectors"] == 17


def test_what_the_header_cannot_describe_is_refused() -> None:
    with pytest.raises(ValueError, match="too large"):
        compound_file({"big": bytes(7_200_000)})


@pytest.mark.parametrize("name", ["", "a:b", "a!b", "a\\b", "x" * 32, "A/" + "x" * 32])
def test_a_name_that_the_format_does_not_take_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot hold the name"):
        compound_file({name: b"1"})


def test_a_name_may_have_31_characters() -> None:
    assert directory(compound_file({"x" * 31: b"1"}))[1].name == "x" * 31
