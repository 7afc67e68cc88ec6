"""Measured agreement rates of fields, the weights of record linkage (see docs/suggestions.md).

A weight is the logarithm (base 2) of the one chance over the other: Fellegi and Sunter, "A Theory for Record
Linkage", 1969. `python -m benchmarks.learn_weights` counts the pairs of FEBRL 1 to 3 and prints what stands here;
what those sets do not hold (nicknames, initials, Participant IDs, case numbers) is estimated, and marked so.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final

from server.judge import ids

FIRST: Final = 0
LAST: Final = 1
"""The two roles of a name."""


class Level(IntEnum):
    """How two names stand to each other, the nearest first."""

    SAME = 0
    SLIP = 1
    """One slip of the finger: a letter wrong, missing, too many, or two exchanged."""
    KIN = 2
    """A nickname, or one of the words of a name that has several."""
    NEAR = 3
    """Two slips, or one in a short name."""
    INITIAL = 4
    FAINT = 5
    """As much alike as many strangers' names, or only to the ear."""
    DIFFERENT = 6


class Day(IntEnum):
    """How two birth dates stand to each other."""

    SAME = 0
    SWAPPED = 1
    """Day and month exchanged."""
    SLIP = 2
    """One digit wrong, two exchanged, or the year off by one."""
    TWO_PARTS = 3
    """Two of year, month and day are the same."""
    DIFFERENT = 4


Chances = tuple[float, float]
"""(of two records of one person, of two strangers')."""

NAME_WEIGHTS: Final[tuple[Mapping[Level, Chances], Mapping[Level, Chances]]] = (
    {  # First Name
        Level.SAME: (0.7612, 0.003604),
        Level.SLIP: (0.1141, 0.001102),
        Level.KIN: (0.03, 0.001127),  # the first of the two estimated
        Level.NEAR: (0.0221, 0.001727),
        Level.INITIAL: (0.80, 0.08),  # estimated
        Level.FAINT: (0.0012, 0.003658),  # the first is the mean of both names: there are few such pairs
        Level.DIFFERENT: (0.1019, 0.988782),
    },
    {  # Last Name
        Level.SAME: (0.7329, 0.003165),
        Level.SLIP: (0.1684, 0.000803),
        Level.KIN: (0.03, 0.000219),  # the first of the two estimated
        Level.NEAR: (0.0258, 0.000975),
        Level.INITIAL: (0.80, 0.08),  # estimated
        Level.FAINT: (0.0012, 0.001181),  # as above
        Level.DIFFERENT: (0.0707, 0.993657),
    },
)

NAMES_EXCHANGED: Final[Chances] = (0.0638, 0.9362)
"""First Name written in the place of Last Name and the other way round, against as they belong."""

BIRTH_WEIGHTS: Final[Mapping[Day, Chances]] = {
    Day.SAME: (0.9361, 0.000029),
    Day.SWAPPED: (0.01, 0.000012),  # the first of the two estimated
    Day.SLIP: (0.0190, 0.001040),
    Day.TWO_PARTS: (0.0002, 0.002826),
    Day.DIFFERENT: (0.0447, 0.996094),
}

NO_DATE_WEIGHTS: Final[Mapping[Day, Chances]] = {
    Day.SAME: (0.9361, 0.000029),  # cannot be: a stored date is one
    Day.SWAPPED: (0.30, 0.000012),  # the first of the two estimated
    Day.SLIP: (0.9583, 0.000443),
    Day.TWO_PARTS: (0.0100, 0.000887),  # the first of the two estimated: there is no such pair
    Day.DIFFERENT: (0.0417, 0.998670),
}
"""The same where what is written is a date that no calendar has: a slip has made it, and nearly always one alone."""

SSN_WEIGHTS: Final[tuple[Chances, Chances]] = ((0.9044, 1e-7), (0.0956, 1.0))
"""The same, different: nothing is known of an SSN but its keyed hash. Strangers hardly ever share one."""

ID_WEIGHTS: Final[Mapping[int, Chances]] = {  # estimated
    ids.SAME: (0.95, 1e-5),
    ids.SLIP: (0.40, 1e-4),
    ids.ONE_OFF: (0.40, 1e-3),
    ids.DIFFERENT: (0.20, 1.0),
}
"""Participant IDs, and case numbers where the row gives nothing else: one that it gives is wrong already, or nobody
would ask."""

CASE_WEIGHTS: Final[Mapping[int, Chances]] = {  # estimated
    ids.SAME: (0.90, 3e-5),
    ids.SLIP: (0.04, 1e-4),
    ids.ONE_OFF: (0.03, 1e-3),
    ids.DIFFERENT: (0.04, 1.0),
}
"""Case numbers; households of two or three share one."""
