"""Further mistakes of a walk through Fix Errors, written before any of them was tried: who is meant, told wrongly.

As in `benchmarks/fixing_mistakes.py`, each kind spoils one right row and says what would make it right again. The kinds
are of one sort: an ID, a name or a program that is right somewhere in the site, but not in this row, or that says too
little by itself. The rows of nobody else, and no other column, tell what is right.
"""

from __future__ import annotations

import random
from datetime import date
from typing import Final

from benchmarks.fixing_mistakes import Cells, Mistake, SiteKnown, Spoiled
from benchmarks.slips import name_slip
from server.judge.reference import Participant
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    STAFF_NAME,
    UPDATE,
)


def _person(row: Cells, site: SiteKnown) -> Participant | None:
    person = site.people.get(row[PARTICIPANT_ID])
    return person if person and person.first_name and person.last_name and person.birth_date else None


def _names(person: Participant, *, dated: bool) -> Cells:
    return {
        FIRST_NAME: person.first_name,
        LAST_NAME: person.last_name,
        BIRTH_DATE: person.birth_date if dated else "",
    }


def _other_id(*, dated: bool) -> Mistake:
    """A digit wrong, or two exchanged, which makes it the ID of somebody else."""

    def spoil(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
        person, right = _person(row, site), row[PARTICIPANT_ID]
        place = chance.randrange(len(right) - 1)
        if chance.random() < 0.5:
            written = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
        else:
            written = right[:place] + chance.choice("0123456789") + right[place + 1 :]
        if person is None or written == right or written not in site.people:
            return None
        row |= {PARTICIPANT_ID: written, **_names(person, dated=dated)}
        return Spoiled({PARTICIPANT_ID: {right}})

    return spoil


def _nobodys_id(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """A digit twice, beside a name and a birth date."""
    person, right = _person(row, site), row[PARTICIPANT_ID]
    place = chance.randrange(len(right))
    written = right[:place] + right[place] + right[place:]
    if person is None or written in site.people:
        return None
    row |= {PARTICIPANT_ID: written, **_names(person, dated=True)}
    return Spoiled({PARTICIPANT_ID: {right}})


def _dressed_id(chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    """With something around or within it."""
    right = row[PARTICIPANT_ID]
    row[PARTICIPANT_ID] = chance.choice((f"#{right}", f"ID {right}", f"{right[:3]} {right[3:]}", f"{right}."))
    return Spoiled({PARTICIPANT_ID: {right}})


def _other_name(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """The name and birth date of another line beside a right ID."""
    person, other = _person(row, site), site.people[chance.choice(sorted(site.people))]
    if person is None or not (other.first_name and other.last_name and other.birth_date):
        return None
    if person.first_name == other.first_name or person.last_name == other.last_name:
        return None
    row |= _names(other, dated=True)
    return Spoiled({FIRST_NAME: {person.first_name}, LAST_NAME: {person.last_name}, BIRTH_DATE: {person.birth_date}})


def _turned_birth_date(_chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """Day and month exchanged, of a person without an ID."""
    person = _person(row, site)
    born = date.fromisoformat(person.birth_date) if person else date.min
    if person is None or born.day > 12 or born.day == born.month:
        return None
    row |= {PARTICIPANT_ID: "", **_names(person, dated=True), BIRTH_DATE: f"{born:%Y}-{born:%d}-{born:%m}"}
    return Spoiled({PARTICIPANT_ID: {person.participant_id}})


def _name_alone(_chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """Neither ID nor birth date, for a name that several have: an Update tells which of them by what it ends."""
    person = _person(row, site)
    called = person and [one for one in site.people.values() if one.full_name == person.full_name]
    if person is None or row[ACTION] != UPDATE or not called or len(called) < 2:
        return None
    row |= {PARTICIPANT_ID: "", **_names(person, dated=False)}
    return Spoiled({PARTICIPANT_ID: {person.participant_id}})


def _half_name(part: int) -> Mistake:
    """A caseworker by first or by last name alone, on an Update, whose assignment tells who it is."""

    def spoil(_chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
        member = site.staff.get(row.get(STAFF_NAME, ""))
        if member is None or row[ACTION] != UPDATE:
            return None
        row[STAFF_NAME] = (member.first_name, member.last_name)[part]
        return Spoiled({STAFF_NAME: {member.full_name, member.staff_id}})

    return spoil


def _both_slips(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """A slip in a caseworker's first name, and one in the last."""
    member = site.staff.get(row.get(STAFF_NAME, ""))
    if member is None or min(len(member.first_name), len(member.last_name)) < 4:
        return None
    row[STAFF_NAME] = f"{name_slip(member.first_name, chance)} {name_slip(member.last_name, chance)}"
    return Spoiled({STAFF_NAME: {member.full_name, member.staff_id}})


FURTHER: Final[tuple[tuple[str, Mistake], ...]] = (
    ("ID of somebody else", _other_id(dated=True)), ("ID of somebody else", _other_id(dated=True)),
    ("ID of somebody else", _other_id(dated=False)), ("ID of somebody else", _other_id(dated=False)),
    ("ID of nobody", _nobodys_id), ("ID of nobody", _dressed_id), ("ID of nobody", _dressed_id),
    ("name of somebody else", _other_name), ("name of somebody else", _other_name),
    ("person without ID", _turned_birth_date), ("person without ID", _name_alone), ("person without ID", _name_alone),
    ("half a name", _half_name(0)), ("half a name", _half_name(1)), ("two slips", _both_slips),
)  # fmt: skip
"""The kind of each, and what makes it. The site tells what is right in all of them."""
