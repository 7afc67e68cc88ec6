"""Fill in suggested answers on the sheet `Fix Errors` for Accept Suggestions (SPEC 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workbook.matching import text_of
from workbook.sheet import Cell
from workbook.sheets.fix_sheet import CHOICE, CODE, HEADER_ROW, LEAVE_OUT, SURE, TAKEN_UNREAD


@dataclass(frozen=True, slots=True)
class Acceptance:
    """`answers`: what stands under "Did you mean...?" afterwards, of every line from FIRST_ROW on, in the sheet's
    column `column` (1-based). The rest are counts of lines."""

    column: int
    answers: list[str | None]
    taken: int = 0
    """Filled in now."""
    not_sure: int = 0
    """Left to the user, with a suggestion that is only likely, or a guess."""
    without: int = 0
    """Left to the user, without any."""
    first_left: int | None = None
    """The sheet row of the first line that is left."""


def accept(grid: Sequence[Sequence[Cell]]) -> Acceptance | None:
    """What is sure becomes the answer of its line; a line that the user has answered already stays as it is.

    `grid`: the whole sheet from A1. None where it is no sheet that Validate has written.
    """
    headers = [text_of(name) for name in grid[HEADER_ROW - 1]] if len(grid) >= HEADER_ROW else []
    if not {CHOICE, LEAVE_OUT, SURE, CODE, "_offer1"} <= set(headers):
        return None
    choice, leave_out, sure, code, offer = (headers.index(name) for name in (CHOICE, LEAVE_OUT, SURE, CODE, "_offer1"))
    answers: list[str | None] = []
    taken = not_sure = without = 0
    first_left = None
    for row, line in enumerate(grid[HEADER_ROW:], start=HEADER_ROW + 1):
        answer = text_of(line[choice])
        if line[code] and not answer and not text_of(line[leave_out]):
            if text_of(line[sure]) in TAKEN_UNREAD:
                answer = text_of(line[offer])
                taken += 1
            else:
                not_sure += bool(line[sure])
                without += not line[sure]
                first_left = first_left or row
        answers.append(answer or None)
    return Acceptance(choice + 1, answers, taken, not_sure, without, first_left)
