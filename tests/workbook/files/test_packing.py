from __future__ import annotations

import json
import struct
import zlib
from array import array
from datetime import date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbook.files.packing import SIZE_IN, pack, text_size, unpack
from workbook.sheet import Cell, CellError, Column, Sheet, SheetBuilder, sheet_of

CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(), st.text(st.characters(exclude_categories=())), st.integers(), st.floats(), st.booleans(), st.dates(),
    st.datetimes().map(lambda value: value.replace(fold=0)),
    st.times().map(lambda value: value.replace(fold=0)), st.text().map(CellError),
)  # fmt: skip


def seen(sheet: Sheet) -> list[object]:
    """All of a sheet, types and all, so that 1, 1.0 and True differ and not-a-number equals itself."""
    return [
        [
            (header, column.header, [(type(value), repr(value)) for value in column.values], list(column.codes))
            for header, column in sheet.columns.items()
        ],
        list(sheet.row_numbers), sheet.header_row, sheet.unknown_headers, sheet.extra_fields, sheet.versions,
    ]  # fmt: skip


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1))
def test_every_kind_of_cell_comes_back_as_it_was(rows: list[tuple[Cell, Cell]]) -> None:
    sheet = sheet_of(["Record Action", "Client ID", "Shoe Size"], [("Insert", *row) for row in rows], versions={2: 7})
    back = unpack(pack(sheet))
    assert seen(back) == seen(sheet)
    assert back.columns["Participant ID"].codes.typecode == "I"


def test_how_much_a_packed_sheet_says_is_told_by_its_first_bytes() -> None:
    rows = [["Insert", f"{row}" * 50] for row in range(100)]
    few, many = (pack(sheet_of(["Update or Insert", "Client ID"], some)) for some in (rows[:1], rows))
    assert text_size(few) < 1000 < 5000 < text_size(many) < 15_000
    assert text_size(many[:SIZE_IN]) == text_size(many)
    with pytest.raises(ValueError, match="not a packed sheet"):
        text_size(b"none")


def test_large_numbers_that_have_one_hash_are_not_compared_with_each_other() -> None:
    """A sheet of 9,000 of them took a second, and twice as many four."""
    numbers = [place * (2**61 - 1) for place in range(1, 1000)]
    builder = SheetBuilder(["Client ID"])
    builder.add_all((row, [cell]) for row, cell in enumerate([*numbers, *numbers, -numbers[0], True, 1, 1.0], 2))
    assert len({hash(number) for number in numbers}) == 1
    [(_position, column, codes)] = builder._takers
    assert column.values == [None, *numbers, -numbers[0], True, 1, 1.0]
    assert len({hash(key) for key in codes}) > 990
    assert [type(value) for value in column.values[-3:]] == [bool, int, float]


def test_the_sheets_own_facts_travel_too() -> None:
    sheet = sheet_of(["Update or Insert", "Shoe Size"], [["Insert", 42, "extra"]], [412], {412: 3})
    assert unpack(pack(sheet)).records == {}
    sheet.records = {412: 17}
    back = unpack(pack(sheet))
    assert back.records == {412: 17}
    assert [back.unknown_headers, back.extra_fields, back.versions, list(back.row_numbers)] == [
        ["Shoe Size"], {0: 1}, {412: 3}, [412],
    ]  # fmt: skip


def test_what_version_2_tells_besides_travels_too() -> None:
    builder = SheetBuilder(["Update or Insert", "", "Program/Service"], 3, title="Changes", fields_count=True)
    builder.add_all([(4, ["Insert", "x", "YES", ""]), (5, ["Insert", None])])
    sheet = builder.sheet(hidden_rows=[3, 5], hidden_columns=[1])
    back = unpack(pack(sheet))
    assert [back.title, back.header_row, back.hidden_rows, back.empty_fields, back.header_found] == [
        "Changes", 3, [5], {0: 1}, True,
    ]  # fmt: skip
    assert [back.header_hidden, back.hidden_columns, back.nameless] == [True, {"A": "Update or Insert"}, ["B"]]
    [unclear] = back.unclear.values()
    assert [unclear.likely, unclear.column.values, list(unclear.column.codes)] == [
        ("Program Name", "Program ID"), [None, "YES"], [1, 0],
    ]  # fmt: skip


def test_what_an_earlier_version_packed_is_read() -> None:
    raw = zlib.decompress(pack(sheet_of(["SSN"], [["1"]])))
    (length,) = struct.unpack_from("<Q", raw)
    head = json.loads(raw[8 : 8 + length])
    added = ("hidden_columns", "header_hidden", "nameless")
    for member in ("title", "empty_fields", "hidden_rows", "unclear", "answered", "header_found", *added):
        del head[member]
    text = json.dumps({**head, "version": 1}).encode()
    back = unpack(zlib.compress(struct.pack("<Q", len(text)) + text + raw[8 + length :]))
    assert [back.cell("SSN", 0), back.title, back.unclear] == ["1", "", {}]


@pytest.mark.parametrize("distinct", [1, 255, 256, 257, 65_535, 65_536, 65_537])
def test_codes_of_every_width_come_back(distinct: int) -> None:
    values: list[Cell] = [None, *range(1, distinct)]
    codes = array("I", range(distinct))
    sheet = Sheet({"SSN": Column("SSN", values, codes)}, array("I", range(2, distinct + 2)))
    assert seen(unpack(pack(sheet))) == seen(sheet)


def test_a_sheet_without_known_columns_keeps_its_rows() -> None:
    sheet = sheet_of(["Shoe Size"], [[42]])
    assert seen(unpack(pack(sheet))) == seen(sheet)


@pytest.mark.parametrize("data", [b"", b"nonsense", zlib.compress(b"short"), zlib.compress(b"\x02" + bytes(7) + b"{}")])
def test_what_is_no_packed_sheet_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        unpack(data)


def test_a_packed_sheet_that_ends_early_is_refused() -> None:
    whole = zlib.decompress(pack(sheet_of(["SSN"], [["1"], ["2"]])))
    with pytest.raises(ValueError, match="ends early"):
        unpack(zlib.compress(whole[:-1]))


def test_dates_and_times_keep_their_types() -> None:
    sheet = sheet_of(["Start Date"], [[date(2026, 1, 31)], [datetime(2026, 1, 31)], [time(1)], [CellError("#N/A")]])
    values = unpack(pack(sheet)).columns["Start Date"].values
    assert values == [None, date(2026, 1, 31), datetime(2026, 1, 31), time(1), CellError("#N/A")]
