"""The log of one upload, as the sheet `Log` and as files (SPEC 6).

A summary of the upload stands on top, then one line per row of the sheet. The workbook shows one upload at a time,
the one just submitted or asked for: the server keeps them all. Beside the summary, `log_chart` shows the last ones.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, BinaryIO, Final

from workbook.layout import LAST_ROW, LOG_SHEET, TEXT_FORMAT, no_formula
from workbook.local_time import local_moment
from workbook.sheets.disk_failures import as_os_errors
from workbook.upload import LogRow, Upload
from workbook.upload_state import UploadState
from workbook.wrapping import lines_of

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE: Final = "Upload log"
HEADER_ROW: Final = 15
"""The sheet row in which the header of the row log stands, whatever the summary has to say."""
HEADERS: Final = (
    "Row",
    "Action",
    "Participant ID",
    "Program",
    "Caseworker",
    "Result",
    "Record ID",
    "Message",
    "Before Fix",
    "After Fix",
)
WIDTHS: Final = (15, 14, 18, 24, 24, 16, 12, 56, 44, 44)
"""Column widths in characters."""
_WRAPPED: Final = ("Message", "Before Fix", "After Fix")
"""The columns whose texts may be longer than that."""
FACTS: Final = ("File", "Type")
"""What the summary of every upload begins with."""
_COUNTS: Final = ("Rows received", "Rows accepted", "Rows left out")
_COUNT_ROWS: Final = range(8, 11)
"""The rows of the summary that hold a number, and the sheet rows in which they stand."""
_UPLOAD, _BETWEEN = "Upload", " · "
"""Before the upload's number and id, and between them."""
NO_LOG: Final = "Nothing was uploaded from this workbook yet. Press Submit when Validate finds no errors."

Block = list[list[int | str | None]]


def log_block(upload: Upload, rows: Iterable[LogRow]) -> Block:
    """The whole `Log` sheet from A1, to be written in one go after the sheet was cleared.

    All its cells but numbers are text: the sheet formats its columns so, and no value can turn into a formula.
    """
    return [*_head(upload), list(HEADERS), *(_cells(row) for row in rows)]


def is_high(line: Sequence[object]) -> bool:
    """Whether a line of the row log needs more than one line of text."""
    wrapped = (place for place, header in enumerate(HEADERS) if header in _WRAPPED)
    return lines_of((line[place], WIDTHS[place]) for place in wrapped if place < len(line)) > 1


def log_csv(upload: Upload, rows: Iterable[LogRow], *, summary: bool = False) -> bytes:
    """The row log as .csv, as `write_log_csv` writes it."""
    packed = io.BytesIO()
    write_log_csv(upload, rows, packed, summary=summary)
    return packed.getvalue()


def write_log_csv(upload: Upload, rows: Iterable[LogRow], into: BinaryIO, *, summary: bool = False) -> None:
    """The row log as .csv, row by row. UTF-8 with a BOM, which Excel needs; text that looks like a formula gets an
    apostrophe in front.

    With a `summary` it is for a person: the file, who submitted it and when stand at the top, as in the sheet `Log`.
    Without one it is for a program: a header and one record per row, each naming the upload, its file, who and when, so
    that several logs can be put together. Either way every line has as many fields (RFC 4180).
    """
    text = io.TextIOWrapper(into, "utf-8-sig", newline="")
    writer = csv.writer(text)
    when = local_moment(upload.submitted_at, upload.date_order)
    of_upload = () if summary else (upload.name, upload.id, upload.filename, upload.submitted_by, when)
    if summary:
        writer.writerows([no_formula(cell) for cell in line] for line in _head(upload))
    writer.writerow([*HEADERS, *(() if summary else ("Upload", "Upload ID", "File", "Submitted By", "Submitted At"))])
    for row in rows:
        writer.writerow([no_formula(cell) for cell in (*_cells(row), *of_upload)])
    text.flush()
    text.detach()


def log_xlsx(upload: Upload, rows: Iterable[LogRow]) -> bytes:
    """The log as a workbook, as `write_log_xlsx` writes it."""
    packed = io.BytesIO()
    write_log_xlsx(upload, rows, packed)
    return packed.getvalue()


@as_os_errors()
def write_log_xlsx(upload: Upload, rows: Iterable[LogRow], into: BinaryIO) -> None:
    """The log as a workbook with one sheet, `Log`, as `log_block` lays it out. Rows are streamed, not kept. Raises
    OSError."""
    from openpyxl import Workbook
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    book = Workbook(write_only=True)
    sheet = book.create_sheet(LOG_SHEET)
    sheet.sheet_view.showGridLines = False
    for number, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = style.TITLE_HEIGHT
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    for number, (name, *facts) in enumerate(_head(upload)):
        font = (style.TITLE_FONT, style.HEADING_FONT)[number] if number < 2 else style.QUIET_FONT
        sheet.append([*style.cells_of(sheet, [name], font), *style.cells_of(sheet, facts, style.BODY_FONT)])
    sheet.append(style.cells_of(sheet, HEADERS, style.HEADER_FONT, style.HEADER_FILL))
    for row in rows:
        sheet.append(style.cells_of(sheet, _cells(row)))
    book.save(into)


