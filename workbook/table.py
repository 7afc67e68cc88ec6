"""Convert a sheet to a table on the wire, as if its file were sent (SPEC 8).

`table_of(read_file(path))` gives the members of `workbook.report.Table` that say what the file says. A client that
reads an open spreadsheet fills the same members by the same functions: `workbook.files.header.find_header` for the
header, `workbook.files.header.without_header` for columns that have none, `workbook.files.number_display.shown_text`
for the numbers of identifiers; `hidden_rows`, `hidden_columns`, `sheet` and `header_row` as it sees them.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from workbook.matching import text_of
from workbook.sheet import Cell, CellError, Sheet

FORMULA: Final = "=?"
"""Stands on the wire for a formula without a stored value: any text that begins with = is one."""


def table_of(sheet: Sheet) -> dict[str, Any]:
    """The table that says what `sheet` says. Values are JSON's own: dates are ISO text, an error is its own text."""
    columns = [*sheet.columns.values(), *(one.column for one in sheet.unclear.values())]
    lists = [list(map([_cell(value) for value in column.values].__getitem__, column.codes)) for column in columns]
    # Rows of a sheet without any column of ours are sent as filled, so that it is the columns that are found missing.
    rows = [list(cells) for cells in zip(*lists, strict=True)] if lists else [[True] for _ in sheet.row_numbers]
    table: dict[str, Any] = {
        "header": [*(column.header for column in columns), *sheet.unknown_headers],
        "rows": rows,
        "row_numbers": list(sheet.row_numbers),
        "header_row": sheet.header_row,
        "header_found": sheet.header_found,
    }
    if sheet.title:
        table["sheet"] = sheet.title
    if sheet.versions:
        records = sheet.records
        table["versions"] = {
            row: [version, records[row]] if row in records else version for row, version in sheet.versions.items()
        }
    if sheet.downloaded:
        table["downloaded"] = dict(sheet.downloaded)
    if sheet.hidden_rows or sheet.header_hidden:
        table["hidden_rows"] = [*([sheet.header_row] if sheet.header_hidden else []), *sheet.hidden_rows]
    if sheet.hidden_columns:
        table["hidden_columns"] = dict(sheet.hidden_columns)
    if sheet.nameless:
        table["nameless_columns"] = list(sheet.nameless)
    for name, counts in (("extra_fields", sheet.extra_fields), ("empty_fields", sheet.empty_fields)):
        if counts:
            table[name] = {sheet.row_numbers[index]: count for index, count in counts.items()}
    return table


def _cell(value: Cell) -> str | int | float | bool | None:
    if isinstance(value, CellError):
        return value.text if value.text.startswith(("#", "E")) else FORMULA
    if isinstance(value, date | datetime | time):
        return text_of(value)
    return value
