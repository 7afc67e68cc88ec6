"""Did you mean: what is suggested for each wrong value would make its row right, and nothing else is suggested."""

from __future__ import annotations

import random

import pytest

from server.judge.question import Clue, Question
from server.judge.reference import Assignment, Enrollment, FeederValue, Participant, Program, Staff
from server.suggest.kept_names import KeptNames
from server.suggest.sources import SiteMemory, SiteRecords
from server.suggest.suggest import suggest
from tests.support import judged, many_names
from tests.support.many_names import mistyped
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
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)

STAFF = [
    Staff(1, "S-001", "Robert", "Okonkwo", True, True),
    Staff(2, "S-014", "María José", "Núñez-Ortega", True, True),
    Staff(3, "S-207", "Nguyễn", "Thanh", True, True),
    Staff(4, "S-315", "Catherine", "O'Brien", False, True),
    Staff(5, "S-316", "Cathrine", "O'Brien", True, True),
    Staff(6, "S-420", "Lee", "Park", True, True),
    Staff(7, "S-533", "Lee", "Park", True, True),
    Staff(8, "S-648", "Deepika", "Reddy", True, False),
    Staff(9, "S-759", "Martin", "King, Jr.", True, True),
    Staff(10, "S-860", "", "", True, True),
]
PROGRAMS = many_names.program_list()
PEOPLE = [
    Participant(1, "P-0101", "Mary", "Jones", "1990-02-03", "4471", "a" * 64),
    Participant(2, "P-0202", "Mary", "Jones", "1962-10-30", "", ""),
    Participant(3, "P-0303", "Tuan", "Phạm", "", "", ""),
    Participant(4, "P-0404", "", "", "", "", ""),
]


def site(**more):
    return judged.reference(
        staff=STAFF, programs=PROGRAMS, feeder=many_names.feeder_tables(), participants=PEOPLE,
        enrollments={(1, 4): [Enrollment(1, "2026-01-01", "")], (2, 2): [Enrollment(2, "2025-01-01", "2025-06-30")]},
        assignments={2: [Assignment(1, 2, 4, 1, 1, 1, "2026-01-01", "", 1)]},
        **more,
    )  # fmt: skip


def answer(column, value, code, *, clue=None, remembered=None, **more):
    question = Question(column, value, code, [2], clue, **more)
    return suggest([question], site(), PEOPLE, SiteMemory(remembered or {}))[0]


def values(*args, **more):
    return [suggestion.value for suggestion in answer(*args, **more)]


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


# Staff


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Bob Okonkwo", "Robert Okonkwo"),
        ("Okonkwo, Robert", "Robert Okonkwo"),
        ("Okonkwo Robert", "Robert Okonkwo"),
        ("R. Okonkwo", "Robert Okonkwo"),
        ("Robert Okonkwo III", "Robert Okonkwo"),
        ("Maria Nunez", "María José Núñez-Ortega"),
        ("Nunez Ortega, Maria Jose", "María José Núñez-Ortega"),
        ("Thanh Nguyen", "Nguyễn Thanh"),
        ("Okonkwo", "Robert Okonkwo"),
        ("S-OO1", "Robert Okonkwo"),
    ],
)
def test_a_caseworker_is_recognised(written, meant):
    assert values(STAFF_NAME, written, "unknown-staff")[0] == meant


def test_a_staff_id_column_gets_staff_ids_with_the_name_as_label():
    [first, *_] = answer(STAFF_ID, "S-041", "unknown-staff")
    assert (first.value, first.label) == ("S-014", "María José Núñez-Ortega")
    assert values(STAFF_ID, "Bob Okonkwo", "unknown-staff")[0] == "S-001"


def test_split_names_get_last_comma_first():
    assert values(STAFF_LAST, "Robert Okonwko", "unknown-staff")[0] == "Okonkwo, Robert"


def test_namesakes_and_names_with_a_comma_are_answered_by_staff_id():
    assert values(STAFF_NAME, "Lee Prak", "unknown-staff") == ["S-420", "S-533"]
    assert values(STAFF_LAST, "Lee Prak", "unknown-staff") == ["S-420", "S-533"]
    assert values(STAFF_NAME, "Martin King", "unknown-staff") == ["S-759"]


def test_the_staff_ids_behind_an_ambiguous_name_are_offered_as_they_are_known():
    found = answer(STAFF_NAME, "Lee Park", "ambiguous-staff", answers=("S-420", "S-533"))
    assert [(one.value, one.label) for one in found] == [
        ("S-420", "Lee Park · S-420 · no open cases"),
        ("S-533", "Lee Park · S-533 · no open cases"),
    ]


def test_who_is_active_stands_before_who_is_not():
    assert [(one.value, one.label) for one in answer(STAFF_NAME, "Catherin OBrien", "unknown-staff")] == [
        ("Cathrine O'Brien", "Cathrine O'Brien"),
        ("Catherine O'Brien", "Catherine O'Brien · no longer active"),
    ]


