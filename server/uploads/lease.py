"""Keep the lease of an upload alive while it is processed, and end what it is processed in when it is over."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.records.database import reading, writing
from server.records.upload_queue import Claim, is_given_up, prolong

LOGGER = logging.getLogger("caseload.worker")


class _BesideWork:
    """Does something in a thread of its own for as long as the block lasts."""

    def __init__(self, engine: Engine, held: Claim, lease_seconds: int) -> None:
        self._engine = engine
        self._held = held
        self._seconds = lease_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=type(self).__name__, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        raise NotImplementedError

    def _is_stopped(self) -> bool:
        """Whether it was stopped within a third of what the lease lasts."""
        return self._stopped.wait(self._seconds / 3)


class Heartbeat(_BesideWork):
    """Keeps a lease alive while its upload is checked and waits for its turn to be written."""

    def stop_on_sqlite(self) -> None:
        """Ends the heartbeat on SQLite, where it would only wait for the write."""
        if self._engine.dialect.name == "sqlite":
            self.stop()

    def _run(self) -> None:
        while not self._is_stopped():
            try:
                with writing(self._engine) as connection:
                    if not prolong(connection, self._held, self._seconds):
                        return  # cancelled or taken over: the write will notice
            except SQLAlchemyError:
                upload = {"upload_id": self._held.upload_id}
                LOGGER.warning("The lease of an upload could not be prolonged just now.", extra=upload)


class LeaseWatch(_BesideWork):
    """Ends the process that an upload is in when its lease is over, or when nothing is heard of it: it may have frozen,
    and the next upload waits for it."""

    def __init__(self, engine: Engine, held: Claim, lease_seconds: int, end: Callable[[], None]) -> None:
        super().__init__(engine, held, lease_seconds)
        self.has_ended = False
        """Whether it has ended the process."""
        self._end = end

    def _run(self) -> None:
        looks = 0  # that found it given up, one after the other: a process that has just finished needs time to say so
        while looks < 2:
            if self._is_stopped():
                return
            try:
                with reading(self._engine) as connection:
                    looks = looks + 1 if is_given_up(connection, self._held, self._seconds) else 0
            except SQLAlchemyError:
                looks = 0
        self.has_ended = True
        self._end()
