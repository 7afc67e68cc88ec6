"""The data sheet, as the marks and the links of `Fix Errors` need it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from workbook.layout import DATA_SHEET, FIRST_DATA_ROW


class MarkedSheet(NamedTuple):
    """A data sheet that was checked: where the marks go, and the links lead."""

    headers: Sequence[str] = ()
    """The header row as it stands, every column, ours too."""
    row_numbers: Collection[int] = ()
    """The sheet rows that were checked."""
    first_row: int = FIRST_DATA_ROW
    """The row below the header."""
    last_row: int = 0
    """The last row that may still carry earlier marks, which end with this check."""
    left_out: Collection[int] = ()
    """The rows that the user leaves out; they are shown so, and not painted."""
    name: str = DATA_SHEET
