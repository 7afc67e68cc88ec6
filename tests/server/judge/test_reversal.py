"""What of an upload can be taken back, change by change, as the records are now."""

from __future__ import annotations

from collections.abc import Sequence

from server.judge.reference import Enrollment
from server.judge.reversal import RecordChange, StoredAssignment, StoredEnrollment, StoredSince, Was, judge_reversal

UPLOAD, OTHER = "u", "o"
LATER = 100
"""Records from this number on were begun after the upload."""
BEGUN, ENDED = True, False


def assignment(
    record: int, *, end: str = "", version: int = 1, by: str = "", staff: int = 1, kind: int = 1,
    start: str = "2024-02-01", permitted: bool = True, program: int = 1,
) -> StoredAssignment:  # fmt: skip
    return StoredAssignment(record, 1, program, staff, kind, start, end, version, by, permitted)


def enrollment(record: int, start: str = "2024-01-01", end: str = "", version: int = 1) -> StoredEnrollment:
    return StoredEnrollment(1, 1, version, Enrollment(record, start, end))


def of_assignment(record: int, begun: bool, row: int = 2) -> RecordChange:
    return RecordChange(row, True, begun, record, record, Was() if begun else Was(1))


def of_enrollment(record: int, begun: bool, beside: int, row: int = 2) -> RecordChange:
    return RecordChange(row, False, begun, record, beside, Was() if begun else Was(1))


def outcomes(
    changes: Sequence[RecordChange],
    assignments: Sequence[StoredAssignment],
    enrollments: Sequence[StoredEnrollment] = (),
    primary: int = 0,
) -> list[str]:
    verdicts = judge_reversal(UPLOAD, changes, StoredSince(LATER, primary, assignments, enrollments))
    assert [one.change for one in verdicts] == list(changes)
    assert all(bool(one.why) == (one.outcome in ("kept", "impossible")) for one in verdicts)
    return [one.outcome for one in verdicts]


def test_what_is_as_the_upload_left_it_is_reversed() -> None:
    changes = [of_assignment(50, BEGUN), of_assignment(7, ENDED)]
    now = [assignment(50, staff=2), assignment(7, end="2024-06-01", version=2, by=UPLOAD)]
    assert outcomes(changes, now) == ["removed", "reopened"]


def test_what_the_upload_began_and_ended_in_one_go_is_removed() -> None:
    assert outcomes([of_assignment(50, BEGUN)], [assignment(50, end="2024-06-01", by=UPLOAD)]) == ["removed"]


def test_what_anybody_changed_since_is_kept() -> None:
    changes = [of_assignment(50, BEGUN), of_assignment(51, BEGUN), of_assignment(52, BEGUN)]
    now = [
        assignment(50, end="2024-06-01", version=2, by=OTHER),
        assignment(51, end="2024-06-01", version=2, staff=2),
        assignment(52, version=2, staff=3),
    ]
    assert outcomes(changes, now) == ["kept"] * 3


def test_what_is_gone_or_not_the_users_to_change_is_impossible() -> None:
    changes = [of_assignment(50, BEGUN), of_assignment(51, BEGUN), of_enrollment(49, BEGUN, 51)]
    assert outcomes(changes, [assignment(51, permitted=False)], [enrollment(49)]) == ["impossible"] * 3


def test_a_twin_stands_in_the_way_only_when_it_came_after_the_upload() -> None:
    ended = assignment(7, end="2024-06-01", version=2, by=UPLOAD)
    change = [of_assignment(7, ENDED)]
    assert outcomes(change, [ended, assignment(LATER, start="2024-06-01")]) == ["kept"]
    assert outcomes(change, [ended, assignment(LATER, start="2024-06-01", end="2024-07-01", version=2)]) == ["kept"]
    assert outcomes(change, [ended, assignment(8, start="2024-03-01")]) == ["reopened"], "it was there before"
    for different in (assignment(LATER, staff=2), assignment(LATER, kind=2), assignment(LATER, program=2)):
        assert outcomes(change, [ended, different]) == ["reopened"]


