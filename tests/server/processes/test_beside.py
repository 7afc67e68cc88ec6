"""Errands that are done in another process: what they give and raise comes back, and what runs wild is ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from server.processes.beside import Beside, ErrandFailed, Tools
from server.processes.spool import Spool
from server.records.database import open_database
from server.records.tokens import TokenFlaw, Withdrawn
from server.settings import Settings
from server.uploads.lifecycle import ErrorsOpen
from workbook.problems import Refusal

MIB = 1024 * 1024


def settings(folder: Path, **others: Any) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'one.db'}", **others)


@pytest.fixture(autouse=True)
def errands_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The functions below, by a child: it imports nothing of the folder that it is started in."""
    monkeypatch.syspath_prepend(str(Path(__file__).parents[3]))


@pytest.fixture
def beside(tmp_path: Path) -> Iterator[Beside]:
    open_database(f"sqlite:///{tmp_path / 'one.db'}").dispose()
    with Beside(settings(tmp_path)) as made:
        yield made


def add(_tools: Tools, one: int, other: int) -> tuple[int, int]:
    return one + other, os.getpid()


def refuse(_tools: Tools) -> None:
    raise Refusal.of("no-rows", where="")


def withdraw(_tools: Tools) -> None:
    raise Withdrawn(TokenFlaw.REVOKED)


def leave_open(_tools: Tools) -> None:
    raise ErrorsOpen(3, {"counts": {}})


def ask_in_vain(tools: Tools) -> None:
    with tools.engine.connect() as connection:
        connection.execute(text("SELECT * FROM nothing_of_the_kind"))


def stumble(_tools: Tools, who: str) -> None:
    raise ZeroDivisionError(who)


def hang(_tools: Tools) -> None:
    time.sleep(60)


def swell(_tools: Tools) -> int:
    return len(bytearray(600 * MIB))


def swell_bit_by_bit(_tools: Tools) -> int:
    kept: list[object] = []
    while True:
        with suppress(MemoryError):  # what a library may do, and then goes on
            kept.append([str(len(kept))])


def die(_tools: Tools) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def test_an_errand_is_done_in_another_process_which_waits_for_the_next(beside: Beside) -> None:
    (three, there), (seven, again) = beside.do(add, 1, 2), beside.do(add, 3, 4)
    assert [three, seven, there == again, there == os.getpid()] == [3, 7, True, False]


def test_what_it_raises_of_our_own_or_of_the_database_s_comes_back_whole(beside: Beside) -> None:
    with pytest.raises(Refusal) as refused:
        beside.do(refuse)
    assert [refused.value.code, refused.value.message] == ["no-rows", Refusal.of("no-rows", where="").message]
    with pytest.raises(Withdrawn) as withdrawn:
        beside.do(withdraw)
    assert withdrawn.value.flaw is TokenFlaw.REVOKED
    with pytest.raises(ErrorsOpen) as still_open:
        beside.do(leave_open)
    assert [still_open.value.rows, still_open.value.report] == [3, {"counts": {}}]
    with pytest.raises(OperationalError, match="no such table"):
        beside.do(ask_in_vain)


def test_a_fault_of_ours_is_told_by_its_place_and_without_its_words(beside: Beside) -> None:
    with pytest.raises(ErrandFailed) as failed:
        beside.do(stumble, "Mary Jones")
    assert ["in stumble" in str(failed.value), "Mary" in str(failed.value)] == [True, False]


def test_what_takes_too_long_is_refused_and_the_next_errand_done(beside: Beside) -> None:
    assert beside.do(add, 1, 2)[0] == 3
    allowed, beside._seconds = beside._seconds, 1
    with pytest.raises(Refusal) as refused:
        beside.do(hang)
    assert [refused.value.code, "within 1 seconds" in refused.value.message] == ["file-too-large", True]
    beside._seconds = allowed
    assert beside.do(add, 1, 2)[0] == 3


def test_what_takes_too_much_memory_or_breaks_its_process_is_refused_and_the_next_errand_done(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'one.db'}").dispose()
    with Beside(settings(tmp_path, judge_memory_bytes=400 * MIB)) as beside:
        for errand in (swell, swell_bit_by_bit):
            with pytest.raises(Refusal) as refused:
                beside.do(errand)
            assert [refused.value.code, "memory" in refused.value.message] == ["file-too-large", True]
        with pytest.raises(ErrandFailed):
            beside.do(die)
        assert beside.do(add, 1, 2)[0] == 3


PARENT = """
import sys, threading
from pathlib import Path
from server.processes.reader import FileReader
from server.settings import Settings
from server.processes.spool import Spool
with Spool(Path(sys.argv[1])) as spool, FileReader(Settings()) as reader:
    (spool.new()).write_text("123-45-6789")
    threading.Thread(target=reader.read, args=(Path(sys.argv[2]), "a.csv"), daemon=True).start()
    while not reader._children._busy:
        pass
    (child,) = reader._children._busy
    print(child._process.pid, flush=True)
    threading.Event().wait()
"""


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for a process as Linux shows it")
def test_a_server_that_is_killed_takes_its_children_along_and_the_next_removes_what_it_left(tmp_path: Path) -> None:
    endless, folder = tmp_path / "endless", tmp_path / "temporary"
    os.mkfifo(endless)  # to open it is to wait for ever
    folder.mkdir()
    with subprocess.Popen(
        [sys.executable, "-c", PARENT, folder, endless], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
    ) as parent:  # fmt: skip
        assert parent.stdout is not None
        child = Path(f"/proc/{int(parent.stdout.readline())}")
        while b"server.processes.reader" not in child.joinpath("cmdline").read_bytes():
            time.sleep(0.005)
        with Spool(folder) as beside_it:
            assert len(left_in(folder)) == 1, "what somebody holds is left alone"
            parent.kill()
            parent.wait()
            until = time.monotonic() + 20
            while child.exists():
                assert time.monotonic() < until
                time.sleep(0.005)
            assert beside_it.folder.exists()
    with Spool(folder):
        assert left_in(folder) == []
    assert list(folder.iterdir()) == []


def left_in(folder: Path) -> list[str]:
    """What files say of somebody."""
    return [path.read_text() for path in folder.rglob("*") if path.is_file() and path.stat().st_size]
