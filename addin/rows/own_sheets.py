"""What is written into the workbook, and our own sheets in it: whole blocks in, whole blocks out.

A workbook that our template began has sheets of ours and paints itself. Any other one is read just as well; the
sheets and columns that Validate needs are added to it, and the row's own words take the place of the paint. Nothing
but this module and `data_sheet`, which reads the rows, touches cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final

import xlwings as xw

from addin.rows.data_sheet import WIDEST, cell_text, read_block, sheets_of
from addin.rows.data_sheet import DataSheet as DataSheet
from addin.rows.data_sheet import Wire as Wire
from addin.rows.data_sheet import read_data as read_data
from workbook import fix_sheet, layout, log_chart, log_sheet, remembered_sheet
from workbook.columns import OWN_HEADERS, ROW_POINTER
from workbook.marks import Flag, Marks
from workbook.report import LogRow, RememberedFix, Upload

FIXES_SHEET: Final = "Fixes Made"
FIXES_HEADERS: Final = ("When", "Row", "Column", "Before", "After")
"""What Apply Fixes changed, newest last; row numbers are those of that moment."""


@contextmanager
def still(book: xw.Book) -> Iterator[None]:
    """Holds the screen until all is written; it shows the data sheet's new look then, and no row is measured."""
    book.app.screen_updating = False
    try:
        yield
    finally:
        book.app.screen_updating = True


def write_cells(data: DataSheet, changes: Mapping[tuple[int, int], Wire | date]) -> None:
    """Writes cells of the data sheet, (row, column) → value: one write per run of rows in a column.

    Each gets its column's format first, or Excel would turn `007` into 7.
    """
    with still(data.sheet.book):
        for (row, column), values in _runs(changes):
            target = data.sheet.range((row, column)).resize(len(values), 1)
            if any(isinstance(value, str) for value in values):
                target.number_format = layout.TEXT_FORMAT
            target.value = [[value] for value in values]


def write_rows(data: DataSheet, rows: Mapping[int, Sequence[str | date | None]]) -> None:
    """Writes whole rows, sheet row number → its cells from A: one write per run of rows that follow each other.

    A text gets a text's format first, a date a date's, or Excel would turn `007` into 7 and `3/4/2026` round.
    """
    pointer = layout.own_columns(data.headers).pointer
    with still(data.sheet.book):
        for first, block in _blocks(rows):
            for column, cells in enumerate(zip(*block, strict=True), start=1):
                for (start, _), run in _runs({(first + n, column): cell for n, cell in enumerate(cells) if cell}):
                    number_format = layout.DATE_FORMAT if isinstance(run[0], date) else layout.TEXT_FORMAT
                    target = data.sheet.range((start, column)).resize(len(run), 1)
                    if column != pointer and target.number_format != number_format:
                        target.number_format = number_format
            data.sheet.range((first, 1)).resize(len(block), len(block[0])).value = block


def fit_heights(data: DataSheet, rows: Sequence[int]) -> None:
    """Gives rows the height that their cells need."""
    for row in rows:
        data.sheet.range((row, 1)).rows.autofit()


def write_marks(book: xw.Book, data: DataSheet, marks: Marks) -> None:
    """Writes marks and takes earlier ones away. The pointers come last: they must not meet an old line."""
    _write_whole(_own_sheet(book, layout.SUGGESTIONS_SHEET, data.sheets), marks.suggestions)
    _write_whole(_own_sheet(book, layout.ISSUES_SHEET, data.sheets), marks.issues)
    add_own_columns(data)
    for column, block in _marked_columns(data, marks):
        data.sheet.range((marks.first_row, column)).value = block


def _marked_columns(data: DataSheet, marks: Marks) -> list[tuple[int, list[list[Any]]]]:
    """The marks as blocks of columns that stand side by side, the pointers' last: the first column, and the cells.
    Another column of ours that stands between them goes along as it is."""
    columns = marks.columns
    marked = {columns.status: marks.statuses, columns.message: marks.messages, columns.pointer: marks.pointers}
    every = data.rows | data.untouched | data.written | data.bare
    rows = [every.get(row, []) for row in range(marks.first_row, marks.first_row + len(marks.statuses))]
    groups: list[list[int]] = []
    for column in sorted(columns):
        if groups and groups[-1][-1] == column - 1:
            groups[-1].append(column)
        else:
            groups.append([column])
    blocks = []
    for group in groups:
        while group and group[0] not in marked:
            group.pop(0)
        while group and group[-1] not in marked:
            group.pop()
        if group and rows:
            cells = [marked.get(one) or [row[one - 1 : one] or [None] for row in rows] for one in group]
            blocks.append((group[0], [[cell for part in line for cell in part] for line in zip(*cells, strict=True)]))
    return sorted(blocks, key=lambda block: block[0] <= columns.pointer < block[0] + len(block[1][0]))


