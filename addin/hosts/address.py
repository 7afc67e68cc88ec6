"""A1 addresses, there and back."""

from __future__ import annotations

import re

from addin.hosts.document import MAX_COLUMNS, MAX_ROWS, Block

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]{0,6})")
_COLUMN = re.compile(r"\$?([A-Za-z]{1,3})")
_ROW = re.compile(r"\$?([1-9][0-9]{0,6})")


def column_letters(number: int) -> str:
    """1 → A, 27 → AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def column_number(letters: str) -> int:
    """A → 1, AA → 27."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number


def block_of(address: str) -> Block | None:
    """The rectangle of `B2`, `B2:D9`, `B:D` or `2:9`, with or without `$`; None when it is no address.

    Strict on purpose: a defined name such as `list_action` must not pass for a cell.
    """
    first, colon, second = address.partition(":")
    corners = [_corner(first), _corner(second)] if colon else [_corner(first)]
    if None in corners or (not colon and (corners[0] is None or 0 in corners[0])):
        return None
    (row1, column1), (row2, column2) = corners[0], corners[-1]  # type: ignore[misc]
    if (row1 == 0) != (row2 == 0) or (column1 == 0) != (column2 == 0):
        return None
    top, bottom = (1, MAX_ROWS) if row1 == 0 else (min(row1, row2), max(row1, row2))
    left, right = (1, MAX_COLUMNS) if column1 == 0 else (min(column1, column2), max(column1, column2))
    if bottom > MAX_ROWS or right > MAX_COLUMNS:
        return None
    return Block(top, left, bottom - top + 1, right - left + 1)


def address_of(block: Block, row_absolute: bool = True, column_absolute: bool = True) -> str:
    """`$B$2:$D$9`; one cell as `$B$2`."""
    row_sign, column_sign = "$" * row_absolute, "$" * column_absolute

    def cell(row: int, column: int) -> str:
        return f"{column_sign}{column_letters(column)}{row_sign}{row}"

    first = cell(block.row, block.column)
    if block.rows == 1 and block.columns == 1:
        return first
    return f"{first}:{cell(block.row + block.rows - 1, block.column + block.columns - 1)}"


def _corner(text: str) -> tuple[int, int] | None:
    """(row, column), 0 for the one that is not given."""
    if match := _CELL.fullmatch(text):
        return int(match[2]), column_number(match[1])
    if match := _COLUMN.fullmatch(text):
        return 0, column_number(match[1])
    if match := _ROW.fullmatch(text):
        return int(match[1]), 0
    return None
