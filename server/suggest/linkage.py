"""Rank the participants a row may mean, by record linkage over all fields (SPEC 5).

The weight of a pair is Fellegi and Sunter's: each field that both sides fill adds the logarithm (in bits) of how
much more often two records of one person agree that way than two records of strangers do (`server.suggest.weights`).
A field that either side leaves empty adds nothing. How often strangers agree is counted in the site itself: the
rarer the name, the more it says.

The bits are compared with the size of the site, because among a hundred thousand people more must agree than among a
hundred. A score is the chance, in percent, that this participant is meant, assuming that every other row means somebody
who is not in the data at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from heapq import nlargest
from math import log2
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from server.judge import ids
from server.judge.days import is_real
from server.judge.question import Clue
from server.judge.reference import Participant
from server.suggest.birth_dates import BirthDates
from server.suggest.candidates import FoldedClue, Pool, fold_clue
from server.suggest.name_index import Name, NameIndex, count_names
from server.suggest.names import Nicknames
from server.suggest.weights import (
    BIRTH_WEIGHTS,
    CASE_WEIGHTS,
    FIRST,
    ID_WEIGHTS,
    LAST,
    NAMES_EXCHANGED,
    NO_DATE_WEIGHTS,
    SSN_WEIGHTS,
    Chances,
    Day,
    Level,
)

CLEAR: Final = -2.3
"""Bits above what the size of the site asks for (its logarithm) from which somebody is suggested: one chance in six
that they are meant, where every other row means a stranger."""
GUESS: Final = -9.0
"""The same for a guess, which is made only where nothing better is: a name that is not theirs, beside one that is."""
GUESS_BY_BIRTH_DATE: Final = -12.0
"""The same for a row that gives a name, a birth date and perhaps an SSN, of somebody whose birth date is stored: what
differs then may all be one person's, as where a whole date or a whole name was taken from another line."""
GUESS_BY_NAME: Final = -10.0
"""The same for a row that gives nothing but a name."""
_NO_NAME: Final = 4.0
"""Bits in all that a guess needs besides, where no name agrees: a birth date alone, in no small site."""
CHANCE: Final = 0.02
"""Nobody is suggested who is not at least so likely, among all whom the row may mean, and no guess made that is not
among all the guesses: one in fifty is no help."""
_PRIOR: Final = 500
"""People: in a site of so many, what is counted there and what is known of people in general weigh the same."""
_BOTH_LACK: Final = 3.0
_LACKS: Final = 3.0
"""Bits by which those go first who lack the same name as the row (in FEBRL 1 to 3 it is some four), and those last who
lack one that the row gives. They order candidates and have their say in what is a guess; nobody is clearer for them, or
less clear."""
_BOTH_LACK_DATE: Final = 3.0
"""The same for who lacks a birth date as the row does, in a sheet that gives them to most: at most so much, and less
the more of the people lack one. Half of the rows of FEBRL 1 to 3 without one mean somebody without, who are two in a
hundred: that is four to five bits."""
_MEANT_BY_OTHERS: Final = 1.0
"""Bits by which those go last, among the equally likely, whom another row names, rightly or in all likelihood: a sheet
seldom writes one person in two ways."""
_MISSPELLED: Final = 3.0
_MISSPELLED_FROM: Final = 0.6
"""Bits by which those go first, among the equally likely, of whose other name so much (0 to 1) is written in order:
too little to be called alike, yet stragnwr is sooner stranger than blake. In FEBRL 1 to 3 it is two to five bits. A
guess may rest on it."""
_EXCHANGED: Final = log2(NAMES_EXCHANGED[0] / NAMES_EXCHANGED[1])


class Thresholds(NamedTuple):
    """From how many bits, above what the size of the site asks for, somebody is suggested."""

    clear: float = CLEAR
    guess: float = GUESS
    guess_by_name: float = GUESS_BY_NAME
    guess_by_birth_date: float = GUESS_BY_BIRTH_DATE


class Link(NamedTuple):
    """A candidate for one clue: its place among the participants, the score (0 to 100), and whether it is a guess."""

    place: int
    score: float
    guess: bool = False


Favour = Callable[[int, Participant], float]
"""(a clue's index, a candidate for it) → the bits that circumstances add. They order candidates, and admit nobody."""


