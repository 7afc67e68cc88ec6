"""Read the cells of a worksheet as they are shown where their number formats show something else (SPEC 3)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any, Final, NamedTuple

from workbook.files.excel_styles import StyledCells
from workbook.files.number_display import covers, shown_text, shows_more, text_in_place_of
from workbook.sheet import CellError

Row = tuple[int, Sequence[Any]]
"""A sheet row number and the cells from column A on."""
Styled = Callable[[Sequence[int]], StyledCells | None]
"""Columns of identifiers, counted from 1 → which of their cells have a telling format."""
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DAY_ZERO: Final = datetime(1899, 12, 30)
_TO_1904: Final = 1462
"""By so many days the numbers of a day differ in the two ways of counting."""


class Number(NamedTuple):
    """A number with its format, as the careful way reads it."""

    value: float
    number_format: str


def value_of(cell: Any) -> Any:
    """What a cell of openpyxl's holds, or shows in its place."""
    value = cell.value
    if value is None or isinstance(value, bool):
        return value
    number_format = cell.number_format or ""
    if isinstance(value, int | float):
        if shows_more(number_format):
            return Number(value, number_format)
    elif isinstance(value, str):
        if cell.data_type == "e":
            return CellError(value)
        if "_x" in value:
            value = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return as_covered(value, number_format) if covers(number_format) else value


def rows_as_covered(rows: Iterable[Row], formats: StyledCells) -> Iterator[Row]:
    """The rows with what is shown in place of what their cells hold."""
    return _changed(rows, formats, as_covered)


def as_covered(value: Any, number_format: str) -> Any:
    """The text that is shown in place of the value, None where that is nothing; else the value."""
    if isinstance(value, str):
        shown = text_in_place_of(value, number_format)
    else:
        every = (text_in_place_of(number, number_format) for number in _numbers_of(value))
        shown = next((text for text in every if text is not None), None)
    return value if shown is None else shown or None


def _numbers_of(value: Any) -> tuple[float, ...]:
    """The numbers that a cell may hold which reads so: of a day, by either way of counting them."""
    if isinstance(value, bool):
        return ()
    if isinstance(value, int | float):
        return (value,)
    if isinstance(value, timedelta):
        return (value / timedelta(days=1),)
    if isinstance(value, time):
        return ((value.hour * 60 + value.minute) / 1440,)
    if isinstance(value, date):
        day = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)
        number = (day.replace(tzinfo=None) - _DAY_ZERO) / timedelta(days=1)
        return number, number - _TO_1904
    return ()


def with_identifiers_as_shown(rows: Iterable[Row], columns: Sequence[int], styled: Styled | None) -> Iterable[Row]:
    """The rows with the numbers in these columns as they are shown. `styled`: None where they are `Number`s."""
    if styled is None:
        return _with_numbers_as_shown(rows, columns)
    formats = styled(columns)
    return rows if formats is None else _changed(rows, formats, _shown)


def _with_numbers_as_shown(rows: Iterable[Row], columns: Sequence[int]) -> Iterator[Row]:
    """The rows with those `Number`s as they are shown that stand in these columns, and the others bare."""
    for number, cells in rows:
        yield (
            number,
            [
                (_shown(*cell) if column in columns else as_covered(*cell)) if isinstance(cell, Number) else cell
                for column, cell in enumerate(cells, 1)
            ],
        )


def _changed(rows: Iterable[Row], formats: StyledCells, change: Callable[[Any, str], Any]) -> Iterator[Row]:
    for number, cells in rows:
        marks = list(formats.of_row(number))
        if marks:
            row = list(cells)
            for column, number_format in marks:
                if column <= len(row):
                    row[column - 1] = change(row[column - 1], number_format)
            cells = row
        yield number, cells


def _shown(value: Any, number_format: str) -> Any:
    shown = shown_text(value, number_format) if isinstance(value, int | float) else None
    return as_covered(value, number_format) if shown is None else shown
