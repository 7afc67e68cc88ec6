"""Check a sheet: fetch what it refers to, judge it, and report."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeVar
from zlib import crc32

from sqlalchemy import Connection, Engine

from server.judge.identify import reference_keys
from server.judge.judge import Judging
from server.judge.plan import Plan
from server.judge.reference import Participant, Reference, User
from server.judge.ssns import Tries, tries, unanswered
from server.judge.verdict import MOST_ERRORS, Verdict
from server.records.database import may_write, reading, writing
from server.records.others import with_others
from server.records.reference_data import closed_assignments, holders, load_reference, with_people
from server.records.remembered import remembered_headers, stamp
from server.records.sites import site_rules
from server.records.ssn import held_key, known_key
from server.records.ssn_tries import count_tries, tried_lately
from server.suggest.kept_names import KeptNames
from workbook.columns import SSN
from workbook.files.garbage import without_garbage_collection
from workbook.files.header_answers import with_answers
from workbook.problems import Problem
from workbook.sheet import Sheet

MOST_OF_A_KIND: Final = MOST_ERRORS
"""Problems of one code that a report names; it counts the others."""


@dataclass(slots=True)
class CheckedSheet:
    """A sheet, judged against the site as it is at this moment."""

    connection: Connection
    """The connection of the check. It must still be open for `report`, which looks for suggestions."""
    site_id: int
    reference: Reference | None
    """The site's records; None after `let_go`."""
    verdict: Verdict
    revision: int
    """The site's revision that the verdict holds for."""
    user: User
    """The user's rights at the time of the check."""
    strangers: frozenset[int]
    """Keys of those of whom the user may know nothing but the Participant ID."""

    @property
    def problems(self) -> list[Problem]:
        return self.verdict.problems

    @property
    def plan(self) -> Plan:
        return self.verdict.plan

    @property
    def open_errors(self) -> bool:
        return self.verdict.errors > 0

    @property
    def valid_rows(self) -> int:
        return self.verdict.rows - self.verdict.wrong_rows

    @property
    def taken_up(self) -> int:
        """How many people, known to the user by their ID alone, the plan brings into the user's reach."""
        people = {begin.participant_key for begin in self.plan.begins}
        people.update(begin.participant_key for begin in self.plan.enrollment_begins)
        return len(self.strangers & people)

    def let_go(self) -> None:
        """Frees the site's records, which take much memory for a large sheet: to write, the plan is enough."""
        self.reference = None

    def report(self, names: KeptNames | None = None) -> dict[str, object]:
        """The answer of `POST /v1/validations` (SPEC 8): counts, problems, fixes with suggestions, preview.

        `names`: the sites' names as they were prepared for earlier reports.
        """
        assert self.reference is not None
        listed, more = self._listed()
        return {
            "counts": {
                "rows": self.verdict.rows,
                "valid": self.valid_rows,
                "errors": self.verdict.errors,
                "warnings": self.verdict.warnings,
            },
            "problems": [problem._asdict() for problem in listed],
            **({"more": more} if more else {}),
            "fixes": self._fixes(self.reference, names or KeptNames()),
            "preview": self._preview(self.reference),
            "date_order": self.reference.rules.date_order,
        }

    def _listed(self) -> tuple[list[Problem], list[dict[str, object]]]:
        """The problems that a report lists, up to a limit for each code, and how many more there are."""
        listed_counts: Counter[str] = Counter()
        listed: list[Problem] = []
        more = self.verdict.counted.copy()
        for problem in self.problems:
            listed_counts[problem.code] += 1
            if listed_counts[problem.code] <= MOST_OF_A_KIND:
                listed.append(problem)
            else:
                more[problem.code, problem.severity] += 1
        return listed, [
            {"code": code, "severity": severity, "count": count} for (code, severity), count in more.items()
        ]

    def follow_up(self, staff_key: int, today: str, key: bytes) -> dict[str, object] | None:
        """What a client needs to check only a part of the sheet again (`workbook.report.FollowUp`); None where the
        report does not list every row that has a problem. `key`: makes `as_of` an HMAC, so that nobody can find out by
        trial how many people and sites there are."""
        if self._listed()[1]:
            return None
        assert self.reference is not None
        basis = [self.site_id, self.revision, staff_key, today, stamp(self.connection, self.site_id)]
        known = (*self.reference.participants, *self.reference.strangers)
        numbers = {person.key: crc32(person.participant_id.encode()) or 1 for person in known}
        numbers[0] = 0
        return {
            "as_of": hmac.digest(key, repr(basis).encode(), hashlib.sha256).hex()[:16],
            "participants": [numbers[key] for key in self.verdict.participants],
        }

    def _fixes(self, reference: Reference, names: KeptNames) -> list[dict[str, object]]:
        if not self.verdict.questions:
            return []
        from server.uploads.suggestions import fixes  # a clean sheet, and the worker that writes it, do not need it

        return fixes(self.connection, self.site_id, reference, self.verdict, names)

    def _preview(self, reference: Reference) -> dict[str, object]:
        plan = self.plan
        change: Counter[int] = Counter(begin.staff_key for begin in plan.begins)
        change.subtract(Counter(end.staff_key for end in plan.ends))
        names = {member.key: member.full_name or member.staff_id for member in reference.staff}
        before = reference.caseloads
        return {
            "inserts": len(plan.begins),
            "updates": len(plan.ends),
            "enrollments_begun": len(plan.enrollment_begins),
            "enrollments_ended": len(plan.enrollment_ends),
            "caseloads": sorted(
                (
                    {"caseworker": names[key], "before": before.get(key, 0), "after": before.get(key, 0) + by}
                    for key, by in change.items()
                ),
                key=lambda load: str(load["caseworker"]).casefold(),
            ),
            "load_limit": reference.rules.load_limit or None,
        }


