"""Send rows so that the same rows are always the same upload (SPEC 6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final

from workbook.upload import Upload
from workbook.upload_state import UploadState

UPLOAD_ID: Final = "upload_id"
"""Where `_meta` keeps the workbook's last upload."""


def hand_over(send: Callable[[str], Upload], digest: str) -> tuple[Upload, bool]:
    """Sends under a key that follows from the content, so that the same rows are the same upload (SPEC 6).

    Where an upload of these rows ended without writing, the next key is tried. Gives the upload, and whether it was
    complete already.
    """
    attempt = 1
    while _ended_in_nothing(upload := send(_key(digest, attempt))):
        attempt += 1
    return upload, upload.state == UploadState.COMPLETE


def has_arrived(find: Callable[[str], Upload | None], digest: str) -> bool:
    """Whether these rows are with the server already, sent by this very user. `find`: their upload of a key.

    A workbook can say so of itself, but it may come from a stranger: what was agreed to is asked of the server.
    """
    attempt = 1
    while (upload := find(_key(digest, attempt))) is not None and _ended_in_nothing(upload):
        attempt += 1
    return upload is not None


def _key(digest: str, attempt: int) -> str:
    return f"{digest}-{attempt}"


def _ended_in_nothing(upload: Upload) -> bool:
    """Whether the same rows would be another upload."""
    return upload.state in (UploadState.CANCELLED, UploadState.FAILED, UploadState.UNDONE)


def digest_of(table: Mapping[str, object]) -> str:
    """A digest of all that makes an upload: its header, rows and their numbers, and what is left out. The file's name
    does not count, nor whether the spreadsheet gives a whole number as 7 or as 7.0."""
    rows = [table["header"], _whole(table["rows"]), table["row_numbers"], table.get("leave_out"), table.get("versions")]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()[:40]


def _whole(rows: object) -> list[list[object]]:
    assert isinstance(rows, list)
    return [[int(cell) if type(cell) is float and cell.is_integer() else cell for cell in row] for row in rows]
