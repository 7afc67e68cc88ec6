"""Suggest the few right values that each distinct wrong value may mean (SPEC 5).

A suggestion's `value` is what, put into the marked cell, makes the row right; its `label` is what a person reads to
decide. No suggestion is better than a wrong one: a value that resembles nothing gets none. Nothing here changes a
sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Final

from server.judge.days import day_answers
from server.judge.labels import program_label, staff_label
from server.judge.question import Question, without_what_fits
from server.judge.reference import Participant, Reference
from server.suggest.aliases import with_corrected, with_word_of_others
from server.suggest.choices import conflict_answers, header_answers, leave_out_answers
from server.suggest.colleagues import Colleagues
from server.suggest.emptied import with_emptied
from server.suggest.lookalikes import ACTION_WORDS, MOST, UNUSABLE_CODES, SiteNames, alike_values
from server.suggest.names import standard_nicknames
from server.suggest.people import CERTAIN, KNOWN, MISMATCH, Answers, People
from server.suggest.sources import SiteMemory, SiteRecords
from server.suggest.stored import is_mistyped
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    END,
    FEEDER_TABLES,
    KINDS,
    PARTICIPANT_ID,
    PROGRAM_ID,
    PROGRAM_NAME,
    SSN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
)
from workbook.conflict import CONFLICT
from workbook.left_out import LEAVE_ROW_OUT
from workbook.local_time import named_day
from workbook.matching import exact_key
from workbook.problems import HEADER_UNCLEAR, VALUE_CODES
from workbook.report import ONLY_A_GUESS, Suggestion
from workbook.text import repaired

MOST_ASKED: Final = 5000
"""Distinct wrong values of one kind that are answered at once, the most frequent first: where a whole column is
wrong, nobody wants a hundred thousand suggestions, and everybody wants the report."""
MOST_NAMES_ASKED: Final = 10_000
"""The same for programs, staff and list values, which are found faster."""
_YEARS_BACK: Final = 60
"""No assignment and no enrollment began longer ago."""
_GUESSED: Final = 40.0
"""The score of an answer that the rules found where a cell may be wrong that is not marked."""
_PARTICIPANT_CODES: Final = frozenset({"unknown-participant", "ambiguous-participant", "required"})
_BEFORE_START: Final = "end-before-start"
_STAFF_CODES: Final = frozenset({"unknown-staff", "ambiguous-staff", "staff-disabled", "no-caseload-access"})
_PROGRAM_CODES: Final = frozenset({"unknown-program", "ambiguous-program", "program-disabled"})
_FEEDER_CODES: Final = frozenset({"unknown-value", "value-inactive"})
_DATE_CODES: Final = frozenset({"not-a-date", "ambiguous-date"})
_PAST: Final = frozenset({BIRTH_DATE, END})
"""Dates that lie in the past."""
STAFF_COLUMNS: Final = frozenset({STAFF_ID, STAFF_NAME, STAFF_FIRST, STAFF_LAST})
_PROGRAM_COLUMNS: Final = frozenset({PROGRAM_ID, PROGRAM_NAME})

_EMPTY_MEMORY: Final = SiteMemory()
_NO_RECORDS: Final = SiteRecords()


def suggest(
    questions: Sequence[Question],
    reference: Reference,
    near: Sequence[Participant],
    memory: SiteMemory = _EMPTY_MEMORY,
    records: SiteRecords = _NO_RECORDS,
    taken: Collection[int] = (),
) -> list[Answers]:
    """One list for each question (see MOST_ASKED): up to 5 suggestions, remembered ones first, then by score (0–100).

    `near`: the participants whom the clues may mean. `taken`: keys of the participants whom rows name rightly without
    an ID.
    """
    return _Suggester(reference, near, memory, records, taken).answer(questions)


class _Suggester:
    def __init__(
        self,
        reference: Reference,
        near: Sequence[Participant],
        memory: SiteMemory,
        records: SiteRecords,
        taken: Collection[int],
    ) -> None:
        self._memory = memory
        self._nicknames = records.nicknames or standard_nicknames()
        self._people = People(reference, near, records, self._nicknames, taken)
        self._names = records.names or SiteNames(reference.programs, reference.staff, self._nicknames)
        self._caseworkers = records.caseworkers or self._known_caseworkers
        self._colleagues = Colleagues(reference, self._caseworkers)
        self._id_is_right: set[int] = set()
        """The rows of whose details several are not those of the ID's owner, and the ID is right all the same."""

    @property
    def _reference(self) -> Reference:
        return self._people.reference

    def answer(self, questions: Sequence[Question]) -> list[Answers]:
        groups: dict[Callable[[list[Question]], list[Answers]], list[int]] = {}
        for index, question in enumerate(questions):
            groups.setdefault(self._method_for(question), []).append(index)
        answers: list[Answers] = [[] for _ in questions]
        self._id_is_right.update(row for one in questions if self._leaves_no_doubt(one) for row in one.rows)
        # Values that were decoded wrongly (JosÃ©) are read as they were before.
        readable = [replace(question, value=repaired(question.value) or question.value) for question in questions]
        # Dates come last: a stored date of birth is offered for the participants found before.
        for method, indexes in sorted(groups.items(), key=lambda group: group[0] == self._dates):
            most = MOST_ASKED if method in (self._people.alike, self._known_people) else MOST_NAMES_ASKED
            frequent = sorted(indexes, key=lambda index: -len(questions[index].rows))[:most]
            for index, found in zip(frequent, method([readable[index] for index in frequent]), strict=True):
                answers[index] = found
        return [
            self._with_remembered(question, with_emptied(question, found, MOST))
            for question, found in zip(questions, answers, strict=True)
        ]

    def _method_for(self, question: Question) -> Callable[[list[Question]], list[Answers]]:
        column, code = question.column, question.code
        if code == HEADER_UNCLEAR:
            return header_answers
        if column == SSN:
            return self._nothing
        if column == PARTICIPANT_ID and code in _PARTICIPANT_CODES:
            return self._known_people if question.answers else self._people.alike
        if question.details:
            return self._people.by_id_or_details
        if code in _DATE_CODES:
            return self._dates
        if code == "ambiguous-staff" and question.answers:
            return self._namesakes
        if code == MISMATCH:
            return self._mismatches
        if code == CONFLICT:
            return conflict_answers
        if question.answers == (LEAVE_ROW_OUT,):
            return leave_out_answers
        if question.answers:
            return self._known_answers
        if code in _STAFF_CODES and column in STAFF_COLUMNS:
            return self._alike_staff
        if code in _PROGRAM_CODES and column in _PROGRAM_COLUMNS:
            return self._names.programs.alike
        if code in _FEEDER_CODES:
            return self._listed_values
        return self._nothing

    def _nothing(self, questions: list[Question]) -> list[Answers]:
        return [[] for _ in questions]

    def _known_answers(self, questions: list[Question]) -> list[Answers]:
        """The answers that the rules found, in their order; sure only where nothing else is possible."""
        return [
            [
                Suggestion(
                    value=value, label=self._label(question.column, value) + guessed,
                    score=CERTAIN if question.certain else (_GUESSED if guessed else KNOWN) - 5 * place,
                )
                for place, value in enumerate(list(dict.fromkeys(filter(None, question.answers)))[:MOST])
            ]
            for question in questions
            for guessed in [ONLY_A_GUESS if question.code == _BEFORE_START else ""]
        ]  # fmt: skip

    def _known_people(self, questions: list[Question]) -> list[Answers]:
        """Those of whom the rules found that they may be meant, whether or not more is known of them."""
        found = self._people.known(questions)
        return [one or self._known_answers([question])[0] for one, question in zip(found, questions, strict=True)]

    def _namesakes(self, questions: list[Question]) -> list[Answers]:
        """Staff who share a name; caseworkers of the row's program first."""
        by_id = self._names.staff.by_id
        groups = [
            [by_id[key] for one in question.answers if (key := exact_key(one)) in by_id] for question in questions
        ]
        self._colleagues.learn(member for group in groups for member in group)
        return [
            [
                Suggestion(
                    value=member.staff_id, score=CERTAIN if question.certain else KNOWN - 5 * place,
                    label=staff_label(member, with_id=True, facts=self._colleagues.facts(member)),
                )
                for place, member in enumerate(self._colleagues.in_order(group, question.program_key)[:MOST])
            ]
            for question, group in zip(questions, groups, strict=True)
        ]  # fmt: skip

    def _mismatches(self, questions: list[Question]) -> list[Answers]:
        """The stored detail of the participant with the row's ID: sure where the row says nearly the same, and its
        other details leave no doubt of the ID."""
        return [
            [one.model_copy(update={"score": CERTAIN if self._is_sure(question) else KNOWN}) for one in found]
            for question, found in zip(questions, self._known_answers(questions), strict=True)
        ]

    def _is_sure(self, question: Question) -> bool:
        no_doubt = not question.among_others or self._id_is_right.issuperset(question.rows)
        return no_doubt and (question.certain or self._is_slip(question))

    def _is_slip(self, question: Question) -> bool:
        [stored] = question.answers if len(question.answers) == 1 else ("",)
        written = without_what_fits(question.value)
        return bool(stored) and is_mistyped(question.column, written, stored, self._reference, self._nicknames)

    def _leaves_no_doubt(self, question: Question) -> bool:
        """Whether it asks whom an ID and details mean, and the ID is right beyond doubt."""
        is_owners = question.certain and question.answers[:1] == (question.owner,)
        return bool(question.details) and (is_owners or self._people.are_slips(question))

    def _label(self, column: str, value: str) -> str:
        """What a person reads for a value whose record is known; else the value itself."""
        if column in STAFF_COLUMNS and (member := self._names.staff.by_id.get(exact_key(value))):
            return staff_label(member, with_id=True)
        if column in _PROGRAM_COLUMNS and (program := self._names.programs.by_id.get(exact_key(value))):
            return program_label(program, with_id=True)
        return named_day(value, self._reference.rules.date_order) if KINDS.get(column) == "date" else value

    def _dates(self, questions: list[Question]) -> list[Answers]:
        rules, today = self._reference.rules, self._reference.today
        return [
            day_answers(
                question.value,
                rules.date_order,
                today,
                self._stored_days(question),
                past=question.column in _PAST,
                earliest="1900-01-01" if question.column == BIRTH_DATE else f"{int(today[:4]) - _YEARS_BACK}-01-01",
                certain=len(question.answers) == 1,
            )
            for question in questions
        ]

    def _stored_days(self, question: Question) -> list[tuple[str, str]]:
        """(ISO date, whose) of those whom a row with such a date of birth means: known, or clearly meant."""
        if question.answers:
            return [(iso, "this participant") for iso in question.answers]
        likely = self._people.likely(question.clue)
        return [(person.birth_date, person.full_name or person.participant_id) for person in likely]

    def _listed_values(self, questions: list[Question]) -> list[Answers]:
        return alike_values(questions, self._reference, self._memory.vocabulary)

    def _alike_staff(self, questions: list[Question]) -> list[Answers]:
        return self._names.staff.alike(questions, self._caseworkers, self._colleagues.facts)

    def _known_caseworkers(self, staff_keys: Collection[int]) -> set[tuple[int, int]]:
        return {
            (assignment.program_key, assignment.staff_key)
            for assignments in self._reference.assignments.values()
            for assignment in assignments
            if assignment.staff_key in staff_keys and assignment.program_key and not assignment.end_date
        }

    def _with_remembered(self, question: Question, found: Answers) -> Answers:
        replacement = self._memory.answers.get((question.column, exact_key(question.value)))
        if replacement is None or not self._serves(question, replacement):
            return found
        twin = next((one for one in found if exact_key(one.value) == exact_key(replacement)), None)
        if (question.column, exact_key(question.value)) in self._memory.corrected:
            return with_corrected(found, replacement, twin, self._remembered_label(question, replacement))
        if (question.column, exact_key(question.value)) in self._memory.of_others:
            return with_word_of_others(found, replacement, twin, self._remembered_label(question, replacement))
        label = twin.label if twin else self._remembered_label(question, replacement)
        first = Suggestion(value=replacement, label=label, score=100.0, remembered=True)
        return [first, *(one for one in found if one is not twin)][:MOST]

    def _serves(self, question: Question, replacement: str) -> bool:
        """Whether a remembered fix still makes the cell right, as far as the Reference shows."""
        key = exact_key(replacement)
        if question.column == SSN or not key or key == exact_key(question.value) or question.code not in VALUE_CODES:
            return False
        if question.column == PARTICIPANT_ID and not self._reference.user.administrator:
            return self._people.with_id(replacement) is not None
        if question.column == ACTION:
            return key in {exact_key(action) for action in ACTION_WORDS}
        if question.column in FEEDER_TABLES:
            choices = self._reference.feeder.get(question.column, ())
            return any(choice.active and exact_key(choice.value) == key for choice in choices)
        usable_only = question.code in UNUSABLE_CODES
        if question.code in _STAFF_CODES:
            member = self._names.staff.find(question.column, replacement)
            return member is not None and (not usable_only or (member.active and member.caseload_access))
        if question.code in _PROGRAM_CODES:
            program = self._names.programs.find(question.column, replacement)
            return program is not None and (not usable_only or program.active)
        return True

    def _remembered_label(self, question: Question, replacement: str) -> str:
        known = self._people.label_of(replacement) if question.column == PARTICIPANT_ID else None
        return known or self._label(question.column, replacement)
