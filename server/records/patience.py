"""How long whoever writes waits for others' locks, by where they wait: work that has a scarce place waits briefly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_seconds: ContextVar[float | None] = ContextVar("patience", default=None)


def patience() -> float | None:
    """Seconds for which a lock of PostgreSQL is waited for here; None for as long as anybody may."""
    return _seconds.get()


@contextmanager
def waiting_at_most(seconds: float | None) -> Iterator[None]:
    """Inside, no transaction that writes waits longer than so for a lock of PostgreSQL. On SQLite all who write wait
    for one and the same, wherever they are."""
    before = _seconds.set(seconds)
    try:
        yield
    finally:
        _seconds.reset(before)
