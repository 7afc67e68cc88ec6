"""How sure the best answer to a wrong value is: sure, likely or only a guess (SPEC 5). Pure.

What is sure may be taken without being read, so the limits are set where, of the rows that `caseload-server
sample-rows` makes, none was taken wrongly. A score says how alike two names are, or how likely it is that a participant
is meant; so what it takes to be sure hangs on the problem, and on how far behind the second best is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final, Literal

from workbook.columns import BIRTH_DATE, DEMOGRAPHICS, FIRST_NAME, KINDS, LAST_NAME
from workbook.matching import exact_key, like_key
from workbook.report import FixGroup

Sureness = Literal["remembered", "sure", "likely", "guess"]

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "unknown-value": (80, 8),
    "unknown-staff": (85, 8),
    "unknown-program": (85, 8),
    "unknown-participant": (95, 30),
    "ambiguous-participant": (95, 30),
}
"""Code → the score (0 to 100) from which its best answer is sure, and how far behind the second must be. Nothing else
is sure by its score: where a value is known and may not be used here, another one is another thing."""
_ID_CODES: Final = frozenset({"unknown-participant", "unknown-staff", "unknown-program"})
_MISMATCH: Final = "demographics-mismatch"
_NEAR: Final = 0.7
"""How alike (0 to 1) a name is to the one stored of the participant for a slip of the finger."""
_OTHER_NAME: Final = {FIRST_NAME: LAST_NAME, LAST_NAME: FIRST_NAME}


def how_sure(groups: Sequence[FixGroup]) -> list[Sureness | None]:
    """For each of a report's groups how sure its first suggestion is; None where it has none."""
    slips = _slips(groups)
    return [_of(group, is_slip=place in slips) for place, group in enumerate(groups)]


def _of(group: FixGroup, *, is_slip: bool) -> Sureness | None:
    if not group.suggestions:
        return None
    best = group.suggestions[0]
    if best.remembered:
        return "remembered"
    if best.is_guess:
        return "guess"
    second = group.suggestions[1].score if len(group.suggestions) > 1 else 0.0
    least, ahead = LIMITS.get(group.code, (101.0, 0.0))
    is_by_score = best.score >= least and best.score - second >= ahead
    return "sure" if is_by_score or is_slip or _is_one_day(group) or _has_lost_zeros(group) else "likely"


def _is_one_day(group: FixGroup) -> bool:
    """Whether a date lacks nothing but its century. The site's order says which number is the month, as it does of a
    whole date; of a birth the century is open."""
    days = [one.value[5:] for one in group.suggestions]
    return group.code == "ambiguous-date" and group.column != BIRTH_DATE and days[0] not in days[1:]


def _has_lost_zeros(group: FixGroup) -> bool:
    """Whether Excel made a number of an ID, and only one has that number."""
    if group.code not in _ID_CODES or KINDS.get(group.column) != "id" or not group.value.isdecimal():
        return False
    number = group.value.lstrip("0")
    return [one.value.lstrip("0") == number for one in group.suggestions].count(True) == 1 and (
        group.suggestions[0].value.lstrip("0") == number
    )


def _slips(groups: Sequence[FixGroup]) -> set[int]:
    """The places of those groups of details beside a Participant ID that are slips of the finger, or names exchanged.

    Where any detail of the row is another altogether, its ID may be the one that is wrong, so none of them is.
    """
    details = {
        place: group
        for place, group in enumerate(groups)
        if group.code == _MISMATCH and group.column in DEMOGRAPHICS and group.suggestions
    }
    names: dict[tuple[str, str], list[FixGroup]] = {}
    for group in details.values():
        names.setdefault((group.column, exact_key(group.value)), []).append(group)
    near = {
        place
        for place, group in details.items()
        if len(group.suggestions) == 1 and (_is_near(group) or _is_exchanged(group, names))
    }
    doubtful = {row for place, group in enumerate(groups) if group.code == _MISMATCH and place not in near
                for row in group.rows}  # fmt: skip
    return {place for place in near if doubtful.isdisjoint(groups[place].rows)}


def _is_near(group: FixGroup) -> bool:
    written, stored = group.value, group.suggestions[0].value
    if group.column in _OTHER_NAME:
        return SequenceMatcher(None, like_key(written), like_key(stored), autojunk=False).ratio() >= _NEAR
    if len(written) != len(stored):
        return False
    return sorted(written) == sorted(stored) or sum(a != b for a, b in zip(written, stored, strict=True)) == 1


def _is_exchanged(group: FixGroup, names: Mapping[tuple[str, str], Sequence[FixGroup]]) -> bool:
    """Whether first and last name stand in each other's place."""
    other = _OTHER_NAME.get(group.column, "")
    rows = set(group.rows)
    return any(
        exact_key(twin.suggestions[0].value) == exact_key(group.value) and rows <= {*twin.rows}
        for twin in names.get((other, exact_key(group.suggestions[0].value)), ())
    )
