"""How long everybody waits when everybody uploads at once: from submit to `complete`.

    python -m benchmarks.load [--administrators 50] [--rows 600] [--participants 20000]

Each administrator of one sample agency submits as many valid rows at the same moment, each over a connection of their
own, and looks every half second what has become of them, as the add-in does. First against one `caseload-server serve`
on SQLite, then against two web and two worker processes on a PostgreSQL of the benchmark's own that keeps what it is
told (fsync on). All uploads must complete, and every row must be there once; what is printed is the median, the 95th
percentile and the slowest of the administrators' waits.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import date
from typing import Any

import requests
from sqlalchemy import func, insert, select

from benchmarks.upload import COMMAND, until_ready
from server.records.database import open_database, reading, writing
from server.records.sample.rows import upload_rows
from server.records.sites import find_site
from server.records.tables import assignments, staff, uploads
from server.records.tokens import create_token
from tests.support.hosts import free_ports
from tests.support.postgresql import NoPostgresql, cluster

LOOK_SECONDS = 0.5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--administrators", type=int, default=50)
    parser.add_argument("--rows", type=int, default=600)
    parser.add_argument("--participants", type=int, default=20_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="caseload-load-") as folder:
        print(
            f"{asked.administrators} administrators, {asked.rows:,} rows each at once, {asked.participants:,} "
            f"participants, {os.cpu_count()} cores"
        )
        report("SQLite, one web and one worker process", f"sqlite:///{folder}/caseload.db", asked, 1, 0)
        try:
            with cluster(options="") as running:
                subprocess.run([running.programs / "createdb", "-h", "127.0.0.1", "-p", str(running.port),
                                "-U", "caseload", "load"], check=True)  # fmt: skip
                report("PostgreSQL, two web and two worker processes", running.url + "load", asked, 2, 2)
        except NoPostgresql as missing:
            print(missing)


def report(title: str, url: str, asked: argparse.Namespace, webs: int, workers: int) -> None:
    """Runs the load against a fresh agency and prints its line."""
    settings = {**os.environ, "CASELOAD_DATABASE_URL": url, "CASELOAD_SECRET_KEY": "a key for the benchmark alone"}
    subprocess.run(
        [COMMAND, "sample", "--participants", str(asked.participants), "--json"],
        env=settings, check=True, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    tokens, bodies, before = prepared(url, asked.administrators, asked.rows)
    with serving(settings, webs, workers) as addresses:
        waits = everybody(addresses, tokens, bodies)
    check(url, asked, before)
    waits.sort()
    p95 = waits[math.ceil(len(waits) * 0.95) - 1]
    print(
        f"{title}: median {statistics.median(waits):.1f} s, p95 {p95:.1f} s, slowest {waits[-1]:.1f} s, "
        f"{asked.administrators * asked.rows / waits[-1]:,.0f} rows a second",
        flush=True,
    )


def prepared(url: str, people: int, rows: int) -> tuple[list[str], list[bytes], int]:
    """A token for each of so many administrators, what each of them submits, and how many assignments there are."""
    engine = open_database(url)
    try:
        with writing(engine) as connection:
            site_id = find_site(connection).site_id
            tokens = []
            for number in range(people):
                named = {"staff_id": f"LOAD{number}", "first_name": "Load", "last_name": str(number)}
                rights = {"active": True, "caseload_access": True, "administrator": True}
                connection.execute(insert(staff).values(site_id=site_id, **named, **rights))
                tokens.append(create_token(connection, site_id, named["staff_id"], days=1))
        with reading(engine) as connection:
            header, made = upload_rows(connection, site_id, people * rows, 0, 1, date.today().isoformat())
            before = connection.execute(select(func.count()).select_from(assignments)).scalar_one()
    finally:
        engine.dispose()
    if len(made) < people * rows:
        raise SystemExit(f"The sample agency has room for {len(made):,} rows only: give it more --participants.")
    # One person's rows stay together, as in one agency nobody else works on them at the same time.
    place = header.index("Participant ID")
    made.sort(key=lambda row: row[place])
    parts = [made[number * rows : (number + 1) * rows] for number in range(people)]
    return tokens, [json.dumps({"header": header, "rows": part}).encode() for part in parts], int(before)


@contextmanager
def serving(settings: dict[str, str], webs: int, workers: int) -> Iterator[list[str]]:
    """So many web and worker processes, ready to answer; without workers of their own the one web has one beside it."""
    ports = free_ports(webs)
    with ExitStack() as running:
        for port in ports:
            run(running, settings, "serve", "--port", str(port), *(["--no-worker"] if workers else []))
        for _ in range(workers):
            run(running, settings, "worker")
        addresses = [f"http://127.0.0.1:{port}" for port in ports]
        for address in addresses:
            until_ready(address)
        yield addresses


def run(running: ExitStack, settings: dict[str, str], *words: str) -> None:
    process = subprocess.Popen([COMMAND, *words], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running.callback(process.wait, 60)
    running.callback(process.terminate)


def everybody(addresses: Sequence[str], tokens: Sequence[str], bodies: Sequence[bytes]) -> list[float]:
    """The seconds that each waited, from their submit to `complete`."""
    start = threading.Barrier(len(tokens))
    waits: list[float] = []
    wrong: list[Any] = []

    def one(number: int) -> None:
        address = addresses[number % len(addresses)]
        headers = {"Authorization": f"Bearer {tokens[number]}"}
        sent = {**headers, "Content-Type": "application/json", "Idempotency-Key": f"load-{number}"}
        with requests.Session() as session:
            start.wait()
            began = time.perf_counter()
            upload = session.post(f"{address}/v1/uploads", bodies[number], headers=sent, timeout=300).json()
            while upload.get("state") in ("received", "validating", "writing"):
                time.sleep(LOOK_SECONDS)
                upload = session.get(f"{address}/v1/uploads/{upload['id']}", headers=headers, timeout=300).json()
            waits.append(time.perf_counter() - began)
            if upload.get("state") != "complete":
                wrong.append(upload)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(len(tokens))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong or len(waits) != len(tokens):
        raise SystemExit(f"{len(tokens) - len(waits) + len(wrong)} uploads did not complete: {wrong[:1]}")
    return waits


def check(url: str, asked: argparse.Namespace, before: int) -> None:
    """Ends the benchmark when a row is missing, or there twice."""
    engine = open_database(url)
    try:
        with reading(engine) as connection:
            accepted = connection.execute(select(func.sum(uploads.c.accepted))).scalar_one()
            begun = connection.execute(
                select(func.count()).select_from(assignments).where(assignments.c.begun_by.is_not(None))
            ).scalar_one()
            ended = connection.execute(
                select(func.count()).select_from(assignments).where(assignments.c.ended_by.is_not(None))
            ).scalar_one()
            now = connection.execute(select(func.count()).select_from(assignments)).scalar_one()
    finally:
        engine.dispose()
    if not accepted == begun + ended == asked.administrators * asked.rows or now != before + begun:
        raise SystemExit(f"{accepted} rows accepted, {begun} begun and {ended} ended, {now - before} more: wrong.")


if __name__ == "__main__":
    main()
