"""Every rule of SPEC 4: what it finds, where it marks it, and where it stays silent."""

from __future__ import annotations

import re

import pytest

from server.judge.judge import Judging
from server.judge.reference import Access, SiteRules, User
from tests.support.judged import ASSIGNMENTS, FEEDER, insert, problems, reference, row, sheet, update, verdict
from workbook.columns import BIRTH_DATE, PARTICIPANT_ID, REASON
from workbook.sheet import CellError
from workbook.sheets.sample_row import INSTRUCTIONS
from workbook.ssn import UNUSABLE


def test_a_valid_insert_and_a_valid_update_have_no_problem():
    assert problems(insert(), update()) == []


# R1


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("action", "Update or Insert"),
        ("id", "Participant ID"),
        ("staff", "Caseworker Staff ID"),
        ("relationship", "Caseworker Relationship"),
        ("status", "Caseload Status"),
        ("start", "Start Date"),
    ],
)
def test_an_insert_misses_each_cell_it_needs(name, column):
    assert problems(insert(**{name: None})) == [[2, column, "required"]]


@pytest.mark.parametrize(("name", "column"), [("end", "End Date"), ("reason", "Reason for Dismissal")])
def test_an_update_misses_each_cell_it_needs(name, column):
    assert problems(update(**{name: "  "})) == [[2, column, "required"]]


def test_an_update_needs_no_reason_where_the_site_has_none():
    assert problems(update(reason=None), feeder={**FEEDER, REASON: FEEDER[REASON][2:]}) == []


def test_an_update_needs_neither_relationship_status_nor_start():
    assert problems(update(relationship=None, status=None, start=None)) == []


def test_all_problems_of_a_row_are_told_at_once():
    assert sorted(problems(row(action="Insert", program="Nowhere"))) == [
        [2, "Caseload Status", "required"],
        [2, "Caseworker Relationship", "required"],
        [2, "Caseworker Staff ID", "required"],
        [2, "Participant ID", "required"],
        [2, "Program Name", "unknown-program"],
        [2, "Start Date", "required"],
    ]


def test_both_alternatives_filled_are_one_problem_each():
    assert problems(insert(program_id="SH", staff_id="S3")) == [
        [2, "Caseworker Name", "one-of"],
        [2, "Program Name", "one-of"],
    ]


def test_a_split_name_beside_a_staff_id_is_marked_on_the_last_name():
    assert problems(insert(staff=None, staff_id="S3", staff_first="Ana", staff_last="de la Cruz")) == [
        [2, "Caseworker Last Name", "one-of"]
    ]


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


def test_an_end_before_the_start_may_be_meant_with_day_and_month_exchanged_or_in_the_starts_year():
    def offered(**cells):
        (question,) = verdict(update(**cells)).questions.values()
        return [question.code, question.answers, question.certain]

    assert offered(end="2025-01-02") == ["end-before-start", ("2025-02-01",), False]
    assert offered(end="2025-01-03") == ["end-before-start", ("2025-03-01",), False]
    assert offered(end="2024-05-04") == ["end-before-start", ("2025-05-04",), False]
    assert offered(end="2025-01-31") == ["end-before-start", (), False]


# R8


def test_what_is_open_already_cannot_begin_again():
    assert problems(insert(id="P1", staff="Robert Smith")) == [[2, "Update or Insert", "already-open"]]


@pytest.mark.parametrize(
    "other",
    [
        {"staff": "Ana de la Cruz"},
        {"relationship": "Secondary"},
        {"program": None},
        {"id": "P3"},
    ],
)
def test_another_participant_program_caseworker_or_relationship_may_begin(other):
    assert problems(insert(**{"id": "P1", "staff": "Robert Smith", **other})) == []


def test_the_later_of_two_equal_inserts_is_the_repeated_one():
    assert problems(insert(), insert(start="2026-02-02", status="On Hold")) == [[3, "Update or Insert", "repeated-row"]]


def test_the_same_may_begin_again_once_it_was_ended_above():
    assert (
        problems(
            update(id="P1", end="2026-05-31"),
            insert(id="P1", staff="Robert Smith", start="2026-06-01"),
            insert(),
            update(id="P7", staff="Ana de la Cruz", end="2026-06-01"),
            insert(start="2026-06-02"),
        )
        == []
    )


