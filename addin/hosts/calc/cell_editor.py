"""Tell whether the user of a Calc window types in a cell just now.

Calc has no call for that, but it gives screen readers an object for the text in the cell: the last one in the pane of
the window in which it is typed. Each object that is fetched costs a millisecond over a pipe, and a window has a hundred
of them, so the panes are remembered for as long as the window has the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

_SPREADSHEET, _TEXT_FRAME = 84, 61
"""Of com.sun.star.accessibility.AccessibleRole: a pane of a spreadsheet, and a cell's text while it is typed."""
_MOST_CHILDREN: Final = 200
"""What has more is a table with its million cells, and no part that panes are in."""
_CELL: Final = re.compile(r"\b[A-Z]{1,3}[0-9]+$")


class CellEditor:
    """Of one window. `window`: com.sun.star.awt.XWindow, the one inside the frame."""

    def __init__(self, window: Any) -> None:
        self.window = window
        self._part: Any = None
        """What the panes are in, with how many objects it held when they were looked up."""
        self._count = 0
        self._panes: list[Any] = []

    def is_open(self) -> bool:
        if self._part is None or self._part.getAccessibleChildCount() != self._count:
            self._look_up()
        return any(_is_typed_in(pane) for pane in self._panes)

    def _look_up(self) -> None:
        """All panes of a window are in one part of it."""
        for child in _children(self.window.getAccessibleContext()):
            part = child.getAccessibleContext()
            panes = [pane for pane in _children(part) if _role(pane) == _SPREADSHEET]
            if panes:
                self._part, self._count, self._panes = part, part.getAccessibleChildCount(), panes
                return
        self._part, self._count, self._panes = None, 0, []


def _is_typed_in(pane: Any) -> bool:
    count = pane.getAccessibleChildCount()
    if count < 2:  # the first is its table
        return False
    last = pane.getAccessibleChild(count - 1).getAccessibleContext()
    return last.getAccessibleRole() == _TEXT_FRAME and _CELL.search(last.getAccessibleName()) is not None


def _role(child: Any) -> int:
    """A pane tells it itself; a window within the window does not, and no more is to be known of it."""
    return int(child.getAccessibleRole()) if hasattr(child, "getAccessibleRole") else 0


def _children(context: Any) -> Iterator[Any]:
    count = 0 if context is None else context.getAccessibleChildCount()
    for number in range(count if count < _MOST_CHILDREN else 0):
        child = context.getAccessibleChild(number)
        if child is not None:
            yield child
