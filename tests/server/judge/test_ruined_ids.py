"""IDs that Excel has changed: told as what happened to them, and never taken for somebody's (SPEC 3)."""

from __future__ import annotations

from server.judge.reference import Participant, Program, Staff
from tests.support.judged import PARTICIPANTS, PROGRAMS, STAFF, insert, verdict
from workbook.sheet import CellError

FORMULA, ERROR = CellError("a formula without a value"), CellError("#N/A")
LONG = "1234567890123456"
ROUNDED = 1234567890123450.0


def found(*rows, **others):
    """(column, code, suggested) of every problem, and whether its message says what to do about Excel."""
    result = verdict(*rows, **others)
    return [
        (one.column, one.code, result.questions[one.column, one.value, one.code].answers, "format Text" in one.message)
        for one in result.problems
    ]


def test_a_rounded_number_is_nobody_even_where_somebody_has_it():
    people = (*PARTICIPANTS, Participant(120, "1234567890123450", "Tim", "Long", "", "", ""))
    assert found(insert(id=ROUNDED), participants=people) == [("Participant ID", "unknown-participant", (), True)]
    assert found(insert(id="1234567890123450", program=None), participants=people) == []


def test_a_shortened_number_is_nobody_even_where_somebody_has_it():
    people = (*PARTICIPANTS, Participant(120, "1.23457E+11", "Tim", "Long", "", "", ""))
    assert found(insert(id="1.23457E+11"), participants=people) == [("Participant ID", "unknown-participant", (), True)]


def test_a_date_is_somebody_only_where_somebody_has_it():
    people = (*PARTICIPANTS, Participant(120, "2026-12-05", "Tim", "Long", "", "", ""))
    assert found(insert(id="2026-12-05", program=None), participants=people) == []
    assert found(insert(id="2026-12-05")) == [("Participant ID", "unknown-participant", (), True)]


def test_a_ruined_program_id_and_staff_id_offer_those_that_would_look_so():
    programs = (*PROGRAMS, Program(9, LONG, "Long Program", True))
    staff = (*STAFF, Staff(9, "12-5", "Tim", "Long", True, True))
    row = insert(program=None, program_id=ROUNDED, staff=None, staff_id="2026-12-05")
    assert sorted(found(row, programs=programs, staff=staff)) == [
        ("Caseworker Staff ID", "unknown-staff", ("12-5",), True),
        ("Program ID", "unknown-program", (LONG,), True),
    ]


def test_a_ruined_case_number_says_so_where_it_does_not_agree():
    assert found(insert(case="1.2E+05")) == [("Case Number", "demographics-mismatch", ("C7",), True)]


def test_the_question_carries_what_happened_so_that_lost_ids_can_be_looked_for():
    [question] = verdict(insert(id="1.23457E+11")).questions.values()
    assert question.ruin is not None
    assert [question.ruin.what, question.ruin.value] == ["scientific", "1.23457E+11"]


def test_each_formula_and_each_error_about_a_person_is_a_question_of_its_own():
    cells = [{"id": FORMULA}, {"id": FORMULA}, {"status": ERROR}, {"status": ERROR}]
    result = verdict(*(insert(**one) for one in cells))
    assert [(key, question.rows) for key, question in result.questions.items() if key[2] == "cell-error"] == [
        (("Participant ID", "a formula without a value, row 2", "cell-error"), [2]),
        (("Participant ID", "a formula without a value, row 3", "cell-error"), [3]),
        (("Caseload Status", "#N/A", "cell-error"), [4, 5]),
    ]
