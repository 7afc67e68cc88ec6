"""Read a foreign sheet for Paste Data: a closed workbook or a text file (SPEC 3, 9)."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from addin.book import HiddenRow
from addin.errors import BookError, no_file
from addin.rows.new_rows import template_rows
from workbook.columns import canonical_header, header_key, is_own_header
from workbook.files.csv_file import csv_rows
from workbook.files.formats import is_text
from workbook.files.header import find_header
from workbook.files.likely_headers import meanings
from workbook.files.limits import Limits, in_words
from workbook.layout import column_letters
from workbook.matching import text_of
from workbook.problems import Refusal
from workbook.sheets.log_sheet import HEADERS

LOG_HEADERS: Final = frozenset(HEADERS)
ReadRows = Callable[[Path], Iterator[tuple[int, list[Any]]]]
"""The rows of a closed workbook's leftmost visible sheet: sheet row number, a HiddenRow where nobody sees it, and cells
from A. Raises BookError."""
_WIDEST: Final = 512
"""Columns of a workbook that are read."""
_FIRST_ROWS: Final = 20
"""Filled rows among which the header is looked for: reports have titles and dates above it."""


@dataclass(frozen=True, slots=True)
class ForeignSheet:
    name: str
    headers: list[str]
    """As they stand; "" where a column has none."""
    rows: list[list[Any]]
    """The rows below the header that hold anything, each as wide as the headers. Template sample rows are not in."""
    repeated: list[str]
    """Headers that stand there more than once; the first column of each counts."""
    nameless: list[str]
    """Letters of columns that hold something but have no header."""
    hidden: list[int]
    """The numbers of those of the rows that are hidden by hand or by a filter."""

    def cells(self, most: int) -> dict[str, list[Any]]:
        """The first cells of each column, by its header; of several columns with one header the first counts."""
        return {
            header: [row[place] for row in self.rows[:most]]
            for place, header in reversed(list(enumerate(self.headers)))
            if header
        }

    def fingerprint(self) -> str:
        """A digest of the headers, in any order, by which sheets of the same kind are recognized."""
        keys = sorted(header_key(header) for header in self.headers if header)
        return hashlib.sha256("\n".join(keys).encode()).hexdigest()[:24]


def read_foreign(path: Path, read_rows: ReadRows) -> ForeignSheet:
    """The leftmost visible sheet of a closed workbook, or a text file. Raises BookError."""
    if not path.is_file():
        raise no_file(path)
    try:
        size, most = path.stat().st_size, Limits().packed
        if size > most:
            why = f"it has {in_words(size)}, and at most {in_words(most)} fit"
            raise Refusal.of("file-too-large", name=path.name, why=why)
        return _sheet(path.name, _csv(path) if is_text(path) else read_rows(path))
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    except OSError as error:
        raise BookError(f"{path.name} cannot be read: {error.strerror}. Check that you may read it.") from error


def _sheet(name: str, rows: Iterator[tuple[int, list[Any]]]) -> ForeignSheet:
    filled = ((number, cells) for number, cells in rows if any(_text(cell) for cell in cells))
    first = list(islice(filled, _FIRST_ROWS))
    if not first:
        raise BookError(f"{name} is empty. Choose the file that holds your rows.")
    if any(LOG_HEADERS.issubset(map(_text, cells)) for _, cells in first):
        raise BookError(f"{name} is the log of an upload, not a caseload, so nothing was pasted. Choose your own rows.")
    place = _header_place([cells for _, cells in first])
    headers = [_text(cell) for cell in first[place][1]]
    fields = len(headers) if is_text(name) else _WIDEST
    while not headers[-1]:
        headers.pop()
    width, kept = len(headers), dict[int, list[Any]]()
    beyond: set[int] = set()
    for number, cells in [*first[place + 1 :], *filled]:
        if len(cells) > fields:  # an unquoted comma has pushed its values to the right (SPEC 3)
            raise BookError(
                f"Row {number} of {name} has more fields than there are headers. Put quotation marks around a value "
                "that holds a comma, or open the file in Excel and save it as .xlsx."
            )
        filled_places = [column for column, cell in enumerate(cells) if _text(cell)]
        beyond.update(column for column in filled_places if column >= width or not headers[column])
        row = [*cells[:width], *[None] * (width - len(cells))]
        data = (cell for cell, header in zip(row, headers, strict=True) if header and not is_own_header(header))
        if any(_text(cell) for cell in data):
            kept[number] = row
    for number in template_rows(headers, kept):
        del kept[number]
    repeated = sorted(header for header, times in Counter(headers).items() if header and times > 1)
    nameless = [column_letters(column + 1) for column in sorted(beyond)]
    hidden = [int(number) for number in kept if isinstance(number, HiddenRow)]
    return ForeignSheet(name, headers, list(kept.values()), repeated, nameless, hidden)


def _csv(path: Path) -> Iterator[tuple[int, list[Any]]]:
    return csv_rows(path, path.name, Limits())


def _header_place(rows: Sequence[Sequence[Any]]) -> int:
    """The header as it is found in every sheet (SPEC 3); where no row is one for sure, the first with two headers that
    are known, else the first with two that may be guessed, else the first."""
    found = find_header(rows)
    if found is not None and found.sure:
        return found.place
    for columns_of in (_known, _guessed):
        for place, cells in enumerate(rows):
            if len({column for cell in cells for column in columns_of(_text(cell))}) >= 2:
                return place
    return 0


def _known(text: str) -> list[str]:
    return [known] if (known := canonical_header(text)) else []


def _guessed(text: str) -> list[str]:
    return [one.column for one in meanings(text)[:1] if not one.only]


def _text(cell: Any) -> str:
    """As `cell_text`, but a date and time is written out, because files are remembered by their headers."""
    return text_of(cell) if cell is None or isinstance(cell, str | bool | int | float) else str(cell)
