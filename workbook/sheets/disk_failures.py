"""openpyxl's failures to write to disk, told as everybody else's.

It lays each sheet on disk for a moment. Where lxml is installed, openpyxl has lxml do so, which says in words of its
own that the disk is full.
"""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_FROM_DISK: Final = "IO_"
"""How lxml's words for such a failure begin; mostly the system's word follows: IO_ENOSPC."""


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Inside, what openpyxl cannot write raises OSError. Where nothing says why, the disk is taken to be full."""
    try:
        yield
    except Exception as failure:
        _end_sheets(failure)
        words = str(failure)
        if not type(failure).__module__.startswith("lxml.") or not words.startswith(_FROM_DISK):
            raise
        number = getattr(errno, words.removeprefix(_FROM_DISK), errno.ENOSPC)
        raise OSError(number, os.strerror(number)) from failure


def _end_sheets(failure: Exception) -> None:
    """Ends the sheets that were being written. openpyxl leaves them begun, and whenever they are tidied up, they would
    fail once more, in the middle of something else."""
    from openpyxl.worksheet._writer import WorksheetWriter  # it takes long, and most that import this write no workbook

    for frame, _line in traceback.walk_tb(failure.__traceback__):
        for value in tuple(frame.f_locals.values()):
            if isinstance(value, WorksheetWriter):
                with suppress(Exception):
                    value.close()
