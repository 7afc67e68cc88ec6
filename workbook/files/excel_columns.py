"""Find which columns of a worksheet nobody sees (SPEC 3).

They are told in front of the rows, in a few elements that any program may write in its own way, so they are parsed and
not searched for as the rows are: `<col min="8" max="9" hidden="1"/>` says it, and so does a width of nothing, or that
the group in which they stand is folded together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from xml.parsers import expat

from workbook.files.excel_hidden import Folds, is_less, number_of, says
from workbook.files.excel_scan import LAST_COLUMN

_MOST_IN_FRONT: Final = 16 * 1024 * 1024
"""Bytes in front of the rows. A `<col>` of its own for every column that there is takes a tenth of that."""
_A_PIXEL: Final = 0.14
"""Of a column's width, which counts digits of seven pixels. What is narrower has no place on any screen."""


class _RowsBegin(Exception):
    """The rows begin."""


def hidden_columns(pieces: Iterable[bytes]) -> frozenset[int]:
    """The columns, counted from 1, that a worksheet's XML hides, by hand, in a folded group, or by their width. It is
    read no further than to its first row. Raises ValueError where it is no XML, or a worksheet's beginning is longer
    than any is."""
    said = bytearray(LAST_COLUMN + 1)
    """What the elements say of each column: 0 nothing, 1 that it is hidden, 2 that it is not."""
    folds = Folds(LAST_COLUMN)
    others_are_hidden = False

    def begun(name: str, attributes: dict[str, str]) -> None:
        nonlocal others_are_hidden
        kind = name.rpartition(":")[2]
        if kind == "sheetData":
            raise _RowsBegin
        if kind == "sheetFormatPr":
            others_are_hidden = is_less(attributes.get("defaultColWidth"), _A_PIXEL)
        elif kind == "col":
            first, last = (number_of(attributes.get(name), LAST_COLUMN) for name in ("min", "max"))
            hidden = says(attributes.get("hidden")) or is_less(attributes.get("width"), _A_PIXEL)
            if 1 <= first <= last:
                folds.note(first, last, attributes)
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
    return folds.hidden().union(column for column in range(1, LAST_COLUMN + 1) if said[column] in hidden)
