"""VBA's compression against the specification's examples ([MS-OVBA] 3.2) and another program's decompressor."""

from __future__ import annotations

import hashlib
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.macros import macros
from workbook.vba.compression import compressed

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from oletools.olevba import decompress_stream


def decompressed(container: bytes) -> bytes:
    return bytes(decompress_stream(bytearray(container)))


@pytest.mark.parametrize(
    ("text", "container"),
    [
        (
            "abcdefghijklmnopqrstuv.",
            "01 19 B0 00 61 62 63 64 65 66 67 68 00 69 6A 6B 6C 6D 6E 6F 70 00 71 72 73 74 75 76 2E",
        ),
        (
            "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
            "01 2F B0 00 23 61 61 61 62 63 64 65 82 66 00 70 61 67 68 69 6A 01 38 08 61 6B 6C 00 20 6D 6E 6F 70 06 "
            "71 02 70 04 00 72 73 74 75 76 10 77 78 79 7A 00 2C",
        ),
        ("a" * 73, "01 03 B0 02 61 45 00"),
    ],
    ids=["none", "normal", "most"],
)
def test_the_examples_of_the_specification_come_out_byte_for_byte(text: str, container: str) -> None:
    assert compressed(text.encode()) == bytes.fromhex(container)
    assert decompressed(bytes.fromhex(container)) == text.encode()


def test_nothing_is_a_container_without_a_chunk() -> None:
    assert compressed(b"") == b"\x01"


@given(st.text(alphabet="ab \r\n", max_size=9000).map(str.encode))
def test_text_of_any_length_comes_back_as_it_was(data: bytes) -> None:
    assert decompressed(compressed(data)) == data


@pytest.mark.parametrize("length", [4095, 4096, 4097, 8192, 12_289])
def test_chunks_end_where_they_should(length: int) -> None:
    data = (b"Public Sub x(control As Object)\r\n" * 400)[:length]
    assert decompressed(compressed(data)) == data


def test_a_chunk_that_does_not_shrink_is_stored_whole_and_filled_up() -> None:
    data = hashlib.shake_128(b"chance").digest(4090)
    container = compressed(data)
    assert container[1:3] == (0x3FFF).to_bytes(2, "little")
    assert decompressed(container) == data.ljust(4096, b"\0")


def test_our_own_module_comes_back_as_it_was_and_smaller() -> None:
    source = macros().encode("cp1252")
    assert decompressed(compressed(source)) == source
    assert len(compressed(source)) < len(source) * 0.6  # no two lines of it are alike
