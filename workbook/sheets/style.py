"""The look of our workbook: colours, fonts, cell styles and reproducible saving."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from workbook.layout import FORMULA_SIGNS, LAST_ROW, TEXT_FORMAT
from workbook.sheets.disk_failures import as_os_errors

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

ACCENT: Final = "1F5673"
SOFT_ACCENT: Final = "47788F"
LIGHT_ACCENT: Final = "C3D3DC"
PALE_ACCENT: Final = "E8F0F4"
INK: Final = "1F2933"
QUIET_INK: Final = "56616D"
RULE: Final = "D5DCE2"
# Told apart without seeing colour: red is much darker than amber, and an error is bold in a solid frame, a warning
# plain in a broken one.
ERROR_FILL: Final = "F2B8B0"
ERROR_INK: Final = "7A1410"
WARNING_FILL: Final = "FFF3CC"
WARNING_INK: Final = "5C4300"
DONE_INK: Final = "1E6B45"
OWN_HEADER: Final = "5B6670"
_SIGNED: Final = 1000
"""Numbers of formats of our own, far from those that a spreadsheet gives."""
TITLE_HEIGHT: Final = 28
ROW_HEIGHT: Final = 18
"""Points. A title is given its height because LibreOffice does not fit the rows of a file."""

_UNWRITABLE: Final = "[\\x00-\\x08\\x0b-\\x1f\\ud800-\\udfff\\ufffe\\uffff]"
_LITERAL: Final = "_(?=x[0-9A-Fa-f]{4}_)"
_TO_ESCAPE: Final = re.compile(f"{_UNWRITABLE}|{_LITERAL}")
"""Characters that no XML can hold, and text that already looks like the way in which Excel writes them."""
_MISTAKABLE: Final = re.compile(f"^[#{re.escape(''.join(FORMULA_SIGNS))}]|{_TO_ESCAPE.pattern}")
"""Text that could be taken for a formula or an error, or that no .xlsx can hold as it is."""


def solid(colour: str) -> PatternFill:
    return PatternFill("solid", start_color=colour, end_color=colour)


def font(colour: str = INK, *, size: float = 11, bold: bool = False, italic: bool = False) -> Font:
    return Font(name="Calibri", size=size, bold=bold, italic=italic, color=colour)


TITLE_FONT: Final = font(ACCENT, size=16, bold=True)
HEADING_FONT: Final = font(ACCENT, size=12, bold=True)
BODY_FONT: Final = font()
BOLD_FONT: Final = font(bold=True)
QUIET_FONT: Final = font(QUIET_INK)
LINK_FONT: Final = Font(name="Calibri", size=11, underline="single", color=ACCENT)
HEADER_FONT: Final = font("FFFFFF", bold=True)
HEADER_FILL: Final = solid(ACCENT)
SOFT_HEADER_FILL: Final = solid(SOFT_ACCENT)
OWN_HEADER_FILL: Final = solid(OWN_HEADER)
BOTTOM_RULE: Final = Border(bottom=Side("thin", color=RULE))
LEFT: Final = Alignment(vertical="center", horizontal="left", indent=1)
CENTRED: Final = Alignment(vertical="center", horizontal="center")
NO_RULE: Final = Border()
MIDDLE: Final = Alignment(vertical="center", horizontal="left", indent=1, wrap_text=True)
WRAPPED: Final = Alignment(vertical="top", horizontal="left", indent=1, wrap_text=True)


def dress_header(cell: Cell, fill: PatternFill = HEADER_FILL) -> None:
    cell.font = HEADER_FONT
    cell.fill = fill
    cell.alignment = MIDDLE


def writable(text: str) -> str:
    """The text as an .xlsx can hold it, what no XML can hold written as Excel does."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def put_text(cell: Cell, text: str) -> None:
    """Puts `text` into a cell as text that never turns into a formula, an error or a number, nor breaks the file."""
    cell.value = writable(text)
    cell.data_type = "s"
    if text.startswith(FORMULA_SIGNS):
        cell.number_format = TEXT_FORMAT
        cell.quotePrefix = True


