"""Open a workbook file with openpyxl, once it is known that nothing of it does harm."""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, NamedTuple
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl

from addin.errors import BookError, UnmarkableError
from addin.hosts.closed.bounds import is_outside, too_much
from addin.hosts.closed.listed_sheets import ListedSheet, check_sheets, listed_sheets
from addin.hosts.closed.losses import losses
from workbook.files.excel_archive import ExcelArchive
from workbook.files.formats import is_workbook
from workbook.files.limits import MEBIBYTE, Limits, in_words
from workbook.problems import Refusal

MACRO_SHEETS: Final = "macro sheets"
_SHEET: Final = re.compile(r"xl/worksheets/sheet\d+\.xml$")
_FIRST_ROW: Final = b"<row "
_END_OF_ROWS: Final = b"</sheetData>"


class LookedInto(NamedTuple):
    """What is known of a workbook before it is opened: what saving would lose, and its sheets."""

    losses: list[str]
    sheets: list[ListedSheet]


def look_into(path: Path, name: str) -> LookedInto:
    """Raises BookError for a file that is no workbook, or not one to be opened."""
    try:
        if not is_workbook(path):
            raise Refusal.of("file-type", name=name)
        with ExcelArchive(path, name, Limits()) as archive:
            archive.check_index_parts()
            try:
                why = too_much(archive)
                listed = listed_sheets(archive)
            except Refusal as damaged:
                raise UnmarkableError(damaged.message) from damaged
            if why:
                raise BookError(f"{name} is too large. {why}")
        return LookedInto(losses(path, name), listed)
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    except OSError as error:
        raise cannot_be_opened(name, error) from error


def content_of(path: Path, name: str) -> bytes:
    """All bytes of the file, if they are no more than fit. Raises BookError."""
    most = Limits().packed
    try:
        with path.open("rb") as stream:
            size = os.fstat(stream.fileno()).st_size
            content = stream.read(size) if size <= most else b""
    except OSError as error:
        raise cannot_be_opened(name, error) from error
    if size > most:
        why = f"it has {in_words(size)}, and at most {in_words(most)} fit"
        raise BookError(Refusal.of("file-too-large", name=name, why=why).message)
    return content


def opened(content: bytes, path: Path, name: str, known: LookedInto) -> openpyxl.Workbook:
    """The workbook that was looked into, with the sheets that it lists and no others. What it loses by that is noted.
    Raises BookError."""
    book = load(content, name)
    if is_outside(book):
        why = "it names cells that lie outside of any sheet"
        raise UnmarkableError(Refusal.of("file-unreadable", name=name, why=why).message)
    if not book.worksheets:
        raise UnmarkableError(_why_without_worksheet(path, name))
    if check_sheets(book, known.sheets, name) and MACRO_SHEETS not in known.losses:
        known.losses.append(MACRO_SHEETS)
    if not book.worksheets:
        raise UnmarkableError(_why_without_worksheet(path, name))
    return book


def load(content: bytes, name: str) -> openpyxl.Workbook:
    """By its bytes: of a path openpyxl would leave a damaged file open, which Windows then lets nobody replace. Raises
    BookError."""
    with as_book_errors(name), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its warnings are for programmers; `losses` informs the user
        return openpyxl.load_workbook(io.BytesIO(content), keep_vba=name.lower().endswith(".xlsm"), rich_text=True)


def check_it_opens(content: bytes, name: str) -> None:
    """Opens a workbook that openpyxl has saved, but for its rows: with them it would be twice in memory. Raises
    BookError."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as package, ZipFile(made, "w", ZIP_DEFLATED) as bare:
        for item in package.infolist():
            with package.open(item) as source, bare.open(item.filename, "w") as target:
                if _SHEET.match(item.filename):
                    _pass_over_rows(source, target)
                shutil.copyfileobj(source, target)
    load(made.getvalue(), name).close()


def _pass_over_rows(source: IO[bytes], target: IO[bytes]) -> None:
    """Copies a sheet up to its first row, and leaves it where the rows end, or at its end where there are none."""
    mark, rest = _FIRST_ROW, b""
    while piece := source.read(MEBIBYTE):
        rest += piece
        place = rest.find(mark)
        if mark is _FIRST_ROW:
            target.write(rest[:place] if place >= 0 else rest[: -len(mark)])
            if place >= 0:
                mark, place = _END_OF_ROWS, rest.find(_END_OF_ROWS)
        if mark is _END_OF_ROWS and place >= 0:
            target.write(rest[place:])
            return
        rest = rest[-len(mark) :]
    target.write(rest if mark is _FIRST_ROW else b"")


@contextlib.contextmanager
def as_book_errors(name: str) -> Iterator[None]:
    """Whatever openpyxl raises of a damaged package, which is of many kinds, is said in a sentence."""
    try:
        yield
    except MemoryError:
        why = "it does not fit into this computer's memory"
        raise BookError(Refusal.of("file-too-large", name=name, why=why).message) from None
    except Exception as error:
        why = "it is damaged or not complete"
        raise UnmarkableError(Refusal.of("file-unreadable", name=name, why=why).message) from error


def cannot_be_opened(name: str, error: OSError) -> BookError:
    return BookError(f"{name} cannot be opened: {error.strerror}. Check that you may read it.")


def _why_without_worksheet(path: Path, name: str) -> str:
    try:
        with ExcelArchive(path, name, Limits()) as archive:
            archive.leftmost_visible()
    except Refusal:
        return f"{name} has no worksheet. Open a workbook that holds your rows."
    return (
        f"{name} is saved as a Strict Open XML Spreadsheet, which can be read here but not written. Open it in "
        "Excel and save it as an Excel Workbook (.xlsx)."
    )
