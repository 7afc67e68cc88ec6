"""The sheet Remembered: what the site remembers, and what its user wants forgotten."""

from __future__ import annotations

from workbook.report import RememberedFix
from workbook.sheets.remembered_sheet import FORGET, HEADERS, lay_out_remembered, read_to_forget


def fix(number: int, code: str = "unknown-staff") -> RememberedFix:
    return RememberedFix(
        id=f"id{number}", column="Caseworker Name", value=f"Boss {number}", code=code, replacement="Carla Ruiz",
        by="Alice Admin", at="2026-02-03T04:05:06.000Z",
    )  # fmt: skip


def test_each_fix_is_a_line_with_its_problem_in_words(new_york: None) -> None:
    [header, line, bare] = lay_out_remembered([fix(1), fix(2, "")], "MDY")
    assert header == list(HEADERS)
    assert line == [
        "Caseworker Name",
        "Boss 1",
        "No staff member has that ID or name.",
        "Carla Ruiz",
        "Alice Admin",
        "2/2/2026 23:05 EST",
        None,
        "id1",
    ]
    assert bare[2] == ""


def test_what_is_to_be_forgotten_is_found_wherever_lines_and_columns_were_moved() -> None:
    grid = lay_out_remembered([fix(number) for number in range(4)], "MDY")
    place = HEADERS.index(FORGET)
    for line, said in zip(grid[1:], ("Yes", "no", None, " x "), strict=True):
        line[place] = said
    moved = [line[::-1] for line in (grid[0], *reversed(grid[1:]))]
    assert read_to_forget(moved) == ["id3", "id0"]


def test_another_sheet_holds_nothing_to_forget() -> None:
    assert read_to_forget([]) == []
    assert read_to_forget([["Forget? (Yes)", "Name"], ["Yes", "Bob"]]) == []


def test_days_stand_in_the_sites_order_and_moments_in_the_readers_time(new_york: None) -> None:
    known = fix(1).model_copy(
        update={"column": "Start Date", "value": "2026-02-31", "replacement": "2026-02-28",
                "corrected": "2026-07-01T12:00:00.000Z"}
    )  # fmt: skip
    [_, line] = lay_out_remembered([known], "DMY")
    assert [line[1], line[3], line[5]] == [
        "2026-02-31",
        "28/2/2026",
        "2/2/2026 23:05 EST, corrected again 1/7/2026 08:00 EDT",
    ]
