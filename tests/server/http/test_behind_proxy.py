"""What is promised of bodies and connections holds behind the proxy as the docs have it, too.

Who attacks calls from one address of this computer, the others from another.
"""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.hosts import free_ports
from tests.support.proxy import certificate_in, is_open, needs_nginx, nginx
from tests.support.served import agency_in, insert, table, web
from tests.support.waiting import wait_for

pytestmark = [
    needs_nginx,
    pytest.mark.skipif(
        sys.platform != "linux", reason="calls from several addresses, which other systems have to be given"
    ),
]
ATTACKER, OTHER = "127.0.0.2", "127.0.0.3"
PATIENCE = {
    "client_header_timeout 15s;": "client_header_timeout 2s;",
    "client_body_timeout 15s;": "client_body_timeout 2s;",
}
"""Less of it than the docs have, for nobody to wait here."""
BURST = 3
TOLD = {
    **PATIENCE,
    "burst=200": f"burst={BURST}",
    "rate=50r/s": "rate=1r/m",
    # nginx is told what address a caller has: this computer has one of IPv6.
    "listen 443 ssl;": "listen 127.0.0.1:{port} ssl; set_real_ip_from 127.0.0.0/8; real_ip_header X-Test-Address;",
}
"""Few calls of one address, which is known by a header."""


@dataclass
class Proxied:
    port: int
    trusted: ssl.SSLContext
    token: str

    def line(self, source: str = ATTACKER) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(source, 0))
        return self.trusted.wrap_socket(plain, server_hostname="127.0.0.1")

    def head(self, *headers: str, call: str = "POST /v1/validations", token: bool = True) -> bytes:
        who = [f"Authorization: Bearer {self.token}"] if token else []
        return "\r\n".join([f"{call} HTTP/1.1", "Host: test", *who, *headers, "", ""]).encode()

    def said(self, sent: bytes, source: str = ATTACKER) -> tuple[int, str]:
        """The status, and the code where it is a refusal of the server's, for something that is sent at once."""
        with self.line(source) as line:
            with contextlib.suppress(OSError):
                line.sendall(sent)
            return answer_on(line)

    def somebody_else_is_served(self) -> bool:
        body = json.dumps(table(insert())).encode()
        sent = self.head("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close") + body
        return [self.said(one, OTHER)[0] for one in (self.head(call="GET /v1/health"), sent)] == [200, 200]


def answer_on(line: socket.socket) -> tuple[int, str]:
    got = b""
    with contextlib.suppress(OSError):
        while piece := line.recv(65_536):
            got += piece
            begun, found, body = got.partition(b"\r\n\r\n")
            if found:
                stated = [
                    one.split(b":")[1] for one in begun.lower().split(b"\r\n") if one.startswith(b"content-length")
                ]
                if stated and len(body) >= int(stated[0]):
                    break
    if not got:
        return 0, ""
    body = got.partition(b"\r\n\r\n")[2]
    return int(got[9:12]), json.loads(body).get("code", "") if body.startswith(b"{") else ""


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    folder = tmp_path_factory.mktemp("proxied")
    with agency_in(folder) as agency:
        (port,) = free_ports(1)
        certificate = certificate_in(folder)
        with (
            web(agency.settings(folder), agency.engine) as address,
            nginx(folder, certificate, [address], port, PATIENCE),
        ):
            assert wait_for(lambda: is_open(port))
            yield Proxied(port, ssl.create_default_context(cafile=certificate), agency.tokens["S2"])


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[Proxied]:
    """A proxy that allows few calls of an address, and is told by a header what address a call has."""
    certificate = certificate_in(tmp_path)
    (port,) = free_ports(1)
    told = {name: value.format(port=port) for name, value in TOLD.items()}
    with nginx(tmp_path, certificate, ["http://127.0.0.1:9"], port, told):
        assert wait_for(lambda: is_open(port))
        yield Proxied(port, ssl.create_default_context(cafile=certificate), "")


def test_one_address_is_one_of_ipv4_and_of_ipv6_what_begins_with_the_same_64_bits(strict: Proxied) -> None:
    def let_in(*addresses: str) -> int:
        said = [strict.said(strict.head(f"X-Test-Address: {one}", token=False, call="GET /"))[0] for one in addresses]
        return said.count(502)  # by the proxy: no server is behind it

    of_one_network = [
        f"2001:db8:0:1:{end}" for end in (":5", "ffff:1:2:3", "a0a:a:a0a:a0a", "a:d:0:3a", ":7", "0:0:0:8")
    ]
    assert let_in(*of_one_network) == BURST + 1
    apart = ["2001:db8:0:2::5", "2001:db8::5", "192.0.2.10", "192.0.2.13", "::ffff:192.0.2.1", "::ffff:192.0.2.2"]
    assert let_in(*apart) == len(apart)
    assert let_in("192.0.2.7", *["::ffff:192.0.2.7"] * 5) == BURST + 1


