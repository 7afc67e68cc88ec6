"""What a connection may cost: whoever holds on to one, cuts what they send into crumbs, or reads nothing, is let go."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from server.http import protocol
from server.http.protocol import PatientProtocol
from tests.server.http.test_hostile_calls import JSON, answer_on, head, line_to
from tests.support.served import Api, agency_in, insert, table, web


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("connections")
    with agency_in(folder) as agency, web(agency.settings(folder), agency.engine) as address:
        yield Api(address, agency.tokens["ADM"])


def all_on(line: socket.socket) -> bytes:
    """What comes until the server hangs up."""
    got = b""
    with contextlib.suppress(ConnectionError):
        while piece := line.recv(65_536):
            got += piece
    return got


STRANGER = b"POST /v1/validations HTTP/1.1\r\nHost: test\r\n"
EARLY = {
    "a body that is told": b"Content-Length: 1000000\r\n\r\n{",
    "a body in chunks": b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
}


@pytest.mark.parametrize("body", EARLY)
def test_an_answer_that_comes_before_the_body_is_the_last_one(api: Api, body: str) -> None:
    with line_to(api) as line:
        line.sendall(STRANGER + EARLY[body])
        answer = all_on(line)
        assert answer.startswith(b"HTTP/1.1 401")
        assert b"\r\nconnection: close\r\n" in answer.lower()
        assert answer.count(b"HTTP/1.1") == 1


def test_whoever_goes_on_sending_can_still_read_the_answer_and_is_let_go_at_last(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol, "LINGER_SECONDS", 0.5)
    with line_to(api) as line:
        line.sendall(STRANGER + b"Content-Length: 1000000000\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            while True:
                line.sendall(b" " * 65_536)
    with line_to(api) as line:
        line.sendall(STRANGER + b"Content-Length: 1000000000\r\n\r\n" + b" " * 5_000_000)
        assert answer_on(line) == (401, "token-missing")


def test_a_connection_is_kept_when_the_whole_request_had_come(api: Api) -> None:
    with line_to(api) as line:
        for _ in range(3):
            line.sendall(STRANGER + b"Content-Length: 2\r\n\r\n{}")
            assert answer_on(line) == (401, "token-missing")


def test_a_body_in_crumbs_is_refused_and_one_in_pieces_is_not(api: Api) -> None:
    for size, outcome in ((1, (400, "body-crumbled")), (100, (400, "body-unreadable"))):
        with line_to(api) as line:
            chunk = b"%x\r\n%b\r\n" % (size, b" " * size)
            with contextlib.suppress(OSError):
                line.sendall(head(api, JSON, "Transfer-Encoding: chunked") + chunk * 600 + b"0\r\n\r\n")
            assert answer_on(line) == outcome


TWO_ENDS = {
    "both": "HTTP/1.1\r\nContent-Length: 4\r\nTransfer-Encoding: chunked",
    "both, the other way round": "HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 4",
    "chunks of HTTP/1.0": "HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked",
}


@pytest.mark.parametrize("said", TWO_ENDS)
def test_a_body_that_says_in_two_ways_where_it_ends_is_refused_and_nothing_behind_it_is_heard(
    api: Api, said: str
) -> None:
    hidden = b"GET /v1/health HTTP/1.1\r\nHost: test\r\n\r\n"
    with line_to(api) as line:
        line.sendall(head(api, JSON).replace(b"HTTP/1.1", TWO_ENDS[said].encode(), 1) + b"0\r\n\r\n" + hidden)
        answer = all_on(line)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"body-ends-twice" in answer
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


@contextlib.contextmanager
def asked_for_much(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[socket.socket, int]]:
    """A line with little room, on which a long answer was asked for, and how long it is; the server is impatient."""
    monkeypatch.setattr(protocol, "UNREAD_SECONDS", 0.4)
    monkeypatch.setattr(protocol, "SLOWEST_READER", 50_000)
    body = json.dumps(table(*[insert(f"X{number}") for number in range(900)])).encode()
    whole = len(api("POST", "/v1/validations", data=body, headers={"Content-Type": "application/json"}).content)
    parts = urlsplit(api.address)
    with socket.socket() as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.settimeout(30)
        line.connect((str(parts.hostname), parts.port or 80))
        line.sendall(head(api, JSON, f"Content-Length: {len(body)}") + body)
        yield line, whole


@pytest.mark.parametrize("at_a_time", [0, 1])
def test_whoever_reads_nothing_of_an_answer_or_byte_by_byte_is_let_go(
    api: Api, monkeypatch: pytest.MonkeyPatch, at_a_time: int
) -> None:
    with asked_for_much(api, monkeypatch) as (line, whole):
        assert line.recv(100).startswith(b"HTTP/1.1 200")
        until = time.monotonic() + 2
        while time.monotonic() < until:
            if at_a_time:
                line.recv(at_a_time)
            time.sleep(0.05)
        assert len(all_on(line)) < whole


def test_whoever_reads_slowly_gets_the_whole_answer(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with asked_for_much(api, monkeypatch) as (line, whole):
        read = 0
        while read < whole:
            read += (got := len(line.recv(20_000)))
            assert got, (read, whole)
            time.sleep(got / 400_000)


@pytest.fixture
def five(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PatientProtocol, "most_connections", 5)


def is_over(line: socket.socket) -> bool:
    line.settimeout(5)
    with contextlib.suppress(ConnectionError):
        return line.recv(1) == b""
    return True


@pytest.mark.usefixtures("five")
def test_of_too_many_connections_that_ask_for_nothing_the_oldest_make_room(api: Api) -> None:
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(line_to(api)) for _ in range(20)]
        assert [is_over(line) for line in lines[:15]] == [True] * 15
        assert api.get("/v1/health").status_code == 200


@pytest.mark.usefixtures("five")
def test_where_all_connections_are_at_work_a_further_one_is_told_so(api: Api) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(5):
            line = held.enter_context(line_to(api))
            line.sendall(head(api, JSON, "Content-Length: 1000") + b"{")
        time.sleep(0.5)
        with line_to(api) as late:
            assert answer_on(late) == (503, "busy")
    until = time.monotonic() + 20
    while api.get("/v1/health").status_code != 200:
        assert time.monotonic() < until


ALLOWED = """
import resource, sys
from server.http.protocol import allow_connections
files = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (min(files, 512), files))
print(allow_connections())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(("files", "connections"), [(256, 64), (1024, 524), (4096, 1000)])
def test_a_server_takes_no_more_connections_than_leave_it_files_to_open(files: int, connections: int) -> None:
    done = subprocess.run([sys.executable, "-c", ALLOWED, str(files)], capture_output=True, text=True, check=True)
    assert int(done.stdout) == connections
