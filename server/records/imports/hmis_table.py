"""Rows of one HMIS export file: the newest of each record, deleted ones included."""

from __future__ import annotations

from typing import Final, NamedTuple

from server.records.imports.csv_table import CsvTable
from server.records.imports.incoming import Incoming
from workbook.matching import id_of

_OLDER: Final = "a newer line of the file is of the same"


class HmisRow(NamedTuple):
    line: int
    cells: list[str]
    """Those that were asked for, without the two dates; the first is what the row is known by."""
    is_deleted: bool


def newest_rows(table: CsvTable, incoming: Incoming, kind: str) -> list[HmisRow]:
    """The rows of a table whose last two columns are DateUpdated and DateDeleted, in the order of the file. Of those
    that are known by one ID the last updated counts, and of those updated at the same time the last in the file."""
    newest: dict[str, tuple[str, HmisRow]] = {}
    for line, (number, *cells, updated, deleted) in table:
        row = HmisRow(line, [id_of(number), *cells], bool(deleted))
        known = newest.get(row.cells[0])
        if known is None:
            newest[row.cells[0]] = updated, row
            continue
        older = row if updated < known[0] else known[1]
        if known[1][1:] != row[1:]:
            incoming.skip(kind, older.line, _OLDER)
        newest[row.cells[0]] = (updated, row) if older is known[1] else known
    return sorted((row for _updated, row in newest.values()), key=lambda row: row.line)
