"""How long an upload takes, from the HTTP submit to `complete`, and how much memory, beside the floor of the same run.

    python -m benchmarks.upload [--participants 100000] [--assignments 250000] [--runs 3] [--wrong 5000] [ROWS …]

A real `caseload-server` on SQLite serves a sample agency. For each number of rows and each form (.xlsx, JSON table)
the same valid Inserts are submitted, and the floor is measured right after, in a process of its own: reading the
same bytes (python-calamine, or `json`) plus the driver's bulk insert of the same assignments into the same
database, in one transaction. Each run starts from the same database. What is printed is the median of the runs;
memory is the largest of the server's processes at its peak (where /proc tells).
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import multiprocessing
import os
import random
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import requests
from python_calamine import CalamineWorkbook

from benchmarks.slips import name_slip
from server.records.database import open_database, reading
from server.records.sample.rows import upload_rows
from server.records.sites import find_site
from workbook.columns import BIRTH_DATE, FIRST_NAME, LAST_NAME, PARTICIPANT_ID

COMMAND = Path(sys.executable).with_name("caseload-server")
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Measured(NamedTuple):
    seconds: float
    megabytes: float


class Served(NamedTuple):
    url: str
    headers: dict[str, str]
    process: subprocess.Popen[bytes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[600, 10_000, 100_000])
    parser.add_argument("--participants", type=int, default=100_000)
    parser.add_argument("--assignments", type=int, default=250_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--wrong", type=int, default=5_000, help="rows that name somebody wrongly")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="caseload-benchmark-") as folder:
        agency = Path(folder) / "agency.db"
        make_agency(agency, asked.participants, asked.assignments)
        print(f"{asked.participants:,} participants, {asked.assignments:,} assignments, SQLite, {os.cpu_count()} cores")
        show_validation(agency, asked.wrong)
        print(f"{'rows':>8}  {'form':5} {'end to end':>11} {'floor':>8} {'ratio':>6} {'peak memory':>12}")
        for count in asked.rows:
            header, rows = rows_for(agency, count, mistakes=0)
            for form, body in (("xlsx", as_xlsx(header, rows)), ("json", as_json(header, rows))):
                runs = [upload(agency, form, body, count) for _ in range(asked.runs)]
                floors = [floor(agency, form, body, count) for _ in range(asked.runs)]
                seconds = statistics.median(run.seconds for run in runs)
                beneath = statistics.median(floors)
                print(
                    f"{count:>8,}  {form:5} {seconds:>9.2f} s {beneath:>6.2f} s {seconds / beneath:>6.2f} "
                    f"{max(run.megabytes for run in runs):>9.0f} MB",
                    flush=True,
                )


def make_agency(path: Path, participants: int, assignments: int) -> None:
    sizes = ("--participants", str(participants), "--assignments", str(assignments))
    subprocess.run([COMMAND, "sample", *sizes, "--json"], env=environment(path), check=True, stdout=subprocess.DEVNULL)


def rows_for(agency: Path, count: int, mistakes: int) -> tuple[list[str], list[list[str]]]:
    """Rows for the sample agency: valid Inserts and Updates, `mistakes` of them spoiled."""
    engine = open_database(f"sqlite:///{agency}")
    try:
        with reading(engine) as connection:
            site = find_site(connection)
            return upload_rows(connection, site.site_id, count, mistakes, 1, date.today().isoformat())
    finally:
        engine.dispose()


def as_xlsx(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    """The rows as a workbook of text cells, as a person's own spreadsheet would hold them."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Caseload")
    sheet.append(list(header))
    for row in rows:
        sheet.append([cell or None for cell in row])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def as_json(header: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    return json.dumps({"header": header, "rows": rows}).encode()


def show_validation(agency: Path, wrong: int) -> None:
    """600 rows of which 25 carry a mistake, and `wrong` that name somebody wrongly each, checked again and again: the
    round trip on loopback, HTTP included."""
    header, rows = rows_for(agency, 600, mistakes=25)
    with served(agency) as server:
        _show_validation(server, as_json(header, rows), "600 rows", 20)
        for told in ("names", "names and birth dates"):
            body = as_json(*wrong_people(agency, wrong, birth_dates="birth" in told))
            _show_validation(server, body, f"{wrong:,} wrong {told}", 5)


def _show_validation(server: Served, body: bytes, what: str, times: int) -> None:
    took = []
    for _ in range(1 + times):
        began = time.perf_counter()
        answer = requests.post(f"{server.url}/v1/validations", body, headers=json_headers(server), timeout=60)
        took.append(time.perf_counter() - began)
    fixes = answer.json()["fixes"]
    print(
        f"validation of {what}: {len(fixes):,} distinct mistakes, suggestions for "
        f"{sum(bool(one['suggestions']) for one in fixes):,}: first {took[0]:.2f} s, "
        f"then median {statistics.median(took[1:]):.2f} s round trip",
        flush=True,
    )


def wrong_people(agency: Path, count: int, *, birth_dates: bool) -> tuple[list[str], list[list[str]]]:
    """Rows that name a participant each, without an ID and with a slip of the finger in the last name."""
    header, rows = rows_for(agency, count, mistakes=0)
    chance = random.Random(1)
    connection = sqlite3.connect(agency)
    people = connection.execute(
        "SELECT first_name, last_name, birth_date FROM participants WHERE first_name > '' AND last_name > ''"
    ).fetchall()
    connection.close()
    for row, (first_name, last_name, birth_date) in zip(rows, chance.sample(people, len(rows)), strict=True):
        told = [first_name, name_slip(last_name, chance), birth_date if birth_dates else ""]
        for column, cell in zip((PARTICIPANT_ID, FIRST_NAME, LAST_NAME, BIRTH_DATE), ("", *told), strict=True):
            row[header.index(column)] = cell
    return header, rows


def upload(agency: Path, form: str, body: bytes, count: int) -> Measured:
    """One upload to a server of its own, from the first byte sent until it is told to be complete."""
    with copied(agency) as database, served(database) as server, watched(server.process.pid) as peaks:
        began = time.perf_counter()
        if form == "xlsx":
            answer = requests.post(
                f"{server.url}/v1/uploads",
                files={"file": ("rows.xlsx", body, SPREADSHEET)},
                headers={**server.headers, "Idempotency-Key": "one"},
                timeout=300,
            )
        else:
            answer = requests.post(
                f"{server.url}/v1/uploads",
                body,
                timeout=300,
                headers={**json_headers(server), "Idempotency-Key": "one"},
            )
        answer.raise_for_status()
        state = wait(server, answer.json()["id"])
        seconds = time.perf_counter() - began
        if state["state"] != "complete" or state["accepted"] != count:
            raise SystemExit(f"The upload of {count} rows ended otherwise than it should: {state}")
    return Measured(seconds, max(peaks.values(), default=float("nan")))


def wait(server: Served, upload_id: str) -> dict[str, Any]:
    with requests.Session() as session:
        while True:
            answer = session.get(f"{server.url}/v1/uploads/{upload_id}", headers=server.headers, timeout=60)
            state: dict[str, Any] = answer.json()
            if state["state"] not in ("received", "validating", "writing"):
                return state
            time.sleep(0.02)


def floor(agency: Path, form: str, body: bytes, count: int) -> float:
    """The least that the same rows could take: reading the bytes, and one bulk insert through the driver."""
    with copied(agency) as database:
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            return pool.apply(_floor, (str(database), form, body, records_of(database, count)))


def records_of(database: Path, count: int) -> list[tuple[Any, ...]]:
    """As many assignments as there are rows, of people and programs that exist."""
    connection = sqlite3.connect(database)
    site, next_record = connection.execute("SELECT id, next_record FROM sites").fetchone()
    like = connection.execute(
        "SELECT participant_key, program_key, staff_key, relationship_key, status_key FROM assignments LIMIT ?",
        (count,),
    ).fetchall()
    connection.close()
    return [
        (site, next_record + place, *like[place % len(like)], "2026-01-05", "", None, 1, "0" * 32, None)
        for place in range(count)
    ]


def _floor(database: str, form: str, body: bytes, records: list[tuple[Any, ...]]) -> float:
    began = time.perf_counter()
    if form == "xlsx":
        read = sum(1 for _ in CalamineWorkbook.from_filelike(io.BytesIO(body)).get_sheet_by_index(0).iter_rows())
    else:
        read = len(json.loads(body)["rows"])
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(f"INSERT INTO assignments VALUES ({', '.join('?' * len(records[0]))})", records)
    connection.execute("COMMIT")
    connection.close()
    assert read >= len(records)
    return time.perf_counter() - began


@contextmanager
def copied(agency: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=agency.parent) as folder:
        copy = Path(folder) / "agency.db"
        shutil.copy(agency, copy)
        yield copy


@contextmanager
def served(database: Path) -> Iterator[Served]:
    """A real server on a free loopback port, ready to answer, with a token of the administrator."""
    settings = environment(database)
    answer = subprocess.run([COMMAND, "token", "create", "S1", "--json"], env=settings, check=True, capture_output=True)
    token = json.loads(answer.stdout)["token"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", str(port)], env=settings, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until_ready(url)
        yield Served(url, {"Authorization": f"Bearer {token}"}, process)
    finally:
        process.terminate()
        process.wait(60)


def until_ready(url: str) -> None:
    for _ in range(300):
        try:
            if requests.get(f"{url}/v1/health", timeout=5).ok:
                time.sleep(1)  # the worker beside it starts, too
                return
        except requests.ConnectionError:
            time.sleep(0.1)
    raise SystemExit("The server did not come up within half a minute.")


def json_headers(server: Served) -> dict[str, str]:
    return {**server.headers, "Content-Type": "application/json"}


def environment(database: Path) -> dict[str, str]:
    """A database's settings. The key is told, for a copy of a database knows no other."""
    url, key = f"sqlite:///{database}", "a key for the benchmark alone"
    return {**os.environ, "CASELOAD_DATABASE_URL": url, "CASELOAD_SECRET_KEY": key}


@contextmanager
def watched(parent: int) -> Iterator[dict[int, float]]:
    """The peak of each process of a family in megabytes, of those too that end meanwhile; none where /proc does not
    tell."""
    peaks: dict[int, float] = {}
    stopped = threading.Event()

    def look() -> None:
        for process in family(parent):
            with contextlib.suppress(OSError):  # it has ended
                status = Path(f"/proc/{process}/status").read_text()
                peaks.update((process, int(line.split()[1]) / 1024) for line in status.splitlines() if "VmHWM" in line)

    def watch() -> None:
        while not stopped.wait(0.05):
            look()

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        look()
        stopped.set()
        thread.join()


def family(parent: int) -> list[int]:
    """A process and all below it, whichever thread started them."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    members = [parent]
    for member in members:
        members += [process for process, above in parents.items() if above == member]
    return members


if __name__ == "__main__":
    main()
