"""What is not read yet of answers: it waits on disk, is so much for each person, and takes nobody else's place."""

from __future__ import annotations

import contextlib
import errno
import gc
import json
import socket
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from server.http import desk, long_answers, protocol
from server.http.protocol import PatientProtocol
from server.records.database import writing
from server.records.tokens import create_token
from tests.server.http.test_hostile_calls import JSON, head
from tests.support.served import Agency, Api, agency_in, insert, table, web

BLOCK = 16_384
BODY = json.dumps(table(*[insert(f"X{number}", f"Q{number}", f"Nobody {number}") for number in range(900)])).encode()


@pytest.fixture(scope="module")
def agency(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Agency]:
    with agency_in(tmp_path_factory.mktemp("unread")) as made:
        yield made


@pytest.fixture(scope="module")
def people(agency: Agency, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Api]]:
    with web(agency.settings(tmp_path_factory.mktemp("server")), agency.engine) as address:
        yield {staff_id: Api(address, token) for staff_id, token in agency.tokens.items()}


@pytest.fixture(autouse=True)
def little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that answers of a hundred thousand bytes are long."""
    monkeypatch.setattr(long_answers, "BLOCK", BLOCK)
    monkeypatch.setattr(protocol, "_SENDING_BUFFER", 4096)


def validated(api: Api) -> bytes:
    return head(api, JSON, f"Content-Length: {len(BODY)}") + BODY


@contextlib.contextmanager
def unread(api: Api, call: bytes, number: int) -> Iterator[list[socket.socket]]:
    """Lines on which the answer to a call has begun, and nobody reads it."""
    parts, lines = urlsplit(api.address), list[socket.socket]()
    with contextlib.ExitStack() as held:
        for _ in range(number):
            line = held.enter_context(socket.socket())
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.settimeout(30)
            line.connect((str(parts.hostname), parts.port or 80))
            line.sendall(call)
            assert line.recv(12) == b"HTTP/1.1 200"
            lines.append(line)
        yield lines
    until = time.monotonic() + 20
    while any(api.get(path).status_code != 200 for path in ("/v1/template?format=csv", "/v1/tokens")):
        assert time.monotonic() < until


def test_answers_that_nobody_reads_are_not_kept_in_memory(people: dict[str, Api]) -> None:
    api = people["ADM"]
    whole = len(api("POST", "/v1/validations", data=BODY, headers={"Content-Type": "application/json"}).content)
    assert whole > 20 * BLOCK
    tracemalloc.start()
    try:
        with unread(api, validated(api), desk.MOST_EACH):
            until = time.monotonic() + 20
            while tracemalloc.get_traced_memory()[0] > desk.MOST_EACH * whole / 3:
                assert time.monotonic() < until
                gc.collect()
                time.sleep(0.1)
    finally:
        tracemalloc.stop()


def test_what_was_on_disk_is_read_to_its_end(people: dict[str, Api], monkeypatch: pytest.MonkeyPatch) -> None:
    api = people["ADM"]

    def answer() -> Any:
        return api("POST", "/v1/validations", data=BODY, headers={"Content-Type": "application/json"}).json()

    from_disk = answer()
    monkeypatch.setattr(long_answers, "BLOCK", 1_000_000_000)
    assert from_disk == answer()


def test_where_the_disk_is_full_what_was_done_is_told_all_the_same(
    people: dict[str, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> object:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.TemporaryFile", full)
    answer = people["ADM"]("POST", "/v1/validations", data=BODY, headers={"Content-Type": "application/json"})
    assert [answer.status_code, len(answer.json()["problems"]) > 900] == [200, True]


def test_whoever_leaves_many_answers_unread_is_told_so_and_nobody_else_notices(people: dict[str, Api]) -> None:
    api, other = people["S1"], people["ADM"]
    small = table(insert("P2"))
    with unread(api, validated(api), desk.MOST_EACH):
        refused = api.validate(small)
        assert [refused.status_code, refused.json()["code"]] == [503, "too-much-at-once"]
        assert int(refused.headers["Retry-After"]) > 0
        assert [other.validate(small).status_code, other.get("/v1/reference").status_code] == [200, 200]
        assert [api.get(path).status_code for path in ("/v1/health", "/v1/me")] == [200, 200]
    assert api.validate(small).status_code == 200, "once they are read, or given up"


def test_so_is_whoever_only_looks(agency: Agency, people: dict[str, Api]) -> None:
    with writing(agency.engine) as connection:
        for _ in range(800):
            create_token(connection, agency.site_id, "S2", 1, "for a program of mine")
    api, other = people["S2"], people["ADM"]
    with unread(api, head(api, call="GET /v1/tokens"), desk.MOST_LOOKS_EACH):
        refused = api.get("/v1/tokens")
        assert [refused.status_code, refused.json()["code"]] == [503, "too-much-at-once"]
        assert [other.get(path).status_code for path in ("/v1/health", "/v1/uploads")] == [200, 200]


def test_where_all_connections_have_unread_answers_the_oldest_make_room(
    people: dict[str, Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PatientProtocol, "most_connections", 5)
    api, other = people["S1"], people["ADM"]
    with unread(api, validated(api), 5) as lines:
        assert other.get("/v1/health").status_code == 200
        lines[0].settimeout(5)
        with contextlib.suppress(ConnectionError):
            while lines[0].recv(65_536):
                pass
        lines[4].settimeout(0.2)
        assert lines[4].recv(100), "it is still there"
