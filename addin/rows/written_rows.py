"""Mark rows that an upload has written, so that they are never sent again (SPEC 6).

The mark is in the row itself. It is taken off when the upload is undone. Before rows are sent, a digest of each is
noted in `_meta`, with the number that the row had. When the upload has ended, the rows are found by it even if they
were sorted. A row that was changed meanwhile is not marked as written, and neither is one of which the upload's log
does not say that it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, NamedTuple

from addin.api.client import Client
from addin.book import Book, Value
from addin.rows.assignments import at_site, from_elsewhere
from addin.rows.cells import add_own_columns, write_own_cells
from addin.rows.data_sheet import DataSheet, read_data
from addin.rows.own_sheets import read_meta
from addin.rows.picks import read_rows
from addin.rows.row_notes import (
    Written,
    digest_of_row,
    marks_in,
    marks_of,
    read_written,
    waits_elsewhere,
    with_mark,
    without_mark,
)
from workbook.layout import own_columns
from workbook.sheets.marks import WRITTEN
from workbook.upload import LogRow, Upload
from workbook.upload_state import UploadState

SENT: Final = "sent_rows"
TESTED_ROWS: Final = "test_rows"
"""Where `_meta` keeps the digests of the rows that were sent last; of many rows in as many lines as it takes."""
_CHUNK: Final = 1_500
"""Rows in one cell: 31,500 characters at most, which every spreadsheet program takes."""
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,40}")
"""What an upload's id looks like; a hidden cell may hold anything."""
_ROW: Final = re.compile(r"[1-9][0-9]{0,6}")
_ONE_BY_ONE: Final = 20
"""Uploads that are asked for each by itself; for more, the list of all is gone through."""
_WROTE: Final = (UploadState.COMPLETE, UploadState.UNDONE)
_IS_AS_SAID: Final = frozenset({"begun", "ended", "unchanged"})
"""What the log says of a row after which the site's data are as the row says."""


def read_current_rows(book: Book, client: Client) -> tuple[DataSheet, str]:
    """The data sheet, ready to be checked or sent, and a note for the sentence, "" for none: as `_read_unwritten` has
    it, and the versions of rows that were downloaded at another site are not sent."""
    data, note = _read_unwritten(book, client)
    data = at_site(data, client)
    others = len(from_elsewhere(data, data.site_tag, untouched=False))
    if others:
        rows = "row was" if others == 1 else "rows were"
        note += f" {others} {rows} downloaded at another agency, and {_is_new(others)} to this one."
    return data, note


def _read_unwritten(book: Book, client: Client) -> tuple[DataSheet, str]:
    """The data sheet, and a note. Picks from cells' lists are carried out. Rows whose upload was undone, even on
    another computer, are to be sent again. A mark is the word of the workbook, which may be a stranger's: it counts
    where the server shows its upload to the user as one that wrote rows. Otherwise it waits, and its row is new: for
    another site, or for the colleague whose upload it is."""
    data, note = read_rows(book, client)
    if not data.written and not any(map(waits_elsewhere, data.notes().values())):
        return data, note
    states, site_tag = _states(client, data)
    turned, elsewhere, unknown = _turn_to(data, {one for one, state in states.items() if state in _WROTE}, site_tag)
    if turned:
        data = read_data(book)
    if elsewhere:
        were = "row was" if elsewhere == 1 else "rows were"
        note += f" {elsewhere} {were} written at another agency, and {_is_new(elsewhere)} to this one."
    if unknown:
        is_marked = "row is marked" if unknown == 1 else "rows are marked"
        note += (
            f" {unknown} {is_marked} as written by an upload that the server does not know or does not show you, and "
            f"{_is_new(unknown)}."
        )
    released = release(data, {one for one, state in states.items() if state == UploadState.UNDONE})
    if not released:
        return data, note
    are = "row was written by an upload that is" if released == 1 else "rows were written by an upload that is"
    return read_data(book), f"{note} {released} {are} undone, and will be sent again."


def noted_rows(book: Book, data: DataSheet, rows: Collection[int], what: str = SENT) -> dict[str, str]:
    """What `_meta` is to keep before these rows are sent; nothing of an earlier note stays. `what`: SENT or
    TESTED_ROWS, for a test may wait at one agency while its workbook is submitted to another."""
    noted = [f"{row}:{digest_of_row(data.texts(row))}" for row in rows]
    parts = [" ".join(noted[at : at + _CHUNK]) for at in range(0, len(noted), _CHUNK)]
    return forgotten_rows(book, what) | {f"{what}_{number}": part for number, part in enumerate(parts)}


def forgotten_rows(book: Book, what: str) -> dict[str, str]:
    """What takes a note out of `_meta`."""
    return dict.fromkeys((key for key in read_meta(book) if key.startswith(what)), "")


