"""Rank programs, staff and list values that resemble a wrong value (SPEC 5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Final, NamedTuple

from rapidfuzz.distance import OSA

from server.judge import ids
from server.judge.labels import program_label, staff_label
from server.judge.question import Question
from server.judge.reference import Program, Reference, Staff
from server.judge.values import name_key, staff_index
from server.suggest.meanings import is_asked, may_say_the_opposite, meant_values, says_the_same
from server.suggest.names import Nicknames, Words, may_be_another, person_words, standard_nicknames, words_of
from server.suggest.roster import Roster
from server.suggest.slips import is_name_in_two_parts
from server.suggest.titles import ListedTitles, initials_of, nearest, nearly_alike, title_likeness
from workbook.columns import ACTION, KINDS, PROGRAM_NAME, STAFF_FIRST, STAFF_ID, STAFF_LAST
from workbook.matching import exact_key
from workbook.report import Suggestion

MOST: Final = 5
"""Suggestions for one value."""
LEAST_PERSON: Final = 0.74
LEAST_TITLE: Final = 0.68
TRULY_ALIKE: Final = 0.86
"""How alike (0 to 1) a name must be to be offered; the last for a name that is known but may not be used."""
UNUSABLE_CODES: Final = frozenset({"staff-disabled", "no-caseload-access", "program-disabled"})
"""The value is known and may not be used here, so only what may be used answers it."""

_DIGIT: Final = re.compile(r"\d")
_COMPARED: Final = 12  # names of a list that are compared word by word with one wrong value
_LOST_IN_A_CROWD: Final = 0.005  # nearer together than this, more names than can be shown are no answer
_SET_BACK: Final = 0.08  # what is no longer active stands behind what is as alike
_CONTEXT: Final = 0.02  # a caseworker of the row's program stands before one about as alike who is not
_ID_LIKENESS: Final = {ids.DIFFERENT: 0.0, ids.ONE_OFF: 0.8, ids.SLIP: 0.92, ids.SAME: 1.0}

ACTION_WORDS: Final = {
    "Insert": (
        "add", "added", "assign", "assigned", "begin", "create", "insertion", "new", "open", "opened", "start",
        "started",
    ),
    "Update": (
        "change", "changed", "close", "closed", "closing", "discharge", "dismiss", "dismissed", "edit", "end", "ended",
        "exit", "exited", "modify", "terminate", "upd", "updated",
    ),
}  # fmt: skip
"""What people write who mean to begin an assignment, or to end one."""
_DELETIONS: Final = frozenset({"cancel", "d", "del", "delete", "deleted", "remove", "removed", "void"})
_ENDS_ONLY: Final = "Update · ends the assignment on its End Date, for none is ever deleted"
_MEANT: Final = 0.9
"""How alike (0 to 1) a value counts that says another one in other words."""
_MAYBE_MEANT: Final = 0.78


class Surely(NamedTuple):
    """From which likeness on (0 to 1), and how far ahead of the next, an answer is sure."""

    least: float
    ahead: float


_PERSON_SURELY: Final = Surely(0.85, 0.12)
_TITLE_SURELY: Final = Surely(0.8, 0.12)
_NEVER: Final = Surely(2.0, 0.0)
"""For what is known and may not be used: what is alike is another thing all the same."""
MOST_UNSURE: Final = 94.0
_LEAST_SURE: Final = 96.0
"""Scores: of the surest that is not sure, and of the least sure that is (`workbook.report.SURE` is between them)."""

Vocabulary = Mapping[str, Sequence[tuple[str, str]]]
"""Column → (wrong value, what the site remembers for it)."""
About = Callable[[Staff], Sequence[str]]
"""A staff member → what a person knows of them: e-mail, programs, open cases."""
Caseworkers = Callable[[Collection[int]], Collection[tuple[int, int]]]
"""Staff keys → (program key, staff key) of those of them who have open assignments in a program."""


class _Scored(NamedTuple):
    likeness: float
    value: str
    label: str
    as_written: float = 0.0
    """How alike (0 to 1) the names are letter by letter, accents and all: it orders those that are equally alike."""
    may_be_sure: bool = True
    fits_alone: bool = False
    """Whether of all that are alike only this fits what else the rows say: then it is the first, and sure."""


class SiteNames:
    """The programs and staff of a site, prepared to be searched. It holds as long as the site has just these."""

    def __init__(self, programs: Sequence[Program], staff: Sequence[Staff], nicknames: Nicknames | None = None) -> None:
        """`nicknames`: the standard list when not given."""
        self.programs = ProgramNames(programs)
        self.staff = StaffNames(staff, nicknames or standard_nicknames())

    def are_of(self, reference: Reference) -> bool:
        return reference.staff == self.staff.members and reference.programs == self.programs.members


def alike_values(
    questions: Sequence[Question], reference: Reference, vocabulary: Vocabulary | None = None
) -> list[list[Suggestion]]:
    """For each question the active values of its feeder table, or Insert and Update, that the wrong value is like, or
    says in other words: those of `server.suggest.meanings`, and those of the site's `vocabulary`."""
    answers: list[list[Suggestion]] = [[] for _ in questions]
    by_column: dict[str, list[int]] = {}
    for place, question in enumerate(questions):
        key = exact_key(question.value) if question.column == ACTION else ""
        actions = [action for action, words in ACTION_WORDS.items() if key in words]
        answers[place] = _ranked((_Scored(_MEANT, action, action) for action in actions), _TITLE_SURELY)
        if key in _DELETIONS:
            answers[place] = _ranked([_Scored(_MAYBE_MEANT, "Update", _ENDS_ONLY)])
        elif not actions:
            by_column.setdefault(question.column, []).append(place)
    for column, places in by_column.items():
        listed = [choice.value for choice in reference.feeder.get(column, ()) if choice.active]
        choices = list(ACTION_WORDS) if column == ACTION else listed
        values = [words_of(questions[place].value) for place in places]
        found = ListedTitles([words_of(choice) for choice in choices]).alike(values, LEAST_TITLE)
        as_remembered = _like_remembered(column, values, (vocabulary or {}).get(column, ()), choices)
        for place, alike, remembered in zip(places, found, as_remembered, strict=True):
            written = words_of(questions[place].value)
            asks = is_asked(questions[place].value)
            scored = [
                _Scored(
                    like,
                    choices[index],
                    choices[index],
                    may_be_sure=not asks and says_the_same(column, questions[place].value, choices[index]),
                )
                for index, like in alike.items()
                if not may_say_the_opposite(written, words_of(choices[index]))
            ]
            meant = meant_values(column, questions[place].value, choices)
            scored += [
                _Scored(
                    _MEANT if is_sure and len(meant) == 1 else _MAYBE_MEANT,
                    choices[index],
                    choices[index],
                    may_be_sure=is_sure,
                )
                for index, is_sure in meant
            ]
            answers[place] = _ranked([*remembered, *scored], _TITLE_SURELY)
    return answers


