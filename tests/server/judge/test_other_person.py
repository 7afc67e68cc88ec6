"""An ID beside the details of somebody else: which of the two is wrong, and whom the row means (SPEC R2, 5)."""

from __future__ import annotations

import pytest

from tests.support.judged import ASSIGNMENTS, PERSON_KEYS, insert, problems, update, verdict
from workbook.columns import FIRST_NAME, LAST_NAME, PARTICIPANT_ID

MARY = {"first": "Mary", "last": "Jones"}
"""P1, whose assignment an Update ends that says no more."""
ANN = {"first": "Ann", "last": "Lee"}
"""P3, born 2001-07-08, of whom Ana de la Cruz has an assignment; and P4."""


def meant(*rows):
    """(Participant ID, whether it is sure) where the ID is what is marked; what else is marked, where it is not."""
    questions = verdict(*rows).questions
    assert len({row for one in questions.values() for row in one.rows}) == len(rows)
    return [
        (*one.answers, one.certain) if code == "id-of-another" else (column, one.certain)
        for (column, _, code), one in questions.items()
    ]


def test_the_id_is_wrong_where_only_the_person_of_the_details_has_what_the_row_ends():
    assert meant(update(id="P6", **MARY)) == [("P1", True)]
    assert meant(update(id="P6", **MARY, born="1990-02-03", program="Youth Shelter")) == [("P1", True)]


def test_the_id_is_wrong_where_only_the_person_of_the_details_is_in_the_program_of_an_insert():
    assert meant(insert(id="P6", program="Youth Employment", **MARY)) == [("P1", True)]


def test_the_details_are_wrong_where_only_the_person_of_the_id_has_what_the_row_ends():
    """As where a column of names has moved by a row. Of an Insert only the ID's owner is known to be in the program."""
    assert meant(update(first="Kim", last="Park")) == [(FIRST_NAME, True), (LAST_NAME, True)]
    in_both = insert(id="P1", program="Youth Employment", first="Kim", last="Park", relationship="Secondary")
    assert meant(in_both) == [(FIRST_NAME, False), (LAST_NAME, False)]


def test_details_that_are_nobody_s_are_not_sure_to_be_wrong():
    """Those of a brother with the same caseworker, mistyped: the ID may be what is wrong."""
    assert meant(update(first="Kimm", last="Park")) == [(FIRST_NAME, False), (LAST_NAME, False)]


def test_where_the_caseload_fits_both_or_neither_the_details_are_marked_as_any_that_disagree():
    assert meant(insert(**MARY)) == [(FIRST_NAME, False), (LAST_NAME, False)]
    assert meant(update(id="P7", first="Kim", last="Park"))[:2] == [(FIRST_NAME, False), (LAST_NAME, False)]


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
