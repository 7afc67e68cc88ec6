from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from server.processes.reader import FileReader
from server.settings import Settings
from tests.support.workbook_file import HEADER_ROW, cells_of, parts_of, text, zipped
from workbook.problems import Refusal

MIB = 1024 * 1024
HEADER = "Update or Insert,Participant ID,Last Name\n"


def reader_with(**options: Any) -> FileReader:
    return FileReader(Settings(**options))


@pytest.fixture
def reader() -> Iterator[FileReader]:
    with reader_with() as made:
        yield made


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good"
    path.write_text(HEADER + "Insert,007,Peña\n", encoding="utf-8")
    return path


def children(reader: FileReader) -> list[int]:
    return [child._process.pid for child in reader._children._idle]


def test_a_file_is_read_in_another_process_and_comes_back_whole(reader: FileReader, good: Path, tmp_path: Path) -> None:
    assert cells_of(reader.read(good, "a.csv")) == {2: ["Insert", "007", "Peña"]}
    book = Workbook()
    book.active.append(["Update or Insert", "SSN"])
    book.active.append(["Insert", 12345678])
    with (tmp_path / "book").open("wb") as stream:
        book.save(stream)
    assert cells_of(reader.read(tmp_path / "book", "Été.xlsx")) == {2: ["Insert", 12345678.0]}


def test_a_child_runs_nothing_of_the_folder_that_its_server_was_started_in(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    for name in ("json", "queue", "server", "workbook", "python_calamine"):
        (tmp_path / "here" / f"{name}.py").write_text("raise SystemExit('hacked')\n")
    monkeypatch.chdir(tmp_path / "here")
    with reader_with() as made:
        assert len(made.read(good, "a.csv")) == 1


def test_a_child_waits_for_the_next_file(reader: FileReader, good: Path) -> None:
    reader.read(good, "a.csv")
    before = children(reader)
    reader.read(good, "a.csv")
    assert [len(before), children(reader)] == [1, before]


def test_a_refusal_arrives_as_one_and_the_child_goes_on(reader: FileReader, good: Path, tmp_path: Path) -> None:
    reader.read(good, "a.csv")
    before = children(reader)
    with pytest.raises(Refusal) as caught:
        reader.read(good, "Ann’s\nfile.pdf")
    assert [caught.value.code, "Ann’s\nfile.pdf" in caught.value.message] == ["file-type", True]
    (tmp_path / "empty").touch()
    with pytest.raises(Refusal) as caught:
        reader.read(tmp_path / "empty", "a.xlsx")
    assert [caught.value.code, children(reader)] == ["file-unreadable", before]


def test_the_size_limits_are_the_settings(good: Path) -> None:
    with reader_with(max_packed_bytes=10) as reader, pytest.raises(Refusal) as caught:
        reader.read(good, "a.csv")
    assert caught.value.code == "file-too-large"


def test_a_file_that_takes_too_much_memory_is_refused_and_the_next_one_read(
    good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUST_BACKTRACE", "1")  # as developers have it; the reader's panics must not trace anything
    rows = "".join(
        f'<row r="{row}">{text(f"A{row}", "Insert")}{text(f"B{row}", f"P{row}" + "x" * 200)}</row>'
        for row in range(2, 150_000)
    )
    large = zipped(tmp_path / "large", parts_of(HEADER_ROW + rows))
    with reader_with(parse_memory_bytes=96 * MIB) as reader:
        with pytest.raises(Refusal) as caught:
            reader.read(large, "large.xlsx")
        assert [caught.value.code, "does not fit into the memory" in caught.value.message] == ["file-too-large", True]
        assert len(reader.read(good, "a.csv")) == 1


def test_a_file_that_takes_too_long_is_refused_and_the_next_one_read(good: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "endless"
    os.mkfifo(pipe)  # to open it is to wait for ever
    with reader_with(parse_seconds=1) as reader:
        with pytest.raises(Refusal) as caught:
            reader.read(pipe, "a.csv")
        assert [caught.value.code, "within 1 seconds" in caught.value.message] == ["file-too-large", True]
        assert len(reader.read(good, "a.csv")) == 1


def test_a_child_that_dies_while_it_waits_is_replaced(reader: FileReader, good: Path) -> None:
    reader.read(good, "a.csv")
    before = children(reader)
    os.kill(before[0], signal.SIGKILL)
    reader._children._idle[0]._process.wait()
    assert len(reader.read(good, "a.csv")) == 1
    assert children(reader) != before


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, "file-too-large"), (signal.SIGSEGV, "file-unreadable")])
def test_a_child_that_dies_over_a_file_ends_nobody_elses(
    reader: FileReader, good: Path, tmp_path: Path, number: signal.Signals, code: str
) -> None:
    pipe = tmp_path / "endless"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(3) as threads:
        doomed = threads.submit(reader.read, pipe, "a.csv")
        while not reader._children._busy:
            time.sleep(0.001)
        (busy,) = list(reader._children._busy)
        others = [threads.submit(reader.read, good, "b.csv") for _ in range(4)]
        assert [len(other.result()) for other in others] == [1, 1, 1, 1]
        os.kill(busy._process.pid, number)
        with pytest.raises(Refusal) as caught:
            doomed.result()
    assert caught.value.code == code
    assert len(reader.read(good, "b.csv")) == 1


def test_an_interrupt_from_the_terminal_does_not_end_a_child(reader: FileReader, good: Path) -> None:
    reader.read(good, "a.csv")
    before = children(reader)
    os.kill(before[0], signal.SIGINT)
    assert len(reader.read(good, "a.csv")) == 1
    assert children(reader) == before


def test_closing_ends_every_child_and_whoever_still_reads_is_told(good: Path, tmp_path: Path) -> None:
    pipe = tmp_path / "endless"
    os.mkfifo(pipe)
    reader = reader_with()
    reader.read(good, "a.csv")
    waiting = reader._children._idle[0]._process
    with ThreadPoolExecutor(1) as threads:
        doomed = threads.submit(reader.read, pipe, "a.csv")
        while not reader._children._busy:
            time.sleep(0.001)
        reader.close()
        with pytest.raises(RuntimeError, match="closed"):
            doomed.result()
    assert waiting.poll() is not None
    with pytest.raises(RuntimeError, match="closed"):
        reader.read(good, "a.csv")


def test_a_child_imports_no_more_than_reading_needs() -> None:
    code = "import sys, server.processes.reader, workbook.files.reader; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"fastapi", "sqlalchemy", "pydantic", "openpyxl", "python_calamine", "server.settings"}
    assert heavy & set(done.stdout.split()) == set()
