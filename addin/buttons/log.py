"""The `Log` sheet, brought up to date: one upload row by row, and beside it how the last ones went."""

from __future__ import annotations

import xlwings as xw

from addin.api.client import Client
from addin.rows import own_sheets as sheet
from workbook.log_chart import MOST_UPLOADS
from workbook.report import LogRow, Upload


def show_log(book: xw.Book, client: Client, upload: Upload) -> list[LogRow]:
    """Writes an upload's log into the `Log` sheet, and gives its rows. The chart shows uploads that wrote rows."""
    rows = client.log(upload.id)
    sheet.write_log(book, upload, rows, client.uploads(state="complete", limit=MOST_UPLOADS))
    return rows
