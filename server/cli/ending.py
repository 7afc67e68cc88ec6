"""End a command in order when its terminal is closed or the computer shuts down, and leave nothing of it behind."""

from __future__ import annotations

import contextlib
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

from server.processes.spool import Spool, sweep

_ENDS: Final = ("SIGTERM", "SIGHUP")


@contextmanager
def ended_in_order() -> Iterator[None]:
    """While the block runs, a signal that ends the command ends it as an exception does, so that files are removed and
    transactions undone. What whoever started it wants ignored (`nohup`) stays ignored. What an earlier command left,
    which was killed, is removed first."""
    with contextlib.suppress(OSError):
        sweep(Path(tempfile.gettempdir()))
    numbers = [number for name in _ENDS if (number := getattr(signal, name, None)) is not None]
    heard = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        for one in heard:  # a closed terminal is told by both: what is being removed is removed whole
            signal.signal(one, signal.SIG_IGN)
        sys.exit(128 + number)

    for number in heard:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in heard:
            signal.signal(number, signal.SIG_DFL)


@contextmanager
def swept_files() -> Iterator[None]:
    """What is put on disk for a moment, a library's files too, lies in a folder that goes with the block, or with the
    next command where this one is killed. Raises OSError where there is no room for one."""
    before = tempfile.tempdir
    with Spool() as spool:
        tempfile.tempdir = str(spool.folder)
        try:
            yield
        finally:
            tempfile.tempdir = before
