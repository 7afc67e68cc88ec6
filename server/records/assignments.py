"""Fetch assignments for download into a sheet, with names and versions (SPEC 8, R12)."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, false, or_, select, true

from server.judge.reference import User
from server.records.tables import access, assignments, feeder_values, participants, programs, staff
from server.records.tokens import Principal
from workbook.matching import accent_key, exact_key
from workbook.report import ListedAssignment


class AssignmentFilter(NamedTuple):
    """`program`: a Program ID or Program Name; `caseworker`: a Staff ID, `First Last` or `Last, First`;
    `participant`: a Participant ID. Case and doubled spaces do not matter, nor accents where nobody is spelt to the
    letter; None does not filter."""

    is_open: bool | None
    program: str | None
    caseworker: str | None
    participant: str | None


def list_assignments(
    connection: Connection, who: Principal, only: AssignmentFilter, *, after: int, limit: int
) -> list[ListedAssignment]:
    """Assignments that `who` may change (SPEC R10), by record number, those beyond `after`."""
    relationship, status, reason = (feeder_values.alias(name) for name in ("relationship", "status", "reason"))
    query = (
        select(
            assignments.c.record_id,
            assignments.c.version,
            participants.c.participant_id,
            participants.c.first_name,
            participants.c.last_name,
            programs.c.program_id,
            programs.c.name.label("program_name"),
            staff.c.staff_id,
            staff.c.first_name.label("staff_first"),
            staff.c.last_name.label("staff_last"),
            relationship.c.value.label("relationship"),
            status.c.value.label("status"),
            assignments.c.start_date,
            assignments.c.end_date,
            reason.c.value.label("reason"),
        )
        .join(participants, participants.c.key == assignments.c.participant_key)
        .join(staff, staff.c.key == assignments.c.staff_key)
        .outerjoin(programs, programs.c.key == assignments.c.program_key)
        .outerjoin(relationship, relationship.c.key == assignments.c.relationship_key)
        .outerjoin(status, status.c.key == assignments.c.status_key)
        .outerjoin(reason, reason.c.key == assignments.c.reason_key)
        .where(assignments.c.site_id == who.site_id, assignments.c.record_id > after, may_change(who))
        .order_by(assignments.c.record_id)
        .limit(limit)
    )
    if only.is_open is not None:
        query = query.where(assignments.c.end_date == "" if only.is_open else assignments.c.end_date != "")
    if only.program is not None:
        query = query.where(assignments.c.program_key.in_(_program_keys(connection, who.site_id, only.program)))
    if only.caseworker is not None:
        query = query.where(assignments.c.staff_key.in_(_staff_keys(connection, who.site_id, only.caseworker)))
    if only.participant is not None:
        people = select(participants.c.key).where(
            participants.c.site_id == who.site_id, participants.c.id_key == exact_key(only.participant)
        )
        query = query.where(assignments.c.participant_key.in_(people))
    return [
        ListedAssignment(
            id=row.record_id,
            version=row.version,
            participant_id=row.participant_id,
            first_name=row.first_name,
            last_name=row.last_name,
            program_id=row.program_id or "",
            program_name=row.program_name or "",
            staff_id=row.staff_id,
            caseworker=f"{row.staff_first} {row.staff_last}".strip(),
            caseworker_first_name=row.staff_first,
            caseworker_last_name=row.staff_last,
            relationship=row.relationship or "",
            status=row.status or "",
            start_date=row.start_date,
            end_date=row.end_date,
            reason=row.reason or "",
        )
        for row in connection.execute(query)
    ]


def may_change(who: Principal) -> ColumnElement[bool]:
    """Administrators may change everything; others their own caseload and others', program by program (SPEC R10)."""
    if who.administrator:
        return true()
    mine = assignments.c.staff_key == who.staff_key

    def programs_with(right: ColumnElement[bool]) -> ColumnElement[bool]:
        granted = select(access.c.program_key).where(access.c.staff_key == who.staff_key, right)
        return assignments.c.program_key.in_(granted)

    own_anywhere = select(access.c.program_key).where(access.c.staff_key == who.staff_key, access.c.own).exists()
    return or_(
        and_(~mine, programs_with(access.c.others)),
        and_(mine, programs_with(access.c.own)),
        and_(mine, assignments.c.program_key.is_(None), own_anywhere),
    )


def open_to(user: User, participant_key: ColumnElement[int]) -> ColumnElement[bool]:
    """Whether a participant has an open assignment that this user may change."""
    a = assignments.c
    return select(a.record_id).where(a.participant_key == participant_key, open_and_theirs(user)).exists()


def open_and_theirs(user: User) -> ColumnElement[bool]:
    """Whether an assignment is open, and this user, who is no administrator, may change it."""
    own = [key for key, access in user.access.items() if access.own]
    others = [key for key, access in user.access.items() if access.others]
    a = assignments.c
    theirs = or_(
        and_(a.staff_key == user.staff_key, a.program_key.in_(own)),
        and_(a.staff_key != user.staff_key, a.program_key.in_(others)),
        and_(a.staff_key == user.staff_key, a.program_key.is_(None)) if own else false(),
    )
    return and_(a.end_date == "", theirs)


def _program_keys(connection: Connection, site_id: int, text: str) -> list[int]:
    rows = connection.execute(
        select(programs.c.key, programs.c.program_id, programs.c.name).where(programs.c.site_id == site_id)
    )
    key = exact_key(text)
    return [row.key for row in rows if key in (exact_key(row.program_id), exact_key(row.name))]


def _staff_keys(connection: Connection, site_id: int, text: str) -> list[int]:
    columns = (staff.c.key, staff.c.staff_id, staff.c.first_name, staff.c.last_name)
    key = exact_key(text)
    last, _, first = key.partition(",")
    keys = {key, exact_key(f"{first} {last}")} - {""}
    rows = list(connection.execute(select(*columns).where(staff.c.site_id == site_id)))
    if by_id := [row.key for row in rows if exact_key(row.staff_id) == key]:
        return by_id
    if by_name := [row.key for row in rows if exact_key(f"{row.first_name} {row.last_name}") in keys]:
        return by_name
    folded = {accent_key(one) for one in keys}
    return [row.key for row in rows if accent_key(f"{row.first_name} {row.last_name}") in folded]
