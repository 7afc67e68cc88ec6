"""Find a participant by an ID, case number, name, beginning of a name, or birth date.

Exact matches come first, then names that begin with the text, then likely misspellings, by the same record linkage as
for a row (SPEC 5). Only participants whom the user may know are found (SPEC R10).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, or_, select, true

from server.judge.labels import is_enrolled
from server.judge.question import Clue
from server.judge.reference import Participant, Reference, ReferenceKeys, User
from server.records.known_people import may_know
from server.records.people import find_near
from server.records.reference_data import load_reference, with_histories
from server.records.tables import participants
from server.suggest.linkage import link
from server.suggest.names import standard_nicknames
from workbook.dates import read_date
from workbook.local_time import Order
from workbook.matching import exact_key, like_key
from workbook.report import ListedParticipant

MOST: Final = 20
_WORDS: Final = 5
"""Words of the shorter name of somebody who is looked for by many."""
_NOTHING: Final = ReferenceKeys(frozenset(), frozenset(), frozenset(), frozenset())
_p = participants.c
_COLUMNS: Final = (
    _p.key, _p.participant_id, _p.first_name, _p.last_name, _p.birth_date, _p.case_number, _p.ssn_hash
)  # fmt: skip


def find_participants(
    connection: Connection, site_id: int, staff_key: int, text: str, today: str
) -> list[ListedParticipant]:
    """At most MOST participants whom `text` may mean, the likeliest first. `today`: ISO date."""
    reference = load_reference(connection, site_id, staff_key, _NOTHING, today)
    born, words = _read(text, reference.rules.date_order)
    people: dict[int, Participant] = {}
    for condition in _conditions(text, born, words):
        if len(people) < MOST:
            people |= _matching(connection, site_id, reference.user, condition)
    if len(people) < MOST:
        near = find_near(connection, site_id, reference.user, clues := _clues(text, born, words), standard_nicknames())
        known = _known(connection, reference, near.people).participants
        for links in link(clues, known, standard_nicknames(), limit=MOST, names=near.names):
            for place, _score, _guess in links:
                people.setdefault(known[place].key, known[place])
    found = list(people.values())[:MOST]
    reference = _known(connection, reference, found)
    return [_found(person, reference) for person in found]


def _read(text: str, order: Order) -> tuple[str, list[str]]:
    """The birth date in it, as ISO text or "", and the other words."""
    words = re.split(r"[,\s]+", text.strip())
    whole = read_date(text.strip(), order)
    if isinstance(whole, str) and whole:
        return whole, []
    for word in words:
        born = read_date(word, order)
        if isinstance(born, str) and born and not word.isdecimal():
            return born, [other for other in words if other and other is not word]
    return "", [word for word in words if word]


def _conditions(text: str, born: str, words: list[str]) -> Iterable[ColumnElement[bool]]:
    """What to look for, the surest first."""
    if words and not born:
        yield _p.id_key == exact_key(text)
        yield _p.case_key == like_key(text)
    in_time = _p.birth_date == born if born else true()
    if born and not words:
        yield in_time
    if not words:
        return
    keys = [like_key(word) for word in words]
    whole = "".join(keys)
    first, last = _p.first_key, _p.last_key
    if len(keys) > 1:
        # Nobody has a hundred names: of more words than anybody has, either name has few.
        places = [place for place in range(1, len(keys)) if min(place, len(keys) - place) <= _WORDS]
        splits = [("".join(keys[:place]), "".join(keys[place:])) for place in places]
        pairs = [*splits, *((after, before) for before, after in splits)]
        yield and_(in_time, or_(*(and_(first == one, last == other) for one, other in pairs)))
        yield and_(in_time, or_(*(and_(_begins(first, one), _begins(last, other)) for one, other in pairs)))
    else:
        yield and_(in_time, or_(first == whole, last == whole))
    yield and_(in_time, or_(_begins(last, whole), _begins(first, whole)))


def _begins(column: ColumnElement[str], key: str) -> ColumnElement[bool]:
    return column.startswith(key, autoescape=True)


def _clues(text: str, born: str, words: list[str]) -> list[Clue]:
    number = text.strip() if words and not born and any(char.isdecimal() for char in text) else ""
    names = [word for word in words if not any(char.isdecimal() for char in word)]
    clues = [Clue(number, "", "", "", number, "")] if number else []
    if len(names) > 1:
        clues.append(Clue("", " ".join(names[:-1]), names[-1], born, "", ""))
    elif names:
        clues += [Clue("", "", names[0], born, "", ""), Clue("", names[0], "", born, "", "")]
    return clues or [Clue("", "", "", born, "", "")]


def _matching(
    connection: Connection, site_id: int, user: User, condition: ColumnElement[bool]
) -> dict[int, Participant]:
    query = (
        select(*_COLUMNS)
        .where(_p.site_id == site_id, condition, may_know(user, _p.key))
        .order_by(_p.last_key, _p.first_key, _p.key)
        .limit(MOST)
    )
    return {row[0]: Participant._make(row) for row in connection.execute(query)}


def _known(connection: Connection, reference: Reference, people: list[Participant]) -> Reference:
    """The Reference with these people, as far as its user may know of them."""
    return with_histories(connection, replace(reference, participants=people), people)


def _found(person: Participant, reference: Reference) -> ListedParticipant:
    programs = [
        program.name or program.program_id
        for program in reference.programs
        if is_enrolled(reference, person.key, program.key)
    ]
    names = {member.key: member.full_name or member.staff_id for member in reference.staff}
    open_now = reference.assignments.get(person.key, ())
    caseworkers = list(dict.fromkeys(names[one.staff_key] for one in open_now if one.staff_key in names))
    return ListedParticipant(
        participant_id=person.participant_id,
        first_name=person.first_name,
        last_name=person.last_name,
        birth_date=person.birth_date,
        case_number=person.case_number,
        programs=programs,
        caseworkers=caseworkers,
    )
