"""Keep the lease of an upload alive while it is processed."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.records.database import reading, writing
from server.records.upload_queue import Claim, is_given_up, prolong

LOGGER = logging.getLogger("caseload.worker")


class Heartbeat:
    """Keeps a lease alive while its upload is checked and waits for its turn to be written."""

    def __init__(self, engine: Engine, held: Claim, lease_seconds: int) -> None:
        self._engine = engine
        self._held = held
        self._seconds = lease_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop_on_sqlite(self) -> None:
        """Ends the heartbeat on SQLite, where it would only wait for the write."""
        if self._engine.dialect.name == "sqlite":
            self.stop()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stopped.wait(self._seconds / 3):
            try:
                with writing(self._engine) as connection:
                    if not prolong(connection, self._held, self._seconds):
                        return  # cancelled or taken over: the write will notice
            except SQLAlchemyError:
                upload = {"upload_id": self._held.upload_id}
                LOGGER.warning("The lease of an upload could not be prolonged just now.", extra=upload)


class LeaseWatch:
    """Ends the process that an upload is in when its lease is over, or when nothing is heard of it: it may have frozen,
    and the next upload waits for it."""

    def __init__(self, engine: Engine, held: Claim, lease_seconds: int, end: Callable[[], None]) -> None:
        self.has_ended = False
        """Whether it has ended the process."""
        self._engine = engine
        self._held = held
        self._seconds = lease_seconds
        self._end = end
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._look, name="lease watch", daemon=True)

    def __enter__(self) -> LeaseWatch:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._thread.join()

    def _look(self) -> None:
        looks = 0  # that found it given up, one after the other: a process that has just finished needs time to say so
        while looks < 2:
            if self._stopped.wait(self._seconds / 3):
                return
            try:
                with reading(self._engine) as connection:
                    looks = looks + 1 if is_given_up(connection, self._held, self._seconds) else 0
            except SQLAlchemyError:
                looks = 0
        self.has_ended = True
        self._end()
