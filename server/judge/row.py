"""One row as the rules see it: cells read, participant found, cells already in error."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import repeat
from typing import Final

from server.judge.begun import AnyAssignment, AnyStay
from server.judge.ledger import Ledger
from server.judge.reference import FeederValue, Participant, Program, Reference, Staff
from server.judge.stays import Stays
from server.judge.values import ReadColumn
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
from workbook.matching import exact_key
from workbook.sheet import EMPTY, Sheet

BIT = {header: 1 << place for place, header in enumerate(KINDS)}
"""One bit a column: a row's filled cells, and its spoiled ones, are each one integer."""
PLACE = {header: place for place, header in enumerate(KINDS)}
"""Where a column stands in `Row.codes`."""


def bits(*headers: str) -> int:
    return sum(BIT[header] for header in headers)


PROGRAM_BITS = bits(PROGRAM_ID, PROGRAM_NAME)
CASEWORKER_BITS = bits(STAFF_ID, STAFF_NAME, STAFF_FIRST, STAFF_LAST)


@dataclass
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
    staff: Sequence[Staff]
    staff_names: dict[int, str]
    feeder_names: dict[int, str]
    reason_required: bool
    primary_key: int
    """The relationship that may be open once only, 0 where the site does not ask for it (SPEC R8)."""
    versions: dict[int, int]
    downloaded: dict[int, dict[str, str]] = field(default_factory=dict)
    """Sheet row number → canonical header → what the row said when it was downloaded (SPEC R12)."""
    records: dict[int, int] = field(default_factory=dict)
    """Sheet row number → the number of the assignment it was downloaded from, where it is known."""
    row_numbers: Sequence[int] = ()
    """The sheet's own row numbers, ascending."""
    unclear: int = 0
    """The columns, as bits, that an unclear header may be: until it is answered they count as spoiled in every row."""

    @cached_property
    def staff_answers(self) -> dict[int, str]:
        """By key, what names a caseworker in the caseworker column: the Staff ID where the name is not enough."""
        names = Counter(exact_key(member.full_name) for member in self.staff)
        answers = {}
        for member in self.staff:
            split = self.caseworker_header == STAFF_LAST
            name = f"{member.last_name}, {member.first_name}" if split else member.full_name
            plain = bool(member.first_name and member.last_name) and name.count(",") == int(split)
            alone = plain and names[exact_key(member.full_name)] == 1 and self.caseworker_header != STAFF_ID
            answers[member.key] = name if alone else member.staff_id
        return answers

    def index_of(self, row_number: int) -> int:
        """Where a row stands among those of the sheet, by its number."""
        return bisect_left(self.row_numbers, row_number)

    def in_future(self, header: str) -> bool:
        """Whether any date of a column lies after today."""
        return any(day > self.reference.today for day in self.columns[header].found)


_NO_STAYS: Final = Stays()


class Row:
    """One row of the sheet. Dates are ISO text, "" where there is none to compare."""

    __slots__ = (
        "action",
        "case",
        "codes",
        "end",
        "filled",
        "index",
        "is_wrong",
        "match",
        "matches",
        "number",
        "participant",
        "program",
        "program_end",
        "program_key",
        "program_start",
        "reason",
        "relationship",
        "relationship_key",
        "repeats",
        "spoiled",
        "staff",
        "staff_key",
        "start",
        "status",
        "stay",
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
    program_key: int
    """Here as below: the key of what the cell means, 0 where there is none."""
    staff: Staff | None
    staff_key: int
    relationship: FeederValue | None
    relationship_key: int
    status: FeederValue | None
    reason: FeederValue | None
    start: str
    end: str
    program_start: str
    program_end: str
    filled: int
    """Which columns are filled, as bits; likewise `spoiled`: the columns that an error has marked already. A rule that
    needs one of these stays silent (SPEC 4)."""
    spoiled: int
    matches: Sequence[AnyAssignment]
    """The open assignments that an Update may mean."""
    match: AnyAssignment | None
    """The one open assignment that an Update ends."""
    stay: AnyStay | None
    """The enrollment that the row begins, ends or names by its Program Start Date."""
    stays: Stays
    """The participant's enrollments in the row's program, as the rows above have left them."""
    is_wrong: bool
    """Whether an error was found in it."""
    repeats: bool
    """Whether it would begin what is open already: the rows below find the one that was first."""

    def has(self, mask: int) -> int:
        """Which of these columns are filled."""
        return self.filled & mask

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


def key_of(thing: FeederValue | Participant | Program | Staff | None) -> int:
    """The key of a record, 0 where there is none."""
    return thing.key if thing else 0


def program_key_of(row: Row) -> int:
    """The program whose enrollment counts: the row's, or that of the assignment it ends."""
    return row.program_key or (row.match.program_key if row.match else 0)


def read_rows(sheet: Sheet, case: Case) -> Iterator[Row]:
    """The rows of a sheet from top to bottom, each cell read by itself. One Row serves all: it is filled afresh."""
    columns, unclear = case.columns, case.unclear
    row = Row()
    row.case = case
    all_codes = zip(*(columns[header].codes for header in KINDS), strict=True)
    meanings = zip(*(map(columns[header].found.__getitem__, columns[header].codes) for header in READ), strict=True)
    filled = _filled(columns, len(sheet))
    lines = zip(sheet.row_numbers, all_codes, filled, meanings, strict=True)
    for row.index, (row.number, row.codes, row.filled, meaning) in enumerate(lines):
        (
            row.action,
            program_by_id,
            program_by_name,
            row.program_start,
            row.program_end,
            staff_by_id,
            staff_by_name,
            row.relationship,
            row.status,
            row.start,
            row.end,
            row.reason,
        ) = meaning
        row.program = program_by_id or program_by_name
        row.program_key = row.program.key if row.program else 0
        row.staff = staff_by_id or staff_by_name
        row.staff_key = row.staff.key if row.staff else 0
        row.relationship_key = row.relationship.key if row.relationship else 0
        row.is_wrong = row.repeats = False
        row.spoiled, row.participant, row.stay, row.stays, row.matches, row.match = (
            unclear,
            None,
            None,
            _NO_STAYS,
            (),
            None,
        )
        yield row


READ = (
    ACTION,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    PROGRAM_END,
    STAFF_ID,
    STAFF_NAME,
    RELATIONSHIP,
    STATUS,
    START,
    END,
    REASON,
)
"""The columns whose cells mean something by themselves, in template order."""


def _filled(columns: dict[str, ReadColumn], rows: int) -> Iterable[int]:
    """Each row's filled cells, as bits. Most columns are filled in every row or in none: only the others are asked."""
    always = sum(BIT[header] for header in KINDS if EMPTY not in columns[header].codes)
    sometimes = [header for header in KINDS if not always & BIT[header] and any(columns[header].codes)]
    if not sometimes:
        return repeat(always, rows)
    bits_by_code = (
        map([0, *[BIT[header]] * (len(columns[header].found) - 1)].__getitem__, columns[header].codes)
        for header in sometimes
    )
    return map(sum, zip(*bits_by_code, repeat(always, rows), strict=True))
