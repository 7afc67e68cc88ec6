"""The mistakes of a walk through Fix Errors: each kind spoils one right row, and says what would make it right again.

A kind takes a chance, the row's cells and the site, and gives the cells that are wrong now with all that is right in
them; None where the row gives no occasion. Where nothing in the site tells what is right, only the user can, `told` is
False. No kind is one that the limits of what is sure were chosen on: those were the rows of `caseload-server
sample-rows` and the names of `benchmarks/mistakes.py`.
"""

from __future__ import annotations

import random
from calendar import month_name, monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from nicknames import name_triplets

from benchmarks.slips import name_slip
from server.judge.reference import Participant, Staff
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    END,
    FIRST_NAME,
    INSERT,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_NAME,
    REASON,
    RELATIONSHIP,
    STAFF_NAME,
    START,
    STATUS,
    UPDATE,
)

Cells = dict[str, str]
"""A row: header → text."""


@dataclass(frozen=True, slots=True)
class SiteKnown:
    """What a mistake may need to know. `staff` and `people` by full name and by ID."""

    staff: Mapping[str, Staff]
    people: Mapping[str, Participant]
    disabled_staff: Sequence[str]
    disabled_programs: Sequence[str]
    retired: Mapping[str, Sequence[str]]
    """Column → values that are no longer in use, and have no successor."""
    renamed: Mapping[str, Mapping[str, str]]
    """Column → value in use → what it was called before."""


class Spoiled(NamedTuple):
    """What a mistake has made of a row. `right`: column → the values that are right there; of a person without an ID,
    Participant ID."""

    right: dict[str, set[str]]
    told: bool = True


Mistake = Callable[[random.Random, Cells, SiteKnown], Spoiled | None]

OTHER_WORDS: Final = {
    RELATIONSHIP: {
        "Primary": ("Main", "Lead worker", "1st", "main caseworker", "Key worker"),
        "Secondary": ("2nd worker", "Assisting", "second", "Co-worker"),
        "Backup": ("Covering", "Stand-in", "Substitute", "alternate"),
        "Case Aide": ("Assistant", "Helper"),
        "Supervisor": ("Team lead", "supervising"),
    },
    STATUS: {
        "Active": ("Open", "Ongoing", "current", "Working with client"),
        "Pending": ("Awaiting", "Not started yet", "in process"),
        "On Hold": ("Paused", "suspended"),
        "Monitoring": ("Follow-up", "Watching"),
    },
    REASON: {
        "Completed Program": ("Graduated", "Finished", "Goals met", "program done"),
        "Moved Away": ("Closed - moved", "Client relocated", "moved to another county", "left the area"),
        "Transferred to Other Caseworker": ("Reassigned", "New worker", "handed over to colleague"),
        "Lost Contact": ("No contact", "cannot locate client", "stopped answering calls", "Unreachable"),
        "Declined Services": ("Refused", "withdrew", "not interested any more"),
        "Deceased": ("Died", "Client passed away", "death"),
    },
}  # fmt: skip
"""What people write who mean a value of a list. Some of it was looked at when `server/suggest/phrases.py` was
completed: how that does with words that it has never seen shows `python -m benchmarks.suggestions words`."""


