"""Rows that are no data: headers that were pasted again, and what the template has below its own (SPEC 3)."""

from __future__ import annotations

import pytest

from server.suggest.suggest import suggest
from tests.support.judged import HEADER, insert, problems, reference, row, verdict
from workbook.columns import ACTION, KINDS, SSN
from workbook.left_out import LEAVE_ROW_OUT
from workbook.sheet import Cell
from workbook.sheets.sample_row import INSTRUCTIONS, sample_row
from workbook.ssn import UNUSABLE


def headers_again(**cells: Cell) -> list[Cell]:
    """The headers as a row; what stands in the place of an SSN is not shown to the judge."""
    return [cells.get(header.replace(" ", "_"), UNUSABLE if header == SSN else header) for header in HEADER]


def offered(*rows: list[Cell]) -> list[tuple[str, bool]]:
    """What is offered for the one mistake in these rows, and whether it is sure."""
    [question] = verdict(*rows).questions.values()
    return [(one.value, one.is_sure) for one in suggest([question], reference(), ())[0]]


def test_headers_pasted_again_are_one_problem_whose_sure_answer_leaves_the_row_out():
    rows = insert(), headers_again(), insert(staff="Robert Smith")
    assert problems(*rows) == [[3, ACTION, "header-again"]]
    assert offered(*rows) == [(LEAVE_ROW_OUT, True)]


def test_other_spellings_of_the_headers_are_headers_too():
    said = {"Case_Number": "CASE NO", "Participant_ID": "Client ID", "Caseworker_Name": "Worker", "Start_Date": None}
    assert offered(insert(), headers_again(**said)) == [(LEAVE_ROW_OUT, True)]


@pytest.mark.parametrize("cell", [{"Start_Date": "2026-01-15"}, {"First_Name": "Mary"}, {"SSN": "a" * 64}])
def test_a_row_of_headers_that_says_something_else_too_is_not_left_out_unread(cell):
    rows = insert(), headers_again(**cell)
    assert problems(*rows) == [[3, ACTION, "header-again"]]
    assert offered(*rows) == [(LEAVE_ROW_OUT, False)]


def test_two_cells_that_say_their_header_make_no_row_of_headers():
    found = problems(insert(status="Status", relationship="Relationship"))
    assert [code for _row, _column, code in found] == ["unknown-value", "unknown-value"]


def test_what_is_called_as_a_column_in_a_row_of_data_is_data():
    """Three such cells among more that say something else."""
    found = problems(insert(first="First", last="Last Name", status="Status", reason="Reason"))
    assert "header-again" not in {code for _row, _column, code in found}


def test_headers_are_found_where_a_column_has_very_many_values():
    rows = [insert(id=f"Q{place}") for place in range(1100)]
    found = problems(*rows[:600], headers_again(), *rows[600:])
    assert [one for one in found if one[0] == 602] == [[602, ACTION, "header-again"]]


def test_a_sample_row_is_left_out_unread_only_as_long_as_nobody_wrote_into_it():
    names = [header for header in KINDS if header != SSN]
    sample = dict(zip(names, sample_row(names, {}), strict=True))
    whole: list[Cell] = [sample.get(header) for header in HEADER]
    assert offered(whole) == [(LEAVE_ROW_OUT, True)]
    assert offered([UNUSABLE if header == SSN else INSTRUCTIONS[header] for header in HEADER]) == [
        (LEAVE_ROW_OUT, True)
    ]
    whole[HEADER.index("Last Name")] = "Jones"
    assert problems(whole) == [[2, ACTION, "sample-left"]]
    assert offered(whole) == [(LEAVE_ROW_OUT, False)]


def test_of_a_sample_row_that_is_half_written_over_the_cells_to_clear_are_named():
    mine = insert()
    mine[HEADER.index("Case Number")] = "SAMPLE-4471"
    [problem] = verdict(mine).problems
    assert problem.message == (
        "This is the template's sample row, not data. If it is a row of yours by now, clear what the template wrote in "
        "Case Number. If not, delete the whole row, or leave it out."
    )


def test_a_row_of_the_template_is_told_apart_from_an_empty_one():
    assert problems(insert(), row(id=INSTRUCTIONS["Participant ID"])) == [[3, ACTION, "sample-left"]]
