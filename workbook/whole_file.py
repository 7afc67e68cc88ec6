"""Write a file whole or not at all, so that nobody ever finds half of one.

The folder may be one that others write into, too. So a file is written, and given its rights, through the handle by
which it was made: under its name somebody may have put a link to another file of ours meanwhile. And a link leads where
it led when it was looked at once, at the beginning.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import tempfile
from pathlib import Path
from typing import IO, Final, NamedTuple

from workbook.carried_over import carry_over

_OWNER_ALONE: Final = 0o600
_AS_THE_SYSTEM_HAS_IT: Final = 0o666
"""Less what its umask takes away."""
_WRITING: Final = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)


class NewFile(NamedTuple):
    """A new file that is to take the place of another. It is open until `put_in_place` has closed it."""

    path: Path
    handle: int


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in place of the one that is there, if any, which stays where this fails. Only its owner may read it.

    Makes the folder where it is missing, readable by its owner only. A link stays one. Raises OSError.
    """
    place = real_place(path)
    private_folder(place.parent)
    put_in_place(file_beside(place), place, content)


def private_folder(path: Path) -> None:
    """Makes a folder where it is missing, and those above it, each readable by its owner only: `Path.mkdir` gives what
    it makes above to everybody, and the next thing that is put there may be private. Raises OSError."""
    if path.parent != path and not path.parent.exists():  # a drive that is not there has nothing above it
        private_folder(path.parent)
    path.mkdir(exist_ok=True, mode=0o700)


def real_place(path: Path) -> Path:
    """Where a file really lies that `path` is, or is a link to: to be asked once, since the link may be another next
    time."""
    return Path(os.path.realpath(path)) if path.is_symlink() else path


def file_beside(place: Path) -> NewFile:
    """An empty file in the folder of `place`, for `put_in_place`. Raises OSError where the folder takes none.

    Only its owner may read it. It ends as `place` does, for programs that look at endings.
    """
    handle, name = tempfile.mkstemp(dir=place.parent, prefix=".caseload-", suffix=place.suffix)
    return NewFile(Path(name), handle)


def put_in_place(beside: NewFile, place: Path, content: bytes, origin: Path | None = None) -> None:
    """Fills the file beside and puts it in place of `place`, be that a link by now. Where this raises OSError, `place`
    stays as it was.

    `origin`: the file whose content this is, changed; what hangs on it is carried over. Without one, only the owner may
    read what was written.
    """
    try:
        with os.fdopen(beside.handle, "wb") as file:
            file.write(content)
            _is_on_disk(file)  # before it takes the place: else a power cut may leave an empty file there, and no other
            if origin is not None:
                carry_over(origin, file.fileno(), beside.path)
            ours = os.fstat(file.fileno())
        # Windows lets hardly anybody make links, and has other numbers for a file by its handle than by its name.
        if sys.platform != "win32" and not os.path.samestat(ours, beside.path.lstat()):
            raise OSError(errno.ESTALE, "another program put a file in place of the one that was written")
        beside.path.replace(place)
        _is_known_on_disk(place.parent)
    finally:
        beside.path.unlink(missing_ok=True)


def write_new(path: Path, content: bytes, *, private: bool = True) -> None:
    """Writes a file that is not there yet. Only its owner may read it, where the disk knows that, unless it is not
    `private`. Raises FileExistsError, and OSError for all else; then nothing is there."""
    handle = os.open(path, _WRITING | os.O_EXCL, _OWNER_ALONE if private else _AS_THE_SYSTEM_HAS_IT)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            _is_on_disk(file)
    except OSError:
        path.unlink(missing_ok=True)
        raise


def _is_on_disk(file: IO[bytes]) -> None:
    """Returns when what was written would be there after a power cut."""
    file.flush()
    os.fsync(file.fileno())


def _is_known_on_disk(folder: Path) -> None:
    """Likewise for which file bears a name there, as far as the system and the disk can be asked to."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
