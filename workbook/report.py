"""The report of a checked sheet, on the wire and in memory (SPEC 5, 8)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from pydantic import FailFast, Field

from workbook.local_time import Order
from workbook.problems import Severity
from workbook.wire import IsoDay, IsoMoment, Wire

Storable = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""A text without a NUL character, which no database keeps."""


Key = tuple[str, str, str]
"""(column, value, code): a distinct mistake, what a fix is about."""
Place = tuple[int, str, str]
"""(sheet row, column, code): one problem of one row."""


class Table(Wire):
    """A sheet on the wire. Dates are ISO text; an Excel error is its own text, such as `#N/A`; a text that begins with
    = is a formula without a stored value. Numbers of identifiers are sent as they are shown (SPEC 3).

    An unknown header that looks like a column which the sheet lacks is answered in the header itself: by the canonical
    header, or by `leave it out`.
    """

    header: list[str | int | float | bool | None]
    rows: list[list[str | int | float | bool | None]]
    row_numbers: list[int] | None = None
    """The sheet's own row numbers; 2, 3, … when absent."""
    versions: dict[int, int | list[int]] | None = None
    """Row number → version, or a list of version and id of the assignment, only for rows downloaded from the server
    (SPEC R12). Without the id, another assignment of the same version that the row fits as well is taken for it."""
    downloaded: dict[int, dict[str, str]] | None = None
    """Row number → column → what the cell said when the row was downloaded: shown where somebody changed the assignment
    since (SPEC R12), and not uploaded."""
    leave_out: list[int] | None = None
    """Row numbers that the user leaves out from the start, as `FixesIn.leave_out` does later (SPEC 6)."""
    fixed: dict[int, dict[str, str]] | None = None
    """Row number → column → what the cell said before it was fixed in the sheet: shown in the upload's log, and not
    uploaded (SPEC 6). Of an SSN only that it was fixed is kept."""
    filename: str | None = None
    sheet: str | None = None
    """What the worksheet is called, for messages."""
    header_row: int | None = None
    """The sheet's own number of the header row; 1 when absent."""
    header_found: bool | None = None
    """False where no row is a header by SPEC 3, and this is only the likeliest; true when absent."""
    hidden_rows: list[int] | None = None
    """Sheet row numbers that are hidden, by hand or by a filter. They are uploaded like the others, with a warning; the
    header row, if it is among them, has a warning of its own."""
    hidden_columns: dict[str, str] | None = None
    """Letters of a column that nobody sees → its header. Those that are read, and filled, are told by a warning."""
    nameless_columns: list[str] | None = None
    """Letters of columns between ours or beside them that hold something in a row and have no header, to be told by a
    warning. When absent, those of the table itself, whose first column is A then."""
    extra_fields: dict[int, int] | None = None
    """Row number → how many fields more than headers it has, one of them filled. Rows of a spreadsheet may instead
    simply be longer than the header."""
    empty_fields: dict[int, int] | None = None
    """The same of rows of a text file whose fields beyond the headers are all empty."""


class ProblemOut(Wire):
    row: int
    column: str
    code: str
    severity: Severity
    value: str
    message: str


ONLY_A_GUESS: Final = " · only a guess"
"""Ends the label of somebody who is suggested on thin evidence, for want of a better one."""


SURE: Final = 95.0
"""The score from which a suggestion is sure: of a thousand such at most five are wrong (docs/suggestions.md)."""


class Suggestion(Wire):
    """One answer to "did you mean": `value` goes into the cell, `label` lets a person decide, `score` is 0 to 100.

    From `SURE` on, the first of them may be taken together with all others that are sure.
    """

    value: str
    label: str
    score: float
    remembered: bool = False

    @property
    def is_guess(self) -> bool:
        """Whether nobody should take it unread."""
        return self.label.endswith(ONLY_A_GUESS) and not self.remembered

    @property
    def is_sure(self) -> bool:
        """Whether it may be taken unread, once its user has said so."""
        return self.remembered or (self.score >= SURE and not self.is_guess)


class FixGroup(Wire):
    """One distinct wrong value: one fix of it applies to every row listed (SPEC 5)."""

    column: str
    value: str
    code: str
    count: int
    rows: list[int]
    suggestions: list[Suggestion]
    details: dict[str, str] = Field(default_factory=dict)
    """Where it asks whom rows mean that give an ID and somebody else's details: column → what is stored there of the
    ID's owner, "" to empty the cell. One answer, a Participant ID, settles all these cells: where it is the rows' own,
    they become this; any other takes the ID's place, and they stay. Else empty. Each of the cells has a group of its
    own, too, for whoever corrects it alone."""

    def places(self) -> Iterator[Place]:
        """The problems that its answer is for."""
        return ((row, column, self.code) for column in (self.column, *self.details) for row in self.rows)


def key_of(group: FixGroup) -> Key:
    return (group.column, group.value, group.code)


class Counts(Wire):
    rows: int
    valid: int
    """Rows without an error; a warning leaves a row valid."""
    errors: int
    warnings: int


class CaseloadChange(Wire):
    caseworker: str
    before: int
    after: int

    @property
    def by(self) -> int:
        return self.after - self.before


