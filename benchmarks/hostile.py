"""What an attacker, or a bad day, costs the others: files and calls that are made to hurt, slow and held connections.

    python -m benchmarks.hostile [--small] [NAME …]

A real `caseload-server serve` on SQLite is sent every file of `tests/server/hostile_files.py`, the largest too (but
with `--small`), one after the other and then four at once; then come the calls of `CALLS` below. All of that is done by
one person with a token, or by nobody. Somebody else, in a process of their own, asks `/v1/health` twenty times a second
and validates 600 rows with 25 mistakes four times a second, in turns as a table and as a workbook. Memory is that of
all processes of the server together (where /proc tells).

The promise: `/v1/health` within 50 ms and the other's validation within 1 s in 95 of 100 calls, 3 GB, and nobody else
refused.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import multiprocessing
import os
import socket
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from benchmarks.upload import (
    COMMAND,
    SPREADSHEET,
    Served,
    as_json,
    as_xlsx,
    environment,
    family,
    make_agency,
    rows_for,
    served,
)
from tests.server.hostile_files import HOSTILE_FILES, Hostile

MIB: Final = 1024 * 1024
JSON: Final = {"Content-Type": "application/json"}
HEADER: Final = [
    "Update or Insert", "Participant ID", "Program ID", "Start Date", "Caseworker Name", "Caseworker Relationship",
    "Caseload Status", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date",
    "Reason for Dismissal",
]  # fmt: skip


@dataclass
class Noticed:
    """What the others noticed while something was done."""

    healths: list[float] = field(default_factory=list)
    validations: list[float] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    megabytes: float = 0.0

    def add(self, other: Noticed) -> None:
        self.healths += other.healths
        self.validations += other.validations
        self.refused += other.refused
        self.megabytes = max(self.megabytes, other.megabytes)

    def __str__(self) -> str:
        return (
            f"{ninety_fifth(self.healths) * 1000:>7.0f} ms {ninety_fifth(self.validations):>7.2f} s "
            f"{self.megabytes:>7.0f} MB {self.refused.total():>8}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of the names of files and calls; all when there is none")
    parser.add_argument("--small", action="store_true", help="leave out the largest")
    asked = parser.parse_args()
    files = {
        name: one
        for name, one in HOSTILE_FILES.items()
        if wanted(name, asked.names) and not (asked.small and one.large)
    }
    calls = {name: one for name, one in CALLS.items() if wanted(name, asked.names)}
    print(f"{os.cpu_count()} cores, of which the load is {os.getloadavg()[0]:.1f} before we begin")
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as folder:
        agency = Path(folder) / "agency.db"
        make_agency(agency, 20_000, 40_000)
        with served(agency) as server:
            other = token_for(agency, "S2")
            header, rows = rows_for(agency, 600, mistakes=25)
            bodies = as_json(header, rows), as_xlsx(header, rows)
            print(f"{'seconds':>8} {'health p95':>10} {'other p95':>9} {'memory':>10} {'refused':>8}  what: its answer")
            whole = Noticed()

            def done(what: str, act: Callable[[], str]) -> None:
                with watched(server, other, bodies) as noticed:
                    began = time.perf_counter()
                    outcome = act()
                    took = time.perf_counter() - began
                    time.sleep(max(0.0, 2.0 - took))  # so that there is something to tell of
                whole.add(noticed)
                print(f"{took:>6.1f} s {noticed}  {what}: {outcome}", flush=True)

            done("nothing", lambda: "")
            for name, hostile in files.items():
                done(name, lambda hostile=hostile: sent(server, hostile, Path(folder)))  # type: ignore[misc]
            if len(files) > 1:
                done("all of them, four at once", lambda: four_at_once(server, list(files.values()), Path(folder)))
            for name, call in calls.items():
                done(name, lambda call=call: call(server))  # type: ignore[misc]
            print(f"in all   {whole}")
            for why, times in whole.refused.items():
                print(f"  refused: {why} ({times} times)")


def wanted(name: str, parts: list[str]) -> bool:
    return not parts or any(part in name for part in parts)


def token_for(agency: Path, staff_id: str) -> str:
    command = [COMMAND, "token", "create", staff_id, "--json"]
    answer = subprocess.run(command, env=environment(agency), check=True, capture_output=True)
    return str(json.loads(answer.stdout)["token"])


# What the others notice -----------------------------------------------------------------------------------


@contextmanager
def watched(server: Served, token: str, bodies: tuple[bytes, bytes]) -> Iterator[Noticed]:
    """While the block runs, somebody else works with the server, in a process of their own."""
    noticed = Noticed()
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    watcher = context.Process(target=watch, args=(server.url, token, bodies, server.process.pid, theirs))
    watcher.start()
    ours.recv()
    try:
        yield noticed
    finally:
        ours.send("enough")
        noticed.add(ours.recv())
        watcher.join()


def watch(url: str, token: str, bodies: tuple[bytes, bytes], process: int, line: Connection) -> None:
    noticed, stopped = Noticed(), threading.Event()
    headers = {"Authorization": f"Bearer {token}"}

    def health() -> None:
        with requests.Session() as session:
            while not stopped.wait(0.05):
                timed(lambda: session.get(f"{url}/v1/health", timeout=120), noticed.healths, "health")

    def validate() -> None:
        table, book = bodies
        with requests.Session() as session:
            while not stopped.wait(0.25):
                as_table = len(noticed.validations) % 2 == 0
                file = {"file": ("a.xlsx", book, SPREADSHEET)}
                sent: dict[str, Any] = {"data": table} if as_table else {"files": file}
                kind = {**headers, **JSON} if as_table else headers
                timed(
                    lambda sent=sent, kind=kind: session.post(  # type: ignore[misc]
                        f"{url}/v1/validations", headers=kind, timeout=120, **sent
                    ),
                    noticed.validations, "validation",
                )  # fmt: skip

    def timed(call: Callable[[], requests.Response], times: list[float], what: str) -> None:
        began = time.perf_counter()
        try:
            answer = call()
            if not answer.ok:
                noticed.refused[f"{what}: {answer.status_code} {answer.text[:100]}"] += 1
        except requests.RequestException as failure:
            noticed.refused[f"{what}: {type(failure).__name__}"] += 1
        times.append(time.perf_counter() - began)

    def weigh() -> None:
        while not stopped.wait(0.1):
            noticed.megabytes = max(noticed.megabytes, sum(megabytes(one) for one in family(process)))

    threads = [threading.Thread(target=one) for one in (health, validate, weigh)]
    for thread in threads:
        thread.start()
    line.send("ready")
    line.recv()
    stopped.set()
    for thread in threads:
        thread.join()
    line.send(noticed)


def megabytes(process: int) -> float:
    """What a process holds in memory now; 0 where /proc does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def ninety_fifth(seconds: list[float]) -> float:
    return sorted(seconds)[math.ceil(len(seconds) * 0.95) - 1] if seconds else float("nan")


