"""Read the leftmost visible worksheet of an .xlsx or .xlsm file, row by row (SPEC 3)."""

from __future__ import annotations

import warnings
from array import array
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

from workbook.columns import canonical_header
from workbook.files.excel_archive import WORKBOOK_PART, ExcelArchive, LeftmostSheet
from workbook.files.excel_places import Tidy
from workbook.files.excel_scan import FORMULA_WITHOUT_VALUE, LAST_COLUMN, NEAR_COLUMNS, Scan, scan
from workbook.files.excel_shown import Number, Row, Styled, rows_as_covered, value_of, with_identifiers_as_shown
from workbook.files.excel_spelling import WIDE, has_many_tags, names_rows_beyond
from workbook.files.excel_styles import StyledCells, are_possible, telling_formats
from workbook.files.excel_texts import MOST_TEXT, TextsOfCells
from workbook.files.header import (
    MOST_ROWS,
    HeaderRow,
    find_header,
    header_text,
    identifier_columns,
    is_filled_row,
    is_header,
)
from workbook.files.limits import LAST_ROW, MEBIBYTE, Limits, in_words
from workbook.files.number_display import covers, shows_more
from workbook.problems import Refusal
from workbook.sheet import Cell, CellError, Sheet, SheetBuilder, no_rows

_CELL_BYTES: Final = 32
"""What python-calamine keeps for a cell, empty ones too."""
_FILLED_CELL_BYTES: Final = 40
"""What it gathers besides for every filled cell, before it lays out the rectangle."""
_TEXT_BYTES: Final = 32
"""What it keeps of a text beside its cell, were it one letter."""
_OWN_MEMORY: Final = 28 * MEBIBYTE
"""What a process that reads takes at least for itself."""
_SPARE_MEMORY: Final = 8 * MEBIBYTE
"""With less than this the memory is at its end."""
_SMALL_GRID: Final = 256 * MEBIBYTE
_GRID_PER_XML: Final = 6
"""A dense sheet's rectangle takes up to so many times the bytes of its XML; a larger one is mostly holes."""
_LARGEST_GRID: Final = 1024 * MEBIBYTE
_MOST_CELLS: Final = _LARGEST_GRID // _CELL_BYTES
_MOST_SCATTERED: Final = 6_000_000
"""Cells of a sheet that is mostly holes: they are read one by one."""
_MOST_FLAWS: Final = 2_000_000
"""Cells in error. Each is kept in Python, which takes time and memory."""
_UNUSUAL: Final = "its sheet is written in an unusual way, which takes long to read: save it again in Excel"
Made = TypeVar("Made")


class ExcelRows(NamedTuple):
    """The rows of a worksheet with every column, identifiers as they are shown."""

    title: str
    rows: list[Row]
    """Those that hold anything, perhaps some that do not."""
    hidden: frozenset[int]
    """The numbers of the rows that are hidden by hand or by a filter."""
    hidden_columns: frozenset[int]


def read_excel(path: Path, name: str, limits: Limits) -> Sheet:
    """The sheet in an .xlsx or .xlsm file. `name` is what the user calls the file.

    Raises Refusal `file-unreadable`, `file-encrypted`, `file-too-large`, `no-rows` or `header-repeated`.
    """
    return _read(path, name, limits, _sheet)


def read_excel_rows(path: Path, name: str, limits: Limits, *, foreign: bool = False) -> ExcelRows:
    """The same worksheet, cell by cell: for a program that writes into the file it reads. Raises as `read_excel` does,
    but for a header that stands twice.

    `foreign`: which column an unknown header goes to is said later, so that below it, too, may be identifiers.
    """
    return _read(path, name, limits, partial(_rows, foreign=foreign))


