"""Transfer Caseload: the pairs of rows that hand a caseload from one caseworker to another on a date (SPEC 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import ChoiceError
from addin.outcome import Answers, Field, Outcome, Question, Say
from addin.rows.assignments import Naming, fetch_open, rows_of_records, with_origin
from addin.rows.cells import write_cells
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import Value, add_rows, need_columns
from addin.sentences import counted
from workbook.columns import ACTION, END, PARTICIPANT_ID, REASON, RELATIONSHIP, START, STATUS
from workbook.dates import read_date
from workbook.matching import exact_key
from workbook.report import Assignment

_MOST_NAMED = 12


FROM: Final = "from_caseworker"
TO: Final = "to_caseworker"
ON: Final = "on"
WHY: Final = "reason"
_ASKED: Final = "The old assignments end on the date, and the new ones begin on it."
_FIELDS: Final = (
    Field(FROM, "Whose caseload is handed over? Full name or Staff ID"),
    Field(TO, "Who receives it? Full name or Staff ID"),
    Field(ON, "On which date?"),
    Field(WHY, "Which Reason for Dismissal? Leave it empty if your agency has none"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Outcome):
    """How many assignments change hands, and the rows that were added for them."""

    pairs: int = 0
    added: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Person:
    staff_id: str
    first: str
    last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}".strip() or self.staff_id


def transfer_caseload(book: Book, client: Client, answers: Answers, say: Say) -> Transferred:
    """For every open assignment of one caseworker a row that ends it and a row that begins it for another.

    Answers: FROM and TO, a Staff ID or full name, the second of one who may receive a caseload; ON, the last day of
    the old assignments and the first of the new ones, as the site writes dates; WHY, one of the site's Reasons for
    Dismissal, "" where it has none. They are asked for together. Adds rows only; checking and sending is the user's.
    Raises ChoiceError when something of this does not fit, BookError when the sheet lacks a column.
    """
    if not all(name in answers for name in (FROM, TO, ON, WHY)):
        return Transferred(question=Question(_ASKED, _FIELDS))
    data = read_data(book)
    need_columns(data, (ACTION, PARTICIPANT_ID, RELATIONSHIP, STATUS, START, END, REASON))
    reference = client.reference()
    day = _day(answers[ON], reference)
    why = _reason(answers[WHY], reference)
    taker = _receiver(answers[TO], reference)
    wanted = answers[FROM].strip()
    if not wanted:
        raise ChoiceError("Nobody was named whose caseload is handed over. Enter a name or a Staff ID.")
    found = fetch_open(client, say, caseworker=wanted)
    giver = _giver(wanted, found)
    if giver is None:
        nothing = f"{wanted} has no open assignment that you may end. Check the name, or enter the Staff ID."
        return Transferred(sentence=nothing)
    if exact_key(giver.staff_id) == exact_key(taker.staff_id):
        raise ChoiceError(f"The caseload is {giver.name}'s already. Choose somebody else to receive it.")
    naming = Naming(data, reference, found)
    known = rows_of_records(data)
    ending: dict[str, Value] = {END: day, REASON: why or None}
    rows, changes, pairs, kept = [], dict[tuple[int, int], Value](), 0, 0
    for one in found:
        place = known.get(one.id)
        if place is not None and place not in data.untouched:
            kept += 1
            continue
        if place is None:
            rows.append(with_origin(naming.update_row(one), one) | ending)
        else:  # it was downloaded before: that row ends it, or it would stand in the sheet twice
            changes |= {(place, data.columns()[header]): value for header, value in ending.items()}
        rows.append(_begins(naming, one, taker, day))
        pairs += 1
    added = add_rows(book, data, rows)
    write_cells(data, changes)
    told = f"{counted(pairs, 'assignment')} of {giver.name} will be handed to {taker.name} on {day.isoformat()}: "
    told += f"{counted(pairs, 'pair')} of rows, one that ends it and one that begins it anew."
    if kept:
        told += f" {counted(kept, 'assignment')} left out, because a row of yours ends or changes it already."
    sentence = f"{told} Nothing is uploaded yet: press Validate, then Submit."
    return Transferred(pairs=pairs, added=added, sentence=sentence)


def _begins(naming: Naming, one: Assignment, taker: _Person, day: date) -> dict[str, Value]:
    row: dict[str, Value] = {ACTION: "Insert"} | naming.person(one) | naming.program(one.program_id, one.program_name)
    row |= naming.caseworker(taker.staff_id, taker.first, taker.last)
    return row | {RELATIONSHIP: one.relationship or None, STATUS: one.status or None, START: day}


def _day(on: str | date, reference: Mapping[str, Any]) -> date:
    order = "DMY" if reference.get("date_order") == "DMY" else "MDY"
    day = read_date(on, order)  # type: ignore[arg-type]
    if not isinstance(day, str):
        example = "31/1/2026" if order == "DMY" else "1/31/2026"
        raise ChoiceError(f"{on or 'Nothing'} is not a date. Enter one such as 2026-01-31 or {example}.")
    return date.fromisoformat(day)


def _reason(reason: str, reference: Mapping[str, Any]) -> str:
    offered = reference.get("feeder", {}).get(REASON, [])
    for one in offered:
        if exact_key(one) == exact_key(reason):
            return str(one)
    if not offered and not reason.strip():
        return ""
    if not offered:
        raise ChoiceError(f"This site has no {REASON}, so none can be given. Leave it empty.")
    what = f"{reason} is not one of the site's Reasons for Dismissal" if reason.strip() else f"A {REASON} is needed"
    raise ChoiceError(f"{what}. Choose one of: {_listed(offered)}.")


def _receiver(wanted: str, reference: Mapping[str, Any]) -> _Person:
    staff = [_Person(one["staff_id"], one["first_name"], one["last_name"]) for one in reference.get("staff", [])]
    key = exact_key(wanted)
    last, _, first = key.partition(",")
    names = {key, exact_key(f"{first} {last}")} - {""}
    matches = [one for one in staff if exact_key(one.staff_id) == key]
    matches = matches or [one for one in staff if exact_key(f"{one.first} {one.last}") in names]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise ChoiceError(f"{wanted} is the name of several: {_ids(matches)}. Enter the Staff ID.")
    offered = _listed([f"{one.name} ({one.staff_id})" for one in staff]) or "nobody"
    raise ChoiceError(f"{wanted or 'Nobody'} is not one whom you may give a caseload. Those are: {offered}.")


def _giver(wanted: str, found: list[Assignment]) -> _Person | None:
    people = {
        one.staff_id: _Person(one.staff_id, one.caseworker_first_name, one.caseworker_last_name) for one in found
    }
    if len(people) > 1:
        raise ChoiceError(f"{wanted} is the name of several: {_ids(list(people.values()))}. Enter the Staff ID.")
    return next(iter(people.values()), None)


def _ids(people: list[_Person]) -> str:
    return ", ".join(one.staff_id for one in people)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
