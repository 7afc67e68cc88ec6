"""Recognise failures of the database itself: locked, full or gone."""

from __future__ import annotations

import sqlite3
from typing import Any, Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SQLITE_PASSING: Final = {
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}  # fmt: skip
_POSTGRESQL_PASSING: Final = ("08", "25P0", "40", "53", "55P03", "57", "58")
"""How the SQLSTATE of a passing trouble begins: connection, transaction timed out, deadlock, resources, lock,
somebody stopped it, the system beneath."""
_DISK_FULL: Final = "53100"
_TOO_LONG_SILENT: Final = "25P03"


def is_passing(failure: BaseException) -> bool:
    """Whether the same may succeed later, with nobody changing the program or the data: the database is locked,
    full, restarting or out of reach. What was under way is undone then."""
    if isinstance(failure, PoolTimeout):
        return True
    if not isinstance(failure, DBAPIError):
        return False
    if failure.connection_invalidated:
        return True
    if isinstance(failure.orig, sqlite3.Error):
        return _sqlite_code(failure.orig) in _SQLITE_PASSING
    if not hasattr(failure.orig, "sqlstate"):
        return False
    # Without a state it is the driver that speaks: it found nobody, or lost the connection.
    state = _sqlstate(failure.orig)
    return state.startswith(_POSTGRESQL_PASSING) if state else _is_about_connection(failure.orig)


def was_silent(failure: BaseException) -> bool:
    """Whether PostgreSQL has ended the transaction because nothing was heard of it for a minute: the process had
    frozen, or had too much to do in between. The same may happen again."""
    return isinstance(failure, DBAPIError) and _sqlstate(failure.orig) == _TOO_LONG_SILENT


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


def is_disk_full(failure: BaseException) -> bool:
    """Whether there is no room left where the database lies."""
    if not isinstance(failure, DBAPIError):
        return False
    if isinstance(failure.orig, sqlite3.Error):
        return _sqlite_code(failure.orig) == sqlite3.SQLITE_FULL
    return _sqlstate(failure.orig) == _DISK_FULL


def _sqlite_code(error: sqlite3.Error) -> int:
    """The primary code; the driver's own complaints have none."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _sqlstate(error: Any) -> str:
    return str(getattr(error, "sqlstate", None) or "")


def _is_about_connection(error: Any) -> bool:
    return type(error).__name__ in ("OperationalError", "InterfaceError", "ConnectionTimeout")
