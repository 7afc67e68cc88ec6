"""Read the caseload rows of a workbook, and prepare them for the server."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar

from addin.book import Book, BookSheet, Value
from addin.errors import BookError
from addin.rows.row_notes import Origin, Written, read_origin, read_written
from workbook import layout
from workbook.columns import canonical_header, is_own_header
from workbook.files.formats import is_text
from workbook.files.header import MOST_LOOKED_AT, ends_of, find_header, header_text, look_alikes, without_header
from workbook.files.number_display import shown_text
from workbook.matching import text_of
from workbook.sheets.marks import LEFT_OUT
from workbook.text import is_blank

Wire = str | int | float | bool | None
_Mark = TypeVar("_Mark")


@dataclass(frozen=True, slots=True)
class DataSheet:
    """The caseload rows of a workbook, as they were read in one go."""

    sheet: BookSheet
    filename: str
    header_row: int
    headers: list[str]
    """The header row as it stands, every column from A, ours too; "" where a column has none."""
    rows: dict[int, list[Any]]
    """Sheet row number → its cells from A. Rows that hold nothing of the user's are not in it."""
    last_row: int
    """The last row that holds anything, earlier marks included."""
    untouched: dict[int, list[Any]] = field(default_factory=dict)
    """Rows as they were downloaded, likewise: the user has not changed them, so no command sends them."""
    written: dict[int, list[Any]] = field(default_factory=dict)
    """Rows that a kept test has written, likewise: no command sends them again."""
    bare: dict[int, list[Any]] = field(default_factory=dict)
    """Rows in which nothing but our own columns is filled, likewise."""
    header_found: bool = True
    """Whether the header row is one by SPEC 3; else it is the likeliest, and the server says what it lacks."""
    site_tag: str = ""
    """Which site the rows are for, where it was asked: of records of another no version is sent. "" where it was not,
    or is not known."""
    _wires: dict[int, list[Wire]] = field(default_factory=dict, repr=False, compare=False)
    """Rows as they travel, kept because a press makes several tables of them."""

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
        nameless = {*without_header(self.headers)}.difference(beyond := places[len(header) :])
        if ends_of(self.headers)[1] and not is_text(self.filename):  # notes beside the rows, and no field too many
            nameless.update(beyond)
            places = places[: len(header)]
        kept = [row for row in self.rows if row not in skipped]
        sent = {row: self.rows[row] for row in kept}
        found = _hidden(self.headers, sent, read_origin)
        origins = {row: origin for row, (origin, texts) in found.items() if self._counts(origin, texts)}
        versions = {row: [origin.version, origin.record_id] for row, origin in origins.items()}
        downloaded = {row: dict(origin.cells) for row, origin in origins.items() if origin.cells}
        beside = {
            "versions": versions,
            "downloaded": downloaded,
            "hidden_rows": sorted(self.sheet.hidden_rows.intersection([self.header_row, *kept])),
            "hidden_columns": {
                layout.column_letters(place + 1): self.headers[place]
                for place in places
                if self.headers[place] and place + 1 in self.sheet.hidden_columns
            },
            "nameless_columns": [
                layout.column_letters(place + 1)
                for place in sorted(nameless)
                if any(_is_filled(self.rows[row][place]) for row in kept)
            ][:MOST_LOOKED_AT],
        }
        known, formats = self._wires, self.sheet.formats
        for row in kept:
            if row not in known:
                cells = self.rows[row]
                # Nearly all are empty or text, which travels as it is.
                wired = [
                    cell
                    if (cell := cells[place]) is None or type(cell) is str
                    else _wire(cell, formats.get((row, place + 1)))
                    for place in places
                ]
                known[row] = _trimmed(wired, len(header))
        return {
            "header": header,
            "rows": [list(known[row]) for row in kept],
            "row_numbers": kept,
            "filename": self.filename,
            "sheet": self.sheet.name,
            "header_row": self.header_row,
            "header_found": self.header_found,
        } | {name: facts for name, facts in beside.items() if facts}

    def origins(self, *, untouched: bool = True) -> dict[int, Origin]:
        """Row → the assignment that it was downloaded from, where the row is still about the same participant.
        `untouched`: of the rows, too, that nobody changed since."""
        found = _hidden(self.headers, self.rows | self.untouched if untouched else self.rows, read_origin)
        return {row: origin for row, (origin, texts) in found.items() if origin.is_of(texts)}

    def _counts(self, origin: Origin, texts: Mapping[str, str]) -> bool:
        """Whether a row is still that of the record, and the record this site's."""
        return origin.is_of(texts) and not origin.is_elsewhere(self.site_tag)

    def rows_of_others(self) -> set[int]:
        """The rows below the header that hold a text of the user's own, in columns that are none of ours. A number or
        an error may be what a formula shows that was filled down for rows to come, and one that was never calculated
        reads as its own text."""
        places = [
            place for place, name in enumerate(self.headers) if not canonical_header(name) and not is_own_header(name)
        ]
        return {
            number
            for number, line in enumerate(self.sheet.cells[self.header_row :], start=self.header_row + 1)
            if any(place < len(line) and _is_said(line[place]) for place in places)
        }

    def written_by(self) -> dict[int, Written]:
        """Row → which upload wrote it."""
        return {row: mark for row, (mark, _texts) in _hidden(self.headers, self.written, read_written).items()}

    def notes(self) -> dict[int, str]:
        """Row that is filled, or written → the text of its hidden cell, where there is one."""
        place = layout.own_columns(self.headers).origin - 1
        rows = self.rows | self.written
        return {row: text for row, cells in rows.items() if place < len(cells) and (text := cell_text(cells[place]))}

    def texts(self, row: int) -> dict[str, str]:
        """Canonical header → the text of a row's cell, where it is filled."""
        named = ((canonical_header(name), cell) for name, cell in zip(self.headers, self.rows[row], strict=True))
        return {header: text for header, cell in named if header and (text := cell_text(cell))}

    def cell_text(self, row: int, column: int) -> str:
        """The text of a cell (column 1-based); "" beyond the last column."""
        cells = self.untouched.get(row) or self.rows[row]
        return cell_text(cells[column - 1]) if column <= len(cells) else ""

    def columns(self) -> dict[str, int]:
        return columns_of(self.headers)

    def column(self, header: str) -> int | None:
        """The column (1-based) of a canonical header, None where the sheet lacks it."""
        return layout.column_of(header, self.headers)

    def cell(self, row: int, column: int) -> Any:
        return self.rows[row][column - 1]


