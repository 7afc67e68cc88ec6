"""Write cells and rows of the data sheet in blocks, each with the right format."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from addin.book import Block, Value
from addin.rows.data_sheet import DataSheet
from workbook import layout
from workbook.columns import OWN_HEADERS, canonical_header, is_own_header


def write_cells(data: DataSheet, changes: Mapping[tuple[int, int], Value]) -> None:
    """Writes cells, (row, column) → value, the formats first. In each column a block per run of rows, or what is
    written into several rows at once for all of them, whichever is less: one answer is most often for many rows."""
    runs: dict[int, list[tuple[int, list[Any]]]] = {}
    formats: dict[str, list[Block]] = {}
    for (row, column), values in _runs(changes):
        runs.setdefault(column, []).append((row, values))
        if number_format := _format_for(values):
            formats.setdefault(number_format, []).append(Block(row, column, len(values), 1))
    for number_format, blocks in formats.items():
        data.sheet.format(blocks, number_format)
    for column, parts in runs.items():
        rows: dict[Value, list[int]] = {}
        for first, values in parts:
            for row, value in enumerate(values, start=first):
                rows.setdefault(value, []).append(row)
        if len(rows) < len(parts):
            for value, those in rows.items():
                data.sheet.fill([(row, column) for row in those], value)
        else:
            for row, values in parts:
                data.sheet.put(row, column, [[value] for value in values])


def write_own_cells(data: DataSheet, changes: Mapping[tuple[int, int], Value]) -> None:
    """Writes cells of our own columns, (row, column) → value: what stands between them goes along as it is, so that it
    is one block where the columns stand side by side. They have their formats since they were added."""
    if not changes:
        return
    rows = range(min(row for row, _ in changes), max(row for row, _ in changes) + 1)
    every = data.rows | data.untouched | data.written | data.bare
    changed = {column for _, column in changes}
    for columns in side_by_side(layout.own_columns(data.headers)):
        places = [column for column in columns if column in changed]
        if not places:
            continue
        block = [
            [
                changes[row, column] if (row, column) in changes else _cell(every.get(row, []), column)
                for column in range(places[0], places[-1] + 1)
            ]
            for row in rows
        ]
        data.sheet.put(rows[0], places[0], block)


def write_rows(data: DataSheet, rows: Mapping[int, Sequence[str | date | None]]) -> None:
    """Writes whole rows, sheet row number → its cells from A: the formats first, then each run of rows in one block.
    Into a column of the user's own nothing is written: a formula may stand there that shows nothing yet.

    A column that the rows leave empty keeps its format: a date that somebody types there later shall be one. Any other
    gets one format from the first row to the last, so that a cell left empty here and there costs no call.
    """
    pointer = layout.own_columns(data.headers).pointer
    names = enumerate(data.headers, start=1)
    groups = side_by_side(column for column, name in names if canonical_header(name) or is_own_header(name))
    for first, block in _blocks(rows):
        filled = {
            (first + number, column): cell
            for number, line in enumerate(block)
            for column, cell in enumerate(line, start=1)
            if cell is not None and column != pointer
        }
        for place, number_format in _rectangles(_spans(first, len(block), filled)):
            data.sheet.format([place], number_format)
        for columns in groups:
            data.sheet.put(first, columns[0], [[_cell(line, column) for column in columns] for line in block])


def add_own_columns(data: DataSheet) -> None:
    """Puts the headers of our own columns that the sheet lacks to the right of everything. Read it anew after that."""
    columns = sorted(zip(layout.own_columns(data.headers), OWN_HEADERS, strict=True))
    lacking = [(column, header) for column, header in columns if column > len(data.headers)]
    # One kind of change after the other: so those that stand side by side are one call.
    for column, _header in lacking:
        data.sheet.format([Block(1, column, layout.LAST_ROW, 1)], layout.TEXT_FORMAT)
    for column, header in lacking:
        if header in layout.HIDDEN_OWN_HEADERS:
            data.sheet.hide_columns(column)
    for column, header in lacking:
        data.sheet.put(data.header_row, column, [[header]])


def side_by_side(columns: Iterable[int]) -> list[list[int]]:
    """The columns in groups of those that stand beside each other, from left to right."""
    groups: list[list[int]] = []
    for column in sorted(columns):
        if groups and groups[-1][-1] == column - 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    return groups


def _cell(line: Sequence[Any], column: int) -> Any:
    return line[column - 1] if column <= len(line) else None


def _format_for(values: Sequence[Value]) -> str | None:
    """A date's format where there is a date, a text's where there is a text, none for cells that are emptied."""
    if any(isinstance(value, date) for value in values):
        return layout.DATE_FORMAT
    return layout.TEXT_FORMAT if any(isinstance(value, str) for value in values) else None


def _rectangles(runs: Sequence[tuple[tuple[int, int], list[Any]]]) -> list[tuple[Block, str]]:
    """Runs as blocks with their number formats, equal ones that stand side by side as one."""
    found: list[tuple[Block, str]] = []
    for row, column, height, number_format in sorted(
        ((row, column, len(values), _format_for(values) or "General") for (row, column), values in runs),
        key=lambda one: (one[0], one[2], one[3], one[1]),
    ):
        if found:
            before, known = found[-1]
            if (before.row, before.column + before.columns, before.rows, known) == (row, column, height, number_format):
                found[-1] = before._replace(columns=before.columns + 1), known
                continue
        found.append((Block(row, column, height, 1), number_format))
    return found


def _spans(first: int, rows: int, filled: Mapping[tuple[int, int], Any]) -> list[tuple[tuple[int, int], list[Any]]]:
    """As `_runs`, a column that holds only dates, or none, as one from the first row to the last."""
    columns: dict[int, dict[tuple[int, int], Any]] = {}
    for (row, column), value in filled.items():
        columns.setdefault(column, {})[row, column] = value
    spans: list[tuple[tuple[int, int], list[Any]]] = []
    for column, cells in columns.items():
        kinds = {_format_for([value]) for value in cells.values()}
        if len(kinds) == 1:
            spans.append(((first, column), [next(iter(cells.values()))] * rows))
        else:
            spans += _runs(cells)
    return spans


def _blocks(rows: Mapping[int, Sequence[Any]]) -> list[tuple[int, list[list[Any]]]]:
    """Rows as blocks of rows that follow each other: the first row's number, and the cells."""
    blocks: list[tuple[int, list[list[Any]]]] = []
    for row in sorted(rows):
        if blocks and blocks[-1][0] + len(blocks[-1][1]) == row:
            blocks[-1][1].append(list(rows[row]))
        else:
            blocks.append((row, [list(rows[row])]))
    return blocks


def _runs(changes: Mapping[tuple[int, int], Any]) -> list[tuple[tuple[int, int], list[Any]]]:
    """Changes as runs down a column, dates and other values apart: (first row, column) and the values."""
    runs: list[tuple[tuple[int, int], list[Any]]] = []
    for row, column in sorted(changes, key=lambda place: (place[1], place[0])):
        value = changes[row, column]
        if runs:
            (first, last_column), values = runs[-1]
            alike = isinstance(value, date) == isinstance(values[-1], date)
            if last_column == column and first + len(values) == row and alike:
                values.append(value)
                continue
        runs.append(((row, column), [value]))
    return runs
