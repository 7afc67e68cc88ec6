"""Give rows in Calc back the formats, lists and marks that a paste removed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Final

from addin.book import Redress
from addin.hosts.calc.office import load_uno
from addin.hosts.document import MAX_ROWS, outside, runs_of

_LOOK: Final = (
    "CharFontName",
    "CharHeight",
    "CharWeight",
    "CharPosture",
    "CharColor",
    "CellBackColor",
    "HoriJustify",
    "VertJustify",
    "ParaIndent",
    "IsTextWrapped",
    "TopBorder",
    "BottomBorder",
    "LeftBorder",
    "RightBorder",
    "NumberFormat",
    "Validation",
)
"""What of a cell's format a paste takes along."""


def robbed_rows(sheet: Any, wanted: Redress) -> list[int]:
    """The rows that a conditional format no longer reaches which reaches the last row."""
    robbed: set[int] = set()
    for _one, _ranges, addresses in _ours(sheet):
        for column in range(*_columns(addresses)):
            reached = [(at.StartRow + 1, at.EndRow + 1) for at in addresses if at.StartColumn <= column <= at.EndColumn]
            robbed.update(outside(wanted.row, wanted.row + wanted.rows - 1, reached))
    return sorted(robbed)


def give_back(sheet: Any, wanted: Redress, rows: Collection[int], format_key: Callable[[str], int]) -> None:
    """The rows look and offer what the last one does again."""
    uno = load_uno()
    for top, bottom in runs_of(rows):
        for column in range(wanted.columns):
            source = sheet.getCellByPosition(column, MAX_ROWS - 1)
            target = sheet.getCellRangeByPosition(column, top - 1, column, bottom - 1)
            for name in _LOOK:
                target.setPropertyValue(name, source.getPropertyValue(name))
    kept = set(rows)
    for (row, column), number_format in wanted.keep.items():
        if row in kept:
            sheet.getCellByPosition(column - 1, row - 1).NumberFormat = format_key(number_format)
    for one, ranges, addresses in _ours(sheet):
        left, right = _columns(addresses)
        top = min(wanted.row - 1, *(at.StartRow for at in addresses))
        for at in addresses:
            ranges.removeRangeAddress(at)
        whole = uno.createUnoStruct("com.sun.star.table.CellRangeAddress")
        whole.Sheet = addresses[0].Sheet
        whole.StartColumn, whole.EndColumn, whole.StartRow, whole.EndRow = left, right - 1, top, MAX_ROWS - 1
        ranges.addRangeAddress(whole, True)
        one.Range = ranges


def _ours(sheet: Any) -> Iterator[tuple[Any, Any, Any]]:
    """The conditional formats that reach the last row, each with its ranges, as Calc's object and as addresses."""
    for one in sheet.ConditionalFormats.getConditionalFormats():
        ranges = one.Range
        addresses = ranges.getRangeAddresses()
        if any(at.EndRow == MAX_ROWS - 1 for at in addresses):
            yield one, ranges, addresses


def _columns(addresses: Any) -> tuple[int, int]:
    """From the first column, counted from 0, to before the one behind the last."""
    ours = [at for at in addresses if at.EndRow == MAX_ROWS - 1]
    return min(at.StartColumn for at in ours), max(at.EndColumn for at in ours) + 1
