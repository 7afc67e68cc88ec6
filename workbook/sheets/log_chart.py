"""The chart on the sheet `Log`: rows accepted and left out, by upload.

The cells behind the chart are in hidden columns beside the log, so that one write of a block updates the chart, in any
program and without touching the chart itself. A `Log` sheet of an earlier template lacks both, and is recognised by
that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from workbook.layout import LOG_SHEET, TEXT_FORMAT
from workbook.local_time import local_moment
from workbook.upload import Upload

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HISTORY_ROW: Final = 1
HISTORY_COLUMN: Final = 12
"""Where the block begins (1-based)."""
MOST_UPLOADS: Final = 10
HISTORY_HEADERS: Final = ("Recent uploads", "Accepted", "Left out")
"""The first of them, in its place, shows that the sheet has the chart."""
TITLE: Final = "Rows accepted and left out, by upload"
NO_UPLOAD: Final = "No upload yet"
_LETTERS: Final = ("L", "M", "N")
_FROM: Final = (4, 2)
_TO: Final = (7, 13)
"""Column and row (counted from 0) where it begins and before which it ends: beside the facts of the upload, in view
without scrolling. So it is never higher than they are, however high a program makes its rows; the table is below."""
_INTO_LAST: Final = 2_000_000
"""How far it reaches into the last column, which is wide, in EMU: about 30 characters."""
_LONGEST_NAME: Final = 21
"""Characters of a file's name; a longer one loses its middle."""

Block = list[list[int | str | None]]


def history_block(uploads: Sequence[Upload]) -> Block:
    """What the chart draws, for HISTORY_ROW and HISTORY_COLUMN: a header and MOST_UPLOADS lines, the newest on top.

    `uploads`: the newest first, as the server lists them; those that wrote nothing are for the caller to leave out.
    """
    lines: Block = [[_label(upload), upload.accepted, upload.left_out] for upload in uploads[:MOST_UPLOADS]]
    if not lines:
        lines = [[NO_UPLOAD, None, None]]
    lines += [[None] * len(HISTORY_HEADERS) for _ in range(MOST_UPLOADS - len(lines))]
    return [list(HISTORY_HEADERS), *lines]


def chart_references() -> frozenset[str]:
    """Every place that the chart names, without its $ signs: by them it is known among other charts."""
    first, last = HISTORY_ROW + 1, HISTORY_ROW + MOST_UPLOADS
    columns = {f"{LOG_SHEET}!{letter}{first}:{letter}{last}" for letter in _LETTERS}
    return frozenset(columns | {f"{LOG_SHEET}!{letter}{HISTORY_ROW}" for letter in _LETTERS[1:]})


def add_chart(sheet: Worksheet) -> None:
    """Puts the chart and its empty block into a fresh `Log` sheet."""
    from openpyxl.chart import BarChart, Reference, Series
    from openpyxl.chart.layout import Layout, ManualLayout
    from openpyxl.chart.shapes import GraphicalProperties
    from openpyxl.chart.text import RichText, Text
    from openpyxl.chart.title import Title
    from openpyxl.drawing.line import LineProperties
    from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, TwoCellAnchor
    from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties, RegularTextRun

    from workbook.sheets import style

    for row, cells in enumerate(history_block([]), start=HISTORY_ROW):
        for column, value in enumerate(cells, start=HISTORY_COLUMN):
            if isinstance(value, str):
                style.put(sheet, row, column, value)
    for letter in _LETTERS:
        sheet.column_dimensions[letter].hidden = True
    sheet.column_dimensions[_LETTERS[0]].number_format = TEXT_FORMAT

    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 45
    look = CharacterProperties(sz=1100, b=True, solidFill=style.ACCENT)
    words = Paragraph(pPr=ParagraphProperties(defRPr=look), r=[RegularTextRun(rPr=look, t=TITLE)])
    chart.title = Title(tx=Text(rich=RichText(p=[words])), overlay=False)
    chart.legend.position = "b"
    chart.visible_cells_only = False
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(noFill=True))
    chart.layout = Layout(ManualLayout(layoutTarget="inner", xMode="edge", yMode="edge", x=0.5, y=0.15, w=0.46, h=0.7))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.x_axis.delete = False
    chart.x_axis.majorTickMark = "none"
    chart.x_axis.tickLblPos = "low"
    chart.x_axis.graphicalProperties = GraphicalProperties(ln=LineProperties(noFill=True))
    # No look of their own for the labels: openpyxl puts a word into such a one whenever it reads and writes it.
    chart.y_axis.scaling.min = 0  # or a program begins the bars at the smallest number
    chart.y_axis.delete = True  # the label of a bar says its numbers, which fit into no short bar
    chart.y_axis.majorGridlines = None

    first, last = HISTORY_ROW + 1, HISTORY_ROW + MOST_UPLOADS
    for place, fill in enumerate((style.ACCENT, style.LIGHT_ACCENT), start=1):
        values = Reference(sheet, min_col=HISTORY_COLUMN + place, min_row=HISTORY_ROW, max_row=last)
        series = Series(values, title_from_data=True)
        series.graphicalProperties = GraphicalProperties(
            solidFill=fill, ln=LineProperties(solidFill=style.SOFT_ACCENT, w=9525)
        )
        chart.append(series)
    chart.set_categories(Reference(sheet, min_col=HISTORY_COLUMN, min_row=first, max_row=last))
    # The stubs know of the name of a cell only.
    chart.anchor = TwoCellAnchor(  # type: ignore[assignment]
        editAs="twoCell", _from=AnchorMarker(_FROM[0], 0, _FROM[1], 0), to=AnchorMarker(_TO[0], _INTO_LAST, _TO[1], 0)
    )
    sheet.add_chart(chart)


def _label(upload: Upload) -> str:
    """`No. 118  3/4/2026  march.xlsx  51 of 60`. The number tells uploads of a day apart, as a time would that had its
    zone beside it; the day is the reader's own."""
    day = (local_moment(upload.submitted_at, upload.date_order) or "").split(" ")[0]
    name = upload.filename
    if len(name) > _LONGEST_NAME:
        half = (_LONGEST_NAME - 1) // 2
        name = f"{name[:half]}…{name[-half:]}"
    return f"{upload.name}  {day}  {name}  {upload.accepted:,} of {upload.received:,}"
