"""The server as a program: what it does on its own account once it is up."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.server.served import KEY, Agency, Api
from tests.server.test_worker import until

SERVER = """
import sys
from server.serving import serve
from server.settings import Settings

def told(event, about):
    if event == "import":
        print(about[0], file=sys.stderr, flush=True)

if __name__ == "__main__":
    sys.addaudithook(told)
    serve(Settings(), "127.0.0.1", 0, False)
"""
"""Tells every module that it loads."""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_the_first_mistake_takes_is_loaded_once_the_server_is_up_and_not_before(
    agency: Agency, tmp_path: Path
) -> None:
    script, loaded = tmp_path / "run.py", tmp_path / "loaded"
    script.write_text(SERVER, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "CASELOAD_DATABASE_URL": agency.url,
        "CASELOAD_SECRET_KEY": KEY.decode(),
    }
    with loaded.open("wb") as told, subprocess.Popen(
        [sys.executable, str(script)], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=told, text=True
    ) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().split()[-1]
            before = loaded.read_text().split()
            assert Api(address, None).get("/v1/health").status_code == 200
            until(lambda: {"numpy", "rapidfuzz", "server.did_you_mean"} <= {*loaded.read_text().split()})
        finally:
            server.terminate()
    assert {"numpy", "rapidfuzz"}.isdisjoint(before)
    assert server.returncode == 0
