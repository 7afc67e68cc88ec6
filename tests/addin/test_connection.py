"""Whatever the network or the server does, the client ends in one plain sentence, and repeats what may be repeated."""

from __future__ import annotations

import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import repeat
from pathlib import Path
from threading import Thread

import pytest

from addin.api import adapter
from addin.api.client import Client
from addin.api.connection import SAFE, server_address
from addin.errors import ClientError
from tests.support.answers import HTML, UPLOAD, answering, as_json, broken_off, problem
from tests.support.own_server import Server, free_port, program

TOKEN = "clt_do-not-show-this"


def test_a_server_that_is_away_is_named_and_the_rows_are_safe() -> None:
    with Client(f"http://127.0.0.1:{free_port()}", TOKEN, retries=0) as client, pytest.raises(ClientError) as stopped:
        client.me()
    assert stopped.value.code == "server-away"
    assert client.url in stopped.value.sentence
    assert stopped.value.sentence.endswith(SAFE)


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (HTML, "not-caseload", "is not a caseload server"),
        ((404, {"Content-Type": "text/html"}, b"nothing here"), "not-caseload", "is not a caseload server"),
        ((200, {"Content-Type": "application/json"}, b"{broken"), "not-caseload", "is not a caseload server"),
        (as_json(["a", "list"]), "not-caseload", "is not a caseload server"),
        ((302, {"Location": "http://127.0.0.1:1/login"}, b""), "not-caseload", "sign in first"),
        ((503, {"Content-Type": "text/plain"}, b"busy"), "server-away", "not available right now"),
        (problem(401, "token-expired", "x"), "token-expired", "Your token has expired. Ask your site administrator"),
        (problem(401, "token-revoked", "x"), "token-revoked", "Your token was revoked. Ask your site administrator"),
        (problem(401, "token-invalid", "x"), "token-invalid", "does not know your token. Ask your site administrator"),
        (problem(403, "not-allowed", "Only administrators may."), "not-allowed", "Only administrators may."),
        (problem(409, "key-used", "That key is used."), "key-used", "That key is used."),
        (problem(429, "too-many-waiting", "Too many wait."), "too-many-waiting", f"Too many wait. {SAFE}"),
        (problem(500, "internal", "The server failed."), "internal", f"The server failed. {SAFE}"),
    ],
)
def test_every_odd_answer_is_one_sentence(answer: tuple[int, dict[str, str], bytes], code: str, said: str) -> None:
    with answering(answer) as (url, _), Client(url, TOKEN, retries=0) as client, pytest.raises(ClientError) as stopped:
        client.me()
    assert stopped.value.code == code
    assert said in stopped.value.sentence
    assert TOKEN not in stopped.value.sentence
    assert "\n" not in stopped.value.sentence


@pytest.mark.parametrize("retries", [0, 1])
def test_a_server_that_takes_too_long_is_told_as_such(retries: int) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Client(url, TOKEN, retries, answer_seconds=0.1) as client, pytest.raises(ClientError) as stopped:
            client.me()
    assert "takes too long to answer" in stopped.value.sentence


def test_an_answer_of_another_version_is_told_as_such() -> None:
    answer = as_json(UPLOAD | {"colour": "blue"})
    with answering(answer) as (url, _), Client(url, TOKEN) as client, pytest.raises(ClientError) as stopped:
        client.upload("u1")
    assert stopped.value.code == "version-mismatch"


def test_a_call_is_repeated_when_the_server_is_busy_with_the_same_key() -> None:
    busy = (503, {"Retry-After": "0"}, b"")
    with answering(busy, busy, as_json(UPLOAD)) as (url, kept), Client(url, TOKEN) as client:
        assert client.submit({"header": [], "rows": []}, "key-1").id == "u1"
    assert [headers["Idempotency-Key"] for _, _, headers in kept.asked] == ["key-1"] * 3


