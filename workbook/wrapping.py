"""Estimate how many lines a text takes in a column of a spreadsheet."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

LINE_HEIGHT: Final = 15
"""Points of a line in the workbook's font."""


def lines_of(texts: Iterable[tuple[object, float]]) -> int:
    """The lines of a row whose texts are wrapped, each in a column so many characters wide."""
    lines = 1
    for text, width in texts:
        if isinstance(text, str):
            lines = max(lines, len(textwrap.wrap(text, max(int(width * 1.15 - 3), 1))))
    return lines


def height_of(texts: Iterable[tuple[object, float]]) -> float:
    """How high such a row must be, in points."""
    return LINE_HEIGHT * lines_of(texts) + 1
