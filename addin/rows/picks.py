"""Carry out what the user picked from a cell's list in the data sheet (SPEC 5).

In a row that names its person, a picked Participant ID replaces the cells with the name and other details, as in Fix
Errors. Their old values are kept, and the user gets a sentence on it. The pick “(empty the cell)” empties the cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from addin.api.client import Client
from addin.book import Book, Value
from addin.rows import own_sheets
from addin.rows.answers import Corrections, empty_details
from addin.rows.cells import add_own_columns, write_cells, write_own_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.last_check import last_report
from addin.rows.offered import is_offered, offered_for
from addin.sentences import counted
from workbook.columns import PARTICIPANT_ID
from workbook.identity import said_value, who_of
from workbook.layout import EMPTY_THE_CELL, own_columns
from workbook.local_time import ORDERS
from workbook.matching import exact_key
from workbook.report import FixGroup, Report
from workbook.sheets.pointers import read_pointer

_CODES: Final = frozenset({"unknown-participant", "ambiguous-participant"})
_SAYS: Final = exact_key(EMPTY_THE_CELL)


def read_rows(book: Book, client: Client) -> tuple[DataSheet, str]:
    """The data sheet after all picks are carried out: cells are emptied, and picked Participant IDs have replaced the
    details of their people, where the server offers them for these. And a sentence on the picked IDs, "" where there
    was none."""
    data = read_data(book)
    emptied = _to_be_emptied(data)
    if emptied:
        write_cells(data, dict.fromkeys(emptied))
        data = read_data(book)
    marked = _marked(data)
    report = last_report(own_sheets.read_suggestions(book)) if marked else None
    picked = [] if report is None else _picked(data, marked, report)
    fixes = offered_for(client, data, picked, without_id=True) if picked else []
    work = Corrections() if report is None else Corrections(report.date_order)
    for row in picked:
        if is_offered(fixes, row, PARTICIPANT_ID, data.texts(row)[PARTICIPANT_ID]):
            empty_details(work, data, row)
    if not work.made:
        return data, ""
    write_corrections(book, data, work)
    rows = len({change.row for change in work.made})
    note = f" The picked Participant ID replaces what else told the person in {counted(rows, 'row')}; see Fixes Made."
    return read_data(book), note


def _to_be_emptied(data: DataSheet) -> list[tuple[int, int]]:
    """The cells, (row, column), under a header of the template that say “(empty the cell)”."""
    columns = data.columns().values()
    # Each different cell is looked at once: most columns have few.
    every = {column: {cells[column - 1] for cells in data.rows.values()} for column in columns}
    says = {column: {cell for cell in cells if _says_empty(cell)} for column, cells in every.items()}
    asked = {column: cells for column, cells in says.items() if cells}
    return [(row, column) for row, cells in data.rows.items() for column in asked if cells[column - 1] in asked[column]]


def _says_empty(cell: Value) -> bool:
    return isinstance(cell, str) and cell[:1] == _SAYS[0] and exact_key(cell) == _SAYS


def write_corrections(book: Book, data: DataSheet, work: Corrections) -> None:
    """Writes changed cells, and keeps their old values."""
    add_own_columns(data)
    ours = own_columns(data.headers)
    noted = work.noted(data)
    write_cells(data, {place: value for place, value in noted.items() if place[1] not in ours})
    write_own_cells(data, {place: value for place, value in noted.items() if place[1] in ours})
    own_sheets.add_fixes_made(book, [change.line(work.order) for change in work.made])


def _marked(data: DataSheet) -> dict[int, int]:
    """The rows with an ID whose message still names the person by other details. Each with its number when it was
    checked."""
    own, place = own_columns(data.headers), data.column(PARTICIPANT_ID)
    found: dict[int, int] = {}
    for row, cells in data.rows.items():
        pointer = read_pointer(cells[own.pointer - 1] if own.pointer <= len(cells) else None)
        if place is None or pointer is None:
            continue
        if data.cell_text(row, place):
            who, told = who_of(data.texts(row)), data.cell_text(row, own.message)
            if who and any(said_value(PARTICIPANT_ID, who, order) in told for order in ORDERS):
                found[row] = pointer.row
    return found


def _picked(data: DataSheet, marked: Mapping[int, int], report: Report) -> list[int]:
    """The rows whose ID was picked. `report`: of the last check, which knew the rows by the numbers that they had
    then. It stands in the workbook, which may be a stranger's."""
    groups = {
        row: group
        for group in report.fixes
        if group.column == PARTICIPANT_ID and group.code in _CODES
        for row in group.rows
    }
    return [row for row, then in marked.items() if then in groups and _is_offered(data, row, groups[then])]


def _is_offered(data: DataSheet, row: int, group: FixGroup) -> bool:
    """Whether the row has the same details as when it had no ID, and its ID now is one that was offered for it."""
    texts = data.texts(row)
    offered = [suggestion.value for suggestion in group.suggestions]
    return texts[PARTICIPANT_ID] in offered and who_of(texts) == group.value
