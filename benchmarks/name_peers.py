"""Who is found by a wrong name or title: our suggestions, and what others would find (RapidFuzz's ratios, difflib)."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
from rapidfuzz import fuzz, process

from server.judge.question import Question
from server.judge.reference import Program, Reference, SiteRules, Staff, User
from server.suggest.lookalikes import SiteNames
from server.suggest.sources import SiteRecords
from server.suggest.suggest import suggest

Matcher = Callable[[Sequence[str]], list[list[str]]]
"""What is suggested for each value, best first."""


class Mistyped(NamedTuple):
    meant: str
    written: str


def show_head() -> None:
    print(f"  {'mistake':24} {'matcher':10} {'first':>7} {'in five':>8} {'none':>7} {'false':>7} {'time':>8}")


def show_line(kind: str, name: str, some: Sequence[Mistyped], matcher: Matcher, false: float | None = None) -> None:
    if not some:
        return
    begun = time.perf_counter()
    found = matcher([one.written for one in some])
    seconds = time.perf_counter() - begun
    pairs = list(zip(some, found, strict=True))
    first = sum(answer[:1] == [one.meant] for one, answer in pairs) / len(pairs)
    five = sum(one.meant in answer[:5] for one, answer in pairs) / len(pairs)
    none = sum(not answer for _, answer in pairs) / len(pairs)
    strangers = "" if false is None else f"{false:.1%}"
    print(
        f"  {kind:24} {name:10} {first:>7.1%} {five:>8.1%} {none:>7.1%} {strangers:>7} {seconds:>6.2f} s "
        f"for {len(some):,}", flush=True,
    )  # fmt: skip


def reference_of(staff: Sequence[Staff], programs: Sequence[Program]) -> Reference:
    return Reference(SiteRules("Agency"), "2026-06-15", programs, staff, {}, [], {}, {}, User(1, True))


def our_matcher(reference: Reference, column: str, code: str) -> Matcher:
    records = SiteRecords(names=SiteNames(reference.programs, reference.staff))

    def ask(values: Sequence[str]) -> list[list[str]]:
        questions = [Question(column, value, code, [2]) for value in values]
        return [[one.value for one in found] for found in suggest(questions, reference, [], records=records)]

    return ask


def plain_ratio(known: Sequence[str]) -> Matcher:
    """The plain ratio, as written or with the words sorted, whichever is higher."""
    sorted_known = [_in_order(name) for name in known]

    def ask(values: Sequence[str]) -> list[list[str]]:
        written = process.cdist([value.casefold() for value in values], [name.casefold() for name in known])
        ordered = process.cdist([_in_order(value) for value in values], sorted_known)
        found = []
        for line in np.maximum(written, ordered):
            best = np.argsort(-line)[:5]
            found.append([known[place] for place in best.tolist() if line[place] >= 75])
        return found

    return ask


def wratio(known: Sequence[str]) -> Matcher:
    def ask(values: Sequence[str]) -> list[list[str]]:
        return [
            [name for name, _, _ in process.extract(value, known, scorer=fuzz.WRatio, limit=5, score_cutoff=85)]
            for value in values
        ]

    return ask


def difflib_matches(known: Sequence[str]) -> Matcher:
    return lambda values: [get_close_matches(value, known, 5, 0.75) for value in values]


def _in_order(name: str) -> str:
    return " ".join(sorted(name.casefold().replace(",", " ").split()))
