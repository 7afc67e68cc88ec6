"""Give rows back their lists and formats, and update the workbook's lists (SPEC 9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

from addin.api.client import Client
from addin.book import Book, BookSheet, Value
from addin.rows.cells import write_cells
from addin.rows.data_sheet import DataSheet
from addin.rows.site_lists import site_lists
from workbook import layout
from workbook.columns import KINDS, canonical_header
from workbook.files.number_display import shown_text
from workbook.lists import TemplateLists, lists_block, lists_digest
from workbook.problems import PROBLEM_KINDS
from workbook.sheets.fix_sheet import LISTS_KNOWN
from workbook.sheets.sample_row import what_is_left

_INSTRUCTIONS_LEFT: Final = PROBLEM_KINDS["sample-left"].message.partition("{")[0]
"""What the message of a row says in which the last check found them."""
_LARGEST_SHOWN: Final = 1e11
"""Larger numbers are shown in scientific notation."""


def redress_rows(book: Book, data: DataSheet) -> None:
    """Gives rows that were pasted over their lists, formats and marks back. Only sheets of our template had them."""
    last = max([data.last_row, *data.untouched, *data.written])
    if book.sheet(layout.LISTS_SHEET) is None or last <= data.header_row:
        return
    own = layout.own_columns(data.headers)
    if max(own) > len(data.headers):
        return
    kept, shown = _kept_formats(data)
    odd = {column for _row, column in kept}
    texts = [place for place, name in enumerate(data.headers, start=1) if _is_text(name) and place not in odd]
    if not texts:
        return
    runs: list[tuple[int, int]] = []
    for place in texts:
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    rows = last - data.header_row
    data.sheet.redress(data.header_row + 1, rows, max(own), runs, kept)
    write_cells(data, shown)


def refresh_lists(book: Book, client: Client) -> TemplateLists | None:
    """Updates the workbook's lists from the site, where they differ, so that a new caseworker is in them without a new
    template. Gives the site's lists, where they were read."""
    sheet, fixes = book.claim(layout.LISTS_SHEET), book.claim(layout.FIX_SHEET)
    if sheet is None or fixes is None:
        return None
    lists = site_lists(client)
    block = lists_block(lists)
    digest = lists_digest(block)
    fixes.late(lambda now: _write_lists(now, block, digest))
    return lists


def _write_lists(fixes: BookSheet, block: Sequence[Sequence[Value]], digest: str) -> None:
    """Where `Fix Errors`, which is read anyhow, does not say that `_lists` holds them."""
    if fixes.cell(1, LISTS_KNOWN) != digest:
        fixes.beside(layout.LISTS_SHEET).replace(block)
        fixes.put(1, LISTS_KNOWN, [[digest]])


def fit_first_row(book: Book, data: DataSheet) -> None:
    """Where data stand for the first time in the place of the template's instructions, which took several lines, the
    row becomes as high as others."""
    row = layout.FIRST_DATA_ROW
    if book.sheet(layout.LISTS_SHEET) is None or row not in data.rows or data.header_row != layout.HEADER_ROW:
        return
    own = layout.own_columns(data.headers)
    checked = data.cell_text(row, own.status) and _INSTRUCTIONS_LEFT not in data.cell_text(row, own.message)
    if not checked and not any(what_is_left(header, text) for header, text in data.texts(row).items()):
        data.sheet.fit_rows([row])


def _shown(value: float, number_format: str) -> str | None:
    """What an identifier shows; None where the spreadsheet may show it differently."""
    if number_format == "General" and value == int(value) and 0 <= value < _LARGEST_SHOWN:
        return str(int(value))
    return shown_text(value, number_format)


def _is_text(name: str) -> bool:
    header = canonical_header(name)
    return header is not None and KINDS[header] != "date"


def _kept_formats(data: DataSheet) -> tuple[dict[tuple[int, int], str], dict[tuple[int, int], Value]]:
    """Number formats that cells must keep, and identifiers that become text. A number, or a date in a column of texts,
    would read differently under another format. An identifier is written as the text that it shows, so that no later
    change of format alters it."""
    kinds = [KINDS.get(canonical_header(name) or "") for name in data.headers]
    kept: dict[tuple[int, int], str] = {}
    shown: dict[tuple[int, int], Value] = {}
    for rows in (data.rows, data.untouched, data.written):
        for row, cells in rows.items():
            for place, cell in enumerate(cells):
                if cell is None or type(cell) is str or place >= len(kinds) or kinds[place] is None:
                    continue
                if isinstance(cell, date | datetime):
                    if kinds[place] != "date":
                        kept[row, place + 1] = layout.DATE_FORMAT
                elif isinstance(cell, int | float) and not isinstance(cell, bool):
                    number_format = data.sheet.formats.get((row, place + 1), "General")
                    text = _shown(cell, number_format) if kinds[place] == "id" and rows is data.rows else None
                    if text is None:
                        kept[row, place + 1] = number_format
                    else:
                        shown[row, place + 1] = text
    return kept, shown
