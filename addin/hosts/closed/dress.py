"""Give rows of a closed sheet back the formats, lists and marks that a paste removed."""

from __future__ import annotations

import copy
from typing import Any, cast

from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.styles.cell_style import StyleArray
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.cell_range import MultiCellRange

from addin.book import Redress
from addin.hosts.closed.columns import look_of_column
from addin.hosts.document import MAX_ROWS, outside
from workbook.layout import TEXT_FORMAT, column_letters


def redress(sheet: Any, wanted: Redress) -> int:
    """Gives the rows their lists and marks back, and gives how many had lost one. A list or mark that reaches the
    sheet's last row belongs to all rows."""
    robbed: set[int] = set()
    rules = ConditionalFormattingList()
    for known in sheet.conditional_formatting:
        cells = _whole(str(known.sqref), wanted, robbed)
        for rule in known.rules:
            rules.add(cells, rule)
    lists = [(one, _whole(str(one.sqref), wanted, robbed)) for one in sheet.data_validations.dataValidation]
    if not robbed:
        return 0
    sheet.conditional_formatting = rules
    for one, cells in lists:
        one.sqref = MultiCellRange(cells)
    styles = {
        column: look._style if (look := look_of_column(sheet, column)) else StyleArray()
        for column in range(1, wanted.columns + 1)
    }
    for row, column in [place for place in sheet._cells if place[0] in robbed and place[1] <= wanted.columns]:
        cell = sheet._cells[row, column]
        own, is_date = cell.number_format, cell.is_date
        cell._style = copy.copy(styles[column])
        if cell.value is not None and not isinstance(cell.value, str) and (not is_date or _is_text(cell)):
            cell.number_format = own  # under another one it would read otherwise
    return len(robbed)


def _is_text(cell: Any) -> bool:
    return bool(cell.number_format == TEXT_FORMAT)


def _whole(cells: str, wanted: Redress, robbed: set[int]) -> str:
    """The cells of a rule or a list, all rows of its columns where it reaches the last row; `robbed` gets the rows that
    it did not reach."""
    parts = [cast("tuple[int, int, int, int]", range_boundaries(part)) for part in cells.split()]
    ours = [part for part in parts if part[3] == MAX_ROWS]
    if not ours:
        return cells
    left, right = min(part[0] for part in ours), max(part[2] for part in ours)
    for column in range(left, right + 1):
        reached = [(part[1], part[3]) for part in parts if part[0] <= column <= part[2]]
        robbed.update(outside(wanted.row, wanted.row + wanted.rows - 1, reached))
    top = min(wanted.row, *(part[1] for part in parts))
    return f"{column_letters(left)}{top}:{column_letters(right)}{MAX_ROWS}"