def noted_digests(book: Book, what: str = SENT) -> list[tuple[int, str]]:
    """The rows of the note `what`: the number that each had when it was sent, and its digest. An earlier version had
    one note for a test and an upload, and a still earlier one no numbers: 0."""
    meta = read_meta(book)
    key_of_note = what if any(key.startswith(what) for key in meta) else SENT
    noted = [one for key, text in meta.items() if key.startswith(key_of_note) for one in text.split()]
    parts = (one.rpartition(":") for one in noted)
    return [(int(row or 0), digest) for row, _, digest in parts if not row or _ROW.fullmatch(row)]


class Marked(NamedTuple):
    """How many of the noted rows are marked as written, were changed meanwhile, and were not written."""

    rows: int
    changed: int
    not_written: int

    def in_words(self) -> str:
        """A note on those that are not marked, "" where there are none."""
        said = ""
        if self.changed:
            are = "row was" if self.changed == 1 else "rows were"
            said = f" {self.changed} {are} changed meanwhile, and will be checked as new."
        if self.not_written == 1:
            said += " Of 1 row the Log does not say that it was written: it stays, and will be checked as new."
        elif self.not_written:
            said += (
                f" Of {self.not_written} rows the Log does not say that they were written: they stay, and will be "
                "checked as new."
            )
        return said


def mark_written(book: Book, upload: Upload, log: Sequence[LogRow]) -> Marked:
    """Marks the noted rows that the upload has written, by its `log`, and that are still the same."""
    data = read_data(book)
    if own_columns(data.headers).origin > len(data.headers):
        add_own_columns(data)
        data = read_data(book)
    own = own_columns(data.headers)
    left, not_written = _written(book, log, SENT if upload.test is None else TESTED_ROWS)
    changes: dict[tuple[int, int], Value] = {}
    notes = data.notes()
    marked = 0
    given_up = {*data.left_out()}  # of two rows that say the same it is the other one that was written
    for row in data.rows:
        if not left:
            break
        if row in given_up:
            continue
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
    return Marked(marked, len(left), not_written)


def _written(book: Book, log: Sequence[LogRow], what: str) -> tuple[set[str], int]:
    """The digests of the noted rows that were written, and how many were not. A note of an earlier version does not
    tell its rows' numbers: it counts where as many were written as it tells of."""
    noted = noted_digests(book, what)
    as_said = {line.row for line in log if line.result in _IS_AS_SAID}
    is_all = len(as_said) >= len(noted)
    written = []
    for row, digest in noted:
        if row in as_said or (not row and is_all):
            written.append(digest)
    return {*written}, len(noted) - len(written)


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


def _states(client: Client, data: DataSheet) -> tuple[dict[str, UploadState], str]:
    """How the uploads stand that the rows' marks name, as far as the server shows them, and the `site_tag` of the site.
    One call tells of the user's newest. Every other is asked for, too, however many a sheet has come to name: a row of
    an upload that was not asked for would be sent again."""
    states, site_tag = client.own_states()
    marks = (mark for text in data.notes().values() for mark in marks_in(text))
    named = {mark.upload_id for mark in marks if _may_be_of(mark, site_tag)} - states.keys()
    beside = sorted(filter(_ID.fullmatch, named))
    if len(beside) > _ONE_BY_ONE:
        return states | client.states_of(beside), site_tag
    asked = {upload_id: client.state_of(upload_id) for upload_id in beside}
    return states | {upload_id: state for upload_id, state in asked.items() if state}, site_tag


def _may_be_of(mark: Written, site_tag: str) -> bool:
    """Whether a mark may be that of a site. An earlier version's tells none, and neither does an earlier server."""
    return not mark.site_tag or not site_tag or mark.site_tag == site_tag


def _turn_to(data: DataSheet, upload_ids: Collection[str], site_tag: str) -> tuple[int, int, int]:
    """Has the marks of these uploads count, and all others wait until their server is asked again. Gives how many rows
    it changed, and how many of them no longer count as written: by the mark of another site, and by one that nobody
    knows here. Read the sheet anew after that."""
    own = own_columns(data.headers)
    turned = {row: after for row, text in data.notes().items() if (after := marks_of(text, upload_ids)) != text}
    lost = {row: mark for row, mark in data.written_by().items() if row in turned and read_written(turned[row]) is None}
    changes: dict[tuple[int, int], Value] = {(row, own.origin): text for row, text in turned.items()}
    for row in lost:
        changes |= {(row, own.status): None, (row, own.message): None}
    write_own_cells(data, changes)
    unknown = sum(_may_be_of(mark, site_tag) for mark in lost.values())
    return len(turned), len(lost) - unknown, unknown


def _is_new(rows: int) -> str:
    return "is new" if rows == 1 else "are new"
