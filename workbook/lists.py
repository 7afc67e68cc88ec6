"""A site's lists of values for the dropdowns, and their layout in `_lists`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from workbook.columns import (
    ACTION,
    DEMOGRAPHICS,
    FEEDER_TABLES,
    PROGRAM_ID,
    PROGRAM_NAME,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
)
from workbook.layout import EMPTY_THE_CELL, LIST_NAMES
from workbook.local_time import Order

ACTIONS = ("Insert", "Update")


class ListedProgram(NamedTuple):
    program_id: str
    name: str


class ListedStaff(NamedTuple):
    staff_id: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True)
class TemplateLists:
    """What a template needs to know of a site and of whom it is for: only what that person may choose."""

    site: str
    programs: Sequence[ListedProgram] = ()
    staff: Sequence[ListedStaff] = ()
    """The staff that the person may assign."""
    feeder: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By canonical header: the active values, in the site's order."""
    demographics: Sequence[str] = DEMOGRAPHICS
    """Canonical headers of the site's duplicate check."""
    date_order: Order = "MDY"


def list_values(lists: TemplateLists) -> dict[str, list[str]]:
    """Canonical header → the values that its dropdown offers: feeder tables in the site's order, names sorted."""
    staff = lists.staff
    values: dict[str, list[str]] = {
        ACTION: list(ACTIONS),
        PROGRAM_ID: _sorted(program.program_id for program in lists.programs),
        PROGRAM_NAME: _sorted(program.name for program in lists.programs),
        STAFF_ID: _sorted(person.staff_id for person in staff),
        STAFF_NAME: _sorted(f"{person.first_name} {person.last_name}".strip() for person in staff),
        STAFF_FIRST: _sorted(person.first_name for person in staff),
        STAFF_LAST: _sorted(person.last_name for person in staff),
    }
    for header in FEEDER_TABLES:
        values[header] = [value for value in lists.feeder.get(header, ()) if value]
    return values


def lists_block(lists: TemplateLists) -> list[list[str | None]]:
    """The whole of `_lists` from A1: a header row, then one column per list, None below a shorter one; and beyond an
    empty column, in the first row, what `list_none` shows.

    Clear the sheet, then write this in one go: the defined names follow.
    """
    values = list_values(lists)
    columns = [values[header] for header in LIST_NAMES]
    height = max(len(column) for column in columns)
    block: list[list[str | None]] = [[*LIST_NAMES, None, EMPTY_THE_CELL]]
    for index in range(height):
        block.append([*(column[index] if index < len(column) else None for column in columns), None, None])
    return block


def lists_digest(block: Sequence[Sequence[str | None]]) -> str:
    """What tells the lists of one moment from those of another; it stands in `Fix Errors` (`fix_sheet.LISTS_KNOWN`)."""
    return hashlib.sha256(json.dumps(block).encode()).hexdigest()[:16]


def _sorted(values: Iterable[str]) -> list[str]:
    return sorted({value for value in values if value}, key=lambda value: (value.casefold(), value))
