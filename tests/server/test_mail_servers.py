"""Mail servers that misbehave, and addresses that are none: each costs its own mail, and no other."""

from __future__ import annotations

import shutil
import socketserver
import ssl
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select

from server import mail
from server.mail import NoAddress, Postman, compose, deliver_next
from server.records.database import reading
from server.records.outbox import Mail
from server.records.tables import audit
from server.records.tables import outbox as outbox_table
from server.settings import Settings
from tests.server.test_outbox import due_now, put, waiting
from tests.support.loopback import listening
from tests.support.served import Agency

NONE = ['"', "a@", "<", "a@[", '"x" <', "=?utf-8?q?=0A?= <a@b>", "two\nlines@agency.test", "nobody", "a@b, nobody", ","]


@pytest.mark.parametrize("address", NONE)
def test_what_is_no_address_is_told_so_whatever_the_library_raises(address: str) -> None:
    with pytest.raises(NoAddress):
        compose(Mail(1, 1, address, "Subject", "Body\n", 1), "caseload@localhost")


def work_off(agency: Agency, settings: Settings) -> None:
    """A postman goes on until no mail waits."""
    postman = Postman(agency.engine, settings)
    postman.start()
    until = time.monotonic() + 30
    while waiting(agency.engine):
        assert postman.is_alive()
        assert time.monotonic() < until
        time.sleep(0.01)
    postman.stop()
    postman.join()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_an_address_that_is_none_gives_up_its_own_mail_and_the_postman_goes_on(agency: Agency, tmp_path: Path) -> None:
    settings = agency.settings(tmp_path)
    for address in (*NONE, "carla@agency.test"):
        put(agency, address)
    work_off(agency, settings)
    assert len(list(settings.mails.iterdir())) == 1
    with reading(agency.engine) as connection:
        given_up = connection.execute(select(audit.c.detail).where(audit.c.what == "mail given up")).scalars().all()
    assert given_up == ["the address is not one"] * len(NONE)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_whatever_goes_wrong_the_postman_goes_on(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "TROUBLE_SECONDS", 0.01)
    trouble = iter([RuntimeError("one"), KeyError("another")])

    def deliver(*given: Any) -> bool:
        for failure in trouble:
            raise failure
        return deliver_next(*given)

    monkeypatch.setattr(mail, "deliver_next", deliver)
    put(agency)
    work_off(agency, agency.settings(tmp_path))


Line = socketserver.StreamRequestHandler


def says(*answers: bytes, then: Callable[[Any], None] = lambda _line: None) -> type[socketserver.BaseRequestHandler]:
    """A mail server that gives these answers, the first unasked, and then hangs up."""

    class Scripted(Line):
        def handle(self) -> None:
            first, *others = answers
            self.wfile.write(first)
            for answer in others:
                if not self.rfile.readline():
                    return
                if answer.startswith(b"250 taken"):
                    while self.rfile.readline() not in (b".\r\n", b""):
                        pass
                self.wfile.write(answer)
            then(self)

    return Scripted


def trickles(line: Any) -> None:
    try:
        while True:
            line.wfile.write(b"2")
            time.sleep(0.05)
    except OSError:
        pass


HELLO, EHLO, FINE, GO_ON = b"220 hello\r\n", b"250 hello\r\n", b"250 ok\r\n", b"354 go on\r\n"
WITH_TLS = b"250-hello\r\n250 STARTTLS\r\n"
POSTPONED = {
    "hangs up at once": says(b""),
    "is closed": says(b"554 no service\r\n"),
    "talks nonsense": says(b"\xff\xfe no mail server\r\n" * 3),
    "hangs up in the middle": says(HELLO, EHLO, FINE),
    "takes no sender": says(HELLO, EHLO, b"550 not you\r\n", FINE),
    "takes no message": says(HELLO, EHLO, FINE, FINE, GO_ON, b"554 spam\r\n"),
    "trickles": says(b"220-", then=trickles),
}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("manner", POSTPONED)
def test_a_mail_server_that_misbehaves_only_delays_the_mail(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, manner: str
) -> None:
    monkeypatch.setattr(mail, "SENDING_SECONDS", 1)
    put(agency)
    with listening(POSTPONED[manner]) as address:
        port = urlsplit(address).port
        settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
        assert deliver_next(agency.engine, settings)
    assert waiting(agency.engine) == 1
    due_now(agency.engine)
    assert deliver_next(agency.engine, agency.settings(tmp_path))
    assert waiting(agency.engine) == 0


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_of_a_reply_without_an_end_little_is_read(agency: Agency, tmp_path: Path) -> None:
    """All of it would be kept in memory: 200 MB a second, by whoever answers in a mail server's place."""
    line, most, sent = b"220-" + b"a" * 8000 + b"\r\n", 10_000, list[int]()

    def goes_on(one: Any) -> None:
        with suppress(OSError):
            for _ in range(most):
                one.wfile.write(line)
                sent.append(1)

    put(agency)
    with listening(says(b"", then=goes_on)) as address:
        settings = agency.settings(
            tmp_path, smtp_host="127.0.0.1", smtp_port=urlsplit(address).port, smtp_starttls=False
        )
        assert deliver_next(agency.engine, settings)
    assert (waiting(agency.engine), len(sent) < most) == (1, True)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("goodbye", [b"500 what?\r\n", b""])
def test_a_mail_that_was_taken_is_sent_however_the_server_says_goodbye(
    agency: Agency, tmp_path: Path, goodbye: bytes
) -> None:
    put(agency)
    with listening(says(HELLO, EHLO, FINE, FINE, GO_ON, b"250 taken\r\n", goodbye)) as address:
        port = urlsplit(address).port
        settings = agency.settings(tmp_path, smtp_host="127.0.0.1", smtp_port=port, smtp_starttls=False)
        assert deliver_next(agency.engine, settings)
    assert waiting(agency.engine) == 0


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl was not found")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("trusted", [True, False])
def test_tls_that_cannot_be_trusted_tells_nobody_the_password_and_only_delays(
    agency: Agency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    key, made = tmp_path / "tls.key", tmp_path / "tls.pem"
    asked = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")
    named = ("-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")
    subprocess.run(["openssl", *asked, *named, "-keyout", key, "-out", made], check=True, capture_output=True)
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(made))
    heard: list[bytes] = []

    class MailOverTls(Line):
        def handle(self) -> None:
            self.wfile.write(HELLO)
            self.rfile.readline()
            self.wfile.write(WITH_TLS)
            self.rfile.readline()
            self.wfile.write(b"220 go ahead\r\n")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(made, key)
            try:
                with context.wrap_socket(self.request, server_side=True) as line, line.makefile("rwb") as stream:
                    while said := stream.readline():
                        heard.append(said)
                        greeted = said.startswith(b"ehlo")
                        stream.write(b"250-hello\r\n250 AUTH PLAIN\r\n" if greeted else b"535 no\r\n")
                        stream.flush()
            except OSError:
                pass

    put(agency)
    with listening(MailOverTls) as address:
        settings = agency.settings(
            tmp_path, smtp_host="127.0.0.1", smtp_port=urlsplit(address).port, smtp_user="us", smtp_password="secret",
        )  # fmt: skip
        assert deliver_next(agency.engine, settings)
    assert waiting(agency.engine) == 1
    assert any(said.startswith(b"AUTH") for said in heard) == trusted
    with reading(agency.engine) as connection:
        assert connection.execute(select(outbox_table.c.sent_at)).scalar_one() is None
