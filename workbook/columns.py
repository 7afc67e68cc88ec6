"""The template's columns: their canonical headers, their order, and the names other sheets give them (SPEC 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

ACTION: Final = "Update or Insert"
PARTICIPANT_ID: Final = "Participant ID"
FIRST_NAME: Final = "First Name"
LAST_NAME: Final = "Last Name"
BIRTH_DATE: Final = "Date of Birth"
CASE_NUMBER: Final = "Case Number"
SSN: Final = "SSN"
PROGRAM_ID: Final = "Program ID"
PROGRAM_NAME: Final = "Program Name"
PROGRAM_START: Final = "Program Start Date"
PROGRAM_END: Final = "Program End Date"
STAFF_ID: Final = "Caseworker Staff ID"
STAFF_NAME: Final = "Caseworker Name"
STAFF_FIRST: Final = "Caseworker First Name"
STAFF_LAST: Final = "Caseworker Last Name"
RELATIONSHIP: Final = "Caseworker Relationship"
STATUS: Final = "Caseload Status"
START: Final = "Start Date"
END: Final = "End Date"
REASON: Final = "Reason for Dismissal"

INSERT: Final = "Insert"
UPDATE: Final = "Update"
ACTIONS: Final = {"insert": INSERT, "i": INSERT, "update": UPDATE, "u": UPDATE}
"""What may stand under Update or Insert, in one case → what it means."""

Kind = Literal["action", "id", "text", "date", "feeder"]

KINDS: Final[dict[str, Kind]] = {
    ACTION: "action",
    PARTICIPANT_ID: "id",
    FIRST_NAME: "text",
    LAST_NAME: "text",
    BIRTH_DATE: "date",
    CASE_NUMBER: "id",
    SSN: "id",
    PROGRAM_ID: "id",
    PROGRAM_NAME: "text",
    PROGRAM_START: "date",
    PROGRAM_END: "date",
    STAFF_ID: "id",
    STAFF_NAME: "text",
    STAFF_FIRST: "text",
    STAFF_LAST: "text",
    RELATIONSHIP: "feeder",
    STATUS: "feeder",
    START: "date",
    END: "date",
    REASON: "feeder",
}
"""Every canonical header in template order, and how its cells are read."""

DEMOGRAPHICS: Final = (FIRST_NAME, LAST_NAME, BIRTH_DATE, CASE_NUMBER, SSN)
"""What a site may choose for its duplicate check, in template order."""

FEEDER_TABLES: Final = (RELATIONSHIP, STATUS, REASON)

PROGRAM_ALTERNATIVES: Final = ((PROGRAM_ID,), (PROGRAM_NAME,))
CASEWORKER_ALTERNATIVES: Final = ((STAFF_ID,), (STAFF_NAME,), (STAFF_FIRST, STAFF_LAST))

ROW_STATUS: Final = "Row Status"
ROW_MESSAGE: Final = "What to Do"
ROW_POINTER: Final = "_row"
ROW_ORIGIN: Final = "_origin"
"""Which assignment a downloaded row shows, in which version (SPEC R12); hidden, and sorted along with its row."""
ROW_FIXED: Final = "_fixed"
"""What the row's cells said before Apply Fixes changed them; hidden, and sorted along with its row."""
OWN_HEADERS: Final = (ROW_STATUS, ROW_MESSAGE, ROW_POINTER, ROW_ORIGIN, ROW_FIXED)
"""Columns that our own workbook adds beside the data; a reader passes over them without a word."""

