"""A large file is sent as long as it takes, and not at all, or no further, where the server does not take it."""

from __future__ import annotations

import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from addin.api import connection
from addin.api.client import Client
from addin.errors import ClientError
from tests.support.answers import answering, as_json, problem

TOKEN = "clt_do-not-show-this"
ME = {"staff_id": "S1", "name": "", "email": "", "site": "", "administrator": False, "access": []}
SIZE = 12_000_000
TABLE = {"header": ["Participant ID"], "rows": [["x" * SIZE]]}
TOO_LARGE = problem(413, "file-too-large", "The table is too large.")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.touch()
    os.truncate(path, 3_000_000)
    with answering(as_json(ME | {"most_bytes": 2_000_000})) as (url, kept), Client(url, TOKEN) as client:
        for send in (client.validate_file, lambda file: client.submit_file(file, "key")):
            with pytest.raises(ClientError, match=r"^rows\.csv is too large: it has 2\.9 MB, and at most 1\.9 MB fit"):
                send(path)
    assert [asked for _, asked, _ in kept.asked] == ["/v1/me"] * 2


@contextmanager
def server(answer: tuple[int, dict[str, str], bytes], *, early: bool, pause: float) -> Iterator[tuple[str, list[int]]]:
    """A server that answers once, before the body or after it, and reads the body at its leisure: its address, and how
    many bytes of the body it got."""
    got = [0]

    def serve() -> None:
        line, _ = listener.accept()
        with line:
            head = b""
            while b"\r\n\r\n" not in head:
                head += line.recv(1)
            status, headers, body = answer
            told = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
            told += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
            said = f"HTTP/1.1 {status} X\r\n{told}".encode() + body
            if early:
                line.sendall(said)
            while (piece := line.recv(500_000)) and (early or got[0] + len(piece) < SIZE):
                got[0] += len(piece)
                time.sleep(pause)
            if not early:
                line.sendall(said)

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", got
        thread.join(10)


def test_an_answer_that_comes_before_the_body_is_sent_is_read_and_the_rest_stays() -> None:
    with (
        server(TOO_LARGE, early=True, pause=0.005) as (url, got),
        Client(url, TOKEN, retries=0) as client,
        pytest.raises(ClientError) as refused,
    ):
        client.validate(TABLE)
    assert [refused.value.code, got[0] < SIZE] == ["file-too-large", True]


def test_a_body_may_take_longer_than_a_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_CONNECT_SECONDS", 0.1)
    done = json.dumps({"remembered": []}).encode()
    with (
        server((200, {"Content-Type": "application/json"}, done), early=False, pause=0.005) as (url, _),
        Client(url, TOKEN, retries=0) as client,
    ):
        assert client._server.object("POST", "/v1/x", json=TABLE) == {"remembered": []}
