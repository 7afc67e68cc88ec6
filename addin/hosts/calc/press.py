"""Turn a click in Calc's menu or toolbar into a press of a button."""

from __future__ import annotations

from typing import Any

from addin import ribbon
from addin.hosts.calc.double_click import listen
from addin.hosts.calc.program import CalcWindow
from addin.hosts.closed.file import read_rows
from addin.install.extension import JOB
from workbook.ribbon import BUTTONS


def press(context: Any, frame: Any, job: str, server: str | None) -> None:
    """Carries out a button on the workbook that it is pressed in. `context`: Calc's component context; `frame`: the
    window that was clicked in; `job`: the name of the button's job, the command behind its last dot; `server`: the
    program caseload-server, where there is one.

    Always ends in one message. From then on a double click on the line of an upload in this window presses Log.
    """
    others, _dot, command = job.rpartition(".")
    label = next(button.label for button in BUTTONS if button.command == command)
    listen(context, frame, f"{JOB}{others}.log")
    ribbon.press(CalcWindow(context, frame, label=label, server_program=server), command, {}, read_rows)