def read_flags(book: xw.Book, data: DataSheet) -> list[Flag]:
    """Every marked cell in reading order, wherever sorting has taken its row."""
    if layout.ISSUES_SHEET not in data.sheets or layout.SUGGESTIONS_SHEET not in data.sheets:
        return []
    issues = _grid(data.sheets[layout.ISSUES_SHEET])
    suggestions = _grid(data.sheets[layout.SUGGESTIONS_SHEET])
    places = {cell_text(header): column for column, header in enumerate(data.headers, start=1)}
    headers = [cell_text(cell) for cell in issues[0]] if issues else []
    pointer = layout.own_columns(data.headers).pointer - 1
    flags: list[Flag] = []
    for row, cells in data.rows.items():
        line = _line(cells[pointer] if pointer < len(cells) else None, issues)
        found = []
        for header, cell in zip(headers, line, strict=False):
            told = _line(cell, suggestions)
            if told and header in places:
                severity = "error" if told[0] == layout.SEVERITIES["error"] else "warning"
                found.append(Flag(row, places[header], severity, cell_text(told[1])))  # type: ignore[arg-type]
        flags += sorted(found)
    return flags


def read_fix_grid(book: xw.Book, sheets: Mapping[str, xw.Sheet] | None = None) -> list[list[Any]]:
    """The `Fix Errors` sheet from A1; [] in a workbook that has none. `sheets`: the workbook's, where known."""
    sheet = (sheets_of(book) if sheets is None else sheets).get(layout.FIX_SHEET)
    return [] if sheet is None else _grid(sheet)


def read_suggestions(book: xw.Book, sheets: Mapping[str, xw.Sheet] | None = None) -> list[list[Any]]:
    """The hidden sheet `_suggestions`, likewise."""
    sheet = (sheets_of(book) if sheets is None else sheets).get(layout.SUGGESTIONS_SHEET)
    return [] if sheet is None else _grid(sheet)


def write_fix_sheet(
    book: xw.Book, fixes: fix_sheet.FixSheet, before: Sequence[Sequence[Any]], sheets: Mapping[str, xw.Sheet]
) -> None:
    """`before`: what `read_fix_grid` found. From the summary down it is written anew, in one block."""
    width = len(fix_sheet.HEADERS)
    block: list[list[Any]] = [[fixes.summary], *[[] for _ in range(fix_sheet.SUMMARY_ROW + 1, fix_sheet.HEADER_ROW)]]
    block += [list(fix_sheet.HEADERS), *fixes.lines]
    block += [[] for _ in range(fix_sheet.SUMMARY_ROW + len(block), len(before) + 1)]
    cells = [[*line, *[None] * (width - len(line))] for line in block]
    _own_sheet(book, layout.FIX_SHEET, sheets).range((fix_sheet.SUMMARY_ROW, 1)).value = cells


def write_log(book: xw.Book, upload: Upload, rows: Sequence[LogRow], recent: Sequence[Upload]) -> None:
    """The `Log` sheet shows this upload, and its chart, where it has one, the `recent` ones."""
    sheet = _own_sheet(book, layout.LOG_SHEET)
    history = sheet.range((log_chart.HISTORY_ROW, log_chart.HISTORY_COLUMN))
    has_chart = history.value == log_chart.HISTORY_HEADERS[0]
    _write_whole(sheet, log_sheet.log_block(upload, rows))
    if has_chart:
        history.value = log_chart.history_block(recent)


