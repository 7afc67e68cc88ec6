"""Read a .csv file row by row, detecting its encoding and delimiter (SPEC 3).

The rows are numbered as a spreadsheet program shows them: an empty line is a row, and a record with line breaks
inside quotation marks is one row.
"""

from __future__ import annotations

import codecs
import contextlib
import csv
import io
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple

from workbook.columns import canonical_header
from workbook.files.file_kinds import other_kind
from workbook.files.header import MOST_ROWS, find_header, is_filled_row, is_header
from workbook.files.limits import LAST_ROW, Limits, in_words
from workbook.problems import Refusal
from workbook.sheet import Sheet, SheetBuilder, no_rows

DELIMITERS: Final = ",;\t"
LONGEST_LINE: Final = 1_000_000
"""Characters of one line. Far more than any row of an upload has; without a bound, one line could fill the memory."""
_SAMPLE: Final = 64 * 1024
_CHUNK: Final = 1024 * 1024
_END: Final = "\x00end\x00"
"""A line of our own after the last one. It comes back as a record unless a quotation mark was left open."""

_MAGIC: Final = (
    (b"PK\x03\x04", "it is a ZIP archive or an Excel workbook (.xlsx), not a text file"),
    (b"\xd0\xcf\x11\xe0", "it is an older Excel or Office file, not a text file"),
    (b"\x89PNG", "it is a picture, not a text file"),
    (b"\xff\xd8\xff", "it is a picture, not a text file"),
    (b"GIF8", "it is a picture, not a text file"),
    (b"%PDF", "it is a PDF document, not a text file"),
    (b"{\\rtf", "it is a Word document, not a text file"),
    (b"\x1f\x8b", "it is packed (gzip), not a text file"),
    (b"7z\xbc\xaf", "it is packed (7-Zip), not a text file"),
    (b"SQLite format 3", "it is a database (SQLite), not a text file"),
    (b"PAR1", "it is a Parquet file, not a text file"),
)


def read_csv(path: Path, name: str, limits: Limits) -> Sheet:
    """The sheet in a .csv file. `name` is what the user calls the file.

    Raises Refusal `file-unreadable`, `file-too-large`, `no-rows` or `header-repeated`.
    """
    rows = csv_rows(path, name, limits)
    above: list[tuple[int, list[str]]] = []
    filled = 0
    for row in rows:
        above.append(row)
        filled += is_filled_row(row[1])
        if filled == MOST_ROWS or is_header(row[1]):
            break
    header = find_header(record for _row_number, record in above)
    if header is None:
        raise no_rows("")
    row_number, record = above[header.place]
    builder = SheetBuilder(record, row_number, fields_count=True, header_found=header.sure)
    builder.add_all(chain(above[header.place + 1 :], rows))
    return builder.sheet()


def csv_rows(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, list[str]]]:
    """Every row of a .csv file with its number, empty ones too.

    Raises Refusal `file-unreadable` or `file-too-large`.
    """
    size = path.stat().st_size
    if size > limits.unpacked:
        raise Refusal.of(
            "file-too-large", name=name, why=f"it has {in_words(size)}, and at most {in_words(limits.unpacked)} fit"
        )
    encoding = _encoding(path, name)
    with path.open(encoding=encoding, newline="") as stream:
        sample = stream.read(_SAMPLE)
        stream.seek(0)
        stated = _stated_delimiter(sample)
        if stated is not None:
            stream.readline()  # no spreadsheet program shows this line, so it is no row
        records = csv.reader(_lines(stream, name), delimiter=stated or _delimiter(sample))
        try:
            yield from _rows(records, name)
        except csv.Error as flaw:
            number = records.line_num
            stream.seek(0)
            line = next(islice(stream, number - (stated is None), None), "")
            raise Refusal.of("file-unreadable", name=name, why=_why_too_long(line, number)) from flaw


def _why_too_long(line: str, number: int) -> str:
    """Why the library gives up at a line: a value is longer than it takes. An open quotation mark makes one value of
    the rest of the file."""
    most = csv.field_size_limit()
    if len(line) > most:
        return f"its line {number} holds a value of more than {most:,} characters"
    return f"in or before line {number}, a quotation mark is opened and not closed"


