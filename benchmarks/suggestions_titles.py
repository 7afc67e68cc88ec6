"""Titles of programs and list values: whom a wrong one is taken for, and what is sure though it means something else.

`benchmarks/near_titles.json` holds two sets of pairs that look alike and are different things (Inpatient, Outpatient),
each written by somebody who had not seen the rules: one was looked at while they were made, one never. One of a pair is
written, where the site has the other and ten titles more: whatever is sure then is wrong.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from benchmarks.mistakes import TITLE_MISTAKES
from benchmarks.name_peers import (
    Mistyped,
    difflib_matches,
    our_matcher,
    plain_ratio,
    reference_of,
    show_head,
    show_line,
    wratio,
)
from server.judge.question import Question
from server.judge.reference import FeederValue, Program, Reference, SiteRules, User
from server.records.sample import names
from server.suggest.suggest import suggest
from workbook.columns import PROGRAM_NAME
from workbook.report import Suggestion

NEAR: Final = Path(__file__).with_name("near_titles.json")
_SEED: Final = 3
_BESIDE: Final = 10


def show(_asked: argparse.Namespace) -> None:
    _show_found()
    _show_sure()
    sets: dict[str, dict[str, list[tuple[str, str]]]] = json.loads(NEAR.read_text("utf-8"))
    for title, columns in sets.items():
        for column, pairs in columns.items():
            _show_near(title, column, pairs)


def _show_found() -> None:
    matcher = our_matcher(reference_of([], _programs(TITLES)), PROGRAM_NAME, "unknown-program")
    print(f"\nPrograms: {len(TITLES)} titles, {len(OTHER_TITLES)} that are none")
    show_head()
    mistyped = _mistyped()
    for kind, some in mistyped.items():
        show_line(kind, "ours", some, matcher)
    everything = [one for some in mistyped.values() for one in some]
    peers = {
        "ours": matcher, "ratio": plain_ratio(TITLES), "WRatio": wratio(TITLES), "difflib": difflib_matches(TITLES),
    }  # fmt: skip
    for name, peer in peers.items():
        false = sum(map(bool, peer(OTHER_TITLES))) / len(OTHER_TITLES)
        show_line("all of them", name, everything, peer, false)


def _show_sure() -> None:
    """Of how many mistakes the first suggestion is sure, and of how many though another is meant; the latter also where
    the site has not the title that is meant, so that whatever is sure is wrong."""
    for kind, some in _mistyped().items():
        found = _asked_of(TITLES, [one.written for one in some])
        sure = [one.meant == answers[0].value for one, answers in zip(some, found, strict=True) if _is_sure(answers)]
        missing = sum(
            _is_sure(_asked_of([title for title in TITLES if title != one.meant], [one.written])[0]) for one in some
        )
        print(
            f"  {kind:24} of {len(some):>3} sure {len(sure):>3}, of these wrong {sure.count(False)}; "
            f"sure where the site has not the right one: {missing}",
            flush=True,
        )


def _show_near(title: str, column: str, pairs: Sequence[tuple[str, str]]) -> None:
    chance = random.Random(_SEED)
    everything = sorted({one for pair in pairs for one in pair})
    both_ways = [(one, other) for pair in pairs for one, other in (pair, pair[::-1])]
    offered = wrong = 0
    for written, listed in both_ways:
        others = [one for one in chance.sample(everything, _BESIDE + 2) if one not in (written, listed)]
        [answers] = _asked_of([listed, *others[:_BESIDE]], [written], column)
        offered += bool(answers)
        wrong += _is_sure(answers)
    print(
        f"  near, {title:14} {column:24} {len(both_ways):>3} written: something offered {offered:>3}, sure {wrong}",
        flush=True,
    )


def _mistyped() -> dict[str, list[Mistyped]]:
    chance = random.Random(_SEED)
    made = {
        kind: [Mistyped(title, written) for title in TITLES for _ in range(3) if (written := mistake(chance, title))]
        for kind, mistake in TITLE_MISTAKES.items()
    }
    return {kind: [one for one in some if one.meant != one.written] for kind, some in made.items()}


def _asked_of(listed: Sequence[str], written: Sequence[str], column: str = PROGRAM_NAME) -> list[list[Suggestion]]:
    """The suggestions for values of a column, at a site that has these titles."""
    if column == PROGRAM_NAME:
        code, reference = "unknown-program", reference_of([], _programs(listed))
    else:
        code = "unknown-value"
        feeder = {column: [FeederValue(key, value, True) for key, value in enumerate(listed, start=1)]}
        reference = Reference(SiteRules("Agency"), "2026-06-15", [], [], feeder, [], {}, {}, User(1, True))
    return suggest([Question(column, value, code, [2]) for value in written], reference, [])


def _programs(titles: Sequence[str]) -> list[Program]:
    return [Program(key, f"PRG-{key:02}", title, True) for key, title in enumerate(titles, 1)]


def _is_sure(answers: Sequence[Suggestion]) -> bool:
    return bool(answers) and answers[0].is_sure


TITLES: Final = (
    *names.PROGRAMS, "Youth Employment Services", "Permanent Supportive Housing", "Youth Shelter", "Senior Meals",
    "Domestic Violence Advocacy", "Early Childhood Education", "Family Preservation", "Workforce Development",
    "Substance Use Treatment", "Legal Aid Clinic", "Women, Infants, and Children", "Child Advocacy Center",
    "Supportive Services for Veteran Families", "Community Action Partnership", "Meals on Wheels", "Victim Services",
    "Independent Living Program", "Transitional Housing for Youth", "HIV Case Management", "Harm Reduction",
    "Intensive Outpatient Program", "Assertive Community Treatment", "Juvenile Diversion", "Truancy Prevention",
    "Respite Care", "Adult Protective Services", "Home Visiting", "Nurse-Family Partnership", "Crisis Intervention",
    "English as a Second Language", "Weatherization Assistance", "Rental Assistance", "Fatherhood Initiative",
)  # fmt: skip
OTHER_TITLES: Final = (
    "Dog Walking", "Swimming Lessons", "Chess Club", "Tax Preparation", "Gardening", "Blood Drive", "Pet Therapy",
    "Museum Visits", "Choir", "Computer Lab", "Driver Training", "Disaster Relief", "Toy Drive", "Bike Repair",
    "Internal Audit", "Facilities", "Human Resources", "Marketing", "Yoga", "Coat Drive", "Eye Clinic", "Art Classes",
    "Acupuncture", "Recycling", "XYZ", "n/a", "none", "TBD", "???", "12345", "Soccer League", "Hospice", "Book Club",
)  # fmt: skip
