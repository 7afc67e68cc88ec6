"""Facts about the file a table on the wire was read from, beyond its cells (SPEC 3, 8)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from workbook.files.header import MOST_LOOKED_AT
from workbook.files.limits import LAST_ROW
from workbook.sheet import Sheet

_LONGEST_TITLE: Final = 255
_MOST_FIELDS: Final = 1_000_000

Refuse = Callable[[str, str], NoReturn]
"""(where, why) → refuses the table."""


@dataclass(frozen=True, slots=True)
class FileNotes:
    """What only the reader of a file sees."""

    title: str = ""
    header_row: int = 1
    header_found: bool = True
    hidden_rows: list[int] = field(default_factory=list)
    extra_fields: Mapping[int, int] = field(default_factory=dict)
    """Sheet row number → how many fields it has beyond the headers; likewise `empty_fields`."""
    empty_fields: Mapping[int, int] = field(default_factory=dict)
    hidden_columns: Mapping[str, str] = field(default_factory=dict)
    """Letters of a column → its header."""
    nameless: list[str] | None = None
    """Letters of columns; None where the table itself is to tell."""

    def over(self, sheet: Sheet) -> Sheet:
        """Adds to the sheet, in place, what the reader of the file saw of its rows."""
        if self.hidden_rows:
            hidden = set(self.hidden_rows)
            sheet.hidden_rows = [number for number in sheet.row_numbers if number in hidden]
            sheet.header_hidden = sheet.header_row in hidden
        if self.hidden_columns:
            read = (*sheet.columns.values(), *(one.column for one in sheet.unclear.values()))
            known = {column.header for column in read}
            sheet.hidden_columns = {at: header for at, header in self.hidden_columns.items() if header in known}
        if self.nameless is not None:
            sheet.nameless = self.nameless
        if self.extra_fields or self.empty_fields:
            index_of = {number: index for index, number in enumerate(sheet.row_numbers)}
            for counts, numbers in ((sheet.extra_fields, self.extra_fields), (sheet.empty_fields, self.empty_fields)):
                counts.update({index_of[row]: count for row, count in numbers.items() if row in index_of})
        return sheet


def read_file_notes(table: Mapping[str, Any], row_numbers: Collection[int], refuse: Refuse) -> FileNotes:
    """The members of a table that say it, each optional. `row_numbers`: the table's own."""
    title = table.get("sheet")
    if title is not None and not (isinstance(title, str) and len(title) <= _LONGEST_TITLE and title.isprintable()):
        refuse("sheet", "send the worksheet's name as text")
    header_row = table.get("header_row")
    if header_row is not None and not (type(header_row) is int and 1 <= header_row <= LAST_ROW):
        refuse("header_row", "send the number of the header row")
    if header_row is not None and row_numbers and "row_numbers" in table and header_row >= min(row_numbers):
        refuse("header_row", f"row {header_row} cannot be the header of row {min(row_numbers)}")
    found = table.get("header_found")
    if found is not None and not isinstance(found, bool):
        refuse("header_found", "send true or false")
    hidden = table.get("hidden_rows")
    if hidden is not None and not (isinstance(hidden, list) and all(type(number) is int for number in hidden)):
        refuse("hidden_rows", "send a list of row numbers")
    columns = table.get("hidden_columns")
    if columns is not None and not (
        isinstance(columns, dict) and all(_is_column(at) and isinstance(name, str) for at, name in columns.items())
    ):
        refuse("hidden_columns", 'send an object such as {"H": "Participant ID"}: letters of a column to its header')
    nameless = table.get("nameless_columns")
    if nameless is not None and not (
        isinstance(nameless, list) and len(nameless) <= MOST_LOOKED_AT and all(map(_is_column, nameless))
    ):
        refuse("nameless_columns", f"send a list of the letters of columns, at most {MOST_LOOKED_AT}")
    return FileNotes(
        title or "", header_row or 1, found is not False, hidden or [],
        _counts(table, "extra_fields", refuse), _counts(table, "empty_fields", refuse), columns or {}, nameless,
    )  # fmt: skip


def _is_column(letters: object) -> bool:
    return isinstance(letters, str) and re.fullmatch("[A-Z]{1,3}", letters) is not None


def _counts(table: Mapping[str, Any], member: str, refuse: Refuse) -> dict[int, int]:
    given = table.get(member)
    if given is None:
        return {}
    if not isinstance(given, dict):
        refuse(member, 'send an object such as {"5": 1}: row number to how many fields')
    for row, count in given.items():
        if not re.fullmatch(r"[0-9]{1,7}", row) or type(count) is not int or not 0 < count <= _MOST_FIELDS:
            refuse(member, f"{row:.20} is not a row number with a number of fields")
    return {int(row): count for row, count in given.items()}
