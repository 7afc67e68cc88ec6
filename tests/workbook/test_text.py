from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.matching import exact_key, text_of
from workbook.text import as_typed, is_blank, plain, repaired, visible


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("P00001\u200b", "P00001"),
        ("\ufeffP00002", "P00002"),
        ("\u200e Active \u200b \x1a", "Active"),
        ("\u00adA\u00ad", "A"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("A\u00a0 B", "A B"),
        ("Youth\u00adShelter", "Youth\u00adShelter"),
        ("\x00\x01A\x7f", "A"),
        ("\u200b", ""),
    ],
)
def test_what_nobody_sees_around_a_text_is_no_part_of_it(text: str, read: str) -> None:
    assert [plain(text), text_of(text), is_blank(text)] == [read, read, not read]


def test_canonically_equal_texts_are_one_text() -> None:
    for form in ("NFC", "NFD"):
        assert exact_key(unicodedata.normalize(form, "Sinéad Núñez")) == exact_key("SINÉAD NÚÑEZ")


@given(st.text())
def test_what_is_read_is_blank_only_where_the_text_is_and_stays_as_it_is(text: str) -> None:
    assert (plain(text) == "") == is_blank(text)
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Youth\u00adShelter", "Youth[soft hyphen]Shelter"),
        ("P0\u200b1", "P0[zero width space]1"),
        ("a\x01b", "a[character U+0001]b"),
        ("\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
        ("Núñez", "Núñez"),
    ],
)
def test_what_nobody_sees_inside_a_text_is_named(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ('="00123"', "00123"),
        ('="a ""b"""', 'a "b"'),
        ('=""', ""),
        ("'00123", "00123"),
        ("'3/1/2026", "3/1/2026"),
        ("'n Drang", "'n Drang"),
        ('="A"&"B"', '="A"&"B"'),
        ("=A1", "=A1"),
        ("O'Brien", "O'Brien"),
    ],
)
def test_a_text_that_is_guarded_from_excel_is_the_text(text: str, typed: str) -> None:
    assert as_typed(text) == typed


@pytest.mark.parametrize("name", ["José", "Núñez", "Sinéad O’Connor", "Ångström", "Đặng", "Łukasz", "Àlex", "Ólafur"])
def test_a_name_that_was_decoded_wrongly_is_repaired(name: str) -> None:
    wrong = "".join(
        bytes([byte]).decode("cp1252", "replace") if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else chr(byte)
        for byte in name.encode()
    )
    assert [repaired(wrong), repaired(name)] == [name, None]


@given(st.text())
def test_what_is_repaired_was_wrong(text: str) -> None:
    fixed = repaired(text)
    assert fixed is None or (fixed != text and len(fixed) < len(text))
