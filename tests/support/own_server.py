"""A server of the add-in's tests for the agency, as programs of its own."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from addin.api.client import Client
from addin.api.local_program import is_free
from addin.errors import ClientError
from tests.support.command import caseload_server

PEOPLE = 3_500
PROOF_KEY = "CASELOAD_PROOF_KEY"
"""What a server that its user's add-in has started shows itself by."""
GIVEN_OUT = PEOPLE - 100
"""The others are nobody's: for rows in which the same few people are met again and again."""


@dataclass
class Server:
    """A server of these tests' own, with a token for its administrator. Each test takes people nobody else uses."""

    folder: Path
    url: str
    token: str
    environment: dict[str, str] = field(repr=False)
    used: int = 0

    def person(self) -> str:
        """The Participant ID of somebody with no assignment yet. Q0012 is Pat12 Person12."""
        self.used += 1
        assert self.used <= GIVEN_OUT
        return f"Q{self.used:04d}"

    def client(self, token: str | None = None) -> Client:
        return Client(self.url, token or self.token)

    def token_for(self, staff_id: str) -> str:
        return str(json.loads(program(self.environment, "token", "create", staff_id, "--json"))["token"])


def program(environment: dict[str, str], *arguments: object) -> str:
    """Runs caseload-server and gives what it prints."""
    code, said, told = caseload_server(environment, *arguments)
    assert code == 0, told
    return said


def server_program() -> str:
    found = shutil.which("caseload-server", path=str(Path(sys.executable).parent))
    assert found is not None, "caseload-server is not installed beside this Python: pip install -e '.[dev]'"
    return found


@contextmanager
def serving(environment: dict[str, str], details: Path, port: int | None = None) -> Iterator[str]:
    """A server with its worker, as a program of its own, until the block ends; gives its address."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    with details.open("ab") as output:
        process = subprocess.Popen(
            [server_program(), "serve", "--port", str(port)], env=environment, stdout=output, stderr=output
        )
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    with Client(url, None, retries=0) as client:
                        client.health()
                    break
                except ClientError:
                    assert process.poll() is None, details.read_text()
                    assert time.monotonic() < until, details.read_text()
                    time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def free_port() -> int:
    """A free port, as is the next. Neither is one of those that the system gives to whoever connects, or asks for any:
    there, somebody takes it while the server that it is meant for starts."""
    while True:
        port = random.randrange(20_000, 32_000, 2)
        if is_free(port) and is_free(port + 1):
            return port


def answers(url: str) -> bool:
    """Whether a server is there."""
    try:
        with Client(url, None, retries=0) as client:
            return bool(client.health()["version"])
    except ClientError:
        return False
