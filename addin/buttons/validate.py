"""Validate: checks every row and marks what is wrong; nothing is uploaded (SPEC 9).

The press in three steps, each a line or two below:

1. The rows are read: the leftmost visible sheet, its header found below titles, one row a line under our own column
   names. What the user did in the sheet since the last check is taken into account (`addin.rows.written_rows`), and the
   workbook's lists and dressing are made good again.
2. They are sent as one table to `POST /v1/validations`, without those that are left out. The server judges all of them
   against the site's records and answers with every problem, what was probably meant, and what the rows would do.
3. The answer is written into the book (`addin.rows.check.show_report`): cells are painted, a status and a message
   stand beside each row, Fix Errors has one line for each distinct mistake, Preview what an upload would do.

Nothing reaches the spreadsheet here: the host carries out what was noted in the book, if nobody has moved the rows
meanwhile (`addin.hosts.desk.commit`).
"""

from __future__ import annotations

from dataclasses import replace

from addin.api.client import Client
from addin.book import Book
from addin.rows.check import Checked, check_rows
from addin.rows.dress import redress_rows, refresh_lists
from addin.rows.written_rows import read_current_rows


def validate(book: Book, client: Client) -> Checked:
    """Checks the rows that are not left out, and writes what was found into the book; gives the report and a sentence.

    Before that the workbook's lists are brought up to date, and cells that a paste has robbed of lists, formats and
    marks get them back. A Participant ID that the user picked in its cell takes the place of the details that told the
    person, and a row that was written before is passed over, unless its upload was undone.
    Raises BookError when the sheet is no caseload sheet, ClientError when the server does not answer.
    """
    lists = refresh_lists(book, client)
    data, done_before = read_current_rows(book, client)
    redress_rows(book, data)
    left_out = data.left_out()
    checked = check_rows(book, client, data, left_out, lists)
    return replace(checked, sentence=checked.sentence + done_before)