def _read(
    path: Path, name: str, limits: Limits, make: Callable[[Iterable[Row], LeftmostSheet, Scan, Styled | None], Made]
) -> Made:
    """What `make` makes of the rows of the leftmost visible worksheet, read the quick way where that is safe."""
    with ExcelArchive(path, name, limits) as archive:
        worksheet, book = archive.leftmost_visible()
        shared = archive.check_index_parts()
        texts = TextsOfCells(shared, archive.size(worksheet.part))

        def too_much(until_here: Scan) -> str:
            return too_many(until_here, limits, shared=texts.known, stored=shared.size)

        tidy = Tidy.rows()
        found = scan(tidy.through(texts.through(archive.unpacked(worksheet.part))), too_much)
        if found.doctype:
            raise archive.unreadable("it holds a document type declaration, which no Excel workbook has")
        if found.endless:
            raise archive.unreadable("one of its rows is far longer than in any sheet")
        if found.last_row > LAST_ROW or found.last_column > LAST_COLUMN:
            raise archive.unreadable("it names cells that lie outside of any sheet")
        if many := too_much(found):
            raise Refusal.of("file-too-large", name=name, why=f"its first {many}" if found.stopped else many)
        found.hidden_columns = archive.hidden_columns(worksheet.part)
        every = telling_formats(styles) if (styles := archive.styles(book)) is not None else {}
        if not are_possible(every):
            raise archive.unreadable("it has more number formats than any workbook, or longer ones")
        formats = {index: code for index, code in every.items() if shows_more(code)}
        covering = {index: code for index, code in every.items() if covers(code)}

        def styled(columns: Sequence[int]) -> StyledCells | None:
            """The formats of the numbers in these columns, which the fast reader does not report."""
            if not formats or not columns:
                return None
            return StyledCells(archive.unpacked(worksheet.part), columns, formats, found.last_row)

        def made(rows: Iterable[Row]) -> Made:
            """Of what the fast reader gives, as it is shown."""
            if covering:
                cells = StyledCells(archive.unpacked(worksheet.part), None, covering, found.last_row)
                rows = rows_as_covered(rows, cells)
            return make(rows, worksheet, found, styled)

        if found.plain and found.last_column > WIDE:
            found.plain = not names_rows_beyond(archive.unpacked(worksheet.part), found.last_row)
        if texts.most > MOST_TEXT + shared.size:
            found.plain = False  # unless they are counted as they are read, by who keeps each text once
        if not (found.plain and tidy.clear) and has_many_tags(archive.unpacked(worksheet.part)):
            raise Refusal.of("file-too-large", name=name, why=_UNUSUAL)
        if found.plain and not tidy.clear:
            archive.check_sheet(worksheet.part)
        is_clear = worksheet.clear_epoch and 0 not in every  # cells that name no format have the first one
        if found.plain and _is_dense(found) and book.casefold() == WORKBOOK_PART and is_clear:
            quick = _quick(path, worksheet, found, made)
            if quick is not None:
                return quick
        hidden = archive.check_xml(worksheet.part)
    if not found.plain:
        found.hidden = array("I", hidden)
    try:
        # Closed at once: it holds open files, and what it changed of the warnings of the whole process.
        with closing(_careful_rows(path, worksheet, found, name)) as careful:
            rows = _as_much_as_fits(careful, MOST_TEXT + found.size + shared.size, name)
            return make(_with_flaws(rows, found), worksheet, found, None)
    except (Refusal, MemoryError):
        raise
    except Exception as flaw:
        raise Refusal.of("file-unreadable", name=name, why="its sheet is damaged") from flaw


def _grid(found: Scan) -> int:
    """Bytes of the rectangle that python-calamine would lay out."""
    return _CELL_BYTES * found.last_row * found.last_column


def _is_dense(found: Scan) -> bool:
    return _grid(found) <= max(_SMALL_GRID, _GRID_PER_XML * found.size)


def too_many(found: Scan, limits: Limits, *, shared: int = 0, stored: int = 0) -> str:
    """In words, which of the cells that were found are more than fit; empty when there are not too many.

    `shared`: bytes of the texts that cells share, for each cell anew; `stored`: bytes that the file has of them.
    """
    if found.plain and shared > MOST_TEXT + stored:
        return f"cells share texts that are {in_words(shared)} once each cell has its own, and are more than fit"
    grid, dense = _grid(found), _is_dense(found)
    shape = f"{found.last_row:,} rows of {found.last_column:,} columns"
    if grid > _LARGEST_GRID:
        if dense:
            return f"{shape} are more cells than fit"
        if found.cells > _MOST_SCATTERED:
            return f"{found.cells:,} cells, scattered over {shape}, are more than fit"
    filled = _CELL_BYTES * found.filled
    laid_out = max(grid, filled) if dense and found.last_column > NEAR_COLUMNS else filled
    needed = laid_out + _FILLED_CELL_BYTES * found.filled + _TEXT_BYTES * found.texts + shared
    if limits.memory is not None and needed > limits.memory - _OWN_MEMORY:
        if needed - shared <= limits.memory - _OWN_MEMORY:
            return f"cells share texts that are {in_words(shared)} once each cell has its own, and are more than fit"
        if laid_out == grid:
            return f"{shape} are more cells than fit"
        return f"{found.filled:,} filled cells are more than fit"
    if found.cells > _MOST_CELLS:
        return f"{found.cells:,} cells are more than fit"
    if found.flawed > _MOST_FLAWS:
        return f"{found.flawed:,} cells with an error, or with a formula without a value, are more than fit"
    return ""


def _sheet(
    rows: Iterable[Row],
    worksheet: LeftmostSheet,
    found: Scan,
    styled: Styled | None,
) -> Sheet:
    """`styled`: None where the rows hold `Number`s, which know their formats."""
    above, header, below = _parted(rows, worksheet)
    number, cells = above[header.place]
    builder = SheetBuilder(_spelled(cells), number, title=worksheet.title, header_found=header.sure, in_columns=True)
    columns = [position + 1 for position in builder.identifiers()]
    builder.add_all(with_identifiers_as_shown(below, columns, styled))
    return builder.sheet(hidden_rows=found.hidden, hidden_columns=found.hidden_columns)


