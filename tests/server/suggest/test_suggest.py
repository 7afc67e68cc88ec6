"""Did you mean: what is suggested for each wrong value would make its row right, and nothing else is suggested."""

from __future__ import annotations

import pytest

from server.judge.question import Clue, Question
from server.judge.reference import FeederValue, Participant, Program
from server.suggest.suggest import suggest
from tests.support import judged
from tests.support.suggesting import PROGRAMS, STAFF, answer, values
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    DEMOGRAPHICS,
    END,
    FIRST_NAME,
    PARTICIPANT_ID,
    PROGRAM_ID,
    PROGRAM_NAME,
    REASON,
    RELATIONSHIP,
    SSN,
    STAFF_FIRST,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)

# Lists


@pytest.mark.parametrize(
    ("column", "written", "meant"),
    [
        (RELATIONSHIP, "Primry", "Primary"),
        (RELATIONSHIP, "Prim.", "Primary"),
        (RELATIONSHIP, "Aide, Case", "Case Aide"),
        (STATUS, "Wait-listed", "Waitlisted"),
        (STATUS, "actve", "Active"),
        (REASON, "Moved out of the area", "Moved Out of Area"),
        (REASON, "Transfered", "Transferred"),
        (REASON, "Completed", "Completed Program"),
        (ACTION, "Insret", "Insert"),
        (ACTION, "add", "Insert"),
        (ACTION, "Close", "Update"),
        (ACTION, "Updte", "Update"),
    ],
)
def test_a_list_value_is_recognised(column, written, meant):
    assert values(column, written, "unknown-value")[0] == meant


@pytest.mark.parametrize(
    ("column", "written"),
    [
        (STATUS, "Inactive"),
        (STATUS, "qwertz"),
        (REASON, "12345"),
        (ACTION, "maybe"),
        (RELATIONSHIP, "---"),
    ],
)
def test_a_list_value_unlike_anything_gets_no_suggestion(column, written):
    assert values(column, written, "unknown-value") == []


def test_an_inactive_list_value_is_never_suggested():
    assert values(STATUS, "Retired Valu", "unknown-value") == []
    assert values(STATUS, "Retired Value", "value-inactive") == []


# Programs


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("YES", "Youth Employment Services"),
        ("Youth Employment", "Youth Employment Services"),
        ("Housing, Rapid Re", "Rapid Re-Housing"),
        ("Domestic Violance Advocacy", "Domestic Violence Advocacy"),
        ("PRG-047", "Rapid Re-Housing"),
    ],
)
def test_a_program_is_recognised_by_name_initials_or_id(written, meant):
    assert values(PROGRAM_NAME, written, "unknown-program")[0] == meant


def test_a_program_id_column_gets_program_ids_with_the_name_as_label():
    [first, *_] = answer(PROGRAM_ID, "Youth Sheltr", "unknown-program")
    assert (first.value, first.label) == ("PRG-148", "Youth Shelter")


def test_programs_that_share_a_name_are_told_apart_by_their_ids():
    twins = [*PROGRAMS, Program(60, "PRG-800", "Night Shelter", True), Program(61, "PRG-900", "Night Shelter", True)]
    reference = judged.reference(programs=twins)
    questions = [
        Question(PROGRAM_NAME, "Nigt Shelter", "unknown-program"),
        Question(PROGRAM_NAME, "Night Shelter", "ambiguous-program", answers=("PRG-800", "PRG-900")),
    ]
    for found in suggest(questions, reference, []):
        assert [one.value for one in found[:2]] == ["PRG-800", "PRG-900"]
        assert found[0].label == "Night Shelter · PRG-800"


def test_a_disabled_program_is_answered_only_by_one_truly_alike():
    assert values(PROGRAM_NAME, "Summer Camp", "program-disabled") == []
    both = [Program(1, "A1", "Summer Camp", False), Program(2, "A2", "Summer Camp 2026", True)]
    question = Question(PROGRAM_NAME, "Summer Camp", "program-disabled")
    [found] = suggest([question], judged.reference(programs=both), [])
    assert [one.value for one in found] == ["Summer Camp 2026"]


# Participants

NOBODY = Clue("", "", "", "", "", "")


def test_a_participant_is_suggested_by_id_with_what_a_person_decides_by():
    clue = NOBODY._replace(first_name="Mery", last_name="Jones", birth_date="1990-03-02")
    [found] = answer(PARTICIPANT_ID, "Mery Jones, born 1990-03-02", "unknown-participant", clue=clue)
    assert (found.value, found.label) == ("P-0101", "Mary Jones · born 2/3/1990 · case 4471 · in Youth Shelter")


