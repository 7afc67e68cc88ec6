"""R2 to R5 of SPEC 4: the participant, the caseworker, the program and the list values that a row names."""

from __future__ import annotations

import pytest

from server.judge.reference import SiteRules
from tests.support.judged import ASSIGNMENTS, insert, problems, row, update, verdict
from workbook.columns import BIRTH_DATE, PARTICIPANT_ID
from workbook.sheet import CellError
from workbook.ssn import UNUSABLE

# R2


@pytest.mark.parametrize("given", ["P7", "p7", " P7 "])
def test_a_participant_id_matches_without_case_and_spaces(given):
    assert problems(insert(id=given)) == []


def test_leading_zeros_of_an_id_count():
    assert problems(insert(id="007", program=None), insert(id=7, program=None)) == [
        [3, "Participant ID", "unknown-participant"]
    ]


def test_demographics_beside_an_id_must_agree_each():
    wrong = insert(first="Luis", last="HILL", born="2001-07-08", case="C8")
    assert problems(wrong) == [
        [2, "First Name", "demographics-mismatch"],
        [2, "Date of Birth", "demographics-mismatch"],
        [2, "Case Number", "demographics-mismatch"],
    ]


def test_like_folds_accents_hyphens_and_punctuation_and_exact_does_not():
    person = {"id": None, "first": "JOSE", "last": "OBrien Smith"}
    assert problems(insert(**person, start="2026-01-15", relationship="Primary")) == []
    strict = SiteRules("Agency", duplicate_check=(("First Name", "exact"), ("Last Name", "exact")))
    assert problems(insert(**person), rules=strict) == [[2, "Participant ID", "unknown-participant"]]


def test_where_nothing_is_stored_nothing_can_disagree():
    assert problems(insert(id="P5", program=None, first="Zoe", born="1999-09-09")) == []


def test_the_duplicate_check_finds_one_none_or_several():
    assert problems(
        insert(id=None, first="Lou", last="Hill"),
        insert(id=None, first="Low", last="Hill"),
        insert(id=None, first="Ann", last="Lee", program=None),
        insert(id=None, first="Ann", last="Lee", born="1999-09-10", program=None),
        insert(id=None, case="C3"),
        insert(id=None, ssn="hash-of-823-11-0001", staff="Eva Twin"),
    ) == [
        [3, "Participant ID", "unknown-participant"],
        [4, "Participant ID", "ambiguous-participant"],
        [7, "Caseworker Name", "ambiguous-staff"],
    ]


def test_every_filled_field_of_the_duplicate_check_must_match():
    assert problems(insert(id=None, case="C7", born="2001-07-06")) == [[2, "Participant ID", "unknown-participant"]]


@pytest.mark.parametrize("given", [{"first": "Lou"}, {"last": "Hill"}, {"born": "2001-07-07"}])
def test_too_few_demographics_identify_nobody(given):
    assert problems(insert(id=None, **given)) == [[2, "Participant ID", "required"]]


def test_an_impossible_birth_date_matches_nobody_and_helps_to_find_who_is_meant():
    found = verdict(insert(id=None, first="Lou", last="Hill", born="2/31/2001"))
    assert [[p.row, p.column, p.code] for p in found.problems] == [
        [2, "Date of Birth", "not-a-date"],
        [2, "Participant ID", "unknown-participant"],
    ]
    assert found.questions[PARTICIPANT_ID, "Lou Hill · born 2/31/2001", "unknown-participant"].clue == (
        "", "Lou", "Hill", "2001-02-31", "", "",
    )  # fmt: skip


def test_a_birth_date_that_cannot_even_be_read_leaves_the_participant_unsaid():
    assert problems(insert(id=None, first="Lou", last="Hill", born=CellError("#N/A"))) == [
        [2, "Date of Birth", "cell-error"]
    ]


def test_the_stored_birth_date_is_known_where_all_rows_with_the_wrong_one_speak_of_one_person():
    one = verdict(insert(id="P1", born="1990-02-31"), insert(id="P1", born="1990-02-31", relationship="Secondary"))
    assert one.questions[BIRTH_DATE, "1990-02-31", "not-a-date"].answers == ("1990-02-03",)
    two = verdict(insert(id="P1", born="1990-02-31"), insert(id="P2", born="1990-02-31"))
    assert two.questions[BIRTH_DATE, "1990-02-31", "not-a-date"].answers == ()


def test_what_is_no_ssn_identifies_nobody_contradicts_nobody_and_is_a_warning():
    of_mary = insert(id=None, first="Mary", last="Jones", ssn=UNUSABLE)
    alone = insert(id=None, ssn=UNUSABLE)
    beside_an_id = insert(id="P1", ssn=UNUSABLE, relationship="Secondary")
    found = verdict(of_mary, alone, beside_an_id)
    assert [[p.row, p.column, p.code, p.severity] for p in found.problems] == [
        [2, "SSN", "ssn-unusable", "warning"],
        [3, "SSN", "ssn-unusable", "warning"],
        [3, "Participant ID", "required", "error"],
        [4, "SSN", "ssn-unusable", "warning"],
    ]
    assert [one.participant_key for one in found.plan.begins] == [101, 101]
    assert not any(UNUSABLE in p.value + p.message for p in found.problems)


def test_rows_that_differ_in_nothing_but_an_ssn_are_not_one_question():
    found = verdict(
        insert(id=None, ssn="hash-of-one"),
        insert(id=None, ssn="hash-of-another"),
        insert(id=None, ssn="hash-of-one"),
        insert(id=None, ssn=UNUSABLE),
        insert(id=None, ssn=UNUSABLE),
    )
    asked = {value: one.rows for (column, value, _), one in found.questions.items() if column == PARTICIPANT_ID}
    assert asked == {"SSN given": [2, 4], "SSN given, row 3": [3], "SSN given, row 5": [5], "SSN given, row 6": [6]}


