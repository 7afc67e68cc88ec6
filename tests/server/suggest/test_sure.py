"""How sure a suggestion is, and what is suggested by meaning: sure only where nothing else is nearly as likely."""

from __future__ import annotations

import pytest

from server.judge.question import Clue, Detail, Question
from server.judge.reference import Assignment, FeederValue, Participant, Staff
from server.suggest.sources import SiteMemory
from server.suggest.suggest import suggest
from tests.support import judged, many_names
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    END,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    REASON,
    RELATIONSHIP,
    STAFF_NAME,
    START,
    STATUS,
)

STAFF = [
    Staff(1, "S1", "Robert", "Okonkwo", True, True, "robert@agency.example"),
    Staff(2, "S2", "Lee", "Park", True, True, "lee@agency.example"),
    Staff(3, "S3", "Lee", "Park", True, True, "park@agency.example"),
    Staff(4, "S4", "Janet", "Davis", True, True),
    Staff(5, "S5", "James", "Davis", True, True),
    Staff(6, "S6", "Catherine", "Obrien", False, True),
    Staff(7, "S7", "Cathrine", "Obrien", True, True),
    Staff(8, "S8", "Jean-Luc", "Picot", True, True),
]
PEOPLE = [
    Participant(1, "000108", "Mary", "Jones", "1990-02-03", "4471", ""),
    Participant(2, "000718", "Ann", "Lee", "1962-10-30", "", ""),
]


def ask(column, value, code, *, remembered=None, corrected=(), vocabulary=None, feeder=None, **more):
    reference = judged.reference(
        staff=STAFF, programs=many_names.program_list(), feeder=feeder or many_names.feeder_tables(),
        participants=PEOPLE,
        assignments={1: [Assignment(1, 1, 4, 3, 1, 1, "2026-01-01", "", 1)]},
    )  # fmt: skip
    reference.caseloads = {3: 12}
    question = Question(column, value, code, [2], **more)
    memory = SiteMemory(remembered or {}, corrected=corrected, vocabulary=vocabulary)
    return suggest([question], reference, PEOPLE, memory)[0]


