"""Judge by the cells of a foreign column which of our columns it may be (SPEC 9).

A guess by the header must not go against the cells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

from addin.rows.data_sheet import cell_text
from workbook.columns import (
    ACTION,
    FIRST_NAME,
    KINDS,
    LAST_NAME,
    PROGRAM_NAME,
    SSN,
    STAFF_FIRST,
    STAFF_LAST,
    STAFF_NAME,
)
from workbook.dates import DateFlaw, read_date
from workbook.matching import exact_key, ssn_digits

LOOKED_AT: Final = 200
"""Cells of a column that are looked at, from the top."""
_ACTIONS: Final = frozenset({"insert", "update", "i", "u"})
_LIKE_ACTIONS: Final = _ACTIONS | {"add", "new", "open", "begin", "start", "change", "close", "end", "edit", "modify"}
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_SERIALS: Final = range(20_000, 80_000)
"""Days as Excel counts them, from 1954 to 2119: what a date is in a column that is not formatted as one."""
_NAMES: Final = frozenset({FIRST_NAME, LAST_NAME, STAFF_NAME, STAFF_FIRST, STAFF_LAST, PROGRAM_NAME})


def are_dates(cells: Sequence[Any]) -> bool:
    """Whether most of the cells hold dates, true ones or such as somebody types. An empty column holds none."""
    return _most(cells, _is_date)


def are_ids(cells: Sequence[Any]) -> bool:
    """Whether most of the cells hold something with a digit, in one word, that is no date."""
    return _most(cells, _is_id)


def fits(column: str, cells: Sequence[Any]) -> bool:
    """Whether the cells may be those of one of our columns; anything goes with an empty one."""
    if not any(map(cell_text, cells)):
        return True
    kind = KINDS[column]
    if column == SSN:
        return _most(cells, _is_ssn)
    if column == ACTION:
        return _most(cells, lambda cell: exact_key(cell_text(cell)) in _LIKE_ACTIONS)
    if kind == "date":
        return are_dates(cells)
    if are_dates(cells) or _most(cells, lambda cell: "@" in cell_text(cell)):
        return False
    if kind == "id":  # a name where a number should be
        return not _most(cells, lambda cell: len(cell_text(cell).split()) > 1 and not _has_digit(cell_text(cell)))
    return column not in _NAMES or _most(cells, lambda cell: any(map(str.isalpha, cell_text(cell))))


def column_by_cells(cells: Sequence[Any]) -> str | None:
    """The one of our columns that is clear from the cells alone, whatever their header is."""
    if _most(cells, lambda cell: exact_key(cell_text(cell)) in _ACTIONS, share=0.9):
        return ACTION
    return SSN if _most(cells, lambda cell: _SSN.fullmatch(cell_text(cell)) is not None, share=0.9) else None


def _most(cells: Sequence[Any], is_so: Callable[[Any], bool], share: float = 0.5) -> bool:
    filled = [cell for cell in cells[:LOOKED_AT] if cell_text(cell)]
    return bool(filled) and sum(map(is_so, filled)) > share * len(filled)


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _is_date(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    if isinstance(cell, int | float):
        return cell in _SERIALS
    if not _has_digit(cell_text(cell)):
        return False
    read = (read_date(cell_text(cell), "MDY"), read_date(cell_text(cell), "DMY"))
    return any(isinstance(one, str) or one is DateFlaw.TWO_DIGIT_YEAR for one in read)


def _is_id(cell: Any) -> bool:
    text = cell_text(cell)
    return _has_digit(text) and " " not in text and (isinstance(cell, int | float) or not _is_date(cell))


def _is_ssn(cell: Any) -> bool:
    digits = ssn_digits(cell if isinstance(cell, int | float) else cell_text(cell))
    return digits.isdecimal() and len(digits) == 9
