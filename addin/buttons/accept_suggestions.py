"""Accept Suggestions: fill in every answer in Fix Errors that is sure (SPEC 5, 9).

The rows do not change yet: the user can look at the answers, and take them back, before Apply Fixes uses them.
"""

from __future__ import annotations

from dataclasses import dataclass

from addin.book import Book
from addin.outcome import Outcome
from addin.rows.own_sheets import fill_in_answers, read_fix_grid
from addin.sentences import counted, what_is_left
from workbook.sheets.acceptance import accept

_NOTHING = "There are no suggestions to accept. Press Validate to check the rows."


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Outcome):
    """How many answers were filled in, and how many lines are left to the user."""

    taken: int = 0
    left: int = 0


def accept_suggestions(book: Book) -> Accepted:
    """Fills in the answers that are sure or remembered. What the user has answered already stays."""
    found = accept(read_fix_grid(book))
    if found is None or not any((found.taken, found.not_sure, found.without, any(found.answers))):
        return Accepted(sentence=_NOTHING)
    fill_in_answers(book, found)
    left = what_is_left(found.not_sure, found.without)
    if not found.taken:
        first = "No further answer is sure." if any(found.answers) else "No suggestion is sure."
        return Accepted(left=found.not_sure + found.without, sentence=f"{first} {left}".strip())
    are = "is" if found.taken == 1 else "are"
    first = f"{counted(found.taken, 'suggestion')} that {are} sure {are} filled in."
    return Accepted(
        taken=found.taken,
        left=found.not_sure + found.without,
        sentence=" ".join(
            part for part in (first, left, "Press Apply Fixes to put the answers into the rows.") if part
        ),
    )