def test_a_caseworker_of_the_rows_program_stands_before_one_who_is_not():
    staff = [Staff(1, "S1", "Ana", "Silva", True, True), Staff(2, "S2", "Ana", "Silvo", True, True)]
    assignments = {7: [Assignment(1, 7, 3, 2, 1, 1, "2026-01-01", "", 1)]}
    reference = judged.reference(staff=staff, assignments=assignments)
    questions = [Question(STAFF_ID, "Ana Silve", "unknown-staff", program_key=key) for key in (3, 4)]
    found = suggest(questions, reference, [])
    assert [[one.value for one in some] for some in found] == [["S2", "S1"], ["S1", "S2"]]


def _in_program_3(value, *staff_names):
    """Who is suggested for `value` where the last of these people works in the row's program."""
    names = [name.split(" ", 1) for name in staff_names]
    staff = [Staff(key, f"S{key}", first, last, True, True) for key, (first, last) in enumerate(names, 1)]
    question = Question(STAFF_NAME, value, "unknown-staff", program_key=3)
    [found] = suggest(
        [question], judged.reference(staff=staff), [],
        records=SiteRecords(caseworkers=lambda keys: {(3, len(staff))} & {(3, key) for key in keys}),
    )  # fmt: skip
    return [one.value for one in found]


def test_the_program_decides_between_names_that_are_about_as_alike_and_no_others():
    assert _in_program_3("Bob Smith", "Bobbi Smith", "Robert Smith")[0] == "Robert Smith"
    assert _in_program_3("Robert Smth", "Robert Smith", "Roberto Smythe")[0] == "Robert Smith"


def test_the_program_decides_where_more_people_than_can_be_shown_share_an_initial():
    names = [f"{first} Smith" for first in ("Joy", "Jay", "Jan", "Jon", "Jim", "Jo", "Joe")]
    assert _in_program_3("J. Smith", *names)[0] == "Joe Smith"
    elsewhere = Question(STAFF_NAME, "J. Smith", "unknown-staff", program_key=4)
    staff = many_names.staff_of([(name.split()[0], "Smith") for name in names])
    assert suggest([elsewhere], judged.reference(staff=staff), []) == [[]]


def test_of_names_that_differ_in_accents_alone_the_one_written_so_comes_first():
    staff = many_names.staff_of([("Maria", "Edwards"), ("María", "Edwards")])
    questions = [Question(STAFF_NAME, name, "unknown-staff") for name in ("aMría Edwards", "Edwrads, Maria")]
    found = suggest(questions, judged.reference(staff=staff), [])
    assert [some[0].value for some in found] == ["María Edwards", "Maria Edwards"]


def test_names_are_prepared_once_for_as_long_as_a_site_has_the_same_people():
    kept, reference = KeptNames(), site()
    first = kept.of(1, reference)
    assert kept.of(1, site()) is first
    assert kept.of(2, reference) is not first
    reference.staff = [*STAFF, Staff(99, "S-990", "New", "Comer", True, True)]
    assert kept.of(1, reference).staff.find(STAFF_NAME, "New Comer")
    assert kept.of(1, site()) is not first


@pytest.mark.parametrize("code", ["staff-disabled", "no-caseload-access"])
def test_a_caseworker_who_may_not_be_used_is_answered_only_by_one_alike_who_may(code):
    assert values(STAFF_NAME, "Deepika Reddy", code) == []
    assert values(STAFF_NAME, "Catherine O'Brien", code) == ["Cathrine O'Brien"]


@pytest.mark.parametrize("written", ["Zebulon Quigley", "???", "n/a", "Jane Okonkwo", "12", "\ud800", "x" * 255])
def test_a_name_unlike_anybodys_gets_no_suggestion(written):
    assert values(STAFF_NAME, written, "unknown-staff") == []


def test_a_name_that_more_people_share_than_can_be_shown_gets_no_suggestion():
    staff = [
        Staff(key, f"S-{key}00", first, "Garcia", True, True) for key, first in enumerate(many_names.FIRST_NAMES[:20])
    ]
    question = Question(STAFF_NAME, "Garcia", "unknown-staff")
    assert suggest([question], judged.reference(staff=staff), []) == [[]]


def _found(count: int, wrong, seed: int = 5):
    """Shares of right names suggested first, and of strangers for whom something was suggested."""
    rng = random.Random(seed)
    people = many_names.names(rng, count + 300)
    staff, strangers = many_names.staff_of(people[:count]), people[count:]
    reference = judged.reference(staff=staff)
    meant = rng.sample(staff, 300)
    questions = [Question(STAFF_ID, wrong(rng, member), "unknown-staff") for member in meant]
    questions += [Question(STAFF_ID, f"{first} {last}", "unknown-staff") for first, last in strangers]
    found = suggest(questions, reference, [])
    first = sum(bool(some) and some[0].value == member.staff_id for some, member in zip(found, meant, strict=False))
    return first / len(meant), sum(map(bool, found[len(meant) :])) / len(strangers)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rng, member: mistyped(rng, member.full_name),
        lambda rng, member: mistyped(rng, f"{member.last_name}, {member.first_name}"),
        lambda rng, member: f"{mistyped(rng, member.first_name)} {mistyped(rng, member.last_name)}",
        lambda rng, member: f"{member.last_name} {member.first_name}".upper(),
    ],
    ids=["one typo", "last, first, one typo", "a typo in each name", "exchanged, in capitals"],
)
def test_of_500_staff_the_one_meant_comes_first_and_strangers_get_nothing(wrong):
    first, false = _found(500, wrong)
    assert first >= 0.98
    assert false <= 0.05


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