def test_a_nul_in_an_address_is_no_fault_of_the_server(proxied: Proxied) -> None:
    calls = "GET /v1/uploads/%00", "POST /v1/uploads/a%00/undo", "DELETE /v1/tokens/%00", "GET /v1/participants?q=%00"
    told = [proxied.said(proxied.head("Content-Length: 0", call=call))[0] for call in calls]
    assert told == [400, 400, 400, 422]


@pytest.mark.parametrize(
    ("path", "token", "outcome"),
    [
        ("/v1/validations", False, (401, "token-missing")),
        ("/v1/nothing", True, (404, "not-found")),
        ("/v1/uploads", True, (400, "idempotency-key-missing")),
    ],
)
def test_an_answer_before_the_body_was_wanted_arrives_whole(
    proxied: Proxied, path: str, token: bool, outcome: tuple[int, str]
) -> None:
    size = 30_000_000
    head = proxied.head("Content-Type: application/json", f"Content-Length: {size}", call=f"POST {path}", token=token)
    assert proxied.said(head + b" " * size) == outcome
    assert proxied.somebody_else_is_served()


def test_a_body_that_is_too_large_for_the_proxy_is_refused_before_it_arrives(proxied: Proxied) -> None:
    head = proxied.head("Content-Type: application/json", "Content-Length: 200000000")
    assert proxied.said(head + b" " * 1_000_000)[0] == 413


def test_a_body_that_stops_is_let_go_and_reaches_no_web_process(proxied: Proxied) -> None:
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(proxied.line()) for _ in range(20)]
        for line in lines:
            line.sendall(proxied.head("Content-Type: application/json", "Content-Length: 1000") + b"{")
        assert proxied.somebody_else_is_served()
        # More than one person may have under way: the server does not know of them.
        body = json.dumps(table(insert())).encode()
        sent = proxied.head("Content-Type: application/json", f"Content-Length: {len(body)}") + body
        assert proxied.said(sent)[0] == 200
        assert {answer_on(line)[0] for line in lines} <= {0, 408}


def test_a_body_in_crumbs_is_taken_in_by_the_proxy_and_handed_on_whole(proxied: Proxied) -> None:
    crumbs = b"".join(b"1\r\n%c\r\n" % one for one in json.dumps(table(insert())).encode()) + b"0\r\n\r\n"
    head = proxied.head("Content-Type: application/json", "Transfer-Encoding: chunked")
    assert proxied.said(head + crumbs) == (200, "")


def test_of_one_address_a_hundred_connections_are_let_in_and_the_others_are_served_meanwhile(proxied: Proxied) -> None:
    begun = proxied.head("Content-Type: application/json", "Content-Length: 1000") + b"{"
    with contextlib.ExitStack() as held:
        lines = [held.enter_context(proxied.line()) for _ in range(110)]
        for line in lines:
            line.sendall(begun)
        refused = 0
        for line in lines:
            line.settimeout(0.01)
            with contextlib.suppress(TimeoutError):
                refused += line.recv(15).startswith(b"HTTP/1.1 503")
        assert refused >= 10
        assert proxied.somebody_else_is_served()


@pytest.mark.parametrize("told", ["Content-Length: 1000000", "Transfer-Encoding: chunked"])
def test_of_one_address_few_large_bodies_are_taken_in_at_a_time_whoever_sends_them(proxied: Proxied, told: str) -> None:
    large = proxied.head("Content-Type: application/json", told, token=False)
    small = json.dumps(table(insert())).encode()
    with contextlib.ExitStack() as held:
        refused = 0
        for _ in range(20):
            line = held.enter_context(proxied.line())
            line.sendall(large + b"1\r\n{\r\n")
            line.settimeout(0.05)
            with contextlib.suppress(TimeoutError):
                refused += line.recv(15).startswith(b"HTTP/1.1 503")
        assert refused == 10
        head = proxied.head("Content-Type: application/json", f"Content-Length: {len(small)}", "Connection: close")
        assert proxied.said(head + small)[0] == 200
        body = small + b" " * 1_000_000
        head = proxied.head("Content-Type: application/json", f"Content-Length: {len(body)}", "Connection: close")
        assert proxied.said(head + body, OTHER)[0] == 200


def test_of_one_address_so_many_calls_a_second_are_let_in_and_the_others_are_served_meanwhile(proxied: Proxied) -> None:
    call = proxied.head(call="GET /v1/nothing")

    def many(_number: int) -> Counter[int]:
        told: Counter[int] = Counter()
        with proxied.line() as line:
            for _ in range(100):
                line.sendall(call)
                told[answer_on(line)[0]] += 1
        return told

    with ThreadPoolExecutor(8) as threads:
        told = sum(threads.map(many, range(8)), Counter[int]())
        assert proxied.somebody_else_is_served()
    assert set(told) == {404, 503}