def put(sheet: Worksheet, row: int, column: int, text: str, font: Font = BODY_FONT) -> Cell:
    """Puts `text` as text into the cell at a row and column (1-based), and gives the cell."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell), "our sheets have no merged cells"
    put_text(cell, text)
    cell.font = font
    return cell


def painted(
    formula: str,
    *,
    ink: str | None = None,
    fill: str | None = None,
    bold: bool = False,
    italic: bool = False,
    frame: Literal["thin", "dashed"] | None = None,
    stop: bool = False,
) -> Rule:
    """A conditional format: how a cell looks while `formula` holds. `frame`: with a line all round, in the ink's
    colour."""
    look = DifferentialStyle(
        font=Font(color=ink, bold=bold or None, italic=italic or None) if ink else None,
        fill=solid(fill) if fill else None,
        border=_frame(frame, ink) if frame else None,
    )
    return Rule(type="expression", formula=[formula], dxf=look, stopIfTrue=stop or None)


def signed(formula: str, sign: str, number: int) -> Rule:
    """A sign in front of the text of a cell while `formula` holds; the cell says what it said. `number`: another one
    for each sign."""
    look = DifferentialStyle(numFmt=NumberFormat(_SIGNED + number, f'"{sign} "@'))
    return Rule(type="expression", formula=[formula], dxf=look)


def error_look(formula: str, *, stop: bool = False) -> Rule:
    return painted(formula, ink=ERROR_INK, fill=ERROR_FILL, bold=True, frame="thin", stop=stop)


def warning_look(formula: str, *, stop: bool = False) -> Rule:
    return painted(formula, ink=WARNING_INK, fill=WARNING_FILL, frame="dashed", stop=stop)


def ruled(formula: str) -> Rule:
    """A quiet line below a cell while `formula` holds."""
    look = DifferentialStyle(border=Border(bottom=Side("thin", color=RULE)))
    return Rule(type="expression", formula=[formula], dxf=look)


def _frame(line: Literal["thin", "dashed"], colour: str | None) -> Border:
    side = Side(line, color=colour)
    return Border(left=side, right=side, top=side, bottom=side)


def dropdown(formula: str, title: str, prompt: str) -> DataValidation:
    """A list to choose from, with an input message. It does not complain about what is typed."""
    return DataValidation(
        type="list",
        formula1=formula,
        allow_blank=True,
        showErrorMessage=False,
        showInputMessage=True,
        errorTitle=title,
        promptTitle=title,
        prompt=prompt,
    )


def cells_of(
    sheet: WriteOnlyWorksheet,
    values: Iterable[int | str | None],
    font: Font | None = None,
    fill: PatternFill | None = None,
) -> list[Cell | int | str | None]:
    """One row for a sheet that is written once: numbers as they are, text as text. Dressed only when asked.

    A text that openpyxl takes for text by itself goes without a cell of its own: a log has many.
    """
    cells: list[Cell | int | str | None] = []
    for value in values:
        plain = font is None and fill is None
        if not isinstance(value, str) or (plain and not _MISTAKABLE.search(value)):
            cells.append(value)
            continue
        cell = WriteOnlyCell(sheet)
        put_text(cell, value)
        if font is not None:
            cell.font = font
        if fill is not None:
            cell.fill = fill
        cells.append(cell)
    return cells


def dress_bare(sheet: Worksheet) -> None:
    """Of a sheet of ours the grid is not seen, and a row has room for one line of text."""
    sheet.sheet_view.showGridLines = False
    sheet.sheet_format.defaultRowHeight = ROW_HEIGHT
    sheet.sheet_format.customHeight = True


def dress_above(sheet: Worksheet, columns: int, header_row: int, format_of: Callable[[int, int], str]) -> None:
    """Dresses the lines above a header, which a button fills: a title, and below it what is quiet in the first column.
    `format_of` a row and a column: the number format of that cell."""
    for column in range(1, columns + 1):
        for row in range(1, header_row):
            cell = put(sheet, row, column, "", QUIET_FONT if column == 1 else BODY_FONT)
            cell.alignment = LEFT
            cell.number_format = format_of(row, column)
    sheet.row_dimensions[1].height = TITLE_HEIGHT
    for row in range(2, header_row):
        sheet.row_dimensions[row].height = ROW_HEIGHT


def dress_list(
    sheet: Worksheet, headers: Sequence[str], widths: Sequence[float], *, row: int = 1, numbers: Collection[str] = ()
) -> None:
    """Dresses an empty sheet that a button fills line by line below a header: its headers in `row`, columns of text
    but for `numbers`, the header in view."""
    dress_bare(sheet)
    for number, (header, width) in enumerate(zip(headers, widths, strict=True), start=1):
        column = sheet.column_dimensions[get_column_letter(number)]
        column.width = width
        column.number_format = "#,##0" if header in numbers else TEXT_FORMAT
        column.font = BODY_FONT
        column.alignment = CENTRED if header in numbers else LEFT
        for above in range(1, row):
            cell = put(sheet, above, number, "")
            cell.number_format, cell.alignment = TEXT_FORMAT, LEFT
        dress_header(put(sheet, row, number, header), SOFT_HEADER_FILL)
    sheet.row_dimensions[row].height = 24
    sheet.freeze_panes = f"A{row + 1}"
    last = get_column_letter(len(headers))
    sheet.conditional_formatting.add(f"A{row + 1}:{last}{LAST_ROW}", ruled(f"LEN($A{row + 1})>0"))
    dress_page(sheet, titles=f"{row}:{row}")


def dress_page(sheet: Worksheet, *, titles: str | None = None) -> None:
    """Prints on landscape pages, as wide as the sheet; `titles`: rows to repeat on each, such as "1:1"."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    if titles:
        sheet.print_title_rows = titles


def saved(book: Workbook) -> bytes:
    """The workbook as .xlsx, the same bytes for the same content: no clock goes into it. Raises OSError."""
    book.properties.created = book.properties.modified = datetime(2026, 1, 1)
    raw = io.BytesIO()
    with as_os_errors(), zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(book, archive).save()
    with zipfile.ZipFile(raw) as source:
        return packed({part: source.read(part) for part in source.namelist()})


def packed(parts: Mapping[str, bytes]) -> bytes:
    """A package of these parts, the same bytes for the same parts."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in parts.items():
            same = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            same.compress_type = zipfile.ZIP_DEFLATED
            same.create_system = 0
            target.writestr(same, content)
    return raw.getvalue()
