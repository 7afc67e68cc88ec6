"""How long hostile files take, how much memory they cost, and what others notice meanwhile.

    python -m benchmarks.hostile [--small] [NAME …]

A real `caseload-server` on SQLite is sent every file of `tests/server/hostile_files.py`, the largest too (but with
`--small`), one after the other, while somebody else asks `/v1/health` twenty times a second. Memory is the largest
process of the server while it reads the file (where /proc tells). The promise: an answer within 10 s and 1 GB, and
`/v1/health` under 50 ms in 95 of 100 calls.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

from benchmarks.upload import Served, family, make_agency, served
from tests.server.hostile_files import HOSTILE_FILES, Hostile


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="parts of the names of the files; all when there is none")
    parser.add_argument("--small", action="store_true", help="leave out the largest")
    asked = parser.parse_args()
    chosen = {
        name: hostile
        for name, hostile in HOSTILE_FILES.items()
        if (not asked.names or any(part in name for part in asked.names)) and not (asked.small and hostile.large)
    }
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as folder:
        agency = Path(folder) / "agency.db"
        make_agency(agency, 1_000, 2_000)
        with served(agency) as server:
            print(f"{'seconds':>8} {'memory':>9}  {'health p95':>11}  answer")
            every: list[float] = []
            for name, hostile in chosen.items():
                line, healths = sent(server, hostile, Path(folder))
                every += healths
                print(f"{line}  {name}", flush=True)
            print(f"/v1/health meanwhile: p95 {ninety_fifth(every) * 1000:.0f} ms of {len(every):,} calls")


def sent(server: Served, hostile: Hostile, folder: Path) -> tuple[str, list[float]]:
    """One line about one file, and how long each call of `/v1/health` took meanwhile, in seconds."""
    path = hostile.make(folder / "hostile")
    with watched(server) as (healths, peaks):
        began = time.perf_counter()
        with path.open("rb") as stream:
            answer = requests.post(
                f"{server.url}/v1/validations", files={"file": (hostile.name, stream)}, headers=server.headers,
                timeout=300,
            )  # fmt: skip
        took = time.perf_counter() - began
    path.unlink()
    outcome = answer.json().get("code", answer.status_code)
    p95 = ninety_fifth(healths) * 1000
    return f"{took:>6.2f} s {max(peaks, default=0.0):>6.0f} MB {p95:>8.0f} ms  {answer.status_code} {outcome}", healths


@contextmanager
def watched(server: Served) -> Iterator[tuple[list[float], list[float]]]:
    """While the block runs: the seconds of each call of `/v1/health`, and the megabytes of the largest process."""
    healths: list[float] = []
    peaks: list[float] = []
    stopped = threading.Event()

    def ask() -> None:
        with requests.Session() as session:
            while not stopped.wait(0.05):
                began = time.perf_counter()
                session.get(f"{server.url}/v1/health", timeout=60)
                healths.append(time.perf_counter() - began)

    def look() -> None:
        while not stopped.wait(0.02):
            peaks.extend(megabytes(process) for process in family(server.process.pid))

    threads = [threading.Thread(target=ask), threading.Thread(target=look)]
    for thread in threads:
        thread.start()
    try:
        yield healths, peaks
    finally:
        stopped.set()
        for thread in threads:
            thread.join()


def megabytes(process: int) -> float:
    """What a process holds in memory now; 0 where /proc does not tell."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)


def ninety_fifth(seconds: list[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else max(seconds, default=0.0)


if __name__ == "__main__":
    main()