def test_what_was_reopened_after_the_upload_is_in_the_way_as_if_it_had_come_after_it() -> None:
    ended = assignment(7, end="2024-06-01", version=2, by=UPLOAD)
    twin, primary = assignment(8, start="2024-03-01"), assignment(9, staff=2)
    left = enrollment(3, end="2024-06-30", version=2)
    for reopened, then in ((LATER - 1, "reopened"), (LATER, "kept")):
        assert outcomes([of_assignment(7, ENDED)], [ended, twin._replace(reopened=reopened)]) == [then]
        assert outcomes([of_assignment(7, ENDED)], [ended, primary._replace(reopened=reopened)], primary=1) == [then]
        stays = [left, enrollment(2, "2024-01-01")._replace(reopened=reopened)]
        assert outcomes([of_enrollment(3, ENDED, 7)], [ended], stays) == [then]


def test_a_twin_that_the_upload_began_itself_is_in_the_way_only_if_it_stays() -> None:
    changes = [of_assignment(7, ENDED, row=2), of_assignment(50, BEGUN, row=3)]
    ended = assignment(7, end="2024-06-01", version=2, by=UPLOAD)
    assert outcomes(changes, [ended, assignment(50, start="2024-06-02")]) == ["reopened", "removed"]
    stays = assignment(50, start="2024-06-02", end="2024-08-01", version=2, by=OTHER)
    assert outcomes(changes, [ended, stays]) == ["kept", "kept"]


def test_another_open_primary_is_in_the_way_where_only_one_is_allowed() -> None:
    ended = assignment(7, end="2024-06-01", version=2, by=UPLOAD)
    other = assignment(LATER, staff=2)
    assert outcomes([of_assignment(7, ENDED)], [ended, other], primary=1) == ["kept"]
    assert outcomes([of_assignment(7, ENDED)], [ended, other], primary=2) == ["reopened"]
    closed = assignment(LATER, staff=2, end="2024-07-01", version=2)
    assert outcomes([of_assignment(7, ENDED)], [ended, closed], primary=1) == ["reopened"]
    without = [one._replace(program_key=0) for one in (ended, other)]
    assert outcomes([of_assignment(7, ENDED)], without, primary=1) == ["reopened"], "without a program there may be two"
    nothing = [one._replace(relationship_key=0) for one in (ended, other)]
    assert outcomes([of_assignment(7, ENDED)], nothing) == ["reopened"], "no relationship is not a Primary"


def test_an_enrollment_is_kept_for_an_assignment_that_began_in_it_and_stays() -> None:
    changes = [of_assignment(50, BEGUN), of_enrollment(49, BEGUN, 50)]
    mine, later = assignment(50), assignment(LATER, staff=2)
    assert outcomes(changes, [mine], [enrollment(49)]) == ["removed", "removed"]
    assert outcomes(changes, [mine, later], [enrollment(49)]) == ["removed", "kept"]
    assert outcomes(changes, [mine, later], [enrollment(3), enrollment(49)]) == ["removed", "removed"]
    assert outcomes(changes, [mine, assignment(7, staff=2)], [enrollment(49)]) == ["removed", "removed"], (
        "an import's assignment that was there before the enrollment does not depend on it"
    )
    assert outcomes(changes, [mine, assignment(7, staff=2)._replace(by_upload=True)], [enrollment(49)]) == [
        "removed",
        "kept",
    ], "an upload's was in another, which is gone"
    outside = assignment(LATER, staff=2, start="2023-01-01")
    assert outcomes(changes, [mine, outside], [enrollment(49)]) == ["removed", "removed"]


def test_of_two_enrollments_that_an_assignment_can_depend_on_one_is_kept() -> None:
    changes = [of_assignment(50, BEGUN), of_enrollment(48, BEGUN, 50), of_enrollment(49, BEGUN, 50)]
    now = [assignment(50), assignment(LATER, staff=2)]
    assert outcomes(changes, now, [enrollment(48), enrollment(49)]) == ["removed", "removed", "kept"]


def test_an_ended_enrollment_is_reopened_unless_another_one_followed() -> None:
    changes = [of_assignment(7, ENDED), of_enrollment(3, ENDED, 7)]
    now = [assignment(7, end="2024-06-01", version=2, by=UPLOAD)]
    left = enrollment(3, end="2024-06-30", version=2)
    assert outcomes(changes, now, [left]) == ["reopened", "reopened"]
    assert outcomes(changes, now, [left, enrollment(LATER, "2024-07-01")]) == ["reopened", "kept"]
    assert outcomes(changes, now, [left, enrollment(2, "2024-07-01")]) == ["reopened", "reopened"]
    assert outcomes(changes, now, [left._replace(version=3)]) == ["reopened", "kept"]
