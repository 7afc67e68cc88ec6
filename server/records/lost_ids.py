"""Find participants whose IDs Excel may have damaged in a sheet (SPEC 3, Identifiers)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select

from server.judge.reference import User
from server.records.known_people import may_know
from server.records.tables import participants
from workbook.files.excel_damage import Ruin, lost_ids

_MOST_RUINS: Final = 200
"""Distinct ruined values that are looked into, the most frequent first: each is a question of its own."""
_MOST_IDS: Final = 50
"""IDs that one of them may have been. Where there are more, none is likelier than the others."""


def lost_participants(
    connection: Connection, site_id: int, user: User, ruins: Iterable[Ruin]
) -> dict[Ruin, tuple[str, ...]]:
    """For each ruined Participant ID those of the site, and of whom the user may know, that would look so, in their
    order; none where there are too many to choose from. Others are not counted: by what is missing they would show."""
    return {ruin: _ids(connection, site_id, user, ruin) for ruin, _count in Counter(ruins).most_common(_MOST_RUINS)}


def _ids(connection: Connection, site_id: int, user: User, ruin: Ruin) -> tuple[str, ...]:
    key = participants.c.id_key
    lost = lost_ids(ruin)
    ways: list[ColumnElement[bool]] = [key.in_(sorted(lost.texts))] if lost.texts else []
    ways += [and_(key >= low, key <= high, func.length(key) == len(low)) for low, high in lost.ranges]
    query = (
        select(participants.c.participant_id)
        .where(participants.c.site_id == site_id, or_(*ways), may_know(user, participants.c.key))
        .order_by(key)
        .limit(_MOST_IDS + 1)
    )
    found = tuple(connection.execute(query).scalars())
    return found if len(found) <= _MOST_IDS else ()
