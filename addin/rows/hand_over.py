"""Send rows so that the same rows are always the same upload (SPEC 6)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from addin.errors import ClientError
from workbook.upload import Upload
from workbook.upload_state import UploadState

UPLOAD_ID: Final = "upload_id"
"""Where `_meta` keeps the workbook's last upload."""
_OTHER_ROWS: Final = "idempotency-key-reused"
"""The server's code for a key whose upload has another content."""
_MOST_KEYS: Final = 1000
"""No rows are taken back so often, and a server that says so is not asked on and on."""


def hand_over(send: Callable[[str], Upload], digest: str) -> tuple[Upload, bool]:
    """Sends under a key that follows from the content, so that the same rows are the same upload (SPEC 6).

    Where an upload of these rows ended without writing, or the key is that of others, the next key is tried. Gives the
    upload, and whether it was complete already. For rows that the user was asked about: they may be sent anew.
    """
    for key in _keys(digest):
        upload = _sent(send, key)
        if upload is not None and not _ended_in_nothing(upload):
            return upload, upload.state == UploadState.COMPLETE
    raise _no_key()


def arrived(send: Callable[[str], Upload], find: Callable[[str], Upload | None], digest: str) -> Upload | None:
    """The upload that these rows are already, sent by this very user; None where there is none, or it ended without
    writing. `find`: the user's upload of a key. `send` is called with keys of which there is an upload, so that nothing
    begins by it: it says whether the upload is of these rows.

    A workbook can say so of itself, but it may come from a stranger: what was agreed to is asked of the server.
    """
    for key in _keys(digest):
        if find(key) is None:
            return None
        upload = _sent(send, key)
        if upload is not None and not _ended_in_nothing(upload):
            return upload
    raise _no_key()


def _keys(digest: str) -> Iterator[str]:
    return (f"{digest}-{attempt}" for attempt in range(1, _MOST_KEYS + 1))


def _sent(send: Callable[[str], Upload], key: str) -> Upload | None:
    """The upload under a key; None where it is one of other rows, or of these as the server read them otherwise."""
    try:
        return send(key)
    except ClientError as error:
        if error.code != _OTHER_ROWS:
            raise
        return None


def _no_key() -> ClientError:
    return ClientError(
        f"The server says that these rows were uploaded and taken back {_MOST_KEYS} times, so nothing was sent. Change "
        "something in them, such as their order, and submit again, or ask whoever runs the server.",
        "no-key",
    )


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
