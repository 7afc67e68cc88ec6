"""What a button noted is written in one step, in every host: in order, or not at all where others wrote meanwhile."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from addin.book import Book
from addin.errors import BookError
from addin.hosts.desk import MovedError, commit
from addin.hosts.document import Block
from tests.support.spreadsheets import AnyDocument, Host, grid, pictured, read, write

PROTECTED = (
    "The sheet Caseload is protected, so nothing can be written into it. Take the protection off (Tools > Protect "
    "Sheet) and press the button again."
)


@pytest.fixture
def protected(host: Host, file: Path) -> AnyDocument:
    book = openpyxl.load_workbook(file)
    book["Caseload"].protection.enable()
    book["Second"].sheet_state = "visible"
    book.save(file)
    return host.open(file)


def changed(book: Book) -> None:
    """What a button might note: a block, a sheet of ours, another block."""
    data = book.data_sheet()
    assert data is not None
    data.put(3, 2, [["Smith"]], "@")
    book.add_sheet("Ours").replace([["a", "b"], ["c"]])


def test_what_a_button_notes_is_carried_out_in_order(document: AnyDocument) -> None:
    book = pictured(document)
    changed(book)
    book.sheets[-1].put(1, 2, [["B"]])
    commit(document, book)
    assert read(document, Block(3, 1, 1, 2)) == [[10432, "Smith"]]
    assert grid(document, "Ours").contents() == [["a", "B"], ["c", None]]


@pytest.mark.parametrize("reads", [(), ("Second",)])
def test_a_sheet_is_replaced_whole_whether_it_was_read_or_not(document: AnyDocument, reads: tuple[str, ...]) -> None:
    grid(document, "Second").write(Block(1, 1, 3, 2), [["a", "b"], ["c", "d"], ["e", "f"]], None)
    book = pictured(document, *reads)
    second = book.sheet("Second")
    assert second is not None
    second.replace([["x"]])
    commit(document, book)
    assert [line for line in grid(document, "Second").contents() if line] in ([["x"]], [["x", None]])


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [(2, 2, "Blofeld"), (4, 1, "new"), (2, 9, "far"), (3, 1, None)],
    ids=["changed", "added", "beside", "emptied"],
)
def test_what_was_changed_since_it_was_read_is_not_written_over(
    document: AnyDocument, row: int, column: int, value: str | None
) -> None:
    book = pictured(document)
    changed(book)
    write(document, row, column, [[value]])
    with pytest.raises(MovedError) as refused:
        commit(document, book)
    assert refused.value.sentence == (
        "The sheet Caseload was changed while the button was at work, so nothing was written into caseload.xlsx. "
        "Press the button again."
    )
    assert [one.name for one in document.grids()] == ["Caseload", "Second"]
    assert read(document, Block(3, 2, 1, 1)) == [[None]]


def test_rows_that_were_sorted_meanwhile_are_not_written_over(document: AnyDocument) -> None:
    book = pictured(document)
    changed(book)
    two, three = read(document, Block(2, 1, 2, 6))
    write(document, 2, 1, [three, two])
    with pytest.raises(MovedError):
        commit(document, book)


def test_a_change_in_a_column_that_no_button_watches_is_no_reason_to_write_nothing(document: AnyDocument) -> None:
    book = pictured(document)
    data = book.data_sheet()
    assert data is not None
    data.watch(iter([1, 2]))
    changed(book)
    write(document, 2, 6, [["tick"]])
    commit(document, book)
    assert read(document, Block(2, 6, 2, 1)) == [["tick"], [None]]
    assert read(document, Block(3, 2, 1, 1)) == [["Smith"]]


def test_a_sheet_that_is_protected_is_not_written_into_and_the_sentence_says_what_was_changed(
    protected: AnyDocument,
) -> None:
    book = pictured(protected, "Second")
    second = book.sheet("Second")
    assert second is not None
    second.put(1, 1, [["x"]])
    changed(book)
    with pytest.raises(BookError) as refused:
        commit(protected, book)
    assert refused.value.sentence == f"{PROTECTED} The sheet Second had been changed by then; Caseload, Ours were not."
    assert [one.name for one in protected.grids()] == ["Caseload", "Second"]
    assert read(protected, Block(3, 1, 1, 2)) == [[10432, None]]


@pytest.mark.parametrize("what", ["write", "format", "clear", "hide_columns", "fit_heights"])
def test_a_sheet_that_is_protected_refuses_whatever_would_change_it(protected: AnyDocument, what: str) -> None:
    sheet = grid(protected)
    cell = Block(3, 2, 1, 1)
    act = {
        "write": lambda: sheet.write(cell, [["x"]], None),
        "format": lambda: sheet.set_number_format(cell, "@"),
        "clear": sheet.clear,
        "hide_columns": lambda: sheet.hide_columns(2, 1),
        "fit_heights": lambda: sheet.fit_heights([2]),
    }[what]
    with pytest.raises(BookError) as refused:
        act()
    assert refused.value.sentence == PROTECTED
    assert read(protected, Block(2, 1, 2, 2)) == [["007", "Bond"], [10432, None]]
