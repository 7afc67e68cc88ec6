"""Whom a row means: participants for its details, for an ID that is nearly right, and where ID and details differ."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from rapidfuzz.distance import OSA

from server.judge import ids
from server.judge.labels import is_enrolled, participant_label
from server.judge.question import Clue, Question
from server.judge.reference import Participant, Reference
from server.suggest.linkage import Favour, link
from server.suggest.lookalikes import MOST, MOST_UNSURE
from server.suggest.names import Nicknames, generation_of, has_another_name, name_words, words_of
from server.suggest.sources import SiteRecords
from server.suggest.stored import are_slips, with_lost_zeros
from workbook.matching import exact_key, like_key
from workbook.report import ONLY_A_GUESS, Suggestion

MISMATCH: Final = "demographics-mismatch"
CERTAIN: Final = 97.0
KNOWN: Final = 80.0
"""Scores of answers that the rules found: the only possible one, and one of several."""
_LIKELY: Final = 50.0
"""The score from which a stored date of birth is offered in place of an unreadable one."""
_ENROLLED: Final = 1.0
_ASSIGNED: Final = 1.5
"""Bits that circumstances add, to order participants who are about as likely."""
_INITIALS: Final = 2
"""Letters of what tells two children apart rather than names them, such as Twin A."""
_THE_ID: Final = " · the ID is right"
_THE_DETAILS: Final = " · the details are right"
"""What is said of whom an ID and details mean that are two people's."""

Answers = list[Suggestion]


