"""One quick pass over a worksheet's XML before the reading library sees it (SPEC 3).

It learns three things that the library does not tell, or tells too late: how far the sheet really reaches (the
library lays out the whole rectangle in memory, so one cell far away would fill it), which cells hold an Excel
error, and which hold a formula without a stored value. It looks for a few byte strings and parses nothing that
it need not: a hundred thousand rows take a fraction of a second.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from workbook.sheet import CellError

FORMULA_WITHOUT_VALUE: Final = CellError("a formula without a value")
LAST_COLUMN: Final = 16_384
NEAR_COLUMNS: Final = 26
"""Columns A to Z. How many of them a sheet uses is not worth finding out."""

_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?)worksheet[\s>]")
_LONGEST_HEAD: Final = 64 * 1024
_LONGEST_ROW: Final = 16 * 1024 * 1024
_FAR: Final = re.compile(rb'r="([A-Z])(?:([A-Z]+)\d|(\d{7,}))')
_NUMBER: Final = re.compile(rb'\br="(\d{1,10})"')
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TYPE: Final = re.compile(rb'\bt="(\w+)"')


@dataclass(slots=True)
class Scan:
    """What the pass found."""

    plain: bool = True
    """Whether the XML is written as programs write it, so that the rest of this can be relied on."""
    last_row: int = 0
    last_column: int = NEAR_COLUMNS
    """At least so many columns are assumed."""
    size: int = 0
    """Bytes of XML."""
    tags: int = 0
    endless: bool = False
    """Whether it goes on for longer than any row does without one coming to its end."""
    doctype: bool = False
    flaws: dict[int, dict[int, CellError]] = field(default_factory=dict)
    """Row number → column number → the error in that cell, both counted from 1."""

    def mark(self, place: re.Match[bytes] | None, error: CellError) -> None:
        if place is None:
            self.plain = False  # a cell that does not say where it is
            return
        self.flaws.setdefault(int(place[2]), {})[_column_number(place[1])] = error


def scan(pieces: Iterable[bytes]) -> Scan:
    """Goes once through a worksheet's XML, which arrives in pieces."""
    found = Scan()
    rest = b""
    prefix: bytes | None = None
    ended = False
    for piece in pieces:
        found.size += len(piece)
        found.tags += piece.count(b"<")
        if ended or not found.plain:
            continue
        rest += piece
        if prefix is None:
            root = _ROOT.search(rest)
            found.doctype = b"<!DOCTYPE" in rest[: root.start() if root else _LONGEST_HEAD]
            if root is None:
                found.plain = len(rest) <= _LONGEST_HEAD and b"\x00" not in rest
                continue
            prefix = root[1]
        row_end = b"</" + prefix + b"row>"
        cut = rest.rfind(row_end) + len(row_end)
        if cut >= len(row_end):
            _look(rest[:cut], prefix, found)
            rest = rest[cut:]
        ended = b"</" + prefix + b"sheetData" in rest
        if ended:
            _look(rest, prefix, found)
        elif len(rest) > _LONGEST_ROW:
            found.plain, found.endless = False, True
    if not ended:
        found.plain = found.plain and prefix is not None and b"sheetData" in rest  # `<sheetData/>` is an empty sheet
    return found


def _look(block: bytes, prefix: bytes, found: Scan) -> None:
    """Looks through whole rows."""
    last = block.rfind(b"<" + prefix + b"row ")
    if last >= 0:
        if b"r='" in block[last:]:
            found.plain = False  # attributes in the other kind of quotation marks
        number = _NUMBER.search(block, last, block.find(b">", last))
        if number is None:
            found.plain = False
        else:
            found.last_row = max(found.last_row, int(number[1]))
    for far in _FAR.finditer(block):
        if far[2] is not None:
            found.last_column = max(found.last_column, _column_number(far[1] + far[2]))
        else:
            found.last_row = max(found.last_row, int(far[3]))
    if b"<" + prefix + b"f" in block:
        _look_for_formulas(block, prefix, found)
    if b't="e"' in block:
        _look_for_errors(block, prefix, found)


def _look_for_formulas(block: bytes, prefix: bytes, found: Scan) -> None:
    value = _value_pattern(prefix)
    for formula in re.finditer(b"<" + re.escape(prefix) + rb"f[\s/>]", block):
        tag, end = _cell_around(block, prefix, formula.start())
        kind = _TYPE.search(tag)
        stored = value.search(block, formula.start(), end)
        holds = kind[1] if kind else b"n"
        if holds in (b"e", b"inlineStr") or (stored and (stored[1] or holds == b"str")):
            continue  # a stored value: an empty text is one
        found.mark(_PLACE.search(tag), FORMULA_WITHOUT_VALUE)


def _look_for_errors(block: bytes, prefix: bytes, found: Scan) -> None:
    value = _value_pattern(prefix)
    known: dict[bytes, CellError] = {}
    for error in re.finditer(rb't="e"', block):
        tag, end = _cell_around(block, prefix, error.start())
        if error.end() > block.rfind(tag, 0, end) + len(tag):
            continue  # the letters stand in a text
        stored = value.search(block, error.start(), end)
        text = (stored[1] if stored else None) or b"an Excel error"
        found.mark(_PLACE.search(tag), known.setdefault(text, CellError(text.decode("utf-8", "replace"))))


def _cell_around(block: bytes, prefix: bytes, place: int) -> tuple[bytes, int]:
    """The opening tag of the cell that holds `place`, and where the cell ends."""
    start = block.rfind(b"<" + prefix + b"c ", 0, place)
    if start < 0:
        return b"", place
    end = block.find(b"</" + prefix + b"c>", place)
    return block[start : block.find(b">", start) + 1], len(block) if end < 0 else end


def _value_pattern(prefix: bytes) -> re.Pattern[bytes]:
    v = re.escape(prefix) + b"v"
    return re.compile(b"<" + v + rb"(?:\s[^>]*)?(?:/>|>([^<]*)</" + v + b">)")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
