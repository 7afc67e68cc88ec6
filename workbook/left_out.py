"""The answer to a mistake that leaves its rows out of the upload (SPEC 5)."""

from __future__ import annotations

from typing import Final

from workbook.matching import exact_key

LEAVE_ROW_OUT: Final = "(leave the row out)"
"""What Fix Errors and a suggestion say for it. No cell means it as its own text."""
_SAYS: Final = exact_key(LEAVE_ROW_OUT)


def leaves_out(answer: str) -> bool:
    """Whether an answer says that the rows are to be left out."""
    return exact_key(answer) == _SAYS
