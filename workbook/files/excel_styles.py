"""Find the number formats that change how identifiers look, such as 000000 (SPEC 3, Identifiers)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree

from workbook.files.excel_spelling import rows_of
from workbook.files.number_display import LONGEST, covers, shows_more

_MOST_LETTERS: Final = 4
_MOST_STYLES: Final = 65_535
"""Excel knows 65,490 cell formats."""
_MOST_CODES: Final = 1000


def telling_formats(styles: ElementTree.Element) -> dict[int, str]:
    """Index of a cell format (`s` of a cell) → its number format, of those that show more than a number's digits, or
    something else than what a cell holds; and of those that are longer than any (see `are_possible`).

    `styles`: the root of a workbook's styles part, of whatever namespace.
    """
    groups = {group.tag.rpartition("}")[2]: group for group in styles}
    written = ((_key(one.get("numFmtId", "")), one.get("formatCode", "")) for one in groups.get("numFmts", ()))
    codes = {key: code for key, code in written if len(code) > LONGEST or shows_more(code) or covers(code)}
    formats: dict[int, str] = {}
    for index, one in zip(range(_MOST_STYLES if codes else 0), groups.get("cellXfs", ()), strict=False):
        if number_format := codes.get(_key(one.get("numFmtId", ""))):
            formats[index] = number_format
    return formats


def are_possible(formats: Mapping[int, str]) -> bool:
    """Whether a workbook may have these number formats: Excel takes some 250 of at most 255 letters. Each is taken
    apart once, as long as all of them are remembered."""
    codes = set(formats.values())
    return len(codes) <= _MOST_CODES and all(len(code) <= LONGEST for code in codes)


def _key(given: str) -> str:
    """The number of a format in one spelling."""
    return given.strip().lstrip("0+")


class StyledCells:
    """The cells of some columns that have one of some formats, found in a worksheet's XML that arrives in pieces.

    `columns`: numbers, from 1, None for all; `formats`: some of those that `telling_formats` gives. It relies on XML
    that is written as programs write it (`workbook.files.excel_scan.Scan.plain`). It takes two bytes a row and column.
    """

    def __init__(
        self, pieces: Iterable[bytes], columns: Sequence[int] | None, formats: Mapping[int, str], last_row: int
    ) -> None:
        letters = b"[A-Z]{1,3}" if columns is None else b"|".join(map(column_letters, columns))
        place = b'r="(?P<column>' + letters + rb')(?P<row>\d{1,7})"'
        style = rb'[^<>]*?\ss="\s*\+?(?P<style>\d{1,9})'
        cell = rb"<(?:[\w.-]+:)?c"
        usual = re.compile(b"<c " + place + style)
        other = re.compile(cell + rb"(?=\s)(?=[^<>]*?\s" + place + b")(?=" + style + b")")
        places = {index: number for number, index in enumerate(formats, 1)}
        self._formats = ["", *formats.values()]
        self._of: dict[int, array[int]] = {}
        """Column → for each row, from 0 on, the place of its cell's format, 0 where it has none that matters."""
        for block in rows_of(pieces):
            is_usual = b":c" not in block and block.count(b"<c") == block.count(b'<c r="')
            for found in (usual if is_usual else other).finditer(block):
                known = places.get(int(found["style"]))
                row = int(found["row"])
                if known is not None and row <= last_row:
                    column = column_number(found["column"])
                    if column not in self._of:
                        self._of[column] = array("H", bytes(2 * (last_row + 1)))
                    self._of[column][row] = known

    def __len__(self) -> int:
        """How many columns have such cells."""
        return len(self._of)

    def of_row(self, row: int) -> Iterator[tuple[int, str]]:
        """Column and number format of those of its cells that have a telling one."""
        for column, places in self._of.items():
            if row < len(places) and places[row]:
                yield column, self._formats[places[row]]


def column_letters(number: int) -> bytes:
    """The letters of a column, counted from 1: A, Z, AA."""
    letters = b""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = bytes([65 + letter]) + letters
    return letters


def column_number(letters: bytes) -> int:
    """What the letters of a column count to, as far as it takes to see that there is no such column."""
    number = 0
    for letter in letters[:_MOST_LETTERS]:
        number = number * 26 + letter - 64
    return number
