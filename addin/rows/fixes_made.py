"""Keep in a hidden cell of each row what its cells were before fixes (SPEC 6).

The cell is sorted along with its row, and the upload's log shows the old values. The cell holds JSON: column → [before,
after]. A fix counts only as long as the cell still holds what was put there. An SSN is never kept (SPEC 7), only that
there was one.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from addin.rows.data_sheet import DataSheet
from addin.rows.hidden_json import json_in
from workbook import layout
from workbook.columns import KINDS, SSN

HIDDEN: Final = "•••"
"""What stands for an SSN."""
_LONGEST: Final = 255
"""Characters of a value that are kept."""


def with_changes(text: str, changes: Iterable[tuple[str, str, str]]) -> str:
    """The hidden cell's text after further changes: (column, before, after). "" when no change is left."""
    fixes = _read(text)
    for column, before, after in changes:
        # Where it was fixed twice, without typing in between, the first value is the one to keep.
        first, last = fixes.pop(column, (before, before))
        first = first if last == before else before
        if first != after or column == SSN:
            fixes[column] = (first[:_LONGEST], after)
    return json.dumps(fixes, ensure_ascii=False, separators=(",", ":")) if fixes else ""


def fixed_cells(data: DataSheet) -> dict[int, dict[str, str]]:
    """Row → column → the cell's text before it was fixed, for the fixes that still count."""
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
    """The part of an uploaded table on earlier fixes: `fixed`, or nothing. `rows`: only these."""
    fixes = {row: cells for row, cells in fixed_cells(data).items() if rows is None or row in rows}
    return {"fixed": fixes} if fixes else {}


def _shown(column: str, text: str) -> str:
    return HIDDEN if column == SSN and text else text


def _read(text: str) -> dict[str, tuple[str, str]]:
    """The content of a hidden cell; nothing where somebody typed something else into it."""
    try:
        fixes: object = json_in(text)
    except ValueError:
        return {}
    if not isinstance(fixes, Mapping):
        return {}
    return {
        column: (pair[0], pair[1])
        for column, pair in fixes.items()
        if column in KINDS and isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, str) for one in pair)
    }
