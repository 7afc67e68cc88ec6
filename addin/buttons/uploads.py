"""Uploads: list the uploads that wait, run or are complete in a sheet (SPEC 6, 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from addin.api.client import Client
from addin.book import Book
from addin.outcome import Outcome
from addin.rows.own_sheets import write_uploads
from addin.sentences import counted
from workbook.sheets.uploads_sheet import COMPLETE, IN_PROGRESS, WAITING, part_of
from workbook.upload import Upload

MOST: Final = 200
"""Uploads that are listed, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Outcome):
    """The uploads that are shown, newest first."""

    uploads: list[Upload] = field(default_factory=list)


def uploads(book: Book, client: Client) -> Listed:
    """Shows the user's own uploads, for an administrator everybody's. Notes that the user wrote there stay."""
    found = client.uploads(limit=MOST)
    write_uploads(book, found)
    return Listed(uploads=found, sentence=in_words(found))


def in_words(found: Sequence[Upload]) -> str:
    """How many there are of each kind."""
    if not found:
        return "There is no upload yet. Press Submit when Validate finds no errors."
    parts = [part_of(one) for one in found]
    waiting, running, complete = (parts.count(name) for name in (WAITING, IN_PROGRESS, COMPLETE))
    waits = f"{counted(waiting, 'upload')} wait{'s' if waiting == 1 else ''} for a decision, " if waiting else ""
    more = " These are the newest." if len(found) == MOST else ""
    return f"{waits}{running} in progress, {complete} complete.{more}"
