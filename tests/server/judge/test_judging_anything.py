"""Whatever a sheet's cells hold, judging says what is wrong with its rows, and never breaks (SPEC 4)."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.judged import HEADER, sheet, verdict
from workbook.sheet import Cell, CellError, is_filled

KNOWN: list[Cell] = [
    "Insert", "Update", "P1", "p2", "007", "Mary", "Jones", "O'Brien Smith", "1990-02-03", "C1", "SH",
    "Youth Shelter", "Twin Program", "Old Program", "2025-01-01", "2026-05-31", "S1", "Robert Smith", "Smith, Robert",
    "Eva Twin", "Robert", "Smith", "Primary", "Backup", "Active", "Completed", "Lapsed", "31/02/2026", "13/13/26", "  ",
]  # fmt: skip
odd: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.text(max_size=30),
    st.text("x", min_size=250, max_size=260),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.builds(CellError, st.sampled_from(["#N/A", "a formula without a value"])),
)
cells: st.SearchStrategy[Cell] = st.one_of(st.none(), st.sampled_from(KNOWN), st.sampled_from(KNOWN), odd)
rows = st.lists(st.lists(cells, min_size=len(HEADER), max_size=len(HEADER)), min_size=1, max_size=6)


def is_blank(row: list[Cell]) -> bool:
    return not any(is_filled(cell) for cell in row)


@settings(max_examples=150, deadline=None)
@given(rows=rows)
def test_every_row_is_either_wrong_for_a_reason_or_planned(rows: list[list[Cell]]) -> None:
    filled = [row for row in rows if not is_blank(row)]
    if not filled:
        return
    found = verdict(*filled)
    marked = {problem.row for problem in found.problems if problem.severity == "error"}
    assert marked <= set(sheet(*filled).row_numbers)
    assert found.wrong_rows == len(marked)
    plan = found.plan
    changes = (plan.begins, plan.ends, plan.enrollment_begins, plan.enrollment_ends)
    assert not {one.row_index + 2 for some in changes for one in some} & marked


@settings(max_examples=40, deadline=None)
@given(rows=rows)
def test_the_same_sheet_is_judged_the_same(rows: list[list[Cell]]) -> None:
    filled = [row for row in rows if not is_blank(row)]
    if filled:
        assert verdict(*filled).problems == verdict(*filled).problems
