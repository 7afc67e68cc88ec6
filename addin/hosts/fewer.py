"""Combine the changes of a book into fewer, larger ones, as each costs a call.

This is pure. Buttons note a column, its header, its format one by one. What lies side by side or one below the other,
and in whose place nothing else is changed in between, is one block. What a later block writes over is not written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from addin.book import Fill, Format, HideColumns, Operation, Put, Show
from addin.hosts.document import Block, blocks_down, meet, overlap

_LOOK_BACK: Final = 100
"""Changes: what could be joined with one further back stays as it is, or thousands take minutes."""


def together(operations: Sequence[Operation]) -> list[Operation]:
    """The same changes, the ones that can be made together made together."""
    made: list[Operation] = []
    for operation in operations:
        for place in range(len(made) - 1, max(len(made) - 1 - _LOOK_BACK, -1), -1):
            if _is_written_over(made[place], operation):
                del made[place]
                continue
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
            if first.number_format != second.number_format:
                return None
            if (second.row, second.column, len(second.cells)) == (first.row, first.column + width, height):
                cells = [[*one, *other] for one, other in zip(first.cells, second.cells, strict=True)]
                return replace(first, cells=cells)
            if (second.row, second.column, len(second.cells[0])) == (first.row + height, first.column, width):
                return replace(first, cells=[*first.cells, *second.cells])
        case Format(), Format():
            if first.number_format != second.number_format:
                return None
            return replace(first, blocks=_side_by_side(first.blocks, second.blocks) or (*first.blocks, *second.blocks))
        case HideColumns(), HideColumns():
            if second.column == first.column + first.count:
                return replace(first, count=first.count + second.count)
    return None


def _side_by_side(first: Sequence[Block], second: Sequence[Block]) -> tuple[Block] | None:
    """Two blocks as one, where there are no others and the second lies right of the first."""
    if len(first) > 1 or len(second) > 1:
        return None
    [one], [other] = first, second
    if (other.row, other.column, other.rows) != (one.row, one.column + one.columns, one.rows):
        return None
    return (one._replace(columns=one.columns + other.columns),)


def _is_written_over(first: Operation, second: Operation) -> bool:
    """Whether nothing of the first is left after the second."""
    match first, second:
        case Put(), Put() if first.sheet == second.sheet and first.number_format in (None, second.number_format):
            return overlap(block := _block(first), _block(second)) == block
    return False


def _are_apart(first: Operation, second: Operation) -> bool:
    """Whether it makes no difference which of the two is made first."""
    if first.sheet != second.sheet:
        return not isinstance(first, Show)
    if isinstance(first, HideColumns) or isinstance(second, HideColumns):
        return isinstance(first, Put | Format | HideColumns) and isinstance(second, Put | Format | HideColumns)
    one, other = _places(first), _places(second)
    return bool(one and other) and not meet(one, other)


def _places(operation: Operation) -> list[Block]:
    """The cells that a change is about; none where it is about a whole sheet, or the window."""
    match operation:
        case Put():
            return [_block(operation)]
        case Fill(places=places):
            return blocks_down(places)
        case Format(blocks=blocks):
            return list(blocks)
    return []


def _block(put: Put) -> Block:
    return Block(put.row, put.column, len(put.cells), len(put.cells[0]))
