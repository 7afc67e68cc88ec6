"""The workbook's ranges, and the only place that touches them: whole blocks in, whole blocks out.

A workbook that our template began has sheets of ours and paints itself. Any other one is read just as well; the
sheets and columns that Validate needs are added to it, and the row's own words take the place of the paint.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final, TypeVar

import xlwings as xw

from addin.origin import Origin, read_origin
from addin.stopped import BookError
from addin.written import Written, read_written
from workbook import fix_sheet, layout, log_sheet
from workbook.columns import OWN_HEADERS, canonical_header, is_own_header
from workbook.marks import LEFT_OUT, Flag, Marks
from workbook.matching import text_of
from workbook.report import LogRow, Upload

Wire = str | int | float | bool | None
_Mark = TypeVar("_Mark")
FIXES_SHEET: Final = "Fixes Made"
FIXES_HEADERS: Final = ("When", "Row", "Column", "Before", "After")
"""What Apply Fixes changed, newest last; row numbers are those of that moment."""
_WIDEST: Final = 512
"""Columns that are read. A template has about twenty; a stray cell far to the right must not cost a million reads."""
_BEYOND: Final = 64
"""Columns beyond the last header in which a filled cell is still noticed, and reported."""
_AT_ONCE: Final = 4_000_000
"""Cells of one read: a whole sheet, unless something stands at the far end of it."""
_NO_DATA: Final = "Generate a fresh template and paste your rows into it, or put the template's headers above yours."


@dataclass(frozen=True, slots=True)
class DataSheet:
    """The caseload rows of a workbook, as they were read in one go."""

    sheet: xw.Sheet
    filename: str
    header_row: int
    headers: list[str]
    """The header row as it stands, every column from A, ours too; "" where a column has none."""
    rows: dict[int, list[Any]]
    """Sheet row number → its cells from A. Rows that hold nothing of the user's are not in it."""
    last_row: int
    """The last row that holds anything, earlier marks included."""
    untouched: dict[int, list[Any]] = field(default_factory=dict)
    """Rows as they were downloaded, likewise: nobody ended their assignments, so no command sends them."""
    written: dict[int, list[Any]] = field(default_factory=dict)
    """Rows that a kept test has written, likewise: no command sends them again."""

    def left_out(self) -> list[int]:
        """The rows that the user left out: Row Status says so, and moves with the row when it is sorted."""
        place = layout.own_columns(self.headers).status - 1
        return [row for row, cells in self.rows.items() if place < len(cells) and cells[place] == LEFT_OUT]

    def table(self, without: Collection[int] = ()) -> dict[str, Any]:
        """The sheet on the wire (SPEC 8), without our own columns and without some rows."""
        skipped = frozenset(without)
        places = [place for place, header in enumerate(self.headers) if not is_own_header(header)]
        header = [self.headers[place] for place in places]
        while header and not header[-1]:
            header.pop()
        kept = [row for row in self.rows if row not in skipped]
        sent = {row: self.rows[row] for row in kept}
        found = _hidden(self.headers, sent, read_origin)
        versions = {row: origin.version for row, (origin, texts) in found.items() if origin.is_of(texts)}
        return {
            "header": header,
            "rows": [_trimmed([_wire(self.rows[row][place]) for place in places], len(header)) for row in kept],
            "row_numbers": kept,
            "filename": self.filename,
        } | ({"versions": versions} if versions else {})

    def origins(self) -> dict[int, Origin]:
        """Row → the assignment that it was downloaded from, where the row still speaks of its participant."""
        found = _hidden(self.headers, self.rows | self.untouched, read_origin)
        return {row: origin for row, (origin, texts) in found.items() if origin.is_of(texts)}

    def written_by(self) -> dict[int, Written]:
        """Row → which test wrote it."""
        return {row: mark for row, (mark, _texts) in _hidden(self.headers, self.written, read_written).items()}

    def texts(self, row: int) -> dict[str, str]:
        """Canonical header → the text of a row's cell, where it is filled."""
        named = ((canonical_header(name), cell) for name, cell in zip(self.headers, self.rows[row], strict=True))
        return {header: text for header, cell in named if header and (text := _text(cell))}

    def cell_text(self, row: int, column: int) -> str:
        """What a cell (column 1-based) says; "" beyond the last column."""
        cells = self.untouched.get(row) or self.rows[row]
        return _text(cells[column - 1]) if column <= len(cells) else ""

    def columns(self) -> dict[str, int]:
        """Canonical header → its column (1-based), the first where there are two."""
        found: dict[str, int] = {}
        for number, name in enumerate(self.headers, start=1):
            if header := canonical_header(name):
                found.setdefault(header, number)
        return found

    def column(self, header: str) -> int | None:
        """The column (1-based) of a canonical header."""
        return layout.column_of(header, self.headers)

    def cell(self, row: int, column: int) -> Any:
        return self.rows[row][column - 1]


