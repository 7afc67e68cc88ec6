"""How sure the best answer to a wrong value is: sure, likely or only a guess (SPEC 5). Pure.

What is sure may be taken without being read. Whether it is, the server has found out, which knows all that the value
may mean, and how far behind the second best is: its score says it (`workbook.report.SURE`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from workbook.report import FixGroup

Sureness = Literal["remembered", "sure", "likely", "guess"]


def how_sure(groups: Sequence[FixGroup]) -> list[Sureness | None]:
    """For each of a report's groups how sure its first suggestion is; None where it has none."""
    return [_of(group) for group in groups]


def _of(group: FixGroup) -> Sureness | None:
    if not group.suggestions:
        return None
    best = group.suggestions[0]
    if best.remembered:
        return "remembered"
    if best.is_guess:
        return "guess"
    return "sure" if best.is_sure else "likely"
