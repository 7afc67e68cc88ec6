"""Find Participant: find a person by name, birth date or number for a row (SPEC 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.errors import BookError
from addin.outcome import Answers, Field, Outcome, UserQuestion
from addin.rows.answers import CellChange, Corrections, empty_details
from addin.rows.cells import add_own_columns, write_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.new_rows import need_columns
from addin.rows.picks import write_corrections
from addin.rows.row_notes import digest_of_row
from workbook.columns import BIRTH_DATE, CASE_NUMBER, FIRST_NAME, LAST_NAME, PARTICIPANT_ID
from workbook.dates import DateFlaw, read_date
from workbook.local_time import Order, said_day
from workbook.report import ListedParticipant

NAME: Final = "name"
BORN: Final = "born"
NUMBER: Final = "number"
CHOSEN: Final = "chosen"
ROW: Final = "row"
"""Answers; ROW where no cell is selected, as on the command line."""
_AS_ASKED: Final = "as_asked"
"""Carried along: a digest of the row at the time of the question."""
MOST: Final = 20
"""How many the server names at most."""
LIKELIEST: Final = "These are the likeliest; a longer name finds fewer."
"""What is said where there may be more than are named."""
NOBODY: Final = "Nobody was found of whom you may know."
_TRY: Final = "Try a part of the name, another spelling, or the number again."
_AGAIN: Final = "again"
_WHO: Final = "Who is it? A name or its beginning will do, with a birth date if you know it; or an ID or Case Number."


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Outcome):
    """The people found, the likeliest first, and the row that got the ID of the chosen one."""

    people: list[ListedParticipant] = field(default_factory=list)
    row: int | None = None


def find_participant(book: Book, client: Client, answers: Answers) -> Found:
    """Asks who the selected row is about, lists the people found, and puts the ID of the chosen one into the row.

    The cells that named the person are emptied, because the ID replaces them; Fixes Made keeps what they were. The form
    begins with the row's own values. Raises BookError where no row of the caseload is selected, or one that is not to
    be changed.
    """
    data = read_data(book)
    need_columns(data, (PARTICIPANT_ID,))
    row = _row(book, data, answers)
    texts = data.texts(row) if row in data.rows else {}
    order = client.reference().date_order
    carries = {ROW: str(row), _AS_ASKED: digest_of_row(texts)}
    chosen = answers.get(CHOSEN, "")
    if chosen and chosen != _AGAIN:
        if answers.get(_AS_ASKED, carries[_AS_ASKED]) != carries[_AS_ASKED]:
            raise BookError(f"Row {row} was changed meanwhile, so nothing was written. Press Find Participant again.")
        return _put(book, data, row, _person(client, chosen), order)
    if chosen == _AGAIN or not {NAME, BORN, NUMBER} & answers.keys():
        return Found(question=_form(texts, answers, "", order), carries=carries | {CHOSEN: ""})
    people = search(client, answers)
    if not people:
        return Found(question=_form(texts, answers, f"{NOBODY} {what_to_try(answers, order)}", order), carries=carries)
    listed = {one.participant_id: in_words(one, order) for one in people} | {_AGAIN: "None of these: search again"}
    more = f" {LIKELIEST}" if len(people) == MOST else ""
    text = f"Who is meant in row {row}?{more}"
    return Found(
        people=people,
        question=UserQuestion(text, (Field(CHOSEN, "Participant", "list", next(iter(listed)), listed),)),
        carries=carries,
    )


def search(client: Client, answers: Answers) -> list[ListedParticipant]:
    """The people found, the likeliest first; none where nothing was filled in."""
    fields = {name: answers.get(name, "").strip() for name in (NAME, BORN, NUMBER)}
    text = fields[NUMBER] or f"{fields[NAME]} {fields[BORN]}".strip()
    return client.participants(text) if text else []


def what_to_try(answers: Answers, order: Order) -> str:
    """What somebody may do for whom nobody was found."""
    born = answers.get(BORN, "").strip()
    if born and read_date(born, order) is DateFlaw.NOT_A_DATE:
        return f"“{born}” is no date. Write a date of birth like {said_day('1990-12-31', order)}, or leave it out."
    return _TRY


def in_words(one: ListedParticipant, order: Order) -> str:
    """`Mary Jones (P1) · born 2/3/1990 · case C1 · in Youth Shelter · with Carla Ruiz`, without what is unknown."""
    name = f"{one.first_name} {one.last_name}".strip()
    facts = (
        f"{name} ({one.participant_id})" if name else one.participant_id,
        one.birth_date and f"born {said_day(one.birth_date, order)}",
        one.case_number and f"case {one.case_number}",
        one.programs and f"in {', '.join(one.programs)}",
        one.caseworkers and f"with {', '.join(one.caseworkers)}",
    )
    return " · ".join(str(fact) for fact in facts if fact)


def _row(book: Book, data: DataSheet, answers: Answers) -> int:
    """The row that is to get the ID. Raises BookError."""
    number = answers.get(ROW, "")
    if number.isdecimal():
        row = int(number)
    elif book.selected is not None and book.selected[0] == data.sheet.name:
        row = book.selected[1]
    else:
        row = 0
    if row <= data.header_row and number:
        raise BookError(f"Row {row} has no place for an ID: the rows begin below row {data.header_row}, the headers.")
    if row <= data.header_row:
        raise BookError(
            f"Select a cell of the row that is to get the Participant ID, in the sheet {data.sheet.name}, and press "
            "Find Participant again."
        )
    if row in data.written:
        raise BookError(f"Row {row} is written already. Correct it by a row of its own, below the others.")
    if row in data.untouched:
        raise BookError(f"Row {row} was downloaded and knows its participant. Select another row.")
    return row


def _form(texts: Mapping[str, str], answers: Answers, wrong: str, order: Order) -> UserQuestion:
    """The form, with what was filled in already, at first with what the row says."""
    name = f"{texts.get(FIRST_NAME, '')} {texts.get(LAST_NAME, '')}".strip()
    by_row = {
        NAME: name,
        BORN: said_day(texts.get(BIRTH_DATE, ""), order),
        NUMBER: "" if name else texts.get(CASE_NUMBER, ""),
    }
    fields = (
        Field(NAME, "Name, or its beginning", "text", answers.get(NAME, by_row[NAME])),
        Field(BORN, "Date of Birth", "text", answers.get(BORN, by_row[BORN])),
        Field(NUMBER, "Participant ID or Case Number", "text", answers.get(NUMBER, by_row[NUMBER])),
    )
    return UserQuestion(_WHO, fields, wrong=wrong)


def _person(client: Client, participant_id: str) -> ListedParticipant:
    """Whoever has this ID. Raises BookError."""
    for one in client.participants(participant_id):
        if one.participant_id == participant_id:
            return one
    raise BookError(f"Nobody of whom you may know has the Participant ID {participant_id}. Nothing was changed.")


def _put(book: Book, data: DataSheet, row: int, person: ListedParticipant, order: Order) -> Found:
    """Puts a person's ID into the row, in the place of what else told who it is about."""
    participant_id = person.participant_id
    column = data.columns()[PARTICIPANT_ID]
    if row not in data.rows:  # it is empty still
        write_cells(data, {(row, column): participant_id})
        return Found(row=row, people=[person], sentence=f"{in_words(person, order)} stands in row {row} now.")
    work = Corrections(order)
    before = data.cell_text(row, column)
    empty_details(work, data, row)
    emptied = len(work.made)
    if before != participant_id:
        work.cells[row, column] = participant_id
        work.made.append(CellChange(row, PARTICIPANT_ID, before, participant_id))
    if work.made:
        add_own_columns(data)
        write_corrections(book, read_data(book), work)
    made_way = " What else told the person made way for the ID; see Fixes Made." if emptied else ""
    return Found(
        row=row,
        people=[person],
        sentence=f"{in_words(person, order)} stands in row {row} now.{made_way} Press Validate.",
    )
