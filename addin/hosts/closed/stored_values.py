"""Put what a file held back into the cells of one that openpyxl has saved, where openpyxl does not keep it.

openpyxl writes a formula without the value that Excel last calculated for it. A user's `=A2&"-"&B2` would then read as
a formula that was never calculated until somebody opens the file in Excel, and the row would be refused. One that cells
share it writes anew for each, and not always rightly. And a number in a cell with a date's format would be an error
where it is no date.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from typing import IO, Final
from xml.sax.saxutils import escape, quoteattr

from addin.hosts.closed.settings import PART, Settings, with_settings
from addin.hosts.closed.stored_cells import StoredCell

_CELL: Final = re.compile(
    rb'<c r="([A-Z]+[0-9]+)"([^>]*)>(<f(?:\s[^>]*)?(?:/>|>[^<]*</f>))?(?:<v ?/>|<v>[^<]*</v>)</c>'
)
"""One with a formula, a number, a date or an error, as openpyxl writes it, with the standard library's XML or with
lxml's where that is installed."""
_KIND: Final = re.compile(rb'\st="[^"]*"')


def put_back(
    package: IO[bytes], stored: Mapping[str, Mapping[str, StoredCell]], settings: Settings | None = None
) -> bytes:
    """The package with this in it. `stored`: the part of each sheet → cell (`B2`) → what it held."""
    made = io.BytesIO()
    with zipfile.ZipFile(package) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for item in before.infolist():
            data = before.read(item)
            cells = {place.encode(): cell for place, cell in stored.get(item.filename, {}).items()}
            if cells:
                data = _CELL.sub(lambda cell, cells=cells: _filled(cell, cells), data)  # type: ignore[misc]
            if settings and item.filename == PART:
                data = with_settings(data, settings)
            after.writestr(item, data)
    return made.getvalue()


def _filled(cell: re.Match[bytes], cells: Mapping[bytes, StoredCell]) -> bytes:
    held = cells.get(cell[1])
    if held is None:
        return cell[0]
    formula = cell[3] and (held.formula or cell[3])
    if formula and not held.text:
        return cell[0].replace(cell[3], formula, 1)
    attributes = _KIND.sub(b"", cell[2]) + (b"" if held.kind == "n" else f" t={quoteattr(held.kind)}".encode())
    return b'<c r="%b"%b>%b<v>%b</v></c>' % (cell[1], attributes, formula or b"", escape(held.text).encode())
