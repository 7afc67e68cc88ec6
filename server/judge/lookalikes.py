"""Programs, staff and list values that are like what was written (SPEC 5): what may be offered, best first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from server.judge import ids
from server.judge.labels import program_label, staff_label
from server.judge.names import (
    Nicknames,
    Words,
    initials_of,
    nearest,
    person_likeness,
    person_words,
    title_likeness,
    words_of,
)
from server.judge.question import Question
from server.judge.reading import name_key, staff_index
from server.judge.reference import Program, Reference, Staff
from workbook.columns import ACTION, KINDS, PROGRAM_NAME, STAFF_FIRST, STAFF_ID, STAFF_LAST
from workbook.matching import exact_key
from workbook.report import Suggestion

MOST: Final = 5
"""Suggestions for one value."""
LEAST_PERSON: Final = 0.76
LEAST_TITLE: Final = 0.68
TRULY_ALIKE: Final = 0.86
"""How alike (0 to 1) a name must be to be offered; the last for a name that is known but may not be used."""
UNUSABLE_CODES: Final = frozenset({"staff-disabled", "no-caseload-access", "program-disabled"})
"""The value is known and may not be used here, so only what may be used answers it."""

_COMPARED: Final = 12  # names of a list that are compared word by word with one wrong value
_LOST_IN_A_CROWD: Final = 0.005  # nearer together than this, more names than can be shown are no answer
_SET_BACK: Final = 0.08  # what is no longer active stands behind what is as alike
_CONTEXT: Final = 0.01  # a caseworker of the row's program stands before one as alike who is not
_ID_LIKENESS: Final = {ids.DIFFERENT: 0.0, ids.ONE_OFF: 0.8, ids.SLIP: 0.92, ids.SAME: 1.0}

ACTION_WORDS: Final = {
    "Insert": ("add", "added", "assign", "begin", "create", "insertion", "new", "open", "start"),
    "Update": ("change", "close", "closed", "dismiss", "edit", "end", "ended", "exit", "modify", "remove", "upd"),
}
"""What people write who mean to begin an assignment, or to end one."""


class _Scored(NamedTuple):
    likeness: float
    value: str
    label: str


def alike_values(question: Question, reference: Reference) -> list[Suggestion]:
    """The active values of a feeder table, or Insert and Update, that the wrong value is like."""
    if question.column == ACTION:
        key = exact_key(question.value)
        meant = [action for action, words in ACTION_WORDS.items() if key in words]
        if meant:
            return _ranked(_Scored(0.9, action, action) for action in meant)
        choices = list(ACTION_WORDS)
    else:
        choices = [choice.value for choice in reference.feeder.get(question.column, ()) if choice.active]
    words = words_of(question.value)
    return _ranked(
        _Scored(likeness, choice, choice)
        for choice in choices
        if (likeness := title_likeness(words, words_of(choice))) >= LEAST_TITLE
    )


class ProgramNames:
    """The programs of a site, to be found by ID and by name."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self._programs = programs
        self.by_id = {exact_key(program.program_id): program for program in programs}
        self._by_name: dict[str, list[Program]] = {}
        for program in programs:
            self._by_name.setdefault(exact_key(program.name), []).append(program)

    def meant(self, column: str, value: str) -> Program | None:
        """The one program that the rules read `value` as."""
        named = self._by_name.get(exact_key(value), []) if column == PROGRAM_NAME else []
        return self.by_id.get(exact_key(value)) if not named else named[0] if len(named) == 1 else None

    def alike(self, questions: Sequence[Question]) -> list[list[Suggestion]]:
        """For each question the programs whose ID or name the wrong value is like."""
        titles = [words_of(program.name) for program in self._programs]
        values = [words_of(question.value) for question in questions]
        by_word: dict[str, list[int]] = {}
        for index, title in enumerate(titles):
            for word in {*initials_of(title), *title}:
                by_word.setdefault(word, []).append(index)
        levels = _id_levels(questions, [program.program_id for program in self._programs])
        answers = []
        for question, words, close, level in zip(
            questions, values, nearest(values, titles, _COMPARED), levels, strict=True
        ):
            sharing = {index for word in ("".join(words), *words) for index in by_word.get(word, ())[:_COMPARED]}
            scored = []
            for index in {*close, *sharing, *level}:
                program = self._programs[index]
                likeness = max(title_likeness(words, titles[index]), level.get(index, 0.0))
                if question.code in UNUSABLE_CODES and (not program.active or likeness < TRULY_ALIKE):
                    continue
                if likeness >= LEAST_TITLE:
                    likeness -= 0.0 if program.active else _SET_BACK
                    scored.append(self._offer(question.column, program, likeness))
            answers.append(_ranked(scored))
        return answers

    def _offer(self, column: str, program: Program, likeness: float) -> _Scored:
        # A name serves only where it is this one program's; else the Program ID does, which any column accepts.
        by_name = column == PROGRAM_NAME and bool(program.name) and self.meant(column, program.name) == program
        value = program.name if by_name else program.program_id
        return _Scored(likeness, value, program_label(program, with_id=column == PROGRAM_NAME and not by_name))