def test_a_label_leaves_out_what_is_unknown_and_never_carries_an_ssn():
    clue = NOBODY._replace(first_name="Tuan", last_name="Pham")
    assert [one.label for one in answer(PARTICIPANT_ID, "Tuan Pham", "required", clue=clue)] == ["Tuan Phạm"]
    clue = NOBODY._replace(ssn_hash="a" * 64)
    assert "aaa" not in answer(PARTICIPANT_ID, "", "unknown-participant", clue=clue)[0].label


def test_the_value_stands_for_a_clue_where_there_is_none():
    assert values(PARTICIPANT_ID, "303", "unknown-participant") == ["P-0303"]


def test_namesakes_are_ordered_by_enrollment_and_assignment():
    clue = NOBODY._replace(first_name="Mary", last_name="Jones")
    known = ("P-0101", "P-0202")
    more = {"clue": clue, "answers": known}
    assert values(PARTICIPANT_ID, "Mary Jones", "ambiguous-participant", program_key=4, **more) == ["P-0101", "P-0202"]
    assert values(PARTICIPANT_ID, "Mary Jones", "ambiguous-participant", staff_key=1, **more) == ["P-0202", "P-0101"]


def test_candidates_whom_nothing_is_known_of_are_still_offered():
    clue = NOBODY._replace(case_number="7")
    found = answer(PARTICIPANT_ID, "7", "ambiguous-participant", clue=clue, answers=("P-0404", "P-9999"))
    assert [(one.value, one.label) for one in found] == [("P-0404", "P-0404")]


def test_a_stranger_gets_no_suggestion():
    clue = NOBODY._replace(first_name="Zebulon", last_name="Quigley", birth_date="1971-01-01")
    assert values(PARTICIPANT_ID, "Zebulon Quigley", "unknown-participant", clue=clue) == []


# Dates, and what the rules know


def test_likely_dates_are_labelled_so_that_nobody_reads_them_wrongly():
    [first, *_] = answer(START, "02/30/2026", "not-a-date")
    assert (first.value, first.label) == ("2026-02-28", "February 28, 2026")
    assert values(END, "whenever", "not-a-date") == []


def test_answers_of_the_rules_are_offered_in_their_order():
    assert values(FIRST_NAME, "Marie", "demographics-mismatch", answers=("Mary",)) == ["Mary", ""]
    [date, _] = answer(BIRTH_DATE, "1990-03-02", "demographics-mismatch", answers=("1990-02-03",))
    assert (date.value, date.label) == ("1990-02-03", "February 3, 1990")
    assert values(PROGRAM_NAME, "Legal Aid Clinic", "not-enrolled", answers=("Youth Shelter", "", "Senior Meals")) == [
        "Youth Shelter", "Senior Meals",
    ]  # fmt: skip


def test_an_ssn_gets_no_suggestion_whatever_is_known():
    remembered = {(SSN, "(hidden)"): "123"}
    assert values(SSN, "(hidden)", "demographics-mismatch", answers=("1",), remembered=remembered) == []


def test_other_problems_get_no_suggestion():
    assert values(ACTION, "Insert", "already-open") == []
    assert values(STAFF_NAME, "", "required") == []


# Remembered


def test_a_remembered_fix_comes_first_marked_and_once():
    remembered = {(STAFF_NAME, "bob okonkwo"): "Robert Okonkwo", (STATUS, "live"): "Active"}
    found = answer(STAFF_NAME, "Bob  OKONKWO", "unknown-staff", remembered=remembered)
    assert [(one.value, one.remembered, one.score) for one in found] == [("Robert Okonkwo", True, 100.0)]
    found = answer(STATUS, "Live", "unknown-value", remembered=remembered)
    assert [(one.value, one.remembered) for one in found] == [("Active", True)]


def test_a_remembered_participant_is_labelled_as_a_person():
    remembered = {(PARTICIPANT_ID, "mj"): "P-0101"}
    [found] = answer(PARTICIPANT_ID, "MJ", "unknown-participant", remembered=remembered)
    assert (found.value, found.label[:10], found.remembered) == ("P-0101", "Mary Jones", True)


@pytest.mark.parametrize(
    ("column", "value", "code", "replacement"),
    [
        (STATUS, "Live", "unknown-value", "Retired Value"),
        (STATUS, "Live", "unknown-value", "Gone"),
        (STAFF_NAME, "The boss", "unknown-staff", "Somebody Gone"),
        (STAFF_NAME, "The boss", "unknown-staff", "Lee Park"),
        (STAFF_NAME, "Old Cathy", "staff-disabled", "Catherine O'Brien"),
        (PROGRAM_NAME, "Camp", "program-disabled", "Summer Camp"),
        (PARTICIPANT_ID, "MJ", "unknown-participant", "mj"),
    ],
)
def test_a_remembered_fix_that_would_no_longer_serve_is_not_offered(column, value, code, replacement):
    remembered = {(column, value.casefold()): replacement}
    assert not any(one.remembered for one in answer(column, value, code, remembered=remembered))