def read_data(book: xw.Book) -> DataSheet:
    """Reads the leftmost visible sheet (SPEC 3). Raises BookError when it is no caseload sheet."""
    sheet = next((sheet for sheet in book.sheets if sheet.visible), None)
    if sheet is None:
        raise BookError(f"{book.name} has no visible sheet. Unhide the sheet that holds your rows.")
    used = sheet.used_range
    last, width = used.row + used.shape[0] - 1, min(used.column + used.shape[1] - 1, _WIDEST)
    headers: list[str] = []
    ours: frozenset[int] = frozenset()
    rows: dict[int, list[Any]] = {}
    header_row = last_row = first = 0
    while first < last:
        until = min(first + max(_AT_ONCE // width, 1), last)
        for number, cells in enumerate(_block(sheet, first + 1, until, width), start=first + 1):
            filled = [place for place, cell in enumerate(cells) if cell is not None and _text(cell)]
            if not filled:
                continue
            last_row = number
            if not headers:
                header_row, headers = number, [_text(cell) for cell in cells]
                ours = frozenset(place for place, header in enumerate(headers) if is_own_header(header))
            elif not ours.issuperset(filled):
                rows[number] = cells
        first = until
        if headers:
            width = min(width, max(place for place, header in enumerate(headers) if header) + 1 + _BEYOND)
            headers = headers[:width]
    if not any(canonical_header(header) for header in headers):
        raise _no_caseload(book, sheet, empty=not headers)
    width = max(len(headers), max((len(cells) for cells in rows.values()), default=0))
    # One width for all: a chunk read before the header was known may be wider.
    for cells in rows.values():
        cells.extend([None] * (width - len(cells)))
    headers += [""] * (width - len(headers))
    origins = _hidden(headers, rows, read_origin)
    untouched = {row: rows.pop(row) for row, (origin, texts) in origins.items() if origin.is_untouched(texts)}
    marks = _hidden(headers, rows, read_written)
    written = {row: rows.pop(row) for row, (mark, texts) in marks.items() if mark.is_same(texts)}
    return DataSheet(sheet, book.name, header_row, headers, rows, last_row, untouched, written)


def write_cells(data: DataSheet, changes: Mapping[tuple[int, int], Wire | date]) -> None:
    """Writes cells of the data sheet, (row, column) → value: one write per run of rows in a column.

    Each gets its column's format first, or Excel would turn `007` into 7.
    """
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
    _write_whole(_own_sheet(book, layout.SUGGESTIONS_SHEET), marks.suggestions)
    _write_whole(_own_sheet(book, layout.ISSUES_SHEET), marks.issues)
    add_own_columns(data)
    height = len(marks.statuses)
    if not height:
        return
    for column, block, number_format in (
        (marks.columns.status, marks.statuses, layout.TEXT_FORMAT),
        (marks.columns.message, marks.messages, layout.TEXT_FORMAT),
        (marks.columns.pointer, marks.pointers, "General"),
    ):
        target = data.sheet.range((marks.first_row, column)).resize(height, 1)
        if target.number_format != number_format:
            target.number_format = number_format
        target.value = block


def read_flags(book: xw.Book, data: DataSheet) -> list[Flag]:
    """Every marked cell in reading order, wherever sorting has taken its row."""
    names = [sheet.name for sheet in book.sheets]
    if layout.ISSUES_SHEET not in names or layout.SUGGESTIONS_SHEET not in names:
        return []
    issues = _grid(book.sheets[layout.ISSUES_SHEET])
    suggestions = _grid(book.sheets[layout.SUGGESTIONS_SHEET])
    places = {_text(header): column for column, header in enumerate(data.headers, start=1)}
    headers = [_text(cell) for cell in issues[0]] if issues else []
    pointer = layout.own_columns(data.headers).pointer - 1
    flags: list[Flag] = []
    for row, cells in data.rows.items():
        line = _line(cells[pointer] if pointer < len(cells) else None, issues)
        found = []
        for header, cell in zip(headers, line, strict=False):
            told = _line(cell, suggestions)
            if told and header in places:
                severity = "error" if told[0] == layout.SEVERITIES["error"] else "warning"
                found.append(Flag(row, places[header], severity, _text(told[1])))  # type: ignore[arg-type]
        flags += sorted(found)
    return flags


def read_fix_grid(book: xw.Book) -> list[list[Any]]:
    """The `Fix Errors` sheet from A1; [] in a workbook that has none."""
    if layout.FIX_SHEET not in [sheet.name for sheet in book.sheets]:
        return []
    return _grid(book.sheets[layout.FIX_SHEET])


def write_fix_sheet(book: xw.Book, fixes: fix_sheet.FixSheet) -> None:
    sheet = _own_sheet(book, layout.FIX_SHEET)
    sheet.range((fix_sheet.SUMMARY_ROW, 1)).value = fixes.summary
    used = sheet.used_range
    last = used.row + used.shape[0] - 1
    if last >= fix_sheet.FIRST_ROW:
        sheet.range((fix_sheet.FIRST_ROW, 1), (last, len(fix_sheet.HEADERS))).clear_contents()
    if fixes.lines:
        sheet.range((fix_sheet.FIRST_ROW, 1)).value = fixes.lines


def write_log(book: xw.Book, upload: Upload, rows: Sequence[LogRow]) -> None:
    """The `Log` sheet shows this upload."""
    _write_whole(_own_sheet(book, layout.LOG_SHEET), log_sheet.log_block(upload, rows))


def add_fixes_made(book: xw.Book, made: Sequence[tuple[str, int, str, str, str]]) -> None:
    """Adds lines of FIXES_HEADERS to the sheet that tells what Apply Fixes changed."""
    if not made:
        return
    sheet = _own_sheet(book, FIXES_SHEET)
    used = sheet.used_range
    sheet.range((used.row + used.shape[0], 1)).value = [list(line) for line in made]


def read_meta(book: xw.Book) -> dict[str, str]:
    """What the workbook knows of itself, such as its last upload."""
    if layout.META_SHEET not in [sheet.name for sheet in book.sheets]:
        return {}
    return {_text(row[0]): _text(row[1]) for row in _grid(book.sheets[layout.META_SHEET], 2) if _text(row[0])}


def write_meta(book: xw.Book, **facts: str) -> None:
    known = read_meta(book) | facts
    sheet = _own_sheet(book, layout.META_SHEET)
    sheet.range((1, 1), (len(known), 2)).number_format = layout.TEXT_FORMAT
    _write_whole(sheet, [[key, value or None] for key, value in known.items()])


def _grid(sheet: xw.Sheet, least: int = 1) -> list[list[Any]]:
    """Everything on a sheet from A1, in one read; `least`: columns at least."""
    used = sheet.used_range
    rows, columns = used.row + used.shape[0] - 1, used.column + used.shape[1] - 1
    return _block(sheet, 1, rows, min(max(columns, least), _WIDEST))


def _block(sheet: xw.Sheet, first: int, last: int, width: int) -> list[list[Any]]:
    cells = sheet.range((first, 1), (last, width)).options(ndim=2, err_to_str=True)
    grid: list[list[Any]] = cells.value
    return grid


def _write_whole(sheet: xw.Sheet, block: Sequence[Sequence[Any]]) -> None:
    sheet.clear_contents()
    if block:
        sheet.range((1, 1)).value = [list(line) for line in block]


def _own_sheet(book: xw.Book, name: str) -> xw.Sheet:
    """A sheet of ours; a workbook that lacks it gets it, at the far right, with its columns formatted as text."""
    for sheet in book.sheets:
        if sheet.name == name:
            return sheet
    before = book.sheets.active
    sheet = book.sheets.add(name, after=book.sheets[-1])
    headers: Sequence[str] = ()
    if name == layout.FIX_SHEET:
        sheet.range((1, 1)).value = layout.FIX_SHEET
        headers = fix_sheet.HEADERS
        sheet.range((1, 1), (layout.LAST_ROW, len(headers))).number_format = layout.TEXT_FORMAT
        sheet.range((fix_sheet.HEADER_ROW, 1)).value = list(headers)
        visible = sum(not header.startswith("_") for header in headers)
        sheet.range((1, visible + 1), (1, len(headers))).columns.hidden = True
    elif name == layout.SUGGESTIONS_SHEET:
        last = layout.SUGGESTION_COLUMN + layout.MOST_SUGGESTIONS - 1
        sheet.range((1, 2), (layout.LAST_ROW, last)).number_format = layout.TEXT_FORMAT
    elif name == layout.LOG_SHEET:
        sheet.range((1, 1), (layout.LAST_ROW, len(log_sheet.HEADERS))).number_format = layout.TEXT_FORMAT
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


def _hidden(
    headers: Sequence[str], rows: Mapping[int, Sequence[Any]], read: Callable[[str], _Mark | None]
) -> dict[int, tuple[_Mark, dict[str, str]]]:
    """Row → what its hidden cell says of it, where it can be read, and the row's own texts by canonical header."""
    place = layout.own_columns(headers).origin - 1
    named = [(number, header) for number, name in enumerate(headers) if (header := canonical_header(name))]
    found = {}
    for row, cells in rows.items():
        if place < len(cells) and cells[place] is not None and (mark := read(_text(cells[place]))):
            found[row] = mark, {header: text for number, header in named if (text := _text(cells[number]))}
    return found


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


def _no_caseload(book: xw.Book, sheet: xw.Sheet, *, empty: bool) -> BookError:
    others = [other.name for other in book.sheets if other.name == layout.DATA_SHEET and other.name != sheet.name]
    if others:
        return BookError(
            f"The leftmost sheet of {book.name} is {sheet.name}, which has no caseload columns. "
            f"Show the sheet {others[0]} and move it to the far left: only the leftmost sheet is uploaded."
        )
    what = "is empty" if empty else "has none of the caseload columns in its first row"
    return BookError(f"The leftmost sheet of {book.name}, {sheet.name}, {what}. {_NO_DATA}")


def _trimmed(cells: list[Wire], width: int) -> list[Wire]:
    """Without the empty cells beyond the headers; a filled one there stays, and is reported."""
    while len(cells) > width and (cells[-1] is None or cells[-1] == ""):
        cells.pop()
    return cells


def _wire(cell: Any) -> Wire:
    """A cell as it travels: dates as ISO text, whatever the site's order (SPEC 8)."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.replace(tzinfo=None).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    return str(cell)


def _text(cell: Any) -> str:
    return text_of(cell) if cell is None or isinstance(cell, str | bool | int | float | date | time) else str(cell)
