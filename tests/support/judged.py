"""The agency as the judging knows it, and rows to judge against it: every rule finds here what it needs."""

from __future__ import annotations

import csv
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
from tests.support.agency import FILES
from workbook import columns
from workbook.columns import KINDS, REASON, RELATIONSHIP, STATUS
from workbook.sheet import Cell, Sheet, sheet_of

TODAY = "2026-06-30"


def _lines(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(FILES[kind]))


PROGRAMS = tuple(
    Program(key, line["Program ID"], line["Program Name"], line["Active"] == "Yes")
    for key, line in enumerate(_lines("programs"), 1)
)
STAFF = tuple(
    Staff(
        key, line["Staff ID"], line["First Name"], line["Last Name"], line["Active"] == "Yes",
        line["Caseload Access"] == "Yes",
    )
    for key, line in enumerate(_lines("staff"), 1)
)  # fmt: skip
FEEDER = {
    header: tuple(
        FeederValue(base + int(line["Order"]), line["Value"], line["Active"] == "Yes")
        for line in _lines("feeder")
        if line["Table"] == header
    )
    for header, base in ((RELATIONSHIP, 10), (STATUS, 20), (REASON, 30))
}
PARTICIPANTS = tuple(
    Participant(
        key, line["Participant ID"], line["First Name"], line["Last Name"], line["Date of Birth"],
        line["Case Number"], line["SSN"] and f"hash-of-{line['SSN']}",
    )
    for key, line in enumerate(_lines("participants"), 101)
)  # fmt: skip
PROGRAM_KEYS = {program.program_id: program.key for program in PROGRAMS} | {"": 0}
STAFF_KEYS = {member.staff_id: member.key for member in STAFF}
PERSON_KEYS = {person.participant_id: person.key for person in PARTICIPANTS}
ENROLLMENTS: dict[tuple[int, int], tuple[Enrollment, ...]] = {
    (PERSON_KEYS[line["Participant ID"]], PROGRAM_KEYS[line["Program ID"]]): (
        Enrollment(key, line["Program Start Date"], line["Program End Date"]),
    )
    for key, line in enumerate(_lines("enrollments"), 201)
}
ASSIGNMENTS = tuple(
    Assignment(key, PERSON_KEYS[person], PROGRAM_KEYS[program], STAFF_KEYS[member], kind, 21, start, end, version)
    for key, (person, program, member, kind, start, end, version) in enumerate(
        (
            ("P1", "SH", "S1", 11, "2025-02-01", "", 3),
            ("P1", "FS", "S1", 11, "2024-02-01", "2024-11-30", 2),
            ("P2", "SH", "S1", 11, "2025-03-01", "", 1),
            ("P2", "SH", "S1", 12, "2025-04-01", "", 1),
            ("P3", "", "S3", 12, "2025-05-01", "", 1),
            ("P6", "SH", "S3", 11, "2025-02-01", "", 1),
            ("P4", "", "S3", 12, "2024-05-01", "2025-05-01", 4),
        ),
        301,
    )
)
"""A case for every rule: two open ones of one caseworker, some in no program, some closed."""
ADMINISTRATOR = User(STAFF_KEYS["ADM"], True)

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
        caseloads={STAFF_KEYS["S1"]: 3, STAFF_KEYS["S3"]: 2},
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
        "id": "P7",
        "program": "Youth Shelter",
        "staff": "Ana de la Cruz",
        "relationship": "Primary",
        "status": "Active",
        "start": "2026-01-15",
    }
    return row(**{**valid, **cells})


def update(**cells: Cell) -> list[Cell]:
    """A valid Update, with some of its cells changed."""
    valid = {"action": "Update", "id": "P1", "staff": "Robert Smith", "end": "2026-05-31", "reason": "Completed"}
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
