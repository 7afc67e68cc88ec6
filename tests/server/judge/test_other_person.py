"""An ID beside the details of somebody else: which of the two is wrong, and whom the row means (SPEC R2, 5)."""

from __future__ import annotations

import pytest

from tests.support.judged import ASSIGNMENTS, PARTICIPANTS, PERSON_KEYS, insert, problems, update, verdict
from workbook.columns import FIRST_NAME, LAST_NAME, PARTICIPANT_ID

MARY = {"first": "Mary", "last": "Jones"}
"""P1, whose assignment an Update ends that says no more."""
ANN = {"first": "Ann", "last": "Lee"}
"""P3, born 2001-07-08, of whom Ana de la Cruz has an assignment; and P4."""


def meant(*rows):
    """Whom the rows may mean, the likeliest first, and whether that is sure."""
    questions = verdict(*rows).questions
    assert len({row for one in questions.values() for row in one.rows}) == len(rows)
    return [(*one.answers, one.certain) for one in questions.values() if one.column == PARTICIPANT_ID]


def about_whom(found):
    """The questions on whom an ID and details mean; each of the details is one by itself, too."""
    return [one for one in found.questions.values() if one.details]


def test_the_id_is_wrong_where_only_the_person_of_the_details_has_what_the_row_ends():
    assert meant(update(id="P6", **MARY)) == [("P1", True)]
    assert meant(update(id="P6", **MARY, born="1990-02-03", program="Youth Shelter")) == [("P1", True)]


def test_the_id_is_wrong_where_only_the_person_of_the_details_is_in_the_program_of_an_insert():
    assert meant(insert(id="P6", program="Youth Employment", **MARY)) == [("P1", True)]


def test_the_details_are_wrong_where_only_the_person_of_the_id_has_what_the_row_ends():
    """As where a column of names has moved by a row. Of an Insert only the ID's owner is known to be in the program."""
    assert meant(update(first="Kim", last="Park")) == [("P1", True)]
    in_both = insert(id="P1", program="Youth Employment", first="Kim", last="Park", relationship="Secondary")
    assert meant(in_both) == [("P1", "P6", False)]


def test_details_that_are_nobody_s_are_not_sure_to_be_wrong():
    """Those of a brother with the same caseworker, mistyped: the ID may be what is wrong."""
    assert meant(update(first="Kimm", last="Park")) == [("P1", False)]


def test_where_the_caseload_fits_both_or_neither_the_details_are_marked_as_any_that_disagree():
    assert meant(insert(**MARY)) == [("P7", "P1", False)]
    assert meant(update(id="P7", first="Kim", last="Park")) == [("P7", "P6", False)]
    for row in (insert(**MARY), update(id="P7", first="Kim", last="Park")):
        assert {(column, code) for _, column, code in problems(row)} >= {
            (FIRST_NAME, "demographics-mismatch"), (LAST_NAME, "demographics-mismatch"),
        }  # fmt: skip


def test_of_people_called_alike_the_one_is_meant_who_has_what_the_row_ends():
    assert meant(update(id="P6", staff="Ana de la Cruz", start="2025-05-01", **ANN)) == [("P3", True)]
    assert "id-of-another" not in [code for _, _, code in problems(insert(id="P6", **ANN))]


@pytest.mark.parametrize(
    "more", [{"born": "1990-02-04"}, {"case": "C6"}, {"ssn": "hash-of-823-11-0001"}, {"first": "Kim"}, {"first": None}]
)
def test_somebody_else_is_meant_only_where_all_details_are_theirs_and_both_names_no_longer_those_of_the_id(more):
    found = problems(update(**{"id": "P6", **MARY, **more}))
    assert "id-of-another" not in [code for _, _, code in found]


def test_nothing_else_is_said_of_a_row_whose_person_is_not_known():
    assert problems(update(id="P6", **MARY)) == [[2, PARTICIPANT_ID, "id-of-another"]]