def columns_of(headers: Sequence[str]) -> dict[str, int]:
    """Canonical header → its column (1-based), the first where there are two."""
    found: dict[str, int] = {}
    for number, name in enumerate(headers, start=1):
        if header := canonical_header(name):
            found.setdefault(header, number)
    return found


def read_data(book: Book) -> DataSheet:
    """The rows of the leftmost visible sheet (SPEC 3). Where that is no caseload sheet, the server says later what it
    lacks. Raises BookError where the workbook has no visible sheet, or where ours stands behind another."""
    sheet = book.data_sheet()
    if sheet is None:
        raise BookError(f"{book.name} has no visible sheet. Unhide the sheet that holds your rows.")
    found = find_header(sheet.cells)
    width = max(map(len, sheet.cells), default=0)
    head = [] if found is None else sheet.cells[found.place]
    headers = [header_text(cell) for cell in head] + [""] * (width - len(head))
    if not any(canonical_header(header) for header in headers):
        _refuse_another_sheet(book, sheet)
    header_row = last_row = 1 if found is None else found.place + 1
    ours = [place for place, header in enumerate(headers) if is_own_header(header)]
    # A row counts as filled by our columns, and by columns that may be ours until the user has decided. Unknown columns
    # fill no row, unless no column is ours at all: then all rows are sent, and the server says what the sheet lacks.
    known = {header for name in headers if (header := canonical_header(name))}
    theirs = [
        place
        for place, header in enumerate(headers)
        if place not in ours and (not known or (header and (canonical_header(header) or look_alikes(header, known))))
    ]
    rows: dict[int, list[Value]] = {}
    bare: dict[int, list[Value]] = {}
    for number, line in enumerate(sheet.cells[header_row:], start=header_row + 1):
        if not line:
            continue
        cells = [*line, *[None] * (width - len(line))] if len(line) < width else line
        if any(_is_filled(cells[place]) for place in theirs):
            rows[number] = cells
        elif any(_is_filled(cells[place]) for place in ours):
            bare[number] = cells
        else:
            continue
        last_row = number
    # Unknown columns are not watched, because a formula such as a clock may change them while a button is at work.
    sheet.watch(place for place, name in enumerate(headers, start=1) if canonical_header(name) or is_own_header(name))
    origins = _hidden(headers, rows, read_origin)
    untouched = {row: rows.pop(row) for row, (origin, texts) in origins.items() if origin.is_untouched(texts)}
    marks = _hidden(headers, rows, read_written)
    written = {row: rows.pop(row) for row, (mark, texts) in marks.items() if mark.is_same(texts)}
    return DataSheet(
        sheet,
        book.name,
        header_row,
        headers,
        rows,
        last_row,
        untouched,
        written,
        bare,
        header_found=found is not None and found.sure,
    )


