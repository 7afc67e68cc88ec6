"""Every cure is needed: taken out, the scenario that it is there for goes wrong."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import xlwings

from addin.book import Format, Operation
from addin.hosts import desk
from addin.hosts.document import Block
from addin.hosts.excel import filters, one_press, program, refusal, sheet, values, window
from addin.hosts.excel.book import ExcelBook
from addin.hosts.excel.sheet import ExcelSheet
from addin.hosts.fewer import together
from tests.support.excel import filter_scenarios, scenarios, workbook_scenarios
from tests.support.excel.world import World

Patch = pytest.MonkeyPatch


class Cure(NamedTuple):
    """`truth`: the line of EXCEL-TRUTH that it answers; `out` takes the cure out; `scenario` goes wrong then."""

    truth: int
    what: str
    out: Callable[[Patch], None]
    scenario: Callable[[World], None]
    systems: tuple[str, ...] = ("windows", "mac")


def _instead(owner: Any, name: str, other: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(owner, name, other)


def _formats_last(operations: Sequence[Operation]) -> list[Operation]:
    return sorted(together(operations), key=lambda one: isinstance(one, Format))


def _untrimmed(grid: Any) -> list[list[Any]]:
    used = grid.used()
    return grid.read(Block(1, 1, used.row + used.rows - 1, used.column + used.columns - 1))  # type: ignore[no-any-return]


def _seen_if_true(patch: Patch) -> None:
    known = ExcelSheet.__init__

    def begin(self: ExcelSheet, one: Any, name: str, visible: object, **named: Any) -> None:
        known(self, one, name, visible, **named)
        self.visible = bool(visible)

    patch.setattr(ExcelSheet, "__init__", begin)


def _by_place(self: ExcelBook, name: str, visible: object, one: Any) -> ExcelSheet:
    return ExcelSheet(one, name, visible, on_mac=self._on_mac, lift=self._lift, prepare=self._prepare)


def _without_the_window(patch: Patch) -> None:
    known = program.calling_book
    patch.setattr("addin.hosts.excel.window.calling_book", lambda called: known(replace(called, window=0)))


def _plain_xlwings(patch: Patch) -> None:
    patch.setattr(program, "load_xlwings", lambda: xlwings)


CURES = [
    Cure(
        1,
        "all rows are shown before a block is written",
        _instead(ExcelSheet, "_show_rows", lambda *_: None),
        filter_scenarios.the_right_rows_are_corrected_whatever_filter_is_on,
    ),
    Cure(
        1,
        "and so with a table",
        _instead(ExcelSheet, "_show_rows", lambda *_: None),
        filter_scenarios.the_filter_of_a_table_is_taken_off_and_set_again,
    ),
    Cure(
        1,
        "the filter is set again",
        _instead(filters.Lifted, "put_back", lambda _: ""),
        filter_scenarios.the_right_rows_are_corrected_whatever_filter_is_on,
    ),
    Cure(
        1,
        "what cannot be set again is said",
        _instead(filters.Lifted, "put_back", lambda _: ""),
        filter_scenarios.a_filter_by_colour_ends_and_it_is_said,
    ),
    Cure(
        1,
        "a criterion is compared after it was set",
        _instead(filters, "_is_set", lambda *_: True),
        filter_scenarios.a_filter_that_excel_takes_otherwise_ends_and_it_is_said,
    ),
    Cure(
        2,
        "what was read is compared before the write",
        _instead(desk, "_check_unmoved", lambda *_: None),
        scenarios.nothing_is_written_into_rows_that_were_sorted_meanwhile,
    ),
    Cure(
        2,
        "a sheet is held by its name",
        _instead(ExcelBook, "_grid", _by_place),
        scenarios.a_sheet_that_is_moved_meanwhile_gets_what_is_its_own,
        ("mac",),
    ),
    Cure(2, "one press at a time", _instead(one_press, "_lock", lambda _: True), scenarios.one_press_at_a_time),
    Cure(
        3,
        "a busy Excel is asked again",
        _instead(refusal, "_WAITS", ()),
        scenarios.a_cell_that_is_edited_for_a_moment_is_waited_for,
        ("windows",),
    ),
    Cure(
        3,
        "xlwings does not ask without end",
        _plain_xlwings,
        scenarios.a_cell_that_stays_edited_is_one_sentence,
        ("windows",),
    ),
    Cure(
        4,
        "texts are fetched for a row that is too short",
        _instead(
            ExcelSheet,
            "_read_texts",
            lambda _self, _row, block, found: [*map(values.incoming, found), *[None] * (block.columns - len(found))],
        ),
        scenarios.error_cells_stay_in_their_places,
        ("mac",),
    ),
    Cure(
        5,
        "every number of the range is an error",
        _instead(values, "_FIRST_ERROR", 0),
        scenarios.a_cell_with_one_of_the_newer_errors_is_marked,
        ("windows",),
    ),
    Cure(
        6,
        "the format comes before the values",
        _instead(desk, "together", _formats_last),
        scenarios.a_corrected_date_is_a_date_and_a_corrected_id_a_text,
    ),
    Cure(
        7,
        "an apostrophe is doubled",
        _instead(sheet, "outgoing", lambda value: value if isinstance(value, str) else values.outgoing(value)),
        scenarios.an_apostrophe_at_the_beginning_stays,
    ),
    Cure(8, "very hidden is hidden", _seen_if_true, scenarios.a_very_hidden_sheet_is_none_of_the_users, ("windows",)),
    Cure(
        9,
        "rows without a value are not filled",
        _instead(ExcelSheet, "contents", _untrimmed),
        scenarios.cells_that_are_only_formatted_are_not_filled,
    ),
    Cure(
        11,
        "a new sheet comes after the last that is seen",
        _instead(ExcelBook, "_last", lambda self: self.grids()[-1]),
        scenarios.new_sheets_stand_behind_those_that_are_seen,
        ("windows",),
    ),
    Cure(
        12,
        "Excel's reason is passed on",
        _instead(refusal, "_reason", lambda _: ""),
        scenarios.a_protected_sheet_says_why_and_that_nothing_was_changed,
    ),
    Cure(
        12,
        "it is said what was changed",
        _instead(desk, "_so_far", lambda *_: ""),
        scenarios.a_refusal_in_the_middle_says_what_was_changed_and_what_was_not,
    ),
    Cure(
        14,
        "a workbook without a place is no failure",
        _instead(ExcelBook, "path", property(lambda self: Path(self.book.fullname))),
        scenarios.a_workbook_in_the_cloud_needs_no_place_on_this_computer,
    ),
    Cure(
        17,
        "the window tells which of two is meant",
        _without_the_window,
        workbook_scenarios.of_two_workbooks_of_one_name_the_one_in_the_window_that_was_pressed_is_meant,
        ("windows",),
    ),
    Cure(
        17,
        "the process that a window belongs to is asked for",
        _instead(program, "_process_of", lambda _: None),
        workbook_scenarios.a_window_that_is_no_longer_in_front_still_tells_which_excel_is_meant,
        ("windows",),
    ),
    Cure(
        17,
        "another Excel is left alone",
        _instead(program, "_has_window", lambda *_: False),
        workbook_scenarios.another_excel_that_does_not_answer_is_in_nobodys_way,
        ("windows",),
    ),
    Cure(
        14,
        "xlwings reads no settings",
        _plain_xlwings,
        scenarios.a_sheet_of_the_workbook_does_not_say_where_files_go,
    ),
    Cure(
        17,
        "names are compared by their letters",
        _instead(program, "_plain", lambda name: name),
        workbook_scenarios.a_workbook_is_found_whatever_its_name,
    ),
    Cure(
        4,
        "a read too large for an Apple event is halved",
        _instead(sheet, "is_too_large", lambda _: False),
        scenarios.a_read_too_large_for_an_apple_event_is_made_in_parts,
        ("mac",),
    ),
    Cure(
        18,
        "the folder is named whose files Excel opens without asking",
        _instead(window, "_offices_folder", lambda: None),
        scenarios.of_a_file_that_excel_asks_about_it_is_said_where_it_would_not,
        ("mac",),
    ),
]
ELSEWHERE = {
    10: "nothing cures it: scenarios.what_was_to_be_undone_is_gone",
    13: "of Excel on the web, which no host of ours speaks with",
    15: "test_macros.test_what_is_started_really_starts_and_nothing_beside_the_workbook_is_run",
    16: "test_at_the_end_nothing_happens_to_other_excels, below",
}
"""The other lines of EXCEL-TRUTH on cells and workbooks, and where each is answered."""
WITHOUT = [(system, cure) for cure in CURES for system in cure.systems]


@pytest.mark.parametrize(
    ("system", "cure"), WITHOUT, ids=[f"{cure.truth}-{cure.what}-{system}" for system, cure in WITHOUT]
)
def test_without_its_cure_it_goes_wrong(cure: Cure, world: World) -> None:
    cure.out(world.monkeypatch)
    with pytest.raises((AssertionError, LookupError)):
        cure.scenario(world)


def test_every_line_on_cells_and_workbooks_is_answered() -> None:
    assert sorted({cure.truth for cure in CURES} | ELSEWHERE.keys()) == list(range(1, 19))


ENDING = """
import atexit, sys, types
import xlwings
half = types.ModuleType("xlwings.{half}")
half.N_COM_ATTEMPTS = 0
half.cleanup = atexit.register(lambda: print("{does}"))
sys.modules["xlwings.{half}"] = half
from addin.hosts.excel.program import load_xlwings
{without}
assert load_xlwings() is xlwings
"""


@pytest.mark.parametrize(("half", "does"), [("_xlwindows", "taskkill"), ("_xlmac", "run_VB_macro CleanUp")])
def test_at_the_end_nothing_happens_to_other_excels(half: str, does: str) -> None:
    """xlwings registers `taskkill /F` of every Excel without a workbook window (xlwings #2456, #2001), and on a Mac a
    run of each workbook's macro `CleanUp`, whosever it is (_xlmac, cleanup)."""

    def ended(without: str) -> str:
        code = ENDING.format(half=half, does=does, without=without)
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    assert ended("") == ""
    assert ended("atexit.unregister = lambda _: None") == does
