"""What rows of a sheet begin, beside what is stored: assignments and enrollments (R11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from server.judge.reference import Assignment, Enrollment


@dataclass(slots=True)
class Begun:
    """An assignment that a row of this sheet begins. `plan_index` is its place in the plan, -1 if its row is wrong."""

    row_number: int
    program_key: int
    staff_key: int
    relationship_key: int
    start_date: str | None
    """None where the row's Start Date cannot be read: nothing is said about dates then."""
    plan_index: int = -1
    ended_in_row: int = 0


class Stay(NamedTuple):
    """An enrollment as the sheet has left it so far. `record_id` is 0 for one that the sheet begins."""

    record_id: int
    start_date: str
    end_date: str
    plan_index: int = -1


AnyStay = Enrollment | Stay
AnyAssignment = Assignment | Begun


def holds(stay: AnyStay, day: str) -> bool:
    """Whether an enrollment covers an ISO date. An import may lack the start: it has always been there then."""
    return stay.start_date <= day and (not stay.end_date or day <= stay.end_date)
