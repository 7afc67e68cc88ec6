"""Pause the garbage collector of Python while a large sheet is built."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_lock = threading.Lock()
_inside: list[bool] = []
"""For each who is inside now, in whichever thread, whether the housekeeping was on before the first came."""


@contextmanager
def without_garbage_collection() -> Iterator[None]:
    """Inside, Python does not look for cycles: with a million small tuples alive each look costs dearly. Several
    threads may be inside: it is on again when the last of them has left."""
    with _lock:
        _inside.append(_inside[0] if _inside else gc.isenabled())
        gc.disable()
    try:
        yield
    finally:
        with _lock:
            if _inside.pop() and not _inside:
                gc.enable()
