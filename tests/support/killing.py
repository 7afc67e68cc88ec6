"""Processes that are killed, or frozen, at exactly one of their steps with the database.

A step is a statement about to be sent, a transaction about to be kept, or a connection just handed back. A process
counts its own steps and sends itself SIGKILL or SIGSTOP at the one it was told: nothing in the program knows of it.
The processes are forked from one that has imported everything, so that a hundred of them cost little.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from server.records import database
from server.records.database import open_database

can_kill = pytest.mark.skipif(
    "forkserver" not in multiprocessing.get_all_start_methods() or not Path("/proc/self/stat").exists(),
    reason="kills and freezes processes as Linux does",
)

PRELOADED = [
    "tests.support.killing", "server.worker", "server.serve", "server.uploads.undo", "server.records.migrate",
    "sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg", "psycopg",
]  # fmt: skip
"""Everything that a process that is to be killed would otherwise import first."""

Job = Callable[..., object]
"""What a process does, over an engine of its own; a function that can be imported."""


def forks() -> Any:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    return context


@contextmanager
def started(job: Callable[..., object], *arguments: object) -> Iterator[BaseProcess]:
    """A process that does `job(*arguments)`; gone when the block ends."""
    process = forks().Process(target=job, args=arguments)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive():
            process.kill()
        process.join()


def killed_at(step: int, steps: Path, job: Job, url: str, *arguments: object) -> str | None:
    """Runs `job(engine, *arguments)` in a process that kills itself at a step; gives the step's name, or None when
    the job was done before it came to that step. `steps`: a file for the name."""
    with started(_count_steps, step, signal.SIGKILL, steps, job, url, arguments) as process:
        process.join(60)
        assert process.exitcode in (0, -signal.SIGKILL), f"ended with {process.exitcode} before step {step}"
        return None if process.exitcode == 0 else steps.read_text("utf-8")


@contextmanager
def frozen_at(step: int, steps: Path, job: Job, url: str, *arguments: object) -> Iterator[BaseProcess | None]:
    """A process that does `job(engine, *arguments)` and has frozen at a step; None when it never came there."""
    steps.unlink(missing_ok=True)
    with started(_count_steps, step, signal.SIGSTOP, steps, job, url, arguments) as process:
        while process.is_alive() and not is_frozen(process):
            process.join(0.005)
        yield process if process.is_alive() else None


def is_frozen(process: BaseProcess) -> bool:
    try:
        return Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    except OSError:
        return False


def wake(process: BaseProcess) -> None:
    """Lets a frozen process go on."""
    if is_frozen(process) and process.pid is not None:
        os.kill(process.pid, signal.SIGCONT)


def _count_steps(step: int, number: int, steps: Path, job: Job, url: str, arguments: tuple[Any, ...]) -> None:
    reached = count(1)

    def at(name: str) -> None:
        if next(reached) == step:
            steps.write_text(name, "utf-8")
            os.kill(os.getpid(), number)

    if number == signal.SIGSTOP:
        # Nobody has a minute to wait for a frozen one here.
        database.POSTGRESQL_LIMITS["idle_in_transaction_session_timeout"] = "300ms"
    engine = open_database(url)

    @event.listens_for(engine, "before_cursor_execute")
    def _sent(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        at(name_of(statement))

    @event.listens_for(engine, "commit")
    def _kept(_connection: Any) -> None:
        at("commit")

    @event.listens_for(engine, "checkin")
    def _handed_back(_driver: Any, _record: Any) -> None:
        at("handed back")

    job(engine, *arguments)
    engine.dispose()


def name_of(statement: str) -> str:
    """The name of a step: `UPDATE uploads`, `INSERT INTO audit`, `SELECT`, …"""
    named = re.match(r"(?:UPDATE|INSERT INTO|DELETE FROM) \w+|\w+", statement.lstrip())
    return "?" if named is None else named.group()
