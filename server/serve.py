"""Run the server: web and worker together, or the web alone (SPEC 10)."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Iterator
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

import uvicorn

from server.core_dumps import leave_no_core_dump
from server.http.app import create_app
from server.http.desk import FrontDesk
from server.http.protocol import PatientProtocol, allow_connections
from server.logs import kind_of, log_to_stderr
from server.records.database import open_database
from server.records.migrate import migrate
from server.records.ssn import check_key
from server.settings import Settings
from server.worker import work_beside

LOGGER = logging.getLogger("caseload.serving")
GRACE_SECONDS = 20
"""How long an upload in progress may take to finish when the server is stopped. Killing it later loses nothing."""


_SETTLED_SECONDS = 2.0
"""How long a server is up before it warms up: by then its worker has started, and the first calls are answered."""


_ACCEPTED_AT_ONCE = 256
"""Connections that are accepted before any of them is served; so many open files are kept free for them."""


class CannotServe(Exception):
    """The address cannot be used; the message is one plain sentence."""


def serve(settings: Settings, host: str, port: int, with_worker: bool) -> None:
    """Serves until SIGTERM, SIGINT or SIGHUP. Port 0 takes any free one. Prints one line with the address.

    Raises CannotServe when the address is taken or is not this computer's, WrongKey when the key for SSNs is not the
    database's.
    """
    leave_no_core_dump()
    log_to_stderr(settings.log_format)
    listener = _listen(host, port)
    engine = open_database(settings.database_url)
    try:
        migrate(engine, settings.ssn_key)
        check_key(engine, settings.ssn_key())
        # uvicorn raises its stop signal once more after it has stopped; by then it must no longer end the process,
        # which still has a worker to stop.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, _already_heard)
        hung_up = getattr(signal, "SIGHUP", None)  # Windows has none
        if hung_up is not None and signal.getsignal(hung_up) is not signal.SIG_IGN:
            signal.signal(hung_up, _terminal_is_closed)
        with FrontDesk(settings) as desk, _worker_beside(settings) if with_worker else contextlib.nullcontext():
            # What a library puts on disk for a moment, the sheet of a log for one, goes where nothing stays behind.
            tempfile.tempdir = str(desk.spool.folder)
            config = uvicorn.Config(
                create_app(settings, engine, desk),
                log_config=None,  # ours
                http=PatientProtocol,
                ws="none",
                log_level="warning",
                access_log=False,  # addresses hold Participant IDs; server.http.request_log logs the rest
                server_header=False,
                backlog=_ACCEPTED_AT_ONCE,
                timeout_graceful_shutdown=GRACE_SECONDS,
            )
            shown = f"[{host}]" if ":" in host else host
            print(f"Caseload Upload is at http://{shown}:{listener.getsockname()[1]}", flush=True)  # noqa: T201
            _WebServer(config, desk).run(sockets=[listener])
    finally:
        listener.close()
        engine.dispose()


class _WebServer(uvicorn.Server):
    """Loads what the first check needs only once it is up, so that it is up soon."""

    def __init__(self, config: uvicorn.Config, desk: FrontDesk) -> None:
        super().__init__(config)
        self._desk = desk

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        PatientProtocol.most_connections = allow_connections()
        asyncio.get_running_loop().set_exception_handler(_log_loop_error)
        await super().startup(sockets)
        ready = threading.Timer(_SETTLED_SECONDS, _get_ready, (self._desk,))
        ready.daemon = True
        ready.start()


def _log_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Logs errors of the event loop. That no more files can be opened comes once a second, and needs no trace."""
    failure = context.get("exception")
    if isinstance(failure, OSError) and "accept" in str(context.get("message", "")):
        LOGGER.warning("No further connection can be let in just now (%s).", kind_of(failure))
    else:
        loop.default_exception_handler(context)


def _get_ready(desk: FrontDesk) -> None:
    """Loads what suggestions need, in this process and in its children."""
    try:
        from server.uploads.suggestions import get_ready

        get_ready()
        desk.get_ready()
    except Exception:
        LOGGER.warning("What suggestions take could not be loaded beforehand.", exc_info=True)


def _listen(host: str, port: int) -> socket.socket:
    # Not socket.create_server: its sockets do not say that they are TCP, so asyncio would leave Nagle's algorithm on,
    # and every answer would wait 40 ms for an acknowledgement.
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if sys.platform != "win32":  # there it would let two servers share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_ACCEPTED_AT_ONCE)
    except OSError as failure:
        listener.close()
        raise CannotServe(
            f"Port {port} on {host} cannot be used ({failure.strerror or failure}). "
            "Stop what is using it, or choose another with --port."
        ) from failure
    return listener


@contextlib.contextmanager
def _worker_beside(settings: Settings) -> Iterator[None]:
    """A worker process for as long as the block lasts; a new one when it dies."""
    # A fresh interpreter: a fork would carry this one's threads, locks and connections along.
    context = multiprocessing.get_context("spawn")
    # The library starts it with "python -c", which would look for every module in the folder that one happens to be in.
    os.environ["PYTHONSAFEPATH"] = "1"
    stopping = threading.Event()
    running: list[BaseProcess] = []

    def keep_one_running() -> None:
        pause = 0.0
        while not stopping.wait(pause):
            process = context.Process(target=work_beside, args=(settings,), name="caseload worker")
            process.start()
            running[:] = [process]
            if stopping.is_set():
                process.terminate()
            process.join()
            if not stopping.is_set():
                LOGGER.warning("The worker ended with %s; a new one takes its place.", process.exitcode)
            pause = 1.0

    keeper = threading.Thread(target=keep_one_running, name="worker keeper", daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        for process in running:
            process.terminate()
        keeper.join(GRACE_SECONDS)
        for process in running:
            if process.is_alive():
                process.kill()
        keeper.join(GRACE_SECONDS)


def _terminal_is_closed(_signal: int, _frame: FrameType | None) -> None:
    """The same as being told to stop, so that nothing stays on disk."""
    signal.raise_signal(signal.SIGTERM)


def _already_heard(_signal: int, _frame: FrameType | None) -> None:
    """The stop signal, raised again: nothing more to do."""
