"""A screen that nobody sees, for a program that wants a window: an X server of its own, until the block ends."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

HOW_TO_GET_IT = "Xvfb, a screen that nobody sees, is missing: install it (Debian: apt install xvfb)"


def has_screen() -> bool:
    """Whether there can be one on this computer."""
    return shutil.which("Xvfb") is not None


@contextmanager
def screen(width: int = 1280, height: int = 800, *, shown_in: Path | None = None) -> Iterator[dict[str, str]]:
    """Gives what a program's environment needs so that its windows open there. `shown_in`: a folder in whose file
    `Xvfb_screen0` stands what is on the screen."""
    read, write = os.pipe()
    kept = [] if shown_in is None else ["-fbdir", str(shown_in)]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", *kept],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    try:
        with os.fdopen(read) as told:
            number = told.readline().strip()
        assert number, "Xvfb did not start."
        # Without a toolkit: the desktop's would want a desktop.
        yield {"DISPLAY": f":{number}", "SAL_USE_VCLPLUGIN": "gen"}
    finally:
        server.terminate()
        server.wait(20)
