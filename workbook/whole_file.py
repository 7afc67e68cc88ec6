"""Write a file whole or not at all, so that nobody ever finds half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in place of the one that is there, if any, which stays where this fails. Only its owner may read it.

    Makes the folder where it is missing, readable by its owner only. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    put_in_place(file_beside(path), path, content)


def file_beside(path: Path) -> Path:
    """An empty file in the folder of `path`, for `put_in_place`. Raises OSError where the folder takes none.

    Only its owner may read it. It ends as `path` does, for programs that look at endings.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".caseload-", suffix=path.suffix)
    os.close(handle)
    return Path(name)


def put_in_place(beside: Path, path: Path, content: bytes | memoryview, mode: int | None = None) -> None:
    """Fills the file beside and puts it in place of `path`. Where this raises OSError, `path` stays as it was.

    `mode`: its permissions, where others than the owner may read it and the disk knows permissions.
    """
    try:
        beside.write_bytes(content)
        if mode is not None:
            with contextlib.suppress(OSError):
                beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def write_new(path: Path, content: bytes) -> None:
    """Writes a file that is not there yet. Raises FileExistsError, and OSError for all else; then nothing is there."""
    made = False
    try:
        with path.open("xb") as file:
            made = True
            file.write(content)
    except OSError:
        if made:
            path.unlink(missing_ok=True)
        raise
