"""How sure the best answer is: what is sure may be taken unread (SPEC 5). When it is sure, the tests of
`server/suggest` hold."""

from __future__ import annotations

import pytest

from workbook.report import ONLY_A_GUESS, FixGroup, Suggestion
from workbook.sureness import how_sure


@pytest.mark.parametrize(
    ("offered", "sure"),
    [
        ([Suggestion(value="Active", label="Active", score=96)], "sure"),
        ([Suggestion(value="Active", label="Active", score=94)], "likely"),
        ([Suggestion(value="P1", label=f"Ann Lee{ONLY_A_GUESS}", score=99)], "guess"),
        ([Suggestion(value="Active", label="Active", score=10, remembered=True)], "remembered"),
        ([], None),
    ],
)
def test_the_first_suggestion_is_as_sure_as_its_score_says(offered: list[Suggestion], sure: str | None) -> None:
    group = FixGroup(
        column="Caseload Status", value="Curr", code="unknown-value", count=1, rows=[2], suggestions=offered
    )
    assert how_sure(group) == sure
