"""The result of judging a sheet: problems, questions, and the plan. Pure."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from server.judge.plan import Plan
from server.judge.question import Clue, Detail, Question, told_apart
from server.judge.row import BIT, Row
from server.judge.values import HIDDEN
from server.judge.wording import Facts
from workbook.problems import PROBLEM_KINDS, Problem, Severity

_REPEATS: Final = ("already-open", "repeated-row")
MOST_ERRORS: Final = 10_000
"""Errors of one code that are listed; more are only counted. Where a whole column is wrong, a million sentences would
fill the memory, and nobody would read them."""
MOST_WARNINGS: Final = 100_000
"""The same for warnings, which go into the log row by row."""
MOST_QUESTIONS: Final = 10_000
"""Distinct wrong values of one code that can be answered at once; the others come up when some of these are."""


class About(NamedTuple):
    """What one problem says beyond its kind. `value`: what it is about, None for the cell's text; see
    `server.judge.question.Question` for the others."""

    value: str | None = None
    answers: tuple[str, ...] = ()
    severity: Severity = "error"
    clue: Clue | None = None
    certain: bool = False
    fits: str = ""
    """See `server.judge.question.what_fits`."""
    owner: str = ""
    details: tuple[Detail, ...] = ()
    among_others: bool = False
    """Whether another question of the row settles this one, too."""


THE_CELL: Final = About()


@dataclass(slots=True)
class Verdict:
    """The problems, questions and plan of a sheet. `questions`: each distinct wrong value, in order of its first
    row."""

    problems: list[Problem] = field(default_factory=list)
    questions: dict[tuple[str, str, str], Question] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    rows: int = 0
    wrong_rows: int = 0
    """How many rows have an error; a warning leaves a row valid."""
    errors: int = 0
    """How many problems are errors, those that are only counted too."""
    warnings: int = 0
    """How many are warnings."""
    counted: Counter[tuple[str, Severity]] = field(default_factory=Counter)
    """By code: how many problems of it are not among `problems`."""
    participants: array[int] = field(default_factory=lambda: array("I"))
    """For each row the key of its participant, 0 where none was found."""
    named: set[int] = field(default_factory=set)
    """Keys of the participants whom rows name rightly without an ID."""
    problem_counts: Counter[str] = field(default_factory=Counter)
    """By code, how many problems there were; likewise `question_counts` for questions."""
    question_counts: Counter[str] = field(default_factory=Counter)

    def mark(self, row: Row, column: str, code: str, facts: Facts, about: About = THE_CELL) -> None:
        """Marks a cell of the row with a problem of this kind."""
        self.add(row, column, code, PROBLEM_KINDS[code].says(**facts), about)

    def add(self, row: Row, column: str, code: str, message: str, about: About = THE_CELL) -> None:
        """The same, with a message of its own."""
        value = row.text(column) if about.value is None else about.value
        self.report(Problem(row.number, column, code, about.severity, value, message))
        if about.severity == "error":
            row.is_wrong = True
            row.repeats |= code in _REPEATS
            # A problem of the whole record marks the cell Update or Insert, whose own value is right.
            if PROBLEM_KINDS[code].scope == "cell":
                row.spoiled |= BIT[column]
        self.ask(row, column, value, code, about)

    def ask(self, row: Row, column: str, value: str, code: str, about: About) -> None:
        """Asks what is meant by a wrong value, once for all the rows that have it."""
        asked = told_apart(value, about.fits)
        key = (column, asked, code)
        question = self.questions.get(key)
        if question is None:
            if self.question_counts[code] == MOST_QUESTIONS:
                return
            self.question_counts[code] += 1
            question = self.questions[key] = Question(
                column,
                asked,
                code,
                clue=about.clue,
                program_key=row.program_key,
                staff_key=row.staff_key,
                answers=about.answers,
                certain=about.certain and len(about.answers) == 1,
                owner=about.owner,
                details=about.details,
            )
        elif about.answers != question.answers:
            question.answers = tuple(dict.fromkeys(question.answers + about.answers))[:5]
            question.certain = False
        else:
            question.certain = question.certain and about.certain
        question.among_others |= about.among_others
        question.rows.append(row.number)

    def report(self, problem: Problem) -> None:
        """Lists a problem, or only counts it where there are too many of its code."""
        code = problem.code
        problem_counts = self.problem_counts[code] = self.problem_counts[code] + 1
        if problem.severity == "error":
            self.errors += 1
            listed = problem_counts <= MOST_ERRORS
        else:
            self.warnings += 1
            listed = problem_counts <= MOST_WARNINGS
        if listed:
            self.problems.append(problem)
        else:
            self.counted[code, problem.severity] += 1


def hidden(row: Row) -> str:
    """What stands for an SSN. It names the row, so that two people's numbers never count as one value."""
    return f"{HIDDEN} row {row.number}"
