"""Where things stand in our own workbook."""

from __future__ import annotations

import subprocess
import sys

import pytest

from workbook import layout
from workbook.columns import KINDS, OWN_HEADERS, TemplateChoice, template_headers


def test_own_columns_stand_behind_the_data_of_a_sheet_that_has_none_yet() -> None:
    assert layout.own_columns(["A", "B", "C"]) == layout.OwnColumns(7, 8, 4, 5, fixed=6)


def test_own_columns_are_found_wherever_they_were_moved_and_however_they_are_spelled() -> None:
    headers = ["ROW STATUS", "Participant ID", "_ROW", "Start Date", "what to do"]
    assert layout.own_columns(headers) == layout.OwnColumns(1, 5, 3, origin=6, fixed=7)


def test_a_lost_own_column_stands_to_the_right_of_everything() -> None:
    assert layout.own_columns(["Participant ID", "_row", "_origin", "_fixed", "What to Do", "Notes"]).status == 7


def test_a_column_is_found_by_any_of_its_names() -> None:
    assert layout.column_of("Participant ID", ["Notes", "Client ID"]) == 2
    assert layout.column_of("SSN", ["Notes", "Client ID"]) is None


@pytest.mark.parametrize("header", KINDS)
def test_all_columns_but_dates_are_text_so_that_leading_zeros_stay(header: str) -> None:
    assert layout.number_format(header) == ("yyyy-mm-dd" if KINDS[header] == "date" else "@")


def test_every_own_header_has_its_place_in_the_template_and_the_data_sheet_is_leftmost() -> None:
    assert set(layout.TEMPLATE_OWN_HEADERS) == set(OWN_HEADERS)
    assert next(iter(layout.CODE_NAMES)) == layout.DATA_SHEET
    assert len({name.casefold() for name in layout.CODE_NAMES.values()}) == len(layout.CODE_NAMES)
    assert set(layout.HIDDEN_SHEETS) < set(layout.CODE_NAMES)


def test_lists_belong_to_columns_that_a_template_can_have() -> None:
    possible = {
        header
        for program in ("id", "name")
        for caseworker in ("staff_id", "name", "first_last")
        for header in template_headers(TemplateChoice(program, caseworker), [])
    }
    assert set(layout.LIST_NAMES) <= possible


def test_what_runs_beside_the_spreadsheet_does_not_load_openpyxl() -> None:
    """It is heavy, and not everywhere where the add-in's commands run."""
    sheets = (f"sheets.{name}" for name in ("sample_row", "marks", "fix_sheet", "log_sheet", "help_sheet"))
    modules = ("layout", "lists", *sheets)
    imports = "; ".join(f"import workbook.{name}" for name in modules)
    asked = f"import sys; {imports}; print('openpyxl' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
