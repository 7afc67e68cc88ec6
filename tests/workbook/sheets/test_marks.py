"""What Validate writes into the workbook: blocks of plain values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbook.report import Counts, FixGroup, Preview, ProblemOut, Report, Suggestion
from workbook.sheets.marked_sheet import MarkedSheet
from workbook.sheets.marks import LEFT_OUT, Marks, cleared_marks, lay_out_marks
from workbook.sheets.pointers import read_pointer

HEADERS = ["Update or Insert", "Client ID", "Caseworker Name", "Start Date", "_row", "Row Status", "What to Do"]


def problem(
    row: int, column: str, code: str, value: str = "", message: str = "", severity: str = "error"
) -> ProblemOut:
    said = message or f"{column} {value} is wrong."
    return ProblemOut(row=row, column=column, code=code, severity=severity, value=value, message=said)  # type: ignore[arg-type]


def group(column: str, value: str, code: str, rows: list[int], *values: str, **more: Any) -> FixGroup:
    suggestions = [
        Suggestion(value=one, label=more.get("label", one), score=90, remembered=more.get("remembered", False))
        for one in values
    ]
    return FixGroup(column=column, value=value, code=code, count=len(rows), rows=rows, suggestions=suggestions)


def report(problems: list[ProblemOut], fixes: list[FixGroup] | None = None) -> Report:
    return Report(
        counts=Counts(rows=9, valid=0, errors=0, warnings=0),
        problems=problems,
        fixes=fixes or [],
        preview=Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=[]),
    )


def followed(marks: Marks, headers: Sequence[str] = HEADERS) -> dict[tuple[int, int], list[int | str | None]]:
    """(row, column) → the line of `_suggestions` that the formulas of the workbook find for the cell."""
    found = {}
    for index, (pointer,) in enumerate(marks.pointers):
        if pointer is not None:
            known = read_pointer(pointer)
            assert known is not None
            assert known.row == marks.first_row + index
            for header, line in known.lines.items():
                found[known.row, headers.index(header) + 1] = marks.suggestions[line - 1]
    return found


def test_a_flagged_cell_leads_to_its_severity_its_message_and_its_suggestions() -> None:
    marks = lay_out_marks(
        report(
            [problem(3, "Caseworker Name", "unknown-staff", "Dna", "No staff member is known as Dna.")],
            [group("Caseworker Name", "Dna", "unknown-staff", [3], "Dana Whitfield", "Diana Ross")],
        ),
        MarkedSheet(HEADERS, range(2, 5)),
    )
    said = "Did you mean Dana Whitfield or Diana Ross? Caseworker Name: No staff member is known as Dna."
    assert {cell: line[:8] for cell, line in followed(marks).items()} == {
        (3, 3): [2, said, 2, "Dana Whitfield", "Diana Ross", None, None, None]
    }
    assert [tuple(flag) for flag in marks.flags] == [(3, 3, "error", said)]


def test_blocks_cover_every_row_and_say_ok_where_nothing_is_wrong() -> None:
    marks = lay_out_marks(report([problem(4, "Start Date", "required")]), MarkedSheet(HEADERS, [2, 4, 6]))
    assert marks.statuses == [["✔ ok"], [None], ["✖ 1 error"], [None], ["✔ ok"]]
    assert marks.pointers == [[None], [None], ["4|Start Date|0000002"], [None], [None]]
    assert marks.messages == [[None], [None], ["Start Date  is wrong."], [None], [None]]


def test_a_row_counts_its_errors_and_a_warning_has_a_sign_of_its_own() -> None:
    marks = lay_out_marks(
        report(
            [
                problem(2, "Start Date", "required"),
                problem(2, "Caseworker Name", "required"),
                problem(2, "Start Date", "future-date", severity="warning"),
                problem(3, "Start Date", "future-date", severity="warning"),
            ]
        ),
        MarkedSheet(HEADERS, [2, 3]),
    )
    assert marks.statuses == [["✖ 2 errors"], ["▲ 1 warning"]]
    assert {cell: line[0] for cell, line in followed(marks).items()} == {(2, 3): 2, (2, 4): 2, (3, 4): 1}


def test_flags_stand_in_reading_order_for_next_error() -> None:
    marks = lay_out_marks(
        report(
            [
                problem(9, "Start Date", "required"),
                problem(9, "Participant ID", "required"),
                problem(2, "Start Date", "required"),
            ]
        ),
        MarkedSheet(HEADERS, range(2, 10)),
    )
    assert [(flag.row, flag.column) for flag in marks.flags] == [(2, 4), (9, 2), (9, 4)]


def test_two_problems_of_one_cell_share_its_mark_and_offer_at_most_five_values_once() -> None:
    marks = lay_out_marks(
        report(
            [problem(2, "Start Date", "one", "x"), problem(2, "Start Date", "two", "x")],
            [
                group("Start Date", "x", "one", [2], "a", "b", "c"),
                group("Start Date", "x", "two", [2], "b", "d", "e", "f"),
            ],
        ),
        MarkedSheet(HEADERS, [2]),
    )
    [line] = followed(marks).values()
    assert line[2:8] == [5, "a", "b", "c", "d", "e"]
    assert line[1] == (
        "• Did you mean a; b or c? Start Date x is wrong.  • Did you mean b; d or e? Start Date x is wrong."
    )


def test_rows_with_the_same_mistake_share_one_line_of_suggestions() -> None:
    rows = list(range(2, 1002))
    marks = lay_out_marks(
        report(
            [problem(row, "Caseworker Name", "unknown-staff", "Dna") for row in rows],
            [group("Caseworker Name", "Dna", "unknown-staff", rows, "Dana")],
        ),
        MarkedSheet(HEADERS, rows),
    )
    assert len(marks.suggestions) == 2
    assert len(followed(marks)) == 1000


def test_the_dropdown_gets_the_bare_value_and_the_message_what_tells_it_apart() -> None:
    marks = lay_out_marks(
        report(
            [problem(2, "Participant ID", "unknown-participant", "Jon", "No participant is known as Jon.")],
            [
                group(
                    "Participant ID",
                    "Jon",
                    "unknown-participant",
                    [2],
                    "00042",
                    label="Jon Roe · born 1990-02-03",
                    remembered=True,
                )
            ],
        ),
        MarkedSheet(HEADERS, [2]),
    )
    [line] = followed(marks).values()
    assert line[3] == "00042"
    assert marks.messages == [
        ["Did you mean 00042 (Jon Roe · born 1990-02-03, remembered)? Participant ID: No participant is known as Jon."]
    ]


def test_a_problem_of_a_column_that_the_sheet_lacks_marks_update_or_insert() -> None:
    marks = lay_out_marks(report([problem(2, "Program Name", "program-required")]), MarkedSheet(HEADERS, [2]))
    assert list(followed(marks)) == [(2, 1)]


def test_a_problem_of_the_record_is_told_without_a_column() -> None:
    told = "Jon Roe already has an open assignment."
    marks = lay_out_marks(
        report([problem(2, "Update or Insert", "already-open", "Insert", told)]), MarkedSheet(HEADERS, [2])
    )
    assert marks.messages == [[told]]


def test_what_the_report_says_of_the_whole_sheet_is_a_note_and_no_mark() -> None:
    marks = lay_out_marks(
        report([problem(1, "Shoe Size", "header-unknown", "Shoe Size", "Nobody knows.", "warning")]),
        MarkedSheet(HEADERS, [2]),
    )
    assert marks.notes == ["Nobody knows."]
    assert followed(marks) == {}


def test_a_left_out_row_is_shown_so_and_not_painted() -> None:
    marks = lay_out_marks(report([problem(2, "Start Date", "required")]), MarkedSheet(HEADERS, [2, 3], left_out=[2]))
    assert marks.statuses == [[LEFT_OUT], ["✔ ok"]]
    assert followed(marks) == {}


def test_earlier_marks_end_below_the_last_row_and_everywhere_when_cleared() -> None:
    marks = lay_out_marks(report([]), MarkedSheet(HEADERS, [2, 3], last_row=6))
    assert marks.pointers == [[None]] * 5
    cleared = cleared_marks(HEADERS, 4)
    assert [cleared.pointers, cleared.statuses, cleared.messages] == [[[None]] * 3] * 3


def test_marks_follow_our_columns_and_a_header_further_down() -> None:
    marks = lay_out_marks(
        report([problem(5, "Start Date", "required")]), MarkedSheet(["_row", "Start Date"], [5], first_row=5)
    )
    assert marks.columns == (5, 6, 1, 3, 4)
    assert marks.pointers == [["5|Start Date|0000002"]]
    assert list(followed(marks, ["_row", "Start Date"])) == [(5, 2)]


def test_no_text_that_a_person_typed_stands_first_in_a_cell() -> None:
    marks = lay_out_marks(
        report([problem(2, "Start Date", "not-a-date", "=1+1", "=1+1 is not a date.")]), MarkedSheet(HEADERS, [2])
    )
    assert marks.messages == [["Start Date: =1+1 is not a date."]]
