"""What a site lacks after an import before anybody can upload, in words."""

from __future__ import annotations

from sqlalchemy import Connection, func, select

from server.records.tables import feeder_values, participants, programs, staff
from workbook.columns import FEEDER_TABLES, REASON


def what_is_missing(connection: Connection, site_id: int) -> list[str]:
    """One sentence or two for each thing that is missing; none when the site is ready."""
    missing = []
    active = select(func.count()).select_from(staff).where(staff.c.site_id == site_id, staff.c.active)
    if not connection.execute(active.where(staff.c.administrator)).scalar_one():
        staff_there = connection.execute(active).scalar_one()
        missing.append(
            "No staff member is an administrator, so nobody can upload yet. "
            + ("Say who is one with --administrator STAFF_ID when you import, or import" if staff_there else "Import")
            + " a staff.csv whose headers are Staff ID, First Name, Last Name and Administrator, with Yes in the last."
        )
    columns = feeder_values.c
    listed = select(columns.feeder).where(columns.site_id == site_id, columns.active).distinct()
    known = set(connection.execute(listed).scalars())
    lacking = [header for header in FEEDER_TABLES if header not in known]
    if lacking:
        needed = [header for header in lacking if header != REASON]
        why = f"so an Insert cannot fill {' and '.join(needed)}" if needed else "so an Update gives no reason"
        missing.append(
            f"There are no allowed values for {', '.join(lacking)} yet, {why}. Import a feeder.csv whose headers are "
            f"Table and Value, with a line for each value, such as: {lacking[0]},{_EXAMPLES[lacking[0]]}"
        )
    for table, what, headers in (
        (programs, "programs", "Program ID and Program Name"),
        (participants, "participants", "Participant ID, First Name, Last Name, Date of Birth, Case Number and SSN"),
    ):
        count = select(func.count()).select_from(table).where(table.c.site_id == site_id)
        if not connection.execute(count).scalar_one():
            missing.append(f"There are no {what} yet. Import a {what}.csv whose headers are {headers}.")
    return missing


_EXAMPLES = dict(zip(FEEDER_TABLES, ("Primary", "Active", "Completed"), strict=True))
