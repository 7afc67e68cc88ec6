"""Convert cell values between Python and Excel, on Windows and on a Mac."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from addin.book import ErrorText, Value
from addin.hosts.document import LONGEST_TEXT, cell_text

_FIRST_ERROR, _LAST_ERROR = -2146826288, -2146826200
_ERRORS: Final = {
    -2146826288: "#NULL!",
    -2146826281: "#DIV/0!",
    -2146826273: "#VALUE!",
    -2146826265: "#REF!",
    -2146826259: "#NAME?",
    -2146826252: "#NUM!",
    -2146826246: "#N/A",
    -2146826245: "#GETTING_DATA",
    -2146826243: "#SPILL!",
    -2146826242: "#CONNECT!",
    -2146826241: "#BLOCKED!",
    -2146826240: "#UNKNOWN!",
    -2146826239: "#FIELD!",
    -2146826238: "#CALC!",
}
"""Excel's number for an error, 0x800A0000 and the one that VBA's CVErr takes. New ones come
with new versions (EXCEL-TRUTH 5)."""
ERROR_TEXTS: Final = frozenset({*_ERRORS.values(), "#BUSY!", "#PYTHON!", "#EXTERNAL!"})
_DAY_0: Final = frozenset({date(1899, 12, 30), date(1899, 12, 31), date(1904, 1, 1)})
"""The day of a cell that holds a time alone."""
_WHOLE: Final = 1e15
"""Below this a float holds every whole number."""


def incoming(value: Any) -> Value:
    """A cell's value as either system hands it over."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value or None
    if isinstance(value, float):
        return int(value) if -_WHOLE < value < _WHOLE and value.is_integer() else value
    if isinstance(value, int):
        if _FIRST_ERROR <= value <= _LAST_ERROR:
            return ErrorText(_ERRORS.get(value, "#VALUE!"))
        return value
    if isinstance(value, Decimal):  # a cell with a currency format
        return incoming(float(value))
    if isinstance(value, datetime):
        return _moment(value)
    return None  # a Mac's missing value


def rows_of(raw: Any) -> list[list[Any]]:
    """A block's rows. A single cell comes bare, and a single row may."""
    if not isinstance(raw, list | tuple):
        return [[raw]]
    if raw and not isinstance(raw[0], list | tuple):
        return [list(raw)]
    return [list(row) for row in raw]


def with_errors(values: Sequence[Any], texts: Sequence[Any]) -> list[Value]:
    """A row of a Mac, which leaves error cells out (EXCEL-TRUTH 4), put together with the texts that its cells show."""
    left = [incoming(value) for value in values]
    missing = len(texts) - len(left)
    row: list[Value] = []
    for text in texts:
        is_text = bool(left) and left[0] == text  # somebody typed the letters of an error
        if missing and text in ERROR_TEXTS and not is_text:
            row.append(ErrorText(text))
            missing -= 1
        else:
            row.append(left.pop(0) if left else None)
    return row


def outgoing(value: Value, *, as_text: bool = False) -> Value:
    """A value as Excel takes it for what it is. `as_text`: a text stays one whatever the cell's format makes of such
    letters, a formula too."""
    if isinstance(value, str):
        text = cell_text(value)
        # Excel takes the first apostrophe for its own sign that a text follows (EXCEL-TRUTH 7).
        return f"'{text}" if text.startswith("'") or (as_text and len(text) < LONGEST_TEXT) else text
    if isinstance(value, time):
        return (datetime.combine(date.min, value) - datetime.min) / timedelta(days=1)
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)
    return value


def _moment(value: datetime) -> Value:
    # A plain datetime in place of pywin32's own kind, to the millisecond, which is what the number behind it can tell.
    moment = datetime(value.year, value.month, value.day) + timedelta(
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        milliseconds=round(value.microsecond / 1000),
    )
    return moment.time() if moment.date() in _DAY_0 else moment