def _rows(
    rows: Iterable[Row], worksheet: LeftmostSheet, found: Scan, styled: Styled | None, *, foreign: bool
) -> ExcelRows:
    above, header, below = _parted(rows, worksheet)
    headers = _spelled(above[header.place][1])
    columns = [place + 1 for place in identifier_columns(headers)]
    if foreign:
        columns += [
            column
            for column, cell in enumerate(headers, 1)
            if column not in columns and not canonical_header(header_text(cell))
        ]
    top = with_identifiers_as_shown(above[: header.place + 1], [], styled)
    all_rows = [*top, *with_identifiers_as_shown(below, columns, styled)]
    return ExcelRows(worksheet.title, all_rows, frozenset(found.hidden), found.hidden_columns)


def _parted(rows: Iterable[Row], worksheet: LeftmostSheet) -> tuple[list[Row], HeaderRow, Iterator[Row]]:
    """The first rows, where among them the header stands, and all the rows below it. Raises Refusal `no-rows`."""
    remaining = iter(rows)
    above: list[Row] = []
    filled = 0
    for row in remaining:
        above.append(row)
        filled += is_filled_row(row[1])
        if filled == MOST_ROWS or is_header(_spelled(row[1])):
            break
    header = find_header(_spelled(cells) for _number, cells in above)
    if header is None:
        raise no_rows(worksheet.title)
    return above, header, chain(above[header.place + 1 :], remaining)


def _spelled(cells: Iterable[Any]) -> list[Any]:
    """The cells of what may be a header."""
    bare = (cell.value if isinstance(cell, Number) else cell for cell in cells)
    return [cell.text if isinstance(cell, CellError) else cell for cell in bare]


def _quick(
    path: Path,
    worksheet: LeftmostSheet,
    found: Scan,
    make: Callable[[Iterable[Row]], Made],
) -> Made | None:
    """By python-calamine; None where it cannot read the sheet, an error value newer than itself for one.

    Raises MemoryError when the sheet does not fit.
    """
    from python_calamine import CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            if [place for place, title in enumerate(book.sheet_names) if title == worksheet.title] != [worksheet.place]:
                return None  # it finds another sheet by this name than the one that was looked at
            sheet = book.get_sheet_by_name(worksheet.title)
        # Rows come from row 1 on, but cells from the first used column on.
        before: list[Any] = [None] * (sheet.start[1] if sheet.start else 0)
        numbered = enumerate((before + cells for cells in sheet.iter_rows()) if before else sheet.iter_rows(), 1)
        return make(_with_flaws(numbered, found))
    except (Refusal, KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except Exception:
        return None
    except BaseException:  # the library's own panic, which is no Exception
        # It panics too where Python has no room for another cell, and the careful way would get no further, slowly.
        bytearray(_SPARE_MEMORY)
        return None


def _careful_rows(path: Path, worksheet: LeftmostSheet, found: Scan, name: str) -> Generator[Row, None, None]:
    """Rows by openpyxl, which is slow and holds no more than one of them: for sheets that are mostly holes, or odd."""
    from openpyxl import load_workbook

    with warnings.catch_warnings(), path.open("rb") as stream, path.open("rb") as again:
        warnings.simplefilter("ignore")
        # From open files, not from the path: openpyxl judges a path by its ending, and an upload's has none.
        book = load_workbook(stream, read_only=True, data_only=True, keep_links=False)
        sheet = _of_part(book, worksheet.part)
        sheet.reset_dimensions()  # the size stated in the file may be wrong; the rows decide
        written: Iterator[Sequence[Any]] = repeat(())
        if not found.plain:
            # The scan may be wrong here, so a second reading distinguishes formulas from empty cells.
            formulas = _of_part(load_workbook(again, read_only=True, data_only=False, keep_links=False), worksheet.part)
            formulas.reset_dimensions()
            written = formulas.iter_rows()
        for number, (cells, sources) in enumerate(zip(sheet.iter_rows(), written, strict=False), 1):
            if number > LAST_ROW or len(cells) > LAST_COLUMN:
                raise Refusal.of("file-unreadable", name=name, why="it names cells that lie outside of any sheet")
            if not cells:
                continue  # one of perhaps a million rows before a cell far away
            row = [value_of(cell) for cell in cells]
            for column, source in enumerate(sources):
                if source.data_type == "f" and row[column] is None:
                    row[column] = FORMULA_WITHOUT_VALUE
            yield number, row


def _of_part(book: Any, part: str) -> Any:
    """The sheet that is read from this part, which is the one that was looked at. Raises StopIteration."""
    return next(sheet for sheet in book.worksheets if sheet._worksheet_path.casefold() == part.casefold())


def _as_much_as_fits(rows: Iterable[Row], most: int, name: str) -> Iterator[Row]:
    """The rows, as long as their texts are no more than so many signs. Raises Refusal `file-too-large`."""
    signs = 0
    for number, cells in rows:
        signs += sum(len(cell) for cell in cells if isinstance(cell, str))
        if signs > most:
            why = f"its cells hold texts of more than {in_words(most)}, which is more than fits"
            raise Refusal.of("file-too-large", name=name, why=why)
        yield number, cells


def _with_flaws(rows: Iterable[Row], found: Scan) -> Iterable[Row]:
    """The rows with the errors that the scan found put into their cells, and with rows of nothing but errors."""
    return _flawed_rows(rows, found) if found.flaws else rows


def _flawed_rows(rows: Iterable[Row], found: Scan) -> Iterator[Row]:
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