def _like_remembered(
    column: str, values: Sequence[Words], remembered: Sequence[tuple[str, str]], choices: Sequence[str]
) -> list[list[_Scored]]:
    """For each value the choices that the site has remembered for one nearly like it."""
    usable = [(value, one) for value, one in remembered if one in choices]
    found = nearly_alike(values, [words_of(value) for value, _ in usable], TRULY_ALIKE, _COMPARED)
    return [
        [
            _Scored(_MAYBE_MEANT, usable[index][1], f"{usable[index][1]} · as “{usable[index][0]}” is remembered")
            for index in alike
        ]
        for alike in found
    ]


class ProgramNames:
    """The programs of a site, to be found by ID and by name."""

    def __init__(self, programs: Sequence[Program]) -> None:
        self.members = programs
        self.by_id = {exact_key(program.program_id): program for program in programs}
        self._by_name: dict[str, list[Program]] = {}
        for program in programs:
            self._by_name.setdefault(exact_key(program.name), []).append(program)

    def find(self, column: str, value: str) -> Program | None:
        """The one program that the rules read `value` as."""
        named = self._by_name.get(exact_key(value), []) if column == PROGRAM_NAME else []
        return self.by_id.get(exact_key(value)) if not named else named[0] if len(named) == 1 else None

    def alike(self, questions: Sequence[Question]) -> list[list[Suggestion]]:
        """For each question the programs whose ID or name the wrong value is like."""
        titles, by_word = self._titles, self._by_word
        values = [words_of(question.value) for question in questions]
        levels = _id_levels(questions, [program.program_id for program in self.members])
        answers = []
        for question, words, close, level in zip(
            questions, values, nearest(values, titles, _COMPARED), levels, strict=True
        ):
            looked_up = ("".join(words), *words[:_COMPARED])
            sharing = {index for word in looked_up for index in by_word.get(word, ())[:_COMPARED]}
            scored = []
            for index in {*close, *sharing, *level}:
                program = self.members[index]
                likeness = max(title_likeness(words, titles[index]), level.get(index, 0.0))
                if question.code in UNUSABLE_CODES and (not program.active or likeness < TRULY_ALIKE):
                    continue
                if likeness >= LEAST_TITLE:
                    likeness -= 0.0 if program.active else _SET_BACK
                    by_id = ids.same_number(question.value, program.program_id)
                    may_be_sure = by_id or (
                        says_the_same(PROGRAM_NAME, question.value, program.name)
                        and not is_name_in_two_parts(question.value, program.name)
                    )
                    scored.append(self._offer(question.column, program, likeness, may_be_sure=may_be_sure))
            answers.append(_ranked(scored, _NEVER if question.code in UNUSABLE_CODES else _TITLE_SURELY))
        return answers

    @cached_property
    def _titles(self) -> list[Words]:
        return [words_of(program.name) for program in self.members]

    @cached_property
    def _by_word(self) -> dict[str, list[int]]:
        """A word of a title, or what it is called for short → the programs."""
        by_word: dict[str, list[int]] = {}
        for index, title in enumerate(self._titles):
            for word in {*initials_of(title), *title}:
                by_word.setdefault(word, []).append(index)
        return by_word

    def _offer(self, column: str, program: Program, likeness: float, *, may_be_sure: bool) -> _Scored:
        # A name serves only where it is this one program's; else the Program ID does, which any column accepts.
        by_name = column == PROGRAM_NAME and bool(program.name) and self.find(column, program.name) == program
        value = program.name if by_name else program.program_id
        label = program_label(program, with_id=column == PROGRAM_NAME and not by_name)
        return _Scored(likeness, value, label, may_be_sure=may_be_sure)


