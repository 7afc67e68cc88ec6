"""Scan a worksheet's XML once before the reading library sees it (SPEC 3).

It finds what the library does not report, or reports too late: how far the sheet really reaches (the library lays out
the whole rectangle in memory, so one cell far away would fill it), which cells hold an Excel error, which hold a
formula without a stored value, and which rows are hidden. It searches for a few byte strings and parses only what it
must: a hundred thousand rows take a fraction of a second. The caller sets a limit, so that a file made to do harm is
not scanned to its end; and its patterns end with the cell that they begin in, so that no byte is looked at more than a
few times, whatever the file holds.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from workbook.files.excel_spelling import is_odd, most_without_a_place
from workbook.files.excel_styles import column_letters
from workbook.sheet import CellError

FORMULA_WITHOUT_VALUE: Final = CellError("a formula without a value")
LAST_COLUMN: Final = 16_384
NEAR_COLUMNS: Final = 26
"""Columns A to Z. How many of them a sheet uses is not worth finding out."""

_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?)worksheet[\s>]")
_A_CELL: Final = re.compile(rb"<(?:[^\s<>/:]*:)?c[\s/>]")
_LONGEST_NAME: Final = 64
_LONGEST_HEAD: Final = 64 * 1024
_LONGEST_ROW: Final = 16 * 1024 * 1024
_NUMBER: Final = re.compile(rb'\br="(\d{1,10})"')
_PLACE: Final = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_TYPE: Final = re.compile(rb'\bt="(\w+)"')
_HIDDEN: Final = re.compile(rb'\s(?:hidden="(?:1|true)"|ht="0(?:\.0*)?")')
_SIGNS_OF_HIDDEN: Final = (b'hidden="1', b'hidden="t', b' ht="0')
"""LibreOffice says of every row that it is not hidden."""
_SPACES: Final = (b" ", b"\n", b"\r", b"\t")
"""The space is everywhere in a sheet; of the others there is mostly none at all."""
_FAR_AT_ONCE: Final = 64
"""So many cells beyond the last column known are looked at before the next ones are compared with a new last column."""


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
    cells: int = 0
    """Cells that are written down, empty ones too."""
    filled: int = 0
    """Those of them that hold something."""
    texts: int = 0
    """Those of them that hold a text."""
    stopped: bool = False
    """Whether the pass ended before the sheet did, because of what it had found until then."""
    endless: bool = False
    """Whether it goes on for longer than any row does without one coming to its end."""
    doctype: bool = False
    flaws: dict[int, dict[int, CellError]] = field(default_factory=dict)
    """Row number → column number → the error in that cell, both counted from 1."""
    flawed: int = 0
    """How many cells those are."""
    hidden: array[int] = field(default_factory=lambda: array("I"))
    """Sheet row numbers of the rows that are hidden, by hand or by a filter."""
    hidden_columns: frozenset[int] = frozenset()
    """Columns, counted from 1, that nobody sees. The pass leaves that to `excel_columns`."""

    def mark(self, place: re.Match[bytes] | None, error: CellError) -> None:
        if place is None:
            self.plain = False  # a cell that does not say where it is
            return
        self.flawed += 1
        self.flaws.setdefault(int(place[2]), {})[_column_number(place[1])] = error


def scan(pieces: Iterable[bytes], too_much: Callable[[Scan], object] = lambda _found: None) -> Scan:
    """Goes once through a worksheet's XML, which arrives in pieces; no further than where `too_much` says something
    about what was found until then."""
    found = Scan()
    look: _Look | None = None
    rest = b""
    ended = False
    for piece in pieces:
        found.size += len(piece)
        if ended and found.plain:
            rest = rest[-_LONGEST_NAME:] + piece
            found.plain = _A_CELL.search(rest) is None
        if ended or not found.plain:
            continue
        rest += piece
        if look is None:
            root = _ROOT.search(rest)
            found.doctype = b"<!DOCTYPE" in rest[: root.start() if root else _LONGEST_HEAD]
            if root is None:
                found.plain = len(rest) <= _LONGEST_HEAD and b"\x00" not in rest
                continue
            look = _Look(root[1], found)
        cut = rest.rfind(look.row_end) + len(look.row_end)
        if cut >= len(look.row_end):
            look.through(rest[:cut])
            rest = rest[cut:]
        ended = look.sheet_end in rest
        if ended:
            look.through(rest)
        elif len(rest) > _LONGEST_ROW:
            found.plain, found.endless = False, True
        if too_much(found):
            found.stopped = True
            return found
    if not ended:
        found.plain = found.plain and look is not None and b"sheetData" in rest  # `<sheetData/>` is an empty sheet
    return found


class _Look:
    """Looks through whole rows and adds what is in them to `found`. `prefix`: what stands before the name of a tag."""

    def __init__(self, prefix: bytes, found: Scan) -> None:
        self._found = found
        self._prefix = prefix
        self._without_a_place = 0
        self.row_end = b"</" + prefix + b"row>"
        self.sheet_end = b"</" + prefix + b"sheetData"
        self._sheet_begin = b"<" + prefix + b"sheetData"
        self._row, self._cell, self._formula = (b"<" + prefix + name for name in (b"row ", b"c", b"f"))
        self._cell_end = b"</" + prefix + b"c>"
        p = re.escape(prefix)
        rest = rb"(?:\s[^<>]*)?(?:/>|>[^<]*</" + p + rb"f>)\s*"
        bare = b"<" + p + rb"f(?=[\s/>])(?!" + rest + b"<" + p + b"v>[^<]+</" + p + b"v>)"
        value = rb"(?:<" + p + rb"v(?:\s[^<>]*)?(?:/>|>([^<]*)</" + p + rb"v>)\s*)?"
        cell = b"<" + p + rb"c(\s[^<>]*)>\s*"
        self._bare_formula = re.compile(bare)
        self._cell_with_bare_formula = re.compile(cell + bare + rest + b"(?P<value>" + value + b")</" + p + b"c>")
        error = b"<" + p + rb'c(\s(?:[^<>]*\s)?t="e"[^<>]*)>\s*'
        self._error = re.compile(error + b"(?:<" + p + b"f" + rest + b")?" + value)
        self._far = _beyond(found.last_column)
        self._row_tag = re.compile(b"<" + p + rb"row(\s[^<>]*)>")
        value_end = b"</" + prefix + b"v>"
        self._spaces = [(space, b"<" + prefix + b"v>" + space, space + value_end) for space in _SPACES]
        no_text = rb"(?![^<>]*\st=.str.)(?:\s[^<>]*)?>\s*(?:<" + p + b"f" + rest + b")?"
        spaced = rb"(?:\s[^<]*|[^<]*\s)"
        value_begin = b"<" + p + rb"v(?:\s[^<>]*)?>"
        self._spaced = re.compile(b"<" + p + b"c" + no_text + value_begin + spaced + re.escape(value_end))

    def through(self, block: bytes) -> None:
        found = self._found
        begins, ends = block.find(self._sheet_begin), block.find(self.sheet_end)
        rows = block if begins < 0 and ends < 0 else block[max(begins, 0) : ends if ends >= 0 else len(block)]
        # Where a row or a cell ends behind it, that was no end but looked like one: in an attribute, say.
        goes_on = ends >= 0 and (self.row_end in block[ends:] or _A_CELL.search(block, ends))
        if goes_on or is_odd(rows, self._prefix):
            found.plain = False  # what is counted below may be less than there is
            return
        last = block.rfind(self._row)
        if last >= 0:
            number = _NUMBER.search(block, last, block.find(b">", last))
            if number is None:
                found.plain = False
            else:
                found.last_row = max(found.last_row, int(number[1]))
        found.cells += block.count(self._cell)
        found.filled += block.count(self._cell_end)
        found.texts += block.count(b' t="s"') + block.count(b' t="inlineStr"')
        self._look_far(rows)
        if (more := most_without_a_place(rows, self._prefix)) > self._without_a_place:
            found.last_column += more - self._without_a_place
            self._without_a_place = more
        if self._formula in block:
            self._look_for_formulas(block)
        if b't="e"' in block:
            self._look_for_errors(block)
        if any(sign in block for sign in _SIGNS_OF_HIDDEN):
            self._look_for_hidden_rows(block)
        if any(
            (space == b" " or space in block) and (before in block or after in block)
            for space, before, after in self._spaces
        ) and self._spaced.search(block):
            found.plain = False  # a library takes such a number for text, and such a text for the first one there is

    def _look_far(self, block: bytes) -> None:
        """Everything but the cells beyond what is known already is passed over by the pattern."""
        found = self._found
        seen = place = 0
        while far := self._far.search(block, place):
            place = far.end()
            if far[2] is not None:
                found.last_row = max(found.last_row, int(far[2]))
                continue
            if far[1] is None:
                found.plain = found.plain and not block[far.start() - 1 : far.start()].isspace()  # small letters
                continue
            found.last_column = max(found.last_column, _column_number(far[1]))
            seen += 1
            if seen % _FAR_AT_ONCE == 0:
                self._far = _beyond(found.last_column)
        if seen:
            self._far = _beyond(found.last_column)

    def _look_for_formulas(self, block: bytes) -> None:
        bare = len(self._bare_formula.findall(block))
        if not bare:
            return
        for cell in self._cell_with_bare_formula.finditer(block):
            bare -= 1
            kind = _TYPE.search(cell[1])
            holds = kind[1] if kind else b"n"
            if holds in (b"e", b"inlineStr") or cell[3] or (holds == b"str" and cell["value"]):
                continue  # a stored value: an empty text is one
            self._found.mark(_PLACE.search(cell[1]), FORMULA_WITHOUT_VALUE)
        if bare:
            self._found.plain = False  # a formula in a cell that is written as no program writes it

    def _look_for_errors(self, block: bytes) -> None:
        known: dict[bytes, CellError] = {}
        for cell in self._error.finditer(block):
            text = cell[2] or b"an Excel error"
            self._found.mark(_PLACE.search(cell[1]), known.setdefault(text, CellError(text.decode("utf-8", "replace"))))

    def _look_for_hidden_rows(self, block: bytes) -> None:
        for row in self._row_tag.finditer(block):
            if _HIDDEN.search(row[1]) and (number := _NUMBER.search(row[1])):
                self._found.hidden.append(min(int(number[1]), 2**32 - 1))


def _beyond(column: int) -> re.Pattern[bytes]:
    """Finds the places of cells to the right of a column, and those in a row whose number has seven digits or more."""
    letters = column_letters(column)
    further = [b"[A-Z]" * (len(letters) + 1)]
    for at, letter in enumerate(letters):
        if letter < ord("Z"):
            further.append(letters[:at] + b"[" + bytes([letter + 1]) + b"-Z]" + b"[A-Z]" * (len(letters) - at - 1))
    return re.compile(rb'r="(?:((?:' + b"|".join(further) + rb")[A-Z]*)\d|[A-Z](\d{7,})|[A-Z]{0,2}[a-z])")


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
