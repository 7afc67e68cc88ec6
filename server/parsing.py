"""Reading an uploaded file in a process of its own, which has a memory limit and may be ended at any time.

A file can be made to bring down the library that reads it. Here that ends one child process: the user gets one
sentence, and whoever else is uploading notices nothing. The children wait between files, so that starting one
is paid for once. Each speaks with its parent through its standard input and output: a line of JSON asks, a tag,
a length and as many bytes answer. They import what reading needs and nothing else.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final

from workbook.limits import Limits
from workbook.packing import pack, unpack
from workbook.problems import Refusal
from workbook.sheet import Sheet

if TYPE_CHECKING:
    from server.settings import Settings

_SHEET: Final = b"S"
_REFUSAL: Final = b"R"
_FAILURE: Final = b"F"
_CHILDREN: Final = 2
"""Files that are read at the same time. More would wait for the processor anyway."""
_FILES_PER_CHILD: Final = 100
_LARGE_ANSWER: Final = 4 * 1024 * 1024
"""A child is replaced after so many files, after one whose packed sheet has so many bytes, and after one that did
not fit: what a child does not give back of its memory, the next file would lack."""


class ReadingFailed(Exception):
    """Reading broke, and not by the file's fault. The text says where, without what was being read."""


class FileReader:
    """Reads files in child processes. A context manager; any number of threads may call `read` at once."""

    def __init__(self, settings: Settings) -> None:
        self._limits = Limits(settings.max_packed_bytes, settings.max_unpacked_bytes, settings.parse_memory_bytes)
        self._memory = settings.parse_memory_bytes
        self._seconds = settings.parse_seconds
        self._places = threading.BoundedSemaphore(_CHILDREN)
        self._lock = threading.Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._closed = False

    def __enter__(self) -> FileReader:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Ends the children, those that are reading too: their readers get RuntimeError."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for child in self._busy:
                child.kill()  # whoever waits for it ends it
        for child in idle:
            child.end()

    def read(self, path: Path, name: str) -> Sheet:
        """The sheet in the file at `path`, which the user calls `name`.

        Raises Refusal as `workbook.reading.read_sheet` does; also `file-too-large` when reading takes more
        memory or time than is allowed, and `file-unreadable` when it brings the reading process down.
        Raises ReadingFailed when the fault is ours, RuntimeError after `close`.
        """
        with self._places:
            child = self._taken()
            try:
                tag, answer = child.ask(path, name, self._limits, self._seconds)
            except _Died as death:
                with self._lock:
                    if self._closed:
                        raise RuntimeError("The file reader is closed.") from death
                raise _refusal_for(death, name, self._seconds) from death
            finally:
                self._given_back(child)
        if tag == _SHEET:
            return unpack(answer)
        if tag == _REFUSAL:
            code, message = json.loads(answer)
            raise Refusal(code, message)
        raise ReadingFailed(answer.decode("utf-8", "replace"))

    def _taken(self) -> _Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("The file reader is closed.")
            child = None
            while self._idle and child is None:
                child = self._idle.pop()
                if not child.lives():  # somebody ended it while it was waiting
                    child.end()
                    child = None
            child = child or _Child(self._memory)
            self._busy.add(child)
            return child

    def _given_back(self, child: _Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if child.fit and not self._closed:
                self._idle.append(child)
                return
        child.end()


class _Died(Exception):
    """The child ended without an answer. `status`: its exit status, negative when a signal ended it."""

    def __init__(self, status: int, too_slow: bool) -> None:
        super().__init__(f"exit status {status}")
        self.status = status
        self.too_slow = too_slow


class _Child:
    """One process that reads one file at a time."""

    def __init__(self, memory: int) -> None:
        self.files = 0
        self.fit = True
        """Whether it may be asked again."""
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter and module
            [sys.executable, "-m", "server.parsing", str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a library that panics says so there, with what it was reading
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                # A library in Rust that gets no more memory while it traces back its panic waits for itself for ever.
                "RUST_BACKTRACE": "0",
            },
        )

    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, path: Path, name: str, limits: Limits, seconds: float) -> tuple[bytes, bytes]:
        """A tag and what belongs to it. Raises _Died when the child ends, or has to be ended, before it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self.fit = False
        too_slow = threading.Event()

        def end() -> None:
            too_slow.set()
            self._process.kill()

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            question = json.dumps([str(path), name, limits.packed, limits.unpacked, limits.memory])
            self._process.stdin.write(question.encode("ascii") + b"\n")
            self._process.stdin.flush()
            head = self._process.stdout.read(9)
            size = int.from_bytes(head[1:], "little")
            answer = self._process.stdout.read(size) if len(head) == 9 else b""
        except (OSError, ValueError):  # the pipe is broken, or was closed by `end`
            head, size, answer = b"", 0, b""
        finally:
            timer.cancel()
        if len(head) < 9 or len(answer) < size:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)  # whoever ended it must be known before it is ended here
            self._process.kill()
            raise _Died(self._process.wait(), too_slow.is_set())
        self.files += 1
        spent = b"file-too-large" in answer if head[:1] == _REFUSAL else size > _LARGE_ANSWER
        self.fit = not (too_slow.is_set() or spent or self.files >= _FILES_PER_CHILD)
        return head[:1], answer

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Ends the process and lets go of all that belongs to it."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _refusal_for(death: _Died, name: str, seconds: float) -> Refusal:
    if death.too_slow:
        return Refusal.of("file-too-large", name=name, why=f"it could not be read within {seconds:g} seconds")
    # SIGABRT is how a library ends that gets no more memory, SIGKILL how the system ends what takes too much.
    if -death.status in (signal.SIGABRT, getattr(signal, "SIGKILL", signal.SIGABRT)):
        return Refusal.of("file-too-large", name=name, why="it does not fit into the memory")
    return Refusal.of("file-unreadable", name=name, why="it is damaged in a way that stops every attempt to read it")


def _answers(questions: IO[bytes], answers: IO[bytes]) -> None:
    """What a child does until its parent closes the pipe: one answer for each line."""
    for line in questions:
        path, name, *sizes = json.loads(line)
        tag, answer = _answer(Path(path), name, Limits(*sizes))
        answers.write(tag + len(answer).to_bytes(8, "little") + answer)
        answers.flush()


def _answer(path: Path, name: str, limits: Limits) -> tuple[bytes, bytes]:
    from workbook.reading import read_sheet

    try:
        return _SHEET, pack(read_sheet(path, name, limits))
    except Refusal as refused:
        refusal = refused
    except MemoryError:
        refusal = Refusal.of("file-too-large", name=name, why="it does not fit into the memory")
    except Exception as failure:
        from server.logs import failure_of

        return _FAILURE, failure_of(failure).encode("utf-8", "replace")
    return _REFUSAL, json.dumps([refusal.code, refusal.message]).encode("ascii")


def _limit_memory(memory: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time limit and the size limits must do
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _child(memory: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    _limit_memory(memory)
    with contextlib.suppress(BrokenPipeError):
        _answers(sys.stdin.buffer, answers)


if __name__ == "__main__":
    _child(int(sys.argv[1]))
