"""Read and write our own sheets of a workbook: marks, Fix Errors, Preview, Log.

A workbook from our template has them, and its formats paint the wrong cells. Any other workbook gets only the sheets
that a button needs, at the far right; there the texts beside each row stand in for the paint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Final

from addin.book import Block, Book, BookSheet, Cells, Show
from addin.rows.cells import add_own_columns, side_by_side
from addin.rows.data_sheet import DataSheet, cell_text
from workbook import layout
from workbook.local_time import Order
from workbook.report import Preview, RememberedFix
from workbook.sheets import (
    fix_sheet,
    fixes_made_sheet,
    log_chart,
    log_sheet,
    preview_sheet,
    remembered_sheet,
    uploads_sheet,
)
from workbook.sheets.acceptance import Acceptance
from workbook.sheets.marks import Flag, Marks
from workbook.sheets.pointers import read_pointer
from workbook.upload import LogRow, Upload

_MOST_FITTED: Final = 500
"""Rows that are made as high as their text: each takes a moment in Calc, and nobody reads so many."""
_FORMER_SHEET: Final = "_issues"
"""What the formats of earlier templates look into, and nobody fills any more."""
EARLIER_VERSION: Final = (
    "This workbook is from an earlier version, so its wrong cells are not coloured and offer no answers: what is wrong "
    "stands beside each row and in Fix Errors. Press Generate Template, and Paste Data in the new one."
)
FIXES_SHEET: Final = layout.FIXES_MADE_SHEET
FIXES_HEADERS: Final = fixes_made_sheet.HEADERS


def is_of_an_earlier_version(book: Book) -> bool:
    """Whether the template was made before each row knew its own mistakes."""
    return book.sheet(_FORMER_SHEET) is not None


def write_marks(book: Book, data: DataSheet, marks: Marks) -> None:
    """Writes marks and takes earlier ones away. The pointers come last: they must not meet an old line."""
    _own_sheet(book, layout.SUGGESTIONS_SHEET).replace(marks.suggestions)
    add_own_columns(data)
    for column, block in _marked_columns(data, marks):
        data.sheet.put(marks.first_row, column, block)


def _marked_columns(data: DataSheet, marks: Marks) -> list[tuple[int, list[list[Any]]]]:
    """The marks as blocks of columns that stand side by side, the pointers' last: the first column, and the cells.
    Another column of ours that stands between them goes along as it is. None where all stand there already."""
    columns = marks.columns
    marked = {columns.status: marks.statuses, columns.message: marks.messages, columns.pointer: marks.pointers}
    every = data.rows | data.untouched | data.written | data.bare
    rows = [every.get(row, []) for row in range(marks.first_row, marks.first_row + len(marks.statuses))]
    blocks = []
    for group in side_by_side(columns):
        while group and group[0] not in marked:
            group.pop(0)
        while group and group[-1] not in marked:
            group.pop()
        if group and rows:
            known = [[row[one - 1 : one] or [None] for row in rows] for one in group]
            cells = [marked.get(one) or cells for one, cells in zip(group, known, strict=True)]
            if cells != known:
                block = [[cell for part in line for cell in part] for line in zip(*cells, strict=True)]
                blocks.append((group[0], block))
    return sorted(blocks, key=lambda block: block[0] <= columns.pointer < block[0] + len(block[1][0]))


def read_flags(book: Book, data: DataSheet) -> list[Flag]:
    """Every marked cell in reading order, wherever sorting has taken its row."""
    suggestions = _cells(book, layout.SUGGESTIONS_SHEET)
    places = {cell_text(header): column for column, header in reversed([*enumerate(data.headers, start=1)])}
    place = layout.own_columns(data.headers).pointer - 1
    flags: list[Flag] = []
    for row, cells in data.rows.items():
        pointer = read_pointer(cells[place] if place < len(cells) else None)
        found = []
        for header, line in () if pointer is None else pointer.lines.items():
            offer = suggestions[line - 1] if 1 < line <= len(suggestions) else []
            if offer and header in places:
                severity = "error" if offer[0] == layout.SEVERITIES["error"] else "warning"
                found.append(Flag(row, places[header], severity, cell_text(offer[1])))  # type: ignore[arg-type]
        flags += sorted(found)
    return flags


def read_fix_grid(book: Book) -> Cells:
    """The `Fix Errors` sheet from A1, each row as wide as its headers; [] in a workbook that has none."""
    return _cells(book, layout.FIX_SHEET, len(fix_sheet.HEADERS))


def read_suggestions(book: Book) -> Cells:
    """The hidden sheet `_suggestions`, likewise."""
    return _cells(book, layout.SUGGESTIONS_SHEET)


def write_fix_sheet(book: Book, fixes: fix_sheet.FixSheet) -> None:
    """From the summary down `Fix Errors` is written anew, in one block, where it says something else. What the user
    chose there until then is kept for the lines that are still there.

    A sheet whose columns stand otherwise, as in a workbook that was made before there were so many, keeps its order,
    because its lists and formats do, and gets what it lacks at the far right.
    """
    sheet = book.claim(layout.FIX_SHEET)
    if sheet is not None:
        sheet.late(lambda now: _rewrite_fixes(now, fixes))
    elif fixes.lines:  # it comes with the first mistake
        _rewrite_fixes(_own_sheet(book, layout.FIX_SHEET), fixes)


def _rewrite_fixes(sheet: BookSheet, fixes: fix_sheet.FixSheet) -> None:
    before = _even(sheet.cells, len(fix_sheet.HEADERS))
    fixes = fix_sheet.with_choices(fixes, fix_sheet.read_choices(before))
    headers = _fix_headers(before)
    width = len(headers)
    block: list[list[Any]] = [[fixes.summary], *[[] for _ in range(fix_sheet.SUMMARY_ROW + 1, fix_sheet.HEADER_ROW)]]
    block += [list(headers), *(_in_order(line, headers) for line in fixes.lines)]
    block += [[] for _ in range(fix_sheet.SUMMARY_ROW + len(block), len(before) + 1)]
    cells = [[*line, *[None] * (width - len(line))] for line in block]
    cells[0][headers.index(fix_sheet.CODE)] = _links_known(fixes)
    if headers != fix_sheet.HEADERS:
        _add_fix_columns(sheet, headers, before[fix_sheet.HEADER_ROW - 1])
    if not _says_the_same(cells, [line[:width] for line in before[fix_sheet.SUMMARY_ROW - 1 :]]):
        sheet.put(fix_sheet.SUMMARY_ROW, 1, cells)
        _fit(sheet, fix_sheet.FIRST_ROW, before[fix_sheet.FIRST_ROW - 1 :], fixes.lines, fix_sheet.is_high)


def _links_known(fixes: fix_sheet.FixSheet) -> str | None:
    """What tells where the links lead, of which a spreadsheet reads no more than what they show. It stands hidden
    beside the summary."""
    links = [cell for line in fixes.lines for cell in line if fix_sheet.shown_by_link(cell) is not cell]
    return hashlib.sha256("\n".join(map(str, links)).encode()).hexdigest()[:16] if links else None


def _says_the_same(cells: Sequence[Sequence[Any]], before: Sequence[Sequence[Any]]) -> bool:
    return list(map(len, cells)) == list(map(len, before)) and all(
        one == other or fix_sheet.shown_by_link(one) == other
        for line, known in zip(cells, before, strict=True)
        for one, other in zip(line, known, strict=True)
    )


def fill_in_answers(book: Book, found: Acceptance) -> None:
    """Writes the answers that Accept Suggestions found, and shows the first line that is left to the user."""
    sheet = _own_sheet(book, layout.FIX_SHEET)
    if found.taken:
        sheet.put(fix_sheet.FIRST_ROW, found.column, [[answer] for answer in found.answers])
    sheet.show(found.first_left or fix_sheet.FIRST_ROW, found.column)


def first_line(book: Book) -> Show:
    """What brings the answer of the first line of `Fix Errors` to the front."""
    headers = _fix_headers(read_fix_grid(book))
    return Show(layout.FIX_SHEET, fix_sheet.FIRST_ROW, headers.index(fix_sheet.CHOICE) + 1)


def _in_order(line: list[Any], headers: Sequence[str]) -> list[Any]:
    """A line of HEADERS in the order of these."""
    if headers == fix_sheet.HEADERS:
        return line
    cells = dict(zip(fix_sheet.HEADERS, line, strict=True))
    return [cells.get(header) for header in headers]


def _add_fix_columns(sheet: BookSheet, headers: Sequence[str], known: Sequence[Any]) -> None:
    """Formats the columns that the sheet did not have before."""
    for place, header in enumerate(headers, start=1):
        if header and header not in known:
            _as_text(sheet, place, 1)
            if header.startswith("_"):
                sheet.hide_columns(place)


def _fix_headers(grid: Sequence[Sequence[Any]]) -> tuple[str, ...]:
    """The headers of `Fix Errors` in the order in which a workbook has them, and then those that it lacks."""
    found = [cell_text(cell) for cell in grid[fix_sheet.HEADER_ROW - 1]] if len(grid) >= fix_sheet.HEADER_ROW else []
    while found and not found[-1]:
        found.pop()
    if fix_sheet.CHOICE not in found or fix_sheet.CODE not in found:
        return fix_sheet.HEADERS
    return (*found, *(header for header in fix_sheet.HEADERS if header not in found))


def write_preview(book: Book, preview: Preview, left_out: int, stay: int, errors: int) -> None:
    """The `Preview` sheet says what an upload would do."""
    cells = preview_sheet.lay_out_preview(preview, left_out, stay, errors)
    _own_sheet(book, layout.PREVIEW_SHEET).replace(cells)


def empty_preview(book: Book, why: str = preview_sheet.CHANGED) -> None:
    """The `Preview` sheet, where there is one, says that it is unknown what an upload would do, and why."""
    sheet = book.claim(layout.PREVIEW_SHEET)
    if sheet is not None:
        sheet.replace(preview_sheet.empty_preview(why))


def write_log(book: Book, upload: Upload, rows: Sequence[LogRow], recent: Sequence[Upload]) -> None:
    """The `Log` sheet shows this upload, and its chart, where it has one, the `recent` ones."""
    sheet = _own_sheet(book, layout.LOG_SHEET)
    has_chart = sheet.cell(log_chart.HISTORY_ROW, log_chart.HISTORY_COLUMN) == log_chart.HISTORY_HEADERS[0]
    cells = log_sheet.log_block(upload, rows)
    if has_chart:  # beside it, in the same block
        for line, told in zip(cells[log_chart.HISTORY_ROW - 1 :], log_chart.history_block(recent), strict=False):
            line += [*[None] * (log_chart.HISTORY_COLUMN - 1 - len(line)), *told]
    known, first = sheet.cells[log_sheet.HEADER_ROW :], log_sheet.HEADER_ROW + 1
    sheet.replace(cells)
    _fit(sheet, first, known, cells[log_sheet.HEADER_ROW :], log_sheet.is_high)


def show_log_sheet(book: Book) -> None:
    """Brings the `Log` sheet to the front."""
    _own_sheet(book, layout.LOG_SHEET).show()


def add_fixes_made(book: Book, made: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Adds lines of FIXES_HEADERS to the sheet that tells what Apply Fixes changed."""
    if not made:
        return
    lines: Cells = [list(line) for line in made]
    is_there = book.sheet(FIXES_SHEET) is not None
    sheet = _own_sheet(book, FIXES_SHEET)
    if is_there:
        sheet.append(lines)
    else:
        sheet.put(2, 1, lines)


