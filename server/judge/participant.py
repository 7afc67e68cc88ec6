"""Find each row's participant, and report rows where that is unclear (SPEC R2). Pure.

`identify` finds people by an ID or by demographics. Here a row is compared with them, and the question to its user is
composed: who may be meant, and by which details.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from server.judge.caseload import fits_caseload
from server.judge.days import probable_day
from server.judge.identify import Identifier, clue, describe
from server.judge.question import Clue, Detail, told_apart, what_fits
from server.judge.reference import Participant, Reference
from server.judge.row import BIT, PLACE, Row, bits
from server.judge.values import ReadColumn, quoted
from server.judge.verdict import About, Verdict, hidden
from workbook.columns import BIRTH_DATE, CASE_NUMBER, DEMOGRAPHICS, FIRST_NAME, LAST_NAME, PARTICIPANT_ID, SSN, UPDATE
from workbook.identity import said_value
from workbook.matching import like_key
from workbook.sheet import EMPTY, Sheet

_ID = PLACE[PARTICIPANT_ID]
_PERSON = BIT[PARTICIPANT_ID]
_DEMOGRAPHIC_BITS = bits(*DEMOGRAPHICS)
_BOTH: Final = 2
MOST_OTHERS: Final = 2000
"""Names beside the IDs of somebody else that are looked up."""


class ParticipantFinder:
    """The participants of a sheet's rows. What is wrong goes into `verdict`."""

    def __init__(self, sheet: Sheet, reference: Reference, columns: dict[str, ReadColumn], verdict: Verdict) -> None:
        self._reference = reference
        self._columns = columns
        self._verdict = verdict
        self._strangers = frozenset(person.key for person in reference.strangers)
        self._identifier = Identifier(reference, columns)
        ids = columns[PARTICIPANT_ID]
        self.people = [
            () if ruin and ruin.sure else self._identifier.by_id(text)
            for text, ruin in zip(ids.texts, ids.ruins, strict=True)
        ]
        """By code of the Participant ID column: everybody with that ID."""
        self._demographics = [
            (PLACE[header], columns[header].found, stored)
            for stored, header in enumerate(DEMOGRAPHICS, Participant._fields.index("first_name"))
            if header in sheet.columns
        ]
        """Where a row gives a demographic, what its codes mean, and which field of a Participant stores the same."""
        self._probable_days: dict[int, str] = {}
        """By code of the Date of Birth column: the day that a cell probably means which holds no date."""
        self._alike_but_for_ssn: dict[str, dict[int, str]] = {}
        """The shown text of a person's cells → by code of the SSN, the text that distinguishes the rows with that
        SSN."""

    def candidates(self, row: Row) -> Sequence[Participant]:
        """Everybody whom the row may mean. Reports nothing."""
        return self.people[row.codes[_ID]] if row.codes[_ID] else self.alike(self.comparable(row))

    def leave_ssn_unanswered(self, row: Row) -> None:
        """Neither compares the SSN nor looks anybody up by it: too many were tried within a day."""
        if row.codes[_ID] and not self.people[row.codes[_ID]]:
            row.spoiled |= BIT[SSN]  # the ID is wrong anyhow; the SSN just gives no hint of the right one
            return
        self._verdict.mark(row, SSN, "ssn-tried", {}, About(hidden(row)))

    def find(self, row: Row) -> None:
        """Who the row speaks of, and whether what it says of them agrees (SPEC R2)."""
        if row.spoiled & _PERSON:
            return
        id_code = row.codes[_ID]
        if not id_code:
            self._find_by_demographics(row, self._given(row))
            return
        matches = self.people[id_code]
        if len(matches) != 1:
            self._mark_participant(row, row.text(PARTICIPANT_ID), matches, id_code, self._given(row))
            return
        row.participant = person = matches[0]
        if person.key in self._strangers:
            if self._given(row):
                self._verdict.mark(row, PARTICIPANT_ID, "details-not-compared", {}, About(severity="warning"))
            return
        if row.spoiled & BIT[BIRTH_DATE]:
            self._ask_for_day(row, person)
        for place, found, stored in self._demographics:
            code = row.codes[place]
            if code and found[code] != person[stored]:
                self._mark_disagreement(row, person)
                return

    def _given(self, row: Row) -> dict[str, int]:
        """The demographics that the row fills: header → code."""
        return {header: code for header in DEMOGRAPHICS if (code := row.codes[PLACE[header]])}

    def comparable(self, row: Row) -> dict[str, int]:
        """The demographics of the row that can be compared: no invalid SSN, no unreadable date (SPEC R2)."""
        return {header: code for header, code in self._given(row).items() if self._columns[header].found[code]}

    def names_beside_other_ids(self) -> set[tuple[str, str]]:
        """(`like_key` of First Name, of Last Name) of the rows that call the person with their ID otherwise: who is
        called so shows whether the ID is wrong or the names. Where they are too many, of those whose names both differ;
        where these are, nothing: then a whole column has moved, and what is wrong is none of its rows."""
        ids, firsts, lasts = (self._columns[header] for header in (PARTICIPANT_ID, FIRST_NAME, LAST_NAME))
        found: tuple[set[tuple[str, str]], ...] = (set(), set())
        if not (any(firsts.codes) and any(lasts.codes)):
            return set()
        for id_code, first, last in set(zip(ids.codes, firsts.codes, lasts.codes, strict=True)):
            people = self.people[id_code]
            if not (id_code and first and last) or len(people) != 1:
                continue
            [person], given, called = people, firsts.found[first], lasts.found[last]
            if not (given and called) or (given == person.first_name and called == person.last_name):
                continue
            if differ := self._identifier.names_that_differ(person, {FIRST_NAME: first, LAST_NAME: last}):
                found[differ - 1].add((like_key(given), like_key(called)))
        one, both = found
        every = one | both
        return every if len(every) <= MOST_OTHERS else both if len(both) <= MOST_OTHERS else set()

    def know_others(self, others: Sequence[Participant]) -> None:
        """Who is called as `names_beside_other_ids` says, as far as the user may know of them."""
        self._identifier.know_others(others)

    def _mark_disagreement(self, row: Row, person: Participant) -> None:
        """What is wrong where the row gives other details than those of `person`, who has its ID: the ID, if they are
        all those of one other person and the row's caseload is theirs alone, else the details."""
        others = self._others(row, person)
        fitting = [other for other in others if fits_caseload(row, other.key)]
        fits_id = bool(others) and fits_caseload(row, person.key)
        both_differ = bool(others) and self._identifier.names_that_differ(person, self._given(row)) == _BOTH
        meant = fitting if both_differ and (row.action == UPDATE or len(others) == 1) else ()
        if len(meant) == 1 and not fits_id:
            self._mark_id(row, person, meant[0])
            return
        ends_theirs = both_differ and row.action == UPDATE and fits_id and not fitting
        details = self._details(row, person)
        together = len(details) > 1 or bool(details and others)
        self._mark_details(row, person, details, certain=ends_theirs, among_others=together)
        if together:
            answers = _by_likelihood(row.text(PARTICIPANT_ID), person, others, fitting, fits_id=fits_id)
            fits = what_fits(answers[:1]) if fitting and not fits_id else ""
            about = About(
                answers=answers[:1] if ends_theirs else answers,
                certain=ends_theirs or all(detail.certain for detail in details),
                fits=fits,
                owner=person.participant_id,
                details=details,
            )
            self._ask_who(row, about)
        if fitting and not fits_id:
            # The rest of the row is about one of them in all likelihood, and nothing of it can be judged.
            row.participant = None
            row.spoiled |= _PERSON

    def _others(self, row: Row, person: Participant) -> Sequence[Participant]:
        """The other people whom all details of the row fit, where not both of its names are those of `person`."""
        given = self._given(row)
        if SSN in given or (row.spoiled | row.case.unclear) & _DEMOGRAPHIC_BITS:
            return ()
        if not (self._identifier.can_identify(given.keys()) and self._identifier.names_that_differ(person, given)):
            return ()
        return self._identifier.others_called(person, given)

    def _mark_id(self, row: Row, person: Participant, other: Participant) -> None:
        row.participant = None
        facts = {
            "value": quoted(row.text(PARTICIPANT_ID)),
            "participant": person.full_name,
            "other": other.full_name,
            "answer": other.participant_id,
        }
        answers = (other.participant_id,)
        fits = f"{self._beside_id(row, self._given(row))}, {what_fits(answers)}"
        details = self._details(row, person)
        about = About(answers=answers, certain=True, fits=fits, owner=person.participant_id, details=details)
        self._verdict.mark(row, PARTICIPANT_ID, "id-of-another", facts, about)

    def _details(self, row: Row, person: Participant) -> tuple[Detail, ...]:
        """The details of the row that are not those of the ID's owner."""
        exchanged = self._are_exchanged(row, person)
        return tuple(
            Detail(
                header,
                "" if header == SSN else row.text(header),
                stored,
                exchanged and header in (FIRST_NAME, LAST_NAME),
            )
            for header, stored in self._identifier.mismatches(person, self._given(row))
            if not row.spoiled & BIT[header]
        )

    def _mark_details(
        self, row: Row, person: Participant, details: Sequence[Detail], *, certain: bool, among_others: bool
    ) -> None:
        for header, written, stored, exchanged in details:
            value = hidden(row) if header == SSN else written
            facts = {
                "column": header,
                "value": "" if header == SSN else f" {quoted(self._said(header, value))}",
                "participant": person.full_name or person.participant_id,
                "ruin": self._ruin(header, row.codes[PLACE[header]]),
            }
            answers = (stored,) if stored else ()
            earlier = self._verdict.questions.get((header, value, "demographics-mismatch"))
            is_anothers = earlier is not None and earlier.answers != answers  # no answer would do for both
            fits = what_fits(answers) if is_anothers else ""
            about = About(value, answers, certain=certain or exchanged, fits=fits, among_others=among_others)
            self._verdict.mark(row, header, "demographics-mismatch", facts, about)

    def _ask_who(self, row: Row, about: About) -> None:
        """Asks whom a row means of whose details several are not those of the ID's owner: one answer settles all."""
        told = {header: code for header, code in self._given(row).items() if header != SSN}
        if any(detail.column == SSN for detail in about.details):
            told[SSN] = row.codes[PLACE[SSN]]
        about = about._replace(fits=told_apart(f"of {describe(told, self._columns)}", about.fits))
        self._verdict.ask(row, PARTICIPANT_ID, row.text(PARTICIPANT_ID), "demographics-mismatch", about)

    def _are_exchanged(self, row: Row, person: Participant) -> bool:
        """Whether the row gives a person's first name in the place of the last, and the other way round."""
        first, last = like_key(row.text(FIRST_NAME)), like_key(row.text(LAST_NAME))
        return bool(first and last) and (first, last) == (like_key(person.last_name), like_key(person.first_name))

    def _find_by_demographics(self, row: Row, given: dict[str, int]) -> None:
        spoiled = [header for header in given if row.spoiled & BIT[header]]
        is_day_alone = spoiled == [BIRTH_DATE] and not self._columns[BIRTH_DATE].is_unread(given[BIRTH_DATE])
        if row.case.unclear & _DEMOGRAPHIC_BITS or (spoiled and not is_day_alone):
            row.spoiled |= _PERSON
            return
        comparable = self.comparable(row)
        if not self._identifier.can_identify(comparable.keys()):
            advice = f"Enter the ID, or {self._identifier.least()}."
            who = self._who(row, given)
            facts = {"column": PARTICIPANT_ID, "advice": advice}
            asks = self._clue(row, 0, given) if given else None
            self._verdict.mark(row, PARTICIPANT_ID, "required", facts, About(who, clue=asks))
            return
        # A filled date must match, and an unreadable one matches nobody; it still helps to find the person.
        matches = () if spoiled and self._identifier.checks(BIRTH_DATE) else self.alike(comparable)
        if len(matches) == 1:
            row.participant = matches[0]
            self._verdict.named.add(matches[0].key)
        else:
            self._mark_participant(row, self._who(row, given), matches, 0, given)
        if spoiled:
            self._ask_for_day(row, row.participant)

    def _who(self, row: Row, given: dict[str, int]) -> str:
        """The identifying cells together. An SSN is not shown, so the row number distinguishes
        rows that differ in nothing else: one answer must never put one person into the rows of several."""
        who = describe(given, self._columns)
        code = given.get(SSN)
        if not code:
            return who
        usable = self._columns[SSN].found[code]
        alike = self._alike_but_for_ssn.setdefault(who, {})
        which = code if usable else -row.number if len(given) == 1 else 0
        return alike.setdefault(which, f"{who}, row {row.number}" if alike else who)

    def _ask_for_day(self, row: Row, person: Participant | None) -> None:
        """Adds the row's person to the question about an unreadable date of birth. The stored date may be the answer,
        as long as all rows with this value are about one person."""
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

    def _said(self, header: str, value: str) -> str:
        return said_value(header, value, self._reference.rules.date_order)

    def _ruin(self, header: str, code: int) -> str:
        """What Excel has done to a value of an identifier, for the middle of a message; "" where nothing shows."""
        ruin = self._columns[header].ruins[code]
        return f" {ruin.sentence}" if ruin else ""

    def alike(self, given: dict[str, int]) -> Sequence[Participant]:
        """Everybody who matches all these demographics; nobody where they are too few to identify a person."""
        return self._identifier.by_demographics(given) if self._identifier.can_identify(given.keys()) else ()

    def _mark_participant(
        self, row: Row, who: str, matches: Sequence[Participant], id_code: int, given: dict[str, int]
    ) -> None:
        code = "ambiguous-participant" if matches else "unknown-participant"
        facts = {
            "value": quoted(self._said(PARTICIPANT_ID, who)),
            "count": len(matches),
            "ruin": self._ruin(PARTICIPANT_ID, id_code),
        }
        if not id_code:
            facts["ruin"] = self._ruin(CASE_NUMBER, given.get(CASE_NUMBER, 0))
        fitting = [match for match in matches if fits_caseload(row, match.key)] if row.action == UPDATE else []
        certain = len(fitting) == 1 and not id_code
        answers = tuple(match.participant_id for match in (fitting if certain else matches))
        fits = self._beside_id(row, given) if id_code else what_fits(answers) if certain else ""
        about = About(who, answers, clue=self._clue(row, id_code, given), certain=certain, fits=fits)
        self._verdict.mark(row, PARTICIPANT_ID, code, facts, about)
        ruin = self._columns[PARTICIPANT_ID].ruins[id_code]
        question = ruin and self._verdict.questions.get((PARTICIPANT_ID, told_apart(who, fits), code))
        if question:  # there is none beyond a limit
            question.ruin = ruin

    def _beside_id(self, row: Row, given: dict[str, int]) -> str:
        """What tells rows with one wrong ID from each other, by what else they say: two people may have been given the
        same ID, or Excel may have made one of several (1.23457E+11). One answer must never be for both."""
        shown = {header: code for header, code in given.items() if header != SSN}
        if given and not shown:
            return f"row {row.number}"
        return f"of {describe(shown, self._columns)}" if shown else ""

    def _clue(self, row: Row, id_code: int, given: dict[str, int]) -> Clue:
        if row.spoiled & BIT[SSN]:
            given = {header: code for header, code in given.items() if header != SSN}
        return clue(id_code, given, self._columns, self._probable_day(given.get(BIRTH_DATE, EMPTY)))

    def _probable_day(self, code: int) -> str:
        if code not in self._probable_days:
            column, rules = self._columns[BIRTH_DATE], self._reference.rules
            text = "" if column.found[code] or column.is_unread(code) else column.texts[code]
            self._probable_days[code] = text and probable_day(text, rules.date_order, self._reference.today)
        return self._probable_days[code]


def _by_likelihood(
    written: str, owner: Participant, others: Sequence[Participant], fitting: Sequence[Participant], *, fits_id: bool
) -> tuple[str, ...]:
    """Who may be meant by the ID of `owner` beside details of which all are those of each of the `others`: their IDs,
    the likeliest first. The caseload says most: it fits `fitting`, and the owner where `fits_id`; where it decides
    nothing, an ID that is a slip away from the one that is written says more than that it is somebody's."""
    from server.judge import ids  # with what compares texts, for which no server waits before it is up

    key = like_key(written)
    fits = {person.key for person in fitting}

    def rank(person: Participant) -> tuple[bool, bool, bool]:
        is_owner = person.key == owner.key
        slip = not is_owner and ids.level(key, like_key(person.participant_id)) != ids.DIFFERENT
        return not (fits_id if is_owner else person.key in fits), not slip, not is_owner

    return tuple(person.participant_id for person in sorted([owner, *others], key=rank))
