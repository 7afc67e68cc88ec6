"""Find the number formats that change how identifiers look, such as 000000 (SPEC 3, Identifiers)."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final
from xml.etree import ElementTree

from workbook.files.number_display import shows_more

_MOST_STYLES: Final = 65_535
"""Excel knows 65,490 cell formats."""
_STYLE_FIRST: Final = re.compile(rb'<(?:[\w.-]+:)?c s="')
"""Few programs write the format of a cell before its place."""


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
    """The cells of some columns that have a telling format, found in a worksheet's XML that arrives in pieces.

    `columns`: numbers, from 1; `formats`: as `telling_formats` gives them. It relies on XML that is written as programs
    write it (`workbook.files.excel_scan.Scan.plain`). It takes two bytes a row and column.
    """

    def __init__(
        self, pieces: Iterable[bytes], columns: Sequence[int], formats: Mapping[int, str], last_row: int
    ) -> None:
        numbers = {column_letters(column): column for column in columns}
        place = rb'r="(?P<column>' + b"|".join(numbers) + rb')(?P<row>\d{1,7})"'
        style = rb's="(?P<style>\d{1,5})"'
        usual = re.compile(place + rb"[^<>]*?\s" + style)
        other = re.compile(style + rb"[^<>]*?\s" + place)
        places = {index: number for number, index in enumerate(formats, 1)}
        self._formats = ["", *formats.values()]
        self._of: dict[int, array[int]] = {}
        """Column → for each row, from 0 on, the place of its cell's format, 0 where it has none that matters."""
        rest = b""
        for piece in pieces:
            rest += piece
            cut = rest.rfind(b">") + 1
            orders = [usual, other] if _STYLE_FIRST.search(rest) else [usual]
            for found in chain.from_iterable(order.finditer(rest, 0, cut) for order in orders):
                known = places.get(int(found["style"]))
                row = int(found["row"])
                if known is not None and row <= last_row:
                    column = numbers[found["column"]]
                    if column not in self._of:
                        self._of[column] = array("H", bytes(2 * (last_row + 1)))
                    self._of[column][row] = known
            rest = rest[cut:]

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
