"""A temporary folder per process, where request bodies wait until they are read.

A process that is killed leaves its folder behind, with people's rows in it. So each process holds a lock on its folder
for as long as it lives, and every new one removes the folders that are not locked.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import IO, Final

_BEGINS: Final = "caseload-spool-"
_LOCK: Final = "lock"
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class NoRoom(Exception):
    """The disk for what arrives, or for what is made to be read once, is full."""


class Spool:
    """The folder, readable by its owner only. A context manager: gone when the block ends."""

    def __init__(self, parent: Path | None = None) -> None:
        """`parent`: where it is made; the folder for temporary files when not given."""
        above = parent or Path(tempfile.gettempdir())
        sweep(above)
        lock = None
        while lock is None:  # another process that sweeps at this moment may have removed it
            self.folder = Path(tempfile.mkdtemp(prefix=_BEGINS, dir=above))
            lock = _held(self.folder / _LOCK)
        self._lock = lock

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._lock.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def new(self) -> Path:
        """A new, empty file. The caller removes it. Raises OSError."""
        handle, path = tempfile.mkstemp(dir=self.folder)
        os.close(handle)
        return Path(path)


def sweep(above: Path) -> None:
    """Removes what processes left that are no more."""
    for folder in above.glob(f"{_BEGINS}*"):
        if not _is_ours(folder) or not (folder / _LOCK).exists():
            continue
        lock = _held(folder / _LOCK)
        if lock is not None:
            shutil.rmtree(folder, ignore_errors=True)
            lock.close()


def _is_ours(folder: Path) -> bool:
    try:
        owner = folder.lstat().st_uid
    except OSError:
        return False
    return not folder.is_symlink() and owner == getattr(os, "getuid", lambda: owner)()


def is_full(failure: OSError) -> bool:
    """Whether there is no room left on the disk, or none for us."""
    return failure.errno in _FULL


def _held(path: Path) -> IO[bytes] | None:
    """The file at `path`, locked as long as it is open; None where another process holds it, or it is not ours."""
    stream = None
    try:
        stream = path.open("ab")
        if os.name == "nt":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        else:
            import fcntl

            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return stream
    except OSError:
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
        return None