def link(
    clues: Sequence[Clue],
    participants: Sequence[Participant],
    nicknames: Nicknames,
    *,
    limit: int,
    names: NameIndex | None = None,
    circumstances: Callable[[Sequence[Participant]], Favour] | None = None,
    taken: Collection[int] = (),
    admit_all: bool = False,
    limits: Thresholds | None = None,
) -> list[list[Link]]:
    """For each clue up to `limit` participants whom it may mean, the likeliest first; strangers are left out.

    `names`: those of the site, when `participants` is but a part of it. `circumstances`: asked once, with everybody
    whom any of the clues may mean. `taken`: keys of those whom the sheet names rightly elsewhere. `admit_all`: every
    participant given is a candidate already, and only the order is asked.
    """
    if not clues or not participants:
        return [[] for _ in clues]
    written = [fold_clue(clue) for clue in clues]
    if names is None:
        counted = count_names((person.first_name, person.last_name) for person in participants)
        names = NameIndex(counted, len(participants), nicknames)
    dated = 2 * sum(bool(clue.birth_date) for clue in clues) > len(clues)
    scale = _Scale(Pool(participants, written), names, limits or Thresholds(), dated)
    everybody = range(len(participants)) if admit_all else None
    weighed = [scale.weigh(one, everybody, limit) for one in written]
    others = Counter(one.sure for one in weighed if one.sure is not None)
    others.update(place for place, person in enumerate(participants) if person.key in taken)
    favour = None
    if circumstances is not None:
        likely = sorted({place for one in weighed for place in one.bits})
        favour = circumstances([participants[place] for place in likely])
    found = [
        scale.rank(one, others, limit, None if favour is None else _at(favour, position))
        for position, one in enumerate(weighed)
    ]
    return [[one._replace(guess=False) for one in some] for some in found] if admit_all else found


def _at(favour: Favour, position: int) -> Callable[[Participant], float]:
    return lambda person: favour(position, person)


class _Agreement(dict[str, float]):
    """A stored name's key → the bits by which it agrees with one that is written; 0 where either is empty."""

    def __init__(self, names: NameIndex, role: int, written: Name, stored: Mapping[str, Name]) -> None:
        super().__init__()
        self._names = names
        self._role = role
        self._written = written
        self._stored = stored
        if written.key:
            self.update((key, names.bits(role, written, level)) for key, level in names.alike(written).items())
        self[""] = 0.0

    def __missing__(self, key: str) -> float:
        bits = 0.0
        if self._written.key:
            level = self._names.stands(self._written, self._stored[key])
            bits = self._names.bits(self._role, self._written, level)
        self[key] = bits
        return bits


class _Weighed(NamedTuple):
    """Whom one clue may mean, by their places: `bits` for and against them, and what orders the equally likely."""

    bits: dict[int, float]
    leaning: dict[int, float]
    sure: int | None
    """Who is meant in all likelihood, if anybody is."""


