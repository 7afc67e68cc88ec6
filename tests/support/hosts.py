"""Web and worker processes over one database, as on several hosts, and people whose replies get lost on the way."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

import requests
from requests.exceptions import ChunkedEncodingError
from sqlalchemy import select

from server.records.database import reading
from server.records.tables import uploads
from server.serve import serve
from server.settings import Settings
from server.worker import work
from tests.support.killing import forks
from tests.support.served import Agency, table
from workbook.upload_state import RUNNING


class Hosts:
    """Processes by name: `web 1`, `worker 1`, …"""

    def __init__(self, settings: Settings, webs: int, workers: int) -> None:
        self._settings = settings
        self.ports = {f"web {number + 1}": port for number, port in enumerate(free_ports(webs))}
        self.names = [*self.ports, *(f"worker {number + 1}" for number in range(workers))]
        self._running: dict[str, BaseProcess] = {}

    @property
    def addresses(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.ports.values()]

    def start(self, name: str) -> None:
        if name in self.ports:
            arguments: tuple[Any, ...] = (self._settings, "127.0.0.1", self.ports[name], False)
            process = forks().Process(target=serve, args=arguments)
        else:
            process = forks().Process(target=work, args=(self._settings,))
        process.start()
        self._running[name] = process

    def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.kill()
        process.join()

    def end(self, name: str) -> None:
        """As `kill`, where it runs."""
        if self.is_running(name):
            self.kill(name)

    def is_running(self, name: str) -> bool:
        return name in self._running and self._running[name].is_alive()


@contextmanager
def hosts(settings: Settings, webs: int, workers: int) -> Iterator[Hosts]:
    """All of them started, and every web process answering; gone when the block ends."""
    found = Hosts(settings, webs, workers)
    with ExitStack() as at_the_end:
        for name in found.names:
            found.start(name)
            at_the_end.callback(found.end, name)
        for address in found.addresses:
            answering(address)
        yield found


def answering(address: str, verify: str | bool = True, seconds: float = 60) -> None:
    """Returns once there is a healthy server at an address."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(requests.RequestException):
            if requests.get(f"{address}/v1/health", timeout=10, verify=verify).ok:
                return
        time.sleep(0.02)
    raise AssertionError(f"nobody answered at {address}")


def submit_until_answered(
    addresses: Sequence[str], token: str, key: str, rows: list[list[Any]], verify: str | bool = True
) -> str:
    """Submits rows as the add-in does: under one key, again and again until there is an answer, and wherever there is
    somebody. Gives the upload's id."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"key-{key}"}
    end, turn = time.monotonic() + 60, hash(key)
    while time.monotonic() < end:
        turn += 1
        address = addresses[turn % len(addresses)]
        # The last of these: an answer that broke off halfway.
        with contextlib.suppress(requests.ConnectionError, requests.Timeout, ChunkedEncodingError):
            answer = requests.post(
                f"{address}/v1/uploads", json=table(*rows), headers=headers, timeout=20, verify=verify
            )
            if answer.status_code < 500:
                assert answer.status_code == 202, answer.text
                return str(answer.json()["id"])
        time.sleep(0.03)
    raise AssertionError(f"nobody took upload {key}")


def by_many(people: int, jobs: Sequence[Callable[[], str]]) -> list[str]:
    """Does jobs, so many at a time, and gives their answers in order. Raises what the first that failed raised."""
    answers: list[str | BaseException | None] = [None] * len(jobs)
    places = iter(range(len(jobs)))
    lock = threading.Lock()

    def work_on() -> None:
        while True:
            with lock:
                place = next(places, None)
            if place is None:
                return
            try:
                answers[place] = jobs[place]()
            except BaseException as failure:
                answers[place] = failure

    threads = [threading.Thread(target=work_on) for _ in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [str(answer) for answer in answers]


def free_ports(number: int) -> list[int]:
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(number)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def settled(agency: Agency) -> bool:
    """Whether no upload waits for a worker any more."""
    with reading(agency.engine) as connection:
        return connection.execute(select(uploads.c.id).where(uploads.c.state.in_(RUNNING))).first() is None
