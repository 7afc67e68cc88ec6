"""Offer remembered fixes of others, or corrected since, without putting them first (SPEC 5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.suggest.lookalikes import MOST
from workbook.report import ONLY_A_GUESS, Suggestion

WORD_OF_OTHERS: Final = " · remembered by somebody else"
_WORD_OF_OTHERS_SCORE: Final = 50.0
CORRECTED_SINCE: Final = " · remembered, but corrected again since"
_CORRECTED_SCORE: Final = 20.0


def with_corrected(
    found: Sequence[Suggestion], replacement: str, twin: Suggestion | None, label: str
) -> list[Suggestion]:
    """With what was remembered, but corrected again since: it speaks for nothing, and comes last. `twin`: the same
    among what was found; `label`: its label where there is no twin."""
    label = twin.label.removesuffix(ONLY_A_GUESS) if twin else label
    others = [one for one in found if one is not twin][: MOST - 1]
    least = min([_CORRECTED_SCORE, *(one.score for one in others)])
    return [*others, Suggestion(value=replacement, label=label + CORRECTED_SINCE + ONLY_A_GUESS, score=least)]


def with_word_of_others(
    found: Sequence[Suggestion], replacement: str, twin: Suggestion | None, label: str
) -> list[Suggestion]:
    """With what another user had remembered: it is marked as theirs, and no surer for it."""
    if twin is not None:
        guess = ONLY_A_GUESS if twin.label.endswith(ONLY_A_GUESS) else ""
        marked = twin.label.removesuffix(guess) + WORD_OF_OTHERS + guess
        return [one.model_copy(update={"label": marked}) if one is twin else one for one in found]
    last = found[: MOST - 1][-1].score if found else _WORD_OF_OTHERS_SCORE
    score = min(last, _WORD_OF_OTHERS_SCORE)
    return [*found[: MOST - 1], Suggestion(value=replacement, label=label + WORD_OF_OTHERS + ONLY_A_GUESS, score=score)]
