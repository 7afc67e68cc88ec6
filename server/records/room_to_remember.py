"""Bound how many fixes a site remembers (SPEC 5)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Connection, func, select

from server.records.remembered import FixAnswer, remembered
from server.records.tables import remembered_fixes
from workbook.matching import exact_key

MOST_OF_SITE: Final = 50_000
"""Fixes that a site remembers: each check goes through them for a moment, a thirtieth of a second for so many."""
MOST_OF_ONE: Final = 5_000
"""Of these, what one person has had remembered, so that nobody alone takes the room of all."""


class NoRoomLeft(Exception):
    """No more fixes are remembered for a site, or for one person; the message is one plain sentence or two."""


class Room:
    """How many more fixes a site may remember, and one person have remembered. Of several transactions at the same
    moment each counts for itself: together they may go over it by what they add, a few hundred."""

    def __init__(self, connection: Connection, site_id: int, staff_key: int, answers: Iterable[FixAnswer]) -> None:
        """`answers`: those that are to be remembered, and can be."""
        keys = [(answer.column, exact_key(answer.value)) for answer in answers]
        self._known = set(remembered(connection, site_id, keys, staff_key))
        table = remembered_fixes.c
        own = func.count().filter(table.staff_key == staff_key)
        query = select(func.count(), own).where(table.site_id == site_id)
        self._of_site, self._of_one = connection.execute(query).one()

    def take(self, answer: FixAnswer) -> None:
        """Takes room for one that can be remembered; an answer in place of another needs none. Raises NoRoomLeft."""
        key = answer.column, exact_key(answer.value)
        if key in self._known:
            return
        if self._of_site >= MOST_OF_SITE:
            raise NoRoomLeft(
                f"The site remembers {MOST_OF_SITE:,} fixes, and more do not fit. Forget some of yours that are not "
                "needed any more, or ask a site administrator, who can forget anybody's."
            )
        if self._of_one >= MOST_OF_ONE:
            raise NoRoomLeft(
                f"{MOST_OF_ONE:,} fixes are remembered that you asked for, and nobody may have more. Forget some that "
                "are not needed any more."
            )
        self._known.add(key)
        self._of_site += 1
        self._of_one += 1
