"""Participants are found by all that a row tells, weighed together."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from server.judge.question import Clue
from server.judge.reference import Participant
from server.suggest.birth_dates import day_level
from server.suggest.linkage import Favour, link
from server.suggest.names import standard_nicknames
from server.suggest.weights import Day
from tests.support import many_names
from workbook.report import SURE

NOTHING = Clue("", "", "", "", "", "")
PEOPLE = [
    Participant(1, "0012345", "Mary", "Jones", "1990-02-03", "4471", "a" * 64),
    Participant(2, "0054321", "José Luis", "García-Márquez", "1984-11-12", "8820", "b" * 64),
    Participant(3, "0077777", "Nguyễn", "Thanh", "2001-07-09", "", ""),
    Participant(4, "0088888", "Robert", "Okonkwo", "1975-05-30", "9001", "d" * 64),
    Participant(5, "0099990", "", "", "1999-12-31", "5150", ""),
]


def found(clue: Clue, people: list[Participant] = PEOPLE) -> list[int]:
    [links] = link([clue], people, standard_nicknames(), limit=5)
    return [people[place].key for place, *_ in links]


@pytest.mark.parametrize(
    ("clue", "key"),
    [
        (NOTHING._replace(first_name="Mary", last_name="Jones", birth_date="1990-03-02"), 1),
        (NOTHING._replace(first_name="Mary", last_name="Jones", birth_date="1990-02-13"), 1),
        (NOTHING._replace(first_name="Marry", last_name="Jnes", birth_date="1990-02-03"), 1),
        (NOTHING._replace(first_name="Mary", last_name="Smith", birth_date="1990-02-03"), 1),
        (NOTHING._replace(first_name="Jones", last_name="Mary"), 1),
        (NOTHING._replace(first_name="M", last_name="Jones"), 1),
        (NOTHING._replace(first_name="Jose", last_name="Marquez"), 2),
        (NOTHING._replace(first_name="Jose Luis", last_name="Garcia Marquez"), 2),
        (NOTHING._replace(first_name="Thanh", last_name="Nguyen"), 3),
        (NOTHING._replace(first_name="Bob", last_name="Okonkwo"), 4),
        (NOTHING._replace(birth_date="1999-12-31", case_number="5150"), 5),
        (NOTHING._replace(participant_id="12345"), 1),
        (NOTHING._replace(participant_id="００１２３４５"), 1),
        (NOTHING._replace(participant_id="٠٠١٢٣٤٥"), 1),
        (NOTHING._replace(participant_id="0012354"), 1),
        (NOTHING._replace(participant_id="0012346"), 1),
        (NOTHING._replace(case_number="4417", last_name="Jones"), 1),
        (NOTHING._replace(case_number="4417"), 1),
        (NOTHING._replace(case_number="4473"), 1),
        (NOTHING._replace(ssn_hash="d" * 64), 4),
        (NOTHING._replace(ssn_hash="d" * 64, first_name="Roberta", last_name="Whitfield"), 4),
    ],
)
def test_one_participant_is_meant(clue, key):
    assert found(clue) == [key]


@pytest.mark.parametrize(
    "clue",
    [
        NOTHING,
        NOTHING._replace(first_name="Gwendolyn", last_name="Whitfield"),
        NOTHING._replace(first_name="Gwendolyn", last_name="Jones", birth_date="1962-08-17"),
        NOTHING._replace(participant_id="9999999"),
        NOTHING._replace(participant_id="0012346", first_name="Gwendolyn", last_name="Whitfield"),
        NOTHING._replace(birth_date="1990-02-03", first_name="Gwendolyn", last_name="Whitfield"),
    ],
)
def test_a_stranger_is_nobody(clue):
    assert found(clue) == []


@pytest.mark.parametrize(
    "clue",
    [
        NOTHING._replace(first_name="Mary", last_name="Whitfield"),
        NOTHING._replace(first_name="Gwendolyn", last_name="Jones"),
    ],
)
def test_one_name_of_two_is_no_more_than_a_guess(clue):
    [[(place, score, guess)]] = link([clue], PEOPLE, standard_nicknames(), limit=5)
    assert (PEOPLE[place].key, guess, score < 20) == (1, True, True)


def test_nobody_is_guessed_at_where_somebody_is_clearly_meant():
    people = [*PEOPLE, PEOPLE[0]._replace(key=9, first_name="Keisha"), PEOPLE[0]._replace(key=10, last_name="Nowak")]
    assert found(NOTHING._replace(first_name="Mary", last_name="Jonse"), people) == [1]


def test_a_field_that_either_side_leaves_empty_neither_helps_nor_harms():
    same_name = [PEOPLE[0], PEOPLE[0]._replace(key=9, birth_date="", case_number="", ssn_hash="")]
    assert found(NOTHING._replace(first_name="Mary", last_name="Jones", birth_date="1961-01-01"), same_name)[0] == 9


def test_a_digit_wrong_in_an_id_that_has_many_neighbours_says_nothing():
    neighbours = [Participant(key, f"001234{key}", "A", "B", "", "", "") for key in range(9)]
    assert found(NOTHING._replace(participant_id="0012349"), neighbours) == []


def test_circumstances_order_the_equally_likely_and_admit_nobody():
    twins = [PEOPLE[0]._replace(key=key, birth_date="") for key in (1, 2)]
    clues = [Clue("", "Mary", "Jones", "", "", ""), Clue("", "Zoltan", "Kiss", "", "", "")]
    asked_about: list[Any] = []

    def second_first(likely: Sequence[Participant]) -> Favour:
        asked_about.extend(person.key for person in likely)
        return lambda _, person: 5.0 * (person.key == 2)

    stranger = Participant(3, "P3", "Anders", "Berg", "", "", "")
    links = link(clues, [*twins, stranger], standard_nicknames(), limit=5, circumstances=second_first)
    assert [[twins[place].key for place, *_ in some] for some in links] == [[2, 1], []]
    assert asked_about == [1, 2]


def test_of_namesakes_who_are_but_guesses_the_one_whose_other_name_has_the_letters_written_comes_first():
    namesakes = [
        Participant(key, f"P{key}", "Keely", last, "", "", "") for key, last in enumerate(("Blake", "Stranger", "Snow"))
    ]
    assert found(NOTHING._replace(first_name="Keely", last_name="Stragnwr"), namesakes)[0] == 1


CROWD = [Participant(100 + key, f"C{key}", f"Crowd {key}", "Lindqvist", "1950-01-01", "", "") for key in range(40)]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("Charlie", "Wakpbole", "1926-07-10"), ("Charlie", "Walpole", "1949-12-12")),
        (("Channing", "Hakq", "1919-04-25"), ("Channing", "Haak", "1997-04-08")),
    ],
)
def test_a_misspelled_surname_makes_a_guess_where_all_else_differs(written, meant):
    first_name, last_name, birth_date = meant
    person = Participant(9, "P9", first_name, last_name, birth_date, "", "")
    assert 9 in found(NOTHING._replace(**dict(zip(NAMED, written, strict=True))), [*CROWD, person])


NAMED = ("first_name", "last_name", "birth_date")


def test_who_is_no_guess_makes_nobody_else_less_likely():
    nobody = [Participant(key, f"P{key}", "Oliver", "", "", "", "") for key in (1, 2, 3)]
    guesses = [Participant(key, f"P{key}", first, "Hoistman", "", "", "") for key, first in ((8, "Amber"), (9, "Zoe"))]
    clue = NOTHING._replace(first_name="Oliver", last_name="Hostman", birth_date="1908-04-25")
    assert found(clue, [*nobody, *guesses]) == [8, 9]


def test_who_has_no_last_name_is_found_by_a_first_name_that_many_have():
    jameses = [Participant(key, f"P{key}", "James", f"Family {key}", "", "", "") for key in range(50)]
    assert found(NOTHING._replace(first_name="James"), [*jameses, Participant(99, "P99", "James", "", "", "", "")])[
        :1
    ] == [99]


def test_scores_run_from_0_to_100_and_full_agreement_is_100():
    clue = Clue("", "Mary", "Jones", "1990-02-03", "4471", "a" * 64)
    [[(_, score, guess)]] = link([clue], PEOPLE, standard_nicknames(), limit=5)
    assert (score, guess) == (100.0, False)


def test_no_people_and_no_clues_give_no_links():
    assert link([], PEOPLE, standard_nicknames(), limit=5) == []
    assert link([NOTHING._replace(last_name="Jones")], [], standard_nicknames(), limit=5) == [[]]


def _without(*fields: str) -> Callable[[random.Random, Clue], Clue]:
    def spoil(rng: random.Random, clue: Clue) -> Clue:
        clue = clue._replace(**dict.fromkeys(fields, ""))
        wrong = rng.choice([name for name in ("first_name", "last_name") if getattr(clue, name)])
        clue = clue._replace(**{wrong: many_names.mistyped(rng, getattr(clue, wrong))})
        if clue.birth_date and rng.random() < 0.3:
            year, month, day = clue.birth_date.split("-")
            wrong_date = f"{year}-{day}-{month}" if int(day) <= 12 else f"{year}-{month}-{int(day) ^ 1:02}"
            clue = clue._replace(birth_date=wrong_date)
        return clue

    return spoil


@pytest.mark.parametrize(
    ("fields", "floor"),
    [
        (("ssn_hash", "case_number"), 0.97),
        (("case_number",), 0.99),
        (("ssn_hash", "birth_date"), 0.97),
    ],
)
def test_a_mistyped_person_comes_first_of_two_thousand(fields, floor):
    rng = random.Random(20)
    people = many_names.participants(rng, 2000)
    meant = [person for person in rng.sample(people, 500) if person.birth_date and person.case_number]
    spoil = _without(*fields)
    clues = [spoil(rng, Clue("", *person[2:])) for person in meant]
    links = link(clues, people, standard_nicknames(), limit=5)
    first = sum(bool(some) and people[some[0].place] is person for some, person in zip(links, meant, strict=True))
    assert first / len(meant) >= floor


def test_at_most_one_stranger_in_twenty_gets_a_suggestion():
    rng = random.Random(21)
    people, strangers = many_names.participants(rng, 2000), many_names.participants(rng, 500, 5000)
    clues = [Clue("", *stranger[2:]) for stranger in strangers if stranger.birth_date]
    links = link(clues, people, standard_nicknames(), limit=5)
    assert sum(map(bool, links)) / len(clues) <= 0.05


def test_of_namesakes_the_one_whom_no_other_value_means_comes_first():
    people = [Participant(key, f"P{key}", first, "Whitfield", "", "", "") for key, first in ((1, "Ann"), (2, "Zoe"))]
    clues = [NOTHING._replace(first_name=first, last_name="Whitfield") for first in ("Mortimer", "Ann")]
    [alone], [beside, _] = (
        link(clues[:1], people, standard_nicknames(), limit=5),
        link(clues, people, standard_nicknames(), limit=5),
    )
    assert ([place for place, *_ in alone], [place for place, *_ in beside]) == ([0, 1], [1, 0])


def test_whom_another_row_names_rightly_comes_last_among_namesakes():
    people = [Participant(key, f"P{key}", "Ann", "Whitfield", "", "", "") for key in (1, 2)]
    clues = [NOTHING._replace(first_name="Ann", last_name="Whitfeld")]
    [links] = link(clues, people, standard_nicknames(), limit=5, taken={1})
    assert [people[place].key for place, *_ in links] == [2, 1]


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("1990-02-03", Day.SAME),
        ("1990-03-02", Day.SWAPPED),
        ("1990-02-33", Day.SLIP),
        ("1990-20-03", Day.SLIP),
        ("1909-02-03", Day.SLIP),
        ("1999-00-23", Day.DIFFERENT),
        ("1950-02-03", Day.SLIP),
        ("1955-02-03", Day.TWO_PARTS),
    ],
)
def test_birth_dates_are_compared_by_their_digits_even_those_that_no_calendar_has(written, level):
    assert day_level(written, "1990-02-03") is level


def test_a_slip_that_made_an_impossible_birth_date_says_more_than_one_that_made_another_day():
    one_letter_off = NOTHING._replace(first_name="Mary", last_name="Smith")
    people = [Participant(1, "P1", "Mary", "Jones", "1990-02-03", "", "")]
    scores = []
    for born in ("1990-02-08", "1990-02-33"):
        [[(_, score, _guess)]] = link([one_letter_off._replace(birth_date=born)], people, standard_nicknames(), limit=5)
        scores.append(score)
    assert scores[1] > 2 * scores[0]


def test_two_digits_exchanged_across_the_parts_of_a_birth_date_are_one_slip():
    assert day_level("1991-00-17", "1990-10-17") is day_level("1939-01-84", "1939-08-14") is Day.SLIP


def test_who_lacks_a_birth_date_as_the_row_does_comes_first_in_a_sheet_that_gives_them():
    born = [Participant(key, f"P{key}", "Lucy", "Clarke", f"19{key}-01-01", "", "") for key in (20, 30, 40)]
    others = [Participant(100 + key, f"Q{key}", "Ann", f"Other{key}", "1950-02-02", "", "") for key in range(20)]
    people = [*born, *others, Participant(9, "P9", "Lucy", "Clarke", "", "", "")]
    lucy, other = Clue("", "Lucy", "Clarke", "", "", ""), Clue("", "Ann", "Othr1", "1950-02-02", "", "")

    def first(clues: list[Clue], among: list[Participant] = people) -> int:
        links = link(clues, among, standard_nicknames(), limit=5)[0]
        return among[links[0].place].key

    assert first([lucy, other, other]) == 9
    assert first([lucy, lucy, other]) == 20, "a sheet of names alone says nothing by it"
    half = [one if one.key % 2 else one._replace(birth_date="") for one in people if one.key != 30]
    assert first([lucy, other, other], half) == 20, "nor does it where half of the people have none"


def test_of_two_born_on_a_day_who_lacks_the_first_name_that_the_row_lacks_comes_first():
    people = [
        Participant(1, "P1", "Vincent", "Lewan", "1946-04-13", "", ""),
        Participant(2, "P2", "", "Leslie", "1946-04-13", "", ""),
    ]
    assert found(NOTHING._replace(birth_date="1946-04-13"), people) == [2, 1]


def test_a_case_number_alone_with_two_digits_exchanged_is_likely_and_never_sure_in_a_site_of_any_size():
    for many in (1, 5_000):
        people = [
            Participant(number, f"P{number}", "", "", "", f"C-{number:06}-{number * 37 % 97:02}", "")
            for number in range(103_000, 103_000 + many)
        ]
        meant = people[many // 2]
        case = meant.case_number[:-2] + meant.case_number[:-3:-1]
        [[first, *_]] = link([NOTHING._replace(case_number=case)], people, standard_nicknames(), limit=5)
        assert people[first.place] == meant
        assert not first.guess
        assert first.score < SURE
