"""Records on their way into a site, from any source of an import (SPEC 10).

Text is empty, and a yes or no is None, where the source says nothing: then the stored value stays. Dates are ISO.
`line` is the line number in the file.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from server.records.imports.known_ids import KnownIds
from workbook.ssn import ssn_of

NO_SSN: Final = "no Social Security number that could have been issued"


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
    """As `workbook.ssn.ssn_of` gives it; hashed before it is stored."""


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
    source_id: str = ""
    """What it is known by where it comes from, if it has an ID there."""


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


class Skipped(NamedTuple):
    """Lines of one file that were left out, or whose value in one column was, and why."""

    kind: str
    file: str
    column: str
    """"" when it was the whole line."""
    why: str
    lines: list[int]

    def __str__(self) -> str:
        what = f"{len(self.lines):,} {'values' if self.column else 'lines'}"
        what = what[:-1] if len(self.lines) == 1 else what
        where = f" in {self.column}" if self.column else ""
        return f"{self.file}: {what}{where} left out: {self.why} ({lines_named(self.lines)})."


def lines_named(lines: Sequence[int]) -> str:
    """`line 4`, or `lines 4, 9 and 12`, or the first of them and how many more there are."""
    named = [str(line) for line in lines[:_MOST_LINES]]
    more = len(lines) - len(named)
    if more:
        named.append(f"{more:,} more")
    if len(named) == 1:
        return f"line {named[0]}"
    return f"lines {', '.join(named[:-1])} and {named[-1]}"


_MOST_LINES: Final = 20


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
    skipped: list[Skipped] = field(default_factory=list)
    gone_enrollments: list[IncomingEnrollment] = field(default_factory=list)
    gone_participants: list[tuple[int, str]] = field(default_factory=list)
    gone_programs: list[tuple[int, str]] = field(default_factory=list)
    """What was deleted at its source, of which something may be stored: people and programs by line and ID."""
    once_stored: dict[str, str] = field(default_factory=dict)
    """Participant ID → what earlier versions stored (hashed) of an SSN that is none. Where just that is stored of them,
    it goes."""

    def file(self, kind: str) -> str:
        return self.files.get(kind, f"{kind}.csv")

    def make_administrator(self, staff_id: str, stored: Collection[str]) -> None:
        """Says of a staff member, of the files or `stored` already by Staff ID, that they are an administrator. Where
        there is no staff at all, they are the first, which is noted. Raises ImportRefused for an ID that none of the
        staff has: mistyped, it would make a second, nameless administrator."""
        ids = [*dict.fromkeys([*(person.staff_id for person in self.staff), *stored])]
        found = KnownIds(ids).find(staff_id)
        if ids and found is None:
            more = f" and {len(ids) - _MOST_LINES:,} more" if len(ids) > _MOST_LINES else ""
            why = f"No staff member has the Staff ID {staff_id}. Say one of: {', '.join(ids[:_MOST_LINES])}{more}."
            raise ImportRefused([ImportProblem("--administrator", 0, "", why)])
        if found is None:
            self.notes.append(
                f"{staff_id} is a new staff member, an administrator without a name. To name them, import a staff.csv "
                "with Staff ID, First Name and Last Name."
            )
        for place, person in enumerate(self.staff):
            if person.staff_id == found:
                self.staff[place] = person._replace(administrator=True)
                return
        self.staff.append(IncomingStaff(0, found or staff_id, "", "", "", None, None, True))

    def skip(self, kind: str, line: int, why: str, column: str = "") -> None:
        """Notes that a line, or its value in `column`, is left out."""
        file = self.file(kind)
        for one in self.skipped:
            if (one.file, one.column, one.why) == (file, column, why):
                one.lines.append(line)
                return
        self.skipped.append(Skipped(kind, file, column, why, [line]))

    def usable_ssn(self, line: int, participant_id: str, text: str) -> str:
        """The SSN in a cell, "" where it holds none; what is no SSN is reported, and never shown (SPEC R2)."""
        ssn = ssn_of(text)
        if text and not ssn:
            self.skip("participants", line, NO_SSN, "SSN")
            self.once_stored[participant_id] = text.replace("-", "").replace(" ", "")
        return ssn
