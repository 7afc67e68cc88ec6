"""Scan a worksheet's XML once before the reading library sees it (SPEC 3).

It finds what the library does not report, or reports too late: how far the sheet really reaches (the library lays out
the whole rectangle in memory, so one cell far away would fill it), which cells hold an Excel error, which hold a
formula without a stored value, and which rows are hidden. It searches for a few byte strings and parses only what it
must: a hundred thousand rows take a fraction of a second. The caller sets a limit, so that a file made to do harm is
not scanned to its end; and its patterns begin with a tag and end with the cell that it belongs to, so that no byte is
looked at more than a few times, whatever the file holds, and no text is taken for what it looks like.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from workbook.files.excel_hidden import HiddenRows
from workbook.files.excel_spelling import has_asides, is_odd, most_without_a_place
from workbook.files.excel_styles import column_letters, column_number
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
_USUAL_DIGITS: Final = 6
_MOST_DIGITS: Final = 10
_NUMBER: Final = re.compile(rb'\sr="(\d{1,10})"')
_PLACE: Final = re.compile(rb'\sr="([A-Z]{1,3})(\d{1,7})"')
_TYPE: Final = re.compile(rb'\st="(\w+)"')
_ATTRIBUTE: Final = re.compile(r'\s([^\s="]+)="([^"]*)"')
_SIGNS_OF_HIDDEN: Final = (
    re.compile(rb'hidden="(?!0"|false")'),
    re.compile(rb' ht="(?![1-9]\d*(?:\.\d*)?")'),
    re.compile(rb'outlineLevel="(?!0")'),
)
"""LibreOffice says of every row that it is not hidden, and in no group."""
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
        self.flaws.setdefault(int(place[2]), {})[column_number(place[1])] = error


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
            head = rest[: root.start() if root else _LONGEST_HEAD]
            found.doctype = b"<!DOCTYPE" in head
            if root is None:
                found.plain = len(rest) <= _LONGEST_HEAD and b"\x00" not in rest
                continue
            found.plain = not has_asides(head)  # in which the root may be one that is none
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
    if look is not None:
        found.hidden = look.hidden.numbers()
    if not ended:
        found.plain = found.plain and look is not None and b"sheetData" in rest  # `<sheetData/>` is an empty sheet
    return found


class _Look:
    """Looks through whole rows and adds what is in them to `found`. `prefix`: what stands before the name of a tag."""

    def __init__(self, prefix: bytes, found: Scan) -> None:
        self._found = found
        self._prefix = prefix
        self._without_a_place = 0
        self.hidden = HiddenRows()
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
        error = b"<" + p + rb'c(?=[^<>]*\st="e")(\s[^<>]*)>\s*'
        self._error = re.compile(error + b"(?:<" + p + b"f" + rest + b")?" + value)
        self._usual = True
        """Whether every cell says first of all where it is."""
        self._far = self._beyond(found.last_column)
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
        aside = begins > 0 and has_asides(block[:begins])
        if goes_on or aside or is_odd(rows, self._prefix):
            found.plain = False  # what is counted below may be less than there is
            return
        if self.hidden.folds or any(sign.search(rows) for sign in _SIGNS_OF_HIDDEN):
            self._look_for_hidden_rows(rows, found.last_row)
        last = rows.rfind(self._row)
        if last >= 0:
            number = _NUMBER.search(rows, last, rows.find(b">", last))
            if number is None:
                found.plain = False
            else:
                found.last_row = max(found.last_row, int(number[1]))
        cells = rows.count(self._cell)
        found.cells += cells
        found.filled += rows.count(self._cell_end)
        found.texts += rows.count(b' t="s"') + rows.count(b' t="inlineStr"')
        if rows.count(self._cell + b' r="') != cells:
            self._usual = False
            self._far = self._beyond(found.last_column)
            if (more := most_without_a_place(rows, self._prefix)) > self._without_a_place:
                found.last_column += more - self._without_a_place
                self._without_a_place = more
        self._look_far(rows)
        if self._formula in rows:
            self._look_for_formulas(rows)
        if b't="e"' in rows:
            self._look_for_errors(rows)
        if any(
            (space == b" " or space in rows) and (before in rows or after in rows)
            for space, before, after in self._spaces
        ) and self._spaced.search(rows):
            found.plain = False  # a library takes such a number for text, and such a text for the first one there is

    def _look_far(self, block: bytes) -> None:
        """Everything but the cells beyond what is known already is passed over by the pattern."""
        found = self._found
        seen = place = 0
        while far := self._far.search(block, place):
            place = far.end()
            letters, row, end = far.groups()
            if not (letters and row and end) or (len(row) > _USUAL_DIGITS and row.startswith(b"0")):
                found.plain = False  # small letters, say
                continue
            if len(row) > _USUAL_DIGITS:
                found.last_row = max(found.last_row, int(row[:_MOST_DIGITS]))
            if (column := column_number(letters)) > found.last_column:
                found.last_column = column
                seen += 1
                if seen % _FAR_AT_ONCE == 0:
                    self._far = self._beyond(column)
        if seen:
            self._far = self._beyond(found.last_column)

    def _beyond(self, column: int) -> re.Pattern[bytes]:
        """Finds the places of cells to the right of a column, those in a row whose number has seven digits or more,
        and what is no place at all."""
        letters = column_letters(column)
        near = [*(b"[A-Z]" * count for count in range(1, len(letters))), letters]
        for at, letter in enumerate(letters):
            if letter > ord("A"):
                near.append(letters[:at] + b"[A-" + bytes([letter - 1]) + b"]" + b"[A-Z]" * (len(letters) - at - 1))
        begin = b"<" + re.escape(self._prefix) + (rb'c r="' if self._usual else rb'c(?=\s)[^<>]*?\sr="')
        known = b"(?:" + b"|".join(near) + rb')\d{1,%d}"' % _USUAL_DIGITS
        return re.compile(begin + b"(?!" + known + rb')([A-Z]*)(\d*)("?)')

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

    def _look_for_hidden_rows(self, block: bytes, before: int) -> None:
        """`before`: the last row of what was looked through earlier."""
        for row in self._row_tag.finditer(block):
            attributes = dict(_ATTRIBUTE.findall(row[1].decode("utf-8", "replace")))
            number = _NUMBER.search(row[1])
            if number is None or (int(number[1]) <= before and attributes.get("outlineLevel", "0") != "0"):
                # It may belong to a group of which some rows stood among those that were passed over.
                self._found.plain = False
            else:
                self.hidden.note(int(number[1]), attributes)
