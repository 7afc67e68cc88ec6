"""Let only one press work in a workbook at a time (EXCEL-TRUTH 2).

On a Mac, and wherever a press does not hold Excel, the user can press again while Python works.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from addin.errors import BookError


@contextmanager
def one_press(program: int, name: str) -> Iterator[None]:
    """`program`: the number of Excel's process; `name`: the workbook's. Raises BookError while another press is at work
    in it. It is a lock of the system, which ends with the process that holds it."""
    key = hashlib.sha256(f"{program} {name}".encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir()) / f"caseload-{key}.lock"
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError:  # where no file can be made, the guarded commit is guard enough
        yield
        return
    try:
        if not _lock(handle):
            raise BookError(f"Another button is still at work in {name}. Wait for its message, and press again.")
        yield
    finally:
        os.close(handle)


def _lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
