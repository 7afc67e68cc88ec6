"""Tell whether anything was written since, so that whoever waits for work need not look for it many times a second.

SQLite knows by a number, which costs a tenth of a look at the queue. PostgreSQL has nothing as cheap.
"""

from __future__ import annotations

import sqlite3
import time
from types import TracebackType
from typing import Final

from sqlalchemy import Engine, PoolProxiedConnection

LONGEST_SECONDS: Final = 1.0
"""How long there is no news at most: what waits for a moment, as that in which a lease lapses, writes nothing then."""


class News:
    """A context manager: it holds a connection, in no transaction, until its block ends."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: PoolProxiedConnection | None = None
        self._known: object = None
        self._due = 0.0

    def __enter__(self) -> News:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._let_go()

    def came(self) -> bool:
        """Whether anybody, on any other connection or in any other process, may have written since this was last
        asked. Where the database cannot be used, too: whoever looks then finds out why."""
        if self._engine.dialect.name != "sqlite":
            return True
        try:
            if self._held is None:
                self._held = self._engine.raw_connection()
            cursor = self._held.cursor()
            version = cursor.execute("PRAGMA data_version").fetchone()
            cursor.close()
        except sqlite3.Error:
            self._let_go()
            return True
        now = time.monotonic()
        if version == self._known and now < self._due:
            return False
        self._known, self._due = version, now + LONGEST_SECONDS
        return True

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None
