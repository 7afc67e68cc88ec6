"""Recognise failures of the database itself, each for what it is: in use, full, gone or out of order; and do again what
two waited for each other over."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from enum import Enum
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class DatabaseTrouble(Enum):
    """What keeps the database from doing something that it may do later, with nobody changing the program or the data;
    in words that a log takes."""

    IN_USE = "others hold what is waited for"
    STOPPED = "the database has broken it off"
    FULL = "the disk of the database is full"
    AWAY = "the database gives no connection"
    UNFIT = "the database is out of order"


_SQLITE: Final = {
    sqlite3.SQLITE_BUSY: DatabaseTrouble.IN_USE,
    sqlite3.SQLITE_LOCKED: DatabaseTrouble.IN_USE,
    sqlite3.SQLITE_PROTOCOL: DatabaseTrouble.IN_USE,
    sqlite3.SQLITE_INTERRUPT: DatabaseTrouble.STOPPED,
    sqlite3.SQLITE_FULL: DatabaseTrouble.FULL,
    sqlite3.SQLITE_CANTOPEN: DatabaseTrouble.AWAY,
    sqlite3.SQLITE_NOMEM: DatabaseTrouble.UNFIT,
    sqlite3.SQLITE_READONLY: DatabaseTrouble.UNFIT,
    sqlite3.SQLITE_IOERR: DatabaseTrouble.UNFIT,
}
_POSTGRESQL: Final = {
    "55P03": DatabaseTrouble.IN_USE,  # waited for a lock as long as may be
    "40": DatabaseTrouble.IN_USE,  # two waited for each other, or changed the same
    "57014": DatabaseTrouble.STOPPED,  # took too long, or somebody has cancelled it
    "25P0": DatabaseTrouble.STOPPED,  # its transaction did
    "57P": DatabaseTrouble.AWAY,  # ends, or only begins
    "57": DatabaseTrouble.STOPPED,
    "53100": DatabaseTrouble.FULL,
    "53300": DatabaseTrouble.AWAY,  # has as many connections as it takes
    "53": DatabaseTrouble.UNFIT,  # memory, or a limit of its own
    "08": DatabaseTrouble.AWAY,
    "25006": DatabaseTrouble.UNFIT,  # may not be written to
    "58": DatabaseTrouble.UNFIT,  # the system beneath
}
"""How the SQLSTATE of a trouble begins, the longer of two before the shorter."""
_TOO_LONG: Final = ("25P03", "25P04", "57014")
_DEADLOCK: Final = "40P01"
_TRIES: Final = 5
"""How often a transaction that the database breaks off is tried."""

Value = TypeVar("Value")


def trouble_of(failure: BaseException) -> DatabaseTrouble | None:
    """What is the matter with the database, if it is that: what was under way is undone then, and the same may succeed
    later. None of what would fail again."""
    if isinstance(failure, PoolTimeout):
        return DatabaseTrouble.AWAY
    if not isinstance(failure, DBAPIError):
        return None
    if isinstance(failure.orig, sqlite3.Error):
        found = _SQLITE.get(_sqlite_code(failure.orig))
    else:
        state = _sqlstate(failure.orig)
        found = next((trouble for begin, trouble in _POSTGRESQL.items() if state.startswith(begin)), None)
        # Without a state it is the driver that speaks: it found nobody, was not let in, or lost the connection.
        if not state and hasattr(failure.orig, "sqlstate") and _is_about_connection(failure.orig):
            found = DatabaseTrouble.AWAY
    return DatabaseTrouble.AWAY if found is None and failure.connection_invalidated else found


def is_passing(failure: BaseException) -> bool:
    """Whether it is the database that is in trouble (`trouble_of`)."""
    return trouble_of(failure) is not None


def took_too_long(failure: BaseException) -> bool:
    """Whether PostgreSQL has ended a transaction because it took too long: nothing was heard of it for a minute, as the
    process had frozen or had too much to do in between, or one statement took ten. The same may happen again."""
    return isinstance(failure, DBAPIError) and _sqlstate(failure.orig) in _TOO_LONG


def is_out_of_memory(failure: BaseException) -> bool:
    """Whether the process has met its limit of memory: Python says so, or SQLite does. Where the exception itself
    finds no room, Python raises SystemError in its place."""
    seen: BaseException | None = failure
    while seen is not None:
        if isinstance(seen, MemoryError | SystemError):
            return True
        sqlite = seen.orig if isinstance(seen, DBAPIError) and isinstance(seen.orig, sqlite3.Error) else None
        if sqlite is not None and _sqlite_code(sqlite) == sqlite3.SQLITE_NOMEM:
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def again_after_deadlock(act: Callable[[], Value]) -> Value:
    """Does a transaction, and once more where the database has broken it off because it and another one waited for each
    other: nothing of it was kept, and the other one goes on."""
    for _ in range(_TRIES - 1):
        try:
            return act()
        except DBAPIError as failure:
            if _sqlstate(failure.orig) != _DEADLOCK:
                raise
    return act()


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary code; the driver's own complaints have none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _sqlstate(error: Any) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _is_about_connection(error: Any) -> bool:
    return type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
