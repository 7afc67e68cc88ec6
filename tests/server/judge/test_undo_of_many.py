"""Undo of very many changes to one participant: judged as ever, and none goes through all that is stored of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

import server.judge
from server.judge import reversal
from server.judge.reference import Enrollment
from server.judge.reversal import RecordChange, Reversal, StoredAssignment, StoredEnrollment, StoredSince, Was
from tests.support.plain_reversal import PlainJudging
from tests.support.steps import steps_in

JUDGE = Path(server.judge.__file__).parent
UPLOAD, OTHER = "u", "o"
LATER = 100_000
DAYS = [f"2025-{month:02}-{day:02}" for month in (1, 2, 3) for day in (1, 2, 15, 28)]

Undo = tuple[Sequence[RecordChange], StoredSince]


def day(number: int) -> str:
    return (date(1950, 1, 2) + timedelta(number)).isoformat()


def visits(count: int) -> Undo:
    """The participant entered and left the program so many times, each time with an assignment."""
    changes, assignments, enrollments = [], [], []
    for number in range(count):
        on, entered, begun = day(number), 2 * number + 1, 2 * number + 2
        enrollments.append(StoredEnrollment(1, 1, 1, Enrollment(entered, on, on)))
        assignments.append(StoredAssignment(begun, 1, 1, 1, 1, on, on, 1, UPLOAD, True))
        changes += [
            RecordChange(number, True, True, begun, begun, Was()),
            RecordChange(number, False, True, entered, begun, Was()),
        ]
    return changes, StoredSince(LATER, 0, assignments, enrollments)


def built_upon(count: int) -> Undo:
    """The same, one enrollment within the other, and each assignment in them was changed since: it stays."""
    changes, since = visits(count)
    enrollments = [one._replace(stay=one.stay._replace(end_date=day(count))) for one in since.enrollments]
    assignments = [one._replace(version=2, ended_by=OTHER) for one in since.assignments]
    return changes, since._replace(assignments=assignments, enrollments=enrollments)


def ended(count: int) -> Undo:
    """So many were ended, and as many begun after it."""
    changes, assignments, enrollments = [], [], []
    for number in range(count):
        left, closed = 2 * number + 1, 2 * number + 2
        enrollments.append(StoredEnrollment(1, 1, 2, Enrollment(left, day(number), day(9000))))
        enrollments.append(StoredEnrollment(1, 1, 2, Enrollment(LATER + left, day(number), day(9001))))
        assignments.append(StoredAssignment(closed, 1, 1, 1, 1, day(number), day(9000), 2, UPLOAD, True))
        assignments.append(StoredAssignment(LATER + closed, 1, 1, 1, 1, day(number), day(9001), 2, OTHER, True))
        changes += [
            RecordChange(number, True, False, closed, closed, Was(1)),
            RecordChange(number, False, False, left, closed, Was(1)),
        ]
    return changes, StoredSince(LATER, 1, assignments, enrollments)


@pytest.mark.parametrize("undo_of", [visits, built_upon, ended])
def test_twice_as_many_changes_to_one_participant_take_about_twice_as_many_steps(undo_of) -> None:
    def steps(count: int) -> int:
        changes, since = undo_of(count)
        return steps_in(JUDGE, lambda: reversal.judge_reversal(UPLOAD, changes, since))

    few, many = steps(400), steps(800)
    assert many < 2.4 * few


def any_undo(chance: random.Random) -> Undo:
    """Changes to records of two participants, some of which others have changed, built upon, or taken away since."""
    changes: list[RecordChange] = []
    assignments: list[StoredAssignment] = []
    enrollments: list[StoredEnrollment] = []
    numbers = [*range(1, 13), *range(50, 62), *range(100, 112)]
    for number in numbers:
        begun, since = number >= 50, number >= 100
        who, program = chance.choice((1, 1, 1, 2)), chance.choice((0, 1, 1, 2))
        start, end = chance.choice(DAYS), chance.choice(["", *DAYS])
        by = chance.choice((UPLOAD, UPLOAD, UPLOAD, OTHER)) if end else ""
        version = chance.choice((1, 1, 1, 1, 2)) if begun else 2
        of_assignment = chance.random() < 0.5
        touched = not since and chance.random() < 0.9
        if touched and not begun and not end:
            end = chance.choice(DAYS)
        reopened = chance.choice((0, 0, 0, 99, 100)) if not end else 0
        if chance.random() < 0.95:
            if of_assignment:
                kind = chance.choice((0, 1, 1, 2))
                assignments.append(
                    StoredAssignment(
                        number, who, program, chance.choice((1, 2)), kind, start, end, version, by,
                        chance.random() < 0.95, reopened, chance.random() < 0.5,
                    )
                )  # fmt: skip
            else:
                stay = Enrollment(number, chance.choice(["", start]), end)
                enrollments.append(StoredEnrollment(who, program, version, stay, reopened))
        if touched:
            beside = number if of_assignment else chance.choice([one.record_id for one in assignments] or [number])
            changes.append(RecordChange(number, of_assignment, begun, number, beside, Was() if begun else Was(1)))
    chance.shuffle(assignments)
    chance.shuffle(changes)
    return changes, StoredSince(100, chance.choice((0, 1)), assignments, enrollments)


def test_of_any_upload_the_same_is_undone_as_where_each_change_goes_through_all(monkeypatch) -> None:
    said: set[str] = set()
    for seed in range(600):
        changes, since = any_undo(random.Random(seed))
        found: list[Reversal] = reversal.judge_reversal(UPLOAD, changes, since)
        with monkeypatch.context() as plainly:
            plainly.setattr(reversal, "UndoJudging", PlainJudging)
            assert reversal.judge_reversal(UPLOAD, changes, since) == found, seed
        said |= {" ".join(one.why.split()[:3]) for one in found}
    assert len(said) == 10, "each verdict was among them"
