"""Calls and connections that are made to hurt a server, for `benchmarks.hostile`: each says what came of it."""

from __future__ import annotations

import contextlib
import json
import socket
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import requests

from benchmarks.upload import Served
from tests.support.hostile_files import HOSTILE_FILES

MIB: Final = 1024 * 1024
JSON: Final = {"Content-Type": "application/json"}
HEADER: Final = [
    "Update or Insert", "Participant ID", "Program ID", "Start Date", "Caseworker Name", "Caseworker Relationship",
    "Caseload Status", "First Name", "Last Name", "Date of Birth", "Case Number", "SSN", "End Date",
    "Reason for Dismissal",
]  # fmt: skip


def told(answer: requests.Response) -> str:
    """The status, and the code where it is a refusal."""
    if answer.ok:
        return str(answer.status_code)
    return f"{answer.status_code} {answer.json().get('code')}"


def counted(answers: Any) -> str:
    return ", ".join(f"{times} × {answer}" for answer, times in Counter(answers).most_common())


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
    "120 small files at once": many_posts,
    "a body in crumbs": in_crumbs,
    "answers that nobody reads": nobody_reads,
    "a body that nobody wants": wanted_no_more,
    "1,200 connections that say nothing": held(1200, b""),
    "1,200 connections that begin to ask": held(1200, b"POST /v1/validations HTTP/1.1\r\nHost: te"),
    "300 bodies that stop": bodies_that_stop,
}
LARGE_CALLS: Final[dict[str, Callable[[Served], str]]] = {
    "a table of 95 MB of empty rows": lambda server: validated(server, filled("[]", 95)),
    "a table of 95 MB of objects": lambda server: validated(server, filled("{}", 95)),
    "a table of 95 MB, one row": lambda server: validated(server, filled(f"[{','.join(['1'] * (47 * MIB))}]", 95)),
    "a table of a million equal rows": lambda server: validated(server, filled('["Insert","S","X","2026-01-01"]', 30)),
    "300,000 wrong rows of .csv": wrong_csv(300_000, lambda number: f"x{number},y{number},z{number},w{number}"),
    "a million equal rows of .csv": wrong_csv(1_000_000, lambda _number: "Insert,nobody,X,2026-01-01"),
    "a million wrong rows of .csv": wrong_csv(1_000_000, lambda number: f"Insert,y{number},z{number},w{number}"),
}
"""Those that send tens of megabytes."""
