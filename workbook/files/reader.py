"""Read a user's file into a sheet, whatever its format (SPEC 3)."""

from __future__ import annotations

import re
import tempfile
from array import array
from datetime import timedelta
from pathlib import Path, PurePath
from typing import Any, Final

from workbook.files.csv_file import read_csv
from workbook.files.excel_file import read_excel
from workbook.files.excel_scan import FORMULA_WITHOUT_VALUE
from workbook.files.limits import Limits, in_words
from workbook.problems import Refusal
from workbook.sheet import Cell, CellError, Sheet
from workbook.text import as_typed, plain

_READERS: Final = {".csv": read_csv, ".xlsx": read_excel, ".xlsm": read_excel}
_ERROR: Final = re.compile(
    # Excel's errors, LibreOffice's, and the signs that Excel writes where a column was too narrow for its date.
    r"#N/A|#(?:DIV/0|NAME|NULL|NUM|REF|VALUE|SPILL|CALC|FIELD|BLOCKED|CONNECT|BUSY|UNKNOWN|EXTERNAL|PYTHON|TIMEOUT)[!?]"
    r"|#GETTING_DATA|Err:\d{3}|#{2,}",
    re.IGNORECASE,
)

_BEGINS: Final = frozenset("#=Ee' \t\r\n\xa0\u200b\u200e\u200f\ufeff")
"""How a text begins that may stand for an error, or is guarded from Excel. Most do not, and are not looked at any
closer."""


def read_sheet(path: Path, name: str, limits: Limits = Limits()) -> Sheet:  # noqa: B008 - it cannot change
    """The sheet in the file at `path`, which the user calls `name`: the name's ending says what it must hold.

    Raises Refusal `file-type`, `file-unreadable`, `file-encrypted`, `file-too-large`, `no-rows` or
    `header-repeated`. Run it where a memory limit holds (`server.processes.reader`): it bounds what it does itself, but
    not what the libraries under it do.
    """
    reader = _READERS.get(PurePath(name.strip()).suffix.casefold())
    if reader is None:
        raise Refusal.of("file-type", name=name)
    size = path.stat().st_size
    if size > limits.packed:
        why = f"it has {in_words(size)}, and at most {in_words(limits.packed)} fit"
        raise Refusal.of("file-too-large", name=name, why=why)
    try:
        return settled(reader(path, name, limits))
    except MemoryError as flaw:
        raise Refusal.of("file-too-large", name=name, why="it does not fit into the memory") from flaw


def read_file(file: Path | bytes, name: str = "", limits: Limits = Limits()) -> Sheet:  # noqa: B008 - it cannot change
    """The sheet in a closed file, read as the server reads it: from its path, or from its bytes, which need a name.

    For programs beside the spreadsheet; `workbook.table.table_of` makes of it what they send. Raises Refusal as
    `read_sheet` does, OSError where there is no such file.
    """
    if isinstance(file, Path):
        return read_sheet(file, name or file.name, limits)
    with tempfile.TemporaryDirectory(prefix="caseload-") as folder:
        path = Path(folder) / "file"
        path.write_bytes(file)
        return read_sheet(path, name, limits)


def error_of(text: str) -> CellError | None:
    """The error that a text stands for: `#N/A` and its kin, or a formula that was never calculated (SPEC 3).

    A .csv file and a JSON table have no other way to hold one.
    """
    text = plain(text)
    if text.startswith("=") and len(text) > 1:
        return FORMULA_WITHOUT_VALUE
    return CellError(text.upper() if text.startswith("#") else text) if _ERROR.fullmatch(text) else None


def settled(sheet: Sheet) -> Sheet:
    """The same sheet, once what is written as text or as a duration is what it means. Touches distinct values only."""
    for column in (*sheet.columns.values(), *(one.column for one in sheet.unclear.values())):
        if not any(
            value[:1] in _BEGINS if isinstance(value, str) else isinstance(value, timedelta) for value in column.values
        ):
            continue
        new = [_meaning(value) for value in column.values]
        values: list[Cell] = []
        places: dict[Any, int] = {}
        moved = []
        for value in new:
            key = (type(value), value)
            if key not in places:
                places[key] = len(values)
                values.append(value)
            moved.append(places[key])
        column.values[:] = values
        if moved != list(range(len(moved))):
            column.codes = array("I", map(moved.__getitem__, column.codes))
    return sheet


def days_of(duration: timedelta) -> int | float:
    """The number that a spreadsheet holds in a cell under a format such as [h]:mm: of days."""
    days = duration / timedelta(days=1)
    return int(days) if days.is_integer() else days


def _meaning(value: Any) -> Cell:
    if isinstance(value, str):
        text = plain(value)
        typed = as_typed(text)
        if typed != text:
            return typed or None
        return error_of(text) or value
    if isinstance(value, timedelta):
        return days_of(value)
    cell: Cell = value
    return cell
