"""Read and change how the columns of a closed sheet look, where the file tells it of many at once.

Excel writes one element for columns side by side that look alike, and so does LibreOffice. openpyxl keeps it under the
first of them alone: whoever asks it for another gets a new one, which is saved beside the one that covers it, and
Excel repairs a sheet in which two overlap.
"""

from __future__ import annotations

import copy
from typing import Any

from openpyxl.utils import column_index_from_string
from openpyxl.worksheet.dimensions import ColumnDimension

from workbook.layout import column_letters


def look_of_column(sheet: Any, column: int) -> Any:
    """What says how a column (1 for A) looks, be it of others, too: openpyxl's ColumnDimension, of several the last;
    None where nothing does."""
    found = None
    for known in sheet.column_dimensions.values():
        first, last = columns_of(known)
        if first <= column <= last:
            found = known
    return found


def own_look_of_column(sheet: Any, column: int) -> Any:
    """The same for this column alone, to be changed: parted from the look of those beside it."""
    known = look_of_column(sheet, column)
    if known is None:
        return sheet.column_dimensions[column_letters(column)]
    first, last = columns_of(known)
    if first < last:
        del sheet.column_dimensions[known.index]
        for start, end in ((first, column - 1), (column, column), (column + 1, last)):
            if start <= end:
                sheet.column_dimensions[column_letters(start)] = _like(sheet, known, start, end)
    return sheet.column_dimensions[column_letters(column)]


def note_groups(sheet: Any) -> None:
    """Has a save say how deep columns are grouped, which openpyxl finds out only afterwards: without it Excel draws no
    buttons to open and close them."""
    looks = sheet.column_dimensions
    looks.max_outline = max((known.outlineLevel for known in looks.values()), default=0) or None


def columns_of(look: Any) -> tuple[int, int]:
    """The first and the last column that it is of."""
    first = look.min or column_index_from_string(look.index)
    return first, max(look.max or first, first)


def _like(sheet: Any, known: Any, first: int, last: int) -> Any:
    made: Any = ColumnDimension(
        sheet, column_letters(first), known.width, known.bestFit, known.hidden, known.outlineLevel,
        collapsed=known.collapsed, min=first, max=last,
    )  # fmt: skip
    made._style = copy.copy(known._style)
    return made
