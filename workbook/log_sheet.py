"""The log of one upload: the `Log` sheet of the workbook, and the files that the server gives out (SPEC 6).

The upload's own facts stand on top, then one line per row of the sheet. The workbook shows one upload at a time,
the one just submitted or asked for: the server keeps them all.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from workbook.layout import LAST_ROW, LOG_SHEET, TEXT_FORMAT, no_formula
from workbook.report import LogRow, Upload

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE: Final = "Upload log"
HEADERS: Final = ("Row", "Action", "Result", "Record ID", "Message", "Before Fix", "After Fix")
WIDTHS: Final = (15, 14, 18, 14, 64, 34, 34)
"""Column widths in characters."""
NO_LOG: Final = "Nothing was uploaded from this workbook yet. Press Submit when Validate finds no errors."

Block = list[list[int | str | None]]


def log_block(upload: Upload, rows: Iterable[LogRow]) -> Block:
    """The whole `Log` sheet from A1, to be written in one go after the sheet was cleared.

    All its cells but numbers are text: the sheet formats its columns so, and no value can turn into a formula.
    """
    return [*_head(upload), list(HEADERS), *(_cells(row) for row in rows)]


def log_header_row(upload: Upload) -> int:
    """The sheet row in which the header of the row log stands."""
    return len(_head(upload)) + 1


def log_csv(upload: Upload, rows: Iterable[LogRow]) -> bytes:
    """The row log as .csv: a header and one record per row, each naming the upload, so that several logs can be
    put together. UTF-8 with a BOM, which Excel needs; text that looks like a formula gets an apostrophe in front."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*HEADERS, "Upload"])
    for row in rows:
        writer.writerow([no_formula(cell) for cell in (*_cells(row), upload.id)])
    return text.getvalue().encode("utf-8-sig")


def log_xlsx(upload: Upload, rows: Iterable[LogRow]) -> bytes:
    """The log as a workbook with one sheet, `Log`, as `log_block` lays it out. Rows are streamed, not kept."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    from workbook import style

    book = Workbook(write_only=True)
    sheet = book.create_sheet(LOG_SHEET)
    for number, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.freeze_panes = f"A{log_header_row(upload) + 1}"
    for number, line in enumerate(_head(upload)):
        sheet.append(style.cells_of(sheet, line, style.BODY_FONT if number else style.TITLE_FONT))
    sheet.append(style.cells_of(sheet, HEADERS, style.HEADER_FONT, style.HEADER_FILL))
    for row in rows:
        sheet.append(style.cells_of(sheet, _cells(row)))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def build_log_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet so that `log_block` can be written into it: all columns but the numbers are text."""
    from openpyxl.utils import get_column_letter

    from workbook import style

    sheet.sheet_view.showGridLines = False
    for number, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True), start=1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width
        column.number_format = TEXT_FORMAT if header not in ("Row", "Record ID") else "General"
        column.font = style.BODY_FONT
        column.alignment = style.LEFT
    style.put(sheet, 1, 1, TITLE, style.TITLE_FONT)
    style.put(sheet, 2, 1, NO_LOG)
    # Wherever the head of an upload ends, the header of its rows shows as one.
    last = get_column_letter(len(HEADERS))
    everything = f"A3:{last}{LAST_ROW}"
    header = f'AND($A3="{HEADERS[0]}",$B3="{HEADERS[1]}")'
    sheet.conditional_formatting.add(everything, style.painted(header, ink="FFFFFF", fill=style.ACCENT, bold=True))
    style.dress_page(sheet)


def _head(upload: Upload) -> Block:
    facts: list[tuple[str, int | str | None]] = [
        ("File", upload.filename),
        ("Type", upload.type),
        ("State", upload.state),
        ("Submitted by", upload.submitted_by),
        ("Submitted at", _moment(upload.submitted_at)),
        ("Finished at", _moment(upload.finished_at)),
        ("Rows received", upload.received),
        ("Rows accepted", upload.accepted),
        ("Rows left out", upload.left_out),
        ("Upload", upload.id),
    ]
    if upload.reason:
        facts.append(("Reason", upload.reason))
    room: list[int | str | None] = [None] * (len(HEADERS) - 2)
    return [[TITLE, None, *room], *([name, fact, *room] for name, fact in facts), [None, None, *room]]


def _moment(iso: str | None) -> str | None:
    """A moment for people: `2026-01-31 14:05 UTC`."""
    if not iso:
        return None
    day, _, time = iso.partition("T")
    return f"{day} {time[:5]} UTC" if time else day


def _cells(row: LogRow) -> list[int | str | None]:
    return [
        row.row, row.action, row.result, row.record_id, row.message or None, row.before or None, row.after or None
    ]

