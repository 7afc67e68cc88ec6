"""Write a file whole or not at all, so that nobody ever finds half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

_OWNER_ALONE: Final = 0o600
_AS_THE_SYSTEM_HAS_IT: Final = 0o666
"""Less what its umask takes away."""
_WRITING: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)


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


def write_new(path: Path, content: bytes, *, private: bool = True) -> None:
    """Writes a file that is not there yet. Only its owner may read it, where the disk knows that, unless it is not
    `private`. Raises FileExistsError, and OSError for all else; then nothing is there."""
    handle = os.open(path, _WRITING | os.O_EXCL, _OWNER_ALONE if private else _AS_THE_SYSTEM_HAS_IT)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def open_private(path: Path) -> BinaryIO:
    """The file, emptied, to write people's data into it: only its owner may read it from here on, where the disk knows
    that. Raises OSError."""
    file = os.fdopen(os.open(path, _WRITING | os.O_TRUNC, _OWNER_ALONE), "wb")
    if path.is_file():  # and no device or pipe, such as /dev/stdout
        with contextlib.suppress(OSError):
            path.chmod(_OWNER_ALONE)
    return file
