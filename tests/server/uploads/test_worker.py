"""Workers: exactly once, whatever is killed and however many there are; and the server that keeps one running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Connection, update

import server.uploads.write as write_module
from server.records import upload_queue, uploads
from server.records.database import reading, writing
from server.records.ssn import SsnHasher
from server.records.tables import upload_sheets
from server.records.tables import uploads as upload_table
from server.records.tokens import Principal, authenticate
from server.records.writes import lock_site
from server.serve import CannotServe, serve
from server.uploads.check import Asks
from server.uploads.lifecycle import Submission, submit
from server.uploads.recheck import CheckedUpload, check_upload
from server.uploads.write import WriteOutcome, process_upload
from server.worker import take_up_next, work_until
from tests.support.served import KEY, Agency, Api, insert, table
from tests.support.served import update as ending
from tests.support.stuck import stuck
from workbook.sheet import sheet_of
from workbook.upload_state import UploadState

WORKER = "from server.settings import Settings; from server.worker import work; work(Settings())"
SERVER = """
if __name__ == "__main__":  # its worker runs this file too, and has no use for all that a web server imports
    from server.serve import serve
    from server.settings import Settings
    serve(Settings(), "127.0.0.1", 0, True)
"""


@contextmanager
def process(agency: Agency, folder: Path, code: str, lease_seconds: int = 1) -> Iterator[subprocess.Popen[str]]:
    """A Python of its own with the agency's settings; gone when the block ends."""
    script = folder / "run.py"
    script.write_text(code, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "CASELOAD_DATABASE_URL": agency.url,
        "CASELOAD_SECRET_KEY": KEY.decode(),
        "CASELOAD_MAIL_FOLDER": str(folder / "mail"),
        "CASELOAD_LEASE_SECONDS": str(lease_seconds),
    }
    with subprocess.Popen(
        [sys.executable, str(script)], env=environment, cwd=folder, stdout=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            if running.poll() is None:
                running.kill()


def send(agency: Agency, *rows: list[Any], key: str = "key") -> str:
    """Submits as the administrator, without HTTP."""
    with reading(agency.engine) as connection:
        who = authenticate(connection, agency.tokens["ADM"])
    assert isinstance(who, Principal)
    sheet = table(*rows)
    kept = uploads.kept_key(SsnHasher(KEY), key)
    return submit(agency.engine, who, kept, Submission("test.csv", sheet_of(sheet["header"], sheet["rows"]))).id


def state(agency: Agency, upload_id: str) -> str:
    with reading(agency.engine) as connection:
        found = uploads.find_upload(connection, agency.site_id, upload_id)
    assert found is not None
    return found.state


def until(question: Callable[[], Any], seconds: float = 30) -> Any:
    """What the question answers, once it answers with something."""
    end, pause = time.monotonic() + seconds, 0.01
    while not (answer := question()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    return answer


def test_a_worker_killed_in_the_middle_of_its_write_is_followed_by_one_that_writes_once(
    agency: Agency, tmp_path: Path
) -> None:
    upload_id = send(agency, insert("P2"), insert("P3"), ending("P1"))
    before = agency.assignments()
    with stuck(agency.engine, "assignments", "COPY assignments") as hangs, process(agency, tmp_path, WORKER) as first:
        until(hangs)
        until(lambda: state(agency, upload_id) == "writing")
        first.kill()
        first.wait()
    assert agency.assignments() == before
    assert state(agency, upload_id) == "writing"
    with process(agency, tmp_path, WORKER):
        until(lambda: state(agency, upload_id) == "complete")
    assert [row[5] for row in agency.assignments()] == [False] * 3 + [True] * 2
    assert [row[6] for row in agency.assignments()] == [True] + [False] * 4


def test_many_workers_write_each_upload_once(agency: Agency, tmp_path: Path) -> None:
    ids = [send(agency, insert("P2", relationship="Secondary", start="2024-05-01"), key="a")]
    ids += [
        send(agency, insert(f"Q{number:04d}", program="", relationship="Primary"), key=str(number))
        for number in range(1, 13)
    ]
    stopped = threading.Event()
    settings = agency.settings(tmp_path)
    workers = [threading.Thread(target=work_until, args=(stopped, agency.engine, settings)) for _ in range(3)]
    for one in workers:
        one.start()
    try:
        until(lambda: {state(agency, upload_id) for upload_id in ids} == {"complete"})
    finally:
        stopped.set()
        for one in workers:
            one.join()
    assert len(agency.assignments()) == 3 + len(ids)


def test_a_worker_that_lost_its_upload_writes_nothing(agency: Agency) -> None:
    upload_id = send(agency, insert("P2"))

    def take() -> upload_queue.Claim:
        with writing(agency.engine) as connection:
            held = upload_queue.claim(connection, 30)
        assert held is not None
        return held

    slow = take()
    with writing(agency.engine) as connection:
        assert upload_queue.claim(connection, 30) is None
        connection.execute(update(upload_table).values(leased_until=uploads.database_now(connection)))
    quick = take()
    assert (slow.upload_id, quick.attempts) == (upload_id, 2)
    assert process_upload(agency.engine, slow, 30, lambda: None) is WriteOutcome.LOST
    with writing(agency.engine) as connection:
        assert not upload_queue.prolong(connection, slow, 30)
        assert upload_queue.prolong(connection, quick, 30)
    assert process_upload(agency.engine, quick, 30, lambda: None) is WriteOutcome.WRITTEN
    assert process_upload(agency.engine, quick, 30, lambda: None) is WriteOutcome.LOST
    assert len(agency.assignments()) == 4


def test_an_upload_cancelled_between_check_and_write_is_not_written(agency: Agency) -> None:
    send(agency, insert("P2"))
    with writing(agency.engine) as connection:
        held = upload_queue.claim(connection, 30)
    assert held is not None

    def cancel() -> None:
        with writing(agency.engine) as connection:
            uploads.move(connection, held.upload_id, UploadState.CANCELLED, ends=True)

    assert process_upload(agency.engine, held, 30, cancel) is WriteOutcome.LOST
    assert state(agency, held.upload_id) == "cancelled"
    assert len(agency.assignments()) == 3


def test_what_another_upload_wrote_between_check_and_write_is_seen(agency: Agency, tmp_path: Path) -> None:
    first, second = send(agency, insert("P2"), key="1"), send(agency, insert("P2"), key="2")
    with writing(agency.engine) as connection:
        held = upload_queue.claim(connection, 30)
    assert held is not None
    assert held.upload_id == first

    def be_overtaken() -> None:
        assert take_up_next(agency.engine, agency.settings(tmp_path)) is WriteOutcome.WRITTEN

    assert process_upload(agency.engine, held, 30, be_overtaken) is WriteOutcome.NEEDS_FIXES
    assert (state(agency, first), state(agency, second)) == ("needs-fixes", "complete")
    assert len(agency.assignments()) == 4


def test_an_upload_that_cannot_be_carried_out_fails_with_a_reason_after_a_few_attempts(
    agency: Agency, tmp_path: Path
) -> None:
    upload_id = send(agency, insert("P2"))
    settings = agency.settings(tmp_path, attempts_limit=2)
    with writing(agency.engine) as connection:
        connection.execute(update(upload_sheets).values(packed=b"not a sheet"))
    assert take_up_next(agency.engine, settings) is WriteOutcome.FAILED
    assert take_up_next(agency.engine, settings) is None, "it is not tried again at once"
    with writing(agency.engine) as connection:
        connection.execute(update(upload_table).values(leased_until=None))
    assert take_up_next(agency.engine, settings) is WriteOutcome.FAILED
    with reading(agency.engine) as connection:
        failed = uploads.find_upload(connection, agency.site_id, upload_id)
    assert failed is not None
    assert failed.state == "failed"
    assert "Nothing was written" in str(failed.reason)
    assert take_up_next(agency.engine, settings) is None


def test_an_upload_whose_workers_keep_dying_fails(agency: Agency, tmp_path: Path) -> None:
    upload_id = send(agency, insert("P2"))
    with writing(agency.engine) as connection:
        connection.execute(update(upload_table).values(attempts=5, state="writing"))
    assert take_up_next(agency.engine, agency.settings(tmp_path)) is WriteOutcome.FAILED
    assert state(agency, upload_id) == "failed"
    assert len(agency.assignments()) == 3


def children(pid: int) -> list[int]:
    """The worker processes of a server."""
    listed = Path(f"/proc/{pid}/task")
    found = [int(child) for task in listed.iterdir() for child in (task / "children").read_text().split()]
    return [child for child in found if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


on_linux = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for child processes in /proc")


@on_linux
def test_the_server_keeps_a_worker_running_and_stops_it_when_it_is_stopped(agency: Agency, tmp_path: Path) -> None:
    with process(agency, tmp_path, SERVER) as server:
        assert server.stdout is not None
        line = server.stdout.readline()
        assert line.startswith("Caseload Upload is at http://127.0.0.1:")
        api = Api(line.split()[-1], agency.tokens["ADM"])
        first = api.submit(table(insert("P2")), "1").json()["id"]
        assert api.wait(first)["state"] == "complete"
        (old,) = children(server.pid)
        os.kill(old, signal.SIGKILL)
        second = api.submit(table(insert("P3")), "2").json()["id"]
        assert api.wait(second)["state"] == "complete"
        (new,) = children(server.pid)
        assert new != old
        server.send_signal(signal.SIGTERM)
        assert server.wait(30) == 0
        assert not alive(new)


@on_linux
def test_a_worker_does_not_outlive_its_server(agency: Agency, tmp_path: Path) -> None:
    with process(agency, tmp_path, SERVER) as server:
        assert server.stdout is not None
        address = server.stdout.readline().split()[-1]
        assert requests.get(f"{address}/v1/health", timeout=30).status_code == 200
        (worker,) = until(lambda: children(server.pid))
        server.kill()
        server.wait()
        until(lambda: not alive(worker))


def test_a_port_that_is_taken_is_named(agency: Agency, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"Port {port} on 127.0.0.1 cannot be used"):
            serve(agency.settings(tmp_path), "127.0.0.1", port, with_worker=False)


def test_an_upload_that_waits_long_for_another_worker_of_its_site_is_not_taken_away(
    agency: Agency, tmp_path: Path
) -> None:
    """The other holds the site for longer than a lease; on SQLite it holds everything, and nobody could take it."""
    upload_id = send(agency, insert("P2"))
    settings = agency.settings(tmp_path, lease_seconds=1)
    outcomes: list[WriteOutcome | None] = []
    waiting = threading.Thread(target=lambda: outcomes.append(take_up_next(agency.engine, settings)))
    with holding(agency):
        waiting.start()
        if agency.engine.dialect.name == "postgresql":
            until(lambda: state(agency, upload_id) == "writing")
            time.sleep(1.5)
            assert take_up_next(agency.engine, settings) is None
    waiting.join(30)
    assert outcomes == [WriteOutcome.WRITTEN]
    assert len(agency.assignments()) == 4


@contextmanager
def holding(agency: Agency) -> Iterator[None]:
    """Inside, somebody else writes for the site."""
    with writing(agency.engine) as connection:
        lock_site(connection, agency.site_id)
        yield


def test_beside_another_worker_of_its_site_an_upload_is_judged_in_its_turn_and_asks_for_fixes_all_the_same(
    agency: Agency, tmp_path: Path
) -> None:
    settings = agency.settings(tmp_path)
    first, wrong, right = (
        send(agency, row, key=person) for person, row in (("1", insert("P2")), ("2", insert("P9")), ("3", insert("P3")))
    )
    with writing(agency.engine) as connection:
        held = upload_queue.claim(connection, 30)
    assert held is not None
    assert held.upload_id == first
    assert [take_up_next(agency.engine, settings) for _ in range(2)] == [WriteOutcome.NEEDS_FIXES, WriteOutcome.WRITTEN]
    assert process_upload(agency.engine, held, 30, lambda: None) is WriteOutcome.WRITTEN
    assert [state(agency, one) for one in (first, wrong, right)] == ["complete", "needs-fixes", "complete"]


@pytest.mark.parametrize(("overtaken", "judgements"), [("beside another worker", 1), ("by one that came later", 2)])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_would_be_stale_before_it_is_written_is_judged_once_in_its_turn(
    agency: Agency, monkeypatch: pytest.MonkeyPatch, overtaken: str, judgements: int
) -> None:
    judged = []

    def counted(connection: Connection, upload: uploads.UploadRow, asks: Asks) -> CheckedUpload:
        judged.append(upload.id)
        return check_upload(connection, upload, asks)

    monkeypatch.setattr(write_module, "check_upload", counted)
    first, second = send(agency, insert("P2"), key="1"), send(agency, insert("P3"), key="2")
    claims = []

    def claim() -> None:
        with writing(agency.engine) as connection:
            held = upload_queue.claim(connection, 30)
        assert held is not None
        claims.append(held)

    def be_overtaken() -> None:
        if judgements == 2:
            claim()
        assert process_upload(agency.engine, claims[1], 30, lambda: None) is WriteOutcome.WRITTEN

    claim()
    if judgements == 1:
        claim()
    assert process_upload(agency.engine, claims[0], 30, be_overtaken) is WriteOutcome.WRITTEN
    assert [judged.count(first), judged.count(second)] == [judgements, 1], overtaken