class StaffNames:
    """The staff of a site, to be found by ID and by name."""

    def __init__(self, reference: Reference, nicknames: Nicknames) -> None:
        self._reference = reference
        self._staff = reference.staff
        self._nicknames = nicknames
        self.by_id = {exact_key(member.staff_id): member for member in reference.staff}

    @cached_property
    def _by_name(self) -> dict[str, list[Staff]]:
        return staff_index(self._staff)

    def meant(self, column: str, value: str) -> Staff | None:
        """The one staff member that the rules read `value` as."""
        named = self._by_name.get(name_key(value), []) if column != STAFF_ID else []
        return self.by_id.get(exact_key(value)) if not named else named[0] if len(named) == 1 else None

    def alike(self, questions: Sequence[Question]) -> list[list[Suggestion]]:
        """For each question the staff whose ID or name the wrong value is like, who may be used first."""
        names = [person_words(f"{member.last_name},{member.first_name}") for member in self._staff]
        values = [person_words(question.value) for question in questions]
        levels = _id_levels(questions, [member.staff_id for member in self._staff])
        of_program = self._caseworkers() if any(question.program_key for question in questions) else set()
        answers = []
        for question, words, close, level in zip(
            questions, values, self._worth_comparing(values, names), levels, strict=True
        ):
            scored = []
            for index in {*close, *level}:
                member = self._staff[index]
                likeness = max(person_likeness(words, names[index], self._nicknames), level.get(index, 0.0))
                usable = member.active and member.caseload_access
                if question.code in UNUSABLE_CODES and (not usable or likeness < TRULY_ALIKE):
                    continue
                if likeness >= LEAST_PERSON:
                    likeness -= 0.0 if usable else _SET_BACK
                    likeness += _CONTEXT if (question.program_key, member.key) in of_program else 0.0
                    scored.append(self._offer(question.column, member, likeness))
            answers.append(_ranked(scored))
        return answers

    def _worth_comparing(self, values: Sequence[Words], names: Sequence[Words]) -> list[set[int]]:
        """For each value the staff like it as it stands, or with another name of the same person for a word."""
        by_word: dict[str, list[int]] = {}
        for index, name in enumerate(names):
            for word in name:
                by_word.setdefault(word, []).append(index)
        spellings: list[Words] = []
        owners: list[int] = []
        for owner, words in enumerate(values):
            spellings.append(words)
            owners.append(owner)
            for place, word in enumerate(words):
                for other in sorted(self._nicknames.related(word) & by_word.keys()):
                    spellings.append((*words[:place], other, *words[place + 1 :]))
                    owners.append(owner)
        found: list[set[int]] = [set() for _ in values]
        for owner, close in zip(owners, nearest(spellings, names, _COMPARED), strict=True):
            found[owner].update(close)
        for owner, words in enumerate(values):
            if len(words) == 1:  # a surname alone is like no full name as a whole, and still says who is meant
                found[owner].update(by_word.get(words[0], ())[:_COMPARED])
        return found

    def _caseworkers(self) -> set[tuple[int, int]]:
        """(program key, staff key) of the open assignments that are known."""
        return {
            (assignment.program_key, assignment.staff_key)
            for assignments in self._reference.assignments.values()
            for assignment in assignments
            if assignment.program_key and not assignment.end_date
        }

    def _offer(self, column: str, member: Staff, likeness: float) -> _Scored:
        value = member.staff_id
        if column != STAFF_ID and member.first_name and member.last_name:
            split = column in (STAFF_FIRST, STAFF_LAST)
            name = f"{member.last_name}, {member.first_name}" if split else member.full_name
            # A name serves only where the rules read it as this one person's; else the Staff ID does.
            if name.count(",") == int(split) and self.meant(column, name) == member:
                value = name
        return _Scored(likeness, value, staff_label(member, with_id=column != STAFF_ID and value == member.staff_id))


def _id_levels(questions: Sequence[Question], known: Sequence[str]) -> list[dict[int, float]]:
    """For each question how alike (0 to 1) the IDs are that its value comes near: by their place among `known`."""
    found: list[dict[int, float]] = [{} for _ in questions]
    asked = [
        place for place, question in enumerate(questions)
        if KINDS[question.column] == "id" or any(char.isdecimal() for char in question.value)
    ]  # fmt: skip
    for place, line in zip(asked, ids.levels([questions[place].value for place in asked], known), strict=True):
        found[place] = {index: _ID_LIKENESS[int(line[index])] for index in line.nonzero()[0].tolist()}
    return found


def _ranked(scored: Iterable[_Scored]) -> list[Suggestion]:
    """The most alike first, each value once; nothing where more are equally alike than could be shown."""
    best: dict[str, _Scored] = {}
    for one in sorted(scored, key=lambda one: (-one.likeness, one.value)):
        best.setdefault(one.value, one)
    ranked = list(best.values())
    if len(ranked) > MOST and ranked[0].likeness - ranked[MOST].likeness < _LOST_IN_A_CROWD:
        return []
    return [
        Suggestion(value=one.value, label=one.label, score=round(100 * min(one.likeness, 1.0), 1))
        for one in ranked[:MOST]
    ]
