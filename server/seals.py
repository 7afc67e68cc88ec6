"""Record the length and seal of each site's audit trail in a separate file (SPEC 7).

Somebody who may write in the database can cut off the newest lines of a trail, or make all of it anew, but cannot
change this file in the same way, so a comparison reveals it. A line holds a site's number, the number and seal of its
newest audit line, and the time.
"""

from __future__ import annotations

import logging
import os
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import Engine

from server.records.audit import newest_seals
from server.records.database import reading

LOGGER = logging.getLogger("caseload.seals")
EVERY_SECONDS: Final = 60.0
"""How long a line may go without its seal in the book."""


class SealBook:
    """The book of one worker. It is created, readable by its owner only, with the first seal."""

    def __init__(self, engine: Engine, path: Path | None) -> None:
        """`path` None: there is no book."""
        self._engine = engine
        self._path = path
        self._due = 0.0
        self._known: dict[int, str] = {}

    def put_down(self) -> None:
        """Writes the seals that are new, if it is time to look. A book that cannot be written is reported in the
        log."""
        if self._path is None or time.monotonic() < self._due:
            return
        self._due = time.monotonic() + EVERY_SECONDS
        with reading(self._engine) as connection:
            new = [found for found in newest_seals(connection) if self._known.get(found[0]) != found[2]]
        if not new:
            return
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as book:
                book.writelines(f"{site_id} {number} {seal} {moment}\n" for site_id, number, seal in new)
        except OSError as trouble:
            LOGGER.warning("The book of seals cannot be written (%s).", trouble.strerror)
            return
        self._known.update((site_id, seal) for site_id, _number, seal in new)


def seals_in(path: Path | None, site_id: int) -> list[str]:
    """Every seal of a site in the book, the newest last. Raises OSError when the book cannot be read.

    The newest alone proves little: a worker goes on writing them down after lines were cut off.
    """
    if path is None or not path.exists():
        return []
    with path.open(encoding="ascii", errors="replace") as book:
        lines = (line.split() for line in book)
        return [parts[2] for parts in lines if len(parts) == 4 and parts[0] == str(site_id)]
