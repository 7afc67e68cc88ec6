"""The two answers to a row whose assignment changed after its download (SPEC R12)."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from workbook.matching import exact_key

CONFLICT: Final = "assignment-changed"
"""The problem's code."""
KEEP_MINE: Final = "keep mine"
TAKE_THEIRS: Final = "take theirs"
_ANSWER: Final = re.compile(rf"({KEEP_MINE}|{TAKE_THEIRS})(?: ?\(version ([0-9]{{1,9}})\))?")


class ConflictAnswer(NamedTuple):
    keeps: bool
    """Whether the row stays as its user has it; else what is stored stays."""
    version: int | None
    """Which version its user has seen beside it; None where the answer does not say."""


def keep_mine(version: int) -> str:
    """The answer that keeps the row in view of a stored version: should it change once more, that is asked again."""
    return f"{KEEP_MINE} (version {version})"


def read_answer(text: str) -> ConflictAnswer | None:
    """What an answer means; None for anything else."""
    found = _ANSWER.fullmatch(exact_key(text))
    return None if found is None else ConflictAnswer(found[1] == KEEP_MINE, int(found[2]) if found[2] else None)
