"""How much memory something takes."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable


def most_memory(work: Callable[[], object]) -> int:
    """The most bytes that this takes at a time, with what it gives."""
    work()  # what is made once is made now
    tracemalloc.start()
    try:
        kept = work()
        assert kept is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
