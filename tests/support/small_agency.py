"""A small agency in memory, to judge sheets against: every rule finds here what it needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from server.judge.judge import Judging, judge
from server.judge.reference import (
    Assignment,
    Enrollment,
    FeederValue,
    Participant,
    Program,
    Reference,
    SiteRules,
    Staff,
    User,
)
from server.judge.verdict import Verdict
from workbook import columns
from workbook.columns import KINDS, REASON, RELATIONSHIP, STATUS
from workbook.sheet import Cell, Sheet, sheet_of

TODAY = "2026-06-30"

PROGRAMS = (
    Program(1, "YS", "Youth Shelter", True),
    Program(2, "FS", "Family Support", True),
    Program(3, "OLD", "Old Program", False),
    Program(4, "X1", "Twin Program", True),
    Program(5, "X2", "Twin Program", True),
    Program(6, "0012", "Food Bank", True),
)
STAFF = (
    Staff(1, "S1", "Alma", "Reyes", True, True),
    Staff(2, "S2", "Bob", "Van Dyke", True, True),
    Staff(3, "S3", "Carol", "Ng", False, True),
    Staff(4, "S4", "Dan", "Okafor", True, False),
    Staff(5, "S5", "Eva", "Twin", True, True),
    Staff(6, "S6", "Eva", "Twin", True, True),
)
FEEDER = {
    RELATIONSHIP: (
        FeederValue(11, "Primary", True),
        FeederValue(12, "Secondary", True),
        FeederValue(13, "Backup", False),
    ),
    STATUS: (FeederValue(21, "Active", True), FeederValue(22, "On Hold", True)),
    REASON: (FeederValue(31, "Completed", True), FeederValue(32, "Moved", True), FeederValue(33, "Lapsed", False)),
}
PARTICIPANTS = (
    Participant(101, "P001", "Mary", "Jones", "1990-02-03", "C-1", "hash-of-mary"),
    Participant(102, "P002", "José", "O'Brien-Smith", "1985-12-31", "C-2", ""),
    Participant(103, "P003", "Ann", "Lee", "1970-01-01", "C-3", ""),
    Participant(104, "P004", "Ann", "Lee", "1971-01-01", "C-4", ""),
    Participant(105, "0007", "", "", "", "", ""),
    Participant(106, "P006", "Kim", "Park", "2000-06-06", "C-6", ""),
    Participant(107, "P007", "Lou", "Hill", "2001-07-07", "C-7", ""),
)
ENROLLMENTS = {
    (101, 1): (Enrollment(201, "2025-01-01", ""),),
    (101, 2): (Enrollment(202, "2024-01-01", "2024-12-31"),),
    (102, 1): (Enrollment(203, "2025-03-01", ""),),
    (103, 1): (Enrollment(204, "2025-01-01", ""),),
    (106, 1): (Enrollment(205, "2025-01-01", "2026-03-31"),),
    (107, 1): (Enrollment(206, "2025-01-01", ""),),
}
ASSIGNMENTS = (
    # record, participant, program, staff, relationship, status, start, end, version
    Assignment(301, 101, 1, 1, 11, 21, "2025-02-01", "", 3),
    Assignment(302, 101, 2, 1, 11, 21, "2024-02-01", "2024-11-30", 2),
    Assignment(303, 102, 1, 1, 11, 21, "2025-03-01", "", 1),
    Assignment(304, 102, 1, 1, 12, 21, "2025-04-01", "", 1),
    Assignment(305, 103, 0, 2, 12, 21, "2025-05-01", "", 1),
    Assignment(306, 106, 1, 2, 11, 21, "2025-02-01", "", 1),
    Assignment(307, 104, 0, 2, 12, 21, "2024-05-01", "2025-05-01", 4),
)
ADMINISTRATOR = User(1, True)

HEADER = tuple(KINDS)
SHORT_NAMES = {
    "action": columns.ACTION,
    "id": columns.PARTICIPANT_ID,
    "first": columns.FIRST_NAME,
    "last": columns.LAST_NAME,
    "born": columns.BIRTH_DATE,
    "case": columns.CASE_NUMBER,
    "ssn": columns.SSN,
    "program_id": columns.PROGRAM_ID,
    "program": columns.PROGRAM_NAME,
    "program_start": columns.PROGRAM_START,
    "program_end": columns.PROGRAM_END,
    "staff_id": columns.STAFF_ID,
    "staff": columns.STAFF_NAME,
    "staff_first": columns.STAFF_FIRST,
    "staff_last": columns.STAFF_LAST,
    "relationship": columns.RELATIONSHIP,
    "status": columns.STATUS,
    "start": columns.START,
    "end": columns.END,
    "reason": columns.REASON,
}


def reference(**changes: object) -> Reference:
    """The agency as the judging knows it, with some of it changed."""
    assignments: dict[int, list[Assignment]] = defaultdict(list)
    closed: dict[int, list[Assignment]] = defaultdict(list)
    for assignment in ASSIGNMENTS:
        (closed if assignment.end_date else assignments)[assignment.participant_key].append(assignment)
    known = Reference(
        rules=SiteRules("Agency"),
        today=TODAY,
        programs=PROGRAMS,
        staff=STAFF,
        feeder=FEEDER,
        participants=PARTICIPANTS,
        enrollments=ENROLLMENTS,
        assignments=assignments,
        closed=closed,
        user=ADMINISTRATOR,
        caseloads={1: 3, 2: 2},
    )
    return replace(known, **changes)  # type: ignore[arg-type]


def row(**cells: Cell) -> list[Cell]:
    """One row of the full header; cells by short name, the others empty."""
    line: list[Cell] = [None] * len(HEADER)
    for name, value in cells.items():
        line[HEADER.index(SHORT_NAMES[name])] = value
    return line


def insert(**cells: Cell) -> list[Cell]:
    """A valid Insert, with some of its cells changed."""
    valid = {
        "action": "Insert",
        "id": "P007",
        "program": "Youth Shelter",
        "staff": "Bob Van Dyke",
        "relationship": "Primary",
        "status": "Active",
        "start": "2026-01-15",
    }
    return row(**{**valid, **cells})


def update(**cells: Cell) -> list[Cell]:
    """A valid Update, with some of its cells changed."""
    valid = {"action": "Update", "id": "P001", "staff": "Alma Reyes", "end": "2026-05-31", "reason": "Completed"}
    return row(**{**valid, **cells})


def sheet(*rows: Sequence[Cell], versions: dict[int, int] | None = None) -> Sheet:
    return sheet_of(HEADER, rows, versions=versions)


def verdict(*rows: Sequence[Cell], versions: dict[int, int] | None = None, **changes: object) -> Verdict:
    """What is found in rows 2, 3, … of a sheet; `changes` are made to the agency first. The same is found where only
    the closed assignments are known that the sheet asks for, as of a large one."""
    read, known = sheet(*rows, versions=versions), reference(**changes)
    found = judge(read, known)
    judging = Judging(read, replace(known, closed=None))
    closed = known.closed or {}
    assert judging.verdict({key: closed.get(key, ()) for key in judging.without_open()}) == found
    return found


def problems(*rows: Sequence[Cell], versions: dict[int, int] | None = None, **changes: object) -> list[list[object]]:
    """What is wrong, as [sheet row, column, code]."""
    found = verdict(*rows, versions=versions, **changes).problems
    return [[problem.row, problem.column, problem.code] for problem in found]
