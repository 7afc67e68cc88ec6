"""What others do with a file while a command works on it: they save into it, or have it open.

A command may stand at a question for an hour, and the file may lie in a folder that many share.
"""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

_LOCKS: Final = (("~${}", "Excel"), (".~lock.{}#", "LibreOffice"))
"""How a program names the file that it puts beside one that it has open."""
_SHORTEST_NAME: Final = 8
"""Letters of a file's name that are left of it in its copy's."""
_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Whatever somebody has put there meanwhile: a link to another file, or a pipe at which to wait."""


class OpenIn(NamedTuple):
    """The program that has a file open, and the file by which that is known."""

    program: str
    lock: Path


def open_in(path: Path, place: Path) -> OpenIn | None:
    """Which program has the file at `path` open, which really lies at `place`; None where none says so."""
    for one in dict.fromkeys((path, place)):
        for mark, program in _LOCKS:
            lock = one.with_name(mark.format(one.name))
            if _is_there(lock):
                return OpenIn(program, lock)
    return None


def _is_there(lock: Path) -> bool:
    try:
        return lock.exists()
    except OSError:  # its name is too long for the disk
        return False


def digest_of(path: Path) -> str | None:
    """A digest of all that the file holds, "" where it may not be read or is a link by now, None where there is no file
    (any more)."""
    try:
        with os.fdopen(os.open(path, _READING), "rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def what_happened(path: Path, place: Path, digest: str | None) -> str:
    """What others have done with the file at `path`, which really lies at `place`, since it was as `digest` says (None:
    there was none), in words that follow its name, such as “was changed by another program meanwhile”; "" for nothing.
    A file that is gone is no loss."""
    if digest_of(place) not in (digest, None):
        return "was changed by another program meanwhile"
    opened = open_in(path, place)
    return "" if opened is None else f"was opened in {opened.program} meanwhile"


def claim_copy(path: Path) -> Path:
    """`name – checked.xlsx` beside `path`, with a number where that is taken, the name cut off where it would be too
    long: a copy may hold work already. It is there from now on, empty, so that nobody else takes that name. Raises
    OSError."""
    ending = " – checked"
    number = 2
    stem = path.stem
    while True:
        candidate = path.with_name(f"{stem}{ending}{path.suffix}")
        try:
            os.close(os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return candidate
        except FileExistsError:
            ending = f" – checked {number}"
            number += 1
        except OSError as error:
            if error.errno != errno.ENAMETOOLONG or len(stem) <= _SHORTEST_NAME:
                raise
            stem = stem[:-1]