def first(*args, **more):
    found = ask(*args, **more)
    return (found[0].value, found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("column", "written", "code", "meant"),
    [
        (STAFF_NAME, "Robrt Okonkwo", "unknown-staff", ("Robert Okonkwo", True)),
        (STAFF_NAME, "Okonkwo Bob", "unknown-staff", ("Robert Okonkwo", True)),
        (STAFF_NAME, "J. Davis", "unknown-staff", ("James Davis", False)),
        (STAFF_NAME, "J. Picot", "unknown-staff", ("Jean-Luc Picot", True)),
        (STAFF_NAME, "Jean Picot", "unknown-staff", ("Jean-Luc Picot", False)),
        (STAFF_NAME, "Robert Q. Okonkwo", "unknown-staff", ("Robert Okonkwo", True)),
        (STAFF_NAME, "RobertOkonkwo", "unknown-staff", ("Robert Okonkwo", True)),
        (STAFF_NAME, "Robert James Okonkwo", "unknown-staff", ("Robert Okonkwo", False)),
        (STAFF_NAME, "Catherine Obrien", "staff-disabled", ("Cathrine Obrien", False)),
        (RELATIONSHIP, "Primry", "unknown-value", ("Primary", True)),
        (RELATIONSHIP, "Main", "unknown-value", ("Primary", True)),
        (REASON, "Closed – moved", "unknown-value", ("Moved Out of Area", True)),
        (REASON, "Client passed away", "unknown-value", ("Deceased", True)),
        (REASON, "Family moved out of jurisdiction", "unknown-value", ("Moved Out of Area", False)),
        (REASON, "out of area moved", "unknown-value", ("Moved Out of Area", True)),
        (REASON, "no longer eligble", "unknown-value", ("No Longer Eligible", True)),
        (REASON, "has never moved out of area", "unknown-value", None),
        (REASON, "didn’t complete program", "unknown-value", None),
        (REASON, "Client has not moved", "unknown-value", None),
        (STATUS, "not started yet", "unknown-value", ("Pending", True)),
        (STATUS, "not active yet", "unknown-value", None),
        (STATUS, "no longer active", "unknown-value", None),
        (STATUS, "onhold", "unknown-value", ("On Hold", True)),
        (REASON, "moved before passed away", "unknown-value", None),
        (STATUS, "open", "unknown-value", ("Active", True)),
        (STATUS, "engaged", "unknown-value", ("Active", True)),
        (STATUS, "active warrant", "unknown-value", ("Active", False)),
        (STATUS, "active?", "unknown-value", ("Active", False)),
        (STATUS, "TBD", "unknown-value", ("Pending", False)),
        (STATUS, "waiting for docs", "unknown-value", ("Pending", True)),
        (REASON, "relocated to another state", "unknown-value", ("Moved Out of Area", False)),
        (REASON, "moving out of state", "unknown-value", ("Moved Out of Area", False)),
        (REASON, "mother passed away", "unknown-value", None),
        (REASON, "move requested", "unknown-value", None),
        (STATUS, "closed", "unknown-value", None),
        (ACTION, "new", "unknown-value", ("Insert", True)),
        (ACTION, "End", "unknown-value", ("Update", True)),
        (ACTION, "Delete", "unknown-value", ("Update", False)),
        (START, "1/15/26", "ambiguous-date", ("2026-01-15", True)),
        (START, "31/1/2026", "not-a-date", ("2026-01-31", True)),
        (START, "31/1/26", "ambiguous-date", ("2026-01-31", True)),
        (START, "25-11-20", "ambiguous-date", ("2025-11-20", False)),
        (START, "20-11-25", "ambiguous-date", ("2020-11-25", False)),
        (START, "25/11/20", "ambiguous-date", ("2020-11-25", False)),
        (START, "112025", "not-a-date", ("2025-11-20", False)),
        (START, "11/25/2", "not-a-date", ("2002-11-25", False)),
        (START, "20-11-6", "ambiguous-date", ("2020-11-06", False)),
        (START, "Janury 5, 2026", "not-a-date", ("2026-01-05", True)),
        (END, "2026-02-31", "not-a-date", ("2026-02-28", False)),
        (BIRTH_DATE, "3/4/85", "ambiguous-date", ("1985-03-04", True)),
        (BIRTH_DATE, "3/4/20", "ambiguous-date", ("2020-03-04", False)),
    ],
)
def test_the_first_suggestion_is_sure_where_nothing_else_is_nearly_as_likely(column, written, code, meant):
    assert first(column, written, code) == meant


def test_what_a_deletion_becomes_is_told():
    [found] = ask(ACTION, "Delete", "unknown-value")
    assert found.label == "Update · ends the assignment on its End Date, for none is ever deleted"


def test_an_inactive_value_s_successor_of_nearly_the_same_name_is_offered():
    feeder = {REASON: [FeederValue(1, "Moved Away", True), FeederValue(2, "Moved", False)]}
    assert first(REASON, "Moved", "value-inactive", feeder=feeder) == ("Moved Away", True)


def test_a_value_like_one_that_the_site_remembers_gets_its_answer_and_is_told_why():
    words = {STATUS: [("Parked for now", "On Hold"), ("Parked for good", "No Such Value")]}
    [found] = ask(STATUS, "parkd for now", "unknown-value", vocabulary=words)
    assert (found.value, found.is_sure) == ("On Hold", False)
    assert found.label == "On Hold · as “Parked for now” is remembered"


def test_caseworkers_of_one_name_are_told_apart_by_what_a_person_knows_of_them():
    found = ask(STAFF_NAME, "Lee Park", "ambiguous-staff", answers=("S2", "S3"), program_key=4)
    assert [(one.value, one.is_sure, one.label) for one in found] == [
        ("S3", False, "Lee Park · S3 · park@agency.example · in Youth Shelter · 12 open cases"),
        ("S2", False, "Lee Park · S2 · lee@agency.example · no open cases"),
    ]
    assert first(STAFF_NAME, "Lee Park", "ambiguous-staff", answers=("S2",), certain=True) == ("S2", True)
    labels = [one.label for one in ask(STAFF_NAME, "Lee Parc", "unknown-staff")]
    assert all("@agency.example" in label for label in labels)


