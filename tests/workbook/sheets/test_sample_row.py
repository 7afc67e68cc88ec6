"""The template's own rows are known again by their content, and real data is never taken for them (SPEC 3)."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from workbook.columns import ACTION, BIRTH_DATE, FIRST_NAME, KINDS, LAST_NAME, RELATIONSHIP, STATUS
from workbook.dates import read_date
from workbook.sheets.sample_row import INSTRUCTIONS, instruction_row, sample_row, what_is_left

ALL = list(KINDS)
NOT_TELLING = {ACTION, RELATIONSHIP, STATUS, "Start Date", "Date of Birth", "Program Start Date"}


@pytest.mark.parametrize("header", ALL)
def test_every_cell_of_the_instruction_row_gives_it_away_alone(header: str) -> None:
    assert what_is_left(header, instruction_row([header])[0]) == "instruction row"


def test_every_text_of_the_sample_row_but_real_values_gives_it_away_alone() -> None:
    cells = dict(zip(ALL, sample_row(ALL, {}), strict=True))
    told = {header for header, cell in cells.items() if cell is not None and what_is_left(header, str(cell))}
    assert told == {header for header, cell in cells.items() if cell is not None} - NOT_TELLING


def test_case_and_stray_spaces_do_not_hide_them() -> None:
    assert what_is_left("Participant ID", "  sample-00042 ") == "sample row"
    assert what_is_left(FIRST_NAME, "MARIA  (Sample)") == "sample row"
    assert what_is_left("Start Date", INSTRUCTIONS["Start Date"].upper()) == "instruction row"


def test_a_cell_that_was_moved_to_another_column_is_still_known() -> None:
    assert what_is_left(LAST_NAME, "Maria (sample)") == "sample row"
    assert what_is_left(FIRST_NAME, INSTRUCTIONS[LAST_NAME]) == "instruction row"


@pytest.mark.parametrize(
    ("header", "text"),
    [
        (FIRST_NAME, "Sample"),
        (LAST_NAME, "Sample"),
        (LAST_NAME, "Maria Sample"),
        (FIRST_NAME, "Maria"),
        (LAST_NAME, "Lopez"),
        ("Participant ID", "SAMPLE"),
        ("Participant ID", "SAMPLE-00043"),
        ("Program Name", "Sample-Staff"),
        ("Program Name", "Youth Shelter"),
        (ACTION, "Insert"),
        (RELATIONSHIP, "Primary"),
        (STATUS, "Active"),
        ("Caseworker Name", "Alex Rivera"),
        (FIRST_NAME, ""),
    ],
)
def test_real_data_is_never_taken_for_the_sample(header: str, text: str) -> None:
    assert what_is_left(header, text) is None


def test_the_sample_is_a_valid_insert_with_the_sites_own_values() -> None:
    row = dict(zip(ALL, sample_row(ALL, {RELATIONSHIP: ["Mentor", "Backup"], STATUS: ["Open"]}), strict=True))
    assert [row[ACTION], row[RELATIONSHIP], row[STATUS]] == ["Insert", "Mentor", "Open"]
    assert row["End Date"] is None
    assert row["Reason for Dismissal"] is None
    assert read_date(row[BIRTH_DATE], "MDY") == "1990-05-17"
    assert all(isinstance(row[header], date) for header in (BIRTH_DATE, "Start Date", "Program Start Date"))


def test_a_csv_that_lost_its_quotation_marks_keeps_them_known() -> None:
    """No text holds a comma, and all is ASCII: neither splitting nor any encoding can change it."""
    for row in (instruction_row(ALL), sample_row(ALL, {})):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        assert line.getvalue().isascii()
        assert line.getvalue().rstrip("\r\n").count(",") == len(ALL) - 1