class StaffNames:
    """The staff of a site, to be found by ID and by name."""

    def __init__(self, staff: Sequence[Staff], nicknames: Nicknames) -> None:
        self.members = staff
        self._nicknames = nicknames

    @cached_property
    def by_id(self) -> dict[str, Staff]:
        return {exact_key(member.staff_id): member for member in self.members}

    @cached_property
    def _words(self) -> list[Words]:
        return [words_of(f"{member.first_name} {member.last_name}") for member in self.members]

    @cached_property
    def _roster(self) -> Roster:
        return Roster(self._words, self._nicknames)

    @cached_property
    def _known_words(self) -> set[str]:
        return {word for words in self._words for word in words}

    @cached_property
    def _namesakes(self) -> Counter[Words]:
        return Counter(self._words)

    @cached_property
    def _by_name(self) -> dict[str, list[Staff]]:
        return staff_index(self.members)

    def find(self, column: str, value: str) -> Staff | None:
        """The one staff member that the rules read `value` as."""
        named = self._by_name.get(name_key(value), []) if column != STAFF_ID else []
        return self.by_id.get(exact_key(value)) if not named else named[0] if len(named) == 1 else None

    def shares_name(self, member: Staff) -> bool:
        """Whether another one is called the same."""
        return self._namesakes[words_of(member.full_name)] > 1

    def alike(
        self, questions: Sequence[Question], caseworkers: Caseworkers, about: About | None = None
    ) -> list[list[Suggestion]]:
        """For each question the staff whose ID or name the wrong value is like, who may be used first. `about`: what
        distinguishes staff who share a name."""
        values = [person_words(question.value) for question in questions]
        levels = _id_levels(questions, [member.staff_id for member in self.members])
        found: list[list[tuple[float, Staff]]] = []
        for question, close, level in zip(questions, self._roster.likest(values), levels, strict=True):
            alike = []
            for index in {*close, *level}:
                member = self.members[index]
                likeness = max(close.get(index, 0.0), level.get(index, 0.0))
                usable = member.active and member.caseload_access
                if question.code in UNUSABLE_CODES and (not usable or likeness < TRULY_ALIKE):
                    continue
                if likeness >= LEAST_PERSON:
                    alike.append((likeness - (0.0 if usable else _SET_BACK), member))
            found.append(alike)
        of_program = caseworkers(_tied(questions, found))
        fitting = [_who_fits(question, alike) for question, alike in zip(questions, found, strict=True)]
        return [
            _ranked(
                [
                    self._offer(
                        question,
                        member,
                        likeness + _CONTEXT * ((question.program_key, member.key) in of_program),
                        _as_written(question.value, member) if len(alike) > 1 else 0.0,
                        about,
                    )._replace(fits_alone=member is alone)
                    for likeness, member in alike
                ],
                _NEVER if question.code in UNUSABLE_CODES else _PERSON_SURELY,
            )
            for question, alike, alone in zip(questions, found, fitting, strict=True)
        ]

    def _offer(
        self, question: Question, member: Staff, likeness: float, as_written: float, about: About | None
    ) -> _Scored:
        column, value = question.column, member.staff_id
        if column != STAFF_ID and member.first_name and member.last_name:
            split = column in (STAFF_FIRST, STAFF_LAST)
            name = f"{member.last_name}, {member.first_name}" if split else member.full_name
            # A name serves only where the rules read it as this one person's; else the Staff ID does.
            alone = not split and self._namesakes[words_of(name)] == 1
            if name.count(",") == int(split) and (alone or self.find(column, name) == member):
                value = name
        facts = about(member) if about is not None and self.shares_name(member) else ()
        label = staff_label(member, with_id=column != STAFF_ID and value == member.staff_id, facts=facts)
        by_id = ids.same_number(question.value, member.staff_id)
        written = person_words(question.value)
        name = member.full_name
        if any(len(word) == 1 for word in written):  # J. is as good for Jean-Baptiste as for Jean
            name = f"{member.first_name.replace('-', '')} {member.last_name}"
        may_be_sure = by_id or not may_be_another(
            written, words_of(name), self._nicknames, self._known_words.__contains__
        )
        return _Scored(likeness, value, label, as_written, may_be_sure)


