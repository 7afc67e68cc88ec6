"""The dropdown lists of wrong values: suggestions first, then all allowed values (SPEC 5).

A dropdown takes one run of cells. So the lists of all lines are placed one below the other in one column of the hidden
sheet `_suggestions`, each distinct list once, and a line holds where its own begins.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from workbook.columns import ACTION, FEEDER_TABLES, STAFF_LAST
from workbook.layout import EMPTY_THE_CELL, OFFER_COLUMN
from workbook.lists import TemplateLists, list_values
from workbook.problems import HEADER_UNCLEAR
from workbook.report import Key

Block = list[list[int | str | None]]
"""Rows of cells, all of one width. None empties a cell."""
MOST_ENTRIES: Final = 40_000
"""Of all lists together: about a second's writing. Lines of fewer rows then offer what was probably meant alone."""
_MOST_AT_ALL: Final = 2 * MOST_ENTRIES


class ListPlace(NamedTuple):
    """A list: the row before its first, and how many entries it has; (0, 0) for none."""

    above: int = 0
    entries: int = 0


NOWHERE: Final = ListPlace()


@dataclass(slots=True)
class Offers:
    """The lists as they were asked for, those of the most rows first. `entries` stand from row 2 on."""

    entries: list[str] = field(default_factory=list)
    _places: dict[tuple[str, ...], ListPlace] = field(default_factory=dict)

    def place(
        self,
        column: str,
        suggested: Sequence[str],
        allowed: Sequence[str],
        *,
        may_empty: bool,
        repeated: Collection[str] = (),
    ) -> ListPlace:
        """The list of a wrong value: the `suggested` answers, then the others that are allowed, and last an entry that
        empties the cell, where it may be empty. `repeated`: the allowed values that `suggested` has in other words."""
        last = [EMPTY_THE_CELL] if may_empty else []
        if len(self.entries) + len(suggested) + len(allowed) < MOST_ENTRIES:
            every = tuple(dict.fromkeys([*suggested, *(value for value in allowed if value not in repeated), *last]))
        elif suggested and column not in FEEDER_TABLES:
            every = tuple(dict.fromkeys([*suggested, *last]))
        else:  # the column's own list serves, which complains of whatever it lacks
            return self._places.get(tuple(dict.fromkeys([*suggested, *allowed, *last])), NOWHERE)
        found = self._places.get(every)
        if found is None and every and len(self.entries) + len(every) <= _MOST_AT_ALL:
            found = self._places[every] = ListPlace(len(self.entries) + 1, len(every))
            self.entries += every
        return found or NOWHERE

    def beside(self, lines: Block) -> Block:
        """The lines of `_suggestions` with the lists in their column, and as many more as these take."""
        width = max(map(len, lines), default=OFFER_COLUMN)
        empty: list[int | str | None] = [None] * width
        block = [*lines, *(list(empty) for _ in range(len(self.entries) + 1 - len(lines)))]
        for row, entry in enumerate(self.entries, start=1):
            block[row][OFFER_COLUMN - 1] = entry
        return block


def allowed_values(lists: TemplateLists) -> dict[str, list[str]]:
    """What an answer may be, by column: where first and last name stand apart it is both, as `Last, First`."""
    names = sorted(
        {f"{one.last_name}, {one.first_name}" for one in lists.staff if one.first_name and one.last_name},
        key=lambda name: (name.casefold(), name),
    )
    return list_values(lists) | {STAFF_LAST: names}


def may_be_emptied(column: str, value: str, code: str) -> bool:
    """Whether emptying the cells may be an answer: they say something, and a row can do without."""
    return bool(value) and column != ACTION and code not in (HEADER_UNCLEAR, "required")


@dataclass(frozen=True, slots=True)
class Dropdowns:
    """What the dropdowns of wrong values draw on, in the sheet and in `Fix Errors` alike."""

    lists: TemplateLists | None = None
    """What the site allows; None where it is not known."""
    telling: Collection[Key] = frozenset()
    """The wrong values whose answer must be an ID: somebody's details, without one or beside that of another."""
    offers: Offers = field(default_factory=Offers)
    """Takes the lists, which the caller writes beside the marks."""

    def may_empty(self, key: Key) -> bool:
        """Whether emptying the cells may be an answer to this wrong value."""
        return may_be_emptied(*key) and key not in self.telling
