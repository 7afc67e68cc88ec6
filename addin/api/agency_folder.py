"""Read who an administrator is in a folder of an agency's records, before it is imported (SPEC 10)."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Final

from addin.errors import BookError
from workbook.columns import header_key

_NO: Final = frozenset({"no", "n", "false", "0", "inactive"})


def first_administrator(folder: Path) -> str | None:
    """The Staff ID of the first active administrator in an import folder's staff.csv. Raises BookError without one."""
    file = folder / "staff.csv"
    try:
        content = file.read_bytes()
    except OSError:
        raise BookError(f"There is no file {file}. Check the folder: it must hold your agency's data.") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    lines = text.splitlines()
    delimiter = max(",;\t", key=(lines[0] if lines else "").count)
    for row in csv.DictReader(lines, delimiter=delimiter):
        cells = {header_key(name or ""): (value or "").strip() for name, value in row.items() if isinstance(value, str)}
        active = cells.get("active", "").casefold() not in _NO
        if active and cells.get("administrator", "").casefold() not in _NO | {""} and cells.get("staffid"):
            return cells["staffid"]
    return None
