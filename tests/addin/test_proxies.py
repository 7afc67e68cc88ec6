"""A proxy that can be served is; one that cannot is told with what to do about it."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from addin.api import connection, proxies
from addin.api.client import Client
from addin.api.connection import SAFE, is_loopback
from addin.errors import ClientError
from tests.support.loopback import listening

NTLM = "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: NTLM\r\n"
BASIC = 'Proxy-Authenticate: NTLM\r\nProxy-Authenticate: Basic realm="An agency"\r\n'


@contextmanager
def proxy(status: str, headers: str) -> Iterator[tuple[str, list[str]]]:
    """A proxy that answers every call so: its address, and what it was asked."""
    asked: list[str] = []

    class Proxying(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            lines = []
            while (line := self.rfile.readline().decode().strip()) != "":
                lines.append(line)
            asked.append("\n".join(lines))
            self.wfile.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n{headers}\r\n".encode())

    with listening(Proxying) as url:
        yield url, asked


@pytest.mark.parametrize(
    ("headers", "said"),
    [(NTLM, "wants a Windows sign-in (NTLM)"), (BASIC, "http://NAME:PASSWORD@PROXY:PORT"), ("", "NAME:PASSWORD")],
)
def test_a_proxy_that_wants_a_sign_in_is_told_by_the_kind_it_wants(
    monkeypatch: pytest.MonkeyPatch, headers: str, said: str
) -> None:
    with proxy("407 Proxy Authentication Required", headers) as (address, asked):
        host = address.removeprefix("http://")
        monkeypatch.setenv("https_proxy", f"http://somebody:p@s3cret@{host}")
        with Client("https://caseload.test", "clt_mine", retries=0) as client, pytest.raises(ClientError) as stopped:
            client.me()
    sentence = stopped.value.sentence
    assert (stopped.value.code, said in sentence, sentence.endswith(SAFE)) == ("proxy", True, True)
    assert f"http://{host}" in sentence
    assert "s3cret" not in sentence
    assert asked
    assert not any("clt_mine" in call for call in asked)


@pytest.mark.parametrize("variable", ["http_proxy", "all_proxy"])
def test_what_stays_on_this_computer_goes_through_no_proxy(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    with proxy("502 Bad Gateway", "") as (address, asked), proxy("503 Service Unavailable", "") as (server, reached):
        monkeypatch.setenv(variable, address)
        with Client(server, "clt_mine", retries=0) as client, pytest.raises(ClientError):
            client.me()
    assert (asked, len(reached)) == ([], 1)


def test_a_proxy_that_does_not_let_an_address_through_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    with proxy("403 Forbidden", "") as (address, _):
        monkeypatch.setenv("https_proxy", address)
        with Client("https://caseload.test", None, retries=0) as client, pytest.raises(ClientError) as stopped:
            client.health()
    assert "proxy does not let https://caseload.test through" in stopped.value.sentence


WINDOWS = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings"
MAC = "<dictionary> {\n  ProxyAutoConfigEnable : 1\n  ProxyAutoConfigURLString : http://pac.test/proxy.pac\n}\n"


@pytest.mark.parametrize(
    ("platform", "registry", "scutil", "script"),
    [
        ("win32", {(WINDOWS, "AutoConfigURL"): "http://pac.test/proxy.pac"}, "", "http://pac.test/proxy.pac"),
        ("win32", {(WINDOWS, "AutoConfigURL"): ""}, MAC, None),
        ("win32", {}, MAC, None),
        ("darwin", {}, MAC, "http://pac.test/proxy.pac"),
        ("darwin", {}, MAC.replace("Enable : 1", "Enable : 0"), None),
        ("darwin", {}, "", None),
        ("linux", {(WINDOWS, "AutoConfigURL"): "x"}, MAC, None),
    ],
)
def test_a_script_that_finds_the_proxies_is_seen_where_each_system_keeps_it(
    platform: str, registry: dict[tuple[str, str], str], scutil: str, script: str | None
) -> None:
    found = proxies.automatic_script(platform, lambda key, name: registry.get((key, name)), lambda: scutil)
    assert found == script


def test_a_server_that_is_not_reached_where_only_a_script_knows_the_way_is_told_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "this_computers_script", lambda: "http://pac.test/proxy.pac")
    for url, is_told in (("https://caseload.invalid", True), ("http://127.0.0.1:1", False)):
        with Client(url, None, retries=0) as client, pytest.raises(ClientError) as stopped:
            client.health()
        assert ("finds its proxy by a script" in stopped.value.sentence) == is_told
        assert stopped.value.code == "server-away"


@pytest.mark.parametrize(
    ("url", "is_here"),
    [
        ("http://127.0.0.1:8741", True), ("http://localhost", True), ("http://[::1]:1", True), ("http://[::1]", True),
        ("https://caseload.test", False), ("https://127.0.0.1.test:443", False),
    ],
)  # fmt: skip
def test_an_address_on_this_computer_is_told_from_others(url: str, is_here: bool) -> None:
    assert is_loopback(url) == is_here