def read_to_forget(book: Book) -> list[str]:
    """The remembered fixes that the user marked to be forgotten."""
    return remembered_sheet.read_to_forget(
        _cells(book, remembered_sheet.REMEMBERED_SHEET, len(remembered_sheet.HEADERS))
    )


def write_remembered(book: Book, fixes: Sequence[RememberedFix], order: Order) -> None:
    """Shows remembered fixes in their sheet."""
    sheet = _own_sheet(book, remembered_sheet.REMEMBERED_SHEET)
    sheet.replace(remembered_sheet.lay_out_remembered(fixes, order))
    sheet.show()


def write_uploads(book: Book, uploads: Sequence[Upload]) -> None:
    """Shows uploads in their sheet. What the user wrote beside them stays."""
    noted = uploads_sheet.read_noted(_cells(book, uploads_sheet.UPLOADS_SHEET))
    sheet = _own_sheet(book, uploads_sheet.UPLOADS_SHEET)
    sheet.replace(uploads_sheet.lay_out_uploads(uploads, noted))
    sheet.show()


def selected_upload(book: Book) -> str:
    """The id of the upload whose line is selected in the sheet Uploads; "" where the user is elsewhere."""
    if book.selected is None or book.selected[0] != uploads_sheet.UPLOADS_SHEET:
        return ""
    return uploads_sheet.upload_in(_cells(book, uploads_sheet.UPLOADS_SHEET), book.selected[1])


