"""A sheet and what the site knows in; every problem, and what the valid rows would write, out. Pure: no I/O.

The road of a row: its cells were read a distinct value at a time (`reading`); here it learns who it speaks of
(`identify`), is held against every rule (`rules`), and moves the ledger on, so that the next row finds what this one
made (SPEC R11). A row moves the ledger even when something else in it is wrong: the rows below it shall not be
blamed for that.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from server.judge.assignment import narrow, out_of_bounds
from server.judge.days import told_day
from server.judge.enrollment import NEW, find_stay
from server.judge.identify import Identifier, clue, describe
from server.judge.ledger import Begun, Ledger, Stay
from server.judge.plan import Begin, End, EnrollmentBegin, EnrollmentEnd, Plan
from server.judge.question import Clue, Question
from server.judge.reach import may_change_only, within_reach
from server.judge.reading import HIDDEN, CaseworkerNames, Flaw, ReadColumn, quoted, read_columns
from server.judge.reference import Assignment, Participant, Reference
from server.judge.remarks import questions, remarks
from server.judge.row import BIT, CASEWORKER_BITS, PLACE, PROGRAM_BITS, Case, Row, bits, key_of, read_rows
from server.judge.rules import Rule, rules_for
from server.judge.ssns import Given, given_in, unanswered
from server.judge.wording import Facts, extra_facts, permission_facts
from workbook.columns import (
    ACTION,
    BIRTH_DATE,
    CASE_NUMBER,
    DEMOGRAPHICS,
    END,
    INSERT,
    PARTICIPANT_ID,
    PROGRAM_END,
    PROGRAM_ID,
    PROGRAM_NAME,
    PROGRAM_START,
    REASON,
    RELATIONSHIP,
    SSN,
    STAFF_FIRST,
    STAFF_ID,
    STAFF_LAST,
    STAFF_NAME,
    START,
    UPDATE,
)
from workbook.matching import exact_key
from workbook.problems import PROBLEM_KINDS, Problem, Severity
from workbook.sample_row import what_is_left
from workbook.sheet import EMPTY, Sheet

_ID = PLACE[PARTICIPANT_ID]
_PERSON = BIT[PARTICIPANT_ID]
_DEMOGRAPHIC_BITS = bits(*DEMOGRAPHICS)
_ENDING = (END, REASON)
_REPEATS = ("already-open", "repeated-row")
_TO_INSERT = _PERSON | PROGRAM_BITS | CASEWORKER_BITS | BIT[RELATIONSHIP]
_TO_END = _TO_INSERT | BIT[START]
_PROGRAM_DATES = bits(PROGRAM_START, PROGRAM_END)
_TO_ENROLL = _PERSON | PROGRAM_BITS | _PROGRAM_DATES
_SPLIT_NAME = bits(STAFF_FIRST, STAFF_LAST)
_WHOLE_NAME = bits(STAFF_ID, STAFF_NAME)


MOST_ERRORS: Final = 10_000
"""Errors of one code that are told one by one. Where a whole column is wrong nobody reads a million sentences, and they
would fill the memory; the others are counted."""
MOST_WARNINGS: Final = 100_000
"""The same for warnings, which go into the log row by row."""
MOST_QUESTIONS: Final = 10_000
"""Distinct wrong values of one code that can be answered at once; the others come up when some of these are."""


@dataclass(slots=True)
class Verdict:
    """What was found. `questions`: each distinct wrong value, in the order of their first rows."""

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


def judge(sheet: Sheet, reference: Reference) -> Verdict:
    """Every problem of every row, and the plan of what the valid ones write (SPEC 4)."""
    return Judging(sheet, reference).verdict()


class Judging:
    """A sheet whose distinct values are read, before its rows are judged.

    `reference` becomes what of it the user may know (`server.judge.reach`).
    """

    def __init__(self, sheet: Sheet, reference: Reference) -> None:
        self._sheet = sheet
        self.reference = reference = within_reach(reference)
        self._strangers = frozenset(person.key for person in reference.strangers)
        self._columns = read_columns(sheet, reference)
        self._identifier = Identifier(reference, self._columns)
        ids = self._columns[PARTICIPANT_ID]
        self._people = [
            () if ruin and ruin.sure else self._identifier.by_id(text)
            for text, ruin in zip(ids.texts, ids.ruins, strict=True)
        ]
        """By code of the Participant ID column: everybody with that ID."""
        self._demographics = [
            (PLACE[header], self._columns[header].found, stored)
            for stored, header in enumerate(DEMOGRAPHICS, Participant._fields.index("first_name"))
            if header in sheet.columns
        ]
        """Where a row gives a demographic, what its codes mean, and which field of a Participant stores the same."""
        self._caseworker_names = CaseworkerNames(reference.staff)
        self._told_days: dict[int, str] = {}
        """By code of the Date of Birth column: the day that a cell tells of which holds no date."""
        self._alike_but_for_ssn: dict[str, dict[int, str]] = {}
        """What is shown of a person's cells → by code of the SSN, how the rows with that one are told apart."""
        self._ledger = Ledger(reference.assignments, reference.closed, reference.enrollments)
        self._case = _case(sheet, reference, self._columns, self._ledger)
        self._verdict = Verdict(rows=len(sheet))
        self._rules: dict[tuple[str | None, int, bool], tuple[Rule, ...]] = {}
        self._told: Counter[str] = Counter()
        self._asked: Counter[str] = Counter()
        self._row_is_wrong = False
        self._row_repeats = False
        """Whether the row would begin what is open already: the rows below find the one that was first."""

    def without_open(self) -> set[int]:
        """Keys of the participants of Updates for which nothing is open in the Reference. Whether they would end
        something closed can only be said by their closed assignments; nobody else's are ever looked at."""
        found: set[int] = set()
        if UPDATE not in self._columns[ACTION].found:
            return found
        stored = self.reference.assignments
        for row in read_rows(self._sheet, self._case):
            if row.action != UPDATE:
                continue
            if row.filled & _SPLIT_NAME and not row.staff_key:
                row.staff_key = key_of(self._caseworker_names.find(row.text(STAFF_FIRST), row.text(STAFF_LAST))[0])
            if row.staff_key:
                people = self._people[row.codes[_ID]] if row.codes[_ID] else self._alike(self._telling(row))
                found.update(person.key for person in people if not narrow(row, stored.get(person.key, ())))
        return found

    def ssns_given(self) -> list[Given]:
        """The SSNs that can be told right or wrong, in the order of their rows."""
        return list(given_in(self._columns, self._people, self._alike))

    def verdict(self, closed: Mapping[int, Sequence[Assignment]] | None = None) -> Verdict:
        """Judges every row, once. `closed`: the closed assignments of those `without_open`, by participant key, where
        the Reference holds none."""
        if closed is not None:
            self._ledger.know_closed(may_change_only(self.reference.user, closed))
        self._remark()
        flawed = [
            (header, PLACE[header], column.flaws) for header, column in self._columns.items() if column.flawed
        ]
        left = self._rows_left_of_the_template()
        extra, empty = self._sheet.extra_fields, self._sheet.empty_fields
        asked, restricted = self.reference.asked, not self.reference.user.administrator
        silent = frozenset() if asked is None else unanswered(self.ssns_given(), asked)
        for row in read_rows(self._sheet, self._case):
            self._row_is_wrong = self._row_repeats = False
            if row.index in left:
                self._mark(row, ACTION, "sample-left", {"what": left[row.index]})
            elif row.index in extra or row.index in empty:
                self._mark(row, ACTION, "extra-fields", extra_facts(extra.get(row.index), empty.get(row.index)))
            elif restricted and self._is_out_of_bounds(row):
                self._mark(row, ACTION, "not-permitted", permission_facts(row))
            else:
                if row.index in silent:
                    self._leave_ssn_unanswered(row)
                self._judge_cells(row, flawed)
                self._find_participant(row)
                self._find_caseworker(row)
                self._judge_row(row)
                self._move_on(row)
            self._verdict.wrong_rows += self._row_is_wrong
            self._verdict.participants.append(row.participant.key if row.participant else 0)
        return self._verdict

    def _remark(self) -> None:
        for problem in remarks(self._sheet):
            self._tell(problem)
        for question in questions(self._sheet):
            self._verdict.questions[question.column, question.value, question.code] = question

    def _rows_left_of_the_template(self) -> dict[int, str]:
        """Index of each row that is the template's own → which of them it is (SPEC 3)."""
        left: dict[int, str] = {}
        for header, column in self._sheet.columns.items():
            texts = self._columns[header].texts
            known = {code: what for code, text in enumerate(texts) if text and (what := what_is_left(header, text))}
            if known:
                left.update((index, known[code]) for index, code in enumerate(column.codes) if code in known)
        return left

    def _judge_cells(self, row: Row, flawed: Sequence[tuple[str, int, list[Flaw | None]]]) -> None:
        """What is wrong with each value by itself, where this row may not say it."""
        if not (row.filled | row.spoiled) & BIT[ACTION]:
            advice = "Write Insert to begin an assignment, or Update to end one."
            self._mark(row, ACTION, "required", {"column": ACTION, "advice": advice})
        for header, place, flaws in flawed:
            flaw = flaws[row.codes[place]]
            if flaw is None or (flaw.insert_only and row.action != INSERT):
                continue
            # On an Insert these must be empty, whatever they say: that is the rule `end-on-insert`.
            if header in _ENDING and row.action == INSERT and not flaw.unread:
                continue
            value = self._hidden(row) if header == SSN else row.text(header)
            if flaw.alone and header != SSN:
                value = f"{value}, row {row.number}"
            self._add(row, header, flaw.code, value, flaw.message, flaw.answers, flaw.severity)

    def _is_out_of_bounds(self, row: Row) -> bool:
        """Whether the row is none that the user may write, whomever it speaks of: then nothing else is said of it."""
        if row.filled & _SPLIT_NAME and not row.filled & _WHOLE_NAME:
            row.staff = self._caseworker_names.find(row.text(STAFF_FIRST), row.text(STAFF_LAST))[0]
            row.staff_key = key_of(row.staff)
        return out_of_bounds(row)

    def _leave_ssn_unanswered(self, row: Row) -> None:
        """Neither compares the SSN nor looks anybody up by it: too many were tried today."""
        if row.codes[_ID] and not self._people[row.codes[_ID]]:
            row.spoiled |= BIT[SSN]  # the ID is wrong anyhow: this only is no evidence of whose it should be
            return
        self._mark(row, SSN, "ssn-tried", {}, self._hidden(row))

    def _find_participant(self, row: Row) -> None:
        """Who the row speaks of, and whether what it says of them agrees (SPEC R2)."""
        if row.spoiled & _PERSON:
            return
        id_code = row.codes[_ID]
        if not id_code:
            self._find_by_demographics(row, self._given(row))
            return
        matches = self._people[id_code]
        if len(matches) != 1:
            self._mark_participant(row, row.text(PARTICIPANT_ID), matches, id_code, self._given(row))
            return
        row.participant = person = matches[0]
        if person.key in self._strangers:
            if self._given(row):
                self._mark(row, PARTICIPANT_ID, "details-not-compared", {}, severity="warning")
            return
        if row.spoiled & BIT[BIRTH_DATE]:
            self._ask_for_day(row, person)
        for place, found, stored in self._demographics:
            code = row.codes[place]
            if code and found[code] != person[stored]:
                self._mark_mismatches(row, person)
                return

    def _given(self, row: Row) -> dict[str, int]:
        """The demographics that the row fills: header → code."""
        return {header: code for header in DEMOGRAPHICS if (code := row.codes[PLACE[header]])}

    def _telling(self, row: Row) -> dict[str, int]:
        """Those of them that can be compared: not an SSN that is none, nor a date that is none (SPEC R2)."""
        return {header: code for header, code in self._given(row).items() if self._columns[header].found[code]}

    def _mark_mismatches(self, row: Row, person: Participant) -> None:
        for header, stored in self._identifier.mismatches(person, self._given(row)):
            if row.spoiled & BIT[header]:
                continue
            value = self._hidden(row) if header == SSN else row.text(header)
            facts = {
                "column": header,
                "value": "" if header == SSN else f" {quoted(value)}",
                "participant": person.full_name or person.participant_id,
                "ruin": self._ruin(header, row.codes[PLACE[header]]),
            }
            self._mark(row, header, "demographics-mismatch", facts, value, answers=(stored,) if stored else ())

    def _find_by_demographics(self, row: Row, given: dict[str, int]) -> None:
        spoiled = [header for header in given if row.spoiled & BIT[header]]
        is_day_alone = spoiled == [BIRTH_DATE] and not self._columns[BIRTH_DATE].is_unread(given[BIRTH_DATE])
        if self._case.unclear & _DEMOGRAPHIC_BITS or (spoiled and not is_day_alone):
            row.spoiled |= _PERSON
            return
        telling = self._telling(row)
        if not self._identifier.can_identify(telling.keys()):
            advice = f"Enter the ID, or {self._identifier.least()}."
            who = self._who(row, given)
            facts = {"column": PARTICIPANT_ID, "advice": advice}
            self._mark(row, PARTICIPANT_ID, "required", facts, who, clue=self._clue(row, 0, given) if given else None)
            return
        # A filled date must match, and one that is none matches nobody; it still helps to find who is meant.
        matches = () if spoiled and self._identifier.checks(BIRTH_DATE) else self._alike(telling)
        if len(matches) == 1:
            row.participant = matches[0]
            self._verdict.named.add(matches[0].key)
        else:
            self._mark_participant(row, self._who(row, given), matches, 0, given)
        if spoiled:
            self._ask_for_day(row, row.participant)

    def _who(self, row: Row, given: dict[str, int]) -> str:
        """The identifying cells together. An SSN is not shown, so rows that differ in nothing else are told apart by
        their number: one answer must never put one person into the rows of several."""
        who = describe(given, self._columns)
        code = given.get(SSN)
        if not code:
            return who
        usable = self._columns[SSN].found[code]
        alike = self._alike_but_for_ssn.setdefault(who, {})
        which = code if usable else -row.number if len(given) == 1 else 0
        return alike.setdefault(which, f"{who}, row {row.number}" if alike else who)

    def _ask_for_day(self, row: Row, person: Participant | None) -> None:
        """Tells the question of a date of birth that is none whom the row speaks of: what is stored may be the answer,
        as long as all the rows that say the same speak of one person."""
        code = row.codes[PLACE[BIRTH_DATE]]
        flaw = self._columns[BIRTH_DATE].flaws[code]
        question = flaw and self._verdict.questions.get((BIRTH_DATE, row.text(BIRTH_DATE), flaw.code))
        if not question:
            return
        clue = self._clue(row, row.codes[_ID], self._given(row))
        question.people.add(person.participant_id if person else clue)
        question.clue = clue if person is None else None
        question.answers = (person.birth_date,) if person and person.birth_date else ()
        if len(question.people) > 1:
            question.clue, question.answers = None, ()

    def _ruin(self, header: str, code: int) -> str:
        """What Excel has done to a value of an identifier, for the middle of a message; "" where nothing shows."""
        ruin = self._columns[header].ruins[code]
        return f" {ruin.sentence}" if ruin else ""

    def _alike(self, given: dict[str, int]) -> Sequence[Participant]:
        """Everybody of whom all these demographics are true; nobody where they are too few to tell."""
        return self._identifier.by_demographics(given) if self._identifier.can_identify(given.keys()) else ()

    def _mark_participant(
        self, row: Row, who: str, matches: Sequence[Participant], id_code: int, given: dict[str, int]
    ) -> None:
        code = "ambiguous-participant" if matches else "unknown-participant"
        facts = {"value": quoted(who), "count": len(matches), "ruin": self._ruin(PARTICIPANT_ID, id_code)}
        if not id_code:
            facts["ruin"] = self._ruin(CASE_NUMBER, given.get(CASE_NUMBER, 0))
        answers = tuple(match.participant_id for match in matches)
        self._mark(row, PARTICIPANT_ID, code, facts, who, answers, clue=self._clue(row, id_code, given))
        ruin = self._columns[PARTICIPANT_ID].ruins[id_code]
        question = ruin and self._verdict.questions.get((PARTICIPANT_ID, who, code))  # of too many, none is asked
        if question:
            question.ruin = ruin

    def _clue(self, row: Row, id_code: int, given: dict[str, int]) -> Clue:
        if row.spoiled & BIT[SSN]:
            given = {header: code for header, code in given.items() if header != SSN}
        return clue(id_code, given, self._columns, self._told_day(given.get(BIRTH_DATE, EMPTY)))

    def _told_day(self, code: int) -> str:
        if code not in self._told_days:
            column, rules = self._columns[BIRTH_DATE], self.reference.rules
            told = "" if column.found[code] or column.is_unread(code) else column.texts[code]
            self._told_days[code] = told and told_day(told, rules.date_order, self.reference.today)
        return self._told_days[code]

    def _find_caseworker(self, row: Row) -> None:
        """The caseworker of a row that gives first and last name apart (SPEC 2, R3)."""
        halves = row.filled & _SPLIT_NAME
        if not halves or row.spoiled & halves or row.filled & _WHOLE_NAME:
            return
        first, last = row.text(STAFF_FIRST), row.text(STAFF_LAST)
        row.staff, flaw = self._caseworker_names.find(first, last)
        row.staff_key = key_of(row.staff)
        if flaw is None or (flaw.insert_only and row.action != INSERT):
            return
        for header, text in ((STAFF_FIRST, first), (STAFF_LAST, last)):
            if not text and "," not in last and flaw.code == "unknown-staff":
                facts = {"column": header, "advice": "Enter the caseworker’s first and last name."}
                self._mark(row, header, "required", facts)
                return
        self._add(row, STAFF_LAST, flaw.code, f"{first} {last}".strip(), flaw.message, answers=flaw.answers)

    def _judge_row(self, row: Row) -> None:
        """Every rule over the whole row."""
        if row.action == UPDATE and row.participant and row.staff and not row.spoiled & _TO_END:
            row.matches = narrow(row, self._ledger.open_assignments(row.participant.key))
            if len(row.matches) == 1:
                row.match = row.matches[0]
        if row.participant and row.program:
            row.stays = self._ledger.stays(row.participant.key, row.program.key)
        if row.filled & _PROGRAM_DATES and not row.spoiled & _TO_ENROLL:
            row.stay = find_stay(row)
        kind = row.action, row.filled, row.match is not None
        rules = self._rules.get(kind)
        if rules is None:
            rules = self._rules[kind] = rules_for(self._case, *kind)
        for rule in rules:
            if row.spoiled & rule.needs:
                continue
            found = rule.wrong(row)
            if found:
                column = rule.marks if isinstance(rule.marks, str) else rule.marks(row)
                answers = rule.answers(row) if rule.answers else ()
                self._mark(row, column, rule.code, rule.facts(row, found), None, answers, rule.severity)

    def _move_on(self, row: Row) -> None:
        """What the rows below will find: the ledger moves, and a row without an error joins the plan."""
        plan, right = self._verdict.plan, not (self._row_is_wrong or self._case.unclear)
        if row.stay and not row.spoiled & _TO_ENROLL:
            self._enroll(row, right)
        if row.action == INSERT and row.participant and not row.spoiled & _TO_INSERT and not self._row_repeats:
            whose = row.participant.key, row.program_key, row.staff_key, row.relationship_key
            begun = Begun(row.number, *whose[1:], None if row.spoiled & BIT[START] else row.start)
            if right:
                begun.plan_index = len(plan.begins)
                plan.begins.append(Begin(row.index, *whose, key_of(row.status), row.start))
            self._ledger.begin(row.participant.key, begun)
        elif row.match:
            if right:
                record, begin = (0, row.match.plan_index) if isinstance(row.match, Begun) else (row.match.record_id, -1)
                plan.ends.append(
                    End(row.index, record, begin, row.match.staff_key, key_of(row.status), key_of(row.reason), row.end)
                )
            self._ledger.end(key_of(row.participant), row.match, row.number)

    def _enroll(self, row: Row, right: bool) -> None:
        stay, plan = row.stay, self._verdict.plan
        participant, program = key_of(row.participant), row.program_key
        assert stay is not None
        if stay.record_id == NEW and stay not in row.stays:
            if right:
                stay = Stay(NEW, stay.start_date, "", len(plan.enrollment_begins))
                plan.enrollment_begins.append(EnrollmentBegin(row.index, participant, program, stay.start_date))
            assert isinstance(stay, Stay)
            self._ledger.begin_stay(participant, program, stay)
        if row.program_end and not stay.end_date:
            if right:
                begin = stay.plan_index if isinstance(stay, Stay) else -1
                plan.enrollment_ends.append(EnrollmentEnd(row.index, stay.record_id, begin, row.program_end))
            self._ledger.end_stay(participant, program, stay, row.program_end)

    def _hidden(self, row: Row) -> str:
        """What stands for an SSN. It names the row, so that two people's numbers never count as one value."""
        return f"{HIDDEN} row {row.number}"

    def _mark(
        self, row: Row, column: str, code: str, facts: Facts, value: str | None = None,
        answers: tuple[str, ...] = (), severity: Severity = "error", clue: Clue | None = None,
    ) -> None:
        message = PROBLEM_KINDS[code].says(**facts)
        self._add(row, column, code, row.text(column) if value is None else value, message, answers, severity, clue)

    def _add(
        self, row: Row, column: str, code: str, value: str, message: str,
        answers: tuple[str, ...] = (), severity: Severity = "error", clue: Clue | None = None,
    ) -> None:
        verdict = self._verdict
        self._tell(Problem(row.number, column, code, severity, value, message))
        if severity == "error":
            self._row_is_wrong = True
            self._row_repeats |= code in _REPEATS
            # A problem of the record marks Update or Insert without saying that the word itself is wrong.
            if PROBLEM_KINDS[code].scope == "cell":
                row.spoiled |= BIT[column]
        key = (column, value, code)
        question = verdict.questions.get(key)
        if question is None:
            if self._asked[code] == MOST_QUESTIONS:
                return
            self._asked[code] += 1
            question = verdict.questions[key] = Question(
                column, value, code, clue=clue, program_key=row.program_key, staff_key=row.staff_key,
                answers=answers,
            )
        elif answers and answers != question.answers:
            question.answers = tuple(dict.fromkeys(question.answers + answers))[:5]
        question.rows.append(row.number)

    def _tell(self, problem: Problem) -> None:
        """Adds a problem to those that are told, or counts it."""
        verdict, code = self._verdict, problem.code
        told = self._told[code] = self._told[code] + 1
        if problem.severity == "error":
            verdict.errors += 1
            listed = told <= MOST_ERRORS
        else:
            verdict.warnings += 1
            listed = told <= MOST_WARNINGS
        if listed:
            verdict.problems.append(problem)
        else:
            verdict.counted[code, problem.severity] += 1


def _case(sheet: Sheet, reference: Reference, columns: dict[str, ReadColumn], ledger: Ledger) -> Case:
    def first_present(*headers: str) -> str:
        return next((header for header in headers if header in sheet.columns), headers[0])

    primary = next(
        (value.key for value in reference.feeder.get(RELATIONSHIP, ()) if exact_key(value.value) == "primary"), 0
    )
    return Case(
        reference, columns, ledger,
        program_header=first_present(PROGRAM_ID, PROGRAM_NAME),
        caseworker_header=first_present(STAFF_ID, STAFF_NAME, STAFF_LAST),
        program_names={program.key: program.name or program.program_id for program in reference.programs},
        staff_names={member.key: member.full_name or member.staff_id for member in reference.staff},
        feeder_names={value.key: value.value for values in reference.feeder.values() for value in values},
        reason_required=any(value.active for value in reference.feeder.get(REASON, ())),
        primary_key=primary if reference.rules.one_primary else 0,
        versions=sheet.versions,
        unclear=bits(*{header for one in sheet.unclear.values() for header in one.likely}),
    )
