"""What the rows leave but one answer to is told to be certain, and nothing else is (SPEC 5)."""

from __future__ import annotations

import pytest

from tests.support.judged import ASSIGNMENTS, PERSON_KEYS, STAFF, STAFF_KEYS, insert, problems, update, verdict
from workbook.columns import ACTION, FIRST_NAME, PARTICIPANT_ID, STAFF_ID, STAFF_NAME


def test_a_row_without_insert_or_update_is_what_its_dates_make_of_it():
    asked = verdict(insert(action=None)).questions[ACTION, "(empty), fits Insert", "required"]
    assert (asked.answers, asked.certain) == (("Insert",), True)
    asked = verdict(update(action=None)).questions[ACTION, "(empty), fits Update", "required"]
    assert (asked.answers, asked.certain) == (("Update",), True)


def test_rows_that_need_different_answers_are_different_questions_and_each_is_certain():
    asked = verdict(insert(action=None), update(action=None), insert(action=None, start=None)).questions
    found = {
        value: (one.answers, one.certain, one.rows) for (column, value, _), one in asked.items() if column == ACTION
    }
    assert found == {
        "(empty), fits Insert": (("Insert",), True, [2]),
        "(empty), fits Update": (("Update",), True, [3]),
        "": ((), False, [4]),
    }


def test_an_update_without_a_caseworker_ends_the_one_assignment_that_it_fits():
    asked = verdict(update(staff=None)).questions[STAFF_ID, "(empty), fits S1", "required"]
    assert (asked.answers, asked.certain) == (("S1",), True)
    assert verdict(insert(staff=None)).questions[STAFF_ID, "", "required"].answers == ()


def test_of_participants_called_alike_an_update_means_the_one_whose_assignment_it_ends():
    ann = {"id": None, "first": "Ann", "last": "Lee", "staff": "Ana de la Cruz"}
    asked = verdict(update(**ann), update(**ann, start="2020-01-01"), insert(**ann)).questions
    assert {value: (one.answers, one.certain, one.rows) for (_, value, _), one in asked.items()} == {
        "Ann Lee, fits P3": (("P3",), True, [2]),
        "Ann Lee": (("P3", "P4"), False, [3, 4]),
    }


def test_of_caseworkers_with_one_name_an_update_means_the_one_whose_assignment_it_ends():
    of_eva = ASSIGNMENTS[4]._replace(staff_key=STAFF_KEYS["S7"])
    eva = {"staff": "Eva Twin", "id": "P3"}
    rows = [update(**eva), insert(**eva), update(staff="Eva Twin"), update(**eva, start="2020-01-01")]
    asked = verdict(*rows, assignments={PERSON_KEYS["P3"]: [of_eva]}).questions
    assert {
        value: (one.answers, one.certain, one.rows) for (_, value, code), one in asked.items() if "staff" in code
    } == {
        "Eva Twin, fits S7": (("S7",), True, [2]),
        "Eva Twin": (("S6", "S7"), False, [3, 4, 5]),
    }


def test_whose_assignments_the_rows_of_an_unknown_caseworker_end_is_known_where_all_give_a_start_date():
    def known(*rows):
        stored = {PERSON_KEYS["P1"]: ASSIGNMENTS[:1], PERSON_KEYS["P6"]: ASSIGNMENTS[5:6]}
        [one] = [one for one in verdict(*rows, assignments=stored).questions.values() if one.code == "unknown-staff"]
        return one.ends_of

    typo = {"staff": "Smiht", "start": "2025-02-01"}
    assert known(update(**typo), update(**typo, program="Youth Shelter")) == {STAFF_KEYS["S1"]}
    for other in (update(staff="Smiht"), insert(staff="Smiht"), update(**typo, id="P6")):
        assert known(update(**typo), other) == known(other, update(**typo)) == set()


def test_names_beside_an_id_that_are_exchanged_are_certain():
    asked = verdict(insert(id="P1", first="Jones", last="Mary")).questions
    assert asked[PARTICIPANT_ID, "P1, of Jones Mary", "demographics-mismatch"].certain
    assert not verdict(insert(id="P1", first="Jon")).questions[FIRST_NAME, "Jon", "demographics-mismatch"].certain


@pytest.mark.parametrize("written", ["Béa Ñunez", "Nunez, Bea", "BEA NÚÑEZ"])
def test_accents_alone_make_no_caseworker_unknown(written):
    staff = (*STAFF, STAFF[0]._replace(key=9, staff_id="S9", first_name="Bea", last_name="Núñez"))
    assert problems(insert(staff=written), staff=staff) == []


def test_who_is_spelt_to_the_letter_is_meant_and_several_but_for_accents_are_ambiguous():
    jose, plain = (
        STAFF[0]._replace(key=key, staff_id=f"S{key}", first_name=first, last_name="Roca")
        for key, first in ((9, "José"), (10, "Jose"))
    )
    staff = (*STAFF, jose, plain)
    assert problems(insert(staff="Jose Roca"), staff=staff) == []
    asked = verdict(insert(staff="Josè Roca"), staff=staff).questions
    assert asked[STAFF_NAME, "Josè Roca", "ambiguous-staff"].answers == ("S9", "S10")


def test_one_name_beside_the_ids_of_two_people_is_two_questions():
    """No answer would do for both."""
    asked = verdict(insert(id="P1", first="X"), insert(id="P6", first="X")).questions
    found = {value: one.answers for (column, value, _), one in asked.items() if column == FIRST_NAME}
    assert found == {"X": ("Mary",), "X, fits Kim": ("Kim",)}


def test_one_wrong_id_beside_the_details_of_two_people_is_two_questions():
    """Else one of them would get the answer that was found for the other."""
    rows = [
        {"first": "Mary", "last": "Jones"},
        {"first": "Kim", "last": "Park"},
        {},
        {"first": "Mary", "last": "Jones"},
    ]
    asked = verdict(*(insert(id="P999", **one) for one in rows)).questions
    assert {key: (one.clue[1:3], one.rows) for key, one in asked.items() if one.clue} == {
        ("Participant ID", "P999, of Mary Jones", "unknown-participant"): (("Mary", "Jones"), [2, 5]),
        ("Participant ID", "P999, of Kim Park", "unknown-participant"): (("Kim", "Park"), [3]),
        ("Participant ID", "P999", "unknown-participant"): (("", ""), [4]),
    }
    assert {one.value for one in verdict(*(insert(id="P999", **one) for one in rows)).problems} == {"P999"}
    numbers = verdict(insert(id="P999", ssn="123-45-6789"), insert(id="P999", ssn="123-45-6788")).questions
    assert [value for _, value, _ in numbers] == ["P999, row 2", "P999, row 3"]
