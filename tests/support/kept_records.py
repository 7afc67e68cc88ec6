"""Every assignment and enrollment of an agency as it is stored, to tell whether anything at all changed."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from server.records.database import reading
from server.records.tables import assignments, enrollments
from tests.support.served import Agency

Records = dict[str, list[tuple[Any, ...]]]


def kept_records(agency: Agency) -> Records:
    """All columns of all assignments and enrollments, by record number."""
    with reading(agency.engine) as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.record_id))]
            for table in (assignments, enrollments)
        }
