"""Process a claimed upload once: in this process, or a large one in a child that may be ended (SPEC 6).

This module is also what that child runs.
"""

from __future__ import annotations

import logging
import pickle
import sys
from enum import Enum
from typing import Final

from sqlalchemy import Engine

from server.logs import kind_of, log_to_stderr
from server.processes.child import Child, Died, answer_parent
from server.records.database import open_database, reading
from server.records.trouble import is_out_of_memory, is_passing, took_too_long
from server.records.upload_queue import Claim
from server.records.uploads import find_upload
from server.settings import Settings
from server.uploads.lease import Heartbeat, LeaseWatch
from server.uploads.write import WriteOutcome, process_upload
from workbook.files.garbage import without_garbage_collection

LOGGER = logging.getLogger("caseload.worker")
APART_ROWS: Final = 20_000
"""With more rows than these, an upload is processed in a child: it may take more memory than there is."""
_LONGEST_SECONDS: Final = 3600.0
_OUTCOME: Final = b"O"
_TROUBLE: Final = b"T"


class Trouble(Enum):
    """Why an attempt came to nothing."""

    DATABASE = "the database cannot be used just now"
    TIME = "it takes longer than the database waits within a transaction"
    MEMORY = "it takes more memory than it may"
    OURS = "an error of the server's own"


def attempt(engine: Engine, held: Claim, lease_seconds: int) -> WriteOutcome | Trouble:
    """Processes an upload; nothing of it is written when there is trouble, which is logged."""
    upload = {"upload_id": held.upload_id}
    # A hundred thousand rows are millions of objects that live until the end: looking for cycles finds none.
    try:
        with without_garbage_collection(), Heartbeat(engine, held, lease_seconds) as heartbeat:
            return process_upload(engine, held, lease_seconds, heartbeat.stop_on_sqlite)
    except Exception as failure:
        if held.rows > APART_ROWS and is_out_of_memory(failure):
            return Trouble.MEMORY
        if took_too_long(failure):
            LOGGER.warning(
                "The database has waited too long for an upload's check (attempt %d).", held.attempts, extra=upload
            )
            return Trouble.TIME
        if is_passing(failure):
            LOGGER.warning(
                "The database cannot be used just now (%s); an upload waits.", kind_of(failure), extra=upload
            )
            return Trouble.DATABASE
        LOGGER.exception("An upload could not be carried out (attempt %d).", held.attempts, extra=upload)
        return Trouble.OURS


def attempt_apart(engine: Engine, settings: Settings, held: Claim) -> WriteOutcome | Trouble:
    """The same in a child of this process, which ends when it takes more memory than a worker may, or when the upload
    is no longer its to process."""
    child = Child("server.uploads.attempt", settings.worker_memory_bytes, None, writes_log=True)
    upload_id = {"upload_id": held.upload_id}
    question = settings.database_url, held, settings.lease_seconds, settings.log_format
    watch = LeaseWatch(engine, held, settings.lease_seconds, child.kill)
    try:
        with watch:
            tag, answer = child.ask(pickle.dumps(question), _LONGEST_SECONDS)
    except Died as death:
        if watch.has_ended:
            LOGGER.warning("The process that an upload was in was ended: its lease is over.", extra=upload_id)
            with reading(engine) as connection:
                upload = find_upload(connection, held.site_id, held.upload_id)
            return Trouble.OURS if upload is not None and upload.leased_by == held.lease else WriteOutcome.LOST
        if death.at_its_limit:
            return Trouble.MEMORY
        LOGGER.error(
            "The process that an upload was in ended with %s (attempt %d).", death.status, held.attempts,
            extra=upload_id,
        )  # fmt: skip
        return Trouble.OURS
    finally:
        child.end()
    return WriteOutcome[answer.decode()] if tag == _OUTCOME else Trouble[answer.decode()]


def _answer(question: bytes) -> tuple[bytes, bytes]:
    url, held, lease_seconds, log_format = pickle.loads(question)  # noqa: S301 - from the process that started this one
    log_to_stderr(log_format)
    engine = open_database(url)
    try:
        result = attempt(engine, held, lease_seconds)
    finally:
        engine.dispose()
    # Not by its class: this module has another name in the process that asked.
    return _OUTCOME if isinstance(result, WriteOutcome) else _TROUBLE, result.name.encode()


if __name__ == "__main__":
    answer_parent(_answer, int(sys.argv[1]))
