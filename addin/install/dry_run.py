"""Try whether a button would work: start the program as Excel does, and ask the server."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Final

from addin.api.connection import is_loopback
from addin.api.local_program import unseen
from addin.api.settings import NO_SERVER, ClientSettings
from addin.errors import ClientError
from addin.install.excel import Finding
from addin.install.start import SAFELY

_NEEDED: Final = ("addin.hosts.excel.window", "xlwings", "tkinter")
_TRY: Final = """
import importlib, sys
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except Exception as error:
        print(name, type(error).__name__, error, sep='\\t')
print('ready')
"""
_WAITS: Final = 60
_SLOW: Final = 10.0
"""Seconds after which a user takes a press for lost."""


def program(python: Path, needed: Sequence[str] = _NEEDED) -> Finding:
    """Whether the program behind the buttons starts: hidden, and from nowhere but where it is installed."""
    began = time.monotonic()
    try:
        done: subprocess.CompletedProcess[str] = subprocess.run(  # noqa: S603 - our own Python, with code of ours
            [python, *SAFELY, "-X", "utf8", "-c", _TRY, *needed], capture_output=True, text=True, encoding="utf-8",
            errors="replace", check=False, timeout=_WAITS, **unseen(sys.platform),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        why = "did not answer within a minute" if isinstance(error, subprocess.TimeoutExpired) else str(error.strerror)
        return Finding("Start", "wrong", f"{python} could not be started: {why}. {_SCANNER}")
    took = time.monotonic() - began
    *missing, last = done.stdout.splitlines() or [""]
    if last != "ready":
        return Finding("Start", "wrong", f"{python} ended at once (exit code {done.returncode}). {_SCANNER}")
    if any(line.startswith("tkinter\t") for line in missing):
        return Finding("Start", "wrong", f"{python} has no windows for questions (tkinter is missing). {_BY_UV}")
    if missing:
        name, kind, why = missing[0].split("\t", 2)
        return Finding("Start", "wrong", f"{python} cannot use {name} ({kind}: {why}). {_BY_UV}")
    if took > _SLOW:
        return Finding("Start", "unknown", f"The program starts, and takes {took:.0f} seconds for it. {_SCANNER}")
    return Finding("Start", "right", "The program behind the buttons starts.")


_SCANNER: Final = (
    "A scanner for viruses may hold it up: ask whoever manages your computer to let this Python's folder pass."
)
_BY_UV: Final = (
    "Install Caseload Upload anew with uv, which brings a Python that has all of it, and run caseload install."
)


def server(settings: ClientSettings) -> Finding:
    """Whether the server answers, and is of the add-in's version."""
    if not settings.url:
        return Finding("Server", "unknown", NO_SERVER)
    try:
        with settings.client() as client:
            theirs = str(client.health().get("version", ""))
    except ClientError as error:
        if error.code == "server-away" and is_loopback(settings.url):
            return Finding("Server", "right", f"{settings.url} is on this computer, and is started by the first press.")
        return Finding("Server", "wrong", error.sentence)
    ours = version("caseload-upload")
    if theirs != ours:
        difference = (
            f"{settings.url} is of version {theirs}, this add-in of {ours}. To have the server's: uv tool upgrade"
        )
        return Finding("Server", "unknown", f"{difference} caseload-upload")
    return Finding("Server", "right", f"{settings.url} answers, and is of this add-in's version, {ours}.")


def press(findings: Sequence[Finding]) -> Finding:
    """The last line, which sums up all findings."""
    in_the_way = [finding.what for finding in findings if finding.state == "wrong"]
    if in_the_way:
        return Finding("A press", "wrong", f"would not work yet. See above: {', '.join(in_the_way)}.")
    return Finding("A press", "right", "of a button in Excel would work, as far as this can tell.")
