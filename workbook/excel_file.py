"""Reading an .xlsx or .xlsm file: its leftmost visible worksheet, row by row (SPEC 3)."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, Final

from workbook.excel_archive import WORKBOOK_PART, ExcelArchive, Worksheet
from workbook.excel_scan import FORMULA_WITHOUT_VALUE, LAST_COLUMN, Scan, scan
from workbook.limits import LAST_ROW, MEBIBYTE, Limits
from workbook.problems import Refusal
from workbook.sheet import Cell, CellError, Sheet, SheetBuilder

_CELL_BYTES: Final = 32
"""What python-calamine keeps for a cell, empty ones too."""
_SMALL_GRID: Final = 256 * MEBIBYTE
_GRID_PER_XML: Final = 6
"""A dense sheet's rectangle takes up to so many times the bytes of its XML; a larger one is mostly holes."""
_LARGEST_GRID: Final = 1024 * MEBIBYTE
_MOST_ODD_TAGS: Final = 8_000_000
"""Tags in a sheet whose XML is written as no spreadsheet program writes it; some hundred thousand rows."""
_ESCAPED: Final = re.compile(r"_x([0-9A-Fa-f]{4})_")

Row = tuple[int, Sequence[Any]]
"""A sheet row number and the cells from column A on."""


def read_excel(path: Path, name: str, limits: Limits) -> Sheet:
    """The sheet in an .xlsx or .xlsm file. `name` is what the user calls the file.

    Raises Refusal `file-unreadable`, `file-encrypted`, `file-too-large`, `no-rows` or `header-repeated`.
    """
    with ExcelArchive(path, name, limits) as archive:
        worksheet, book = archive.leftmost_visible()
        archive.check_index_parts()
        found = scan(archive.unpacked(worksheet.part))
        if found.doctype:
            raise archive.unreadable("it holds a document type declaration, which no Excel workbook has")
        if found.endless:
            raise archive.unreadable("one of its rows is far longer than in any sheet")
        if found.last_row > LAST_ROW or found.last_column > LAST_COLUMN:
            raise archive.unreadable("it names cells that lie outside of any sheet")
    grid = _CELL_BYTES * found.last_row * found.last_column
    dense = grid <= max(_SMALL_GRID, _GRID_PER_XML * found.size)
    if dense and grid > _LARGEST_GRID:
        why = f"{found.last_row:,} rows of {found.last_column:,} columns are more cells than fit"
        raise Refusal.of("file-too-large", name=name, why=why)
    if found.plain and dense and book.casefold() == WORKBOOK_PART:
        quick = _quick_sheet(path, worksheet, found)
        if quick is not None:
            return quick
    with ExcelArchive(path, name, limits) as archive:
        if not found.plain and found.tags > _MOST_ODD_TAGS:
            why = "its sheet is written in an unusual way, which takes long to read: save it again in Excel"
            raise Refusal.of("file-too-large", name=name, why=why)
        archive.check_xml(worksheet.part)
    try:
        return _sheet(_with_flaws(_careful_rows(path, worksheet, found, name), found))
    except (Refusal, MemoryError):
        raise
    except Exception as flaw:
        raise Refusal.of("file-unreadable", name=name, why="its sheet is damaged") from flaw


def _sheet(rows: Iterable[Row]) -> Sheet:
    remaining = iter(rows)
    for number, cells in remaining:
        if any(cell is not None and str(cell).strip() for cell in cells):
            builder = SheetBuilder([cell.text if isinstance(cell, CellError) else cell for cell in cells], number)
            break
    else:
        raise Refusal.of("no-rows")
    builder.add_all(remaining)
    return builder.sheet()


def _quick_sheet(path: Path, worksheet: Worksheet, found: Scan) -> Sheet | None:
    """By python-calamine; None where it cannot read the sheet, an error value newer than itself for one."""
    from python_calamine import CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            sheet = book.get_sheet_by_name(worksheet.title)
        # Rows come from row 1 on, but cells from the first used column on.
        before: list[Any] = [None] * (sheet.start[1] if sheet.start else 0)
        rows: Iterator[list[Any]] = sheet.iter_rows()
        return _sheet(_with_flaws(enumerate((before + cells for cells in rows) if before else rows, 1), found))
    except (Refusal, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException:  # the library's own panic is no Exception
        return None


def _careful_rows(path: Path, worksheet: Worksheet, found: Scan, name: str) -> Iterator[Row]:
    """Rows by openpyxl, which is slow and holds no more than one of them: for sheets that are mostly holes, or odd."""
    from openpyxl import load_workbook

    with warnings.catch_warnings(), path.open("rb") as stream, path.open("rb") as again:
        warnings.simplefilter("ignore")
        # From open files, not from the path: openpyxl judges a path by its ending, and an upload's has none.
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = book[worksheet.title]
        sheet.reset_dimensions()  # as stated in the file; the rows tell better
        written: Iterator[Sequence[Any]] = repeat(())
        if not found.plain:
            # The scan does not vouch for its errors here, so a second reading tells formulas from empty cells.
            formulas = load_workbook(again, read_only=True, data_only=False, keep_links=False)[worksheet.title]
            formulas.reset_dimensions()
            written = formulas.iter_rows()
        for number, (cells, sources) in enumerate(zip(sheet.iter_rows(), written, strict=False), 1):
            if number > LAST_ROW or len(cells) > LAST_COLUMN:
                raise Refusal.of("file-unreadable", name=name, why="it names cells that lie outside of any sheet")
            if not cells:
                continue  # one of perhaps a million rows before a cell far away
            row = [_value(cell) for cell in cells]
            for column, source in enumerate(sources):
                if source.data_type == "f" and row[column] is None:
                    row[column] = FORMULA_WITHOUT_VALUE
            yield number, row


def _value(cell: Any) -> Any:
    value = cell.value
    if isinstance(value, str):
        if cell.data_type == "e":
            return CellError(value)
        if "_x" in value:
            return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value)
    return value


def _with_flaws(rows: Iterable[Row], found: Scan) -> Iterator[Row]:
    """The rows with the errors that the scan found put into their cells, and with rows of nothing but errors."""
    if not found.flaws:
        yield from rows
        return
    waiting = sorted(found.flaws, reverse=True)
    for number, cells in rows:
        while waiting and waiting[-1] < number:
            row = waiting.pop()
            yield row, _flawed((), found.flaws[row])
        if waiting and waiting[-1] == number:
            waiting.pop()
            cells = _flawed(cells, found.flaws[number])
        yield number, cells
    while waiting:
        row = waiting.pop()
        yield row, _flawed((), found.flaws[row])


def _flawed(cells: Sequence[Any], flaws: dict[int, CellError]) -> list[Any]:
    row: list[Cell] = [*cells, *[None] * (max(flaws) - len(cells))]
    for column, error in flaws.items():
        row[column - 1] = error
    return row