def test_a_call_whose_answer_breaks_off_is_sent_again_whole(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("Update or Insert\nInsert\n")
    whole = as_json(UPLOAD)
    with answering(broken_off(*whole), whole) as (url, kept), Client(url, TOKEN) as client:
        assert client.submit_file(file, "key-1").id == "u1"
    assert [headers["Idempotency-Key"] for _, _, headers in kept.asked] == ["key-1"] * 2
    assert [b"Update or Insert\nInsert\n" in body for body in kept.bodies] == [True, True]


def test_a_server_whose_answers_always_break_off_is_told_as_away() -> None:
    with (
        answering(broken_off(*as_json(UPLOAD))) as (url, kept),
        Client(url, TOKEN) as client,
        pytest.raises(ClientError) as stopped,
    ):
        client.upload("u1")
    assert (stopped.value.code, len(kept.asked)) == ("server-away", 2)


def squeezed() -> Iterator[bytes]:
    """Megabytes, in a few bytes."""
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    yield pack.compress(b" " * 8_000_000) + pack.flush()


JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ENDLESS: dict[str, tuple[bytes, Callable[[], Iterator[bytes]], str]] = {
    "endless": (JSON + b"Content-Length: 99999999999\r\n\r\n", lambda: repeat(b" " * 65536), "sends more than any"),
    "chunks": (JSON + b"Transfer-Encoding: chunked\r\n\r\n", lambda: repeat(b"2000\r\n%8192d\r\n" % 1), "sends more"),
    "squeezed": (JSON + b"Content-Encoding: gzip\r\n\r\n", squeezed, "sends more than any"),
    "slow": (JSON + b"Content-Length: 99999\r\n\r\n", lambda: repeat(b" "), "takes too long to answer"),
    "slow chunks": (JSON + b"Transfer-Encoding: chunked\r\n\r\n", lambda: repeat(b"1\r\n \r\n"), "takes too long"),
    "slow headers": (b"HTTP/1.1 200 OK\r\nX: ", lambda: repeat(b"x"), "takes too long"),
}
"""How an answer begins, what comes then without end, and what is said of it."""


@pytest.mark.parametrize("kind", ENDLESS)
def test_an_answer_without_end_is_given_up_in_one_sentence(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a byte comes: the limits of a socket count from one to the next."""
    monkeypatch.setattr(adapter, "MOST_OF_ANOTHER", 2_000_000)
    begin, more, said = ENDLESS[kind]
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with listening.accept()[0] as line, suppress(OSError):
                line.recv(65536)
                line.sendall(begin)
                for piece in more():
                    line.sendall(piece)
                    time.sleep(0.02 if "slow" in kind else 0)

        Thread(target=answer, daemon=True).start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with Client(url, TOKEN, retries=0, answer_seconds=0.5) as client, pytest.raises(ClientError, match=said):
            client.me()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://caseload.example.org/", "https://caseload.example.org"),
        ("caseload.example.org", "https://caseload.example.org"),
        ("localhost:8741", "http://localhost:8741"),
        ("127.0.0.1:8741/v1", "http://127.0.0.1:8741"),
        (" https://host:1/caseload/ ", "https://host:1/caseload"),
        ("http://127.0.0.1:1/caseload/", "http://127.0.0.1:1/caseload"),
        ("http://[::1]:8741", "http://[::1]:8741"),
    ],
)
def test_an_address_is_taken_as_people_write_it(given: str, used: str) -> None:
    assert server_address(given) == used


@pytest.mark.parametrize(
    "given", ["", "  ", "ftp://host", "http://", "http://a b", "http://host:notaport", "http://u:p@h"]
)
def test_what_is_no_address_is_told_as_such(given: str) -> None:
    with pytest.raises(ClientError) as stopped:
        server_address(given)
    assert stopped.value.code == "no-address"


@pytest.mark.parametrize(
    "given",
    ["http://caseload.example.org", "HTTP://10.0.0.5:8741", "http://127.0.0.1.example.org", "http://localhost.example"],
)
def test_another_computer_s_address_without_tls_is_refused_before_a_token_or_a_row_is_sent(given: str) -> None:
    with pytest.raises(ClientError) as stopped:
        Client(given, TOKEN)
    assert stopped.value.code == "not-secure"
    assert "begins with https://" in stopped.value.sentence


def test_a_line_of_netrc_does_not_take_the_token_s_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password another\n", "ascii")
    monkeypatch.setenv("NETRC", str(netrc))
    with answering(as_json({})) as (url, kept), Client(url, TOKEN, retries=0) as client:
        client.health()
    assert kept.asked[0][2]["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "ünicode"])
def test_what_is_no_token_is_told_without_showing_it(token: str) -> None:
    with pytest.raises(ClientError) as stopped:
        Client("http://localhost", token)
    assert stopped.value.code == "token-invalid"
    assert not token or token not in stopped.value.sentence


def test_a_client_never_shows_its_token() -> None:
    assert TOKEN not in repr(Client("http://localhost", TOKEN))


def test_without_a_token_the_sentence_says_that_none_is_set(agency: Server) -> None:
    with Client(agency.url, None) as client, pytest.raises(ClientError, match="No token is set for") as stopped:
        client.me()
    assert stopped.value.code == "token-missing"


def test_a_revoked_token_is_told_as_such(agency: Server) -> None:
    token = agency.token_for("S2")
    listed = json.loads(program(agency.environment, "token", "list", "--json"))["tokens"]
    number = next(entry["number"] for entry in listed if entry["staff_id"] == "S2")
    program(agency.environment, "token", "revoke", str(number))
    with agency.client(token) as client, pytest.raises(ClientError, match="Your token was revoked"):
        client.me()
