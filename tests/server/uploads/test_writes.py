"""Writing a plan: record numbers, endings, versions, and all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from server.judge.plan import Begin, End, EnrollmentBegin, EnrollmentEnd, Plan
from server.records.database import reading, writing
from server.records.tables import assignments, enrollments, feeder_values, participants, programs, sites, staff
from server.records.writes import Stale, lock_site, write_plan
from tests.support.served import Agency

UPLOAD = "u" * 32


def keys(agency: Agency) -> dict[str, int]:
    """Keys by what people call them."""
    found: dict[str, int] = {}
    with reading(agency.engine) as connection:
        for query in (
            select(participants.c.participant_id, participants.c.key),
            select(programs.c.program_id, programs.c.key),
            select(staff.c.staff_id, staff.c.key),
            select(feeder_values.c.value, feeder_values.c.key),
        ):
            found.update((name, key) for name, key in connection.execute(query))
    return found


def stored(agency: Agency, table: Any, *columns: str) -> list[tuple[Any, ...]]:
    with reading(agency.engine) as connection:
        query = select(*(table.c[name] for name in columns)).order_by(table.c.record_id)
        return [tuple(row) for row in connection.execute(query)]


def test_records_are_numbered_in_order_and_the_sites_revision_moves(agency: Agency) -> None:
    key = keys(agency)
    plan = Plan(
        begins=[
            Begin(0, key["P1"], key["YES"], key["S2"], key["Secondary"], key["Active"], "2024-05-01"),
            Begin(1, key["P2"], 0, key["S1"], key["Primary"], key["Active"], "2024-05-02"),
        ],
        enrollment_begins=[EnrollmentBegin(0, key["Q0001"], key["SH"], "2024-04-01")],
    )
    with writing(agency.engine) as connection:
        revision = lock_site(connection, agency.site_id)
        next_record = connection.execute(select(sites.c.next_record)).scalar_one()
        written = write_plan(connection, agency.site_id, UPLOAD, plan)
        assert lock_site(connection, agency.site_id) == revision + 1
        assert connection.execute(select(sites.c.next_record)).scalar_one() == next_record + 3
    assert written == (next_record, next_record + 1)
    begun = stored(agency, assignments, "record_id", "program_key", "status_key", "end_date", "reason_key", "begun_by")
    assert begun[-2:] == [
        (next_record + 1, key["YES"], key["Active"], "", None, UPLOAD),
        (next_record + 2, None, key["Active"], "", None, UPLOAD),
    ]
    assert stored(agency, enrollments, "record_id", "start_date", "end_date")[-1] == (next_record, "2024-04-01", "")


def test_an_ending_moves_the_version_and_never_erases_a_status(agency: Agency) -> None:
    key = keys(agency)
    with reading(agency.engine) as connection:
        one, two = connection.execute(
            select(assignments.c.record_id).where(assignments.c.end_date == "").order_by(assignments.c.record_id)
        ).scalars()
    plan = Plan(
        ends=[
            End(0, two, -1, key["S2"], key["On Hold"], key["Moved"], "2024-06-01"),
            End(1, one, -1, key["S1"], 0, 0, "2024-06-02"),
        ]
    )
    with writing(agency.engine) as connection:
        write_plan(connection, agency.site_id, UPLOAD, plan)
    ended = stored(agency, assignments, "record_id", "status_key", "reason_key", "end_date", "version", "ended_by")
    assert ended[:2] == [
        (one, key["Active"], None, "2024-06-02", 2, UPLOAD),
        (two, key["On Hold"], key["Moved"], "2024-06-01", 2, UPLOAD),
    ]


def test_what_one_upload_begins_and_ends_is_stored_ended(agency: Agency) -> None:
    key = keys(agency)
    plan = Plan(
        begins=[Begin(0, key["P2"], key["YES"], key["S1"], key["Primary"], key["Active"], "2024-05-01")],
        ends=[End(1, 0, 0, key["S1"], key["On Hold"], key["Moved"], "2024-06-01")],
        enrollment_begins=[EnrollmentBegin(0, key["Q0001"], key["SH"], "2024-04-01")],
        enrollment_ends=[EnrollmentEnd(1, 0, 0, "2024-07-01")],
    )
    with writing(agency.engine) as connection:
        write_plan(connection, agency.site_id, UPLOAD, plan)
    last = stored(agency, assignments, "status_key", "end_date", "reason_key", "begun_by", "ended_by")[-1]
    assert last == (key["On Hold"], "2024-06-01", key["Moved"], UPLOAD, UPLOAD)
    assert stored(agency, enrollments, "start_date", "end_date")[-1] == ("2024-04-01", "2024-07-01")


def test_a_closed_assignment_is_never_changed_and_nothing_else_is_kept(agency: Agency) -> None:
    key = keys(agency)
    before = stored(agency, assignments, *assignments.c.keys())
    with reading(agency.engine) as connection:
        closed = connection.execute(select(assignments.c.record_id).where(assignments.c.end_date != "")).scalar_one()
    plan = Plan(
        begins=[Begin(0, key["P2"], key["YES"], key["S1"], key["Primary"], key["Active"], "2024-05-01")],
        ends=[End(1, closed, -1, key["S1"], 0, key["Moved"], "2024-06-01")],
    )
    with pytest.raises(Stale), writing(agency.engine) as connection:
        write_plan(connection, agency.site_id, UPLOAD, plan)
    assert stored(agency, assignments, *assignments.c.keys()) == before


def test_an_enrollment_that_is_not_there_cannot_be_ended(agency: Agency) -> None:
    plan = Plan(enrollment_ends=[EnrollmentEnd(0, 999_999, -1, "2024-06-01")])
    with pytest.raises(Stale), writing(agency.engine) as connection:
        write_plan(connection, agency.site_id, UPLOAD, plan)


def test_an_empty_plan_changes_nothing_at_the_site(agency: Agency) -> None:
    with writing(agency.engine) as connection:
        revision = lock_site(connection, agency.site_id)
        write_plan(connection, agency.site_id, UPLOAD, Plan())
        assert lock_site(connection, agency.site_id) == revision
