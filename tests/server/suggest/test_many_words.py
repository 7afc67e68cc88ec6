"""However many words a value has, or one that was remembered, they cost a check no more than a title's do (SPEC 5)."""

from __future__ import annotations

import random
from pathlib import Path

import server.suggest
from server.judge.question import Question
from server.suggest.lookalikes import alike_values
from server.suggest.names import words_of
from tests.support import judged
from tests.support.steps import steps_in
from workbook.columns import STATUS

FOLDER = Path(server.suggest.__file__).parent


def phrases(seed: int, many: int, words: int, letters: int = 2) -> list[str]:
    chance = random.Random(seed)

    def word() -> str:
        return "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=letters))

    return [" ".join(word() for _ in range(words)) for _ in range(many)]


def steps(wrong: list[str], remembered: list[str]) -> int:
    """How many steps are taken over some wrong values beside what is remembered, but for finding the words of that."""
    questions = [Question(STATUS, value, "unknown-value", [2]) for value in wrong]
    vocabulary = {STATUS: [(value, "Active") for value in remembered]}
    reference = judged.reference()
    whole = steps_in(FOLDER, lambda: alike_values(questions, reference, vocabulary))
    return whole - steps_in(FOLDER, lambda: [words_of(value) for value in remembered])


def test_remembered_values_of_many_words_are_looked_at_no_longer_than_others() -> None:
    wrong = phrases(1, 20, 1, letters=8)
    assert steps(wrong, phrases(2, 100, 160)) < 2 * steps(wrong, phrases(3, 100, 3))


def test_of_many_remembered_values_that_all_may_be_meant_few_are_looked_at() -> None:
    """Each has the words of all others, but for one."""
    [base] = phrases(1, 1, 8)
    alike = [f"{base} {last}" for last in phrases(2, 300, 1)]
    few, many = (steps(alike[:20], alike[20 : 20 + count]) for count in (28, 280))
    assert many < 3 * few


def test_a_value_of_a_hundred_words_is_compared_with_the_list_as_one_of_ten() -> None:
    base = "active on hold closed pending waitlisted inactive monitoring "
    long, short = ([f"{base * times}{last}" for last in phrases(1, 20, 1, letters=5)] for times in (12, 1))
    assert steps(long, []) < 2 * steps(short, [])
