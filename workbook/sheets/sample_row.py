"""The template's instruction row and sample row, and how to know them again when they were left in (SPEC 3).

They are recognised by their content, one cell at a time, because people clear some cells, change others, sort
the sheet and save it as .csv. So every text below is one that real data never holds, and is plain ASCII, which
every encoding keeps. Feeder values and dates are the exception: they are real ones, and give nothing away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, Literal

from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    CASE_NUMBER,
    END,
    FIRST_NAME,
    KINDS,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    SSN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)
from workbook.matching import exact_key

LeftIn = Literal["sample row", "instruction row"]

# No commas: a .csv template must survive programs that know no quotation marks.
INSTRUCTIONS: Final[dict[str, str]] = {
    ACTION: "Delete this row. Insert begins and Update ends an assignment.",
    PARTICIPANT_ID: "The person's ID. Or leave it empty and fill the details of the person.",
    FIRST_NAME: "The person's first name. Not needed beside a Participant ID.",
    LAST_NAME: "The person's last name. Not needed beside a Participant ID.",
    BIRTH_DATE: "The person's date of birth such as 1990-05-17.",
    CASE_NUMBER: "The person's case number. Leading zeros count.",
    SSN: "The person's Social Security Number.",
    PROGRAM_ID: "The program's ID. Leave it empty for no program.",
    PROGRAM_NAME: "The program's name. Leave it empty for an assignment without a program.",
    PROGRAM_START: "Only to enroll the person: the first day.",
    PROGRAM_END: "Only to end the enrollment: its last day.",
    STAFF_ID: "Required. The caseworker's Staff ID.",
    STAFF_NAME: "Required. The caseworker's first and last name.",
    STAFF_FIRST: "Required. The caseworker's first name.",
    STAFF_LAST: "Required. The caseworker's last name.",
    RELATIONSHIP: "Required on Insert. Choose from the list.",
    STATUS: "Required on Insert. Choose from the list of statuses.",
    START: "Required on Insert: the first day such as 2026-01-31.",
    END: "Required on Update: the last day. Empty on Insert.",
    REASON: "Required on Update. Choose from the list. Empty on Insert.",
}
"""Canonical header → what its cell of the instruction row says."""

_SAMPLE: Final[dict[str, str | date]] = {
    ACTION: "Insert",
    PARTICIPANT_ID: "SAMPLE-00042",
    FIRST_NAME: "Maria (sample)",
    LAST_NAME: "Lopez (sample)",
    BIRTH_DATE: date(1990, 5, 17),
    CASE_NUMBER: "SAMPLE-4471",
    SSN: "000-12-3456 (sample)",
    PROGRAM_ID: "SAMPLE-PROGRAM",
    PROGRAM_NAME: "Youth Shelter (sample)",
    PROGRAM_START: date(2026, 1, 5),
    STAFF_ID: "SAMPLE-STAFF",
    STAFF_NAME: "Alex Rivera (sample)",
    STAFF_FIRST: "Alex (sample)",
    STAFF_LAST: "Rivera (sample)",
    START: date(2026, 1, 12),
}
_FEEDER_EXAMPLES: Final = {RELATIONSHIP: "Primary", STATUS: "Active"}
"""Shown where the site has no value of its own yet."""

_INSTRUCTION_KEYS: Final = frozenset(exact_key(text) for text in INSTRUCTIONS.values())
_SAMPLE_TEXTS: Final = [value for value in _SAMPLE.values() if isinstance(value, str) and value != _SAMPLE[ACTION]]
_SAMPLE_KEYS: Final = frozenset(exact_key(value) for value in _SAMPLE_TEXTS if value.endswith("(sample)"))
_SAMPLE_ID_KEYS: Final = frozenset(exact_key(value) for value in _SAMPLE_TEXTS if value.startswith("SAMPLE-"))


def instruction_row(headers: Sequence[str]) -> list[str]:
    """What each column holds, in a cell each. `headers`: canonical."""
    return [INSTRUCTIONS[header] for header in headers]


def sample_row(headers: Sequence[str], feeder: Mapping[str, Sequence[str]]) -> list[str | date | None]:
    """One believable Insert under canonical `headers`, with the site's own first relationship and status.

    `feeder`: canonical header → active values. End Date and Reason for Dismissal are empty, as on any Insert.
    """
    row: list[str | date | None] = []
    for header in headers:
        if header in _FEEDER_EXAMPLES:
            values = feeder.get(header, ())
            row.append(values[0] if values else _FEEDER_EXAMPLES[header])
        else:
            row.append(_SAMPLE.get(header))
    return row


def what_is_left(header: str, text: str) -> LeftIn | None:
    """Which of the template's own rows a cell's text belongs to, None for data.

    Asked once per distinct value of the column under the canonical `header`. Case and surrounding or doubled
    spaces do not matter, nor does the column it now stands in, except that a sample ID counts only among IDs.
    A real person called Sample is a real person.
    """
    # A hundred thousand values pass here; those that cannot be the template's turn back at once.
    if not text.endswith(".") and "sample" not in text.casefold():
        return None
    key = exact_key(text)
    if key in _INSTRUCTION_KEYS:
        return "instruction row"
    if key in _SAMPLE_KEYS or (key in _SAMPLE_ID_KEYS and KINDS.get(header) == "id"):
        return "sample row"
    return None
