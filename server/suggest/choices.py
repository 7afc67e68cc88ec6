"""Questions with fixed answers: an unclear header, a changed or repeated row (SPEC 2, R8, R12)."""

from __future__ import annotations

from collections.abc import Sequence

from server.judge.own_rows import HEADER_AGAIN, SAMPLE_LEFT
from server.judge.question import Question
from workbook.conflict import read_answer
from workbook.files.header import LEAVE_OUT
from workbook.left_out import LEAVE_ROW_OUT
from workbook.report import ONLY_A_GUESS, Suggestion

_NOTHING_IS_LOST = Suggestion(value=LEAVE_ROW_OUT, label="it says nothing new", score=97.0)
_CANNOT_BE_WRITTEN = Suggestion(value=LEAVE_ROW_OUT, label="what has ended stays as it is", score=80.0)
_NO_DATA = Suggestion(value=LEAVE_ROW_OUT, label="it is no data", score=97.0)
_MAYBE_DATA = Suggestion(value=LEAVE_ROW_OUT, label="look whether anything in it is yours", score=60.0)
_MAY_BE_MEANT = Suggestion(value=LEAVE_ROW_OUT, label=f"what is there stays as it is{ONLY_A_GUESS}", score=40.0)


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


def leave_out_answers(questions: Sequence[Question]) -> list[list[Suggestion]]:
    """That rows be left out which repeat something: sure where they agree with it in all that they say. Where they do
    not, any of their cells may be wrong; only of what has ended nothing else can become."""
    return [[_leaving_out(question)] for question in questions]


def _leaving_out(question: Question) -> Suggestion:
    if question.code in (SAMPLE_LEFT, HEADER_AGAIN):
        return _NO_DATA if question.certain else _MAYBE_DATA
    if question.certain:
        return _NOTHING_IS_LOST
    return _CANNOT_BE_WRITTEN if question.code == "historic-assignment" else _MAY_BE_MEANT
