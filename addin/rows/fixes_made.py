"""What the cells of a row said before they were fixed, kept in a hidden cell of the row itself, so that it is sorted
along with it: the log of an upload tells it (SPEC 6).

The cell holds JSON: column → [before, after]. A fix is told only as long as the cell still says what was put there.
An SSN is in it no more than anywhere else (SPEC 7): only that there was one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from addin.rows.data_sheet import DataSheet
from workbook import layout
from workbook.columns import KINDS, SSN

HIDDEN: Final = "•••"
"""What stands for an SSN."""
_LONGEST: Final = 255
"""Characters of a value that are kept."""


def with_changes(text: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """What the hidden cell says after further changes: (column, before, after). "" when nothing is left to tell."""
    told = _read(text)
    for column, before, after in changes:
        # Where it was fixed before and not typed over since, the first value is the one that was uploaded never.
        first, last = told.pop(column, (before, before))
        first = first if last == before else before
        if first != after or column == SSN:
            told[column] = (first[:_LONGEST], after)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")) if told else ""


def fixed_cells(data: DataSheet) -> dict[int, dict[str, str]]:
    """Row → column → what the cell said before it was fixed, of all that still holds."""
    place = layout.own_columns(data.headers).fixed
    found: dict[int, dict[str, str]] = {}
    if place > len(data.headers):
        return found
    columns = data.columns()
    for row in data.rows:
        if not (text := data.cell_text(row, place)):
            continue
        holds = {
            column: first
            for column, (first, last) in _read(text).items()
            if column in columns and _shown(column, data.cell_text(row, columns[column])) == last
        }
        if holds:
            found[row] = holds
    return found


def with_fixed(data: DataSheet, rows: Collection[int] | None = None) -> dict[str, Any]:
    """What a table that is handed over says of earlier fixes, of `rows` only where they are given: `fixed`, or
    nothing."""
    told = {row: cells for row, cells in fixed_cells(data).items() if rows is None or row in rows}
    return {"fixed": told} if told else {}


def _shown(column: str, text: str) -> str:
    return HIDDEN if column == SSN and text else text


def _read(text: str) -> dict[str, tuple[str, str]]:
    """What a hidden cell holds; nothing where somebody typed something else into it."""
    try:
        told: object = json.loads(text)
    except ValueError:
        return {}
    if not isinstance(told, Mapping):
        return {}
    return {
        column: (pair[0], pair[1])
        for column, pair in told.items()
        if column in KINDS and isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    }
