"""What a button finds around it besides the workbook: how to ask its user, and what may differ from one program to
another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class AskInWindow(Protocol):
    """The question, what stands in the field already, and whether to show dots → what the user typed."""

    def __call__(self, question: str, default: str = "", *, hidden: bool = False) -> str: ...


class ChooseFile(Protocol):
    def __call__(self, question: str) -> Path: ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """One spreadsheet program, as a press on a button sees it."""

    ask: AskInWindow
    choose_file: ChooseFile
    environment: Mapping[str, str]
    """For the settings, and for programs that are started."""
    template: str = "Caseload.xlsm"
    """What a fresh template is called; the ending says whether it brings the ribbon."""
    server_program: str | None = None
    """caseload-server, where it is not to be looked for beside the Python that runs."""
