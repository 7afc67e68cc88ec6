"""Read a .csv file as the texts that a spreadsheet program should have shown.

A spreadsheet program that opens a .csv decides by itself what its fields are: 007 becomes 7, 12-5 a date, and letters
come out of the wrong encoding. Here its rows are read by the reader that every other door has (SPEC 3, One reader).
"""

from __future__ import annotations

from pathlib import Path

from addin.errors import BookError
from workbook.files.csv_file import csv_rows
from workbook.files.header import find_header
from workbook.files.limits import Limits
from workbook.problems import Refusal
from workbook.text import as_typed, is_blank, plain


def text_rows(path: Path) -> list[list[str]]:
    """The rows of a .csv file as it says them, from row 1, empty ones too: what is guarded from Excel as it was meant.

    Raises BookError where the file cannot be read, or where a row has empty fields beyond its headers: a comma without
    quotation marks may have moved its values, and in a sheet nobody would see that.
    """
    try:
        rows = [_shown(cells) for _number, cells in csv_rows(path, path.name, Limits())]
    except Refusal as refusal:
        raise BookError(refusal.message) from refusal
    except OSError as error:
        raise BookError(f"{path.name} cannot be read: {error.strerror}. Check that you may read it.") from error
    header = find_header(rows)
    place = len(rows) if header is None else header.place
    for number, cells in enumerate(rows[place + 1 :], start=place + 2):
        beyond = cells[len(rows[place]) :]
        if beyond and all(map(is_blank, beyond)):
            raise BookError(
                f"Row {number} of {path.name} has more fields than there are headers, and they are empty: a comma may "
                "have moved its values. Put quotation marks around a value that holds a comma, or take the commas at "
                "the end of the row away, and open the file again."
            )
    return rows


def _shown(cells: list[str]) -> list[str]:
    meant = ((cell, as_typed(text := plain(cell)), text) for cell in cells)
    return [cell if typed == text else typed for cell, typed, text in meant]
