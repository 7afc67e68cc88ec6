"""The file formats of a caseload, one line each: the single source for all readers."""

from __future__ import annotations

from pathlib import PurePath
from typing import Final, NamedTuple


class FileFormat(NamedTuple):
    """`is_workbook`: it has sheets and cells to mark, and is written as a workbook; else it is text."""

    ending: str
    media_type: str
    is_workbook: bool = False


FORMATS: Final = (
    FileFormat(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", is_workbook=True),
    FileFormat(".xlsm", "application/vnd.ms-excel.sheet.macroEnabled.12", is_workbook=True),
    FileFormat(".csv", "text/csv; charset=utf-8"),
)
"""Each also has its reader, in `workbook/files/reader.py`."""

_BY_ENDING: Final = {one.ending: one for one in FORMATS}
PATTERNS: Final = tuple(f"*{one.ending}" for one in FORMATS)
"""What a window for choosing a file offers."""
_ENDINGS: Final = tuple(one.ending for one in FORMATS)
ANY_ENDING: Final = f"{', '.join(_ENDINGS[:-1])} or {_ENDINGS[-1]}"
"""The endings, as a sentence names them."""


def format_of(name: str | PurePath) -> FileFormat | None:
    """The format that a file's name says, None where it is not supported."""
    return _BY_ENDING.get(PurePath(name).suffix.casefold())


def is_workbook(name: str | PurePath) -> bool:
    """Whether a file's name is that of a workbook, which can be marked."""
    found = format_of(name)
    return found is not None and found.is_workbook


def is_text(name: str | PurePath) -> bool:
    """Whether a file's name is that of a text file, which has no cells to mark, and is read row by row (`csv_rows`)."""
    found = format_of(name)
    return found is not None and not found.is_workbook
