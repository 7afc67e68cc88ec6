"""Keep the lease of an upload alive while it is processed."""

from __future__ import annotations

import logging
import threading
from types import TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.records.database import writing
from server.records.upload_queue import Claim, prolong

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
