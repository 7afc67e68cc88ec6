"""Merged cells: only the first of each range is shown, and nothing is read from or written to the others unseen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from openpyxl.cell.cell import MergedCell

from addin.book import Value
from addin.errors import BookError, MergedError
from addin.hosts.document import Block
from workbook.columns import canonical_header, is_own_header
from workbook.files.excel_shown import Row
from workbook.files.header import find_header, header_text, is_filled_row
from workbook.files.limits import LAST_ROW
from workbook.layout import column_letters
from workbook.sheet import CellError

_NAMED: Final = 3


def check_merged(sheet: Any, rows: Sequence[Row], covered: Iterable[tuple[int, int]], name: str) -> None:
    """Raises MergedError where merged cells keep somebody from seeing what a row of the sheet says, or us from marking
    it: below the header, in our columns and to the right of all; and where they hide a header.

    `rows`: as the server reads them. `covered`: the cells under merged ones that hold something.
    """
    ranges = [one for one in sheet.merged_cells.ranges if (one.min_row, one.min_col) != (one.max_row, one.max_col)]
    if not ranges:
        return
    header = find_header(_texts(cells) for _number, cells in rows)
    if header is None:
        return
    headers = [header_text(text) for text in _texts(rows[header.place][1])]
    ours = {place for place, text in enumerate(headers, 1) if canonical_header(text) or is_own_header(text)}
    end = max((place for place, text in enumerate(headers, 1) if text), default=0)
    filled = [number for number, cells in rows[header.place + 1 :] if is_filled_row(cells)]
    top = rows[header.place][0]
    hidden = {column for row, column in covered if row == top}
    first, last = min(filled, default=LAST_ROW), max(filled, default=0)
    between = set(filled)
    wrong = [
        one
        for one in ranges
        if (one.min_row <= top <= one.max_row and not hidden.isdisjoint(range(one.min_col, one.max_col + 1)))
        or (
            (one.max_col > end or not ours.isdisjoint(range(one.min_col, one.max_col + 1)))
            and not between.isdisjoint(range(max(one.min_row, first), min(one.max_row, last) + 1))
        )
    ]
    if wrong:
        places = [one.coord for one in sorted(wrong, key=lambda one: (one.min_row, one.min_col))]
        more = f" and {len(places) - _NAMED:,} more ranges" if len(places) > _NAMED else ""
        raise MergedError(
            f"In {name}, sheet {sheet.title}, the cells {', '.join(places[:_NAMED])}{more} are merged, so that nobody "
            "sees what stands under the first of them. Unmerge them (Home > Merge & Center), fill in each row, and try "
            "again."
        )


def check_writable(sheet: Any, block: Block, cells: Sequence[Sequence[Value]]) -> None:
    """Raises BookError where one of these cells, which are to be written into the block, would lie under a merged one.
    To empty such a cell is to leave it as it is."""
    if not sheet.merged_cells.ranges:
        return
    for row, line in enumerate(cells, start=block.row):
        for column, value in enumerate(line, start=block.column):
            if value is not None and value != "" and isinstance(sheet._cells.get((row, column)), MergedCell):
                place = f"{column_letters(column)}{row}"
                around = next((one.coord for one in sheet.merged_cells.ranges if place in one), place)
                raise BookError(
                    f"In the sheet {sheet.title} the cells {around} are merged, so that nobody would see what is "
                    f"written into {place}. Unmerge them (Home > Merge & Center), and try again."
                )


def _texts(cells: Iterable[Any]) -> list[Any]:
    return [cell.text if isinstance(cell, CellError) else cell for cell in cells]
