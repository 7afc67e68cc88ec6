"""Start a server with an invented agency for the smoke test, and let the user's settings name it meanwhile."""

# ruff: noqa: S603, S607 - it starts our own program by its name
from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from addin.api.client import Client
from addin.api.settings import config_folder, save_settings
from addin.errors import Stopped


@contextmanager
def settings(url: str, token: str) -> Iterator[None]:
    """The user's settings name this server until the block ends. Files are put back byte for byte."""
    folder = config_folder()
    before = {path: path.read_bytes() for path in folder.glob("*.json")}
    save_settings(folder, url, token)
    try:
        yield
    finally:
        for path in folder.glob("*.json"):
            if path not in before:
                path.unlink()
        for path, content in before.items():
            path.write_bytes(content)


@contextmanager
def server(folder: Path) -> Iterator[tuple[str, str]]:
    """A server with an invented agency: its address, and a token for its administrator."""
    environment = os.environ | {"CASELOAD_DATABASE_URL": f"sqlite:///{(folder / 'caseload.db').as_posix()}"}

    def run(*arguments: str) -> str:
        return subprocess.run(
            ["caseload-server", *arguments], env=environment, capture_output=True, text=True, check=True
        ).stdout

    run("sample")
    token = json.loads(run("token", "create", "S1", "--json"))["token"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(["caseload-server", "serve", "--port", str(port)], env=environment)
    try:
        while True:
            try:
                with Client(url, None, retries=0) as client:
                    client.health()
                break
            except Stopped:
                if process.poll() is not None:
                    raise
                time.sleep(0.2)
        yield url, token
    finally:
        process.terminate()
        process.wait(30)
