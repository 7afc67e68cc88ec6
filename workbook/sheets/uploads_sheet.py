"""The sheet `Uploads`: uploads waiting for a decision, in progress, and complete (SPEC 6).

One line an upload, in three parts. The column Notes is the user's own: what stands there stays with its upload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from workbook.layout import LAST_ROW
from workbook.layout import UPLOADS_SHEET as UPLOADS_SHEET
from workbook.local_time import local_moment
from workbook.matching import text_of
from workbook.sheet import Cell
from workbook.upload import Upload
from workbook.upload_state import UploadState

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE: Final = "Uploads"
NUMBER: Final = "No."
"""The short number, which a person can say on the phone."""
ID: Final = "Upload"
TO_DO: Final = "What to Do"
NOTES: Final = "Notes"
HEADERS: Final = (
    NUMBER,
    "State",
    TO_DO,
    "File",
    "Submitted By",
    "Submitted At",
    "Rows Received",
    "Rows Accepted",
    "Rows Left Out",
    NOTES,
    ID,
)
HEADER_ROW: Final = 3
WIDTHS: Final = (8, 14, 40, 26, 19, 21, 11, 11, 11, 40, 36)
"""Column widths in characters."""
HOW: Final = (
    "Double-click the line of an upload to see its log, or select it and press Log. Undo Upload takes the selected one "
    "back. At a terminal: caseload log and its number."
)
FIRST: Final = "Press Uploads to see them here."
WAITING, IN_PROGRESS, COMPLETE = "Waiting for a decision", "In progress", "Complete"
NOTED: Final = "With a note of yours, and older or of another connection; as they were seen last"
_ENDED: Final = frozenset({UploadState.COMPLETE, UploadState.CANCELLED, UploadState.UNDONE})
_DECIDES: Final = {
    UploadState.NEEDS_FIXES: "Correct the rows in its workbook and submit again, or leave them out.",
    UploadState.FAILED: "Nothing was written. It is safe to submit again.",
}


def lay_out_uploads(
    uploads: Sequence[Upload], noted: Mapping[str, Sequence[Cell]]
) -> list[list[int | float | str | None]]:
    """The whole sheet from A1. `noted`: the lines with what the user wrote, as `read_noted` gives them; those that are
    not among the uploads by now stay at the end."""
    width, note = len(HEADERS), HEADERS.index(NOTES)
    head = [TITLE], [HOW if uploads else "There is no upload yet."], HEADERS
    lines: list[list[int | float | str | None]] = [list(line) for line in head]
    for name in (WAITING, IN_PROGRESS, COMPLETE):
        part = [one for one in uploads if part_of(one) == name]
        if part:
            lines.append([f"{name} ({len(part)})"])
            lines += [_line(one, text_of(noted[one.id][note]) if one.id in noted else "") for one in part]
    others = noted.keys() - {one.id for one in uploads}
    if others:
        lines.append([f"{NOTED} ({len(others)})"])
        lines += [[_kept(cell) for cell in line] for upload_id, line in noted.items() if upload_id in others]
    return [[*line, *[None] * (width - len(line))] for line in lines]


def build_uploads_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet so that `lay_out_uploads` can be written into it."""
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    first, last = HEADER_ROW + 1, get_column_letter(len(HEADERS))
    is_part = f"AND(LEN($A{first})>0,LEN(${last}{first})=0)"
    paint = sheet.conditional_formatting.add
    to_do = f"{get_column_letter(HEADERS.index(TO_DO) + 1)}{first}"
    # Before the rules between lines: of several formats over one cell Calc takes the first that applies.
    paint(f"{to_do}:{to_do[:-1]}{LAST_ROW}", style.warning_look(f"LEN(${to_do})>0"))
    paint(f"A{first}:{last}{LAST_ROW}", style.painted(is_part, ink=style.ACCENT, fill=style.PALE_ACCENT, bold=True))
    style.dress_list(
        sheet, HEADERS, WIDTHS, row=HEADER_ROW, numbers=("Rows Received", "Rows Accepted", "Rows Left Out")
    )
    style.put(sheet, 1, 1, TITLE, style.TITLE_FONT).alignment = style.LEFT
    style.put(sheet, 2, 1, FIRST, style.QUIET_FONT).alignment = style.LEFT
    style.dress_header(style.put(sheet, HEADER_ROW, HEADERS.index(NOTES) + 1, NOTES))
    sheet.row_dimensions[1].height = style.TITLE_HEIGHT
    sheet.row_dimensions[2].height = style.ROW_HEIGHT


def read_noted(grid: Sequence[Sequence[Cell]]) -> dict[str, list[Cell]]:
    """The lines that have a note of the user's, by the upload's id, their cells in the order of HEADERS; from the
    sheet's whole grid, {} when it is another sheet."""
    place = _columns(grid)
    if place is None:
        return {}
    headers = [text_of(cell) for cell in grid[HEADER_ROW - 1]]
    columns = [headers.index(name) if name in headers else None for name in HEADERS]
    return {
        text_of(line[place[0]]): [
            line[column] if column is not None and column < len(line) else None for column in columns
        ]
        for line in grid[HEADER_ROW:]
        if max(place) < len(line) and text_of(line[place[0]]) and text_of(line[place[1]])
    }


def upload_in(grid: Sequence[Sequence[Cell]], row: int) -> str:
    """The id of the upload in a sheet row; "" where there is none."""
    place = _columns(grid)
    if place is None or not HEADER_ROW < row <= len(grid):
        return ""
    line = grid[row - 1]
    return text_of(line[place[0]]) if place[0] < len(line) else ""


def leads_to_log(headers: Sequence[Cell], line: Sequence[Cell], column: int) -> bool:
    """Whether a double click on a cell leads to a log: it is on the line of an upload, and not under Notes, which are
    the user's to edit. `headers`: those in HEADER_ROW; `column`: the cell's, from 1."""
    place = _columns([*[()] * (HEADER_ROW - 1), headers])
    return place is not None and place[0] < len(line) and text_of(line[place[0]]) != "" and column - 1 != place[1]


def part_of(upload: Upload) -> str:
    """In which part of the list an upload stands."""
    if what_to_do(upload):
        return WAITING
    return COMPLETE if upload.state in _ENDED else IN_PROGRESS


def what_to_do(upload: Upload) -> str:
    """What an upload waits for; "" when it waits for nobody."""
    if upload.is_open_test:
        return "Look at its log, then press Keep Test to keep the rows, or press Take Back Test."
    return _DECIDES.get(upload.state, "")


def state_of(upload: Upload) -> str:
    """`complete`; of a test that is not kept `complete (test)`."""
    return upload.state + (" (test)" if upload.test is not None and upload.test.kept is not True else "")


def _line(upload: Upload, note: str) -> list[int | float | str | None]:
    return [
        f"No. {upload.number}",
        state_of(upload),
        what_to_do(upload) or None,
        upload.filename,
        upload.submitted_by,
        local_moment(upload.submitted_at, upload.date_order),
        upload.received,
        upload.accepted,
        upload.left_out,
        note or None,
        upload.id,
    ]


def _kept(cell: Cell) -> int | float | str | None:
    return cell if isinstance(cell, int | float | None) else text_of(cell)


def _columns(grid: Sequence[Sequence[Cell]]) -> tuple[int, int] | None:
    """The places, from 0, of the upload's id and of the note."""
    headers = [text_of(cell) for cell in grid[HEADER_ROW - 1]] if len(grid) >= HEADER_ROW else []
    return (headers.index(ID), headers.index(NOTES)) if ID in headers and NOTES in headers else None
