"""The server as a program: what it does on its own account once it is up."""

from __future__ import annotations

import asyncio
import logging
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


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_the_first_mistake_takes_is_loaded_once_the_server_is_up_and_not_before(
    agency: Agency, tmp_path: Path
) -> None:
    with scripted(SERVER, agency, tmp_path) as (address, told):
        before = told.read_text().split()
        assert Api(address, None).get("/v1/health").status_code == 200
        until(lambda: {"numpy", "rapidfuzz", "server.uploads.suggestions"} <= {*told.read_text().split()})
    assert {"numpy", "rapidfuzz"}.isdisjoint(before)


def test_that_no_further_connection_can_be_let_in_is_log_loop_error_in_a_line_without_a_trace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    loop = asyncio.new_event_loop()
    failure = OSError(24, "Too many open files")
    with caplog.at_level(logging.WARNING):
        _log_loop_error(loop, {"message": "socket.accept() out of system resource", "exception": failure})
    loop.close()
    assert [(record.levelname, record.exc_info) for record in caplog.records] == [("WARNING", None)]
