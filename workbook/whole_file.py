"""Write a file whole or not at all, so that nobody ever finds half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from workbook.carried_over import carry_over

_OWNER_ALONE: Final = 0o600
_AS_THE_SYSTEM_HAS_IT: Final = 0o666
"""Less what its umask takes away."""
_WRITING: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in place of the one that is there, if any, which stays where this fails. Only its owner may read it.

    Makes the folder where it is missing, readable by its owner only. A link stays one. Raises OSError.
    """
    real_place(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    put_in_place(file_beside(path), path, content)


def real_place(path: Path) -> Path:
    """Where a file really lies that `path` is, or is a link to."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def file_beside(path: Path) -> Path:
    """An empty file in the folder of `path`, for `put_in_place`. Raises OSError where the folder takes none.

    Only its owner may read it. It ends as `path` does, for programs that look at endings.
    """
    handle, name = tempfile.mkstemp(dir=real_place(path).parent, prefix=".caseload-", suffix=path.suffix)
    os.close(handle)
    return Path(name)


def put_in_place(beside: Path, path: Path, content: bytes | memoryview, origin: Path | None = None) -> None:
    """Fills the file beside and puts it in place of `path`. Where this raises OSError, `path` stays as it was.

    `origin`: the file whose content this is, changed; what hangs on it is carried over. Without one, only the owner may
    read what was written.
    """
    try:
        beside.write_bytes(content)
        if origin is not None:
            carry_over(real_place(origin), beside)
        beside.replace(real_place(path))
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