def test_somebody_of_the_same_surname_is_offered_as_no_more_than_a_guess_and_one_clearly_meant_is_not():
    people = [Participant(1, "P-1", "Mary", "Whitfield", "1990-02-03", "4471", "a" * 64)]
    questions = [
        Question(PARTICIPANT_ID, first, "unknown-participant", [2], Clue("", first, "Whitfield", "", "", ""))
        for first in ("Gwendolyn", "Marry")
    ]
    [[guess], [clear]] = suggest(questions, judged.reference(participants=people), people)
    assert (guess.value, guess.label) == ("P-1", "Mary Whitfield · born 2/3/1990 · case 4471 · only a guess")
    assert (clear.value, clear.label) == ("P-1", "Mary Whitfield · born 2/3/1990 · case 4471")
    assert (guess.is_guess, clear.is_guess, guess.score < clear.score) == (True, False, True)


# All together


@pytest.mark.parametrize(
    "wrong",
    [
        {"staff": "Anna dela Cruze"},
        {"staff": "DelaCruz, Anna"},
        {"staff": "Eva Twin"},
        {"staff": "Twin Ewa"},
        {"staff": None, "staff_id": "S 2"},
        {"staff": None, "staff_first": "Bobby", "staff_last": "Smith"},
        {"staff": None, "staff_first": "Eva", "staff_last": "Twin"},
        {"program": "Yuoth Shelter"},
        {"program": None, "program_id": "Youth Shelter"},
        {"program": "Food Banc", "program_start": "2026-01-01"},
        {"program": "12x", "program_start": "2026-01-01"},
        {"program": "Twin Program", "program_start": "2026-01-01"},
        {"relationship": "Prim"},
        {"status": "onhold"},
        {"start": "31/01/2026"},
        {"start": "1/15/26"},
        {"action": "Inser"},
        {"id": "p-7"},
        {"id": None, "first": "Louis", "last": "Hill", "born": "2001-07-07"},
        {"first": "Low"},
    ],
    ids=str,
)
def test_the_first_suggestion_put_into_the_marked_cell_makes_it_right(wrong):
    """A caseworker's whole name replaces its two halves, and a Participant ID the demographics it stands for."""
    line = judged.insert(**wrong)
    questions = list(judged.verdict(line).questions.values())
    reference = judged.reference()
    assert questions
    for question, found in zip(questions, suggest(questions, reference, reference.participants), strict=True):
        line[judged.HEADER.index(question.column)] = found[0].value
        if question.column == STAFF_LAST:
            line[judged.HEADER.index(STAFF_FIRST)] = None
        if question.column == PARTICIPANT_ID and not wrong.get("id", "P7"):
            for header in DEMOGRAPHICS:
                line[judged.HEADER.index(header)] = None
    assert judged.problems(line) == []


def test_every_question_gets_its_own_list_of_at_most_five_ranked_ones():
    many = [FeederValue(key, f"Level {key}", True) for key in range(9)]
    reference = judged.reference(staff=STAFF, feeder={STATUS: many})
    questions = [
        Question(STATUS, "Level 3b", "unknown-value"),
        Question(STAFF_NAME, "Bob Okonkwo", "unknown-staff"),
        Question(STATUS, "zzz", "unknown-value"),
        Question(STAFF_NAME, "Maria Nunez", "unknown-staff"),
    ]
    found = suggest(questions, reference, [])
    assert [some[0].value if some else None for some in found] == [
        "Level 3", "Robert Okonkwo", None, "María José Núñez-Ortega",
    ]  # fmt: skip
    for some in found:
        assert len(some) <= 5
        assert [one.score for one in some] == sorted((one.score for one in some), reverse=True)
        assert all(0 <= one.score <= 100 for one in some)


def test_a_site_that_knows_nothing_suggests_nothing():
    reference = judged.reference()
    questions = [
        Question(STAFF_NAME, "Bob", "unknown-staff"), Question(PROGRAM_ID, "P", "unknown-program"),
        Question(STATUS, "x", "unknown-value"), Question(PARTICIPANT_ID, "1", "unknown-participant"),
    ]  # fmt: skip
    assert suggest(questions, reference, []) == [[], [], [], []]
    assert suggest([], reference, []) == []
