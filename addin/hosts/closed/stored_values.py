"""Put the stored values of formulas back into a file that openpyxl has saved.

openpyxl writes a formula without the value that Excel last calculated for it. A user's `=A2&"-"&B2` would then read as
a formula that was never calculated until somebody opens the file in Excel, and the row would be refused.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import IO, Final
from xml.sax.saxutils import escape

from openpyxl.utils.datetime import to_excel

from addin.book import ErrorText, Value

_FORMULA_CELL: Final = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))(?:<v ?/>|<v></v>)</c>'
)
"""As openpyxl writes it, with the standard library's XML or with lxml's where that is installed."""


def put_back(package: IO[bytes], stored: Mapping[str, Mapping[str, Value]], epoch: datetime) -> bytes:
    """The package with the values in it. `stored`: the part of each sheet → cell (`B2`) → its value."""
    made = io.BytesIO()
    with zipfile.ZipFile(package) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for item in before.infolist():
            data = before.read(item)
            values = stored.get(item.filename)
            if values:
                data = _FORMULA_CELL.sub(lambda cell, values=values: _filled(cell, values, epoch), data)  # type: ignore[misc]
            after.writestr(item, data)
    return made.getvalue()


def _filled(cell: re.Match[bytes], values: Mapping[str, Value], epoch: datetime) -> bytes:
    value = values.get(cell[1].decode())
    if value is None:
        return cell[0]
    kind, text = _typed(value, epoch)
    attributes = cell[2] + (f' t="{kind}"'.encode() if kind else b"")
    return b'<c r="%b"%b>%b<v>%b</v></c>' % (cell[1], attributes, cell[3], escape(text).encode())


def _typed(value: Value | timedelta, epoch: datetime) -> tuple[str, str]:
    if isinstance(value, bool):
        return "b", "1" if value else "0"
    if isinstance(value, int | float):
        return "", repr(value)
    if isinstance(value, datetime | date | time | timedelta):
        return "", repr(to_excel(value, epoch))  # type: ignore[no-untyped-call]
    return ("e" if isinstance(value, ErrorText) else "str"), str(value)
