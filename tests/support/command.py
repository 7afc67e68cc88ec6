"""`caseload-server`, run in this process: the same command, without the second that a new Python takes to start."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from unittest.mock import patch

from server.cli.main import main


def caseload_server(environment: Mapping[str, str], *arguments: object) -> tuple[int, str, str]:
    """Exit code, standard output, standard error."""
    said, told, code = io.StringIO(), io.StringIO(), 0
    with (
        patch.dict(os.environ, environment),
        patch.object(sys, "argv", ["caseload-server", *map(str, arguments)]),
        redirect_stdout(said),
        redirect_stderr(told),
    ):
        try:
            main()
        except SystemExit as end:
            code = int(end.code or 0)
    return code, said.getvalue(), told.getvalue()


class Terminal(io.StringIO):
    """Standard input as a person's terminal: what they type, and then they hang up."""

    def isatty(self) -> bool:
        return True
