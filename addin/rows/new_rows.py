"""Add rows below the user's own, and in place of the template's sample rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from addin.book import Book
from addin.errors import BookError
from addin.rows.cells import add_own_columns, write_rows
from addin.rows.data_sheet import DataSheet, columns_of, read_data
from addin.sentences import counted
from workbook import layout
from workbook.columns import KINDS, ROW_ORIGIN, ROW_STATUS, canonical_header
from workbook.matching import text_of
from workbook.sheets.sample_row import what_is_left

Value = str | date | None
NewRow = Mapping[str, Value]
"""Canonical header → the cell; ROW_ORIGIN → where a downloaded row comes from; ROW_STATUS → that it is left out."""


def add_rows(book: Book, data: DataSheet, rows: Sequence[NewRow]) -> list[int]:
    """Adds rows and gives their sheet row numbers, ascending. Nothing of the user's is written over.

    Raises BookError when the sheet lacks a column that a row fills, or has no room left.
    """
    if not rows:
        return []
    own = layout.own_columns(data.headers)
    if any(not row.keys().isdisjoint((ROW_ORIGIN, ROW_STATUS)) for row in rows) and max(own) > len(data.headers):
        add_own_columns(data)
        data = read_data(book)
    needed = {header for row in rows for header, value in row.items() if value is not None}
    need_columns(data, needed - {ROW_ORIGIN, ROW_STATUS})
    beside = data.rows_of_others()
    free = [row for row in template_rows(data.headers, data.rows) if row not in beside]
    kept = data.rows.keys() - {*free} | data.untouched.keys() | data.written.keys() | beside
    last = max([data.header_row, *kept])
    replaced = [row for row in free if row < last]
    targets = [*replaced, *range(last + 1, last + 1 + len(rows))][: len(rows)]
    if targets[-1] > layout.LAST_ROW:
        raise BookError(
            f"The sheet has room for {counted(layout.LAST_ROW - last + len(replaced), 'more row')}, and these are "
            f"{len(rows)}. Generate a fresh template for them."
        )
    own = layout.own_columns(data.headers)
    columns = columns_of(data.headers) | {ROW_ORIGIN: own.origin, ROW_STATUS: own.status}
    empty: list[Value] = [None] * len(data.headers)
    blocks: dict[int, list[Value]] = {row: list(empty) for row in free}
    for target, row in zip(targets, rows, strict=True):
        cells = blocks[target] = list(empty)
        for header, value in row.items():
            if value is not None:
                cells[columns[header] - 1] = value
    write_rows(data, blocks)
    data.sheet.fit_rows(free)  # the instruction row was a tall one
    return targets


def need_columns(data: DataSheet, headers: Iterable[str]) -> None:
    """Raises BookError when the sheet lacks one of these columns."""
    columns = data.columns()
    missing = [header for header in KINDS if header in set(headers) and header not in columns]
    if missing:
        raise BookError(
            f"The sheet lacks the column{'s' if len(missing) > 1 else ''} {', '.join(missing)}. Add it to the header "
            "row, or generate a fresh template."
        )


def template_rows(headers: Sequence[str], rows: Mapping[int, Sequence[object]]) -> list[int]:
    """The template's instruction and sample rows among these, as long as nobody wrote anything of their own into
    them (SPEC 3). `rows`: sheet row number → its cells from A."""
    columns = [
        (place, header)
        for place, name in enumerate(headers)
        if (header := canonical_header(name)) and KINDS[header] in ("id", "text")
    ]
    found = []
    for row, cells in rows.items():
        texts = [(header, str(cells[place])) for place, header in columns if place < len(cells) and cells[place]]
        if texts and all(what_is_left(header, text_of(text)) for header, text in texts):
            found.append(row)
    return found
