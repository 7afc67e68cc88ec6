"""Questions with fixed answers: an unclear header, a row changed meanwhile (SPEC 2, R12)."""

from __future__ import annotations

from collections.abc import Sequence

from server.judge.question import Question
from workbook.conflict import read_answer
from workbook.files.header import LEAVE_OUT
from workbook.report import Suggestion


def header_answers(questions: Sequence[Question]) -> list[list[Suggestion]]:
    """For each unclear header the columns it may be, and an answer that leaves it out."""
    none_of_ours = "None of these: its column is not uploaded"
    return [
        [
            Suggestion(
                value=value,
                score=90.0 - 10 * place,
                label=none_of_ours if value == LEAVE_OUT else f"It is {value}",
            )
            for place, value in enumerate(question.answers)
        ]
        for question in questions
    ]


def conflict_answers(questions: Sequence[Question]) -> list[list[Suggestion]]:
    """What may become of each row whose assignment was changed: only its user can decide, so nothing is sure."""
    labels = {
        True: "your row is written over what is stored now",
        False: "your row is left out, what is stored stays",
    }
    return [
        [
            Suggestion(value=value, label=labels[answer.keeps], score=50.0 - place)
            for place, value in enumerate(question.answers)
            if (answer := read_answer(value))
        ]
        for question in questions
    ]
