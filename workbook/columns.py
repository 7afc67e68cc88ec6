"""The template's columns: canonical headers, order, and accepted other names (SPEC 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
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


@dataclass(frozen=True, slots=True)
class TemplateColumn:
    """One column of the template. What stands here is all that the sheet, its readers and the judging's reading need;
    `docs/extending.md` says what else a column takes that is stored."""

    header: str
    """The canonical one."""
    kind: Kind
    """How its cells are read."""
    instruction: str
    """What its cell of the instruction row says. No commas: a .csv must survive programs that know no quotation marks.
    No real data says it: it is how a row that was left in is known again (SPEC 3)."""
    prompt: str = ""
    """What its input message says, where that is not the instruction."""
    sample: str | date | None = None
    """Its cell of the sample row: a text that no real data holds, with `(sample)` at its end or, for an ID, `SAMPLE-` at
    its beginning. Of a feeder table it is shown where the site has no value of its own yet."""
    width: float = 0
    """In characters; 0: 21 for a feeder table, 15 for anything else."""
    list_name: str = ""
    """The defined name of the list that its cells offer; "" where it has none."""
    aliases: tuple[str, ...] = ()
    """What other sheets call it."""
    in_every_template: bool = False
    """Whether each template has it, whatever was chosen (SPEC 2)."""
    in_every_row: bool = False
    """Whether every row must fill it: its header is darker."""


COLUMNS: Final = (
    TemplateColumn(
        ACTION, "action",
        "Delete this row. Insert begins and Update ends an assignment.",
        prompt="Insert begins an assignment. Update ends one that is open.",
        sample="Insert",
        width=22, list_name="list_action", in_every_template=True, in_every_row=True,
        aliases=("Insert or Update", "Update Insert", "Insert Update", "Record Action", "Action", "Upload Action"),
    ),
    TemplateColumn(
        PARTICIPANT_ID, "id",
        "The person's ID. Or leave it empty and fill the details of the person.",
        sample="SAMPLE-00042",
        width=17, in_every_template=True,
        aliases=("Participant Identifier", "Participant/Entity Identifier", "Participant Entity ID", "Entity ID", "Entity Identifier", "Client ID", "Client Identifier", "PSID", "Participant Site ID", "Participant", "Participant Number", "Participant No"),
    ),
    TemplateColumn(
        FIRST_NAME, "text",
        "The person's first name. Not needed beside a Participant ID.",
        sample="Maria (sample)",
        width=18,
        aliases=("Participant First Name", "Client First Name", "Given Name", "First"),
    ),
    TemplateColumn(
        LAST_NAME, "text",
        "The person's last name. Not needed beside a Participant ID.",
        sample="Lopez (sample)",
        width=18,
        aliases=("Participant Last Name", "Client Last Name", "Family Name", "Surname", "Last"),
    ),
    TemplateColumn(
        BIRTH_DATE, "date",
        "The person's date of birth such as 1990-05-17.",
        sample=date(1990, 5, 17),
        aliases=("DOB", "Birth Date", "Birthday", "Participant Date of Birth", "Client Date of Birth", "Participant DOB"),
    ),
    TemplateColumn(
        CASE_NUMBER, "id",
        "The person's case number. Leading zeros count.",
        sample="SAMPLE-4471",
        width=17,
        aliases=("Case No", "Case #", "Case ID", "Participant Case Number", "Client Case Number"),
    ),
    TemplateColumn(
        SSN, "id",
        "The person's Social Security Number.",
        prompt="The person's Social Security Number, with or without hyphens. Not needed beside a Participant ID.",
        sample="000-12-3456 (sample)",
        width=20,
        aliases=("Social Security Number", "Social Security No", "Social Security", "Participant SSN", "SS Number"),
    ),
    TemplateColumn(
        PROGRAM_ID, "id",
        "The program's ID. Leave it empty for no program.",
        sample="SAMPLE-PROGRAM",
        width=15, list_name="list_program_id",
        aliases=("Program Identifier", "Program Number", "Program No"),
    ),
    TemplateColumn(
        PROGRAM_NAME, "text",
        "The program's name. Leave it empty for an assignment without a program.",
        sample="Youth Shelter (sample)",
        width=28, list_name="list_program_name",
    ),
    TemplateColumn(
        PROGRAM_START, "date",
        "Only to enroll the person: the first day.",
        sample=date(2026, 1, 5),
        aliases=("Program Start", "Program Begin Date", "Program Entry Date", "Program Enrollment Date", "Enrollment Date", "Enrollment Start Date", "Enrollment Start", "Enrollment Begin Date"),
    ),
    TemplateColumn(
        PROGRAM_END, "date",
        "Only to end the enrollment: its last day.",
        aliases=("Program End", "Program Exit Date", "Program Dismissal Date", "Enrollment End Date", "Enrollment End"),
    ),
    TemplateColumn(
        STAFF_ID, "id",
        "Required. The caseworker's Staff ID.",
        sample="SAMPLE-STAFF",
        width=16, list_name="list_staff_id", in_every_row=True,
        aliases=("Staff ID", "Caseworker ID", "Case Worker ID", "Worker ID", "Case Worker Staff ID", "Caseworker Identifier"),
    ),
    TemplateColumn(
        STAFF_NAME, "text",
        "Required. The caseworker's first and last name.",
        sample="Alex Rivera (sample)",
        width=25, list_name="list_staff_name", in_every_row=True,
        aliases=("Caseworker", "Case Worker", "Case Worker Name", "Staff Name", "Staff", "Worker Name", "Worker", "Caseworker Full Name"),
    ),
    TemplateColumn(
        STAFF_FIRST, "text",
        "Required. The caseworker's first name.",
        sample="Alex (sample)",
        width=19, list_name="list_staff_first", in_every_row=True,
        aliases=("Staff First Name", "Case Worker First Name", "Caseworker First", "Worker First Name"),
    ),
    TemplateColumn(
        STAFF_LAST, "text",
        "Required. The caseworker's last name.",
        sample="Rivera (sample)",
        width=19, list_name="list_staff_last", in_every_row=True,
        aliases=("Staff Last Name", "Case Worker Last Name", "Caseworker Last", "Worker Last Name"),
    ),
    TemplateColumn(
        RELATIONSHIP, "feeder",
        "Required on Insert. Choose from the list.",
        sample="Primary",
        list_name="list_relationship", in_every_template=True,
        aliases=("Relationship", "Case Worker Relationship", "Relationship Type", "Caseload Relationship"),
    ),
    TemplateColumn(
        STATUS, "feeder",
        "Required on Insert. Choose from the list of statuses.",
        sample="Active",
        list_name="list_status", in_every_template=True,
        aliases=("Status", "Caseload Assignment Status", "Assignment Status"),
    ),
    TemplateColumn(
        START, "date",
        "Required on Insert: the first day such as 2026-01-31.",
        sample=date(2026, 1, 12),
        in_every_template=True,
        aliases=("Begin Date", "Start", "Caseload Start Date", "Assignment Start Date", "Date Started", "Caseload Begin Date", "Assignment Begin Date"),
    ),
    TemplateColumn(
        END, "date",
        "Required on Update: the last day. Empty on Insert.",
        prompt="Required on Update: the last day. Leave it empty on Insert.",
        in_every_template=True,
        aliases=("End", "Caseload End Date", "Assignment End Date", "Date Ended", "Dismissal Date"),
    ),
    TemplateColumn(
        REASON, "feeder",
        "Required on Update. Choose from the list. Empty on Insert.",
        prompt="Required on Update. Choose from the list. Leave it empty on Insert.",
        width=28, list_name="list_reason", in_every_template=True,
        aliases=("Dismissal Reason", "Reason", "Reason of Dismissal", "Reason Dismissed", "End Reason"),
    ),
)  # fmt: skip
"""Every column, in template order."""

KINDS: Final[dict[str, Kind]] = {column.header: column.kind for column in COLUMNS}
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

@lru_cache(maxsize=1024)  # the few headers of a sheet are asked about for each of its mistakes
def header_key(text: str) -> str:
    """What two spellings of one header share: its letters and digits, in one case (SPEC 2)."""
    return "".join(char for char in text.casefold() if char.isalnum())


_BY_KEY: Final[dict[str, str]] = {
    header_key(name): column.header for column in COLUMNS for name in (column.header, *column.aliases)
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
    headers = {column.header for column in COLUMNS if column.in_every_template} | set(duplicate_check)
    headers.add(PROGRAM_ID if choice.program == "id" else PROGRAM_NAME)
    if choice.enrollment:
        headers |= {PROGRAM_START, PROGRAM_END}
    headers |= set(
        {"staff_id": (STAFF_ID,), "name": (STAFF_NAME,), "first_last": (STAFF_FIRST, STAFF_LAST)}[choice.caseworker]
    )
    return [header for header in KINDS if header in headers]
