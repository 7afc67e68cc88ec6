"""A row's pointer says which of its cells are wrong, and is read back as it was written."""

from __future__ import annotations

import pytest

from workbook.sheets.pointers import Pointer, pointer_of, read_pointer


@pytest.mark.parametrize(
    "lines",
    [
        {"Caseworker Name": 12},
        {"Caseworker Name": 12, "Start Date": 7},
        {"Start\nDate": 2, "Sum | Rest": 1_048_576, "*": 3, "0000007": 4},
    ],
)
def test_what_is_written_is_read_again(lines: dict[str, int]) -> None:
    assert read_pointer(pointer_of(17, lines)) == Pointer(17, lines)


def test_it_is_as_long_as_a_cell_at_most() -> None:
    text = pointer_of(2, {f"{n:03}{'x' * 200}": n + 2 for n in range(500)})
    known = read_pointer(text)
    assert known is not None
    assert len(text) <= 8_000
    assert len(known.lines) > 30


@pytest.mark.parametrize(
    "cell",
    [None, "", 2, 2.0, True, "2", "_row", "x|Start Date|0000002", "2|Start Date|2", "2|" + "|0000001" * 4000 + "x"],
)
def test_what_somebody_else_wrote_there_says_nothing(cell: object) -> None:
    assert read_pointer(cell) is None
