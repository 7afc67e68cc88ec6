"""Describe people, programs and assignments in the words of a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from server.judge.begun import AnyAssignment
from server.judge.row import PROGRAM_BITS, Case, Row, key_of, program_key_of
from server.judge.shelf import Wanted
from workbook.columns import INSERT, STAFF_FIRST, STAFF_ID, STAFF_LAST, STAFF_NAME
from workbook.local_time import said_day

_MOST_SPANS: Final = 20
_MOST_OPEN: Final = 3
Facts = Mapping[str, object]
"""What fills the sentence of a problem (workbook.problems)."""


def participant_label(row: Row) -> str:
    person = row.participant
    assert person is not None
    return f"{person.full_name} ({person.participant_id})" if person.full_name else person.participant_id


def caseworker_label(row: Row) -> str:
    assert row.staff is not None
    return row.staff.full_name or row.staff.staff_id


def program_label(case: Case, program_key: int) -> str:
    return case.program_names.get(program_key, "")


def day_in(case: Case, iso: str) -> str:
    """A day as the site writes it: each sentence that names one says it so."""
    return said_day(iso, case.reference.rules.date_order)


def in_program(row: Row) -> str:
    return f" in {row.program.name or row.program.program_id}" if row.program else ""


def narrowed(row: Row) -> str:
    """How an Update narrows what it ends, beyond participant and caseworker (SPEC R9)."""
    relationship = f" as {row.relationship.value}" if row.relationship else ""
    return f"{in_program(row)}{relationship}" + (f" since {day_in(row.case, row.start)}" if row.start else "")


def assignment_label(case: Case, program_key: int, relationship_key: int, start: str, end: str) -> str:
    """One assignment in a few words."""
    program = program_label(case, program_key)
    parts = (
        case.feeder_names.get(relationship_key, ""),
        f"in {program}" if program else "without a program",
        f"since {day_in(case, start)}" if start else "",
        f"ended {day_in(case, end)}" if end else "open",
    )
    return " ".join(part for part in parts if part)


def enrollment_spans(row: Row) -> str:
    """The enrollments of the row's participant in its program, in words."""
    every = row.stays or row.case.ledger.stays(key_of(row.participant), program_key_of(row))
    stays = [row.stay] if row.stay else every
    spans = [
        f"{day_in(row.case, stay.start_date or 'the beginning')} to "
        f"{day_in(row.case, stay.end_date or 'today, still open')}"
        for stay in islice(stays, _MOST_SPANS)
    ]
    more = f" and {len(stays) - _MOST_SPANS} more" if len(stays) > _MOST_SPANS else ""
    return "; ".join(spans) + more


def taken_facts(row: Row, other: AnyAssignment) -> Facts:
    assert row.relationship is not None
    return {
        "participant": participant_label(row),
        "relationship": row.relationship.value,
        "caseworker": row.case.staff_names.get(other.staff_key, "another caseworker"),
        "program": in_program(row),
        "start": day_in(row.case, other.start_date or "an unknown date"),
    }


def open_elsewhere(row: Row) -> str:
    """What the participant does have open, so that the user sees which cell is wrong."""
    case = row.case
    participant = key_of(row.participant)
    # Not those of somebody whom the user may not know of.
    theirs = (other for other in case.ledger.open_fitting(participant, Wanted()) if other.staff_key)
    others = [
        f"{case.staff_names.get(other.staff_key, '')} "
        f"({assignment_label(case, other.program_key, other.relationship_key, other.start_date or '', '')})"
        for other in islice(theirs, _MOST_OPEN)
    ]
    if not others and not case.reference.user.administrator:
        return "You may change no open assignment of theirs. Leave this row out, or write Insert to begin one."
    if not others:
        return "The participant has no open assignment at all. Leave this row out, or write Insert to begin one."
    count = case.ledger.count_open(participant, Wanted()) - case.ledger.count_open(participant, Wanted(staff_key=0))
    more = f" and {count - _MOST_OPEN} more" if count > _MOST_OPEN else ""
    return f"Open: {'; '.join(others)}{more}. Correct the row to match, or leave it out."


def yours(row: Row) -> str:
    """An addition to "there is no assignment" for a user who does not see all assignments."""
    return "" if row.case.reference.user.administrator else " that you may change"


def permission_facts(row: Row) -> Facts:
    """What may not be changed, in the row's own words: not the name behind a Staff ID."""
    own = row.staff_key and row.staff_key == row.case.reference.user.staff_key
    halves = f"{row.text(STAFF_FIRST)} {row.text(STAFF_LAST)}".strip()
    caseworker = row.text(STAFF_NAME) or halves or row.text(STAFF_ID)
    program = program_label(row.case, program_key_of(row))
    if program:
        where = f"in {program}"
    elif row.action == INSERT and not row.has(PROGRAM_BITS):
        where = "without a program"
    else:
        where = "here"
    return {"whose": "your own" if own else f"{caseworker}’s" if caseworker else "anybody’s", "where": where}


def spans_of(rows: Sequence[int]) -> str:
    """Ascending row numbers in a few words: `3, 7 to 9 and 12`."""
    spans: list[list[int]] = []
    for row in rows:
        if spans and row == spans[-1][1] + 1:
            spans[-1][1] = row
        else:
            spans.append([row, row])
    words: list[str] = []
    for first, last in spans[:_MOST_SPANS]:
        words += [f"{first} to {last}"] if last > first + 1 else [str(row) for row in range(first, last + 1)]
    if len(spans) > _MOST_SPANS:
        return f"{', '.join(words)} and more, {len(rows):,} in all"
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def extra_facts(filled: int | None, empty: int | None) -> Facts:
    """What is said of a row that has more fields than there are headers; `empty`: so many more, nothing in them."""
    if filled:
        advice = (
            "Clear what stands beyond the last header, or, if it is a note, give its column a header such as Notes. In "
            'a .csv file, put quotation marks around a value that holds a comma ("Smith, Jr."), or save it as .xlsx.'
        )
        return {"count": f"{filled} value{'s' if filled > 1 else ''}", "advice": advice}
    several = empty != 1
    commas = "All of them are empty: delete the commas" if several else "It is empty: delete the comma"
    advice = (
        f"{commas} at the end of the row. If a value of the row holds a comma, put quotation marks around that "
        'value instead ("Smith, Jr.").'
    )
    return {"count": f"{empty} field{'s' if several else ''}", "advice": advice}
