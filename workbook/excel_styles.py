"""The number formats of a workbook that give its numbers another look, such as 000000 (SPEC 3, Identifiers)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final
from xml.etree import ElementTree

from workbook.shown import shows_more

_MOST_STYLES: Final = 70_000
"""Excel knows 65,490 cell formats."""


def telling_formats(styles: ElementTree.Element) -> dict[int, str]:
    """Index of a cell format (`s` of a cell) → its number format, of those that show more than a number's digits.

    `styles`: the root of a workbook's styles part, of whatever namespace.
    """
    codes: dict[str, str] = {}
    formats: dict[int, str] = {}
    for group in styles:
        name = group.tag.rpartition("}")[2]
        if name == "numFmts":
            written = ((one.get("numFmtId", ""), one.get("formatCode", "")) for one in group)
            codes = {key: code for key, code in written if shows_more(code)}
        elif name == "cellXfs" and codes:
            for index, one in zip(range(_MOST_STYLES), group, strict=False):
                if number_format := codes.get(one.get("numFmtId", "")):
                    formats[index] = number_format
    return formats


class StyledCells:
    """Finds the cells of some columns that have one of some formats, in a worksheet's XML that arrives in pieces.

    `columns`: numbers, from 1. It relies on XML that is written as programs write it (`Scan.plain`).
    """

    def __init__(self, columns: Sequence[int], formats: dict[int, str]) -> None:
        letters = b"|".join(column_letters(column) for column in columns)
        self._cell = re.compile(rb'<(?:[\w.-]+:)?c\s(?:[^<>]*\s)?r="(' + letters + rb')(\d{1,7})"[^<>]*>')
        self._style = re.compile(rb'\ss="(\d{1,5})"')
        self._numbers = {column_letters(column): column for column in columns}
        self._formats = formats

    def found(self, pieces: Iterable[bytes]) -> dict[int, dict[int, str]]:
        """Row number → column number → the number format."""
        found: dict[int, dict[int, str]] = {}
        rest = b""
        for piece in pieces:
            rest += piece
            cut = rest.rfind(b">") + 1
            for cell in self._cell.finditer(rest, 0, cut):
                style = self._style.search(cell[0])
                number_format = self._formats.get(int(style[1])) if style else None
                if number_format is not None:
                    found.setdefault(int(cell[2]), {})[self._numbers[cell[1]]] = number_format
            rest = rest[cut:]
        return found


def column_letters(number: int) -> bytes:
    """The letters of a column, counted from 1: A, Z, AA."""
    letters = b""
    while number:
        number, letter = divmod(number - 1, 26)
        letters = bytes([65 + letter]) + letters
    return letters
