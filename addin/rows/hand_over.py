"""Handing rows over to the server so that the same rows are the same upload."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final

from workbook.report import Upload
from workbook.upload_state import UploadState

UPLOAD_ID: Final = "upload_id"
"""Where `_meta` keeps the workbook's last upload."""


def hand_over(send: Callable[[str], Upload], digest: str) -> tuple[Upload, bool]:
    """Sends under a key that follows from the content, so that the same rows are the same upload (SPEC 6).

    An upload of these rows that ended without writing does not stand in the way: the next attempt has the next key.
    Gives the upload, and whether it had been there before, complete.
    """
    attempt = 1
    while True:
        upload = send(f"{digest}-{attempt}")
        if upload.state not in (UploadState.CANCELLED, UploadState.FAILED, UploadState.UNDONE):
            return upload, upload.state == UploadState.COMPLETE
        attempt += 1


def digest_of(table: Mapping[str, object]) -> str:
    """What an upload is: its header, rows and their numbers, and what is left out, whatever the file is called, and
    whether the spreadsheet gives a whole number as 7 or as 7.0."""
    rows = [table["header"], _whole(table["rows"]), table["row_numbers"], table.get("leave_out"), table.get("versions")]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()[:40]


def _whole(rows: object) -> list[list[object]]:
    assert isinstance(rows, list)
    return [[int(cell) if type(cell) is float and cell.is_integer() else cell for cell in row] for row in rows]
