"""Keep work light where others have to wait for it: few rows may be about people of whom very much is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol, TypeVar

MOST_RECORDS: Final = 50_000
"""Assignments or enrollments of the people of a few rows, which take less than half a second: of a thousand people,
fifty each."""
_is_light: ContextVar[bool] = ContextVar("is light", default=False)

Record = TypeVar("Record", covariant=True)


class TooMuchHere(Exception):
    """More is stored of these people than may be gone through here. Nothing was done: it can be elsewhere."""


@contextmanager
def light_only() -> Iterator[None]:
    """Inside, whatever would go through more than MOST_RECORDS records raises TooMuchHere."""
    before = _is_light.set(True)
    try:
        yield
    finally:
        _is_light.reset(before)


class Records(Protocol[Record]):
    """Records as they come from the database: a generator, or a result of SQLAlchemy."""

    def __iter__(self) -> Iterator[Record]: ...

    def close(self) -> None: ...


def as_light(records: Records[Record]) -> Iterator[Record]:
    """The same records, as many as may be here. Raises TooMuchHere."""
    if not _is_light.get():
        yield from records
        return
    for number, record in enumerate(records):
        if number >= MOST_RECORDS:
            records.close()  # its question to the database ends before its transaction does
            raise TooMuchHere
        yield record