def test_an_ssn_is_never_shown():
    found = verdict(insert(ssn="hash-of-somebody"), insert(id="P1", ssn="hash-of-x", staff="Dora Desk"))
    assert [[p.column, p.code] for p in found.problems] == [
        ["Caseworker Name", "no-caseload-access"],
        ["SSN", "demographics-mismatch"],
    ]
    assert not any("hash-of" in p.value + p.message for p in found.problems)


# R3


@pytest.mark.parametrize("name", ["Ana de la Cruz", "de la cruz, ana", "De La Cruz,Ana", "  ANA   DE LA CRUZ"])
def test_a_caseworker_is_read_first_last_and_last_comma_first(name):
    assert problems(insert(staff=name)) == []


def test_staff_are_unknown_ambiguous_disabled_or_without_caseload_access():
    assert problems(
        insert(staff="Ana Delacruse"),
        insert(staff="Eva Twin"),
        insert(staff="Dan Gone"),
        insert(staff="Dora Desk"),
        insert(staff=None, staff_id="S99"),
        insert(staff=None, staff_first="Ana", staff_last="Cruz"),
    ) == [
        [2, "Caseworker Name", "unknown-staff"],
        [3, "Caseworker Name", "ambiguous-staff"],
        [4, "Caseworker Name", "staff-disabled"],
        [5, "Caseworker Name", "no-caseload-access"],
        [6, "Caseworker Staff ID", "unknown-staff"],
        [7, "Caseworker Last Name", "unknown-staff"],
    ]


def test_a_disabled_caseworker_may_be_ended():
    assert problems(update(staff="Dan Gone")) == [[2, "Update or Insert", "no-open-assignment"]]


def test_a_staff_id_answers_for_an_ambiguous_name_in_the_same_cell():
    assert (
        problems(
            insert(staff="S7"),
            insert(id="P1", staff=None, staff_first="Eva", staff_last="S6"),
        )
        == []
    )


def test_a_suggested_whole_name_in_the_last_name_cell_decides():
    assert problems(insert(staff=None, staff_first="Anna", staff_last="de la Cruz, Ana")) == []


def test_half_a_split_name_misses_the_other_half():
    assert problems(insert(staff=None, staff_last="Smith"), insert(staff=None, staff_first="Robert")) == [
        [2, "Caseworker First Name", "required"],
        [3, "Caseworker Last Name", "required"],
    ]


# R4


def test_programs_are_unknown_ambiguous_or_disabled():
    assert problems(
        insert(program="Youth Sheltr"),
        insert(program="Twin Program"),
        insert(program="Old Program"),
        insert(program=None, program_id="ZZ"),
    ) == [
        [2, "Program Name", "unknown-program"],
        [3, "Program Name", "ambiguous-program"],
        [4, "Program Name", "program-disabled"],
        [5, "Program ID", "unknown-program"],
    ]


def test_a_program_id_answers_for_an_ambiguous_name_in_the_same_cell():
    assert problems(insert(program="X2", program_start="2026-01-01")) == []


def test_a_disabled_program_may_be_named_where_an_assignment_ends():
    assert problems(update(program="Old Program")) == [[2, "Update or Insert", "no-open-assignment"]]


# R5


def test_feeder_values_are_unknown_or_inactive():
    assert problems(
        insert(relationship="Primry", status="Activ"),
        insert(relationship="backup"),
        update(reason="Lapsed"),
        update(id="P3", staff="Ana de la Cruz", reason="Gone"),
        row(action="Delete"),
    )[:5] == [
        [2, "Caseworker Relationship", "unknown-value"],
        [2, "Caseload Status", "unknown-value"],
        [3, "Caseworker Relationship", "value-inactive"],
        [4, "Reason for Dismissal", "value-inactive"],
        [5, "Reason for Dismissal", "unknown-value"],
    ]


def test_without_a_readable_action_the_rules_of_one_action_stay_silent():
    assert problems(insert(action="Enter", relationship=None, end="2026-05-05")) == [
        [2, "Update or Insert", "unknown-value"]
    ]


@pytest.mark.parametrize("action", ["I", "i", "INSERT", " insert "])
def test_insert_is_read_in_any_case_and_by_its_first_letter(action):
    assert problems(insert(action=action)) == []


def test_an_assignment_is_ended_under_its_relationship_though_that_is_no_longer_in_use():
    """As a row that was downloaded names it: any other would match nothing."""
    stored = {101: [ASSIGNMENTS[0]._replace(relationship_key=13)]}
    assert problems(update(relationship="Backup"), assignments=stored) == []
    assert problems(update(relationship="Backup")) == [[2, "Caseworker Relationship", "value-inactive"]]
    twice = [update(relationship="Backup"), update(relationship="Backup")]
    assert problems(*twice, assignments=stored) == [[3, "Update or Insert", "repeated-row"]]
    assert [2, "Caseworker Relationship", "value-inactive"] in problems(row(relationship="Backup"))


@pytest.mark.parametrize(
    "others", [{"staff": "Robert Smth"}, {"staff": None}, {"staff": "Eva Twin"}, {"action": None}, {"action": "Upd8"}]
)
def test_a_relationship_of_old_on_a_closed_assignment_is_no_mistake_whatever_else_is_one(others):
    """Nor where so many are asked about that closed ones are fetched for few: `problems` looks at both."""
    closed = {101: [ASSIGNMENTS[1]._replace(relationship_key=13)]}
    marked = [column for _row, column, _code in problems(update(relationship="Backup", **others), closed=closed)]
    assert len(marked) == 1
    assert "Caseworker Relationship" not in marked