def _as_written(value: str, member: Staff) -> float:
    written, name = (text.replace(",", " ").casefold().split() for text in (value, member.full_name))
    as_it_stands = OSA.normalized_similarity(" ".join(written), " ".join(name))
    return max(as_it_stands, OSA.normalized_similarity(" ".join(sorted(written)), " ".join(sorted(name))))


def _who_fits(question: Question, alike: Sequence[tuple[float, Staff]]) -> Staff | None:
    """The only one of those alike whose assignments the rows end, unless the name is clearly another's."""
    fitting = [(likeness, member) for likeness, member in alike if member.key in (question.ends_of or ())]
    if len(fitting) != 1:
        return None
    [(likeness, member)] = fitting
    return member if max(other for other, _ in alike) - likeness < _PERSON_SURELY.ahead else None


def _tied(questions: Sequence[Question], found: Sequence[Sequence[tuple[float, Staff]]]) -> set[int]:
    """The keys of those among whom the program that the row names may decide."""
    tied: set[int] = set()
    for question, alike in zip(questions, found, strict=True):
        if question.program_key and len(alike) > 1:
            least = max(likeness for likeness, _ in alike) - _CONTEXT
            tied.update(member.key for likeness, member in alike if likeness >= least)
    return tied


def _id_levels(questions: Sequence[Question], known: Sequence[str]) -> list[dict[int, float]]:
    """For each question how alike (0 to 1) the IDs are that its value comes near: by their place among `known`."""
    found: list[dict[int, float]] = [{} for _ in questions]
    id_like = [
        place for place, question in enumerate(questions)
        if KINDS[question.column] == "id" or _DIGIT.search(question.value)
    ]  # fmt: skip
    if not id_like:
        return found
    for place, line in zip(id_like, ids.levels([questions[place].value for place in id_like], known), strict=True):
        found[place] = {index: _ID_LIKENESS[int(line[index])] for index in line.nonzero()[0].tolist()}
    return found


def _ranked(scored: Iterable[_Scored], surely: Surely = _NEVER) -> list[Suggestion]:
    """The most alike first, each value once; nothing where more are equally alike than could be shown. The first is
    sure where it is alike enough, and nothing else nearly as much, or where it alone fits the rows."""
    best: dict[str, _Scored] = {}
    for one in sorted(
        scored, key=lambda one: (not one.fits_alone, -round(one.likeness, 6), -one.as_written, one.value)
    ):
        best.setdefault(one.value, one)
    ranked = list(best.values())
    fits_alone = bool(ranked) and ranked[0].fits_alone
    if not fits_alone and len(ranked) > MOST and ranked[0].likeness - ranked[MOST].likeness < _LOST_IN_A_CROWD:
        return []
    scores = [min(100 * one.likeness, MOST_UNSURE) for one in ranked[:MOST]]
    if fits_alone:
        scores[0] = _LEAST_SURE
    elif ranked and ranked[0].likeness >= surely.least and ranked[0].may_be_sure:
        next_best = ranked[1].likeness if len(ranked) > 1 else 0.0
        if ranked[0].likeness - next_best >= surely.ahead:
            scores[0] = max(_LEAST_SURE, min(100 * ranked[0].likeness, 100.0))
    return [
        Suggestion(value=one.value, label=one.label, score=round(score, 1))
        for one, score in zip(ranked, scores, strict=False)
    ]
