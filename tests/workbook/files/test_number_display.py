from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.files.number_display import covers, shown_text, shows_more, text_in_place_of


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        (4711, "000000", "004711"),
        (4711.0, "000000", "004711"),
        (0, "00000", "00000"),
        (1234567, "00000", "1234567"),
        (5, '"P"00000', "P00005"),
        (5, r"\P00000", "P00005"),
        (5, "P00000", "P00005"),
        (5, '0000"-X"', "0005-X"),
        (123456789, r"000\-00\-0000", "123-45-6789"),
        (12345678, "000-00-0000", "012-34-5678"),
        (10012345678, r"000\-00\-0000", "10012-34-5678"),
        (12345, r"[<=99999]00000;00000\-0000", "12345"),
        (123451234, r"[<=99999]00000;00000\-0000", "12345-1234"),
        (5551234, "[<=9999999]###-####;(###) ###-####", "555-1234"),
        (7, "[$-409]000", "007"),
        (7, "[$C-409]000", "C007"),
        (7, "[Red]000_)", "007"),
        (7, "* 000", "007"),
        (-5, "000", "-005"),
        (-5, "000;(000)", "(005)"),
        (5, "000;(000);000;@", "005"),
        (0, '000;-000;"none"', None),
        (5, "?000", "005"),
        (5, "0", "5"),
    ],
)
def test_a_number_reads_as_its_format_shows_it(value: float, number_format: str, shown: str | None) -> None:
    assert shown_text(value, number_format) == shown


@pytest.mark.parametrize(
    "number_format",
    ["General", "@", "0.00", "#,##0", "0%", "0.00E+00", "yyyy\\-mm\\-dd", "m/d/yyyy", "[h]:mm", "# ?/?", ";;;", "",
     '"text"', "0" * 300, "0;0;0;0;0"],
)  # fmt: skip
def test_any_other_format_shows_a_number_and_no_identifier(number_format: str) -> None:
    assert [shown_text(46082, number_format), shows_more(number_format)] == [None, False]


@pytest.mark.parametrize("value", [0.5, 1e15, 123456789012345678, True])
def test_what_is_no_whole_number_of_at_most_15_digits_has_no_identifiers_look(value: float) -> None:
    assert shown_text(value, "000000") is None


@pytest.mark.parametrize("number_format", ["0", "#"])
def test_a_format_of_bare_digits_shows_nothing_more(number_format: str) -> None:
    assert not shows_more(number_format)


@given(st.integers(0, 10**12), st.integers(1, 14))
def test_zeros_pad_to_their_number(value: int, places: int) -> None:
    assert shown_text(value, "0" * places) == str(value).zfill(places)


@given(st.integers(-(10**16), 10**16), st.text(max_size=40))
def test_no_format_breaks_it(value: int, number_format: str) -> None:
    shown = shown_text(value, number_format)
    assert shown is None or shows_more(number_format) or shown.lstrip("-") == str(abs(value))


@pytest.mark.parametrize(
    ("value", "number_format", "shown"),
    [
        ("001974", '0;0;0;"002187"', "002187"),
        ("001974", r"0;0;0;\a", "a"),
        ("001974", '0;0;0;"ID "@', None),
        ("001974", "0;0;0;General", None),
        ("001974", '"002187"', None),
        ("001974", ";;;", ""),
        (974, '"002187"', "002187"),
        (974, '"002187";"x"@', "002187"),
        (-3, '0;"002187"', "002187"),
        (-3, '"002187";"x"@', "002187"),
        (974, '[<5]"a";[<10]"b";"c"', "c"),
        (974, '"10"."31"."2026"', "10.31.2026"),
        (974, '"002187"#,,', "002187"),
        (102_102, '#,"K"', None),
        (974, "#,##0", None),
        (974, "[h]:mm", None),
        (974, "General", None),
        (974, "", None),
        (0, "0;-0;;@", None),
        (0, 'm/d/yyyy;;"10/31/2026"', "10/31/2026"),
    ],
)
def test_what_a_format_shows_in_place_of_a_value_is_told(value: float | str, number_format: str, shown: str) -> None:
    assert text_in_place_of(value, number_format) == shown
    assert shown is None or shown == "" or covers(number_format)


@pytest.mark.parametrize(
    "number_format", ["0;-0;;@", '_(* #,##0_);_(* \\(#,##0\\);_(* "-"_);_(@_)', "General", "m/d/yyyy;@"]
)
def test_the_formats_of_accounts_and_dates_cover_nothing(number_format: str) -> None:
    assert not covers(number_format)
