"""What slips of the finger make of a title, and what is another title: only the first may be taken unread (SPEC 5)."""

from __future__ import annotations

import pytest

from server.judge.question import Question
from server.judge.reference import FeederValue, Program
from server.suggest.slips import only_slips_apart
from server.suggest.suggest import suggest
from tests.support import judged
from workbook.columns import PROGRAM_ID, PROGRAM_NAME, REASON, RELATIONSHIP, STATUS


def program_first(written, *listed, column=PROGRAM_NAME):
    programs = [Program(key, f"PRG-{key + 40}", title, True) for key, title in enumerate(listed)]
    [found] = suggest([Question(column, written, "unknown-program", [2])], judged.reference(programs=programs), [])
    return (found[0].value, found[0].is_sure) if found else None


def value_first(column, written, *listed):
    feeder = {column: [FeederValue(key, value, True) for key, value in enumerate(listed)]}
    [found] = suggest([Question(column, written, "unknown-value", [2])], judged.reference(feeder=feeder), [])
    return (found[0].value, found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Inpatient Rehab", "Outpatient Rehab"), ("Male Shelter", "Female Shelter"), ("Shelter A", "Shelter B"),
        ("Outreach East", "Outreach West"), ("Youth Group 1", "Youth Group 2"), ("Parenting 101", "Parenting 102"),
        ("Phase II Housing", "Phase III Housing"), ("Home Services", "Homeless Services"),
        ("Employment Services", "Youth Employment Services"), ("Legal Aid", "Legal Aid Clinic"),
        ("CSBG Case Management", "CDBG Case Management"), ("SSI Advocacy", "SSDI Advocacy"),
        ("Youth Court", "Youth Count"), ("Maternal Health", "Paternal Health"), ("Program 2024", "Program 2025"),
    ],
)  # fmt: skip
def test_a_program_of_nearly_the_same_letters_is_offered_and_never_sure(one, other):
    assert program_first(one, other, "Senior Meals") == (other, False)
    assert program_first(other, one, "Senior Meals") == (one, False)


@pytest.mark.parametrize(
    ("column", "written", "listed"),
    [
        (STATUS, "Level 1 Supervision", "Level 2 Supervision"),
        (STATUS, "On Hold", "On Hold - Medical"),
        (STATUS, "Wait List", "Wait List - Priority"),
        (RELATIONSHIP, "Day Case Manager", "Bay Case Manager"),
        (RELATIONSHIP, "Primary Nurse", "Primary Nanny"),
        (REASON, "Completed Program Early", "Completed Program Late"),
    ],
)
def test_a_listed_value_with_another_word_or_number_is_never_sure(column, written, listed):
    assert value_first(column, written, listed, "Something Else") == (listed, False)


def test_a_value_that_a_word_turns_round_has_not_the_meaning_of_what_is_left_of_it():
    assert value_first(REASON, "Graduated", "Did Not Complete Program", "Other") is None
    assert value_first(REASON, "Graduated", "Completed Program", "Other") == ("Completed Program", True)


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("Yuoth Shelter", "Youth Shelter"), ("Youth Shellter", "Youth Shelter"), ("Youth Shelte", "Youth Shelter"),
        ("helter Care", "Shelter Care"), ("Youht Sheltr", "Youth Shelter"), ("YouthShelter", "Youth Shelter"),
        ("Yout hShelter", "Youth Shelter"), ("YouthxShelter", "Youth Shelter"), ("Shelter, Youth", "Youth Shelter"),
        ("Mental Health Svcs", "Mental Health Services"), ("Legal Aid Program", "Legal Aid"),
        ("YES", "Youth Employment Services"), ("Early Head SStart", "Early Head Start"),
        ("Rapid eR-Housing", "Rapid Re-Housing"),
        ("Sheltre B", "Shelter B"), ("Seconda ry", "Secondary"),
    ],
)  # fmt: skip
def test_slips_of_the_finger_are_sure(written, listed):
    sure = program_first(written, listed, "Senior Meals")
    assert sure == (listed, True)


def test_a_short_word_with_a_neighbouring_key_is_a_slip():
    assert value_first(STATUS, "in Hold", "On Hold", "Active") == ("On Hold", True)
    assert value_first(STATUS, "eOn Hold", "On Hold", "Active") == ("On Hold", True)
    assert value_first(STATUS, "On Hpld", "On Hold", "Active") == ("On Hold", True)
    assert value_first(STATUS, "am Hold", "pm Hold", "Active") == ("pm Hold", False)
    assert value_first(STATUS, "no Hold", "On Hold", "Active") == ("On Hold", False)
    assert value_first(STATUS, "nO Hold", "On Hold", "Active") == ("On Hold", True)
    assert value_first(REASON, "DeclinedpServices", "Declined Services", "Other") == ("Declined Services", True)


def test_a_letter_in_front_that_denies_a_word_is_no_slip():
    assert value_first(STATUS, "ctive", "Active", "On Hold") == ("Active", True)
    assert value_first(STATUS, "Typical", "Atypical", "On Hold") == ("Atypical", False)


def test_words_that_say_nothing_may_be_more_or_fewer_on_either_side():
    assert only_slips_apart(["completed"], ["completed", "program"], {"program"})
    assert only_slips_apart(["completed", "program"], ["completed"], {"program"})
    assert not only_slips_apart(["completed", "training"], ["completed", "program"], {"program"})


@pytest.mark.parametrize("column", [PROGRAM_ID, PROGRAM_NAME])
def test_an_id_with_a_wrong_digit_or_two_exchanged_is_not_sure_but_one_without_its_prefix_is(column):
    listed = (*["Closed Program"] * 16, "Youth Shelter")
    assert program_first("PRG-65", *listed, column=column)[1] is False
    answer = {PROGRAM_ID: "PRG-56", PROGRAM_NAME: "Youth Shelter"}[column]
    assert program_first("56", *listed, column=column) == (answer, True)
