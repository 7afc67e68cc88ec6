"""The server as a program: what it does on its own account once it is up."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from pathlib import Path

import pytest

from server.serve import _log_loop_error
from tests.server.uploads.test_worker import until
from tests.support.served import Agency, Api, scripted

SERVER = """
import sys
from server.serve import serve
from server.settings import Settings

def told(event, about):
    if event == "import":
        print(about[0], file=sys.stderr, flush=True)

if __name__ == "__main__":
    sys.addaudithook(told)
    serve(Settings(), "127.0.0.1", 0, False)
"""
"""Tells every module that it loads."""
CAREFUL = SERVER.replace('if event == "import":', 'if event == "tempfile.mkstemp":').replace(
    "print(about[0]", 'print(about[0], *__import__("resource").getrlimit(4)'
)
"""Tells every file that it makes for a moment, and how large an image of its memory may be left behind."""


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_the_first_mistake_takes_is_loaded_once_the_server_is_up_and_not_before(
    agency: Agency, tmp_path: Path
) -> None:
    with scripted(SERVER, agency, tmp_path) as (address, told):
        before = told.read_text().split()
        assert Api(address, None).get("/v1/health").status_code == 200
        until(lambda: {"numpy", "rapidfuzz", "server.uploads.suggestions"} <= {*told.read_text().split()})
    assert {"numpy", "rapidfuzz"}.isdisjoint(before)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at limits as Linux numbers them")
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_is_on_disk_for_a_moment_and_in_memory_stays_nowhere_when_the_server_is_killed(
    agency: Agency, tmp_path: Path
) -> None:
    """What a library makes lies in a folder that the next server removes, and this one when its terminal is closed."""
    with scripted(CAREFUL, agency, tmp_path, signal.SIGHUP) as (address, told):
        assert Api(address, agency.tokens["ADM"]).get("/v1/template").status_code == 200
        made = [line.split() for line in told.read_text().splitlines() if "openpyxl." in line]
    assert made
    assert all(Path(path).parent.name.startswith("caseload-spool-") for path, *_limits in made)
    assert {tuple(limits) for _path, *limits in made} == {("0", "0")}
    assert [path for path, *_limits in made if Path(path).parent.exists()] == []


def test_that_no_further_connection_can_be_let_in_is_log_loop_error_in_a_line_without_a_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.new_event_loop()
    failure = OSError(24, "Too many open files")
    with caplog.at_level(logging.WARNING):
        _log_loop_error(loop, {"message": "socket.accept() out of system resource", "exception": failure})
    loop.close()
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]
