"""Carry out what the user picked from a cell's list in the data sheet (SPEC 5).

In a row that names its person, a picked Participant ID replaces the cells with the name and other details, as in Fix
Errors. Their old values are kept, and the user gets a sentence on it that names who was picked. The pick “(empty the
cell)” empties the cell.

What was offered in a cell stands in a hidden sheet, and the workbook may be a stranger's. So the server is asked: an ID
counts as picked only where it offers that ID for these details now. Otherwise the details stay, and are compared with
those of the ID's owner, as in any row.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from addin.api.client import Client
from addin.book import Book, Value
from addin.rows import own_sheets
from addin.rows.answers import Corrections, empty_details
from addin.rows.cells import add_own_columns, write_cells, write_own_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.last_check import last_report
from addin.rows.offered import offered_for
from addin.sentences import counted
from workbook.columns import PARTICIPANT_ID
from workbook.identity import said_value, who_of
from workbook.layout import EMPTY_THE_CELL, own_columns
from workbook.local_time import ORDERS, Order
from workbook.matching import exact_key
from workbook.report import FixGroup, Suggestion
from workbook.sheets.pointers import read_pointer

_CODES: Final = frozenset({"unknown-participant", "ambiguous-participant"})
_MOST_NAMED: Final = 5
"""Rows of which the sentence says who was picked."""
_SAYS: Final = exact_key(EMPTY_THE_CELL)


def read_rows(book: Book, client: Client) -> tuple[DataSheet, str]:
    """The data sheet after all picks are carried out: cells are emptied, and picked Participant IDs have replaced the
    details of their people. And a sentence on the picked IDs, "" where there was none. The server is asked only where
    the workbook says that an ID was picked."""
    data = read_data(book)
    emptied = _to_be_emptied(data)
    if emptied:
        write_cells(data, dict.fromkeys(emptied))
        data = read_data(book)
    marked = _marked(data)
    kept = last_report(own_sheets.read_suggestions(book)) if marked else None
    said = {} if kept is None else _offers(data, marked, kept.fixes)
    if kept is None or not said:
        return data, ""
    fixes = offered_for(client, data, _alike(data, said), without_id=True)
    offers = _offers(data, {row: row for row in said}, fixes)
    if not offers:
        return data, ""
    work = Corrections(kept.date_order)
    for row in offers:
        empty_details(work, data, row)
    note = _in_words(data, offers, kept.date_order)
    write_corrections(book, data, work)
    return read_data(book), note


def _in_words(data: DataSheet, offers: Mapping[int, Suggestion], order: Order) -> str:
    """Says of which rows the details are emptied, and who was picked there."""
    who = {row: said_value(PARTICIPANT_ID, who_of(data.texts(row)), order) for row in offers}
    named = [f"row {row}: {who[row]} → {offers[row].value}, {offers[row].label}" for row in sorted(offers)]
    more = f"; and {len(named) - _MOST_NAMED} more" if len(named) > _MOST_NAMED else ""
    which = "; ".join(named[:_MOST_NAMED]) + more
    rows = counted(len(offers), "row")
    return f" The picked Participant ID replaces what else told the person in {rows} ({which}); see Fixes Made."


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


def _offers(data: DataSheet, then: Mapping[int, int], fixes: Collection[FixGroup]) -> dict[int, Suggestion]:
    """The rows whose ID is offered for just the details that they have, each with that suggestion. `then`: row → the
    number by which `fixes` know it."""
    groups = {
        row: group for group in fixes if group.column == PARTICIPANT_ID and group.code in _CODES for row in group.rows
    }
    found: dict[int, Suggestion] = {}
    for row, number in then.items():
        group, texts = groups.get(number), data.texts(row)
        for one in group.suggestions if group is not None and who_of(texts) == group.value else ():
            if one.value == texts[PARTICIPANT_ID]:
                found[row] = one
    return found


def _alike(data: DataSheet, picked: Collection[int]) -> set[int]:
    """These rows, and every other that has the same details and no ID: what is offered comes from all of them."""
    place = data.column(PARTICIPANT_ID)
    whose = {who_of(data.texts(row)) for row in picked}
    nameless = (row for row in data.rows if place is not None and not data.cell_text(row, place))
    return {*picked, *(row for row in nameless if who_of(data.texts(row)) in whose)}
