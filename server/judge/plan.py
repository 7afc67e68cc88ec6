"""The plan of an upload: every record that its valid rows would write (SPEC 6, R11).

A plan names rows by their index in the sheet. Records that are stored already are named by their record number; new
ones get theirs when they are written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class Begin(NamedTuple):
    """A new assignment. `program_key` is 0 for a site-level assignment."""

    row_index: int
    participant_key: int
    program_key: int
    staff_key: int
    relationship_key: int
    status_key: int
    start_date: str


class End(NamedTuple):
    """The end of an open assignment: a stored one (`record_id`), or one that this upload begins (`begin`, an
    index into `Plan.begins`; -1 when stored). `status_key` and `reason_key` 0: the stored value stays (SPEC R9)."""

    row_index: int
    record_id: int
    begin: int
    staff_key: int
    status_key: int
    reason_key: int
    end_date: str


class EnrollmentBegin(NamedTuple):
    row_index: int
    participant_key: int
    program_key: int
    start_date: str


class EnrollmentEnd(NamedTuple):
    """The end of a stored enrollment (`record_id`) or of one that this upload begins (`begin`, else -1)."""

    row_index: int
    record_id: int
    begin: int
    end_date: str


@dataclass(slots=True)
class Plan:
    """In sheet order. A row that only repeats what is stored writes nothing and is in none of the lists."""

    begins: list[Begin] = field(default_factory=list)
    ends: list[End] = field(default_factory=list)
    enrollment_begins: list[EnrollmentBegin] = field(default_factory=list)
    enrollment_ends: list[EnrollmentEnd] = field(default_factory=list)