class Asks(NamedTuple):
    """Who wants to know what is wrong with a sheet: what it tries of SSNs counts as theirs."""

    staff_key: int
    upload_id: str | None = None
    """The upload that it is; None of rows that are only checked."""
    fellows: frozenset[int] = frozenset()
    """Who else may have put SSNs into that upload: what was counted as theirs does not count again."""


class TriesToCount(Exception):
    """A sheet gives wrong SSNs that must be counted before the answer reveals it (`answer_counting_tries`). `key`: the
    fingerprint of the one that they are hashed with."""

    def __init__(self, site_id: int, who: Asks, found: Tries, key: str | None) -> None:
        super().__init__(f"{len(found.new)} SSNs to count")
        self.site_id, self.who, self.found, self.key = site_id, who, found, key


_Answer = TypeVar("_Answer")


def answer_counting_tries(engine: Engine, question: Callable[[Connection], _Answer]) -> _Answer:
    """Answers a question that checks a sheet, at one moment of the database. Where the answer would reveal that SSNs
    are wrong, they are counted first, and the question is asked again. Where the key was replaced in between, their
    hashes are those of nothing any more: none is counted, and the question finds what is there now."""
    while True:
        try:
            with reading(engine) as connection:
                return question(connection)
        except TriesToCount as wrong:
            with writing(engine) as connection:
                if held_key(connection) != wrong.key:
                    continue
                count_tries(connection, wrong.site_id, wrong.who.staff_key, wrong.found, wrong.who.upload_id)


def check(
    connection: Connection, sheet: Sheet, site_id: int, staff_key: int, today: str, asks: Asks | None = None
) -> CheckedSheet:
    """Judges `sheet` with the rights of a user of a site, against the data that `connection` sees. `today`: ISO date
    (SPEC R7). `asks`: who wants to know, where it is not that user alone.

    Raises TriesToCount where the connection only reads.
    """
    if sheet.unclear:
        sheet = with_answers(sheet, remembered_headers(connection, site_id, sheet.unclear, staff_key), by_the_site=True)
    keys = reference_keys(sheet, site_rules(connection, site_id))
    # Whoever has an SSN that is not answered is not looked at, so that nothing of them takes time.
    reference = load_reference(connection, site_id, staff_key, keys._replace(ssn_hashes=frozenset()), today)
    with without_garbage_collection():
        judging = Judging(sheet, reference)
        if SSN in sheet.columns:
            held = holders(connection, site_id, reference.user, keys.ssn_hashes)
            silent = _count_ssns(connection, judging, site_id, asks or Asks(staff_key), held)
            if more := judging.answered_by_ssn(held, silent):
                reference = with_people(connection, site_id, reference, more)
                judging = Judging(sheet, reference)
            judging.silent = silent
        if names := judging.names_beside_other_ids():
            judging.know_others(with_others(connection, site_id, judging.reference, names))
        closed = None
        if reference.closed is None:
            # In a large sheet few rows need closed assignments, so they are fetched for those alone.
            closed = closed_assignments(connection, judging.without_open())
        verdict = judging.verdict(closed)
    known = judging.reference
    strangers = frozenset(person.key for person in known.strangers)
    return CheckedSheet(connection, site_id, known, verdict, reference.revision, reference.user, strangers)


def _count_ssns(
    connection: Connection, judging: Judging, site_id: int, who: Asks, held: Sequence[Participant]
) -> frozenset[int]:
    """Makes sure that the wrong SSNs of a sheet are counted before it is judged by the counts; gives the indexes of the
    rows whose SSN is not answered. `held`: whoever has an SSN of a row without an ID. Whoever writes holds the site, so
    that nobody replaces the key meanwhile."""
    given = judging.row_ssns({person.ssn_hash for person in held})
    if not given:
        return frozenset()
    people = {one.participant_key for one in given}
    tried = tried_lately(connection, site_id, who.staff_key, people, who.fellows)
    found = tries(given, tried)
    if found.new or found.held:
        if not may_write(connection):
            raise TriesToCount(site_id, who, found, known_key(connection))
        count_tries(connection, site_id, who.staff_key, found, who.upload_id)
        tried = tried_lately(connection, site_id, who.staff_key, people, who.fellows)
    return unanswered(given, tried)
