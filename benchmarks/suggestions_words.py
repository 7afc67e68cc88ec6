"""Other words for the values of a site's lists: how often the value that is meant stands first, and how often surely.

`benchmarks/list_words.json` holds two sets, each written by somebody who had not seen the table of
`server/suggest/phrases.py`: one that the table was completed with, and one that it has never seen. Each has phrases
that mean a value, and phrases that mean none, or that nobody can decide on: of these none may be sure.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypedDict

from server.judge.question import Question
from server.judge.reference import FeederValue, Reference, SiteRules, User
from server.suggest.lookalikes import alike_values
from workbook.report import SURE

WORDS: Final = Path(__file__).with_name("list_words.json")


class PhraseSet(TypedDict):
    """`meant`: column → value → phrases for it. `none`: column → phrases that are for none."""

    meant: dict[str, dict[str, list[str]]]
    none: dict[str, list[str]]


def show(_asked: argparse.Namespace) -> None:
    sets: dict[str, PhraseSet] = json.loads(WORDS.read_text("utf-8"))
    print("Other words for list values")
    for title, phrases in sets.items():
        for column, meant in phrases["meant"].items():
            _show_column(title, column, meant, phrases["none"][column])


def _show_column(title: str, column: str, meant: Mapping[str, Sequence[str]], none: Sequence[str]) -> None:
    reference = Reference(
        rules=SiteRules("Harbor House"),
        today="2026-01-01",
        programs=[],
        staff=[],
        feeder={column: [FeederValue(key, value, True) for key, value in enumerate(meant, start=1)]},
        participants=[],
        enrollments={},
        assignments={},
        user=User(0, administrator=True),
    )
    asked = [(phrase, value) for value, phrases in meant.items() for phrase in phrases]
    found = alike_values([_question(column, phrase) for phrase, _ in asked], reference)
    first = sum(bool(answers) and answers[0].value == right for answers, (_, right) in zip(found, asked, strict=True))
    offered = sum(any(one.value == right for one in answers) for answers, (_, right) in zip(found, asked, strict=True))
    sure = [(answers[0].value, right) for answers, (_, right) in zip(found, asked, strict=True)
            if answers and answers[0].score >= SURE]  # fmt: skip
    wrong = sum(value != right for value, right in sure)
    undecided = alike_values([_question(column, phrase) for phrase in none], reference)
    sure_of_none = sum(bool(answers) and answers[0].score >= SURE for answers in undecided)
    print(
        f"  {title:28} {column:25} {len(asked):>4} phrases: first {first / len(asked):>4.0%}, offered "
        f"{offered / len(asked):>4.0%}, sure {len(sure):>3}, of these wrong {wrong}; "
        f"sure among {len(none)} that mean none: {sure_of_none}"
    )


def _question(column: str, phrase: str) -> Question:
    return Question(column=column, value=phrase, code="unknown-value")
