"""Waiting for what another program does in its own time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


def wait_for(what: Callable[[], _T], seconds: float = 20) -> _T:
    """Asks until the answer is one; the last answer after that."""
    until = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return answer
