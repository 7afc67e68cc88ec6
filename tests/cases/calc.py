"""The differences of Calc that are out of our hands, each with its reason, in in_calc.txt.

An entry is a file's name, a line `because …`, and its facts in Calc (`tests.cases.doors.facts_in_calc`). One that no
longer differs, or differs otherwise, fails in `tests/cases/test_calc.py`.
"""

from __future__ import annotations

from typing import Final

from tests.cases.doors import HERE

DIFFERENCES: Final = HERE / "in_calc.txt"
_REASON: Final = "  because "


def in_calc() -> dict[str, list[str]]:
    """File name → its facts in Calc, where they are not those of every other door."""
    facts: dict[str, list[str]] = {}
    reasons: set[str] = set()
    for line in DIFFERENCES.read_text("utf-8").splitlines():
        name = next(reversed(facts), "")
        if line.startswith(_REASON):
            reasons.add(name)
        elif line.startswith("  "):
            facts[name].append(line[2:])
        elif line:
            facts[line] = []
    unreasoned = facts.keys() - reasons
    assert not unreasoned, f"without a reason: {sorted(unreasoned)}"
    return facts
