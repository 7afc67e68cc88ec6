"""Count, before a workbook is opened, what the formulas come to that its cells share.

A formula that many cells share stands in a sheet once; openpyxl makes the whole formula anew for each of them. Before,
it takes it apart, in a time that is the square of its length.
"""

from __future__ import annotations

import html
import re
from typing import Final

from workbook.files.limits import MEBIBYTE

MOST_FORMULAS: Final = 256 * MEBIBYTE
"""Signs of shared formulas, written out for every cell. A million cells with one of 100 signs have less than half."""
LONGEST_FORMULA: Final = 8192
"""Signs. No spreadsheet program takes a longer one."""
_BYTES_OF_A_SIGN: Final = len("&quot;")
_PREFIX: Final = rb"(?:[^\s<>/:\"'=]+:)?"
_FORMULA: Final = re.compile(rb"<%bf\s((?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*)>" % _PREFIX)
_END: Final = re.compile(rb"</%bf\s*>" % _PREFIX)
_OTHER_KIND: Final = re.compile(rb"(?:^|\s)t=\"(?:array|dataTable|normal)\"")
_NUMBER: Final = re.compile(rb"(?:^|[\s\"'])si\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")


class SharedFormulas:
    """Of one part of a workbook, whose XML goes by in pieces that end between two tags."""

    def __init__(self) -> None:
        self._cells: dict[str, int] = {}
        self._longest: dict[str, int] = {}
        self._open: str | None = None
        self._length = self._bytes = 0
        self._strange = False

    @property
    def size(self) -> int:
        """Signs of all of them, written out for every cell, at most."""
        if self._strange:
            return sum(self._cells.values()) * self._bytes
        return sum(cells * self._longest.get(number, 0) for number, cells in self._cells.items())

    @property
    def has_too_long_a_one(self) -> bool:
        """Whether one of them is longer, or may be, than any that a spreadsheet program takes."""
        return self._strange or max(self._longest.values(), default=0) > LONGEST_FORMULA * _BYTES_OF_A_SIGN

    def look(self, text: bytes) -> None:
        """The next piece."""
        self._bytes += len(text)
        if self._open is not None:
            self._go_on(self._open, text, 0)
        if b"<f" not in text and b":f" not in text:
            return
        for found in _FORMULA.finditer(text):
            if _OTHER_KIND.search(found[1]) and b"'" not in found[1]:
                continue
            said = _NUMBER.search(found[1])
            number = html.unescape((said[1] or said[2] or b"").decode("latin-1")) if said else ""
            self._cells[number] = self._cells.get(number, 0) + 1
            if not found[1].endswith(b"/"):
                self._length = 0
                self._go_on(number, text, found.end())

    def _go_on(self, number: str, text: bytes, place: int) -> None:
        """Takes the length of the formula with this number, whose text goes on here."""
        tag = text.find(b"<", place)
        self._length += (len(text) if tag < 0 else tag) - place
        self._longest[number] = max(self._longest.get(number, 0), self._length)
        self._open = number if tag < 0 else None
        if tag >= 0:
            # What stands in it in place of text, a comment for one, may look like its end.
            self._strange = self._strange or _END.match(text, tag) is None