def shown_upload(book: Book) -> str:
    """The id of the upload that the sheet Log shows; "" where it shows none."""
    return log_sheet.upload_in(_cells(book, layout.LOG_SHEET, 2))


def shows_log(book: Book, upload: Upload, rows: Sequence[LogRow]) -> bool:
    """Whether the sheet Log shows just this of an upload, and nothing else: whoever prepared the workbook may have
    written what they liked there."""
    width = len(log_sheet.HEADERS)

    def in_text(lines: Sequence[Sequence[object]]) -> list[list[str]]:
        texts = [[*map(cell_text, line[:width]), *[""] * (width - len(line))] for line in lines]
        while texts and not any(texts[-1]):
            texts.pop()
        return texts

    return in_text(_cells(book, layout.LOG_SHEET)) == in_text(log_sheet.log_block(upload, rows))


def read_meta(book: Book) -> dict[str, str]:
    """The facts that `_meta` keeps on the workbook, such as its last upload."""
    return {cell_text(row[0]): cell_text(row[1]) for row in _cells(book, layout.META_SHEET, 2) if cell_text(row[0])}


def write_meta(book: Book, **facts: str) -> None:
    """Changes facts in `_meta`; "" removes one."""
    known = {key: value for key, value in (read_meta(book) | facts).items() if value}
    sheet = _own_sheet(book, layout.META_SHEET)
    sheet.replace([[key, value] for key, value in known.items()])


