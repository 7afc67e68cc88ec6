"""Which rows say nothing that is not said already, and may be left out unread (SPEC R8, R9)."""

from __future__ import annotations

import pytest

from server.judge.judge import judge
from server.judge.question import NOTHING_NEW
from tests.support.judged import ASSIGNMENTS, insert, reference, sheet, update, verdict
from workbook.left_out import LEAVE_ROW_OUT

STORED = {"id": "P1", "staff": "Robert Smith", "start": "2025-02-01", "status": "Active"}
"""Assignment 301, as the row that began it said it."""
ENDED = {"id": "P4", "staff": "Ana de la Cruz", "start": "2024-05-01", "end": "2025-05-01", "reason": "Moved"}
"""Assignment 307, as the row that ended it said it."""


def asked(*rows, **changes):
    """Of what repeats something: the rows, whether nothing is lost with them, and what their question is told by."""
    closed = {104: [ASSIGNMENTS[6]._replace(reason_key=32)]}
    found = judge(sheet(*rows), reference(closed=closed, **changes))
    questions = [one for one in found.questions.values() if one.answers == (LEAVE_ROW_OUT,)]
    assert all(one.certain == one.value.endswith(NOTHING_NEW) for one in questions)
    return [(one.rows, one.certain) for one in questions]


def test_a_row_that_says_what_is_stored_says_nothing_new():
    assert asked(insert(**STORED)) == [([2], True)]
    assert asked(update(**ENDED)) == [([2], True)]
    assert asked(update(**ENDED | {"start": None, "status": "Active"})) == [([2], True)]


@pytest.mark.parametrize("other", [{"start": "2025-02-02"}, {"status": "On Hold"}])
def test_an_insert_that_differs_from_what_is_open_may_mean_something(other):
    assert asked(insert(**STORED | other)) == [([2], False)]


@pytest.mark.parametrize("other", [{"end": "2025-05-02"}, {"reason": "Completed"}, {"status": "On Hold"}])
def test_an_update_that_differs_from_what_has_ended_may_mean_something(other):
    assert asked(update(**ENDED | other)) == [([2], False)]


def test_a_primary_of_somebody_else_may_be_meant_to_take_over():
    from server.judge.reference import SiteRules

    assert asked(insert(**STORED | {"staff": "Ana de la Cruz"}), rules=SiteRules("Agency", one_primary=True)) == [
        ([2], False)
    ]


def test_a_row_that_says_the_same_as_one_above_says_nothing_new_however_a_date_is_written():
    assert asked(insert(start="2026-02-02"), insert(start="2/2/2026")) == [([3], True)]
    assert asked(update(), insert(id="P7"), update(), update()) == [([4, 5], True)]


@pytest.mark.parametrize(
    "other",
    [{"start": "2026-02-03"}, {"status": "On Hold"}, {"program_start": "2026-01-05"}, {"first": "Lou"}],
)
def test_a_repeated_insert_with_anything_else_may_mean_something(other):
    assert asked(insert(id="P7"), insert(**{"id": "P7"} | other)) == [([3], False)]


def test_whoever_is_told_in_other_words_may_turn_out_to_be_somebody_else():
    by_name = insert(id=None, first="Lou", last="Hill", born="2001-07-07")
    assert asked(insert(id="P7"), by_name) == [([3], False)]
    assert asked(by_name, by_name) == [([3], True)]


def test_words_that_read_alike_are_the_same_words_whatever_their_cells_hold():
    """As of an ID that is a number in one row and a text in the other."""
    assert asked(insert(id="P7"), insert(id=" P7\u200b")) == [([3], True)]
    assert asked(insert(id="P7", born="2001-07-07"), insert(id="P7", born="2001-07-07 ")) == [([3], True)]


def test_a_row_with_another_error_may_mean_something_that_it_does_not_say():
    assert asked(insert(id="P7"), insert(id="P7", status="Actve")) == [([3], False)]
    assert asked(insert(**STORED | {"status": "Actve"})) == [([2], False)]


def test_what_would_enroll_somebody_is_new():
    assert asked(insert(**STORED | {"program_start": "2025-01-01"})) == [([2], True)]
    assert asked(insert(**STORED | {"program_start": "2025-01-01", "program_end": "2026-01-31"})) == [([2], False)]


def test_rows_of_both_kinds_are_two_questions():
    found = verdict(insert(id="P7"), insert(id="P7"), insert(id="P7", status="On Hold"))
    assert {key: one.rows for key, one in found.questions.items()} == {
        ("Update or Insert", "Insert, nothing new", "repeated-row"): [3],
        ("Update or Insert", "Insert", "repeated-row"): [4],
    }
