"""The commands, run in this process: the same, without the second that a new Python takes to start."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from typing import Any, NamedTuple
from unittest.mock import patch

from server.cli.main import main


def caseload_server(environment: Mapping[str, str], *arguments: object) -> tuple[int, str, str]:
    """`caseload-server`: exit code, standard output, standard error."""
    said, told, code = io.StringIO(), io.StringIO(), 0
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", ["caseload-server", *map(str, arguments)]),
        patch("server.cli.main.leave_no_core_dump"),  # which would hold for this process for good
        redirect_stdout(said),
        redirect_stderr(told),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return code, said.getvalue(), told.getvalue()


class Ran(NamedTuple):
    """What `caseload` gave."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Ran]
"""The fixture `run` of the add-in's tests: runs `caseload` with these arguments."""


class Terminal(io.StringIO):
    """Standard input as a person's terminal: what they type, and then they hang up."""

    def isatty(self) -> bool:
        return True