def test_an_insert_carries_neither_end_date_nor_reason():
    assert problems(insert(end="2020-01-01", reason="Nonsense")) == [
        [2, "End Date", "end-on-insert"],
        [2, "Reason for Dismissal", "end-on-insert"],
    ]


def test_a_site_may_allow_one_open_primary_per_participant_and_program():
    rows = (insert(id="P1"), insert(), insert(staff="Robert Smith"), insert(relationship="Secondary"))
    assert problems(*rows) == []
    assert problems(*rows, rules=SiteRules("Agency", one_primary=True)) == [
        [2, "Update or Insert", "already-open"],
        [4, "Update or Insert", "already-open"],
    ]


# R9


def test_an_update_must_find_exactly_one_open_assignment():
    assert problems(
        update(id="P7"),
        update(id="P4", staff="Ana de la Cruz"),
        update(id="P2", end="2025-12-31"),
        update(id="P2", relationship="Secondary", end="2025-12-31"),
    ) == [
        [2, "Update or Insert", "no-open-assignment"],
        [3, "Update or Insert", "historic-assignment"],
        [4, "Update or Insert", "ambiguous-assignment"],
    ]


def test_closed_assignments_are_wanted_of_those_alone_for_whom_nothing_matching_is_open():
    rows = [
        insert(), update(), update(id="P7"), update(id="P4", staff="Ana de la Cruz"), update(id="P2"),
        update(id="P3", staff=None, staff_first="Robert", staff_last="Smith"),
        update(id="P6", staff=None, staff_first="Ana", staff_last="de la Cruz"),
        update(id=None, first="Mary", last="Jones", staff="Ana de la Cruz"),
        update(id=None, first="Mary", last="Jones"),
        update(id=None, first="Sam", last="Nobody"), update(id="nobody"), update(id="P1", staff="Nobody"),
    ]  # fmt: skip
    assert Judging(sheet(*rows), reference(closed=None)).without_open() == {101, 103, 104, 107}
    assert Judging(sheet(insert()), reference(closed=None)).without_open() == set()


def test_program_relationship_and_start_narrow_an_update():
    assert problems(
        update(program="Family Support"),
        update(relationship="Secondary"),
        update(start="2025-02-02"),
        update(program="Youth Shelter", relationship="Primary", start="2025-02-01"),
    ) == [
        [2, "Update or Insert", "historic-assignment"],
        [3, "Update or Insert", "no-open-assignment"],
        [4, "Update or Insert", "no-open-assignment"],
    ]


def test_a_spoiled_cell_leaves_the_search_for_the_assignment_silent():
    assert problems(update(relationship="Primry", staff="Robert Smith")) == [
        [2, "Caseworker Relationship", "unknown-value"]
    ]


def test_two_updates_of_one_assignment_are_a_repeated_row():
    assert problems(update(), update(end="2026-04-30")) == [[3, "Update or Insert", "repeated-row"]]


# R10


def test_permission_depends_on_the_program_and_on_whose_caseload_it_is():
    own = User(3, False, {1: Access(own=True, others=False)})
    others = User(3, False, {1: Access(own=False, others=True)})
    rows = insert(), insert(staff="Robert Smith"), insert(program=None)
    assert problems(*rows, user=own) == [[3, "Update or Insert", "not-permitted"]]
    assert problems(*rows, user=others) == [
        [2, "Update or Insert", "not-permitted"],
        [4, "Update or Insert", "not-permitted"],
    ]


def test_an_update_is_permitted_by_the_program_of_the_assignment_it_ends():
    other_program = User(3, False, {2: Access(own=True, others=True)})
    in_youth_shelter = update(program="Youth Shelter")
    assert problems(in_youth_shelter, user=other_program) == [[2, "Update or Insert", "not-permitted"]]
    assert problems(in_youth_shelter, user=User(3, False, {1: Access(own=False, others=True)})) == []


# R11


def test_an_insert_followed_by_its_update_works_in_one_sheet():
    assert problems(insert(), update(id="P7", staff="Ana de la Cruz", end="2026-02-01")) == []
    assert problems(update(id="P7", staff="Ana de la Cruz", end="2026-02-01"), insert()) == [
        [2, "Update or Insert", "no-open-assignment"]
    ]


