"""One row rule: which cells it is about, when it asks, and how it finds what is wrong (SPEC 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from server.judge.row import Case, Row
from server.judge.wording import Facts
from workbook.problems import Severity


def _anyhow(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. It is silent where a column of `needs` (bits, see server.judge.row) is spoiled."""

    code: str
    marks: str | Callable[[Row], str]
    wrong: Callable[[Row], Any]
    """True, or what was found to be in the way, where the row is wrong."""
    facts: Callable[[Row, Any], Facts]
    """What fills the sentence: asked with what `wrong` answered."""
    filled: Callable[[int], object] = _anyhow
    """Which filled cells (bits) make the rule ask at all: it depends on them alone, so it is asked once for all rows
    that fill the same cells."""
    possible: Callable[[Case], object] = _anyhow
    """Whether any row of this sheet can break the rule at all: asked once a sheet."""
    needs: int = 0
    matched: bool | None = None
    """For an Update: whether the rule asks where the one open assignment was found, where it was not, or both."""
    action: str | None = None
    """Insert, Update, or None for a rule that asks of both."""
    severity: Severity = "error"
    answers: Callable[[Row], tuple[str, ...]] | None = None
    """What the user most likely meant, where the rule knows."""
    value: Callable[[Row], str] | None = None
    """What the problem is about where that is not the cell's own text."""
    certain: Callable[[Row], bool] = lambda row: False
    """Whether nothing else is possible where that is one answer."""
