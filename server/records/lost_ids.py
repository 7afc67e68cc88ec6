"""Find participants whose IDs Excel may have damaged in a sheet (SPEC 3, Identifiers)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection, bindparam, func, select

from server.judge.reference import User
from server.records.known_people import may_know, only_those_known
from server.records.matching import matching
from server.records.tables import participants
from workbook.files.excel_damage import LostIds, Ruin, lost_ids

_MOST_RUINS: Final = 200
"""Distinct ruined values that are looked into, the most frequent first."""
_MOST_SIZES: Final = 5
"""So many numbers of digits that lost IDs may have are looked for, the most frequent first: for each, the site's IDs
are gone through once at the most. The IDs of an agency have one or two."""
_MOST_IDS: Final = 50
"""IDs that one of them may have been. Where there are more, none is likelier than the others."""

_Found = tuple[str, str]
"""What an ID is found by (`id_key`), and the ID."""


def lost_participants(
    connection: Connection, site_id: int, user: User, ruins: Iterable[Ruin]
) -> dict[Ruin, tuple[str, ...]]:
    """For each ruined Participant ID those of the site, and of whom the user may know, that would look so, in their
    order; none where there are too many to choose from. Others are not counted: by what is missing they would show."""
    lost = {ruin: lost_ids(ruin) for ruin, _count in Counter(ruins).most_common(_MOST_RUINS)}
    texts = _with_texts(connection, site_id, user, frozenset().union(*(one.texts for one in lost.values())))
    numbers = _with_numbers(connection, site_id, user, [pair for one in lost.values() for pair in one.ranges])
    return {ruin: _those_of(one, texts, numbers) for ruin, one in lost.items()}


def _those_of(lost: LostIds, texts: dict[str, list[_Found]], numbers: dict[int, list[_Found]]) -> tuple[str, ...]:
    found = {pair for text in lost.texts for pair in texts.get(text, ())}
    for low, high in lost.ranges:
        known = numbers.get(len(low), [])
        first = bisect_left(known, low, key=_key)
        found.update(known[first : min(bisect_right(known, high, key=_key), first + _MOST_IDS + 1)])
    return tuple(participant_id for _, participant_id in sorted(found)) if len(found) <= _MOST_IDS else ()


def _key(found: _Found) -> str:
    return found[0]


def _with_texts(connection: Connection, site_id: int, user: User, texts: Collection[str]) -> dict[str, list[_Found]]:
    """By what they are found by."""
    join = "participants p ON p.site_id = ? AND p.id_key = v.a" + only_those_known(connection, user)
    found = defaultdict(list)
    for key, participant_id in matching(connection, "p.id_key, p.participant_id", join, site_id, texts):
        found[key].append((key, participant_id))
    return found


def _with_numbers(
    connection: Connection, site_id: int, user: User, ranges: Iterable[tuple[str, str]]
) -> dict[int, list[_Found]]:
    """By their number of digits, in order: of each part of a range in which there are too many, only one more than may
    be offered. Ranges that lie over each other are gone through together, or each would be as dear as all IDs."""
    sizes: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for low, high in ranges:
        sizes[len(low)].append((int(low), int(high)))
    key = participants.c.id_key
    # An ID's digits are compared as a text, so that the index serves; others lie between them.
    between = key.between(bindparam("low"), bindparam("high")), func.length(key) == bindparam("digits")
    query = (
        select(key, participants.c.participant_id)
        .where(participants.c.site_id == site_id, *between, may_know(user, participants.c.key))
        .order_by(key)
        .limit(_MOST_IDS + 1)
    )
    found: dict[int, list[_Found]] = {}
    for digits in sorted(sizes, key=lambda size: -len(sizes[size]))[:_MOST_SIZES]:
        parts = [(str(low).zfill(digits), str(high).zfill(digits)) for low, high in apart(sizes[digits])]
        found[digits] = [
            (row.id_key, row.participant_id)
            for low, high in parts
            for row in connection.execute(query, {"low": low, "high": high, "digits": digits})
        ]
    return found


def apart(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The parts, in order, into which ranges (lowest, highest) that lie over each other cut each other: each of the
    ranges is some of them, and no number is in two."""
    borders: Counter[int] = Counter()
    for low, high in ranges:
        borders[low] += 1
        borders[high + 1] -= 1
    over = 0
    for first, following in pairwise(sorted(borders)):
        over += borders[first]
        if over:
            yield first, following - 1
