"""Offer to clear a cell: first for placeholders, else where its message says so (SPEC 5).

The empty answer is an empty `value` on the wire (SPEC 8). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.judge.question import Question
from workbook.columns import (
    BIRTH_DATE,
    CASE_NUMBER,
    END,
    FIRST_NAME,
    LAST_NAME,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    SSN,
)
from workbook.matching import exact_key
from workbook.report import Suggestion

_PLACEHOLDERS: Final = frozenset(
    (
        *("null", "n/a", "na", "n.a.", "none", "nil", "nan", "nothing", "blank", "empty", "undefined"),
        *(
            "not applicable",
            "\\n",
            "#n/a",
            "#null!",
            "-",
            "--",
            "---",
            "–",
            "—",
            ".",
            "?",
            "0000-00-00",
            "00/00/0000",
            "00:00:00",
        ),
    )
)
"""What programs and people write for nothing, folded as `exact_key` folds, without brackets around."""
_SAY_CLEAR: Final = frozenset({"end-on-insert", "demographics-mismatch"})
"""Codes whose messages offer to clear the very cell that they mark."""
_PROGRAMS: Final = frozenset({PROGRAM_ID, PROGRAM_NAME})
_MAY_BE_EMPTY: Final = _PROGRAMS | {FIRST_NAME, LAST_NAME, BIRTH_DATE, CASE_NUMBER, PROGRAM_START, PROGRAM_END}
"""Columns that many rows leave empty: a placeholder in them says that this one would have."""
_ENDING: Final = frozenset({END, REASON})
_SURE: Final = 97.0
_LIKELY: Final = 80.0
"""Of a program: without one a row means something else."""
_POSSIBLE: Final = 40.0


def with_emptied(question: Question, found: Sequence[Suggestion], most: int) -> list[Suggestion]:
    """At most so many answers: those found, and that the cell be emptied where that is one."""
    says_clear = question.code in _SAY_CLEAR and question.column not in (SSN, PARTICIPANT_ID)
    stands_for_nothing = is_placeholder(question.value) and (
        says_clear or question.column in _MAY_BE_EMPTY or (question.column in _ENDING and question.code == "cell-error")
    )
    if not (says_clear or stands_for_nothing):
        return list(found)
    sure = _LIKELY if question.column in _PROGRAMS or question.code == "cell-error" else _SURE
    score = sure if stands_for_nothing else _POSSIBLE
    emptied = Suggestion(value="", label="Empty the cell", score=score)
    others = list(found)[: most - 1]
    return [emptied, *others] if stands_for_nothing else [*others, emptied]


def is_placeholder(text: str) -> bool:
    """Whether somebody wrote this for nothing: NULL, N/A, (blank), 0000-00-00."""
    key = exact_key(text)
    bare = key.strip("()<>[]\"'")
    return bare in _PLACEHOLDERS or (bool(key) and not bare)
