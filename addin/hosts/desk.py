"""From a spreadsheet to the picture of it, and from a button's notes to the spreadsheet: the guarded commit.

This is the only place that writes into a workbook, whatever program holds it. Between the picture and the commit a
button talks to the server, and meanwhile the user may sort, insert, type (EXCEL-TRUTH 2): so what was read is read
again, and where it says something else by now nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from addin.book import (
    DATA,
    HIDDEN,
    AddSheet,
    Book,
    Cells,
    FitRows,
    Format,
    HideColumns,
    HideSheet,
    Operation,
    Picture,
    Put,
    Replace,
    Sheet,
    SheetPicture,
    Show,
    Value,
)
from addin.errors import BookError
from addin.hosts.document import Block, Document
from workbook.limits import LAST_ROW


class MovedError(BookError):
    """What the button had read is no longer there, so nothing was written."""


def take_picture(document: Document[Any], reads: Collection[str]) -> Picture:
    """The workbook with the contents of the sheets that `reads` names, DATA for the leftmost visible one."""
    pictures: list[SheetPicture] = []
    is_data_known = False
    for grid in document.grids():
        visible = grid.visible
        is_data = visible and not is_data_known
        is_data_known = is_data_known or visible
        picture = SheetPicture(grid.name, visible)
        if grid.name in reads or (is_data and DATA in reads):
            picture.cells = grid.contents()
        if is_data and picture.cells and HIDDEN in reads:
            picture.hidden_rows = grid.hidden_rows(len(picture.cells))
        pictures.append(picture)
    return Picture(document.name, pictures, document.selection(), document.path, document.open_names())


def commit(document: Document[Any], book: Book) -> None:
    """Makes the changes that are noted in `book`.

    Raises MovedError, with nothing written, when somebody changed meanwhile what the button had read; and BookError
    where the program refuses, which says what was changed by then and what was not.
    """
    if not book.operations:
        return
    grids = {grid.name: grid for grid in document.grids()}
    if any(not isinstance(one, Show) for one in book.operations):
        _check_unmoved(grids, book)
    begun: list[str] = []
    known = _extents(book)
    try:
        with document.still():
            for operation in book.operations:
                if isinstance(operation, AddSheet):
                    grids[operation.sheet] = document.add(operation.sheet)
                elif isinstance(operation, Replace) and operation.sheet in known:
                    _replace(grids[operation.sheet], operation.cells, *known.pop(operation.sheet))
                else:
                    _carry_out(document, grids[operation.sheet], operation)
                if not isinstance(operation, Show):
                    begun.append(operation.sheet)
    except BookError as refused:
        raise BookError(f"{refused.sentence} {_so_far(begun, book.operations)}") from refused


def _check_unmoved(grids: dict[str, Any], book: Book) -> None:
    """Raises MovedError where a visible sheet that was read says something else now. A hidden one is ours alone."""
    for sheet in book.sheets:
        before = next((one for one in book.picture.sheets if one.name == sheet.name), None)
        if before is None or before.cells is None or not before.visible:
            continue
        grid = grids.get(sheet.name)
        if grid is None or not (grid.is_as_read() or _is_same(before.cells, grid.contents(), sheet)):
            raise MovedError(
                f"The sheet {sheet.name} was changed while the button was at work, so nothing was written into "
                f"{book.name}. Press the button again."
            )


def _is_same(before: Cells, now: Cells, sheet: Sheet) -> bool:
    if before == now:
        return True
    if sheet.watched is None:
        return False
    watched = sorted(sheet.watched)

    def seen(line: list[Any]) -> list[Any]:
        return [line[column - 1] if column <= len(line) else None for column in watched]

    longest = max(len(before), len(now))
    pairs = zip(before + [[]] * (longest - len(before)), now + [[]] * (longest - len(now)), strict=True)
    return all(one == other or seen(one) == seen(other) for one, other in pairs)


def _extents(book: Book) -> dict[str, tuple[int, int]]:
    """Sheet → how many rows and columns of it are filled, where that was read and nothing else is written into it:
    writing over them all is one call, and clearing the sheet first would be another."""
    others = {one.sheet for one in book.operations if isinstance(one, Put)}
    return {
        one.name: (len(one.cells), max(map(len, one.cells), default=0))
        for one in book.picture.sheets
        if one.cells is not None and one.name not in others
    }


def _replace(grid: Any, cells: Sequence[Sequence[Value]], rows: int, columns: int) -> None:
    """Writes a block from A1, and nothing into the rest of so many `rows` and `columns`."""
    width = max(max(map(len, cells), default=0), columns)
    even: Cells = [[*line, *[None] * (width - len(line))] for line in cells]
    even += [[None] * width for _ in range(rows - len(even))]
    if even and width:
        grid.write(Block(1, 1, len(even), width), even, None)


def _carry_out(document: Document[Any], grid: Any, operation: Operation) -> None:
    match operation:
        case Put(row=row, column=column, cells=cells, number_format=number_format):
            grid.write(Block(row, column, len(cells), len(cells[0])), cells, number_format)
        case Replace(cells=cells):
            grid.clear()
            _replace(grid, cells, 0, 0)
        case Format(row=row, column=column, rows=rows, columns=columns, number_format=number_format):
            grid.set_number_format(Block(row, column, min(rows, LAST_ROW - row + 1), columns), number_format)
        case HideSheet():
            grid.hide()
        case HideColumns(column=column, count=count):
            grid.hide_columns(column, count)
        case FitRows(rows=rows):
            grid.fit_heights(rows)
        case Show(row=row, column=column):
            document.show(grid, row, column)


def _so_far(begun: list[str], operations: list[Operation]) -> str:
    """What a refusal in the middle leaves behind."""
    done = list(dict.fromkeys(begun))
    if not done:
        return "Nothing in the workbook was changed."
    rest = list(dict.fromkeys(one.sheet for one in operations if one.sheet not in done and not isinstance(one, Show)))
    changed = f"{'The sheet' if len(done) == 1 else 'The sheets'} {', '.join(done)} had been changed by then"
    return f"{changed}; {', '.join(rest)} {'was' if len(rest) == 1 else 'were'} not." if rest else f"{changed}."