_ALIASES: Final[dict[str, tuple[str, ...]]] = {
    ACTION: (
        "Insert or Update", "Update Insert", "Insert Update", "Record Action", "Action", "Upload Action",
    ),
    PARTICIPANT_ID: (
        "Participant Identifier", "Participant/Entity Identifier", "Participant Entity ID", "Entity ID",
        "Entity Identifier", "Client ID", "Client Identifier", "PSID", "Participant Site ID", "Participant",
        "Participant Number", "Participant No",
    ),
    FIRST_NAME: ("Participant First Name", "Client First Name", "Given Name", "First"),
    LAST_NAME: ("Participant Last Name", "Client Last Name", "Family Name", "Surname", "Last"),
    BIRTH_DATE: ("DOB", "Birth Date", "Birthday", "Participant Date of Birth", "Client Date of Birth", "Participant DOB"),
    CASE_NUMBER: ("Case No", "Case #", "Case ID", "Participant Case Number", "Client Case Number"),
    SSN: ("Social Security Number", "Social Security No", "Social Security", "Participant SSN", "SS Number"),
    PROGRAM_ID: ("Program Identifier", "Program Number", "Program No"),
    PROGRAM_NAME: ("Program",),
    PROGRAM_START: (
        "Program Start", "Program Begin Date", "Program Entry Date", "Program Enrollment Date", "Enrollment Date",
        "Enrollment Start Date", "Enrollment Start", "Enrollment Begin Date",
    ),
    PROGRAM_END: (
        "Program End", "Program Exit Date", "Program Dismissal Date", "Enrollment End Date", "Enrollment End",
    ),
    STAFF_ID: ("Staff ID", "Caseworker ID", "Case Worker ID", "Worker ID", "Case Worker Staff ID", "Caseworker Identifier"),
    STAFF_NAME: ("Caseworker", "Case Worker", "Case Worker Name", "Staff Name", "Staff", "Worker Name", "Worker", "Caseworker Full Name"),
    STAFF_FIRST: ("Staff First Name", "Case Worker First Name", "Caseworker First", "Worker First Name"),
    STAFF_LAST: ("Staff Last Name", "Case Worker Last Name", "Caseworker Last", "Worker Last Name"),
    RELATIONSHIP: ("Relationship", "Case Worker Relationship", "Relationship Type", "Caseload Relationship"),
    STATUS: ("Status", "Caseload Assignment Status", "Assignment Status"),
    START: ("Begin Date", "Start", "Caseload Start Date", "Assignment Start Date", "Date Started", "Caseload Begin Date", "Assignment Begin Date"),
    END: ("End", "Caseload End Date", "Assignment End Date", "Date Ended", "Dismissal Date"),
    REASON: ("Dismissal Reason", "Reason", "Reason of Dismissal", "Reason Dismissed", "End Reason"),
}


def header_key(text: str) -> str:
    """What two spellings of one header share: its letters and digits, in one case (SPEC 2)."""
    return "".join(char for char in text.casefold() if char.isalnum())


_BY_KEY: Final[dict[str, str]] = {
    header_key(name): header
    for header in KINDS
    for name in (header, *_ALIASES.get(header, ()))
}
_OWN_KEYS: Final = frozenset(header_key(name) for name in OWN_HEADERS)


def canonical_header(text: str) -> str | None:
    """The canonical header that `text` stands for, or None when nobody knows it."""
    return _BY_KEY.get(header_key(text))


def is_own_header(text: str) -> bool:
    """Whether our own workbook put this column beside the data."""
    return header_key(text) in _OWN_KEYS


ProgramChoice = Literal["id", "name"]
CaseworkerChoice = Literal["staff_id", "name", "first_last"]


@dataclass(frozen=True, slots=True)
class TemplateChoice:
    """Which alternative of each "or" a template carries (SPEC 2, 9: Generate Template's three choices)."""

    program: ProgramChoice = "name"
    caseworker: CaseworkerChoice = "name"
    enrollment: bool = False


def template_headers(choice: TemplateChoice, duplicate_check: Iterable[str]) -> list[str]:
    """The headers of one template, in canonical order. `duplicate_check`: the demographics that the site chose."""
    wanted = {ACTION, PARTICIPANT_ID, *duplicate_check, RELATIONSHIP, STATUS, START, END, REASON}
    wanted.add(PROGRAM_ID if choice.program == "id" else PROGRAM_NAME)
    if choice.enrollment:
        wanted |= {PROGRAM_START, PROGRAM_END}
    wanted |= set(
        {"staff_id": (STAFF_ID,), "name": (STAFF_NAME,), "first_last": (STAFF_FIRST, STAFF_LAST)}[choice.caseworker]
    )
    return [header for header in KINDS if header in wanted]
