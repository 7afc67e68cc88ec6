"""The worker: process uploads one after the other, and send the mails (SPEC 6).

Any number of workers may run, on any number of computers when the database is PostgreSQL. Each is a process of its own
and may be killed at any moment: another worker takes its upload when the lease has run out.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import multiprocessing
import signal
import sys
import threading
from contextlib import suppress
from types import FrameType, TracebackType

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from server.logs import kind_of, log_to_stderr
from server.mail import Postman
from server.processes.child import limit_memory
from server.records.database import open_database, reading, writing
from server.records.migrate import migrate
from server.records.ssn import check_key
from server.records.trouble import is_out_of_memory, is_passing
from server.records.upload_queue import Claim, anything_waiting, claim, prolong, put_back
from server.seals import SealBook
from server.settings import Settings
from server.uploads.purge import Purge
from server.uploads.write import WriteOutcome, fail, process_upload
from workbook.files.garbage import without_garbage_collection

LOGGER = logging.getLogger("caseload.worker")
LOOK_SECONDS = 0.05
"""How often the queue is looked at while it is empty."""
TROUBLE_SECONDS = 1.0
"""The pause after the database could not be used, or before an upload that failed is tried again."""


def work(settings: Settings) -> None:
    """Works until SIGTERM or SIGINT, or until the process that started this one is gone.

    An upload in progress is finished first.
    """
    log_to_stderr(settings.log_format)
    stopped = threading.Event()
    _stop_on_signals(stopped)
    _stop_with_parent(stopped)
    limit_memory(settings.worker_memory_bytes)
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
    while not stopped.is_set():
        try:
            seals.put_down()
            if take_up_next(engine, settings, large_in_hand) is None and not purge.forget_one():
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
    # A hundred thousand rows are millions of objects that live until the end: looking for cycles finds none.
    try:
        with without_garbage_collection(), _Heartbeat(engine, held, settings.lease_seconds) as heartbeat:
            return process_upload(engine, held, settings.lease_seconds, heartbeat.stop_on_sqlite)
    except Exception as failure:
        too_large = held.is_large and is_out_of_memory(failure)
        if not too_large and is_passing(failure):
            # Nothing is wrong with the upload. If it cannot be given back either, its lease will lapse.
            with writing(engine) as connection:
                put_back(connection, held, TROUBLE_SECONDS, counted=False)
            LOGGER.warning(
                "The database cannot be used just now (%s); an upload waits.", kind_of(failure),
                extra={"upload_id": held.upload_id},
            )  # fmt: skip
            return WriteOutcome.PUT_BACK
        if not too_large:  # there is no memory for a traceback
            LOGGER.exception(
                "An upload could not be carried out (attempt %d).", held.attempts, extra={"upload_id": held.upload_id}
            )
        kind = type(failure).__name__
    # Outside of the handler, where the objects of the failed attempt are freed.
    if too_large:
        _give_memory_back()
        LOGGER.error("An upload takes more memory than the worker may use.", extra={"upload_id": held.upload_id})
        return fail(engine, held, _TOO_LARGE)
    if held.attempts >= settings.attempts_limit:
        return fail(engine, held, f"The server met an error of its own ({kind}). {_ADVICE}")
    with writing(engine) as connection:
        put_back(connection, held, TROUBLE_SECONDS * held.attempts)
    return WriteOutcome.FAILED


def _give_memory_back() -> None:
    """Hands what the failed attempt has freed back to the system: a thread that starts while all that the process may
    use is held by its heap waits for memory for ever, on Python 3.13."""
    gc.collect()
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library than glibc has no such call
            ctypes.CDLL(None).malloc_trim(0)


_TOO_LARGE = (
    "It takes more memory than the server may use for one upload, and nothing was written. Submit its rows in several "
    "parts, or ask whoever runs the server to allow its worker more memory, and continue it then."
)
_ADVICE = "Nothing was written, so it is safe to continue it; tell whoever runs the server if it fails again."


class _Heartbeat:
    """Keeps a lease alive while its upload is checked and waits for its turn to be written."""

    def __init__(self, engine: Engine, held: Claim, lease_seconds: int) -> None:
        self._engine = engine
        self._held = held
        self._seconds = lease_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> _Heartbeat:
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


def _stop_on_signals(stopped: threading.Event) -> None:
    if threading.current_thread() is not threading.main_thread():
        return

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)


def _stop_with_parent(stopped: threading.Event) -> None:
    """Stops when the server that started this process dies, however it dies. A worker on its own has no parent."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        stopped.set()

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
