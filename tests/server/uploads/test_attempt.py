"""A large upload is processed in a child: what becomes of it there comes back, and a child may end without harm."""

from __future__ import annotations

import os
import signal
import sys
import time
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from server.records import audit, uploads
from server.records.database import reading, writing
from server.seals import seals_in
from server.uploads import attempt, lifecycle
from server.uploads.write import WriteOutcome
from server.worker import take_up_next
from tests.server.uploads.test_access_withdrawn import principal
from tests.server.uploads.test_worker import WORKER, process, send, state, until
from tests.support.served import Agency, insert
from tests.support.stuck import stuck
from workbook.upload_state import RUNNING


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every upload is a large one."""
    monkeypatch.setattr(attempt, "APART_ROWS", 0)
    monkeypatch.setattr("server.worker.APART_ROWS", 0)


@pytest.mark.usefixtures("apart")
def test_what_becomes_of_a_large_upload_in_its_own_process_is_known_to_the_worker(
    agency: Agency, tmp_path: Path
) -> None:
    sent = [send(agency, insert("P2"), key="right"), send(agency, insert("nobody"), key="wrong")]
    outcomes = [take_up_next(agency.engine, agency.settings(tmp_path)) for _ in sent]
    assert outcomes == [WriteOutcome.WRITTEN, WriteOutcome.NEEDS_FIXES]
    assert [state(agency, upload) for upload in sent] == ["complete", "needs-fixes"]


def children(process_id: int) -> list[int]:
    """The processes that a process started, on Linux."""
    found = []
    for statistics in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended
            if int(statistics.read_text().rpartition(")")[2].split()[1]) == process_id:
                found.append(int(statistics.parent.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes as on Linux")
@pytest.mark.parametrize("killed", ["its process", "its worker"])
def test_a_large_upload_whose_process_is_killed_is_taken_up_again_and_written_once(
    agency: Agency, tmp_path: Path, killed: str
) -> None:
    upload_id = send(agency, insert("P2"), insert("P3"))
    with process(agency, tmp_path, f"import server.worker\nserver.worker.APART_ROWS = 0\n{WORKER}") as worker:
        with stuck(agency.engine, "assignments", "COPY assignments") as hangs:
            until(hangs)
            until(lambda: state(agency, upload_id) == "writing")
            [child] = children(worker.pid)
            if killed == "its worker":
                worker.kill()
                worker.wait()
                until(lambda: not children(child) and not Path(f"/proc/{child}").exists())
            else:
                os.kill(child, signal.SIGKILL)
        if killed == "its worker":
            while take_up_next(agency.engine, agency.settings(tmp_path)) is not WriteOutcome.WRITTEN:
                time.sleep(0.1)  # until the lease has run out
        until(lambda: state(agency, upload_id) == "complete")
    assert len(agency.assignments()) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="finds processes as on Linux")
@pytest.mark.parametrize("becomes", ["complete", "cancelled"])
def test_a_process_that_has_frozen_over_a_large_upload_is_ended_and_the_next_one_is_written(
    agency: Agency, tmp_path: Path, becomes: str
) -> None:
    first, second = (send(agency, insert(person), key=person) for person in ("P2", "P3"))
    with process(agency, tmp_path, f"import server.worker\nserver.worker.APART_ROWS = 0\n{WORKER}") as worker:
        [child] = until(lambda: children(worker.pid))
        os.kill(child, signal.SIGSTOP)
        assert (state(agency, first), state(agency, second)) == ("validating", "received")
        if becomes == "cancelled":
            lifecycle.cancel(agency.engine, principal(agency, "ADM"), first)
        until(lambda: state(agency, second) == "complete")
        until(lambda: state(agency, first) == becomes)
        assert not Path(f"/proc/{child}").exists()
    assert len(agency.assignments()) == (5 if becomes == "complete" else 4)


@pytest.mark.skipif(sys.platform != "linux", reason="limits memory as Linux does")
def test_an_upload_that_takes_too_much_memory_fails_with_a_sentence_and_the_next_one_is_written(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASELOAD_WORKER_MEMORY_BYTES", str(150 * 1024 * 1024))
    large = send(agency, *[insert(f"X{number}", caseworker=f"Y{number}") for number in range(100_000)], key="large")
    small = send(agency, insert("P3"), key="small")
    with process(agency, tmp_path, WORKER, lease_seconds=30):
        until = time.monotonic() + 60
        while state(agency, small) != "complete" or state(agency, large) in RUNNING:
            assert time.monotonic() < until, (state(agency, small), state(agency, large))
            time.sleep(0.05)
    with reading(agency.engine) as connection:
        failed = uploads.find_upload(connection, agency.site_id, large)
    assert failed is not None
    assert [failed.state, "more memory" in (failed.reason or ""), failed.attempts] == ["failed", True, 1]


def test_workers_keep_the_book_of_seals_also_while_each_has_an_upload_in_hand_that_takes_long(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = tmp_path / "audit.seals"
    monkeypatch.setenv("CASELOAD_SEALS_FILE", str(book))
    takes_long = (
        "import time\nimport server.seals, server.worker\nserver.seals.EVERY_SECONDS = 0.1\n"
        "server.worker.take_up_next = lambda *_, **__: time.sleep(600)\n"
    )

    def is_sealed(number: int) -> bool:
        """Itself, or a later line: the second worker, too, may say that it begins the book."""
        return any(kept.number >= number for kept in seals_in(book, agency.site_id))

    with process(agency, tmp_path, takes_long + WORKER), process(agency, tmp_path, takes_long + WORKER):
        until(book.exists)
        for _ in range(3):
            with writing(agency.engine) as connection:
                audit.note(connection, agency.site_id, "S1", "looked")
                [(_site, number, _seal)] = audit.newest_seals(connection)
            until(partial(is_sealed, number))
    seals = [kept.seal for kept in seals_in(book, agency.site_id)]
    with reading(agency.engine) as connection:
        assert audit.check(connection, agency.site_id, *seals).found
