"""Write a file whole or not at all, so that nobody ever finds half of one."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Puts a file in place of the one that is there, if any, which stays where this fails. Only its owner may read it.

    Makes the folder where it is missing, readable by its owner only. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".caseload-")  # made with mode 0600
    beside = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
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
