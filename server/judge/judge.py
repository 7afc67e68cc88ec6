"""Judge a sheet against the site: every problem, and what its valid rows would write.

A pure function of a sheet and a Reference; it does no I/O. The way of a row: its cells were read by distinct value
(`values`); here its participant is found (`participant`), every rule is checked (`rules`), and the ledger is updated,
so that the next row sees what this one does (SPEC R11). A row updates the ledger even when something else in it is
wrong: the rows below it are not reported for an error of this one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from server.judge.assignment import out_of_bounds, staff_to_end, wanted_by
from server.judge.begun import Begun, Stay
from server.judge.enrollment import NEW, find_stay
from server.judge.ledger import Ledger
from server.judge.own_rows import own_rows
from server.judge.participant import ParticipantFinder
from server.judge.plan import Begin, End, EnrollmentBegin, EnrollmentEnd
from server.judge.question import what_fits
from server.judge.reach import may_change_only, within_reach
from server.judge.reference import Assignment, Participant, Reference
from server.judge.remarks import questions, remarks
from server.judge.row import BIT, CASEWORKER_BITS, PLACE, PROGRAM_BITS, Case, Row, bits, key_of, read_rows
from server.judge.rule import Rule
from server.judge.rules import rules_for
from server.judge.shelf import Wanted
from server.judge.ssns import RowSsn, ssns_in
from server.judge.values import CaseworkerNames, Flaw, ReadColumn, read_columns
from server.judge.verdict import About, Verdict, hidden
from server.judge.wording import extra_facts, permission_facts
from workbook.columns import (
    ACTION,
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
from workbook.sheet import Sheet

_ID = PLACE[PARTICIPANT_ID]
_PERSON = BIT[PARTICIPANT_ID]
_DEMOGRAPHIC_BITS = bits(*DEMOGRAPHICS)
_ENDING = (END, REASON)
_REPEATS = ("already-open", "repeated-row")
_TO_INSERT = _PERSON | PROGRAM_BITS | CASEWORKER_BITS | BIT[RELATIONSHIP]
_TO_END = _TO_INSERT | BIT[START]
_PROGRAM_DATES = bits(PROGRAM_START, PROGRAM_END)
_TO_ENROLL = _PERSON | PROGRAM_BITS | _PROGRAM_DATES
_UNCLEAR_CASEWORKER = frozenset({"unknown-staff", "ambiguous-staff"})
_SPLIT_NAME = bits(STAFF_FIRST, STAFF_LAST)
_WHOLE_NAME = bits(STAFF_ID, STAFF_NAME)


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
        self._columns = read_columns(sheet, reference)
        self._caseworker_names = CaseworkerNames(reference.staff)
        self._ledger = Ledger(reference.assignments, reference.closed, reference.enrollments)
        self._case = _case(sheet, reference, self._columns, self._ledger)
        self._verdict = Verdict(rows=len(sheet))
        self._who = ParticipantFinder(sheet, reference, self._columns, self._verdict)
        self._unclear_caseworkers = [
            header
            for header in (STAFF_ID, STAFF_NAME)
            if any(flaw and flaw.code in _UNCLEAR_CASEWORKER for flaw in self._columns[header].flaws)
        ]
        self._old_relationships = any(flaw and flaw.insert_only for flaw in self._columns[RELATIONSHIP].flaws)
        self._rules: dict[tuple[str | None, int, bool], tuple[Rule, ...]] = {}
        self.silent: Collection[int] = frozenset()
        """The indexes of the rows whose SSN is not answered (`server.judge.ssns`)."""

    def without_open(self) -> set[int]:
        """Keys of the participants of rows for which nothing is open in the Reference. Only their closed assignments
        show whether an Update would end something closed, or whether one had a relationship that is in use no more;
        those of nobody else are needed."""
        found: set[int] = set()
        if UPDATE not in self._columns[ACTION].found and not self._old_relationships:
            return found
        for row in read_rows(self._sheet, self._case):
            if row.action == INSERT:
                continue
            if row.filled & _SPLIT_NAME and not row.staff_key:
                row.staff_key = key_of(self._caseworker_names.find(row.text(STAFF_FIRST), row.text(STAFF_LAST))[0])
            if row.action == UPDATE and row.staff_key:
                wanted = wanted_by(row)  # with its relationship
            elif self._old_relationships and self._old_relationship(row):
                wanted = Wanted(relationship_key=row.relationship_key)
            else:
                continue
            found.update(
                person.key
                for person in self._who.candidates(row)
                if not any(True for _ in self._ledger.open_fitting(person.key, wanted))
            )
        return found

    def row_ssns(self, held: Collection[str]) -> list[RowSsn]:
        """The SSNs that can be compared with stored ones, in the order of their rows. `held`: the hashes of those that
        somebody has, of the rows without an ID."""
        return list(ssns_in(self._columns, self._who.people, held))

    def answered_by_ssn(self, held: Sequence[Participant], silent: Collection[int]) -> list[Participant]:
        """Those of `held` who are not in the Reference yet, and have an SSN that a row without an ID may find them by.
        `silent`: the indexes of the rows whose SSN is not answered."""
        known = {person.key for person in self.reference.participants}
        asked = self._columns[SSN].found
        codes = zip(self._columns[PARTICIPANT_ID].codes, self._columns[SSN].codes, strict=True)
        answered = {asked[ssn] for index, (id_code, ssn) in enumerate(codes) if not id_code and index not in silent}
        return [person for person in held if person.key not in known and person.ssn_hash in answered]

    def names_beside_other_ids(self) -> set[tuple[str, str]]:
        """(`like_key` of First Name, of Last Name) of the rows that call the person with their ID by two other names:
        whoever is called so may be meant, and should be known (`know_others`)."""
        return self._who.names_beside_other_ids()

    def know_others(self, reference: Reference) -> None:
        """`reference`: the same with those who are called so among its `others`, and with what they have open."""
        self.reference = reference
        self._ledger.know_more(reference.assignments, reference.enrollments)
        self._who.know_others(reference.others)

    def verdict(self, closed: Mapping[int, Sequence[Assignment]] | None = None) -> Verdict:
        """Judges every row, once. `closed`: the closed assignments of those `without_open`, by participant key, where
        the Reference holds none."""
        if closed is not None:
            self._ledger.know_closed(may_change_only(self.reference.user, closed))
        self._remark()
        flawed = [(header, PLACE[header], column.flaws) for header, column in self._columns.items() if column.flawed]
        no_data = own_rows(self._columns)
        extra, empty = self._sheet.extra_fields, self._sheet.empty_fields
        restricted, silent = not self.reference.user.administrator, self.silent
        for row in read_rows(self._sheet, self._case):
            if row.index in no_data:
                own = no_data[row.index]
                self._verdict.mark(row, ACTION, own.code, own.facts, own.about)
            elif row.index in extra or row.index in empty:
                self._verdict.mark(row, ACTION, "extra-fields", extra_facts(extra.get(row.index), empty.get(row.index)))
            elif restricted and self._is_out_of_bounds(row):
                self._verdict.mark(row, ACTION, "not-permitted", permission_facts(row))
            else:
                if row.index in silent:
                    self._who.leave_ssn_unanswered(row)
                self._judge_cells(row, flawed)
                self._who.find(row)
                self._find_caseworker(row)
                if self._unclear_caseworkers:
                    self._ask_for_caseworker(row)
                if self._old_relationships:
                    self._judge_relationship(row)
                self._judge_row(row)
                self._update_ledger(row)
            self._verdict.wrong_rows += row.is_wrong
            self._verdict.participants.append(row.participant.key if row.participant else 0)
        return self._verdict

    def _remark(self) -> None:
        for problem in remarks(self._sheet, self.reference.programs):
            self._verdict.report(problem)
        for question in questions(self._sheet, self.reference.programs):
            self._verdict.questions[question.column, question.value, question.code] = question

    def _judge_cells(self, row: Row, flawed: Sequence[tuple[str, int, list[Flaw | None]]]) -> None:
        """Reports what is wrong with each value by itself, where this row may not have it."""
        if not (row.filled | row.spoiled) & BIT[ACTION]:
            advice = "Write Insert to begin an assignment, or Update to end one."
            facts = {"column": ACTION, "advice": advice}
            answers = _probable_action(row)
            about = About(answers=answers, certain=True, fits=what_fits(answers))
            self._verdict.mark(row, ACTION, "required", facts, about)
        for header, place, flaws in flawed:
            flaw = flaws[row.codes[place]]
            if flaw is None or (flaw.insert_only and row.action != INSERT):
                continue
            # On an Insert these must be empty, whatever they say: that is the rule `end-on-insert`.
            if header in _ENDING and row.action == INSERT and not flaw.unread:
                continue
            if flaw.code == "ambiguous-staff":
                continue  # who of them it is, what the row ends may tell: see `_ask_for_caseworker`
            value = hidden(row) if header == SSN else row.text(header)
            if flaw.alone and header != SSN:
                value = f"{value}, row {row.number}"
            self._verdict.add(row, header, flaw.code, flaw.message, About(value, flaw.answers, flaw.severity))

    def _is_out_of_bounds(self, row: Row) -> bool:
        """Whether the user may not write the row, whoever its participant is: then nothing else is reported about
        it."""
        if row.filled & _SPLIT_NAME and not row.filled & _WHOLE_NAME:
            row.staff = self._caseworker_names.find(row.text(STAFF_FIRST), row.text(STAFF_LAST))[0]
            row.staff_key = key_of(row.staff)
        return out_of_bounds(row)

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
                self._verdict.mark(row, header, "required", facts)
                return
        self._add_caseworker(row, STAFF_LAST, flaw, f"{first} {last}".strip())

    def _ask_for_caseworker(self, row: Row) -> None:
        """Reports an ambiguous caseworker, and notes of an unknown one whose assignment the row would end."""
        for header in self._unclear_caseworkers:
            flaw = self._columns[header].flaws[row.codes[PLACE[header]]]
            if flaw and flaw.code == "ambiguous-staff":
                self._add_caseworker(row, header, flaw, row.text(header))
            elif flaw and flaw.code == "unknown-staff":
                self._note_assignment(row, header, row.text(header))

    def _judge_relationship(self, row: Row) -> None:
        """A relationship that is in use no more is right where it ends an assignment that has it; elsewhere it is what
        the relationship was called before."""
        flaw = self._old_relationship(row)
        if flaw is None or row.action == INSERT:
            return
        person = key_of(row.participant)
        if not self._ledger.has_had(person, Wanted(relationship_key=row.relationship_key)):
            self._verdict.add(row, RELATIONSHIP, flaw.code, flaw.message)

    def _old_relationship(self, row: Row) -> Flaw | None:
        """Of a relationship that is in use no more what is wrong with it on an Insert."""
        flaw = self._columns[RELATIONSHIP].flaws[row.codes[PLACE[RELATIONSHIP]]]
        return flaw if flaw is not None and flaw.insert_only else None

    def _add_caseworker(self, row: Row, header: str, flaw: Flaw, value: str) -> None:
        """Of several with one name it is surely the one whose open assignment an Update fits, if one is."""
        answers, certain, fits = flaw.answers, False, ""
        if flaw.code == "ambiguous-staff":
            keys = staff_to_end(row)
            theirs = tuple(one.staff_id for one in self.reference.staff if one.key in keys and one.staff_id in answers)
            if len(theirs) == 1:
                answers, certain, fits = theirs, True, what_fits(theirs)
        self._verdict.add(row, header, flaw.code, flaw.message, About(value, answers, certain=certain, fits=fits))
        if flaw.code == "unknown-staff":
            self._note_assignment(row, header, value)

    def _note_assignment(self, row: Row, header: str, value: str) -> None:
        """Without a Start Date the row may repeat what has ended long ago, of somebody called nearly the same; and an
        Insert may mean another of those called so."""
        question = self._verdict.questions.get((header, value, "unknown-staff"))
        if question:
            keys = frozenset(staff_to_end(row) if row.start else ())
            question.ends_of = keys if question.ends_of is None else question.ends_of & keys

    def _judge_row(self, row: Row) -> None:
        """Every rule over the whole row."""
        if row.action == UPDATE and row.participant and row.staff and not row.spoiled & _TO_END:
            row.matches = [*self._ledger.open_fitting(row.participant.key, wanted_by(row))]
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
                facts, value = rule.facts(row, found), rule.value(row) if rule.value else None
                certain = bool(answers) and rule.certain(row)
                fits = what_fits(answers, certain=certain) if value is None else ""
                about = About(value, answers, rule.severity, certain=certain, fits=fits)
                self._verdict.mark(row, column, rule.code, facts, about)

    def _update_ledger(self, row: Row) -> None:
        """Updates the ledger for the rows below, and adds a row without an error to the plan."""
        plan, right = self._verdict.plan, not (row.is_wrong or self._case.unclear)
        if row.stay and not row.spoiled & _TO_ENROLL:
            self._enroll(row, right)
        if row.action == INSERT and row.participant and not row.spoiled & _TO_INSERT and not row.repeats:
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


def _probable_action(row: Row) -> tuple[str, ...]:
    """What a row without Update or Insert is: an Update needs an End Date, an Insert a Start Date and no End Date."""
    if row.filled & BIT[END]:
        return (UPDATE,)
    return (INSERT,) if row.filled & BIT[START] and not row.filled & BIT[REASON] else ()


def _case(sheet: Sheet, reference: Reference, columns: dict[str, ReadColumn], ledger: Ledger) -> Case:
    def first_present(*headers: str) -> str:
        return next((header for header in headers if header in sheet.columns), headers[0])

    primary = next(
        (value.key for value in reference.feeder.get(RELATIONSHIP, ()) if exact_key(value.value) == "primary"), 0
    )
    return Case(
        reference,
        columns,
        ledger,
        program_header=first_present(PROGRAM_ID, PROGRAM_NAME),
        caseworker_header=first_present(STAFF_ID, STAFF_NAME, STAFF_LAST),
        program_names={program.key: program.name or program.program_id for program in reference.programs},
        staff=reference.staff,
        staff_names={member.key: member.full_name or member.staff_id for member in reference.staff},
        feeder_names={value.key: value.value for values in reference.feeder.values() for value in values},
        reason_required=any(value.active for value in reference.feeder.get(REASON, ())),
        primary_key=primary if reference.rules.one_primary else 0,
        versions=sheet.versions,
        downloaded=sheet.downloaded,
        records=sheet.records,
        row_numbers=sheet.row_numbers,
        unclear=bits(*{header for one in sheet.unclear.values() for header in one.likely}),
    )
