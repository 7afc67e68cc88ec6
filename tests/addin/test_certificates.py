"""The computer's own certificates count, as in its browser, and each flaw of a certificate is told as what it is."""

from __future__ import annotations

import http.server
import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import requests

from addin.api.adapter import why_not_secure
from addin.api.client import Client
from addin.api.connection import SAFE
from addin.errors import ClientError
from tests.support.loopback import listening

OPENSSL = shutil.which("openssl")
CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


@pytest.fixture(scope="module")
def agency_ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority that no list knows: its certificate, with the key beside it."""
    if OPENSSL is None:
        pytest.skip("openssl was not found: install it (Debian: apt install openssl) to run this")
    folder = tmp_path_factory.mktemp("authority")
    openssl("req", "-x509", *CURVE, "-days", "2", "-subj", "/CN=An agency", "-keyout", folder / "ca.key",
            "-out", folder / "ca.pem", "-addext", "keyUsage=critical,keyCertSign")  # fmt: skip
    return folder / "ca.pem"


def openssl(*arguments: str | Path) -> None:
    subprocess.run([str(OPENSSL), *arguments], check=True, capture_output=True)


@contextmanager
def secure_server(ca: Path, folder: Path, name: str = "IP:127.0.0.1", days: int = 2) -> Iterator[str]:
    """A server on this computer whose certificate the authority has signed for `name`; gives its https address."""
    key, asked, made, more = (folder / name for name in ("tls.key", "tls.csr", "tls.pem", "more"))
    more.write_text(f"subjectAltName={name}\n")
    openssl("req", *CURVE, "-subj", "/CN=caseload", "-keyout", key, "-out", asked)
    openssl("x509", "-req", "-in", asked, "-CA", ca, "-CAkey", ca.with_suffix(".key"), "-CAcreateserial",
            "-days", str(days), "-extfile", more, "-out", made)  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)

    class OverTls(http.server.BaseHTTPRequestHandler):
        def __init__(self, line: socket.socket, *more: Any) -> None:
            with suppress(OSError), context.wrap_socket(line, server_side=True) as secure:  # one that trusts us not
                super().__init__(secure, *more)

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "15")
            self.end_headers()
            self.wfile.write(b'{"version":"1"}')

        def log_message(self, *_: Any) -> None:
            return None

    with listening(OverTls) as url:
        yield url.replace("http:", "https:")


def refusal(url: str) -> str:
    with Client(url, None, retries=0) as client, pytest.raises(ClientError) as stopped:
        client.health()
    assert stopped.value.code == "not-secure"
    assert stopped.value.sentence.endswith(SAFE)
    return stopped.value.sentence


def test_an_authority_that_the_computer_trusts_is_trusted_for_our_calls_alone(
    agency_ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(agency_ca))
    with secure_server(agency_ca, tmp_path) as url:
        with Client(url, None, retries=0) as client:
            assert client.health() == {"version": "1"}
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(url, timeout=5)


def test_a_bundle_that_somebody_has_set_for_requests_counts_too(
    agency_ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(agency_ca))
    with secure_server(agency_ca, tmp_path) as url, Client(url, None, retries=0) as client:
        assert client.health() == {"version": "1"}


def test_the_list_that_comes_with_requests_counts_for_nothing(
    agency_ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests.adapters, "DEFAULT_CA_BUNDLE_PATH", str(agency_ca))
    with secure_server(agency_ca, tmp_path) as url:
        assert "nobody whom this computer trusts vouches" in refusal(url)


def test_a_certificate_that_nobody_vouches_for_is_told_with_what_an_agency_does_about_it(
    agency_ca: Path, tmp_path: Path
) -> None:
    with secure_server(agency_ca, tmp_path) as url:
        said = refusal(url)
    assert "nobody whom this computer trusts vouches for its certificate" in said
    assert "SSL_CERT_FILE" in said or sys.platform in ("win32", "darwin")


@pytest.mark.parametrize(
    ("name", "days", "said"), [("DNS:other.test", 2, "made out for another address"), ("IP:127.0.0.1", 0, "not valid")]
)
def test_a_certificate_of_another_name_or_out_of_date_is_told_as_such(
    agency_ca: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, days: int, said: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(agency_ca))
    with secure_server(agency_ca, tmp_path, name, days) as url:
        assert said in refusal(url)


@pytest.mark.parametrize(
    ("platform", "code", "said"),
    [
        ("win32", 0x800B0109, "in Windows (Trusted Root Certification Authorities)"),
        ("win32", 0x800B0101, "not valid today"),
        ("win32", 0x800B010F, "made out for another address"),
        ("darwin", -67843, "in the Mac's keychain"),
        ("darwin", -67818, "not valid today"),
        ("darwin", -67602, "made out for another address"),
    ],
)
def test_windows_and_a_mac_number_the_same_flaws_otherwise(platform: str, code: int, said: str) -> None:
    flaw = ssl.SSLCertVerificationError("refused")
    flaw.verify_code = code
    assert said in why_not_secure("https://caseload.test", requests.exceptions.SSLError(flaw), platform)


def test_tls_that_fails_without_a_certificate_is_not_blamed_on_one() -> None:
    said = why_not_secure("https://caseload.test", requests.exceptions.SSLError("wrong version number"), "linux")
    assert "No secure connection" in said
