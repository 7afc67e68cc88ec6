"""R6 and R7 of SPEC 4: enrollments, and the dates of a row."""

from __future__ import annotations

import re

from server.judge.reference import SiteRules
from tests.support.judged import insert, problems, update, verdict

# R6


def test_a_program_date_without_a_program_requires_one():
    assert problems(insert(program=None, program_start="2026-01-01")) == [[2, "Program ID", "program-required"]]


def test_an_insert_into_a_program_needs_enrollment_or_a_program_start_date():
    assert problems(
        insert(program="Family Support"),
        insert(program="Family Support", program_start="2026-01-01"),
    ) == [[2, "Program Name", "not-enrolled"]]


def test_an_insert_is_offered_the_programs_that_its_participant_is_in_on_its_start_date():
    def offered(start):
        asked = verdict(insert(id="P1", program="Food Bank", start=start)).questions
        (question,) = [one for one in asked.values() if one.code == "not-enrolled"]
        return question.answers

    assert offered("2024-06-01") == ("Family Support", "Youth Employment")
    assert offered("2026-01-15") == ("Youth Shelter", "Youth Employment")
    assert offered("2023-01-01") == ()
    assert offered("no date") == ("Youth Shelter", "Family Support", "Youth Employment")


def test_rows_of_one_program_whose_people_are_in_different_ones_are_different_questions():
    """No answer would be right for all."""
    asked = verdict(*(insert(id=one, program="Food Bank", start="2025-06-01") for one in ("P6", "P7", "P5", "P1")))
    assert {key[1]: (one.answers, one.rows) for key, one in asked.questions.items()} == {
        "Food Bank, fits Youth Shelter": (("Youth Shelter",), [2, 3]),
        "Food Bank": ((), [4]),
        "Food Bank, fits Youth Shelter or Youth Employment": (("Youth Shelter", "Youth Employment"), [5]),
    }


def test_a_row_below_the_one_that_enrolls_finds_the_enrollment():
    assert (
        problems(
            insert(program="Family Support", program_start="2026-01-01"),
            insert(program="Family Support", staff="Robert Smith"),
        )
        == []
    )


def test_a_program_end_date_needs_a_start():
    assert problems(
        insert(program="Family Support", program_end="2026-02-01"),
        insert(program="Family Support", staff="Robert Smith", program_start="2026-01-01", program_end="2026-02-01"),
        insert(program="Youth Shelter", program_end="2026-02-01"),
    ) == [[2, "Program Start Date", "program-start-required"]]


def test_a_program_end_date_ends_the_enrollment_for_the_rows_below():
    assert problems(
        update(id="P1", program_end="2026-05-31", program="Youth Shelter"),
        insert(id="P1", start="2026-06-01"),
    ) == [[3, "Start Date", "outside-enrollment"]]


def test_the_dates_of_an_assignment_lie_within_the_enrollment():
    assert problems(
        insert(start="2024-12-31"),
        insert(id="P6", staff="Robert Smith", start="2026-04-01"),
        insert(id="P6", staff="S7", start="2026-03-31"),
        update(id="P6", staff="Ana de la Cruz", end="2026-04-01"),
    ) == [
        [2, "Start Date", "outside-enrollment"],
        [3, "Start Date", "outside-enrollment"],
        [5, "End Date", "outside-enrollment"],
    ]


def test_no_program_means_no_enrollment():
    assert problems(insert(program=None, start="2001-01-01")) == []


def test_a_program_end_before_its_start_is_marked_on_the_end():
    assert problems(
        insert(program="Family Support", program_start="2026-02-01", program_end="2026-01-01", start="2026-02-01")
    ) == [[2, "Program End Date", "end-before-start"]]


# R7


def test_impossible_dates_and_two_digit_years_are_errors():
    assert problems(insert(start="31/02/2026"), insert(start="1/15/26", id="P3"), insert(start="soon", id="P1")) == [
        [2, "Start Date", "not-a-date"],
        [3, "Start Date", "ambiguous-date"],
        [4, "Start Date", "not-a-date"],
    ]


def test_the_order_of_day_and_month_is_the_sites():
    european = SiteRules("Agency", date_order="DMY")
    assert problems(insert(start="15/01/2026")) == [[2, "Start Date", "not-a-date"]]
    assert problems(insert(start="15/01/2026"), rules=european) == []


def test_every_sentence_says_days_in_the_sites_order():
    def said(*rows):
        return [
            [problem.message for problem in verdict(*rows, rules=SiteRules("Agency", date_order=order)).problems]
            for order in ("MDY", "DMY")
        ]

    for rows, days in (
        ((insert(start="2026-07-02"),), ["7/2/2026", "2/7/2026"]),
        ((update(end="2025-01-31"),), ["1/31/2025", "31/1/2025"]),
        ((insert(start="soon"),), ["6/30/2026", "30/6/2026"]),
    ):
        for messages, day in zip(said(*rows), days, strict=True):
            assert [day in message for message in messages] == [True]
            assert not re.search(r"\d{4}-\d{2}-\d{2}", messages[0])


def test_an_end_before_the_rows_or_the_stored_start_is_marked_on_the_end():
    assert problems(
        update(end="2025-01-31"),
        update(id="P3", staff="Ana de la Cruz", start="2025-05-01", end="2025-04-30"),
    ) == [[2, "End Date", "end-before-start"], [3, "End Date", "end-before-start"]]


def test_a_future_start_is_a_warning_and_a_future_end_an_error():
    found = verdict(insert(start="2026-07-01"), update(end="2026-07-01"))
    assert [[p.row, p.column, p.code, p.severity] for p in found.problems] == [
        [2, "Start Date", "future-date", "warning"],
        [3, "End Date", "future-date", "error"],
    ]
    assert found.wrong_rows == 1


def test_a_start_more_than_five_years_ahead_is_an_error_for_nobody_could_end_what_it_begins():
    for start, severity, answers in (
        ("2031-06-30", "warning", ()),
        ("2031-07-01", "error", ()),
        ("2206-03-11", "error", ("2026-03-11",)),
        ("2052-03-11", "error", ("2025-03-11",)),
        ("2224-02-29", "error", ()),
    ):
        found = verdict(insert(start=start))
        [problem] = found.problems
        [question] = found.questions.values()
        assert [problem.column, problem.code, problem.severity] == ["Start Date", "future-date", severity]
        assert "correct the date" in problem.message
        assert (question.answers, question.certain) == (answers, False)


def test_an_end_before_the_start_may_be_meant_with_day_and_month_exchanged_or_in_the_starts_year():
    def offered(**cells):
        (question,) = verdict(update(**cells)).questions.values()
        return [question.code, question.answers, question.certain]

    assert offered(end="2025-01-02") == ["end-before-start", ("2025-02-01",), False]
    assert offered(end="2025-01-03") == ["end-before-start", ("2025-03-01",), False]
    assert offered(end="2024-05-04") == ["end-before-start", ("2025-05-04",), False]
    assert offered(end="2025-01-31") == ["end-before-start", (), False]
