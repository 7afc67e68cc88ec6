"""A name that is right in itself may be somebody else's, however like it is to one of the staff (SPEC 5)."""

from __future__ import annotations

import pytest

from server.judge.question import Question
from server.judge.reference import Staff
from server.suggest.suggest import suggest
from tests.support import judged
from workbook.columns import STAFF_ID, STAFF_NAME


def first(written, known, column=STAFF_NAME, staff_id="S16"):
    given, _, family = known.partition(" ")
    staff = [Staff(1, staff_id, given, family, True, True), Staff(2, "S40", "Zofia", "Nowak", True, True)]
    [found] = suggest([Question(column, written, "unknown-staff", [2])], judged.reference(staff=staff), [])
    return (found[0].label.partition(" ·")[0], found[0].is_sure) if found else None


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Maria Lopez", "Mario Lopez"), ("Daniel Cruz", "Daniela Cruz"), ("Eric Johnson", "Erica Johnson"),
        ("Karen Wong", "Karen Wang"), ("Lin Chan", "Lin Chang"), ("Jean Hill", "Joan Hill"),
        ("Michael Brown Jr", "Michael Brown Sr"), ("Michael Brown III", "Michael Brown II"),
        ("Michael Brown Jr", "Michael Brown"),
    ],
)  # fmt: skip
def test_a_name_of_its_own_is_offered_and_not_sure(written, known):
    assert first(written, known) == (known, False)


@pytest.mark.parametrize(
    ("written", "known"),
    [
        ("Mraia Lopez", "Maria Lopez"), ("Maria Lopze", "Maria Lopez"), ("Bob Okonkwo", "Robert Okonkwo"),
        ("Ana Ruis", "Ana Ruiz"), ("Lopez, Maria", "Maria Lopez"), ("Michael Brown", "Michael Brown Jr"),
        ("Dr. Maria Lopez", "Maria Lopez"), ("M. Lopez", "Maria Lopez"),
    ],
)  # fmt: skip
def test_a_slip_a_nickname_or_another_spelling_is_sure(written, known):
    assert first(written, known) == (known, True)


def test_a_staff_id_with_two_digits_exchanged_may_be_that_of_somebody_new():
    assert first("S61", "Maria Lopez", STAFF_ID) == ("Maria Lopez", False)
    assert first("16", "Maria Lopez", STAFF_ID) == ("Maria Lopez", True)
    assert first("S-0016", "Maria Lopez", STAFF_ID) == ("Maria Lopez", True)
