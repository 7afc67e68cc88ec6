"""Count the steps that a part of the code takes, so that a test can say how they grow without measuring time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any


def steps_in(folder: Path, work: Callable[[], object]) -> int:
    """How many instructions of the Python files in a folder are carried out while `work` runs, for the second time:
    newer Pythons count those of a function from its second call on."""
    count, inside = 0, str(folder)

    def step(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "call":
            if not frame.f_code.co_filename.startswith(inside):
                return None
            frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        work()
        count = 0
        work()
    finally:
        sys.settrace(before)
    return count
