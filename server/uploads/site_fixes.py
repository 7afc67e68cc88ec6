"""What a user does with the site's remembered fixes: add, list, forget (SPEC 5).

Every user who may upload may have a fix remembered. It is offered to everybody of the site: to others only as a guess,
unless an administrator gave it too. As with uploads, users see, replace and forget their own; a site administrator, the
whole site's. Each change is a line in the audit trail, without the value: the identifying cells of a participant are
such a value too.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, Engine

from server.records import audit, remembered
from server.records.reference_data import can_be_stored, rights_of
from server.records.remembered import FixAnswer, ListedFix, WordOfAnother
from server.records.room_to_remember import NoRoomLeft, Room
from server.records.tokens import Principal, reading_for, still, writing_for

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
    lines = [("fix remembered", None, f"{fix.column}, {fix.id}") for fix in found if isinstance(fix, ListedFix)]
    audit.note_all(connection, who.site_id, who.staff_id, lines)
    return found


def remember_fixes(
    engine: Engine, who: Principal, answers: Sequence[FixAnswer]
) -> tuple[list[ListedFix], list[tuple[FixAnswer, str]]]:
    """Remembers those answers that can be, in batches, so that other writers need not wait for all of them. Returns the
    remembered fixes, and the other answers with the reason. Raises MayNotRemember, and NoRoomLeft where that is why
    nothing was remembered."""
    kept: dict[str, ListedFix] = {}
    refused: list[tuple[FixAnswer, str]] = []
    full: NoRoomLeft | None = None
    for first in range(0, len(answers), _AT_ONCE):
        some = answers[first : first + _AT_ONCE]
        if first and engine.dialect.name == "sqlite":
            time.sleep(_PAUSE_SECONDS)
        with writing_for(engine, who) as connection:
            holder = still(connection, who)
            for answer, fix in zip(some, _remember_each(connection, holder, some), strict=True):
                if isinstance(fix, ListedFix):
                    kept[fix.id] = fix
                    continue
                refused.append((answer, str(fix)))
                full = fix if isinstance(fix, NoRoomLeft) else full
    if full is not None and not kept:
        raise full
    return list(kept.values()), refused


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
        audit.note(connection, who.site_id, who.staff_id, "fix forgotten", detail=f"{fix.column}, {fix.id}")


def _own(who: Principal) -> int | None:
    return None if who.administrator else who.staff_key
