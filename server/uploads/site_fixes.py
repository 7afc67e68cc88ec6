"""What a user does with the site's remembered fixes: add, list, forget (SPEC 5).

Every user who may upload may have a fix remembered. It is offered to everybody of the site: to others only as a guess,
unless an administrator gave it too. As with uploads, users see, replace and forget their own; a site administrator, the
whole site's. Each change is a line in the audit trail, without the value: the identifying cells of a participant are
such a value too, and so is an unknown header, for which anybody's row may have been taken.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from server.records import audit, remembered
from server.records.matching import can_be_stored
from server.records.reference_data import rights_of
from server.records.remembered import FixAnswer, ListedFix, WordOfAnother
from server.records.room_to_remember import NoRoomLeft, Room
from server.records.tokens import Principal, reading_for, still, writing_for
from server.records.trouble import DatabaseTrouble, again_after_deadlock, trouble_of
from workbook.columns import KINDS
from workbook.matching import exact_key

_AT_ONCE: Final = 50
"""Fixes that are remembered in one transaction, which takes a twentieth of a second."""
_PAUSE_SECONDS: Final = 0.12
"""Between two such transactions on SQLite: a process that waits for its one lock tries every tenth of a second."""


class MayNotRemember(Exception):
    """The user may no longer change any caseload, so they may not add remembered fixes."""


class UnknownFix(Exception):
    """There is no such remembered fix, or it is not this user's to forget."""


def _remember_each(
    connection: Connection, who: Principal, answers: Sequence[FixAnswer]
) -> list[ListedFix | str | NoRoomLeft]:
    """Remembers those answers that can be. Returns for each answer the remembered fix, or a sentence on why it is not
    remembered, or that there is no room. Raises MayNotRemember: the rights may have been withdrawn meanwhile. Belongs
    to the end of a transaction, as its lines in the audit trail do."""
    if not rights_of(connection, who.site_id, who.staff_key).may_write:
        raise MayNotRemember
    found: list[ListedFix | str | NoRoomLeft] = []
    able = [answer for answer in answers if not remembered.why_not(answer)]
    room = Room(connection, who.site_id, who.staff_key, able)
    for answer in answers:
        try:
            if answer in able:
                room.take(answer)
            kept = remembered.remember(connection, who.site_id, who.staff_key, answer, any_of_site=who.administrator)
        except WordOfAnother as other:
            found.append(str(other))
        except NoRoomLeft as full:
            found.append(full)
        else:
            found.append(remembered.why_not(answer) if kept is None else kept)
    lines = [("fix remembered", None, _told(fix)) for fix in found if isinstance(fix, ListedFix)]
    audit.note_all(connection, who.site_id, who.staff_id, lines)
    return found


class Remembering:
    """Has fixes remembered, a batch after the other, and goes on where it was stopped: what is kept is not done again.
    It can be pickled for another process."""

    def __init__(self, answers: Sequence[FixAnswer]) -> None:
        self._answers = answers
        # In one order, whatever order they come in: two who remember the same would wait for each other.
        self._order = sorted(
            range(len(answers)), key=lambda place: (answers[place].column, exact_key(answers[place].value))
        )
        self._found: dict[int, ListedFix | str | NoRoomLeft] = {}

    @property
    def is_done(self) -> bool:
        return len(self._found) == len(self._order)

    def go_on(self, engine: Engine, who: Principal) -> None:
        """Remembers those that can be, in batches, so that other writers need not wait for all of them. Where somebody
        else on PostgreSQL keeps it waiting, it stops behind what it has kept. Raises MayNotRemember, and DBAPIError
        where it has kept nothing."""
        begin = len(self._found)
        for first in range(begin, len(self._order), _AT_ONCE):
            places = self._order[first : first + _AT_ONCE]
            if first and engine.dialect.name == "sqlite":
                time.sleep(_PAUSE_SECONDS)
            some = [self._answers[place] for place in places]
            try:
                found = again_after_deadlock(partial(_remember_some, engine, who, some))
            except DBAPIError as failure:
                waits = engine.dialect.name != "sqlite" and trouble_of(failure) is DatabaseTrouble.IN_USE
                if first == begin or not waits:
                    raise
                return
            self._found.update(zip(places, found, strict=True))

    def result(self) -> tuple[list[ListedFix], list[tuple[FixAnswer, str]]]:
        """The remembered fixes, and the other answers with the reason. Raises NoRoomLeft where that is why nothing was
        remembered."""
        kept = {fix.id: fix for _place, fix in sorted(self._found.items()) if isinstance(fix, ListedFix)}
        full = [fix for fix in self._found.values() if isinstance(fix, NoRoomLeft)]
        if full and not kept:
            raise full[-1]
        others = [(place, fix) for place, fix in sorted(self._found.items()) if not isinstance(fix, ListedFix)]
        return list(kept.values()), [(self._answers[place], str(fix)) for place, fix in others]


def _remember_some(engine: Engine, who: Principal, answers: Sequence[FixAnswer]) -> list[ListedFix | str | NoRoomLeft]:
    with writing_for(engine, who) as connection:
        return _remember_each(connection, still(connection, who), answers)


def list_fixes(engine: Engine, who: Principal, after: tuple[str, str] | None, limit: int) -> list[ListedFix]:
    """What this person may forget, by column and value. `after`: see `list_remembered`."""
    with reading_for(engine, who) as (connection, who):
        return remembered.list_remembered(connection, who.site_id, _own(who), after, limit)


def forget_fix(engine: Engine, who: Principal, fix_id: str) -> None:
    """Forgets a fix. Raises UnknownFix."""
    if not can_be_stored(fix_id):
        raise UnknownFix(fix_id)
    with writing_for(engine, who) as connection:
        who = still(connection, who)
        fix = remembered.find_remembered(connection, who.site_id, fix_id, _own(who))
        if fix is None:
            raise UnknownFix(fix_id)
        remembered.forget(connection, who.site_id, fix.id)
        audit.note(connection, who.site_id, who.staff_id, "fix forgotten", detail=_told(fix))


def _told(fix: ListedFix) -> str:
    """Which fix it is, as the trail tells it: by its id, and the column where the template has one of that name."""
    return f"{fix.column if fix.column in KINDS else 'an unknown header'}, {fix.id}"


def _own(who: Principal) -> int | None:
    return None if who.administrator else who.staff_key
