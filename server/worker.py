"""The worker: process uploads one after the other, and send the mails (SPEC 6).

Any number of workers may run, on any number of computers when the database is PostgreSQL. Each is a process of its own
and may be killed at any moment: another worker takes its upload when the lease has run out.
"""

from __future__ import annotations

import logging
import multiprocessing
import signal
import sys
import threading
from types import FrameType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.core_dumps import leave_no_core_dump
from server.logs import kind_of, log_to_stderr
from server.mail import Postman
from server.records.database import open_database, reading, writing
from server.records.migrate import migrate
from server.records.news import News
from server.records.ssn import check_key
from server.records.upload_queue import Claim, anything_waiting, claim, put_back
from server.seals import SealBook
from server.settings import Settings
from server.uploads.attempt import APART_ROWS, Trouble, attempt, attempt_apart
from server.uploads.purge import Purge
from server.uploads.write import WriteOutcome, fail

LOGGER = logging.getLogger("caseload.worker")
LOOK_SECONDS = 0.05
"""How often the queue is looked at while it is empty."""
TROUBLE_SECONDS = 1.0
"""The pause after the database could not be used, or before an upload that failed is tried again."""


def work(settings: Settings) -> None:
    """Works until SIGTERM, SIGINT or SIGHUP, or until the process that started this one is gone.

    An upload in progress is finished first.
    """
    leave_no_core_dump()
    log_to_stderr(settings.log_format)
    stopped = threading.Event()
    _stop_on_signals(stopped)
    _stop_with_parent(stopped)
    engine = open_database(settings.database_url)
    migrate(engine, settings.ssn_key)
    check_key(engine, settings.ssn_key())
    postman = Postman(engine, settings)
    postman.start()
    large_in_hand = threading.Event()
    overtaking = threading.Thread(
        target=overtake_until, args=(stopped, large_in_hand, engine, settings), name="overtaking", daemon=True
    )
    overtaking.start()
    try:
        work_until(stopped, engine, settings, large_in_hand)
    finally:
        stopped.set()
        overtaking.join()
        postman.stop()
        postman.join(timeout=2)
        engine.dispose()


def work_beside(settings: Settings) -> None:
    """The main function of a worker process beside a web server. Its failure is logged like any other, not printed with
    its message. It is here because that process does not need what a web server imports."""
    try:
        work(settings)
    except Exception:
        LOGGER.critical("The worker failed.", exc_info=True)
        sys.exit(1)


def work_until(
    stopped: threading.Event, engine: Engine, settings: Settings, large_in_hand: threading.Event | None = None
) -> None:
    """Processes uploads as they come. `large_in_hand` is set while that is a large one."""
    purge = Purge(engine, settings.keep_rows_days)
    seals = SealBook(engine, settings.seals)
    with News(engine) as news:
        while not stopped.is_set():
            try:
                seals.put_down()
                if news.came() and take_up_next(engine, settings, large_in_hand) is not None:
                    continue
                if not purge.forget_one():
                    stopped.wait(LOOK_SECONDS)
            except SQLAlchemyError as trouble:
                LOGGER.warning("The database cannot be used just now (%s).", kind_of(trouble))
                stopped.wait(TROUBLE_SECONDS)


def overtake_until(
    stopped: threading.Event, large_in_hand: threading.Event, engine: Engine, settings: Settings
) -> None:
    """Processes small uploads while a large one is in progress, so that a few rows need not wait for it."""
    while not stopped.is_set():
        try:
            if not large_in_hand.wait(LOOK_SECONDS * 10):
                continue
            if take_up_next(engine, settings, small_only=True) is None:
                stopped.wait(LOOK_SECONDS)
        except SQLAlchemyError as trouble:
            LOGGER.warning("The database cannot be used just now (%s).", kind_of(trouble))
            stopped.wait(TROUBLE_SECONDS)
        except Exception:
            LOGGER.critical("The worker failed.", exc_info=True)
            stopped.set()  # its parent starts it again


def take_up_next(
    engine: Engine, settings: Settings, large_in_hand: threading.Event | None = None, *, small_only: bool = False
) -> WriteOutcome | None:
    """Processes the next upload that waits (`claim`), and returns the outcome; None when none waits."""
    with reading(engine) as connection:
        if not anything_waiting(connection, settings.lease_seconds, small_only=small_only):
            return None
    with writing(engine) as connection:
        held = claim(connection, settings.lease_seconds, small_only=small_only)
    if held is None:
        return None
    if large_in_hand is not None and held.is_large:
        large_in_hand.set()
    try:
        return _take_up(engine, settings, held)
    finally:
        if large_in_hand is not None:
            large_in_hand.clear()


def _take_up(engine: Engine, settings: Settings, held: Claim) -> WriteOutcome:
    if held.attempts > settings.attempts_limit:
        return fail(engine, held, f"It was taken up {settings.attempts_limit} times and never finished. {_ADVICE}")
    apart = held.rows > APART_ROWS
    result = attempt_apart(engine, settings, held) if apart else attempt(engine, held, settings.lease_seconds)
    if isinstance(result, WriteOutcome):
        return result
    if result is Trouble.MEMORY:
        LOGGER.error("An upload takes more memory than the worker may use.", extra={"upload_id": held.upload_id})
        return fail(engine, held, _TOO_LARGE)
    if result is Trouble.DATABASE:
        # Nothing is wrong with the upload. If it cannot be given back either, its lease will lapse.
        with writing(engine) as connection:
            put_back(connection, held, TROUBLE_SECONDS, counted=False)
        return WriteOutcome.PUT_BACK
    if held.attempts >= settings.attempts_limit:
        # Were such attempts not counted, others' uploads could make an upload be checked anew for ever.
        too_long = result is Trouble.TIME
        return fail(engine, held, _TOO_LONG if too_long else f"The server met an error of its own. {_ADVICE}")
    with writing(engine) as connection:
        put_back(connection, held, TROUBLE_SECONDS * held.attempts)
    return WriteOutcome.FAILED


_TOO_LARGE = (
    "It takes more memory than the server may use for one upload, and nothing was written. Submit its rows in several "
    "parts, or ask whoever runs the server to allow its worker more memory, and continue it then."
)
_TOO_LONG = (
    "To check its rows took longer than the database waits, each time that it was tried, and nothing was written. "
    "Submit its rows in several parts, or continue it when fewer people work."
)
_ADVICE = "Nothing was written, so it is safe to continue it; tell whoever runs the server if it fails again."


def _stop_on_signals(stopped: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    hung_up = getattr(signal, "SIGHUP", None)  # Windows has none
    if hung_up is not None and signal.getsignal(hung_up) is not signal.SIG_IGN:
        signal.signal(hung_up, stop)


def _stop_with_parent(stopped: threading.Event) -> None:
    """Stops when the server that started this process dies, however it dies. A worker on its own has no parent."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        stopped.set()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
