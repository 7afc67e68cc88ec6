"""What an attacker, or a bad day, costs the others: files and calls that are made to hurt, slow and held connections.

    python -m benchmarks.hostile [--small] [NAME …]

A real `caseload-server serve` on SQLite is sent every file of `tests/support/hostile_files.py`, the largest too (but
with `--small`), one after the other and then four at once; then come the calls of `benchmarks.hostile_calls`, the large
ones but with `--small`. All of that is done by one person with a token, or by nobody. Somebody else, in a process of
their own, asks `/v1/health` twenty times a second and validates 600 rows with 25 mistakes four times a second, in turns
as a table and as a workbook. Memory is that of all processes of the server together (where /proc tells).

The promise: `/v1/health` within 50 ms and the other's validation within 1 s in 95 of 100 calls, 3 GB, and nobody else
refused.
"""

from __future__ import annotations

import argparse
import json
import math
import multiprocessing
import os
import subprocess
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import requests

from benchmarks.hostile_calls import CALLS, JSON, LARGE_CALLS, counted, told
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
from tests.support.hostile_files import HOSTILE_FILES, Hostile


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
    hurting = CALLS if asked.small else LARGE_CALLS | CALLS
    calls = {name: one for name, one in hurting.items() if wanted(name, asked.names)}
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
    command = [str(COMMAND), "token", "create", staff_id, "--json"]
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


if __name__ == "__main__":
    main()
