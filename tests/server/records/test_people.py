"""Whoever a clue may mean is found in the database, on both kinds, and nobody of another site is."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import Engine, insert

from server.judge.question import Clue
from server.judge.reference import Participant, User
from server.records.database import reading, writing
from server.records.names import recount_names
from server.records.people import find_near
from server.records.tables import participants, sites
from server.suggest.names import standard_nicknames
from tests.support import many_names
from workbook.matching import exact_key, like_key

NOTHING = Clue("", "", "", "", "", "")
EVERYTHING = User(0, administrator=True)
PEOPLE = [
    Participant(1, "P-0012345", "Mary", "Jones", "1990-02-03", "C-4471", "a" * 64),
    Participant(2, "P-0054321", "José Luis", "García-Márquez", "1984-11-12", "C-8820", "b" * 64),
    Participant(3, "P-0077777", "Nguyễn", "Thanh", "2001-07-09", "", ""),
    Participant(4, "P-0088888", "Robert", "Okonkwo", "1975-05-30", "C-9001", "d" * 64),
    Participant(5, "P-0099990", "", "", "1999-12-31", "C-5150", ""),
    Participant(6, "P-0100000", "J", "Whitfield", "", "", ""),
]


def fill(database: Engine, people: list[Participant], site_id: int = 1) -> None:
    with writing(database) as connection:
        connection.execute(
            insert(sites).values(id=site_id, name=f"Site {site_id}", duplicate_check="[]", one_primary=False)
        )
        connection.execute(
            insert(participants),
            [
                person._asdict() | {
                    "site_id": site_id, "id_key": exact_key(person.participant_id),
                    "first_key": like_key(person.first_name), "last_key": like_key(person.last_name),
                    "case_key": like_key(person.case_number),
                }
                for person in people
            ],
        )  # fmt: skip
        recount_names(connection, site_id)


@pytest.fixture
def filled(database: Engine) -> Engine:
    fill(database, PEOPLE)
    return database


def near(database: Engine, *clues: Clue, site_id: int = 1) -> list[int]:
    with reading(database) as connection:
        found = find_near(connection, site_id, EVERYTHING, clues, standard_nicknames()).people
    assert len({person.key for person in found}) == len(found)
    return sorted(person.key for person in found)


def test_a_person_is_found_by_each_thing_that_a_row_may_tell(filled):
    clues = {
        "id as it is": (NOTHING._replace(participant_id="p-0012345"), 1),
        "zeros lost": (NOTHING._replace(participant_id="P-12345"), 1),
        "prefix and zeros lost": (NOTHING._replace(participant_id="12345"), 1),
        "hyphen lost": (NOTHING._replace(participant_id="P0012345"), 1),
        "digits exchanged": (NOTHING._replace(participant_id="P-0013245"), 1),
        "a digit wrong": (NOTHING._replace(participant_id="P-0012355"), 1),
        "a digit missing": (NOTHING._replace(participant_id="P-001345"), 1),
        "a digit too many": (NOTHING._replace(participant_id="P-00123345"), 1),
        "a letter for a digit": (NOTHING._replace(participant_id="P-0O12345"), 1),
        "ssn": (NOTHING._replace(ssn_hash="d" * 64), 4),
        "case number": (NOTHING._replace(case_number="C8820"), 2),
        "case number, a digit wrong": (NOTHING._replace(case_number="C-8821"), 2),
        "birth date": (NOTHING._replace(birth_date="1999-12-31"), 5),
        "day and month exchanged": (NOTHING._replace(birth_date="2001-09-07"), 3),
        "an impossible birth date": (NOTHING._replace(birth_date="1999-12-41"), 5),
        "name": (NOTHING._replace(first_name="jose luis", last_name="Garcia Marquez"), 2),
        "names exchanged": (NOTHING._replace(first_name="Thanh", last_name="Nguyen"), 3),
        "first letter of the surname wrong": (NOTHING._replace(first_name="Mary", last_name="Hones"), 1),
        "first letter of the first name wrong": (NOTHING._replace(first_name="Nary", last_name="Jones"), 1),
        "a letter wrong in both": (NOTHING._replace(first_name="Robret", last_name="Okonkvo"), 4),
        "nickname": (NOTHING._replace(first_name="Bob", last_name="Okonkwo"), 4),
        "nickname and a letter wrong": (NOTHING._replace(first_name="Bob", last_name="Okonwko"), 4),
        "one of two surnames, one of two first names": (NOTHING._replace(first_name="José", last_name="García"), 2),
        "the other surname": (NOTHING._replace(first_name="José Luis", last_name="Márquez"), 2),
        "an initial written": (NOTHING._replace(first_name="R", last_name="Okonkwo"), 4),
        "an initial stored": (NOTHING._replace(first_name="John", last_name="Whitfield"), 6),
        "surname alone": (NOTHING._replace(last_name="Jones"), 1),
    }
    missed = [what for what, (clue, key) in clues.items() if key not in near(filled, clue)]
    assert missed == []


def test_many_clues_are_answered_at_once_and_each_person_comes_once(filled):
    clues = [NOTHING._replace(first_name="Mary", last_name="Jones"), NOTHING._replace(participant_id="12345")]
    assert near(filled, *clues, NOTHING._replace(ssn_hash="b" * 64)) == [1, 2]


def test_a_stranger_and_an_empty_clue_bring_up_nobody(filled):
    assert near(filled, NOTHING._replace(first_name="Zebulon", last_name="Quigley", birth_date="1931-01-01")) == []
    assert near(filled, NOTHING) == []
    assert near(filled) == []


def test_nobody_of_another_site_is_found(filled):
    fill(filled, [person._replace(key=person.key + 100) for person in PEOPLE], site_id=2)
    clue = Clue("P-0012345", "Mary", "Jones", "1990-02-03", "C-4471", "a" * 64)
    assert near(filled, clue) == [1]
    assert near(filled, clue, site_id=2) == [101]
    assert near(filled, clue, site_id=3) == []


def test_text_that_no_database_can_hold_is_passed_over(filled):
    assert near(filled, Clue("\0", "\ud800", "Jones\0", "1990-02-03", "\ud800", "\0")) == [1]


def test_one_of_a_crowd_of_namesakes_is_found_by_the_birth_date_and_a_rarer_name_by_itself(filled):
    fill(filled, [PEOPLE[0]._replace(key=key, participant_id=f"N{key}", birth_date=f"1950-01-{key % 28 + 1:02}",
                                     first_name="Keisha" if key == 1000 else f"Mar{chr(97 + key % 26)}",
                                     case_number="", ssn_hash="") for key in range(1000, 1200)], site_id=2)  # fmt: skip
    found = near(filled, NOTHING._replace(first_name="Shanice", last_name="Jones", birth_date="1950-01-16"), site_id=2)
    assert found == [key for key in range(1000, 1200) if key % 28 == 15]
    assert near(filled, NOTHING._replace(first_name="Keisha", last_name="Whitfield"), site_id=2) == [1000]


def test_people_mistyped_at_random_are_among_those_found(database):
    rng = random.Random(30)
    people = many_names.participants(rng, 3000)
    fill(database, people)
    meant = [person for person in rng.sample(people, 100) if person.birth_date and person.case_number]
    by_name = [
        NOTHING._replace(
            first_name=many_names.mistyped(rng, person.first_name), last_name=many_names.mistyped(rng, person.last_name)
        )
        for person in meant
    ]
    by_id = [NOTHING._replace(participant_id=many_names.mistyped(rng, person.participant_id)) for person in meant]
    for clues, floor in ((by_name, 0.93), (by_id, 1.0)):
        found = set(near(database, *clues))
        assert sum(person.key in found for person in meant) / len(meant) >= floor