class _Scale:
    """Weighs the pairs of clues and participants."""

    def __init__(self, pool: Pool, names: NameIndex, limits: Thresholds, dated: bool) -> None:
        """`dated`: whether most of the clues give a birth date, so that to give none says something."""
        self._pool = pool
        undated = pool.birth_dates.count("") if dated else 0
        self._undated = min(_BOTH_LACK_DATE, max(log2(len(pool.birth_dates) / (2 * undated)), 0.0)) if undated else 0.0
        """The bits by which those go first who lack a birth date as the row does."""
        self._limits = limits
        self._names = names
        self._people = max(names.people, len(pool.people))
        self._size = log2(max(self._people, _PRIOR))
        self._agreements: dict[tuple[int, str], _Agreement] = {}
        self._birth_dates: dict[str, BirthDates] = {}

    def weigh(self, written: FoldedClue, everybody: Iterable[int] | None, limit: int) -> _Weighed:
        """Who may be meant; of `everybody`, where they are given, else of those whom a search finds."""
        places = everybody if everybody is not None else self._pool.candidates(written, self._names)
        in_order = sorted(places)
        by_name = self._weigh_names(written, in_order)
        bits = self._weigh(written, in_order, by_name)
        if everybody is not None:
            return _Weighed(bits, self._leanings(written, in_order), None)
        if not bits:
            return _Weighed({}, {}, None)
        most = max(limit * 4, 20)
        together, least = sum(2.0**weight for weight in bits.values()), nlargest(most, bits.values())[-1]
        likely = [place for place in in_order if bits[place] >= least]
        leaning = self._leanings(written, likely)
        likely.sort(key=lambda place: (-bits[place], -leaning[place]))
        best = self._admitted(written, bits, by_name, leaning, likely[:most], together)
        clear = best and bits[best[0]] - self._size >= self._limits.clear
        sure = best[0] if clear and 2.0 ** bits[best[0]] >= together / 2 else None
        return _Weighed({place: bits[place] for place in best}, leaning, sure)

    def rank(
        self, weighed: _Weighed, others: Mapping[int, int], limit: int, favour: Callable[[Participant], float] | None
    ) -> list[Link]:
        """The likeliest first. `others`: of how many clues a person is surely the one who is meant."""
        bits, clear = weighed.bits, self._size + self._limits.clear
        strength = {}
        for place, weight in bits.items():
            by_others = others.get(place, 0) > (place == weighed.sure)
            strength[place] = weight + weighed.leaning[place] - (_MEANT_BY_OTHERS if by_others else 0.0)
            if favour is not None:
                strength[place] += favour(self._pool.people[place])
        best = sorted(bits, key=lambda place: (-strength[place], place))
        odds = {place: 2.0 ** min(strength[place] - self._size, 500.0) for place in best}
        all_odds = 1 + sum(odds.values())
        return [Link(place, _percent(odds[place] / all_odds), bits[place] < clear) for place in best[:limit]]

    def _admitted(
        self,
        written: FoldedClue,
        bits: Mapping[int, float],
        by_name: Mapping[int, float],
        leaning: Mapping[int, float],
        likely: Sequence[int],
        together: float,
    ) -> list[int]:
        """Of the likeliest those who are suggested: the clear ones, or guesses when there are none. `together`: the
        odds of all whom the row may mean. A row that gives no name is not guessed at: of its numbers, one that is
        nearly right says enough or nothing."""
        clear = [place for place in likely if bits[place] - self._size >= self._limits.clear]
        if clear or not by_name:
            return [place for place in clear if 2.0 ** bits[place] >= CHANCE * together]
        limits, born_on, by_name_alone = self._limits, self._pool.birth_dates, _name_alone(written.clue)
        by_birth_date = written.clue.birth_date and not (written.id_key or written.case_key)
        otherwise = limits.guess_by_name if by_name_alone else limits.guess
        guesses = []
        for place in likely:
            limit = limits.guess_by_birth_date if by_birth_date and born_on[place] else otherwise
            # All in all it must speak for them, in a small site too.
            least = self._size + limit if by_name_alone else max(self._size + limit, 0.0)
            if bits[place] + leaning[place] < least:
                continue
            named = by_name[place] > 0 and (by_name_alone or self._has_surname(written, place))
            if named or (bits[place] - by_name[place] > 0 and bits[place] >= _NO_NAME):
                guesses.append(place)
        # A candidate that is no guess makes none of the others less likely.
        odds = {place: 2.0 ** (bits[place] + leaning[place]) for place in guesses}
        together = sum(odds.values())
        return [place for place in guesses if odds[place] >= CHANCE * together]

    def _has_surname(self, written: FoldedClue, place: int) -> bool:
        """Whether their last name is one of the two written, faintly or misspelled: too many share a first name."""
        last = self._pool.lasts[place]
        return bool(last) and any(
            self._names.stands(name, self._pool.names[last]) < Level.DIFFERENT or _is_misspelled(name, last)
            for name in (written.last, written.first)
            if name.key
        )

    def _weigh_names(self, written: FoldedClue, places: Sequence[int]) -> dict[int, float]:
        """What the names say of every candidate, by their place; nothing where the row has none."""
        first, last = written.first, written.last
        if not (first.key or last.key):
            return {}
        firsts, lasts = self._pool.firsts, self._pool.lasts
        as_first, as_last = self._agreement(FIRST, first), self._agreement(LAST, last)
        by_name = {place: as_first[firsts[place]] + as_last[lasts[place]] for place in places}
        if first.key and last.key:
            first_as_last, last_as_first = self._agreement(LAST, first), self._agreement(FIRST, last)
            for place, straight in by_name.items():
                crossed = first_as_last[lasts[place]] + last_as_first[firsts[place]]
                if crossed > 0 and crossed + _EXCHANGED > straight:
                    by_name[place] = crossed + _EXCHANGED
        return by_name

    def _agreement(self, role: int, written: Name) -> _Agreement:
        key = (role, written.key)
        if key not in self._agreements:
            self._agreements[key] = _Agreement(self._names, role, written, self._pool.names)
        return self._agreements[key]

    def _weigh(self, written: FoldedClue, places: Sequence[int], by_name: Mapping[int, float]) -> dict[int, float]:
        """The bits of every candidate, by their place."""
        pool, clue = self._pool, written.clue
        bits = {**dict.fromkeys(places, 0.0), **by_name}
        if clue.birth_date:
            of_date, born_on = self._birth_date(clue.birth_date), pool.birth_dates
            for place in places:
                bits[place] += of_date[born_on[place]]
        if clue.ssn_hash:
            same, different = (_bits(chances) for chances in SSN_WEIGHTS)
            for place in places:
                stored = pool.people[place].ssn_hash
                if stored:
                    bits[place] += same if stored == clue.ssn_hash else different
        self._add_numbers(bits, written.id_key, pool.id_keys, ID_WEIGHTS)
        # A case number that stands alone is wrong already, as a Participant ID is, or nobody would ask.
        alone = not (clue.participant_id or clue.birth_date or clue.ssn_hash or by_name)
        self._add_numbers(bits, written.case_key, pool.case_keys, ID_WEIGHTS if alone else CASE_WEIGHTS)
        return bits

    def _birth_date(self, written: str) -> BirthDates:
        """A day that many were born on, or were said to have been, says less."""
        if written not in self._birth_dates:
            weights = BIRTH_WEIGHTS if is_real(written) else NO_DATE_WEIGHTS
            bits = {level: _bits(chances) for level, chances in weights.items()}
            same_person, stranger = BIRTH_WEIGHTS[Day.SAME]
            bits[Day.SAME] = log2(same_person / self._chance(stranger, len(self._pool.born.get(written, ()))))
            self._birth_dates[written] = BirthDates(written, bits)
        return self._birth_dates[written]

    def _add_numbers(
        self, bits: dict[int, float], key: str, keys: Sequence[str], weights: Mapping[int, Chances]
    ) -> None:
        """A number says little that is near to many others: those who come as near are counted."""
        if not key:
            return
        levels = {place: ids.level(key, keys[place]) for place in bits if keys[place]}
        holders = Counter(levels.values())
        for place, level in levels.items():
            same_person, stranger = weights[level]
            chance = stranger if level == ids.DIFFERENT else self._chance(stranger, holders[level])
            bits[place] += log2(same_person / chance)

    def _chance(self, stranger: float, holders: int) -> float:
        """How often a stranger agrees that way: of those who do (`holders`), all but the one who is meant."""
        return (max(holders - 1, 0.5) + _PRIOR * stranger) / (self._people + _PRIOR)

    def _leanings(self, written: FoldedClue, places: Sequence[int]) -> dict[int, float]:
        """What orders those who are about as likely, and admits nobody; by their place."""
        leaning = dict.fromkeys(places, 0.0)
        if self._undated and not written.clue.birth_date:
            born_on = self._pool.birth_dates
            leaning.update((place, self._undated) for place in places if not born_on[place])
        if not (written.first.key or written.last.key or written.clue.birth_date):
            return leaning
        for role, name, stored_keys in (
            (FIRST, written.first, self._pool.firsts), (LAST, written.last, self._pool.lasts),
        ):  # fmt: skip
            agreement = self._agreement(role, name)
            for place in places:
                stored = stored_keys[place]
                if not name.key:
                    leaning[place] += 0.0 if stored else _BOTH_LACK
                elif not stored:
                    leaning[place] -= _LACKS
                elif agreement[stored] < 0 and _is_misspelled(name, stored):
                    leaning[place] += _MISSPELLED
        return leaning


def _is_misspelled(written: Name, stored: str) -> bool:
    return OSA.normalized_similarity(written.key, stored) >= _MISSPELLED_FROM


def _bits(chances: Chances) -> float:
    return log2(chances[0] / chances[1])


def _name_alone(clue: Clue) -> bool:
    return not (clue.participant_id or clue.birth_date or clue.case_number or clue.ssn_hash)


def _percent(share: float) -> float:
    return round(max(100.0 * share, 1.0), 1)
