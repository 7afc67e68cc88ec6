"""Did you mean, of caseworkers: by their names in any order and spelling, by ID, and by the row's program."""

from __future__ import annotations

import random

import pytest

from server.judge.question import Question
from server.judge.reference import Assignment, Staff
from server.suggest.kept_names import KeptNames
from server.suggest.sources import SiteRecords
from server.suggest.suggest import suggest
from tests.support import judged, many_names
from tests.support.many_names import mistyped
from tests.support.suggesting import STAFF, answer, site, values
from workbook.columns import STAFF_ID, STAFF_LAST, STAFF_NAME


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


@pytest.mark.parametrize("written", ["La nPham", "LanP ham", "Pham Lan", "Lan Phma"])
def test_a_space_a_letter_late_or_early_is_a_slip_like_others(written):
    staff = many_names.staff_of([("Lan", "Pham"), ("Lana", "Phan")])
    [[first, *_]] = suggest([Question(STAFF_NAME, written, "unknown-staff")], judged.reference(staff=staff), [])
    assert (first.value, first.score >= 95) == ("Lan Pham", True)


def test_without_capitals_a_space_elsewhere_may_make_another_name():
    for written, name in [
        ("lin an", ("Li", "Nan")),
        ("Lin An", ("Li", "Nan")),
        ("Seán Ó hEithir", ("Sean", "OH Either")),
    ]:
        asked = Question(STAFF_NAME, written, "unknown-staff")
        [found] = suggest([asked], judged.reference(staff=many_names.staff_of([name])), [])
        assert all(one.score < 95 for one in found), written


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
