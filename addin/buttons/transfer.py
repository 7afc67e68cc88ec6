"""Transfer Caseload: add the rows that hand a caseload over to other caseworkers (SPEC 9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import ChoiceError
from addin.outcome import Answers, Field, Outcome, Say, UserQuestion
from addin.rows.assignments import Naming, fetch_open, from_elsewhere, rows_of_records, with_origin
from addin.rows.cells import write_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.new_rows import Value, add_rows, need_columns
from addin.rows.programs import find_program
from addin.rows.staff import Caseworker, find_caseworker, find_receiver, known_staff
from addin.sentences import counted, left_alone
from workbook.columns import ACTION, END, PARTICIPANT_ID, REASON, RELATIONSHIP, START, STATUS
from workbook.dates import read_date
from workbook.local_time import in_order
from workbook.matching import exact_key
from workbook.report import ListedAssignment
from workbook.site import SiteReference

FROM: Final = "from_caseworker"
TO: Final = "to_caseworker"
PROGRAM: Final = "program"
ON: Final = "on"
WHY: Final = "reason"
_MOST_NAMED: Final = 12
_ASKED: Final = (
    "The old assignments end on the date, and the new ones begin on it. To share a caseload out, name several who "
    "receive it, with ; between them: who has the fewest open cases gets the next one."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transferred(Outcome):
    """How many assignments change hands, and the rows that were added for them."""

    pairs: int = 0
    added: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Form:
    """The form once every answer of it fits."""

    giver: Caseworker
    takers: list[Caseworker]
    day: date
    why: str
    found: list[ListedAssignment]
    """The open assignments that change hands."""


def transfer_caseload(book: Book, client: Client, answers: Answers, say: Say) -> Transferred:
    """For every open assignment of one caseworker a row that ends it and a row that begins it for another.

    Answers: FROM, a Staff ID or full name; TO, likewise, one or several with ; between them who may receive a caseload,
    among whom it is shared out evenly by their open cases; PROGRAM, its ID or name, "" for all; ON, the last day of the
    old assignments and the first of the new ones, as the site writes dates; WHY, one of the site's Reasons for
    Dismissal, "" where it has none. They are asked for in one form. It comes back as it was filled, with everything
    that does not fit. Only rows are added; the user checks and submits them. Raises BookError when the sheet lacks a
    column.
    """
    data = read_data(book)
    need_columns(data, (ACTION, PARTICIPANT_ID, RELATIONSHIP, STATUS, START, END, REASON))
    reference = client.reference()
    if not all(name in answers for name in (FROM, TO, ON, WHY)):
        return Transferred(question=_question(reference, answers, ""))
    wrong: list[str] = []
    form = _read_form(client, answers, reference, say, wrong)
    if form is None:
        return Transferred(question=_question(reference, answers, " ".join(wrong)))
    return _rows_for(book, client, data, reference, form)


def _question(reference: SiteReference, answers: Answers, wrong: str) -> UserQuestion:
    """The form, with what was filled in already."""
    staff = {one.staff_id: one.in_a_list() for one in known_staff(reference)}
    programs = {"": "All programs"} | {one.program_id: one.name for one in reference.programs}
    reasons = {one: one for one in reference.feeder.get(REASON, [])}
    fields = (
        Field(FROM, "Whose caseload", "choice", answers.get(FROM, ""), staff),
        Field(TO, "Who receives it", "choice", answers.get(TO, ""), staff),
        Field(PROGRAM, "Which program", "choice", answers.get(PROGRAM, ""), programs),
        Field(ON, "On which date", "text", answers.get(ON, "")),
        Field(WHY, "Reason for Dismissal", "choice", answers.get(WHY, ""), reasons),
    )
    return UserQuestion(_ASKED, fields, wrong=wrong)


def _read_form(client: Client, answers: Answers, reference: SiteReference, say: Say, wrong: list[str]) -> _Form | None:
    """What the answers mean; None where something does not fit, each of which is added to `wrong`."""

    def tried(read: Any, *given: Any) -> Any:
        try:
            return read(*given)
        except ChoiceError as error:
            wrong.append(error.sentence)
            return None

    day = tried(_day, answers[ON], reference)
    why = tried(_reason, answers[WHY], reference)
    program = tried(find_program, answers.get(PROGRAM, ""), reference, client)
    names = [part.strip() for part in answers[TO].split(";") if part.strip()] or [""]
    takers = [taker for name in names if (taker := tried(find_receiver, name, client)) is not None]
    found: list[ListedAssignment] = []
    giver = None
    if answers[FROM].strip():
        found = fetch_open(client, say, caseworker=answers[FROM].strip())
        giver = tried(find_caseworker, answers[FROM].strip(), found, client)
    else:
        wrong.append("Nobody was named whose caseload is handed over. Choose a name or enter a Staff ID.")
    for taker in takers:
        if giver is not None and exact_key(taker.staff_id) == exact_key(giver.staff_id):
            wrong.append(f"The caseload is {giver.name}'s already. Choose somebody else to receive it.")
    if program:
        found = [one for one in found if exact_key(one.program_id) == exact_key(program)]
        if giver is not None and not found:
            wrong.append(f"{giver.name} has no open assignment in that program that you may end.")
    if wrong or giver is None:
        return None
    return _Form(giver, takers, day, why, found)


def _rows_for(book: Book, client: Client, data: DataSheet, reference: SiteReference, form: _Form) -> Transferred:
    naming = Naming(data, reference, form.found)
    site_tag = client.site_tag()
    known = rows_of_records(data, form.found, site_tag)
    ending: dict[str, Value] = {END: form.day, REASON: form.why or None}
    rows, changes, kept = [], dict[tuple[int, int], Value](), 0
    given: dict[str, int] = {}
    loads = _loads(client, form.takers)
    for one in form.found:
        place = known.get(one.id)
        if place is not None and place not in data.untouched:
            kept += 1
            continue
        if place is None:
            rows.append(with_origin(naming.update_row(one), one, site_tag) | ending)
        else:  # it was downloaded before: that row ends it, or it would stand in the sheet twice
            changes |= {(place, data.columns()[header]): value for header, value in ending.items()}
        taker = min(form.takers, key=lambda person: loads[person.staff_id])
        loads[taker.staff_id] += 1
        given[taker.name] = given.get(taker.name, 0) + 1
        rows.append(_begins(naming, one, taker, form.day))
    added = add_rows(book, data, rows)
    write_cells(data, changes)
    pairs = sum(given.values())
    to = (
        ", ".join(f"{number} to {name}" for name, number in given.items())
        if len(form.takers) > 1
        else (f"to {form.takers[0].name}")
    )
    on = in_order(form.day, reference.date_order)
    plan = f"{counted(pairs, 'assignment')} of {form.giver.name} will be handed {to} on {on}: "
    plan += f"{counted(pairs, 'pair')} of rows, one that ends it and one that begins it anew."
    if kept:
        plan += f" {counted(kept, 'assignment')} left out, because a row of yours ends or changes it already."
    plan += left_alone(from_elsewhere(data, site_tag))
    sentence = f"{plan} Nothing is uploaded yet: press Validate, then Submit."
    return Transferred(pairs=pairs, added=added, sentence=sentence)


def _loads(client: Client, takers: Sequence[Caseworker]) -> dict[str, int]:
    """Open cases by Staff ID, asked for only where there is something to share out."""
    if len(takers) < 2:
        return {taker.staff_id: 0 for taker in takers}
    return {
        taker.staff_id: sum(len(page) for page in client.open_assignments(caseworker=taker.staff_id))
        for taker in takers
    }


def _begins(naming: Naming, one: ListedAssignment, taker: Caseworker, day: date) -> dict[str, Value]:
    row: dict[str, Value] = {ACTION: "Insert"} | naming.person(one) | naming.program(one.program_id, one.program_name)
    row |= naming.caseworker(taker.staff_id, taker.first, taker.last)
    return row | naming.said(one) | {START: day}


def _day(on: str, reference: SiteReference) -> date:
    day = read_date(on, reference.date_order)
    if not isinstance(day, str):
        example = "31/1/2026" if reference.date_order == "DMY" else "1/31/2026"
        raise ChoiceError(f"{on or 'Nothing'} is not a date. Enter one such as 2026-01-31 or {example}.")
    return date.fromisoformat(day)


def _reason(reason: str, reference: SiteReference) -> str:
    offered = reference.feeder.get(REASON, [])
    for one in offered:
        if exact_key(one) == exact_key(reason):
            return one
    if not offered and not reason.strip():
        return ""
    if not offered:
        raise ChoiceError(f"This site has no {REASON}, so none can be given. Leave it empty.")
    what = f"{reason} is not one of the site's Reasons for Dismissal" if reason.strip() else f"A {REASON} is needed"
    raise ChoiceError(f"{what}. Choose one of: {_listed(offered)}.")


def _listed(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - _MOST_NAMED} more" if len(every) > _MOST_NAMED else ""
    return ", ".join(every[:_MOST_NAMED]) + more
