"""What processes of the tests do, forked from one that has loaded everything (`tests.support.killing`)."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import Engine

import server.worker
from server.records.database import open_database
from server.records.migrate import migrate
from server.records.tokens import Principal
from server.settings import Settings
from server.uploads import lifecycle
from workbook.sheet import Sheet


def work_apart(settings: Settings) -> None:
    """A worker to whom every upload is a large one."""
    vars(server.worker).update(APART_ROWS=0)
    server.worker.work(settings)


def send(engine: Engine, who: Principal, key: str, rows: Sheet) -> str:
    """Submits rows; gives the upload's ID."""
    return lifecycle.submit(engine, who, key, lifecycle.Submission("june.csv", rows)).id


class OneTurn(threading.Event):
    """Stops a worker before its second turn."""

    def is_set(self) -> bool:
        was, self.turned = getattr(self, "turned", False), True
        return was

    def wait(self, timeout: float | None = None) -> bool:
        return True


def one_turn(engine: Engine, settings: Settings) -> None:
    """A worker's turn."""
    server.worker.work_until(OneTurn(), engine, settings)


def migrate_at(url: str, told: Any) -> None:
    """Migrates a database, and puts into a queue whether there was anything to do."""
    told.put(migrate(open_database(url)))
