"""A child process that does one job at a time and can be killed at any moment.

It talks with its parent through standard input and output: a request is a length and as many bytes; an answer is a tag,
a length and as many bytes. It stays alive between requests, so that the cost of starting is paid once, and ends with
its parent. What it answers is up to the module that it runs (`server.processes.reader`,
`server.processes.errand_child`).
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from server.core_dumps import leave_no_core_dump

_LENGTH: Final = 8
"""Bytes of a length."""
_SLACK_SECONDS: Final = 5.0
"""How long after its time is up a child ends itself, should its parent not have ended it."""


_WATCH_SECONDS: Final = 0.05
_ROOM_TO_END: Final = 0.1
"""A child ends itself when it has taken all the memory that it may, and has so much more in which to do so. Without,
Python may go round for ever: it needs memory to handle that there is none."""
_NICER: Final = 5
"""How much further back a child stands in the line for a processor than its parent, who answers everybody."""


class Died(Exception):
    """A child ended without an answer. `status`: its exit status, negative when a signal ended it."""

    def __init__(self, status: int, too_slow: bool) -> None:
        super().__init__(f"exit status {status}")
        self.status = status
        self.too_slow = too_slow

    @property
    def out_of_memory(self) -> bool:
        """Whether it took too much, as it or the system found: nothing else is likely to have sent SIGKILL."""
        return self.at_its_limit or -self.status == getattr(signal, "SIGKILL", signal.SIGABRT)

    @property
    def at_its_limit(self) -> bool:
        """Whether it took as much as it may: SIGABRT is how it ends itself then, and so does a library."""
        return -self.status == signal.SIGABRT


class Child:
    """One process, which answers one request at a time."""

    def __init__(self, module: str, memory: int, folder: Path | None, *, writes_log: bool = False) -> None:
        """Starts it: `module` is run, and calls `answer_parent`. `memory`: bytes that it may take. `folder`: where it
        puts what it needs on disk for a moment, so that nothing is left when it is ended; anywhere when not given.
        `writes_log`: it reads nobody's files, and what it says on standard error is written there."""
        self.answered = 0
        """How often it has answered."""
        self.fit = True
        """Whether it may get another request."""
        self._process = subprocess.Popen(  # noqa: S603 - this very interpreter, and a module of ours
            # -P: nothing of the folder that the server was started in is run, whatever it is called.
            [sys.executable, "-P", "-m", module, str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # A library that panics says so there, with what it was reading.
            stderr=None if writes_log else subprocess.DEVNULL,
            env={
                **os.environ,
                **({} if folder is None else {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}),
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                # A library in Rust that gets no more memory while it traces back its panic waits for itself for ever.
                "RUST_BACKTRACE": "0",
                # Else the thread that watches the parent sets 64 MB of the address space aside for itself.
                "MALLOC_ARENA_MAX": "1",
                # And numpy, on a computer of many processors, more than there is: a thread for each of them.
                "OPENBLAS_NUM_THREADS": "1",
            },
        )

    def lives(self) -> bool:
        return self._process.poll() is None

    def ask(self, question: bytes, seconds: float) -> tuple[bytes, bytes]:
        """A tag and what belongs to it. Raises Died when the child ends, or has to be ended, before it answers."""
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
            limit = int(seconds + _SLACK_SECONDS).to_bytes(_LENGTH, "little")
            self._process.stdin.write(len(question).to_bytes(_LENGTH, "little") + limit + question)
            self._process.stdin.flush()
            head = self._process.stdout.read(1 + _LENGTH)
            size = int.from_bytes(head[1:], "little")
            answer = self._process.stdout.read(size) if len(head) == 1 + _LENGTH else b""
        except (OSError, ValueError):  # the pipe is broken, or was closed by `end`
            head, size, answer = b"", 0, b""
        finally:
            timer.cancel()
        if len(head) < 1 + _LENGTH or len(answer) < size:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1)  # how it ended must be known before it is killed here
            self._process.kill()
            raise Died(self._process.wait(), too_slow.is_set())
        self.answered += 1
        self.fit = not too_slow.is_set()
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