def test_a_row_is_not_blamed_for_a_mistake_in_the_row_it_follows():
    assert problems(insert(status="Activ"), update(id="P7", staff="Ana de la Cruz", end="2026-02-01")) == [
        [2, "Caseload Status", "unknown-value"]
    ]
    assert problems(update(reason=None), insert(id="P1", staff="Robert Smith", start="2026-06-01")) == [
        [2, "Reason for Dismissal", "required"]
    ]


# R12


def test_a_downloaded_row_with_an_old_version_shows_both_states():
    found = verdict(update(start="2025-02-01"), versions={2: 2})
    assert [[p.row, p.column, p.code] for p in found.problems] == [[2, "Update or Insert", "assignment-changed"]]
    assert found.problems[0].value == "Update, row 2"
    assert [question.answers for question in found.questions.values()] == [("keep mine (version 3)", "take theirs")]
    assert problems(update(), versions={2: 3}) == []


def test_a_downloaded_assignment_that_was_ended_since_has_changed():
    row = update(id="P4", staff="Ana de la Cruz")
    assert problems(row, versions={2: 3}) == [[2, "Update or Insert", "assignment-changed"]]
    assert [one.answers for one in verdict(row, versions={2: 3}).questions.values()] == [("take theirs",)]


# Reading a row


def test_a_cell_that_cannot_be_read_is_marked_and_nothing_else_is_said_of_it():
    assert problems(
        insert(staff=CellError("#N/A"), end=CellError("#REF!"), status="x" * 256),
    ) == [
        [2, "Caseworker Name", "cell-error"],
        [2, "Caseload Status", "cell-too-long"],
        [2, "End Date", "cell-error"],
    ]


def test_a_text_of_characters_that_are_whole_sentences_is_as_long_as_what_they_say():
    """U+FDFA is eighteen letters, and what is compared are these. Korean and Vietnamese names are no longer than they
    look."""
    long = "\ufdfa" * 250
    assert problems(insert(id=long, program=long, staff=long)) == [
        [2, "Participant ID", "cell-too-long"],
        [2, "Program Name", "cell-too-long"],
        [2, "Caseworker Name", "cell-too-long"],
    ]
    for honest in ("\ud55c" * 255, "\u1ec7" * 255, "\ufdfa" * 3):
        assert [code for _row, _column, code in problems(insert(program=honest))] == ["unknown-program"]


def test_the_templates_own_rows_block_the_upload_wherever_they_stand():
    assert problems(insert(), row(action="Insert", id="SAMPLE-00042"), row(id=INSTRUCTIONS["Participant ID"])) == [
        [3, "Update or Insert", "sample-left"],
        [4, "Update or Insert", "sample-left"],
    ]


def test_a_row_with_more_fields_than_headers_is_told_the_comma_rule_only():
    found = verdict([*insert(staff="Nobody"), "more"])
    assert [[p.row, p.column, p.code] for p in found.problems] == [[2, "Update or Insert", "extra-fields"]]
    assert "quotation marks" in found.problems[0].message


# The plan


def test_the_plan_holds_what_valid_rows_write_and_nothing_else():
    plan = verdict(
        insert(),
        update(id="P7", staff="Ana de la Cruz", end="2026-02-01", status="On Hold"),
        insert(program="Family Support", program_start="2026-01-01"),
        insert(program="Family Support", staff="Nobody"),
        update(id="P3", staff="Ana de la Cruz"),
        update(id="P1", program="Youth Shelter", program_end="2026-05-31"),
    ).plan
    assert [tuple(begin) for begin in plan.begins] == [
        (0, 107, 1, 3, 11, 21, "2026-01-15"),
        (2, 107, 2, 3, 11, 21, "2026-01-15"),
    ]
    assert [tuple(end) for end in plan.ends] == [
        (1, 0, 0, 3, 22, 31, "2026-02-01"),
        (4, 305, -1, 3, 0, 31, "2026-05-31"),
        (5, 301, -1, 1, 0, 31, "2026-05-31"),
    ]
    assert [tuple(begin) for begin in plan.enrollment_begins] == [(2, 107, 2, "2026-01-01")]
    assert [tuple(end) for end in plan.enrollment_ends] == [(5, 201, -1, "2026-05-31")]
