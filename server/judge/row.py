"""One row as the rules see it: its cells read, its participant found, and which of its cells are spoiled already."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from server.judge.ledger import AnyStay, Begun, Ledger
from server.judge.reading import ReadColumn
from server.judge.reference import Assignment, FeederValue, Participant, Program, Reference, Staff
from workbook.columns import (
    ACTION,
    END,
    KINDS,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    STATUS,
)
from workbook.sheet import EMPTY, Sheet

BIT = {header: 1 << place for place, header in enumerate(KINDS)}
"""One bit a column: a row's filled cells, and its spoiled ones, are each one integer."""
PLACE = {header: place for place, header in enumerate(KINDS)}
"""Where a column stands in `Row.codes`."""
_ACTION, _START, _END, _REASON = PLACE[ACTION], PLACE[START], PLACE[END], PLACE[REASON]
_PROGRAM_ID, _PROGRAM_NAME, _STAFF_ID, _STAFF_NAME = (
    PLACE[header] for header in (PROGRAM_ID, PROGRAM_NAME, STAFF_ID, STAFF_NAME)
)
_RELATIONSHIP, _STATUS, _PROGRAM_START, _PROGRAM_END = (
    PLACE[header] for header in (RELATIONSHIP, STATUS, PROGRAM_START, PROGRAM_END)
)


def bits(*headers: str) -> int:
    return sum(BIT[header] for header in headers)


PROGRAM_BITS = bits(PROGRAM_ID, PROGRAM_NAME)
CASEWORKER_BITS = bits(STAFF_ID, STAFF_NAME, STAFF_FIRST, STAFF_LAST)


@dataclass(slots=True)
class Case:
    """What all rows of one sheet share."""

    reference: Reference
    columns: dict[str, ReadColumn]
    ledger: Ledger
    program_header: str
    """The program column that a row without a program is marked in."""
    caseworker_header: str
    """The caseworker column that a row without a caseworker is marked in."""
    program_names: dict[int, str]
    staff_names: dict[int, str]
    feeder_names: dict[int, str]
    reason_required: bool
    primary_key: int
    """The relationship that may be open once only, 0 where the site does not ask for it (SPEC R8)."""
    versions: dict[int, int]
    begun_keys: dict[tuple[int, int, int, int], Begun] = field(default_factory=dict)


class Row:
    """One row of the sheet. Dates are ISO text, "" where there is none to compare."""

    __slots__ = (
        "action", "case", "codes", "end", "filled", "index", "matches", "number", "participant", "program",
        "program_end", "program_start", "reason", "relationship", "spoiled", "staff", "start", "status", "stay",
        "stays",
    )

    case: Case
    index: int
    number: int
    codes: tuple[int, ...]
    """The code of every canonical column, in template order."""
    action: str | None
    participant: Participant | None
    program: Program | None
    staff: Staff | None
    relationship: FeederValue | None
    status: FeederValue | None
    reason: FeederValue | None
    start: str
    end: str
    program_start: str
    program_end: str
    filled: int
    spoiled: int
    matches: list[Assignment | Begun]
    stay: AnyStay | None
    """The enrollment that the row begins, ends or names by its Program Start Date."""
    stays: Sequence[AnyStay]
    """The participant's enrollments in the row's program, as the rows above have left them."""

    def has(self, mask: int) -> int:
        """Which of these columns are filled."""
        return self.filled & mask

    def spoilt(self, mask: int) -> int:
        """Which of these columns another problem has spoiled: a rule that needs one stays silent (SPEC 4)."""
        return self.spoiled & mask

    def text(self, header: str) -> str:
        """A cell as the user wrote it."""
        return self.case.columns[header].texts[self.codes[PLACE[header]]]

    @property
    def program_column(self) -> str:
        """Where a problem of the program is marked."""
        for header in (PROGRAM_ID, PROGRAM_NAME):
            if self.filled & BIT[header]:
                return header
        return self.case.program_header

    @property
    def match(self) -> Assignment | Begun | None:
        """The one open assignment that an Update ends."""
        return self.matches[0] if len(self.matches) == 1 else None


def key_of(thing: FeederValue | Participant | Program | Staff | None) -> int:
    """The key of a record, 0 where there is none."""
    return thing.key if thing else 0


def program_key_of(row: Row) -> int:
    """The program whose enrollment counts: the row's, or that of the assignment it ends."""
    if row.program:
        return row.program.key
    return row.match.program_key if row.match else 0


def read_rows(sheet: Sheet, case: Case) -> Iterator[Row]:
    """The rows of a sheet from top to bottom, each cell read by itself. One Row serves all: it is filled afresh."""
    columns = case.columns
    row = Row()
    row.case = case
    found = [columns[header].found for header in KINDS]
    all_codes = zip(*(columns[header].codes for header in KINDS), strict=True)
    # Most columns are filled in every row or in none; only the others are asked row by row.
    always = sum(BIT[header] for header in KINDS if EMPTY not in columns[header].codes)
    sometimes = [
        (PLACE[header], BIT[header])
        for header in KINDS
        if not always & BIT[header] and any(columns[header].codes)
    ]
    for row.index, (row.number, codes) in enumerate(zip(sheet.row_numbers, all_codes, strict=True)):
        row.codes = codes
        row.filled = always
        for place, bit in sometimes:
            if codes[place]:
                row.filled |= bit
        row.spoiled = 0
        row.action = found[_ACTION][codes[_ACTION]]
        row.program = found[_PROGRAM_ID][codes[_PROGRAM_ID]] or found[_PROGRAM_NAME][codes[_PROGRAM_NAME]]
        row.staff = found[_STAFF_ID][codes[_STAFF_ID]] or found[_STAFF_NAME][codes[_STAFF_NAME]]
        row.relationship = found[_RELATIONSHIP][codes[_RELATIONSHIP]]
        row.status = found[_STATUS][codes[_STATUS]]
        row.reason = found[_REASON][codes[_REASON]]
        row.start = found[_START][codes[_START]] or ""
        row.end = found[_END][codes[_END]] or ""
        row.program_start = found[_PROGRAM_START][codes[_PROGRAM_START]] or ""
        row.program_end = found[_PROGRAM_END][codes[_PROGRAM_END]] or ""
        row.participant, row.stay, row.stays, row.matches = None, None, (), []
        yield row