class Preview(Wire):
    """What the valid rows would do: records, not rows, so that nobody wonders what was written."""

    inserts: int
    updates: int
    enrollments_begun: int
    enrollments_ended: int
    caseloads: list[CaseloadChange]
    load_limit: int | None = None
    """Open cases of one caseworker above which the site wants to be warned; null where it set none."""

    def by_size_of_change(self) -> list[CaseloadChange]:
        """The caseloads that change, the largest change first."""
        changed = [one for one in self.caseloads if one.by]
        return sorted(changed, key=lambda one: (-abs(one.by), one.caseworker.casefold()))

    def too_large(self) -> list[CaseloadChange]:
        """The caseloads that grow above the limit, the largest first."""
        if not self.load_limit:
            return []
        grown = [one for one in self.caseloads if one.by > 0 and one.after > self.load_limit]
        return sorted(grown, key=lambda one: (-one.after, one.caseworker.casefold()))


class FollowUp(Wire):
    """What a client needs to check a part of a sheet again and know that the rest still holds.

    Rows affect each other only through their participant: a client that sends again every row that has a problem, every
    row that changed, and every row that shares a participant with one of them, gets all that a check of the whole sheet
    would report, as long as `as_of` stays the same. Where a problem asks who is meant, it sends every row without a
    Participant ID as well: those whom they describe are suggested last.
    """

    as_of: str
    """What the rows were checked against, as an opaque text: another one as soon as anything of that changed."""
    participants: list[int]
    """For each row that was checked, in order, a number that stands for its participant; 0 where none was found. Two
    people may, rarely, have one number."""


class MoreProblems(Wire):
    """How many problems of one code a report only counts: where a whole column is wrong it does not name every row."""

    code: str
    severity: Severity
    count: int


class Report(Wire):
    counts: Counts
    problems: list[ProblemOut]
    more: list[MoreProblems] = Field(default_factory=list)
    """Problems that are not among those; absent where all are."""
    fixes: list[FixGroup]
    preview: Preview | None
    """Never null in an answer of the server: a client that asked about a part of its rows does not know it."""
    follow_up: FollowUp | None = None
    """Only where it was asked for."""
    date_order: Order = "MDY"
    """How the site writes dates, as it does in the messages: month or day first."""


def asked(report: Report) -> list[FixGroup]:
    """What a user is asked: the groups of a report but those that another one settles."""
    settled = {place for group in report.fixes if group.details for place in group.places()}
    return [group for group in report.fixes if group.details or not settled.issuperset(group.places())]


def ungrouped(report: Report) -> list[FixGroup]:
    """The errors of a report that none of its groups holds, by distinct wrong value: nothing is suggested for them."""
    held = {place for group in report.fixes for place in group.places()}
    groups: dict[Key, FixGroup] = {}
    for problem in report.problems:
        if problem.severity != "error" or (problem.row, problem.column, problem.code) in held:
            continue
        key = (problem.column, problem.value, problem.code)
        group = groups.get(key)
        if group is None:
            group = groups[key] = FixGroup(
                column=problem.column, value=problem.value, code=problem.code, count=0, rows=[], suggestions=[]
            )
        group.count += 1
        group.rows.append(problem.row)
    return list(groups.values())


class Fix(Wire):
    """The user's word on one distinct wrong value. `replacement` null withdraws an earlier fix.

    Of a header (`header-unclear`; column and value are the header as the sheet spells it) it is the canonical header,
    for “it is this column”, or `leave it out`. Remembered, it holds for every later sheet of the site.
    """

    column: Storable
    value: Storable
    code: Storable
    replacement: Storable | None
    remember: bool = False


class FixesIn(Wire):
    """Told by its first flaw: a list of nothing else would cost a hundred times its size."""

    fixes: Annotated[list[Fix], FailFast()] = Field(default_factory=list)
    leave_out: Annotated[list[int], FailFast()] = Field(default_factory=list)
    """Sheet row numbers that the user leaves out of the upload."""


class Answer(Wire):
    """What a wrong value means, to be remembered for the site (SPEC 5); or what an unknown header does, as in `Fix`."""

    column: str
    value: str
    code: str
    replacement: str


class Answers(Wire):
    fixes: Annotated[list[Answer], FailFast()] = Field(max_length=1000)


class RememberedFix(Wire):
    """A fix that the site remembers: offered first when the value turns up again, never applied by itself.

    `code` is the problem that it answered, `by` who asked for it, both "" where that is not known; `at` is ISO 8601 in
    UTC.
    """

    id: str
    column: str
    value: str
    code: str
    replacement: str
    by: str
    at: IsoMoment
    corrected: IsoMoment = ""
    """When, as `at`, rows were last written in which the value had become something else all the same: since then it
    is no longer offered first."""


class NotRemembered(Wire):
    """A fix that cannot be remembered, and why."""

    column: str
    value: str
    code: str
    message: str


class Remembered(Wire):
    """What was remembered now, and what cannot be."""

    remembered: list[RememberedFix]
    refused: list[NotRemembered]


class ListedAssignment(Wire):
    """One caseload record, with the version that a downloaded row carries (SPEC R12). "" where nothing is stored;
    dates are ISO."""

    id: int
    version: int
    participant_id: str
    first_name: str
    last_name: str
    program_id: str
    program_name: str
    staff_id: str
    caseworker: str
    caseworker_first_name: str
    caseworker_last_name: str
    relationship: str
    status: str
    start_date: IsoDay
    end_date: IsoDay
    reason: str


class ListedParticipant(Wire):
    """Somebody who may be meant; "" where nothing is stored. `programs`: those they are in now, `caseworkers`: who
    works with them now, both as far as the user may know of them."""

    participant_id: str
    first_name: str
    last_name: str
    birth_date: str
    case_number: str
    programs: list[str]
    caseworkers: list[str]
