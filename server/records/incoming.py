"""Records on their way into a site: what the import files, an HMIS export or the sample agency say (SPEC 10).

Empty text, or None for a yes or no, where nothing is said: what is stored already then stays as it is. Dates are
ISO. `line` is the file's own line number.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class ImportProblem(NamedTuple):
    """One thing that is wrong with a file: where, and what to do about it in one sentence. Never an SSN."""

    file: str
    line: int
    """0 when it concerns the whole file."""
    column: str
    message: str

    def __str__(self) -> str:
        where = [self.file, f"line {self.line}" if self.line else "", self.column]
        return f"{', '.join(part for part in where if part)}: {self.message}"


class ImportRefused(Exception):
    """Nothing was imported, because of these problems."""

    def __init__(self, problems: Sequence[ImportProblem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


class IncomingParticipant(NamedTuple):
    line: int
    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str
    ssn: str
    """As `workbook.matching.ssn_digits` gives it; hashed before it is stored."""


class IncomingProgram(NamedTuple):
    line: int
    program_id: str
    name: str
    active: bool | None


class IncomingStaff(NamedTuple):
    line: int
    staff_id: str
    first_name: str
    last_name: str
    email: str
    active: bool | None
    caseload_access: bool | None
    administrator: bool | None


class IncomingEnrollment(NamedTuple):
    line: int
    participant_id: str
    program_id: str
    start_date: str
    end_date: str


class IncomingFeeder(NamedTuple):
    line: int
    feeder: str
    """The canonical header of the table."""
    value: str
    position: int
    active: bool | None


class IncomingAccess(NamedTuple):
    line: int
    staff_id: str
    program_id: str
    own: bool | None
    others: bool | None


class IncomingAssignment(NamedTuple):
    line: int
    participant_id: str
    program_id: str
    staff_id: str
    relationship: str
    status: str
    start_date: str
    end_date: str
    reason: str


@dataclass(slots=True)
class Incoming:
    """Everything that one import brings, in the order of the files."""

    participants: list[IncomingParticipant] = field(default_factory=list)
    programs: list[IncomingProgram] = field(default_factory=list)
    staff: list[IncomingStaff] = field(default_factory=list)
    enrollments: list[IncomingEnrollment] = field(default_factory=list)
    feeder: list[IncomingFeeder] = field(default_factory=list)
    access: list[IncomingAccess] = field(default_factory=list)
    assignments: list[IncomingAssignment] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    """Kind (`participants`, …) → the name of the file it came from, for messages."""
    problems: list[ImportProblem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What a person should know although nothing is wrong."""

    def file(self, kind: str) -> str:
        return self.files.get(kind, f"{kind}.csv")
