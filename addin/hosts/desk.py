"""Read a workbook for a button, and write the button's changes if nothing moved.

This is the only place that writes into a workbook, whatever program holds it. Between the picture and the commit a
button talks to the server, and meanwhile the user may sort, insert or type (EXCEL-TRUTH 2). So before the commit
everything is read again, and where anything is different, nothing is written.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from addin.book import (
    DATA,
    HIDDEN,
    IN_FRONT,
    PLACE,
    SHOWN,
    AddSheet,
    Append,
    Book,
    BookSheet,
    Cells,
    Fill,
    FitRows,
    Format,
    HideColumns,
    HideSheet,
    Late,
    Operation,
    Picture,
    Put,
    Redress,
    Replace,
    SheetPicture,
    Show,
    Value,
)
from addin.errors import BookError
from addin.hosts.document import Block, Document
from addin.hosts.fewer import together
from addin.hosts.impostors import NOTHING_CHANGED, check_written
from workbook.files.header import find_header, identifier_columns
from workbook.files.limits import LAST_ROW

_NUMBERS: Final = frozenset({int, float})
_EMPTIED: Final = 100_000
"""Cells that are rather emptied in one write with what takes their place than by a call of their own."""


class MovedError(BookError):
    """What the button had read is no longer there, so nothing was written."""


class SomeHiddenError(Exception):
    """Rows are hidden that were taken for shown (SHOWN), so nothing was written."""


def take_picture(document: Document[Any], reads: Collection[str], before: Picture | None = None) -> Picture:
    """The workbook with the contents of the sheets that `reads` names, DATA for the leftmost visible one; and with what
    IN_FRONT and PLACE stand for, where it names them. Nothing else is read, because each read is a call. What is in
    `before`, a picture of this press with fewer sheets, is not read again: the commit compares it anyhow."""
    known = {} if before is None else {one.name: one for one in before.sheets}
    is_in_front, is_place = IN_FRONT in reads, PLACE in reads
    pictures: list[SheetPicture] = []
    is_data_known = False
    for grid in document.grids():
        visible = grid.visible
        is_data = visible and not is_data_known
        is_data_known = is_data_known or visible
        picture = SheetPicture(grid.name, visible, hidden_rows=frozenset() if HIDDEN in reads else None)
        had = known.get(grid.name)
        if had is not None and had.cells is not None:
            picture.cells, picture.formats = had.cells, had.formats
        elif grid.name in reads or (is_data and DATA in reads):
            picture.cells = grid.contents()
            if is_data and (places := _numbers_of_identifiers(picture.cells)):
                picture.formats = grid.formats(places)
        if had is not None and had.hidden_rows is not None:
            picture.hidden_rows, picture.is_taken_for_shown = had.hidden_rows, had.is_taken_for_shown
            picture.hidden_columns = had.hidden_columns
        elif is_data and picture.cells and HIDDEN in reads:
            picture.hidden_rows = grid.hidden_rows(len(picture.cells))
        elif is_data and SHOWN in reads:
            picture.hidden_rows, picture.is_taken_for_shown = frozenset(), True
        is_asked = not {HIDDEN, SHOWN}.isdisjoint(reads) and (had is None or had.hidden_rows is None)
        if is_data and picture.cells and is_asked:
            picture.hidden_columns = grid.hidden_columns(max(map(len, picture.cells)))
        pictures.append(picture)
    if before is not None:
        return replace(before, sheets=pictures)
    return Picture(
        document.name,
        pictures,
        document.selection() if is_in_front else None,
        document.path if is_place else None,
        document.open_names() if is_place else (),
    )


def commit(document: Document[Any], book: Book) -> None:
    """Makes the changes that are noted in `book`.

    Raises MovedError, with nothing written, when somebody changed meanwhile what the button had read; SomeHiddenError,
    likewise, where rows are hidden that were taken for shown; and BookError where the program refuses, which says what
    was changed by then and what was not.
    """
    document.notes.clear()  # notes of an earlier commit
    operations: list[Operation] = book.operations
    if not operations:
        return
    begun: list[str] = []
    try:
        grids = {grid.name: grid for grid in document.grids()}
        read: dict[str, Cells] = {}
        if any(not isinstance(one, Show) for one in operations):
            read = _check_unmoved(grids, book)
            _check_shown(grids, book)
        operations = _decided(operations, grids, read)
        check_written(grids, book, operations, read)
        operations = together(operations)
        known = _extents(book, operations, read)
        with document.still():
            for operation in operations:
                if isinstance(operation, AddSheet):
                    grids[operation.sheet] = document.add(operation.sheet)
                elif isinstance(operation, Replace) and operation.sheet in known:
                    _replace(grids[operation.sheet], operation.cells, known.pop(operation.sheet))
                elif not _carry_out(document, grids[operation.sheet], operation):
                    continue
                if not isinstance(operation, Show):
                    begun.append(operation.sheet)
    except MovedError:
        raise
    except BookError as refused:
        sentences = [refused.sentence, _so_far(begun, operations), *document.notes]
        raise BookError(" ".join(sentences)) from refused


def _numbers_of_identifiers(cells: Cells) -> list[tuple[int, int]]:
    """The cells, (row, column), that hold a number under the header of an identifier, or of what may be one: such a
    number reads as it is shown, so its format counts (SPEC 3)."""
    found = find_header(cells)
    if found is None:
        return []
    columns = identifier_columns(cells[found.place])
    return [
        (row, column + 1)
        for row, line in enumerate(cells[found.place + 1 :], start=found.place + 2)
        for column in columns
        if column < len(line) and type(line[column]) in _NUMBERS
    ]


def _check_unmoved(grids: dict[str, Any], book: Book) -> dict[str, Cells]:
    """What the visible sheets hold that were read. Raises MovedError where that is different now, or a sheet to be
    written is gone. Hidden sheets are not compared, because only we write into them."""
    read: dict[str, Cells] = {}
    written = {one.sheet for one in book.operations}
    for gone in [one.name for one in book.picture.sheets if one.name in written and one.name not in grids]:
        raise MovedError(
            f"The sheet {gone} is no longer in {book.name}, so nothing was written. Press the button again."
        )
    for sheet in book.sheets:
        before = next((one for one in book.picture.sheets if one.name == sheet.name), None)
        if before is None or before.cells is None or not before.visible:
            continue
        grid = grids.get(sheet.name)
        if grid is not None:
            read[sheet.name] = before.cells if grid.is_as_read() else grid.contents()
        if grid is None or not _is_same(before.cells, read[sheet.name], sheet):
            raise MovedError(
                f"The sheet {sheet.name} was changed while the button was at work, so nothing was written into "
                f"{book.name}. Press the button again."
            )
    return read


def _check_shown(grids: dict[str, Any], book: Book) -> None:
    """Raises SomeHiddenError where rows are hidden that were taken for shown."""
    for sheet in book.picture.sheets:
        if sheet.is_taken_for_shown and sheet.cells and not grids[sheet.name].shows_all(len(sheet.cells)):
            raise SomeHiddenError


def _decided(operations: Sequence[Operation], grids: dict[str, Any], read: dict[str, Cells]) -> list[Operation]:
    """The changes, with those in the place of a Late that it decides for. `read`: what sheets hold; what a Late reads
    is added."""
    decided: list[Operation] = []
    for operation in operations:
        if not isinstance(operation, Late):
            decided.append(operation)
            continue
        if operation.sheet not in read:
            read[operation.sheet] = grids[operation.sheet].contents()
        decided += operation.decide(read[operation.sheet])
    return decided


def _is_same(before: Cells, now: Cells, sheet: BookSheet) -> bool:
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


def _extents(book: Book, operations: Sequence[Operation], read: dict[str, Cells]) -> dict[str, tuple[int, int]]:
    """Sheet → how many rows and columns of it are filled, where that was read and nothing else is written into it:
    writing over them all is one call, and clearing the sheet first would be another."""
    others = {one.sheet for one in operations if isinstance(one, Put | Fill)}
    known = {one.name: one.cells for one in book.picture.sheets if one.cells is not None} | read
    return {name: (len(cells), max(map(len, cells), default=0)) for name, cells in known.items() if name not in others}


def _carry_out(document: Document[Any], grid: Any, operation: Operation) -> bool:
    """Whether there was anything to do."""
    match operation:
        case Put(row=row, column=column, cells=cells, number_format=number_format):
            grid.write(Block(row, column, len(cells), len(cells[0])), cells, number_format)
        case Fill(places=places, value=value):
            grid.write_each(places, value)
        case Replace(cells=cells):
            _replace(grid, cells, None)
        case Append(cells=cells):
            last = len(grid.contents())
            grid.write(Block(last + 1, 1, len(cells), len(cells[0])), cells, None)
        case Format(blocks=blocks, number_format=number_format):
            first, *more = [
                Block(row, column, min(rows, LAST_ROW - row + 1), columns) for row, column, rows, columns in blocks
            ]
            grid.set_number_format(first, number_format, more)
        case Redress():
            rows = grid.redress(operation)
            if not rows:
                return False
            have = "1 row has" if rows == 1 else f"{rows} rows have"
            document.notes.append(f"{have} lists and colours again, which a paste had taken away.")
        case HideSheet():
            grid.hide()
        case HideColumns(column=column, count=count):
            grid.hide_columns(column, count)
        case FitRows(rows=rows):
            grid.fit_heights(rows)
        case Show(row=row, column=column, unless=unless):
            selected = None if unless is None else document.selection()
            if unless is not None and selected is not None and selected[0] == unless.sheet:
                grid = next(one for one in document.grids() if one.name == unless.sheet)
                row, column = unless.row, unless.column
            document.show(grid, row, column)
    return True


def _replace(grid: Any, cells: Sequence[Sequence[Value]], extent: tuple[int, int] | None) -> None:
    """Writes the block and empties the rest of the sheet in one write, where it is known how much of the sheet is
    filled (`extent`) and that is not too much."""
    width = max((len(line) for line in cells), default=0)
    rows, columns = (len(cells), width) if extent is None else (max(len(cells), extent[0]), max(width, extent[1]))
    if extent is None or rows * columns - len(cells) * width > _EMPTIED:
        grid.replace([[*line, *[None] * (width - len(line))] for line in cells] if width else [])
    elif rows and columns:
        even = [[*line, *[None] * (columns - len(line))] for line in cells]
        grid.write(Block(1, 1, rows, columns), even + [[None] * columns] * (rows - len(even)), None)


def _so_far(begun: list[str], operations: list[Operation]) -> str:
    """A sentence on what is changed when a write fails in the middle."""
    done = list(dict.fromkeys(begun))
    if not done:
        return NOTHING_CHANGED
    rest = list(dict.fromkeys(one.sheet for one in operations if one.sheet not in done and not isinstance(one, Show)))
    changed = f"{'The sheet' if len(done) == 1 else 'The sheets'} {', '.join(done)} had been changed by then"
    return f"{changed}; {', '.join(rest)} {'was' if len(rest) == 1 else 'were'} not." if rest else f"{changed}."
