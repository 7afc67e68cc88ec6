"""A message is said of a group only where it is that of all its rows (SPEC 5)."""

from __future__ import annotations

from workbook.group_words import GroupWords
from workbook.problems import PROBLEM_KINDS
from workbook.report import Counts, FixGroup, ProblemOut, Report

OUTSIDE = PROBLEM_KINDS["outside-enrollment"]


def outside(row: int, enrollment: str, program: str = "Youth Shelter") -> ProblemOut:
    said = OUTSIDE.says(column="Start Date", value="2020-01-01", program=program, enrollment=enrollment)
    return ProblemOut(
        row=row, column="Start Date", code=OUTSIDE.code, severity="error", value="2020-01-01", message=said
    )


def words(*problems: ProblemOut, value: str = "2020-01-01") -> tuple[GroupWords, FixGroup]:
    counts = Counts(rows=9, valid=0, errors=len(problems), warnings=0)
    rows = [one.row for one in problems]
    group = FixGroup(
        column=problems[0].column, value=value, code=problems[0].code, count=len(rows), rows=rows, suggestions=[]
    )
    return GroupWords(Report(counts=counts, problems=list(problems), fixes=[group], preview=None)), group


def test_what_is_true_of_all_rows_is_said_as_it_is() -> None:
    told, group = words(outside(4, "2025-01-01 to today"), outside(9, "2025-01-01 to today"))
    assert told.sentence(group) == outside(4, "2025-01-01 to today").message


def test_rows_that_are_wrong_in_different_ways_are_told_how_many_they_are_and_what_differs() -> None:
    told, group = words(outside(4, "2025-01-01 to today"), outside(9, "2024-03-01 to today"))
    assert told.sentence(group, "See there.") == (
        "The date of an assignment with a program must lie within the enrollment. 2 rows, which differ in the "
        "enrollment. See there."
    )
    told, group = words(outside(4, "2025-01-01 to today"), outside(9, "2024-03-01 to today", "Food Bank"))
    assert "2 rows, which differ in the program and the enrollment. Row 4:" in told.sentence(group)


def test_where_nobody_sees_the_messages_beside_the_rows_some_are_told() -> None:
    told, group = words(*(outside(row, f"2025-01-0{row} to today") for row in (4, 5, 6, 7)))
    sentence = told.sentence(group)
    assert [row for row in (4, 5, 6, 7) if f"Row {row}: Start Date 2020-01-01 lies outside" in sentence] == [4, 5, 6]
    assert sentence.endswith("And so on.")


def test_a_message_that_does_not_look_like_its_kind_is_told_all_the_same() -> None:
    problems = [outside(4, "x").model_copy(update={"message": "One."}), outside(5, "x")]
    told, group = words(*problems)
    assert "2 rows, each for itself. Row 4: One." in told.sentence(group)


def test_the_value_is_what_stands_in_the_cells_whatever_a_group_is_called() -> None:
    told, group = words(outside(4, "x"), value="2020-01-01, fits 2021-01-01")
    assert told.value(group) == "1/1/2020"
    told, group = words(outside(4, "x"), outside(5, "x").model_copy(update={"value": "1/1/2020"}), value="both")
    assert told.value(group) == "both"
