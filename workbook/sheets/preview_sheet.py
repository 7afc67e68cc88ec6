"""The sheet `Preview`: what an upload would do to each caseload (SPEC 6).

Validate writes it anew; nothing is read from it. A bar in a cell shows each caseload before and after, all on one
scale. It is drawn with characters: the bars of conditional formats are in an extension of the file that some programs
drop.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from workbook.layout import LAST_ROW, PREVIEW_SHEET, TEXT_FORMAT
from workbook.report import Preview

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADERS: Final = ("Caseworker", "Before", "Open Cases Before", "After", "Open Cases After", "Change", "To Look At")
WIDTHS: Final = (34, 10, 24, 10, 24, 12, 34)
"""Column widths in characters."""
NUMBERS: Final = ("Before", "After")
_BARS: Final = ("Open Cases Before", "Open Cases After")
_LONGEST_BAR: Final = 13
"""Characters of the largest load's bar: as many as fit into the column in a font that has them wide, as Calc's."""
_EIGHTHS: Final = "▏▎▍▌▋▊▉█"
HEADER_ROW: Final = 12
"""The sheet row in which the header of the loads stands, whatever there is to say above."""
NOTHING: Final = "Press Validate to see here what Submit would do."
CHANGED: Final = "The rows have changed since the last full check. Press Validate to see what Submit would do now."
SENT: Final = (
    "Your rows are sent: once they are uploaded, the sheet Log tells what became of them. When you have new rows or "
    "changes, press Validate to see here what they would do."
)
WHY_EMPTY: Final = (NOTHING, CHANGED, "Your rows are ", "What was shown here is uploaded.")
"""What the sheet says, or in earlier versions said, while it shows no preview begins with one of these."""
FIRST_FACT: Final = "Assignments begun"
WARNING: Final = "▲"
_NO_CHANGE: Final = "No caseworker's number of open cases changes."

Block = list[list[int | str | None]]


def lay_out_preview(preview: Preview, left_out: int, stay: int, errors: int = 0) -> Block:
    """The whole sheet from A1. `left_out`: rows that are not uploaded by the user's choice; `stay`: assignments that
    stand in the sheet as they were downloaded; `errors`: those that are still open."""
    head: Block = [[PREVIEW_SHEET], [_summary(preview, errors)]]
    head += [
        [FIRST_FACT, preview.inserts],
        ["Assignments ended", preview.updates],
        ["Left as downloaded", stay],
        ["Enrollments begun", preview.enrollments_begun],
        ["Enrollments ended", preview.enrollments_ended],
        ["Rows left out", left_out],
        [],
        [_warning(preview)],
        [],
    ]
    assert len(head) == HEADER_ROW - 1
    loads = preview.by_size_of_change()
    large = {one.caseworker for one in preview.too_large()}
    most = max((max(one.before, one.after) for one in loads), default=0)
    limit = f"{WARNING} above {preview.load_limit} open cases"
    lines: Block = [
        [
            one.caseworker,
            one.before,
            bar(one.before, most),
            one.after,
            bar(one.after, most),
            f"{one.by:+d}",
            limit if one.caseworker in large else None,
        ]
        for one in loads
    ]
    return _even([*head, list(HEADERS), *(lines or [[_NO_CHANGE]])])


def bar(load: int, most: int) -> str:
    """A bar as long as `load` is large, beside others of which the largest is `most`; "" for none. In eighths of a
    character, and one of them at least."""
    eighths = max(round(load * _LONGEST_BAR * 8 / most), 1) if load > 0 else 0
    whole, rest = divmod(eighths, 8)
    return _EIGHTHS[-1] * whole + (_EIGHTHS[rest - 1] if rest else "")


def empty_preview(message: str) -> Block:
    """The sheet while nothing is known of what an upload would do."""
    return _even([[PREVIEW_SHEET], [message]])


def build_preview_sheet(sheet: Worksheet) -> None:
    """Dresses an empty sheet so that `lay_out_preview` can be written into it."""
    from openpyxl.utils import get_column_letter

    from workbook.sheets import style

    style.dress_bare(sheet)
    for number, (header, width) in enumerate(zip(HEADERS, WIDTHS, strict=True), start=1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width
        column.number_format = "#,##0" if header in NUMBERS else TEXT_FORMAT
        column.font = style.font(style.SOFT_ACCENT) if header in _BARS else style.BODY_FONT
        column.alignment = style.CENTRED if header in (*NUMBERS, "Change") else style.LEFT
    style.dress_above(sheet, len(HEADERS), HEADER_ROW, lambda _, column: TEXT_FORMAT if column == 1 else "#,##0")
    style.put(sheet, 1, 1, PREVIEW_SHEET, style.TITLE_FONT).alignment = style.LEFT
    style.put(sheet, 2, 1, NOTHING, style.HEADING_FONT).alignment = style.LEFT
    paint = sheet.conditional_formatting.add
    last = get_column_letter(len(HEADERS))
    header = f"A{HEADER_ROW}:{last}{HEADER_ROW}"
    # Only where there are loads: an empty preview has no header to dress.
    paint(header, style.painted(f"LEN($B${HEADER_ROW})>0", ink="FFFFFF", fill=style.SOFT_ACCENT, bold=True))
    paint(f"A10:{last}10", style.painted(f'LEFT($A$10,1)="{WARNING}"', ink=style.WARNING_INK, fill=style.WARNING_FILL))
    first = HEADER_ROW + 1
    large = f'LEFT(${last}{first},1)="{WARNING}"'
    for letter in ("A", last):
        paint(f"{letter}{first}:{letter}{LAST_ROW}", style.warning_look(large))
    paint(f"A{first}:{last}{LAST_ROW}", style.ruled(f"LEN($A{first})>0"))
    sheet.freeze_panes = f"A{HEADER_ROW + 1}"
    style.dress_page(sheet, titles=f"{HEADER_ROW}:{HEADER_ROW}")


def _summary(preview: Preview, errors: int) -> str:
    if errors:
        are = "1 error is" if errors == 1 else f"{errors:,} errors are"
        return f"{are} left: this counts the rows without one. Nothing is uploaded before all are right or left out."
    if not (preview.inserts or preview.updates or preview.enrollments_begun or preview.enrollments_ended):
        return "An upload would change nothing."
    return "This is what Submit would do now. Nothing is written yet."


def _warning(preview: Preview) -> str | None:
    large = preview.too_large()
    if not large:
        return None
    whose = f"{large[0].caseworker} would have" if len(large) == 1 else f"{len(large)} caseworkers would have"
    return f"{WARNING} {whose} more than {preview.load_limit} open cases, the most that your agency wants."


def _even(lines: Sequence[list[int | str | None]]) -> Block:
    return [[*line, *[None] * (len(HEADERS) - len(line))] for line in lines]
