"""Find which columns of a worksheet nobody sees (SPEC 3).

They are told in front of the rows, in a few elements that any program may write in its own way, so they are parsed and
not searched for as the rows are: `<col min="8" max="9" hidden="1"/>` says it, and so does a width of nothing. Those of
a group that is folded together are hidden like others.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.parsers import expat

from workbook.files.excel_scan import LAST_COLUMN

_MOST_IN_FRONT: Final = 16 * 1024 * 1024
"""Bytes in front of the rows. A `<col>` of its own for every column that there is takes a tenth of that."""
_A_PIXEL: Final = 0.07
"""Of a column's width, which counts digits. What is narrower has no place on any screen."""
YES: Final = ("1", "true")


class _RowsBegin(Exception):
    """The rows begin."""


def hidden_columns(pieces: Iterable[bytes]) -> frozenset[int]:
    """The columns, counted from 1, that a worksheet's XML hides, by hand, in a folded group, or by their width. It is
    read no further than to its first row. Raises ValueError where it is no XML, or a worksheet's beginning is longer
    than any is."""
    said = bytearray(LAST_COLUMN + 1)
    """What the elements say of each column: 0 nothing, 1 that it is hidden, 2 that it is not."""
    others_are_hidden = False

    def begun(name: str, attributes: dict[str, str]) -> None:
        nonlocal others_are_hidden
        kind = name.rpartition(":")[2]
        if kind == "sheetData":
            raise _RowsBegin
        if kind == "sheetFormatPr":
            others_are_hidden = _is_nothing(attributes.get("defaultColWidth"))
        elif kind == "col":
            first, last = (_number(attributes.get(name)) for name in ("min", "max"))
            hidden = attributes.get("hidden") in YES or _is_nothing(attributes.get("width"))
            if 1 <= first <= last:
                said[first : last + 1] = bytes([1 if hidden else 2]) * (last + 1 - first)

    def declared(*_: object) -> None:
        raise ValueError("A worksheet has no document type.")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begun
    parser.StartDoctypeDeclHandler = declared
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if size > _MOST_IN_FRONT:
                raise ValueError("The rows do not begin.")
            parser.Parse(piece)
    except _RowsBegin:
        pass
    except (expat.ExpatError, LookupError) as flaw:
        raise ValueError("It is no XML.") from flaw
    hidden = (1, 0) if others_are_hidden else (1,)
    return frozenset(column for column in range(1, LAST_COLUMN + 1) if said[column] in hidden)


def _number(given: str | None) -> int:
    """A column's number, none beyond the last one there is; 0 for what is no number."""
    return min(int(given), LAST_COLUMN) if given and given.isdecimal() and len(given) < 10 else 0


def _is_nothing(width: str | None) -> bool:
    try:
        return width is not None and float(width) < _A_PIXEL
    except ValueError:
        return False
