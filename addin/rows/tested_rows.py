"""Set the rows of a test aside until it is decided (SPEC 6).

The site's records say already what these rows say, so that a check would call each of them open already, and offer to
leave it out. The workbook keeps which test is its own, and a digest of each of its rows, wherever they are sorted to.
"""

from __future__ import annotations

from typing import Final

from addin.book import Book, Value
from addin.rows.cells import write_own_cells
from addin.rows.data_sheet import DataSheet
from addin.rows.own_sheets import read_meta
from addin.rows.row_notes import digest_of_row
from addin.rows.written_rows import TESTED_ROWS, noted_digests
from workbook.layout import own_columns
from workbook.sheets.marks import OK, TESTED

TEST_ID: Final = "test_id"
"""Where `_meta` keeps the workbook's test until it is decided."""
IN_WORDS: Final = "Written as a test. Press Keep Test to keep the row, or press Take Back Test."
"""What stands beside such a row."""


def tested_rows(book: Book, data: DataSheet) -> list[int]:
    """The rows that are to be set aside: those of the workbook's own test, while it waits for a decision. Row Status
    says whether there are any, so that nothing more is read of a workbook without a test."""
    return rows_of_test(book, data) if _marked(data) else []


def rows_of_test(book: Book, data: DataSheet) -> list[int]:
    """The rows that the workbook's test has written and that are still the same. Of rows that say the same, one that
    was not written is no row of the test: it is a row too many."""
    if not read_meta(book).get(TEST_ID):
        return []
    left_out = frozenset(data.left_out())
    noted = noted_digests(book, TESTED_ROWS)
    left = [digest for _row, digest in noted]
    digests = {row: digest_of_row(data.texts(row)) for row in data.rows if row not in left_out}
    in_place = [row for row, digest in noted if digests.get(row) == digest]
    found = []
    for row in dict.fromkeys([*in_place, *digests]):  # of two rows alike the one that stands where it stood
        if digests[row] in left:
            left.remove(digests[row])
            found.append(row)
    return sorted(found)


def mark_tested(book: Book, data: DataSheet) -> None:
    """Writes beside the rows of the workbook's test that they are."""
    own = own_columns(data.headers)
    changes: dict[tuple[int, int], Value] = {}
    for row in rows_of_test(book, data):
        changes |= {(row, own.status): TESTED, (row, own.message): IN_WORDS, (row, own.pointer): None}
    write_own_cells(data, changes)


def clear_tested(data: DataSheet) -> None:
    """Takes that off again, once the test is decided. Its rows were right when they were written, and nothing else is
    known of them until the next check."""
    own = own_columns(data.headers)
    changes: dict[tuple[int, int], Value] = {}
    for row in _marked(data):
        changes |= {(row, own.status): OK, (row, own.message): None}
    write_own_cells(data, changes)


def has_tested(data: DataSheet) -> bool:
    """Whether rows are marked as those of a test."""
    return bool(_marked(data))


def _marked(data: DataSheet) -> list[int]:
    place = own_columns(data.headers).status - 1
    return [row for row, cells in data.rows.items() if place < len(cells) and cells[place] == TESTED]
