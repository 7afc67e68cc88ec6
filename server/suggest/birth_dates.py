"""Compare two birth dates, and weigh how the stored ones stand to a written one."""

from __future__ import annotations

from collections.abc import Mapping

from rapidfuzz.distance import OSA

from server.judge.days import swapped
from server.suggest.weights import Day


class BirthDates(dict[str, float]):
    """A stored birth date → the bits by which it stands to one that is written; 0 where it is empty."""

    def __init__(self, written: str, bits: Mapping[Day, float]) -> None:
        super().__init__({"": 0.0})
        self._written = written
        self._bits = bits

    def __missing__(self, stored: str) -> float:
        self[stored] = self._bits[day_level(self._written, stored)]
        return self[stored]


def day_level(one: str, other: str) -> Day:
    """How two dates (ISO) stand to each other; neither is empty."""
    if one == other:
        return Day.SAME
    same = (one[:4] == other[:4]) + (one[5:7] == other[5:7]) + (one[8:] == other[8:])
    if not same:  # most pairs; no slip changes all three parts
        return Day.DIFFERENT
    if swapped(one) == other:
        return Day.SWAPPED
    # The digits alone: 1990-10-17 typed as 1991-00-17 is one slip, two neighbours exchanged.
    if OSA.distance(one.replace("-", ""), other.replace("-", ""), score_cutoff=1) == 1 or (
        one[4:] == other[4:] and abs(_year(one) - _year(other)) == 1
    ):
        return Day.SLIP
    return Day.TWO_PARTS if same == 2 else Day.DIFFERENT


def _year(iso: str) -> int:
    return int(iso[:4]) if iso[:4].isdecimal() else -9
