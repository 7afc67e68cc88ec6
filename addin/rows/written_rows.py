"""Mark rows that an upload has written, so that they are never sent again (SPEC 6).

The mark is in the row itself. It is taken off when the upload is undone. Before rows are sent, a digest of each is
noted in `_meta`. When the upload has ended, the rows are found by it even if they were sorted, and a row that was
changed meanwhile is not marked as written.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from addin.api.client import Client
from addin.book import Book, Value
from addin.rows.cells import add_own_columns, write_own_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.own_sheets import read_meta
from addin.rows.picks import read_rows
from addin.rows.row_notes import (
    Written,
    digest_of_row,
    marks_of_site,
    read_written,
    waits_elsewhere,
    with_mark,
    without_mark,
)
from workbook.layout import own_columns
from workbook.sheets.marks import WRITTEN
from workbook.upload import Upload

_NOTED: Final = "sent_rows"
"""Where `_meta` keeps the digests of the rows that were sent last; of many rows in as many lines as it takes."""
_CHUNK: Final = 2_000
"""Digests in one cell: 26,000 characters, which every spreadsheet program takes."""
_MOST_UNDONE: Final = 200


def read_current_rows(book: Book, client: Client) -> tuple[DataSheet, str]:
    """The data sheet, ready to be checked or sent, and a note for the sentence, "" for none. Picks from cells' lists
    are carried out. Rows whose upload was undone, even on another computer, are to be sent again, and rows that were
    written at another site are new to this one."""
    data, note = read_rows(book)
    if not data.written and not any(map(waits_elsewhere, data.notes().values())):
        return data, note
    undone, site_tag = client.undone(_MOST_UNDONE)
    turned, lost = _turn_to(data, site_tag)
    if turned:
        data = read_data(book)
    if lost:
        were = "row was" if lost == 1 else "rows were"
        note += f" {lost} {were} written at another agency, and {'is' if lost == 1 else 'are'} new to this one."
    released = release(data, undone)
    if not released:
        return data, note
    are = "row was written by an upload that is" if released == 1 else "rows were written by an upload that is"
    return read_data(book), f"{note} {released} {are} undone, and will be sent again."


def noted_rows(book: Book, data: DataSheet, rows: Collection[int]) -> dict[str, str]:
    """What `_meta` is to keep before these rows are sent; nothing of an earlier note stays."""
    digests = [digest_of_row(data.texts(row)) for row in rows]
    parts = [" ".join(digests[at : at + _CHUNK]) for at in range(0, len(digests), _CHUNK)]
    forgotten = dict.fromkeys((key for key in read_meta(book) if key.startswith(_NOTED)), "")
    return forgotten | {f"{_NOTED}_{number}": part for number, part in enumerate(parts)}


def mark_written(book: Book, upload: Upload) -> tuple[int, int]:
    """Marks the noted rows that are still the same. Gives how many, and how many were changed meanwhile."""
    data = read_data(book)
    if own_columns(data.headers).origin > len(data.headers):
        add_own_columns(data)
        data = read_data(book)
    own = own_columns(data.headers)
    left = {digest for key, text in read_meta(book).items() if key.startswith(_NOTED) for digest in text.split()}
    changes: dict[tuple[int, int], Value] = {}
    notes = data.notes()
    marked = 0
    for row in data.rows:
        if not left:
            break
        digest = digest_of_row(data.texts(row))
        if digest in left:
            left.remove(digest)
            marked += 1
            mark = Written(upload.id, digest, upload.number, upload.site_tag)
            changes[row, own.origin] = with_mark(notes.get(row, ""), mark)
            changes |= {
                (row, own.status): WRITTEN,
                (row, own.message): mark.in_words(),
                (row, own.pointer): None,
            }
    write_own_cells(data, changes)
    return marked, len(left)


def release(data: DataSheet, upload_ids: Collection[str]) -> int:
    """Takes the marks off rows that these uploads had written, and gives how many. Read the sheet anew after that."""
    own = own_columns(data.headers)
    rows = [row for row, mark in data.written_by().items() if mark.upload_id in upload_ids]
    notes = data.notes() if rows else {}
    changes: dict[tuple[int, int], Value] = {}
    for row in rows:
        left = without_mark(notes[row]) or None
        changes |= {(row, own.origin): left, (row, own.status): None, (row, own.message): None}
    write_own_cells(data, changes)
    return len(rows)


def _turn_to(data: DataSheet, site_tag: str) -> tuple[int, int]:
    """Has the marks of a site count, and those of all others wait until theirs is asked again. Gives how many rows it
    changed, and how many of them no longer count as written. Read the sheet anew after that."""
    own = own_columns(data.headers)
    turned = {row: after for row, text in data.notes().items() if (after := marks_of_site(text, site_tag)) != text}
    lost = [row for row, text in turned.items() if row in data.written and read_written(text) is None]
    changes: dict[tuple[int, int], Value] = {(row, own.origin): text for row, text in turned.items()}
    for row in lost:
        changes |= {(row, own.status): None, (row, own.message): None}
    write_own_cells(data, changes)
    return len(turned), len(lost)