def _slip(column: str) -> Mistake:
    def spoil(chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
        if len(right := row.get(column, "")) < 4:
            return None
        row[column] = name_slip(right, chance)
        return Spoiled({column: {right}})

    return spoil


def _nickname(first: str, chance: random.Random) -> str:
    names = {
        triplet.name2.title()
        for triplet in name_triplets()
        if triplet.name1.casefold() == first.casefold() and triplet.name2.casefold() != first.casefold()
    }
    return chance.choice(sorted(names)) if names else ""


def _staff_nickname(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    member = site.staff.get(row.get(STAFF_NAME, ""))
    if member is None or not (short := _nickname(member.first_name, chance)):
        return None
    row[STAFF_NAME] = f"{short} {member.last_name}"
    return Spoiled({STAFF_NAME: {member.full_name, member.staff_id}})


def _staff_turned(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    """Last name first, without a comma."""
    member = site.staff.get(row.get(STAFF_NAME, ""))
    if member is None:
        return None
    row[STAFF_NAME] = f"{member.last_name} {member.first_name}"
    return Spoiled({STAFF_NAME: {member.full_name, member.staff_id}})


def _staff_initial(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    member = site.staff.get(row.get(STAFF_NAME, ""))
    if member is None:
        return None
    row[STAFF_NAME] = f"{member.first_name[0]}. {member.last_name}"
    return Spoiled({STAFF_NAME: {member.full_name, member.staff_id}})


def _person(row: Cells, site: SiteKnown) -> Participant | None:
    person = site.people.get(row[PARTICIPANT_ID])
    return person if person and person.first_name and len(person.last_name) > 3 and person.birth_date else None


def _without_id(change: Callable[[random.Random, Participant], tuple[str, str]]) -> Mistake:
    """A person told by name and birth date, with a name that is not quite theirs."""

    def spoil(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
        person = _person(row, site)
        names = change(chance, person) if person else ("", "")
        if person is None or not all(names):
            return None
        row |= {PARTICIPANT_ID: "", FIRST_NAME: names[0], LAST_NAME: names[1], BIRTH_DATE: person.birth_date}
        return Spoiled({PARTICIPANT_ID: {person.participant_id}})

    return spoil


def _exchanged_beside_id(_chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
    person = _person(row, site)
    if person is None or person.first_name == person.last_name:
        return None
    row |= {FIRST_NAME: person.last_name, LAST_NAME: person.first_name}
    return Spoiled({FIRST_NAME: {person.first_name}, LAST_NAME: {person.last_name}})


def _lost_zeros(_chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    right = row[PARTICIPANT_ID]
    if not right.startswith("0"):
        return None
    row[PARTICIPANT_ID] = right.lstrip("0")
    return Spoiled({PARTICIPANT_ID: {right}})


def _other_word(column: str) -> Mistake:
    def spoil(chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
        right = row.get(column, "")
        if right not in OTHER_WORDS[column]:
            return None
        row[column] = chance.choice(OTHER_WORDS[column][right])
        return Spoiled({column: {right}})

    return spoil


def _renamed(column: str) -> Mistake:
    def spoil(_chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
        right = row.get(column, "")
        if right not in site.renamed.get(column, {}):
            return None
        row[column] = site.renamed[column][right]
        return Spoiled({column: {right}})

    return spoil


def _no_longer(column: str, values: Callable[[SiteKnown], Sequence[str]]) -> Mistake:
    """Something of which the site does not say what has taken its place."""

    def spoil(chance: random.Random, row: Cells, site: SiteKnown) -> Spoiled | None:
        right = row.get(column, "")
        if row[ACTION] != INSERT or not right or not values(site):
            return None
        row[column] = chance.choice(values(site))
        return Spoiled({column: {right}}, told=False)

    return spoil


def _day_column(row: Cells) -> str:
    return END if row[ACTION] == UPDATE else START


def _two_digits(_chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    column = _day_column(row)
    day = date.fromisoformat(row[column])
    row[column] = f"{day.month}/{day.day}/{day:%y}"
    return Spoiled({column: {day.isoformat()}})


def _turned_day(_chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    column = _day_column(row)
    day = date.fromisoformat(row[column])
    if day.day < 13:
        return None
    row[column] = f"{day.day}.{day.month:02}.{day.year}"
    return Spoiled({column: {day.isoformat()}})


def _misspelt_month(chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    column = _day_column(row)
    day = date.fromisoformat(row[column])
    name = month_name[day.month]
    if len(name) < 6:
        return None
    row[column] = f"{name[:3]}{name[4:]} {day.day}, {day.year}"
    return Spoiled({column: {day.isoformat()}})


def _beyond_the_month(_chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
    column = _day_column(row)
    day = date.fromisoformat(row[column])
    if day.day != monthrange(day.year, day.month)[1] or day.day == 31:
        return None
    row[column] = f"{day:%Y-%m}-31"
    return Spoiled({column: {day.isoformat()}})


def _emptied(column: str, action: str | None, *, told: bool) -> Mistake:
    def spoil(_chance: random.Random, row: Cells, _site: SiteKnown) -> Spoiled | None:
        right = row.get(column, "")
        if not right or action not in (None, row[ACTION]):
            return None
        row[column] = ""
        return Spoiled({column: {right}}, told)

    return spoil


def _last_slip(chance: random.Random, person: Participant) -> tuple[str, str]:
    return person.first_name, name_slip(person.last_name, chance)


def _first_nickname(chance: random.Random, person: Participant) -> tuple[str, str]:
    return _nickname(person.first_name, chance), person.last_name


def _names_exchanged(_chance: random.Random, person: Participant) -> tuple[str, str]:
    return person.last_name, person.first_name


WALK: Final[tuple[tuple[str, Mistake], ...]] = (
    ("typo", _slip(STAFF_NAME)), ("typo", _slip(STAFF_NAME)), ("typo", _slip(PROGRAM_NAME)),
    ("typo", _slip(PROGRAM_NAME)), ("typo", _slip(RELATIONSHIP)), ("typo", _slip(STATUS)), ("typo", _slip(REASON)),
    ("typo", _without_id(_last_slip)), ("typo", _without_id(_last_slip)),
    ("nickname", _staff_nickname), ("nickname", _staff_nickname), ("nickname", _staff_initial),
    ("nickname", _without_id(_first_nickname)), ("nickname", _without_id(_first_nickname)),
    ("swapped names", _staff_turned), ("swapped names", _staff_turned),
    ("swapped names", _without_id(_names_exchanged)),
    ("swapped names", _exchanged_beside_id), ("swapped names", _exchanged_beside_id),
    ("lost zeros", _lost_zeros), ("lost zeros", _lost_zeros),
    ("wrong list value", _other_word(RELATIONSHIP)), ("wrong list value", _other_word(STATUS)),
    ("wrong list value", _other_word(REASON)), ("wrong list value", _other_word(REASON)),
    ("inactive or disabled", _renamed(RELATIONSHIP)), ("inactive or disabled", _renamed(REASON)),
    ("inactive or disabled", _no_longer(STATUS, lambda site: site.retired[STATUS])),
    ("inactive or disabled", _no_longer(STAFF_NAME, lambda site: site.disabled_staff)),
    ("date", _two_digits), ("date", _two_digits), ("date", _turned_day), ("date", _misspelt_month),
    ("date", _beyond_the_month),
    ("missing cell", _emptied(STAFF_NAME, UPDATE, told=True)), ("missing cell", _emptied(ACTION, None, told=True)),
    ("missing cell", _emptied(START, INSERT, told=False)), ("missing cell", _emptied(REASON, UPDATE, told=False)),
)  # fmt: skip
"""The kind of each of the 38 mistakes, and what makes it."""