class Children:
    """Children of one kind, each asked by one thread at a time; those that wait are kept warm."""

    def __init__(self, module: str, memory: int, most: int, folder: Path | None = None) -> None:
        self._made = partial(Child, module, memory, folder)
        self._places = threading.BoundedSemaphore(most)
        self._lock = threading.Lock()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False

    def ask(self, question: bytes, seconds: float, spent: Callable[[Child, bytes, bytes], bool]) -> tuple[bytes, bytes]:
        """What a child answers. `spent`: whether it is to be replaced after such an answer.

        Raises Died, and RuntimeError after `close`.
        """
        with self._places:
            child = self._taken()
            try:
                tag, answer = child.ask(question, seconds)
                child.fit = child.fit and not spent(child, tag, answer)
                return tag, answer
            except Died as death:
                with self._lock:
                    if self._closed:
                        raise RuntimeError("The server is closed.") from death
                raise
            finally:
                self._given_back(child)

    def warm(self) -> None:
        """Has one child wait for the first question."""
        with self._lock:
            if not self._closed and not self._idle and not self._busy:
                self._idle.append(self._made())

    def close(self) -> None:
        """Ends all children, busy ones too: a caller who waits for one gets RuntimeError."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            for child in self._busy:
                child.kill()  # the caller that waits for it ends it
        for child in idle:
            child.end()

    def _taken(self) -> Child:
        with self._lock:
            if self._closed:
                raise RuntimeError("The server is closed.")
            child = None
            while self._idle and child is None:
                child = self._idle.pop()
                if not child.lives():  # somebody ended it while it was waiting
                    child.end()
                    child = None
            child = child or self._made()
            self._busy.add(child)
            return child

    def _given_back(self, child: Child) -> None:
        with self._lock:
            self._busy.discard(child)
            if child.fit and not self._closed:
                self._idle.append(child)
                return
        child.end()


def answer_parent(answer: Callable[[bytes], tuple[bytes, bytes]], memory: int) -> None:
    """What a child does until its parent closes the pipe, or is gone, however it went: one answer for each question."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # to end is the parent's to decide, and a child ends with it
        signal.signal(ending, signal.SIG_IGN)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the answers
    leave_no_core_dump()
    _limit_memory(memory + int(memory * _ROOM_TO_END))
    if hasattr(os, "nice"):
        os.nice(_NICER)
    questions: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()
    busy = threading.Event()
    threading.stack_size(256 * 1024)
    threading.Thread(target=_listen, args=(questions,), daemon=True).start()
    if sys.platform == "linux":
        threading.Thread(target=_watch_memory, args=(memory, busy), daemon=True).start()
    threading.stack_size(0)
    with open(os.devnull, "w", encoding="ascii") as nowhere:  # noqa: PTH123 - it is no path
        while True:
            busy.clear()
            seconds, question = questions.get()
            busy.set()
            # Its own clock, too: a library that never lets Python on would keep it from noticing that it is alone.
            faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
            tag, content = answer(question)
            faulthandler.cancel_dump_traceback_later()
            del question
            try:
                answers.write(tag + len(content).to_bytes(_LENGTH, "little"))
                answers.write(content)
                answers.flush()
            except BrokenPipeError:
                return


def _listen(questions: queue.SimpleQueue[tuple[int, bytes]]) -> None:
    """Takes in questions, and ends the process as soon as nobody can ask any more."""
    pipe = sys.stdin.buffer
    while len(head := pipe.read(2 * _LENGTH)) == 2 * _LENGTH:
        size, seconds = int.from_bytes(head[:_LENGTH], "little"), int.from_bytes(head[_LENGTH:], "little")
        questions.put((seconds, pipe.read(size)))
    os._exit(0)


def _watch_memory(most: int, busy: threading.Event) -> None:
    """Ends the process, as a library does that gets no more memory, when it has taken so many bytes."""
    pages = most // os.sysconf("SC_PAGE_SIZE")
    statistics = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        while busy.wait():
            if int(os.pread(statistics, 32, 0).split()[0]) > pages:
                break
            time.sleep(_WATCH_SECONDS)
    except MemoryError:
        pass
    os.abort()


def _limit_memory(memory: int) -> None:
    """No more than so many bytes for this process from here on, where the system can see to it."""
    try:
        import resource
    except ImportError:  # Windows: the time limit and the size limits must do
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