@pytest.mark.parametrize(
    ("written", "ends_of", "meant"),
    [
        ("J. Davis", {5}, ("James Davis", True)),
        ("J. Davis", {4}, ("Janet Davis", True)),
        ("J. Davis", {4, 5}, ("James Davis", False)),
        ("J. Davis", set(), ("James Davis", False)),
        ("J. Davis", {1}, ("James Davis", False)),
        ("Jamse Davis", {4}, ("James Davis", True)),
        ("Lee Parc", {3}, ("S3", True)),
    ],
)
def test_of_caseworkers_alike_the_one_is_sure_whose_assignments_the_rows_end(written, ends_of, meant):
    assert first(STAFF_NAME, written, "unknown-staff", ends_of=frozenset(ends_of)) == meant


def test_an_id_that_has_lost_its_zeros_or_got_punctuation_is_sure_where_only_one_has_that_number():
    def meant(value, first_name="", last_name="", born=""):
        clue = Clue(value, first_name, last_name, born, "", "")
        return first(PARTICIPANT_ID, value, "unknown-participant", clue=clue)

    for written in ("108", "#000108", "000 108", "000108.", "ID 000108", "Client ID: 108"):
        assert meant(written) == ("000108", True)
    assert meant("108", "Zoltan", "Fekete", "1951-05-05") in (None, ("000108", False))


def test_of_people_called_alike_the_one_whom_the_row_fits_is_sure():
    clue = Clue("", "Mary", "Jones", "", "", "")
    asked = {"value": "Mary Jones", "code": "ambiguous-participant", "clue": clue, "answers": ("000108",)}
    assert first(PARTICIPANT_ID, **asked, certain=True) == ("000108", True)


def test_details_beside_an_id_are_sure_when_mistyped_and_the_row_says_nothing_else_that_differs():
    slip, other = Detail(FIRST_NAME, "Mray", "Mary"), Detail(LAST_NAME, "Petrovic", "Jones")
    nothing = Detail(FIRST_NAME, "N/A", "Mary"), Detail(LAST_NAME, "-", "Jones")
    asked = [
        *(
            Question(FIRST_NAME, "Mray", "demographics-mismatch", rows, answers=("Mary",), among_others=rows != [2])
            for rows in ([2], [3], [4], [3, 4])
        ),
        *(
            Question(
                PARTICIPANT_ID, "000108, of …", "demographics-mismatch", [row], answers=answers, owner="000108",
                details=details,
            )
            for row, (answers, details) in enumerate((
                (("000108",), (slip, Detail(LAST_NAME, "Jonse", "Jones"))),
                (("000108",), (slip, other)),
                (("000108",), (other._replace(certain=True), slip)),
                (("000108",), nothing),
                (("000108",), (slip, nothing[1])),
                (("000108", "000718"), (slip,)),
                (("000108", "000718"), (slip, slip)),
                (("000718", "000108"), (slip,)),
            ), start=3)
        ),
    ]  # fmt: skip
    found = suggest(asked, judged.reference(participants=PEOPLE), PEOPLE)
    # Where all are slips, each of the details is the question, and not whom the row means.
    assert [(some[0].value, some[0].is_sure) if some else None for some in found] == [
        ("Mary", True),
        ("Mary", True),
        ("Mary", False),
        ("Mary", False),
        None,
        ("000108", False),
        None,
        None,
        ("000108", False),
        None,
        ("000108", False),
        ("000718", False),
    ]


def test_a_remembered_fix_that_was_corrected_again_comes_last_and_is_a_guess():
    key = (STATUS, "actve")
    asked = {"remembered": {key: "Pending"}, "corrected": {key}}
    found = ask(STATUS, "Actve", "unknown-value", **asked)
    assert [(one.value, one.is_sure, one.is_guess) for one in found] == [
        ("Active", True, False),
        ("Pending", False, True),
    ]
    assert first(STATUS, "Actve", "unknown-value", remembered={key: "Pending"}) == ("Pending", True)
