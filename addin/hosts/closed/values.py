"""Make plain values of what the reading libraries have in a cell."""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from openpyxl.cell.rich_text import CellRichText

from addin.book import ErrorText, Value
from addin.hosts.closed.escaped_texts import SpeltRichText, SpeltText
from workbook.files.reader import days_of
from workbook.sheet import CellError

_NO_NUMBER: Final = ErrorText("#NUM!")
"""What a number reads as that is larger than any, as a formula's would in Excel: it cannot be sent, and is told so."""


def value_of(cell: Any) -> Value:
    """A cell as the server's reader gives it, as the add-in has it: None, an ErrorText, or a plain value."""
    if isinstance(cell, CellError):
        return ErrorText(cell.text) if cell.text.startswith("#") else cell.text
    if isinstance(cell, timedelta):
        return days_of(cell)
    if cell is None or isinstance(cell, str | bool | int | float | date | time):
        return plain_value(cell, "")
    return str(cell)


def plain_value(value: Any, kind: str) -> Value:
    """A value that openpyxl has in a cell of this kind, `e` for an error."""
    if value is None or value == "":
        return None
    if isinstance(value, SpeltText | SpeltRichText):
        return value.shown
    if isinstance(value, CellRichText):
        return str(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # as it will read once the file is opened again
    if kind == "e":
        return ErrorText(value)
    if isinstance(value, float) and not math.isfinite(value):
        return _NO_NUMBER
    return value  # type: ignore[no-any-return]
