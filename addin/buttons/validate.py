"""Validate: check every row and mark what is wrong, without uploading anything (SPEC 9).

`validate` below is a press from top to bottom:

1. The rows are read from the leftmost visible sheet (`addin.rows.data_sheet`). What the user did there since the last
   check counts: an ID picked from a cell's list, and rows whose upload was undone (`addin.rows.written_rows`).
2. The rows that are not left out are sent as one table to `POST /v1/validations`. The server checks them against the
   site's records. It answers with every problem, what was probably meant, and what the rows would do.
3. The answer is written into the book (`addin.rows.check.show_report`): wrong cells are marked, a status and a message
   stand beside each row, Fix Errors has a line for each different mistake, and Preview says what an upload would do.

The book is only a note of what is to change. The host writes the changes into the spreadsheet afterwards, unless the
user has moved or changed rows meanwhile (`addin.hosts.desk.commit`).
"""

from __future__ import annotations

from dataclasses import replace

from addin.api.client import Client
from addin.book import Book
from addin.buttons.test_rows import learn_of_test
from addin.rows.check import Checked, check_rows
from addin.rows.dress import fit_first_row, redress_rows, refresh_lists
from addin.rows.written_rows import read_current_rows


def validate(book: Book, client: Client) -> Checked:
    """Checks the rows that are not left out, and writes the marks into the book. Gives the report and a sentence.

    The workbook's lists are updated first, and rows that were pasted over get their lists and formats back. Rows that
    an upload has written already are not checked again, and neither are those of a test that waits for a decision.
    Raises BookError when the sheet is no caseload sheet, ClientError when the server does not answer.
    """
    lists = refresh_lists(book, client)
    learn_of_test(book, client)
    data, note = read_current_rows(book, client)
    redress_rows(book, data)
    checked = check_rows(book, client, data, data.left_out(), lists, adds_preview=True)
    fit_first_row(book, data)  # last: a height alone is no reason to say that the sheet was changed
    return replace(checked, sentence=checked.sentence + note)
