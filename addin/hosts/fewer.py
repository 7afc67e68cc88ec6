"""Combine the changes of a book into fewer, larger ones, as each costs a call.

This is pure. Buttons note a column, its header, its format one by one. What lies side by side, and in whose place
nothing else is changed in between, is one block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from addin.book import Format, HideColumns, Operation, Put, Show
from addin.hosts.document import Block, overlap


def together(operations: Sequence[Operation]) -> list[Operation]:
    """The same changes, the ones that can be made together made together."""
    made: list[Operation] = []
    for operation in operations:
        for place in range(len(made) - 1, -1, -1):
            one = _joined(made[place], operation)
            if one is not None:
                made[place] = one
                break
            if not _are_apart(made[place], operation):
                made.append(operation)
                break
        else:
            made.append(operation)
    return made


def _joined(first: Operation, second: Operation) -> Operation | None:
    """Both as one, where the second lies right beside the first."""
    if first.sheet != second.sheet:
        return None
    match first, second:
        case Put(), Put():
            height, width = len(first.cells), len(first.cells[0])
            beside = (second.row, second.column, len(second.cells)) == (first.row, first.column + width, height)
            if beside and first.number_format == second.number_format:
                cells = [[*one, *other] for one, other in zip(first.cells, second.cells, strict=True)]
                return replace(first, cells=cells)
        case Format(), Format():
            beside = (second.row, second.column, second.rows) == (first.row, first.column + first.columns, first.rows)
            if beside and first.number_format == second.number_format:
                return replace(first, columns=first.columns + second.columns)
        case HideColumns(), HideColumns():
            if second.column == first.column + first.count:
                return replace(first, count=first.count + second.count)
    return None


def _are_apart(first: Operation, second: Operation) -> bool:
    """Whether it makes no difference which of the two is made first."""
    if first.sheet != second.sheet:
        return not isinstance(first, Show)
    if isinstance(first, HideColumns) or isinstance(second, HideColumns):
        return isinstance(first, Put | Format | HideColumns) and isinstance(second, Put | Format | HideColumns)
    one, other = _place(first), _place(second)
    return one is not None and other is not None and overlap(one, other) is None


def _place(operation: Operation) -> Block | None:
    """The cells that a change is about; None where it is about a whole sheet, or the window."""
    match operation:
        case Put(row=row, column=column, cells=cells):
            return Block(row, column, len(cells), len(cells[0]))
        case Format(row=row, column=column, rows=rows, columns=columns):
            return Block(row, column, rows, columns)
    return None
