"""Limit how many SSNs a user may try, so that none can be guessed (SPEC 7).

Each answer to a wrong SSN narrows down the right one. Beside a known Participant ID, SSNs are compared as long as few
different wrong ones were given for that participant within a day, by all users together. Beside no known ID, they are
compared as long as this user gave few that belong to nobody; some more where most of what they gave within a day is
somebody's, whatever else those rows say, because a right SSN beside a misspelled name is how names are suggested, and
not a guess. Beyond the limit a right SSN gets the same answer as a wrong one. One that was answered before gets the
same answer again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from server.judge.reference import Participant, TriedSsns
from server.judge.values import ReadColumn
from workbook.columns import PARTICIPANT_ID, SSN

MOST_OF_ONE: Final = 5
"""Different wrong SSNs for one participant and day."""
MOST_ALONE: Final = 200
"""Different SSNs of one user and day that nobody has, beyond as many as somebody has, where these are most of them."""
HELD: Final = -1
"""In the place of a participant's key (which 0 is for nobody's): the SSN is somebody's, and no wrong one."""


class RowSsn(NamedTuple):
    """An SSN as one row gives it."""

    row_index: int
    """From 0."""
    participant_key: int
    """Whose ID stands beside it; 0 where none does that is known."""
    ssn_hash: str
    right: bool
    """Whether it is the SSN of that participant; without a participant, whether it is anybody's."""


class Tries(NamedTuple):
    """What is to be counted before a sheet may be answered: (participant key or 0, hash), and of those without a
    participant how many may be counted at most."""

    new: list[tuple[int, str]]
    most_alone: int
    held: list[str]
    """Those without a participant that somebody has, and that were not counted yet."""


def ssns_in(
    columns: Mapping[str, ReadColumn], people: Sequence[Sequence[Participant]], held: Collection[str]
) -> Iterator[RowSsn]:
    """The SSNs of a sheet that can be compared with stored ones, in the order of their rows.

    `people`: by code of the Participant ID column, everybody with that ID; `held`: the hashes of those SSNs that
    somebody has.
    """
    ids, ssns = columns[PARTICIPANT_ID], columns[SSN]
    if not any(ssns.codes):
        return
    for index, (id_code, code) in enumerate(zip(ids.codes, ssns.codes, strict=True)):
        ssn_hash = ssns.found[code]
        if not ssn_hash:
            continue
        if id_code and len(people[id_code]) == 1:
            [person] = people[id_code]
            if person.ssn_hash:
                yield RowSsn(index, person.key, ssn_hash, ssn_hash == person.ssn_hash)
        elif id_code:
            yield RowSsn(index, 0, ssn_hash, right=False)
        else:
            yield RowSsn(index, 0, ssn_hash, ssn_hash in held)


def tries(given: Iterable[RowSsn], tried: TriedSsns) -> Tries:
    """The wrong SSNs of a sheet that were not given within a day yet, as far as they may be answered at all."""
    given = list(given)
    most = _most_alone(given, tried)
    room = {key: MOST_OF_ONE - len(known) for key, known in tried.beside_ids.items()}
    room[0] = most - len(tried.alone)
    new: dict[tuple[int, str], None] = {}
    for one in given:
        key = one.participant_key
        if one.right or one.ssn_hash in _known(tried, key) or (key, one.ssn_hash) in new:
            continue
        if room.setdefault(key, MOST_OF_ONE) > 0:
            room[key] -= 1
            new[key, one.ssn_hash] = None
    # Right SSNs need no counting for a user who gives nothing else. Nor are they counted where no more are answered:
    # else the write that a right one takes, and a wrong one does not, would show by its time.
    counts = (bool(tried.alone) or any(not key for key, _ in new)) and len(tried.alone) < most
    return Tries(list(new), most, sorted(_held(given) - tried.held) if counts else [])


def unanswered(given: Iterable[RowSsn], tried: TriedSsns) -> frozenset[int]:
    """The indexes of the rows whose SSN is not answered."""
    given = list(given)
    most = _most_alone(given, tried)

    def is_answered(one: RowSsn) -> bool:
        known = _known(tried, one.participant_key)
        if one.ssn_hash in known:
            return True
        given_by_them = len(known) if one.participant_key else len(tried.alone)
        return one.right and given_by_them < (MOST_OF_ONE if one.participant_key else most)

    return frozenset(one.row_index for one in given if not is_answered(one))


def _known(tried: TriedSsns, participant_key: int) -> frozenset[str]:
    if participant_key:
        return tried.beside_ids.get(participant_key, frozenset())
    return tried.alone | tried.by_fellows


def _held(given: Iterable[RowSsn]) -> set[str]:
    return {one.ssn_hash for one in given if one.right and not one.participant_key}


def _most_alone(given: Sequence[RowSsn], tried: TriedSsns) -> int:
    held = len(_held(given) | tried.held)
    wrong = len({one.ssn_hash for one in given if not (one.right or one.participant_key)} | tried.alone)
    # Only where most are right. Else, in a sheet full of guesses, the number of answers would reveal the number of
    # hits. What was wrong earlier counts too. Else a single right guess would be most of a sheet.
    return MOST_ALONE + held if held > wrong else MOST_ALONE