def _cells(book: Book, name: str, least: int = 1) -> Cells:
    """Everything on a sheet from A1, each row of one width, `least` columns at least; [] where there is no such
    sheet."""
    sheet = book.sheet(name)
    return [] if sheet is None else _even(sheet.cells, least)


def _even(cells: Cells, least: int) -> Cells:
    width = max(max(map(len, cells), default=0), least)
    return [[*line, *[None] * (width - len(line))] for line in cells]


def _own_sheet(book: Book, name: str) -> BookSheet:
    """A sheet of ours; a workbook that lacks it gets it, with its columns formatted as text."""
    known = book.claim(name)
    if known is not None:
        return known
    sheet = book.add_sheet(name)
    if name == layout.FIX_SHEET:
        headers = fix_sheet.HEADERS
        for place, header in enumerate(headers, start=1):
            if header not in fix_sheet.LINKS:
                _as_text(sheet, place, 1)
        sheet.put(1, 1, [[layout.FIX_SHEET, *[None] * (len(headers) - 1)]])
        sheet.put(fix_sheet.HEADER_ROW, 1, [list(headers)])
        visible = sum(not header.startswith("_") for header in headers)
        sheet.hide_columns(visible + 1, len(headers) - visible)
    elif name == layout.SUGGESTIONS_SHEET:
        _as_text(sheet, 2, layout.OFFER_COLUMN - 1)
    elif name == layout.META_SHEET:
        _as_text(sheet, 1, 2)
    elif name == layout.LOG_SHEET:
        _as_text(sheet, 1, len(log_sheet.HEADERS))
    elif name == layout.PREVIEW_SHEET:
        for place, header in enumerate(preview_sheet.HEADERS, start=1):
            if header not in preview_sheet.NUMBERS:
                _as_text(sheet, place, 1)
    elif name == remembered_sheet.REMEMBERED_SHEET:
        width = len(remembered_sheet.HEADERS)
        _as_text(sheet, 1, width)
        sheet.hide_columns(width)
    elif name == uploads_sheet.UPLOADS_SHEET:
        _as_text(sheet, 1, len(uploads_sheet.HEADERS))
    elif name == FIXES_SHEET:
        _as_text(sheet, 1, len(FIXES_HEADERS))
        sheet.put(1, 1, [list(FIXES_HEADERS)])
    if name in layout.HIDDEN_SHEETS:
        sheet.hide()
    return sheet


def _as_text(sheet: BookSheet, column: int, columns: int) -> None:
    sheet.format([Block(1, column, layout.LAST_ROW, columns)], layout.TEXT_FORMAT)


def _fit(
    sheet: BookSheet,
    first: int,
    before: Sequence[Sequence[Any]],
    after: Sequence[Sequence[Any]],
    is_high: Callable[[Sequence[Any]], bool],
) -> None:
    """Fits the height of the rows, from `first` on, that have more text than fits into one, or had."""
    high = {row for lines in (before, after) for row, line in enumerate(lines, start=first) if is_high(line)}
    sheet.fit_rows(sorted(high)[:_MOST_FITTED])
