"""Where the wings meet: the records a sheet leads to are fetched, the judging wing judges, and a report is made."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from zlib import crc32

from sqlalchemy import Connection

from server.judge.identify import wanted
from server.judge.judge import Judging, Verdict
from server.judge.kept_names import KeptNames
from server.judge.plan import Plan
from server.judge.reference import Reference, User
from server.records.loading import caseworkers, closed_assignments, load_reference, with_histories
from server.records.sites import site_rules
from workbook.columns import PARTICIPANT_ID
from workbook.garbage import without_garbage_collection
from workbook.matching import exact_key
from workbook.problems import Problem
from workbook.sheet import Sheet

MOST_PARTICIPANTS_SOUGHT = 5000
"""How many distinct unknown participants are looked for at once, the most frequent first: those of a whole wrong
column, in about the time that checking it takes. The others get no suggestion until some of these are fixed."""


@dataclass(slots=True)
class Checked:
    """A sheet, judged against the site as it is at this moment."""

    connection: Connection
    """What it was judged through: `report` looks for suggestions there, so it must still be open then."""
    site_id: int
    reference: Reference | None
    """What was known of the site; None once it was let go."""
    verdict: Verdict
    revision: int
    """The site's revision that the verdict holds for."""
    user: User
    """What the user might do when it was judged."""

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

    def let_go(self) -> None:
        """Forgets what was known of the site, which for a large sheet is much: to write, the plan is enough."""
        self.reference = None

    def report(self, names: KeptNames | None = None) -> dict[str, object]:
        """The answer of `POST /v1/validations` (SPEC 8): counts, problems, fixes with suggestions, preview.

        `names`: the sites' names as they were prepared for earlier reports.
        """
        assert self.reference is not None
        return {
            "counts": {
                "rows": self.verdict.rows,
                "valid": self.valid_rows,
                "errors": self.verdict.errors,
                "warnings": len(self.problems) - self.verdict.errors,
            },
            "problems": [problem._asdict() for problem in self.problems],
            "fixes": self._fixes(self.reference, names or KeptNames()),
            "preview": self._preview(self.reference),
        }

    def follow_up(self, staff_key: int, today: str) -> dict[str, object]:
        """What it takes to check a part of the sheet again (`workbook.report.FollowUp`)."""
        from server.records.remembered import stamp

        assert self.reference is not None
        basis = [self.site_id, self.revision, staff_key, today, stamp(self.connection, self.site_id)]
        numbers = {person.key: crc32(person.participant_id.encode()) or 1 for person in self.reference.participants}
        numbers[0] = 0
        return {
            "as_of": hashlib.sha256(repr(basis).encode()).hexdigest()[:16],
            "participants": [numbers[key] for key in self.verdict.participants],
        }

    def _fixes(self, reference: Reference, names: KeptNames) -> list[dict[str, object]]:
        # Matching names takes numpy and a list of nicknames: a clean sheet, and the worker that writes it, do without.
        questions = sorted(self.verdict.questions.values(), key=lambda question: -len(question.rows))
        if not questions:
            return []
        from server.judge.names import standard_nicknames
        from server.judge.suggest import suggest
        from server.records.people import find_near
        from server.records.remembered import remembered

        clues = [question.clue for question in questions if question.clue][:MOST_PARTICIPANTS_SOUGHT]
        with without_garbage_collection():
            keys = ((question.column, exact_key(question.value)) for question in questions)
            aliases = remembered(self.connection, self.site_id, keys)
            ids = {replacement for (column, _), replacement in aliases.items() if column == PARTICIPANT_ID}
            near = find_near(self.connection, self.site_id, clues, standard_nicknames(), ids)
            answers = suggest(
                questions,
                reference,
                near.people,
                aliases,
                people_names=near.names,
                names=names.of(self.site_id, reference),
                caseworkers=lambda staff_keys: caseworkers(self.connection, self.site_id, staff_keys),
                histories=lambda known, people: with_histories(self.connection, known, people),
            )
        return [
            {
                "column": question.column,
                "value": question.value,
                "code": question.code,
                "count": len(question.rows),
                "rows": question.rows,
                "suggestions": suggestions,
            }
            for question, suggestions in zip(questions, answers, strict=True)
        ]

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
        }


def check(connection: Connection, sheet: Sheet, site_id: int, staff_key: int, today: str) -> Checked:
    """Judges `sheet` for a user of a site, against the data that `connection` sees. `today`: ISO date (SPEC R7)."""
    keys = wanted(sheet, site_rules(connection, site_id))
    reference = load_reference(connection, site_id, staff_key, keys, today)
    with without_garbage_collection():
        judging = Judging(sheet, reference)
        closed = None
        if reference.closed is None:
            # In a large sheet few rows want it, and mostly none: what is closed is fetched for those alone.
            closed = closed_assignments(connection, judging.without_open())
        verdict = judging.verdict(closed)
    return Checked(connection, site_id, reference, verdict, reference.revision, reference.user)
