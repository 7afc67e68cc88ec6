"""Grade the best suggestion for a wrong value: sure, likely or a guess (SPEC 5). Pure.

A sure suggestion may be accepted without being read. The server decides that, which knows every meaning the value may
have and how far behind the second best is: it is in the score (`workbook.report.SURE`).
"""

from __future__ import annotations

from typing import Literal

from workbook.report import FixGroup

Sureness = Literal["remembered", "sure", "likely", "guess"]


def how_sure(group: FixGroup) -> Sureness | None:
    """How sure a group's first suggestion is; None where it has none."""
    if not group.suggestions:
        return None
    best = group.suggestions[0]
    if best.remembered:
        return "remembered"
    if best.is_guess:
        return "guess"
    return "sure" if best.is_sure else "likely"