def test_rows_that_need_different_answers_are_different_questions():
    """Two people of one name are told apart by what they have open."""
    other = ASSIGNMENTS[4]._replace(record_id=399, participant_key=PERSON_KEYS["P4"], start_date="2025-06-01")
    stored = {PERSON_KEYS["P3"]: [ASSIGNMENTS[4]], PERSON_KEYS["P4"]: [other]}
    rows = [update(id="P6", staff="Ana de la Cruz", start=start, **ANN) for start in ("2025-05-01", "2025-06-01")]
    asked = verdict(*rows, assignments=stored).questions
    assert {value: (one.answers, one.certain, one.rows) for (_, value, _), one in asked.items()} == {
        "P6, of Ann Lee, fits P3": (("P3",), True, [2]),
        "P6, of Ann Lee, fits P4": (("P4",), True, [3]),
    }


def test_where_the_caseload_decides_nothing_an_id_that_is_a_slip_away_comes_first():
    """Of four characters and more: of shorter IDs nearly all are a slip apart."""
    people = [
        PARTICIPANTS[0]._replace(key=900 + place, participant_id=given, first_name=first, last_name=last)
        for place, (given, first, last) in enumerate((("000412", "Ada", "Roe"), ("000421", "Bo", "Lind")))
    ]
    far = people[1]._replace(key=910, participant_id="007756")
    asked = [{"id": "000412", "first": "Bo", "last": "Lind"}]

    def meant_of(*known):
        rows = [insert(**one, program=None) for one in asked]
        [one] = about_whom(verdict(*rows, participants=(*PARTICIPANTS, *known)))
        return one.answers, one.certain

    assert meant_of(*people, far) == (("000421", "000412", "007756"), False)
    assert meant_of(people[0], far) == (("000412", "007756"), False)


def test_one_name_that_is_another_s_is_asked_about_like_two_and_is_never_sure():
    """Where it is nobody's, or only other details disagree, it is a detail to be corrected."""
    kim = PARTICIPANTS[5]._replace(key=900, participant_id="P900", first_name="Mary")
    row = insert(id="P1", first="Mary", last="Park", relationship="Secondary")
    assert meant(row) == []
    [one] = about_whom(verdict(row, participants=(*PARTICIPANTS, kim)))
    assert (one.answers, one.certain, [detail[:3] for detail in one.details]) == (
        ("P1", "P900"), False, [(LAST_NAME, "Park", "Jones")],
    )  # fmt: skip


def test_a_disagreement_is_one_question_for_all_its_details_and_rows():
    """But for a row that says more: there it may be another's."""
    kim = {"id": "P1", "first": "Kim", "last": "Lee", "born": "1999-09-09"}
    rows = [insert(**kim, relationship="Secondary"), insert(**kim), insert(**kim | {"case": "C1"})]
    found = verdict(*rows)
    asked = {one.value: (one.rows, one.owner) for one in about_whom(found)}
    assert asked == {
        "P1, of Kim Lee · born 1999-09-09": ([2, 3], "P1"),
        "P1, of Kim Lee · born 1999-09-09 · case C1": ([4], "P1"),
    }
    assert len([one for one in found.problems if one.code == "demographics-mismatch"]) == 9


def test_an_ssn_beside_them_is_one_of_the_details_and_told_by_nobody():
    row = insert(id="P1", first="Kim", ssn="hash-of-823-11-0006", relationship="Secondary")
    [one] = about_whom(verdict(row))
    assert one.value == "P1, of Kim · SSN given"
    assert [detail[:3] for detail in one.details] == [("First Name", "Kim", "Mary"), ("SSN", "", "")]


def test_nothing_of_the_rest_is_said_where_only_others_fit_what_the_row_ends():
    """Two people are called so: which of them has it is not for sure the one who is meant by an Insert."""
    found = problems(insert(id="P7", program="Youth Employment", **MARY), participants=[
        *PARTICIPANTS, PARTICIPANTS[0]._replace(key=900, participant_id="P900"),
    ])  # fmt: skip
    assert {code for _, _, code in found} == {"demographics-mismatch"}