def _hidden(
    headers: Sequence[str], rows: Mapping[int, Sequence[Any]], read: Callable[[str], _Mark | None]
) -> dict[int, tuple[_Mark, dict[str, str]]]:
    """Row → the note in its hidden cell, where it can be read, and the row's texts by canonical header."""
    place = layout.own_columns(headers).origin - 1
    named = [(number, header) for number, name in enumerate(headers) if (header := canonical_header(name))]
    found = {}
    for row, cells in rows.items():
        if place < len(cells) and cells[place] is not None and (mark := read(cell_text(cells[place]))):
            found[row] = mark, {header: text for number, header in named if (text := cell_text(cells[number]))}
    return found


def _refuse_another_sheet(book: Book, sheet: BookSheet) -> None:
    """Raises BookError where the workbook has our data sheet, and this one stands to its left."""
    others = [other.name for other in book.sheets if other.name == layout.DATA_SHEET and other.name != sheet.name]
    if others:
        raise BookError(
            f"The leftmost sheet of {book.name} is {sheet.name}, which has no caseload columns. "
            f"Show the sheet {others[0]} and move it to the far left: only the leftmost sheet is uploaded."
        )


def _is_filled(cell: Any) -> bool:
    """Whether a cell holds more than blanks and invisible characters."""
    return cell is not None and not (isinstance(cell, str) and is_blank(cell))


def _is_said(cell: Any) -> bool:
    return type(cell) is str and _is_filled(cell) and not cell.startswith("=")


def _trimmed(cells: list[Wire], width: int) -> list[Wire]:
    """Without the empty cells beyond the headers; a filled one there stays, and is reported."""
    while len(cells) > width and (cells[-1] is None or cells[-1] == ""):
        cells.pop()
    return cells


def _wire(cell: Any, number_format: str | None) -> Wire:
    """A cell as it travels: dates as ISO text, whatever the site's order (SPEC 8); the number of an identifier, of
    which alone the format is known, as it is shown."""
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.replace(tzinfo=None).isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    if number_format is not None and isinstance(cell, int | float):
        shown = shown_text(cell, number_format)
        return cell if shown is None else shown
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    return str(cell)


def cell_text(cell: Any) -> str:
    """The text that a person reads in a cell, of whatever type a host gives."""
    return text_of(cell) if cell is None or isinstance(cell, str | bool | int | float | date | time) else str(cell)
