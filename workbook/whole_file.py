"""Write a file whole or not at all, so that nobody ever finds half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Final

from workbook.carried_over import carry_over

_OWNER_ALONE: Final = 0o600
_AS_THE_SYSTEM_HAS_IT: Final = 0o666
"""Less what its umask takes away."""
_WRITING: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in place of the one that is there, if any, which stays where this fails. Only its owner may read it.

    Makes the folder where it is missing, readable by its owner only. A link stays one. Raises OSError.
    """
    private_folder(real_place(path).parent)
    put_in_place(file_beside(path), path, content)


def private_folder(path: Path) -> None:
    """Makes a folder where it is missing, and those above it, each readable by its owner only: `Path.mkdir` gives what
    it makes above to everybody, and the next thing that is put there may be private. Raises OSError."""
    if path.parent != path and not path.parent.exists():  # a drive that is not there has nothing above it
        private_folder(path.parent)
    path.mkdir(exist_ok=True, mode=0o700)


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
