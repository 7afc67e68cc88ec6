"""Refuse to write over a sheet of the user's own that is called as one of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from addin.book import AddSheet, Book, Cells, Operation
from addin.errors import BookError
from addin.hosts.document import Block, Document
from workbook.columns import ROW_POINTER
from workbook.layout import SUGGESTIONS_SHEET
from workbook.matching import text_of
from workbook.sheets import ours

NOTHING_CHANGED: Final = "Nothing in the workbook was changed."
_HEADER_WITHIN: Final = 30
"""Rows in which the header of the data stands."""


def check_before(document: Document[Any], book: Book, names: Iterable[str]) -> None:
    """Before a button does what cannot be taken back: the sheets of ours that it will write into are ours. Raises
    BookError."""
    grids = {grid.name: grid for grid in document.grids()}
    known = {one.name: one.cells for one in book.picture.sheets if one.cells is not None}
    try:
        for name in names:
            _check_is_ours(book, grids, name, known)
    except BookError as refused:
        raise BookError(" ".join((refused.sentence, NOTHING_CHANGED))) from refused


def check_written(
    grids: Mapping[str, Any], book: Book, operations: Iterable[Operation], read: Mapping[str, Cells]
) -> None:
    """Just before the changes are made: those of our sheets that are written into are ours, and none that is added is
    there by now. `read`: what sheets hold by now. Raises BookError."""
    known = {one.name: one.cells for one in book.picture.sheets if one.cells is not None} | {**read}
    data = book.data_sheet()
    looked_at = set() if data is None or data.name in book.claimed else {data.name}
    if data is not None and any(
        ROW_POINTER in map(text_of, line) for line in known.get(data.name, [])[:_HEADER_WITHIN]
    ):
        looked_at.add(SUGGESTIONS_SHEET)  # who gave the rows that column had looked, or had made the sheet
    for operation in operations:
        name = operation.sheet
        if isinstance(operation, AddSheet):
            if (found := _called(name, grids)) is not None:
                raise _not_ours(book, found)
        elif name in ours.SHEETS - looked_at:
            _check_is_ours(book, grids, name, known)
        looked_at.add(name)


def _check_is_ours(book: Book, grids: Mapping[str, Any], name: str, known: Mapping[str, Cells]) -> None:
    found = _called(name, grids)
    if found is None:
        return
    if found != name:
        raise _not_ours(book, found)
    top = known.get(name)
    if top is None:
        top = grids[name].read(Block(1, 1, ours.ROWS, ours.COLUMNS))
        if _is_empty(top):
            top = grids[name].contents()
    if not _is_empty(top) and not ours.is_ours(name, top):
        raise _not_ours(book, found)


def _called(name: str, grids: Mapping[str, Any]) -> str | None:
    """The sheet of that name, whatever its letters, large or small: no program has two."""
    return next((one for one in grids if one.casefold() == name.casefold()), None)


def _is_empty(cells: Cells) -> bool:
    return not any(cell is not None for line in cells for cell in line)


def _not_ours(book: Book, found: str) -> BookError:
    return BookError(
        f"The sheet {found} of {book.name} is none that Caseload Upload made, or its first rows were changed, so it is "
        "not written over. Give it another name, and press the button again: a new one is added."
    )
