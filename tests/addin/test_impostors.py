"""Another program at the address of a server of one's own is told nothing, whatever it answers."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import requests
from openpyxl import Workbook

from addin.api import local_program
from addin.api import local_server as local
from addin.api.client import Client
from addin.cli.options import client_of_user
from addin.errors import ClientError, Stopped
from tests.support.command import Run
from tests.support.own_server import answers
from tests.support.sheets import insert
from tests.support.window import ClosedWindow
from workbook.proof import CHALLENGE, PROOF

pytestmark = pytest.mark.slow


class Eavesdropper(BaseHTTPRequestHandler):
    """Another user's program, which answers as a server does and keeps what it is told."""

    heard: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.heard.append(str(self.headers))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header(PROOF, "0" * 64)
        self.end_headers()
        self.wfile.write(b'{"status": "ok", "database": "ok", "version": "0.1.0", "staff_id": "ADM"}')

    def log_message(self, *_: object) -> None: ...


def test_another_program_at_the_address_of_ones_own_server_is_told_nothing(
    home: tuple[Path, dict[str, str]], own: local.OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a computer of several users, another one's program may listen there while one's own server is not running."""
    monkeypatch.setattr(local, "_TAKEN_SECONDS", 0.2)
    folder, environment = home
    assert "key" not in repr(own)
    assert local_program.end(
        json.loads((folder / "local-server.json").read_text())["pid"]
    )  # nobody writes that it ended
    with HTTPServer(("127.0.0.1", int(own.url.rpartition(":")[2])), Eavesdropper) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(Stopped, match=r"another program of this computer answers at .*Nothing was sent to it"):
            local.wake(folder, own.url, environment)
        moved = local.set_up(folder, environment, {own.url: own.token}.get, local.AgencyChoice(staff="ADM"))
        other.shutdown()
    assert moved.url != own.url
    assert Eavesdropper.heard
    assert not [head for head in Eavesdropper.heard if own.token in head or "Authorization" in head]
    assert local.wake(folder, moved.url, environment)
    assert answers(moved.url)
    with pytest.raises(Stopped, match=r"has another address by now than .* Nothing was sent there"):
        local.wake(folder, own.url, environment)
    assert local.wake(folder, "http://127.0.0.1:1", environment) is None


def test_neither_connect_nor_settings_tells_another_program_at_that_address_anything(
    home: tuple[Path, dict[str, str]], own: local.OwnServer, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the address is spelled: the form of Settings comes with it, and the token is known."""
    monkeypatch.setattr(local, "_TAKEN_SECONDS", 0.2)
    monkeypatch.setattr(Eavesdropper, "heard", [])
    folder, environment = home
    local.stop(folder)
    monkeypatch.setattr(local, "data_folder", lambda: folder)
    for name, value in (("TOKEN", own.token), ("DATABASE_URL", environment["CASELOAD_DATABASE_URL"])):
        monkeypatch.setenv(f"CASELOAD_{name}", value)
    Workbook().save(tmp_path / "any.xlsx")
    window = ClosedWindow(tmp_path / "any.xlsx")
    port = int(own.url.rpartition(":")[2])
    with HTTPServer(("127.0.0.1", port), Eavesdropper) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        for address in (own.url, f"localhost:{port}"):
            assert "Nothing was sent to it." in run("connect", address).err
            window.answers = {"url": address, "token": own.token}
            window.press("settings")
            assert "Nothing was sent to it." in window.asked[-1].wrong
        other.shutdown()
    assert [head for head in Eavesdropper.heard if own.token in head or "Authorization" in head] == []
    # Then it is started, and reached where it listens: who listens at the other localhost could hand on what it shows.
    for address in (f"http://localhost:{port}", f"http://[::1]:{port}"):
        ran = run("connect", address)
        assert (ran.code, ran.out.partition(" as ")[0]) == (0, f"Connected to {own.url}")
    window.answers = {"url": f"localhost:{port}", "token": own.token}
    window.press("settings")
    assert window.told[-1].startswith(f"Connected to {own.url} as")
    monkeypatch.setenv("CASELOAD_URL", f"http://localhost:{port}")
    assert client_of_user().url == own.url
    window.book.close()


def test_another_program_that_takes_the_address_while_one_waits_is_told_nothing_either(
    home: tuple[Path, dict[str, str]], own: local.OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A client is open as long as an upload is watched; the server may end meanwhile."""
    monkeypatch.setattr(Eavesdropper, "heard", [])
    folder, _ = home
    with Client(own.url, own.token, key=own.key) as client:
        assert client.me().staff_id == "ADM"
        assert client.validate({"header": [*insert("P1")], "rows": [[*insert("P1").values()]]}).counts.rows == 1
        assert local_program.end(json.loads((folder / "local-server.json").read_text())["pid"])
        with HTTPServer(("127.0.0.1", int(own.url.rpartition(":")[2])), Eavesdropper) as other:
            Thread(target=other.serve_forever, daemon=True).start()
            for _ in range(2):
                with pytest.raises(ClientError, match=r"another program of this computer answers .* Nothing was sent"):
                    client.me()
            other.shutdown()
    assert len(Eavesdropper.heard) == 2
    assert not [head for head in Eavesdropper.heard if own.token in head or "Authorization" in head]


def test_another_program_that_hands_on_what_ones_own_server_shows_is_told_nothing_either(
    own: local.OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may have moved to another port, where everybody can ask it."""
    monkeypatch.setattr(Eavesdropper, "heard", [])

    class Relay(Eavesdropper):
        protocol_version = "HTTP/1.1"  # which leaves the connection open

        def do_GET(self) -> None:
            self.heard.append(str(self.headers))
            asked = {CHALLENGE: self.headers.get(CHALLENGE, "")}
            shown = requests.get(f"{own.url}/v1/health", headers=asked, timeout=30)
            self.send_response(200)
            self.send_header(PROOF, shown.headers[PROOF])
            self.send_header("Content-Length", "0")
            self.end_headers()

    with HTTPServer(("127.0.0.1", 0), Relay) as other:
        Thread(target=other.serve_forever, daemon=True).start()
        with (
            Client(f"http://127.0.0.1:{other.server_port}", own.token, key=own.key) as client,
            pytest.raises(ClientError, match="Nothing was sent to it"),
        ):
            client.me()
        other.shutdown()
    assert len(Eavesdropper.heard) == 1
    assert own.token not in Eavesdropper.heard[0]
