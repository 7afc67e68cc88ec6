"""What others do with a file while a command works on it: they save into it, or have it open.

A command may stand at a question for an hour, and the file may lie in a folder that many share.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Final, NamedTuple

from workbook.whole_file import real_place

_LOCKS: Final = (("~${}", "Excel"), (".~lock.{}#", "LibreOffice"))
"""How a program names the file that it puts beside one that it has open."""


class OpenIn(NamedTuple):
    """The program that has a file open, and the file by which that is known."""

    program: str
    lock: Path


def open_in(path: Path) -> OpenIn | None:
    """Which program has the file at `path` open, None where none says so. Of a link, the file that it leads to counts,
    too."""
    for place in dict.fromkeys((path, real_place(path))):
        for mark, program in _LOCKS:
            lock = place.with_name(mark.format(place.name))
            if lock.exists():
                return OpenIn(program, lock)
    return None


def digest_of(path: Path) -> str | None:
    """A digest of all that the file holds, "" where it may not be read, None where there is no file (any more)."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError:
        return None
    except OSError:
        return ""


def what_happened(path: Path, digest: str | None) -> str:
    """What others have done with the file at `path` since it was as `digest` says (None: there was none), in words that
    follow its name, such as “was changed by another program meanwhile”; "" for nothing.
    A file that is gone is no loss."""
    if digest_of(path) not in (digest, None):
        return "was changed by another program meanwhile"
    opened = open_in(path)
    return "" if opened is None else f"was opened in {opened.program} meanwhile"


def claim_copy(path: Path) -> Path:
    """`name – checked.xlsx` beside `path`, with a number where that is taken: a copy may hold work already. It is there
    from now on, empty, so that nobody else takes that name. Raises OSError."""
    stem = f"{path.stem} – checked"
    candidate = path.with_name(f"{stem}{path.suffix}")
    number = 2
    while True:
        try:
            os.close(os.open(candidate, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            return candidate
        except FileExistsError:
            candidate = path.with_name(f"{stem} {number}{path.suffix}")
            number += 1
