"""Tell where words that most often say nothing of a reason turn what is said beside them (SPEC 5): who passed the
program has not passed away, what is due to complete is not complete, and a program that moved is no client who did.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workbook.columns import REASON

_ENDINGS: Final = frozenset({"closed", "close", "ended", "end", "exited", "exit", "dismissed", "discharged"})
_TO_END: Final = frozenset({"close", "end", "exit"})
"""Those of them that may be what somebody refuses, or passes."""
_THINGS: Final = frozenset({"program", "programs", "service", "services", "case"})
"""What may be the subject or the object of what is said, unless it is what ended: services ended, case closed."""
_SMALL: Final = frozenset({"the", "a", "an", "his", "her", "their", "this", "any", "is", "was", "has", "of", "with"})
_LEADING: Final = frozenset({"to", "at", "with", "the", "his", "her", "their"})
"""Before one of `_TO_END` they make it an object."""
_REFUSALS: Final = frozenset({"refused", "declined", "rejected", "withdrew", "withdrawn"})
_COMPLETIONS: Final = frozenset({"complete", "completed", "completion", "finished", "graduated", "graduation", "grad"})
_MOVES: Final = frozenset({"moved", "relocated", "relocation", "relocating", "transferred", "transfer"})
_PLANS: Final = frozenset({"complete", "finish", "graduate", "move", "relocate", "transfer", "withdraw"})
"""What somebody may be due to do."""
_DONE: Final = ("ed", "en", "wn", "ft", "ne")
"""How what somebody has done ends: has moved, has gone."""


def are_turning(column: str, words: Sequence[str], kept: Sequence[str]) -> bool:
    """Whether what is left out of some words may turn the rest, which is `kept`."""
    return (
        column == REASON
        and bool(kept)
        and (_is_of_a_thing(words, kept) or _is_not_yet(words, kept) or _is_had(words, kept))
    )


def _is_of_a_thing(words: Sequence[str], kept: Sequence[str]) -> bool:
    large = [word for word in words if word not in _SMALL]
    for place, word in enumerate(large):
        beside = {*large[max(place - 1, 0) : place], *large[place + 1 : place + 2]}
        is_refused = place > 0 and large[place - 1] in _REFUSALS
        is_said = word in _THINGS and word not in kept and not is_refused
        if is_said and _ENDINGS.isdisjoint(beside) and not _COMPLETIONS.issuperset(kept):
            return True
    if large[:1] == ["program"] and not _MOVES.isdisjoint(kept):
        return True
    ends = _TO_END.intersection(words) - {*kept}
    return bool(ends) and (
        not _REFUSALS.isdisjoint(kept)
        or any(word in ends and words[place] in _LEADING for place, word in enumerate(words[1:]))
    )


def _is_not_yet(words: Sequence[str], kept: Sequence[str]) -> bool:
    """To transfer, client to transfer, due to complete, graduation is due."""
    begin = words.index(kept[0])
    before = list(words[:begin])
    if "due" in words and "due" not in kept:
        place = words.index("due")
        if "to" not in words[place + 1 : place + 2]:
            return True
        return kept[0] in _PLANS and _ENDINGS.isdisjoint(before)
    return before[-1:] == ["to"] and _ENDINGS.isdisjoint(before)


def _is_had(words: Sequence[str], kept: Sequence[str]) -> bool:
    """Client has a death: not their own."""
    if "has" not in words or "has" in kept:
        return False
    behind = [word for word in words[words.index("has") + 1 :] if word not in _SMALL]
    return bool(behind) and behind[0] in kept and not behind[0].endswith(_DONE)
