"""Write a plan into the database, in the caller's transaction (SPEC 6, R8, R9, R11).

Bulk goes through the driver: `executemany` in key order on SQLite, COPY and one UPDATE over arrays on PostgreSQL. The
caller holds the lock on the site's row, and has judged the sheet under that lock.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, select

from server.judge.plan import End, EnrollmentEnd, Plan
from server.records.bulk import driver_cursor, insert_rows
from server.records.sites import bump, take_record_numbers
from server.records.tables import assignments, enrollments, sites

_ASSIGNMENT: Final = (
    "site_id", "record_id", "participant_key", "program_key", "staff_key", "relationship_key", "status_key",
    "start_date", "end_date", "reason_key", "version", "begun_by", "ended_by",
)  # fmt: skip
_ENROLLMENT: Final = ("site_id", "record_id", "participant_key", "program_key", "start_date", "end_date", "version")

Line = tuple[int | str | None, ...]


class Stale(Exception):
    """A record to be ended is no longer as it was judged. The whole plan must be rolled back."""


class RecordNumbers(NamedTuple):
    """The record numbers: `Plan.begins[i]` became `first_assignment + i`, and likewise the enrollments."""

    first_enrollment: int
    first_assignment: int


def lock_site(connection: Connection, site_id: int) -> int:
    """Makes the caller the site's only writer until its transaction ends, and gives the site's revision."""
    # NO KEY UPDATE: rows that merely refer to the site (a new upload, a mail) can still be inserted meanwhile.
    query = select(sites.c.revision).where(sites.c.id == site_id).with_for_update(key_share=True)
    return int(connection.execute(query).scalar_one())


def write_plan(connection: Connection, site_id: int, upload_id: str, plan: Plan) -> RecordNumbers:
    """Writes all of a plan and moves the site's revision. Raises Stale when a record is not as it was judged."""
    count = len(plan.enrollment_begins) + len(plan.begins)
    first = take_record_numbers(connection, site_id, count) if count else 0
    written = RecordNumbers(first, first + len(plan.enrollment_begins))
    if not count and not plan.ends and not plan.enrollment_ends:
        return written
    insert_rows(connection, enrollments, _ENROLLMENT, _new_enrollments(plan, site_id, written))
    insert_rows(connection, assignments, _ASSIGNMENT, _new_assignments(plan, site_id, upload_id, written))
    _end_enrollments(connection, site_id, [end for end in plan.enrollment_ends if end.begin < 0])
    _end_assignments(connection, site_id, upload_id, [end for end in plan.ends if end.begin < 0])
    bump(connection, site_id)
    return written


def _new_enrollments(plan: Plan, site_id: int, written: RecordNumbers) -> Iterator[Line]:
    ended = {end.begin: end.end_date for end in plan.enrollment_ends if end.begin >= 0}
    for position, begin in enumerate(plan.enrollment_begins):
        yield (
            site_id, written.first_enrollment + position, begin.participant_key, begin.program_key,
            begin.start_date, ended.get(position, ""), 1,
        )  # fmt: skip


def _new_assignments(plan: Plan, site_id: int, upload_id: str, written: RecordNumbers) -> Iterator[Line]:
    ended = {end.begin: end for end in plan.ends if end.begin >= 0}
    for position, begin in enumerate(plan.begins):
        end = ended.get(position)
        status = (end.status_key if end is not None else 0) or begin.status_key
        yield (
            site_id, written.first_assignment + position, begin.participant_key, begin.program_key or None,
            begin.staff_key, begin.relationship_key or None, status or None, begin.start_date,
            "" if end is None else end.end_date, None if end is None else end.reason_key or None,
            1, upload_id, None if end is None else upload_id,
        )  # fmt: skip


def _end_assignments(connection: Connection, site_id: int, upload_id: str, ends: Sequence[End]) -> None:
    """Ends stored assignments. A status given is stored with the ending; none given keeps the stored one (R9)."""
    if not ends:
        return
    ends = sorted(ends, key=lambda end: end.record_id)
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.executemany(
                "UPDATE assignments SET end_date = ?, reason_key = ?, status_key = coalesce(?, status_key), "
                "version = version + 1, ended_by = ? WHERE site_id = ? AND record_id = ? AND end_date = ''",
                (
                    (end.end_date, end.reason_key or None, end.status_key or None, upload_id, site_id, end.record_id)
                    for end in ends
                ),
            )
        else:
            cursor.execute(
                "UPDATE assignments SET end_date = given.end_date, reason_key = nullif(given.reason_key, 0), "
                "status_key = coalesce(nullif(given.status_key, 0), assignments.status_key), "
                "version = version + 1, ended_by = %s "
                "FROM unnest(%s::int[], %s::text[], %s::int[], %s::int[]) "
                "AS given (record_id, end_date, reason_key, status_key) "
                "WHERE site_id = %s AND assignments.record_id = given.record_id AND assignments.end_date = ''",
                (
                    upload_id,
                    [end.record_id for end in ends],
                    [end.end_date for end in ends],
                    [end.reason_key for end in ends],
                    [end.status_key for end in ends],
                    site_id,
                ),
            )
        changed = cursor.rowcount
    if changed != len(ends):
        raise Stale(f"{len(ends)} assignments were to be ended, {changed} were open")


def _end_enrollments(connection: Connection, site_id: int, ends: Sequence[EnrollmentEnd]) -> None:
    if not ends:
        return
    ends = sorted(ends, key=lambda end: end.record_id)
    with driver_cursor(connection) as cursor:
        if connection.dialect.name == "sqlite":
            cursor.executemany(
                "UPDATE enrollments SET end_date = ?, version = version + 1 WHERE site_id = ? AND record_id = ?",
                ((end.end_date, site_id, end.record_id) for end in ends),
            )
        else:
            cursor.execute(
                "UPDATE enrollments SET end_date = given.end_date, version = version + 1 "
                "FROM unnest(%s::int[], %s::text[]) AS given (record_id, end_date) "
                "WHERE site_id = %s AND enrollments.record_id = given.record_id",
                ([end.record_id for end in ends], [end.end_date for end in ends], site_id),
            )
        changed = cursor.rowcount
    if changed != len(ends):
        raise Stale(f"{len(ends)} enrollments were to be ended, {changed} were found")
