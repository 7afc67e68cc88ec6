"""Tell whether a row's caseload can be that of a participant (SPEC R2, R6, R9). Pure."""

from __future__ import annotations

from itertools import islice
from typing import Final

from server.judge.assignment import wanted_by
from server.judge.row import CASEWORKER_BITS, PROGRAM_BITS, Row, bits
from workbook.columns import INSERT, PROGRAM_END, PROGRAM_START, RELATIONSHIP, START, UPDATE

_TO_END: Final = CASEWORKER_BITS | PROGRAM_BITS | bits(RELATIONSHIP, START)
_TO_BEGIN: Final = PROGRAM_BITS | bits(START)
_PROGRAM_DATES: Final = bits(PROGRAM_START, PROGRAM_END)


def fits_caseload(row: Row, participant_key: int) -> bool:
    """Whether the row ends the one open assignment of this participant that it fits, or begins one in a program that
    they are in then. A row that does not say so much fits nobody."""
    ledger = row.case.ledger
    if row.action == UPDATE:
        if not row.staff_key or row.spoiled & _TO_END:
            return False
        return len([*islice(ledger.open_fitting(participant_key, wanted_by(row)), 2)]) == 1
    if row.action != INSERT or not (row.program_key and row.start) or row.filled & _PROGRAM_DATES:
        return False
    return not row.spoiled & _TO_BEGIN and ledger.stays(participant_key, row.program_key).hold(row.start)