def add_fixes_made(book: xw.Book, made: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Adds lines of FIXES_HEADERS to the sheet that tells what Apply Fixes changed."""
    if not made:
        return
    sheet = _own_sheet(book, FIXES_SHEET)
    used = sheet.used_range
    sheet.range((used.row + used.shape[0], 1)).value = [list(line) for line in made]


def read_to_forget(book: xw.Book) -> list[str]:
    """The remembered fixes that the user marked to be forgotten."""
    sheet = sheets_of(book).get(remembered_sheet.REMEMBERED_SHEET)
    return [] if sheet is None else remembered_sheet.read_to_forget(_grid(sheet))


def write_remembered(book: xw.Book, fixes: Sequence[RememberedFix]) -> None:
    """Shows remembered fixes in their sheet."""
    sheet = _own_sheet(book, remembered_sheet.REMEMBERED_SHEET)
    _write_whole(sheet, remembered_sheet.lay_out_remembered(fixes))
    sheet.activate()


def read_meta(book: xw.Book) -> dict[str, str]:
    """What the workbook knows of itself, such as its last upload."""
    sheet = sheets_of(book).get(layout.META_SHEET)
    if sheet is None:
        return {}
    return {cell_text(row[0]): cell_text(row[1]) for row in _grid(sheet, 2) if cell_text(row[0])}


def write_meta(book: xw.Book, **facts: str) -> None:
    known = read_meta(book) | facts
    sheet = _own_sheet(book, layout.META_SHEET)
    sheet.range((1, 1), (len(known), 2)).number_format = layout.TEXT_FORMAT
    _write_whole(sheet, [[key, value or None] for key, value in known.items()])


def _grid(sheet: xw.Sheet, least: int = 1) -> list[list[Any]]:
    """Everything on a sheet from A1, in one read; `least`: columns at least."""
    used = sheet.used_range
    rows, columns = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    return read_block(sheet, 1, rows, min(max(columns, least), WIDEST))


def _write_whole(sheet: xw.Sheet, block: Sequence[Sequence[Any]]) -> None:
    sheet.clear_contents()
    if block:
        sheet.range((1, 1)).value = [list(line) for line in block]


def _own_sheet(book: xw.Book, name: str, sheets: Mapping[str, xw.Sheet] | None = None) -> xw.Sheet:
    """A sheet of ours; a workbook that lacks it gets it, at the far right, with its columns formatted as text."""
    known = (sheets_of(book) if sheets is None else sheets).get(name)
    if known is not None:
        return known
    before = book.sheets.active
    sheet = book.sheets.add(name, after=book.sheets[-1])
    headers: Sequence[str] = ()
    if name == layout.FIX_SHEET:
        sheet.range((1, 1)).value = layout.FIX_SHEET
        headers = fix_sheet.HEADERS
        sheet.range((1, 1), (layout.LAST_ROW, len(headers))).number_format = layout.TEXT_FORMAT
        first, last = (headers.index(fix_sheet.LINKS[place]) + 1 for place in (0, -1))
        sheet.range((1, first), (layout.LAST_ROW, last)).number_format = "General"
        sheet.range((fix_sheet.HEADER_ROW, 1)).value = list(headers)
        visible = sum(not header.startswith("_") for header in headers)
        sheet.range((1, visible + 1), (1, len(headers))).columns.hidden = True
    elif name == layout.SUGGESTIONS_SHEET:
        last = layout.SUGGESTION_COLUMN + layout.MOST_SUGGESTIONS - 1
        sheet.range((1, 2), (layout.LAST_ROW, last)).number_format = layout.TEXT_FORMAT
    elif name == layout.LOG_SHEET:
        sheet.range((1, 1), (layout.LAST_ROW, len(log_sheet.HEADERS))).number_format = layout.TEXT_FORMAT
    elif name == remembered_sheet.REMEMBERED_SHEET:
        width = len(remembered_sheet.HEADERS)
        sheet.range((1, 1), (layout.LAST_ROW, width)).number_format = layout.TEXT_FORMAT
        sheet.range((1, width)).columns.hidden = True
    elif name == FIXES_SHEET:
        sheet.range((1, 1), (layout.LAST_ROW, len(FIXES_HEADERS))).number_format = layout.TEXT_FORMAT
        sheet.range((1, 1)).value = list(FIXES_HEADERS)
    if name in layout.HIDDEN_SHEETS:
        sheet.visible = False
    before.activate()
    return sheet


def add_own_columns(data: DataSheet) -> None:
    """Puts the headers of our own columns that the sheet lacks to the right of everything. Read it anew after that."""
    columns = layout.own_columns(data.headers)
    for header, column in zip(OWN_HEADERS, columns, strict=True):
        if column > len(data.headers):
            number_format = "General" if header == ROW_POINTER else layout.TEXT_FORMAT
            data.sheet.range((1, column), (layout.LAST_ROW, column)).number_format = number_format
            data.sheet.range((data.header_row, column)).value = header
            if header in layout.HIDDEN_OWN_HEADERS:
                data.sheet.range((data.header_row, column)).columns.hidden = True


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


def _line(pointer: Any, grid: list[list[Any]]) -> list[Any]:
    """The line that a cell points to, counted from 1; [] where it points nowhere."""
    if isinstance(pointer, bool) or not isinstance(pointer, int | float) or not 1 < pointer <= len(grid):
        return []
    return grid[int(pointer) - 1]
