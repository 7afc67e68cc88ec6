"""The hidden cell beside each flagged row: which of its cells are wrong, and where `_suggestions` speaks of each.

`17|Caseworker Name|0000012|Start Date|0000007`: the row's number at the check; then, for each wrong cell, its header as
the sheet spells it, and the line. The cell is sorted along with its row. The template's formats and the macros look for
`|header|` in it and take the digits behind, all of one width.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

SEPARATOR: Final = "|"
DIGITS: Final = 7
"""More than any sheet has rows."""
_LONGEST: Final = 8_000
"""Characters in a cell, which every spreadsheet program takes."""


class Pointer(NamedTuple):
    """`row`: what the row's number was when it was checked; `lines`: header → the line of `_suggestions`."""

    row: int
    lines: dict[str, int]


def pointer_of(row: int, lines: Mapping[str, int]) -> str:
    """The cell's text."""
    text = f"{row}"
    for header, line in lines.items():
        mark = f"{SEPARATOR}{header}{SEPARATOR}{line:0{DIGITS}}"
        if len(text) + len(mark) <= _LONGEST:
            text += mark
    return text


def read_pointer(cell: object) -> Pointer | None:
    """What the cell says; None where it says nothing, or somebody wrote something else there."""
    if not isinstance(cell, str):
        return None
    row, *parts = cell.split(SEPARATOR)
    if not (_is_number(row) and len(row) <= DIGITS and parts):
        return None
    lines: dict[str, int] = {}
    header: list[str] = []  # in parts, because it may hold the separator
    for part in parts:
        if header and len(part) == DIGITS and _is_number(part):
            lines.setdefault(SEPARATOR.join(header), int(part))
            header.clear()
        else:
            header.append(part)
    return None if header else Pointer(int(row), lines)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()
