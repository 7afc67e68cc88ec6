"""Validate: checks every row and marks what is wrong; nothing is uploaded (SPEC 9)."""

from __future__ import annotations

from dataclasses import replace

from addin.api.client import Client
from addin.book import Book
from addin.rows.check import Checked, check_rows
from addin.rows.dress import redress_rows, refresh_lists
from addin.rows.written_rows import read_current_rows


def validate(book: Book, client: Client) -> Checked:
    """Checks the rows of the data sheet that are not left out, and writes what was found into the book: painted cells,
    a status and a message beside each row, and one line for each distinct mistake in the sheet Fix Errors.

    Before that the workbook's lists are brought up to date, and cells that a paste has robbed of lists, formats and
    marks get them back. A Participant ID that the user picked in its cell takes the place of the details that told the
    person, and a row that was written before is passed over, unless its upload was undone.
    Raises BookError when the sheet is no caseload sheet, ClientError when the server does not answer.
    """
    refresh_lists(book, client)
    data, said = read_current_rows(book, client)
    redress_rows(book, data)
    checked = check_rows(book, client, data, data.left_out())
    return replace(checked, sentence=checked.sentence + said)
