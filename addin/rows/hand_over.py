"""Handing rows over to the server so that the same rows are the same upload."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Final

from workbook.report import Upload

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
        if upload.state not in ("cancelled", "failed", "undone"):
            return upload, upload.state == "complete"
        attempt += 1


def digest_of(table: Mapping[str, object]) -> str:
    """What an upload is: its header, rows and their numbers, and what is left out, whatever the file is called."""
    rows = [table["header"], table["rows"], table["row_numbers"], table.get("leave_out"), table.get("versions")]
    return hashlib.sha256(json.dumps(rows, separators=(",", ":")).encode()).hexdigest()[:40]