class People:
    """The participants whom questions may mean.

    `near`: those whom the clues may mean. `taken`: keys of those whom rows name rightly without an ID.
    """

    def __init__(
        self,
        reference: Reference,
        near: Sequence[Participant],
        records: SiteRecords,
        nicknames: Nicknames,
        taken: Collection[int],
    ) -> None:
        self.reference = reference
        """With the enrollments and open assignments of whoever was looked into."""
        self._records = records
        self._nicknames = nicknames
        self._taken = taken
        self._with_history = {person.key for person in reference.participants}
        self._near = list({person.key: person for person in near}.values())
        self._likely: dict[Clue, list[Participant]] = {}
        """Clue → the participants who are likely to be meant, once it was looked into."""

    def alike(self, questions: list[Question]) -> list[Answers]:
        """Whom the details of a row may mean."""
        return self._link(questions, self._near)

    def known(self, questions: list[Question]) -> list[Answers]:
        """The rules found who they may be: only the order is open."""
        known = {person.participant_id: person for person in (*self._near, *self.reference.participants)}
        answers = []
        for question in questions:
            candidates = [known[value] for value in dict.fromkeys(question.answers) if value in known]
            [found] = self._link([question], candidates, admit_all=True)
            answers.append([one.model_copy(update={"score": CERTAIN}) for one in found] if question.certain else found)
        return answers

    def by_id_or_details(self, questions: list[Question]) -> list[Answers]:
        """Whose the ID is that stands beside somebody else's details, and whom these fit; which of the two is right is
        said beside each. Sure is what the caseload decides. Nothing, where the details are but mistyped: each is a
        question by itself then."""
        known = {one.participant_id: one for one in (*self.reference.participants, *self.reference.others)}
        named = [
            [known[one] for one in dict.fromkeys((*question.answers, question.owner)) if one in known]
            for question in questions
        ]
        self._look_into([person for people in named for person in people])
        found: list[Answers] = []
        for question, people in zip(questions, named, strict=True):
            if self.are_slips(question):
                found.append([])
                continue
            people = [*people[: MOST - 1], *(one for one in people if one.participant_id == question.owner)]
            found.append(
                [
                    self._person(
                        person,
                        CERTAIN if question.certain and not place else KNOWN - 5 * place,
                        _THE_ID if person.participant_id == question.owner else _THE_DETAILS,
                    )
                    for place, person in enumerate(dict.fromkeys(people))
                ]
            )
        return found

    def are_slips(self, question: Question) -> bool:
        """Whether the details beside an ID are its owner's, mistyped."""
        return question.code == MISMATCH and are_slips(question, self.reference, self._nicknames)

    def likely(self, clue: Clue | None) -> Sequence[Participant]:
        """Who is clearly meant by a clue that was looked into."""
        return self._likely.get(clue, ()) if clue else ()

    def label_of(self, participant_id: str) -> str | None:
        """What a person reads for an ID, None where it is nobody's who is known here."""
        person = self.with_id(participant_id)
        if person is None:
            return None
        self._look_into([person])
        return participant_label(person, self.reference)

    def with_id(self, participant_id: str) -> Participant | None:
        key = exact_key(participant_id)
        everybody = (*self._near, *self.reference.participants)
        return next((one for one in everybody if exact_key(one.participant_id) == key), None)

    def _link(
        self, questions: list[Question], people: Sequence[Participant], *, admit_all: bool = False
    ) -> list[Answers]:
        clues = [question.clue or Clue(question.value, "", "", "", "", "") for question in questions]

        def circumstances(likely: Sequence[Participant]) -> Favour:
            self._look_into(likely)
            return favour

        def favour(position: int, person: Participant) -> float:
            question = questions[position]
            enrolled = is_enrolled(self.reference, person.key, question.program_key)
            assigned = any(
                assignment.staff_key == question.staff_key and not assignment.end_date
                for assignment in self.reference.assignments.get(person.key, ())
            )
            return _ENROLLED * enrolled + _ASSIGNED * assigned

        links = link(
            clues, people, self._nicknames, limit=MOST, names=self._records.people_names, circumstances=circumstances,
            taken=self._taken, admit_all=admit_all,
        )  # fmt: skip
        for clue, found in zip(clues, links, strict=True):
            self._likely[clue] = [people[place] for place, score, guess in found if not guess and score >= _LIKELY]
        return [
            with_lost_zeros(
                question.value,
                self._near,
                [
                    self._person(
                        people[place],
                        min(score, MOST_UNSURE) if self._may_be_a_relative(clue, people[place]) else score,
                        ONLY_A_GUESS if guess else "",
                    )
                    for place, score, guess in found
                ],
            )
            for question, clue, found in zip(questions, clues, links, strict=True)
        ]

    def _may_be_a_relative(self, clue: Clue, person: Participant) -> bool:
        """Whether a row says another name than a person's, of somebody who may be born on that day, too: a twin, or a
        father of that name. Who is enrolled next of a family is just the one who is not there yet. A number that
        agrees leaves no doubt."""
        written, known = words_of(f"{clue.first_name} {clue.last_name}"), words_of(person.full_name)
        if not written or not known or self._has_number_of(clue, person):
            return False
        generations = {generation_of(written), generation_of(known)}
        one_day = bool(clue.birth_date) and clue.birth_date == person.birth_date
        if len(generations) == 2 and (None not in generations or not one_day):
            return True
        two_days = bool(clue.birth_date and person.birth_date) and not one_day
        if two_days and sorted(name_words(written)) != sorted(name_words(known)):
            return True
        if one_day and words_of(clue.first_name) == words_of(person.first_name):  # no twin is called the same
            ours, theirs = set(words_of(clue.last_name)), set(words_of(person.last_name))
            more, missing = " ".join(ours - theirs), " ".join(theirs - ours)
            if min(len(more), len(missing)) > _INITIALS and OSA.distance(more, missing, score_cutoff=1) <= 1:
                return False  # a slip, whatever word it makes
        return has_another_name(written, known, self._nicknames, self._is_name)

    def _is_name(self, word: str) -> bool:
        names = self._records.people_names
        return names is not None and names.count(word, 0) + names.count(word, 1) > 0

    @staticmethod
    def _has_number_of(clue: Clue, person: Participant) -> bool:
        return bool(
            (clue.ssn_hash and clue.ssn_hash == person.ssn_hash)
            or (clue.case_number and like_key(clue.case_number) == like_key(person.case_number))
            or (clue.participant_id and ids.same_number(clue.participant_id, person.participant_id))
        )

    def _look_into(self, people: Sequence[Participant]) -> None:
        """Fetches their enrollments and open assignments into the reference, unless they are there."""
        unknown = [person for person in people if person.key not in self._with_history]
        if self._records.histories and unknown:
            self.reference = self._records.histories(self.reference, unknown)
            self._with_history.update(person.key for person in unknown)

    def _person(self, person: Participant, score: float, note: str) -> Suggestion:
        label = participant_label(person, self.reference) + note
        return Suggestion(value=person.participant_id, label=label, score=score)
