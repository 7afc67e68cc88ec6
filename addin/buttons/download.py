"""Download Caseload: add the open assignments as Update rows, ready to be ended (SPEC 9).

An End Date and a reason in such a row end its assignment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.buttons.find import in_words
from addin.errors import ChoiceError
from addin.outcome import Answers, Field, Outcome, Say, UserQuestion
from addin.rows.assignments import Naming, fetch_open, from_elsewhere, rows_of_records, with_origin
from addin.rows.cells import write_cells
from addin.rows.data_sheet import read_data
from addin.rows.new_rows import Value, add_rows, need_columns
from addin.rows.programs import find_program
from addin.rows.row_notes import is_another_but_for_the_site
from addin.rows.staff import known_staff, near_names
from addin.sentences import counted, left_alone
from workbook import layout
from workbook.columns import ACTION, END, PARTICIPANT_ID, REASON, RELATIONSHIP, ROW_ORIGIN, START, STATUS, UPDATE
from workbook.matching import exact_key

PROGRAM: Final = "program"
CASEWORKER: Final = "caseworker"
PARTICIPANT: Final = "participant"
_MOST_MEANT: Final = 3
_WHICH: Final = "Which open assignments? What is left empty does not narrow them."


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloaded(Outcome):
    """What Download Caseload wrote: the rows that are new, and those that it brought up to date."""

    added: list[int] = field(default_factory=list)
    refreshed: list[int] = field(default_factory=list)


def download_caseload(book: Book, client: Client, answers: Answers, say: Say) -> Downloaded:
    """Adds a row for every open assignment that the user may end, below what the sheet holds.

    Answers: PROGRAM, its ID or name; CASEWORKER, a Staff ID or full name; PARTICIPANT, a Participant ID; each may be
    empty. They are asked for in one form. Where nothing is found, and a program is unknown or a name like another, the
    form comes back with all that is wrong and the suggestions. `say` shows how many have come. A row whose assignment
    is not ended here is not sent. An assignment that has a row already gets no second one: its row is brought up to
    date, unless the user changed it.
    """
    if not {PROGRAM, CASEWORKER, PARTICIPANT} & answers.keys():
        return Downloaded(question=_question(client, answers, ""))
    data = read_data(book)
    need_columns(data, (ACTION, PARTICIPANT_ID, RELATIONSHIP, STATUS, START, END, REASON))
    program, caseworker, participant = (answers.get(name) or None for name in (PROGRAM, CASEWORKER, PARTICIPANT))
    found = fetch_open(client, say, program, caseworker, participant)
    if not found and (wrong := _mistakes(client, program, caseworker, participant)):
        return Downloaded(question=_question(client, answers, wrong))
    naming = Naming(data, client.reference(), found)
    site_tag = client.site_tag()
    known = rows_of_records(data, found, site_tag)
    columns, origin = data.columns(), layout.own_columns(data.headers).origin
    new, changes, refreshed, kept = [], dict[tuple[int, int], Value](), [], 0
    for one in found:
        row = with_origin(naming.update_row(one), one, site_tag)
        place = known.get(one.id)
        if place is None:
            new.append(row)
        elif place in data.untouched:
            was = data.cell_text(place, origin)
            if was != row[ROW_ORIGIN]:
                changes[place, origin] = row[ROW_ORIGIN]
            if is_another_but_for_the_site(was, str(row[ROW_ORIGIN])):
                changes |= {(place, column): row.get(header) for header, column in columns.items()}
                refreshed.append(place)
        else:
            kept += 1
    write_cells(data, changes)
    added = add_rows(book, data, new)
    sentence = _sentence(len(found), added, len(refreshed), kept) + left_alone(from_elsewhere(data, site_tag))
    return Downloaded(added=added, refreshed=refreshed, sentence=sentence)


def _mistakes(client: Client, program: str | None, caseworker: str | None, participant: str | None) -> str:
    """All that may be why nothing is found, at once; "" where each of them is right as far as is known."""
    wrong = []
    try:
        find_program(program or "", client.reference(), client)
    except ChoiceError as error:
        wrong.append(error.sentence)
    if caseworker and (near := near_names(caseworker, client, UPDATE)):
        wrong.append(f"{caseworker} has no open assignment that you may end. Did you mean {near}?")
    if participant and (near := _near_participants(participant, client)):
        wrong.append(f"{participant} is nobody's Participant ID. Did you mean {near}?")
    return " ".join(wrong)


def _near_participants(text: str, client: Client) -> str:
    """Up to three participants like an unknown name or ID, in words; "" where it is known, or nobody is like it."""
    people = client.participants(text)
    if any(exact_key(one.participant_id) == exact_key(text) for one in people):
        return ""
    order = client.reference().date_order
    return " or ".join(in_words(one, order) for one in people[:_MOST_MEANT])


def _question(client: Client, answers: Answers, wrong: str) -> UserQuestion:
    """The form, with what was filled in already."""
    reference = client.reference()
    staff = {"": "Everybody"} | {one.staff_id: one.in_a_list() for one in known_staff(reference)}
    programs = {"": "All programs"} | {one.program_id: one.name for one in reference.programs}
    fields = (
        Field(CASEWORKER, "Whose caseload", "choice", answers.get(CASEWORKER, ""), staff),
        Field(PROGRAM, "Which program", "choice", answers.get(PROGRAM, ""), programs),
        Field(PARTICIPANT, "Participant ID", "text", answers.get(PARTICIPANT, "")),
    )
    return UserQuestion(_WHICH, fields, wrong=wrong)


def _sentence(found: int, added: list[int], refreshed: int, kept: int) -> str:
    if not found:
        return "No open assignment was found that you may end, so nothing was added."
    parts = []
    if added:
        where = f"row {added[0]}" if len(added) == 1 else f"rows {added[0]} to {added[-1]}"
        parts.append(f"{counted(len(added), 'open assignment')} downloaded to {where}.")
    else:
        parts.append("Every open assignment is in the sheet already.")
    if refreshed:
        parts.append(f"{counted(refreshed, 'row')} brought up to date.")
    if kept:
        parts.append(f"{counted(kept, 'row')} with changes of yours left as they are.")
    parts.append(f"To end one, fill in {END} and {REASON}; rows that you do not touch are not sent.")
    return " ".join(parts)