def _rows(records: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    for row_number, record in enumerate(records, 1):
        if record and record[-1].endswith(_END):
            if record == [_END]:
                return
            why = f"in row {row_number}, a quotation mark is opened and not closed"
            raise Refusal.of("file-unreadable", name=name, why=why)
        if row_number > LAST_ROW:
            why = f"it has more than {LAST_ROW:,} rows, and no sheet has more"
            raise Refusal.of("file-too-large", name=name, why=why)
        yield row_number, record


def _lines(stream: io.TextIOBase, name: str) -> Iterator[str]:
    def lines() -> Iterator[str]:
        number = 0
        while line := stream.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
                why = f"its line {number} is longer than {LONGEST_LINE:,} characters"
                raise Refusal.of("file-unreadable", name=name, why=why)
            yield line

    return chain(lines(), (_END,))


def _stated_delimiter(sample: str) -> str | None:
    """What Excel's own first line `sep=;` says."""
    line = "".join(sample[:20].splitlines()[:1]).strip('"')
    return line[4] if len(line) == 5 and line[:4].casefold() == "sep=" else None


def _delimiter(sample: str) -> str:
    """The delimiter that makes the most known headers of one of the first lines, or else the most columns."""

    def worth(delimiter: str) -> tuple[int, int]:
        found = (0, 0)
        with contextlib.suppress(csv.Error):
            records = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter)
            for record in islice((record for record in records if is_filled_row(record)), MOST_ROWS):
                known = sum(canonical_header(field) is not None for field in record)
                found = max(found, (known, len(record)))
        return found

    return max(DELIMITERS, key=worth)


def _encoding(path: Path, name: str) -> str:
    """The encoding of the file, all of which is looked at. Raises Refusal when it is no text."""
    with path.open("rb") as stream:
        head = stream.read(_SAMPLE)
    for magic, why in _MAGIC:
        if head.startswith(magic):
            raise Refusal.of("file-unreadable", name=name, why=why)
    candidates: tuple[str, ...] = ("utf-8", "cp1252")
    if head.startswith(codecs.BOM_UTF8):
        candidates = ("utf-8-sig",)
    elif head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = ("utf-16",)
    elif guess := _utf_16_without_mark(head):
        candidates = (guess,)
    for encoding in candidates:
        decoded = _decoded(path, encoding)
        if decoded is None:
            continue
        if decoded.holds_nul:
            line = _line_of_nul(path, encoding)
            why = f"its line {line} holds a NUL character, which no text has"
            raise Refusal.of("file-unreadable", name=name, why=why)
        if kind := other_kind(head.decode(encoding, "ignore")):
            raise Refusal.of("file-unreadable", name=name, why=f"it is {kind}, though its name says otherwise")
        return encoding
    raise Refusal.of("file-unreadable", name=name, why="it is not a text file, or it is damaged")


def _utf_16_without_mark(head: bytes) -> str | None:
    """UTF-16 gives itself away: of ordinary letters, every other byte is zero."""
    pairs = len(head) // 2
    low, high = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if pairs and high > pairs / 2 and low <= pairs / 20:
        return "utf-16-le"
    if pairs and low > pairs / 2 and high <= pairs / 20:
        return "utf-16-be"
    return None


class _Decoded(NamedTuple):
    """What was seen of a text as it was decoded."""

    holds_nul: bool


def _decoded(path: Path, encoding: str) -> _Decoded | None:
    """What the whole file reads as in this encoding; None where it does not."""
    decoder = codecs.getincrementaldecoder(encoding)()
    holds_nul = False
    with path.open("rb") as stream:
        try:
            while chunk := stream.read(_CHUNK):
                holds_nul |= "\x00" in decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return None
    return _Decoded(holds_nul)


def _line_of_nul(path: Path, encoding: str) -> int:
    """The first line with a character that is a zero, which text never has."""
    lines = 1
    with path.open(encoding=encoding, newline=None) as stream:
        while chunk := stream.read(_CHUNK):
            place = chunk.find("\x00")
            if place >= 0:
                return lines + chunk.count("\n", 0, place)
            lines += chunk.count("\n")
    return lines