# Files ----------------------------------------------------------------------------------------------------


def sent(server: Served, hostile: Hostile, folder: Path) -> str:
    path = hostile.make(folder / f"hostile-{threading.get_ident()}")
    try:
        with path.open("rb") as stream:
            return told(
                requests.post(
                    f"{server.url}/v1/validations", files={"file": (hostile.name, stream)}, headers=server.headers,
                    timeout=300,
                )
            )  # fmt: skip
    finally:
        path.unlink()


def four_at_once(server: Served, files: list[Hostile], folder: Path) -> str:
    with ThreadPoolExecutor(4) as threads:
        return counted(threads.map(lambda hostile: sent(server, hostile, folder), files))


def told(answer: requests.Response) -> str:
    """The status, and the code where it is a refusal."""
    if answer.ok:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.json().get('code')}"


def counted(answers: Any) -> str:
    return ", ".join(f"{times} × {answer}" for answer, times in Counter(answers).most_common())


# Calls ----------------------------------------------------------------------------------------------------


def validated(server: Served, data: bytes) -> str:
    return told(requests.post(f"{server.url}/v1/validations", data, headers={**server.headers, **JSON}, timeout=300))


def filled(row: str, megabytes: int) -> bytes:
    """A table of nothing but one row, of so many megabytes."""
    rows = ",".join([row] * (megabytes * MIB // (len(row) + 1)))
    return f'{{"header": {json.dumps(HEADER)}, "rows": [{rows}]}}'.encode()


def a_list_of_flaws(one: str, megabytes: int) -> Callable[[Served], str]:
    def call(server: Served) -> str:
        body = json.dumps({"header": HEADER, "rows": [["Insert", "nobody"]]})
        headers = {**server.headers, **JSON}
        sent = requests.post(
            f"{server.url}/v1/uploads", body, headers={**headers, "Idempotency-Key": "flaws"}, timeout=60
        )
        upload_id = sent.json().get("id", "0" * 32)
        flaws = ('{"leave_out": [' + ",".join([one] * (megabytes * MIB // (len(one) + 1))) + "]}").encode()
        return told(requests.put(f"{server.url}/v1/uploads/{upload_id}/fixes", flaws, headers=headers, timeout=300))

    return call


def wrong_csv(rows: int, row: Callable[[int], str]) -> Callable[[Served], str]:
    def call(server: Served) -> str:
        text = "\n".join([",".join(HEADER), *(row(number) for number in range(rows))])
        return told(
            requests.post(
                f"{server.url}/v1/validations", files={"file": ("a.csv", text.encode())}, headers=server.headers,
                timeout=300,
            )
        )  # fmt: skip

    return call


def many_posts(server: Served) -> str:
    """120 small files at once that take long to read, by one person."""
    hostile = HOSTILE_FILES["deep nesting in the strings"]
    with tempfile.TemporaryDirectory() as folder:
        body = hostile.make(Path(folder) / "a").read_bytes()

    def post(_number: int) -> str:
        file = {"file": ("a.xlsx", body)}
        return told(requests.post(f"{server.url}/v1/validations", files=file, headers=server.headers, timeout=300))

    with ThreadPoolExecutor(120) as threads:
        return counted(threads.map(post, range(120)))


def line_to(server: Served) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((str(parts.hostname), parts.port or 80), timeout=30)


def head(server: Served, *headers: str) -> bytes:
    token = f"Authorization: {server.headers['Authorization']}"
    lines = ["POST /v1/validations HTTP/1.1", "Host: test", token, "Content-Type: application/json", *headers]
    return "\r\n".join([*lines, "", ""]).encode()


def in_crumbs(server: Served) -> str:
    """A body in chunks of one byte, as fast as they go, again and again."""
    crumbs, ends = b"1\r\n \r\n" * 10_000, 0
    until = time.monotonic() + 8
    while time.monotonic() < until:
        with line_to(server) as line, contextlib.suppress(OSError):
            ends += 1
            line.sendall(head(server, "Transfer-Encoding: chunked"))
            while time.monotonic() < until:
                line.sendall(crumbs)
    return f"let go {ends} times"


def nobody_reads(server: Served) -> str:
    """Large answers of which nothing is read."""
    body = filled('["Insert", "nobody", "X", "x"]', 1)
    with ExitStack() as held:
        for _ in range(20):
            line = held.enter_context(line_to(server))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            with contextlib.suppress(OSError):
                line.sendall(head(server, f"Content-Length: {len(body)}") + body)
        time.sleep(15)
    return "20 times"


def held(number: int, said: bytes) -> Callable[[Served], str]:
    """So many connections that are held open, and the same said on each."""

    def call(server: Served) -> str:
        with ExitStack() as all_held:
            for _ in range(number):
                with contextlib.suppress(OSError):
                    line = all_held.enter_context(line_to(server))
                    line.sendall(said)
            time.sleep(5)
        return f"{number} connections"

    return call


def bodies_that_stop(server: Served) -> str:
    with ExitStack() as all_held:
        for _ in range(300):
            with contextlib.suppress(OSError):
                line = all_held.enter_context(line_to(server))
                line.sendall(head(server, "Content-Length: 90000000") + b" " * 100_000)
        time.sleep(5)
    return "300 connections"


def wanted_no_more(server: Served) -> str:
    """A body that goes on after the answer that nobody wants it."""
    until, sent = time.monotonic() + 5, 0
    while time.monotonic() < until:
        with line_to(server) as line, contextlib.suppress(OSError):
            line.sendall(b"POST /v1/validations HTTP/1.1\r\nHost: test\r\nContent-Length: 1000000000000\r\n\r\n")
            while time.monotonic() < until:
                line.sendall(b" " * 65_536)
                sent += 65_536
    return f"{sent // MIB:,} MB sent"


CALLS: Final[dict[str, Callable[[Served], str]]] = {
    "fixes: 1 MB of flaws": a_list_of_flaws('"x"', 1),
    "fixes: 5 MB of flaws": a_list_of_flaws('"x"', 5),
    "a table of 95 MB of empty rows": lambda server: validated(server, filled("[]", 95)),
    "a table of 95 MB of objects": lambda server: validated(server, filled("{}", 95)),
    "a table of 95 MB, one row": lambda server: validated(server, filled(f"[{','.join(['1'] * (47 * MIB))}]", 95)),
    "a table of a million equal rows": lambda server: validated(server, filled('["Insert","S","X","2026-01-01"]', 30)),
    "300,000 wrong rows of .csv": wrong_csv(300_000, lambda number: f"x{number},y{number},z{number},w{number}"),
    "a million equal rows of .csv": wrong_csv(1_000_000, lambda _number: "Insert,nobody,X,2026-01-01"),
    "a million wrong rows of .csv": wrong_csv(1_000_000, lambda number: f"Insert,y{number},z{number},w{number}"),
    "120 small files at once": many_posts,
    "a body in crumbs": in_crumbs,
    "answers that nobody reads": nobody_reads,
    "a body that nobody wants": wanted_no_more,
    "1,200 connections that say nothing": held(1200, b""),
    "1,200 connections that begin to ask": held(1200, b"POST /v1/validations HTTP/1.1\r\nHost: te"),
    "300 bodies that stop": bodies_that_stop,
}


if __name__ == "__main__":
    main()
