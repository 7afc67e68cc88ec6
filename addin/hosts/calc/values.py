"""Convert cell values between Python and Calc, in which a date is a formatted number."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from addin.hosts.document import ErrorText, Value, cell_text

DATE, TIME, TEXT, LOGICAL = 2, 4, 256, 1024
"""Bits of com.sun.star.util.NumberFormat."""
DATE_FORMAT: Final = "yyyy-mm-dd"
MOMENT_FORMAT: Final = "yyyy-mm-dd h:mm:ss"
TIME_FORMAT: Final = "h:mm:ss"
TRUTH_FORMAT: Final = "BOOLEAN"
_ERRORS: Final = {
    32767: "#N/A",
    521: "#NULL!",
    532: "#DIV/0!",
    519: "#VALUE!",
    502: "#VALUE!",
    504: "#REF!",
    524: "#REF!",
    525: "#NAME?",
    508: "#NAME?",
    503: "#NUM!",
    523: "#NUM!",
}
"""Calc's numbers for what Excel calls by name; for any other, Excel would say #VALUE!."""
_EXACT: Final = 2.0**53
"""Beyond it a number of Calc's stands for several whole ones."""
_SHORT: Final = 1_000
"""A printable text of so many characters goes into a cell as it is; most are."""
_DAY: Final = timedelta(days=1)
_LINK: Final = re.compile(r'=HYPERLINK\(("(?:[^"]|"")*"),([0-9]+|"(?:[^"]|"")*")\)')
"""A link to a place that is spelled out, in Excel's words. It names no cell, so Calc has the same words for it, but for
the sign between its two arguments."""


class Run(NamedTuple):
    """Cells down a column, counted from the block's first, which need a number format of their kind."""

    row: int
    column: int
    rows: int
    number_format: str


class Epoch:
    """Day 0 of a workbook, and what its numbers mean."""

    def __init__(self, null_date: Any) -> None:
        self._first = datetime(null_date.Year, null_date.Month, null_date.Day)
        self._moments: dict[float, Value] = {}
        """Days that were converted before: a column has few different ones."""

    def serial(self, value: date | datetime | time) -> float:
        if isinstance(value, time):
            return (datetime.combine(date.min, value) - datetime.min) / _DAY
        if isinstance(value, datetime):
            return (value.replace(tzinfo=None) - self._first) / _DAY
        return float((datetime(value.year, value.month, value.day) - self._first).days)

    def moment(self, serial: float) -> Value:
        """The date and time, a time alone below 1, or the number where it is no date that Python knows."""
        if serial not in self._moments:
            self._moments[serial] = self._moment(serial)
        return self._moments[serial]

    def _moment(self, serial: float) -> Value:
        if serial < 0:
            return serial
        try:
            # To the millisecond, which is what the number can tell.
            moment = self._first + timedelta(milliseconds=round(serial * 86_400_000))
        except OverflowError:
            return serial
        return moment.time() if serial < 1 else moment


def outgoing(rows: Sequence[Sequence[Value]], epoch: Epoch) -> tuple[tuple[tuple[str | float, ...], ...], list[Run]]:
    """The rows as Calc takes them, and the cells which need a format for what they hold."""
    special: list[tuple[int, int, str]] = []
    block = []
    for number, cells in enumerate(rows):
        line: list[str | float] = []
        for column, value in enumerate(cells):
            if value is None:
                line.append("")
            elif isinstance(value, str):
                line.append(value if len(value) < _SHORT and value.isprintable() else cell_text(value))
            elif isinstance(value, bool):
                line.append(float(value))
                special.append((column, number, TRUTH_FORMAT))
            elif isinstance(value, int | float):
                line.append(float(value))
            else:
                line.append(epoch.serial(value))
                special.append((column, number, _format_of(value)))
        block.append(tuple(line))
    return tuple(block), list(_runs(special))


def _format_of(value: date | datetime | time) -> str:
    if isinstance(value, time):
        return TIME_FORMAT
    return MOMENT_FORMAT if isinstance(value, datetime) and value.time() != time() else DATE_FORMAT


def _runs(special: list[tuple[int, int, str]]) -> Iterator[Run]:
    special.sort()
    start = 0
    for place in range(1, len(special) + 1):
        column, row, kind = special[place - 1]
        if place == len(special) or special[place] != (column, row + 1, kind):
            first = special[start][1]
            yield Run(first, column, row - first + 1, kind)
            start = place


def calc_link(formula: str) -> str | None:
    """A link in the words of Calc's `setFormulaArray`; None for any other formula, which must be translated."""
    found = _LINK.fullmatch(formula)
    return None if found is None else f"=HYPERLINK({found[1]};{found[2]})"


def whole_number(value: float) -> int | float:
    """Calc knows no whole numbers; in a file they are some, and what is sent of the rows is the same in both."""
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def error_text(code: int) -> ErrorText:
    """What Excel calls an error of Calc's."""
    return ErrorText(_ERRORS.get(code, "#VALUE!"))
