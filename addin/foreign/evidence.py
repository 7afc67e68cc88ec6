"""What the cells of a foreign column say about the column (SPEC 9): a guess by header must not go against them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final

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
from workbook.matching import exact_key, ssn_digits, text_of

LOOKED_AT: Final = 200
"""Cells of a column that are looked at."""
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
    if not any(map(_text, cells)):
        return True
    kind = KINDS[column]
    if column == SSN:
        return _most(cells, _is_ssn)
    if column == ACTION:
        return _most(cells, lambda cell: exact_key(_text(cell)) in _LIKE_ACTIONS)
    if kind == "date":
        return are_dates(cells)
    if are_dates(cells) or _most(cells, lambda cell: "@" in _text(cell)):
        return False
    if kind == "id":  # a name where a number should be
        return not _most(cells, lambda cell: len(_text(cell).split()) > 1 and not _has_digit(_text(cell)))
    return column not in _NAMES or _most(cells, lambda cell: any(map(str.isalpha, _text(cell))))


def told_by_cells(cells: Sequence[Any]) -> str | None:
    """The one of our columns that cells tell by themselves, whatever stands above them."""
    if _most(cells, lambda cell: exact_key(_text(cell)) in _ACTIONS, share=0.9):
        return ACTION
    return SSN if _most(cells, lambda cell: _SSN.fullmatch(_text(cell)) is not None, share=0.9) else None


def _most(cells: Sequence[Any], is_so: Callable[[Any], bool], share: float = 0.5) -> bool:
    filled = [cell for cell in cells[:LOOKED_AT] if _text(cell)]
    return bool(filled) and sum(map(is_so, filled)) > share * len(filled)


def _text(cell: Any) -> str:
    return text_of(cell) if cell is None or isinstance(cell, str | bool | int | float | date) else str(cell)


def _has_digit(text: str) -> bool:
    return any(map(str.isdecimal, text))


def _is_date(cell: Any) -> bool:
    if isinstance(cell, date):
        return True
    if isinstance(cell, int | float):
        return cell in _SERIALS
    if not _has_digit(_text(cell)):
        return False
    read = (read_date(_text(cell), "MDY"), read_date(_text(cell), "DMY"))
    return any(isinstance(one, str) or one is DateFlaw.TWO_DIGIT_YEAR for one in read)


def _is_id(cell: Any) -> bool:
    text = _text(cell)
    return _has_digit(text) and " " not in text and (isinstance(cell, int | float) or not _is_date(cell))


def _is_ssn(cell: Any) -> bool:
    digits = ssn_digits(cell if isinstance(cell, int | float) else _text(cell))
    return digits.isdecimal() and len(digits) == 9