def build_log_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet so that `log_block` can be written into it: all columns but the numbers are text."""
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style
    from workbook.sheets.log_chart import add_chart

    style.dress_bare(sheet)
    for number, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True), start=1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width
        column.number_format = TEXT_FORMAT if header not in ("Row", "Record ID") else "General"
        column.font = style.BODY_FONT
        column.alignment = style.MIDDLE if header in _WRAPPED else style.LEFT
        column.border = style.BOTTOM_RULE
        style.dress_header(style.put(sheet, HEADER_ROW, number, header))
    # Each row by itself: LibreOffice fits the others anew, and the chart hangs over them.
    style.dress_above(sheet, len(HEADERS), HEADER_ROW, lambda row, _: "#,##0" if row in _COUNT_ROWS else TEXT_FORMAT)
    style.put(sheet, 1, 1, TITLE, style.TITLE_FONT)
    style.put(sheet, 2, 1, NO_LOG, style.HEADING_FONT)
    last = get_column_letter(len(HEADERS))
    lines = f"A{HEADER_ROW + 1}:{last}{LAST_ROW}"
    result = f"${get_column_letter(HEADERS.index('Result') + 1)}{HEADER_ROW + 1}"
    passed_over = f'OR({result}="left out",LEFT({result},3)="not")'
    sheet.conditional_formatting.add(lines, style.painted(passed_over, ink=style.QUIET_INK, italic=True))
    style.dress_page(sheet, titles=f"{HEADER_ROW}:{HEADER_ROW}")
    add_chart(sheet)


def upload_in(grid: Sequence[Sequence[object]]) -> str:
    """The id of the upload that a `Log` sheet shows, from its cells; "" where it shows none."""
    found = (line[1] for line in grid[: HEADER_ROW - 1] if len(line) > 1 and line[0] == _UPLOAD)
    return str(next(found, None) or "").rpartition(_BETWEEN)[2]


def in_words(upload: Upload) -> str:
    """How an upload stands, in one sentence for its user."""
    rows = f"{upload.received:,} row{'' if upload.received == 1 else 's'}"
    if upload.is_open_test:
        return f"Test: {upload.accepted:,} of {rows} written. Press Keep Test, or press Take Back Test, to decide."
    if upload.state == UploadState.COMPLETE:
        out = f", {upload.left_out:,} left out" if upload.left_out else ""
        return f"Complete: {upload.accepted:,} of {rows} written{out}."
    return {
        UploadState.RECEIVED: f"Received: {rows} waiting to be checked.",
        UploadState.VALIDATING: f"Being checked: {rows}. Nothing is written yet.",
        UploadState.NEEDS_FIXES: f"Stopped by mistakes: nothing of {rows} is written until they are fixed or left out.",
        UploadState.WRITING: f"Being written: {rows}, all of them or none.",
        UploadState.FAILED: f"Failed: nothing of {rows} was written. It is safe to submit again.",
        UploadState.CANCELLED: f"Cancelled: nothing of {rows} was written.",
        UploadState.UNDONE: f"Undone: what was written of {rows} was taken back.",
    }[upload.state]


def _head(upload: Upload) -> Block:
    facts: list[tuple[str | None, int | str | None]] = [
        (FACTS[0], upload.filename),
        (FACTS[1], upload.type),
        ("Submitted by", upload.submitted_by),
        ("Submitted at", local_moment(upload.submitted_at, upload.date_order)),
        ("Finished at", local_moment(upload.finished_at, upload.date_order)),
        *zip(_COUNTS, (upload.received, upload.accepted, upload.left_out), strict=True),
        ("State", upload.state),
        (_UPLOAD, f"{upload.name}{_BETWEEN}{upload.id}"),
        ("Reason", upload.reason) if upload.reason else (None, None),
        (None, None),
    ]
    room: list[int | str | None] = [None] * (len(HEADERS) - 2)
    head: Block = [[TITLE, None, *room], [in_words(upload), None, *room]]
    head += [[name, fact, *room] for name, fact in facts]
    assert len(head) == HEADER_ROW - 1
    return head


def _cells(row: LogRow) -> list[int | str | None]:
    return [
        row.row,
        row.action,
        row.participant_id or None,
        row.program or None,
        row.caseworker or None,
        row.result,
        row.record_id,
        row.message or None,
        row.before or None,
        row.after or None,
    ]
