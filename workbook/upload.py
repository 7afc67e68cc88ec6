"""One upload: its state, its test, its undo and its log, on the wire and in memory (SPEC 6, 8)."""

from __future__ import annotations

from typing import Literal

from workbook.local_time import Order
from workbook.upload_state import UploadState
from workbook.wire import Count, IsoMoment, Wire


class Progress(Wire):
    done: Count
    total: Count


class UploadTest(Wire):
    """An upload of its first rows only, for the user to keep or to roll back once they have seen what it wrote."""

    rows: int
    """How many rows it writes at most; rows that are left out do not count."""
    kept: bool | None
    """True when it was kept, false when it was rolled back, null until the user decides."""


class Upload(Wire):
    """One upload as the lists show it (SPEC 8). Times are ISO 8601 in UTC.

    `test` is null for an upload of all its rows. A test is complete as soon as its rows are written; rolled back, it
    is undone.
    """

    id: str
    number: int
    """A short number that a person can say, unique in the site; wherever an upload's id is taken, this is too."""
    type: str = "Caseload"
    filename: str
    state: UploadState
    received: Count
    accepted: Count
    left_out: Count
    progress: Progress
    submitted_by: str
    submitted_at: IsoMoment
    finished_at: IsoMoment | None
    reason: str | None
    test: UploadTest | None = None
    date_order: Order = "MDY"
    """How the site writes dates: month or day first."""
    site_tag: str = ""
    """Tells the uploads of one site from those of every other, whatever its server's address and its own name are, and
    stays the same; "" from a server that does not tell it."""

    @property
    def name(self) -> str:
        """`No. 118`."""
        return f"No. {self.number}"

    @property
    def is_open_test(self) -> bool:
        """Whether it is a test whose rows are written, and wait for their user's word to stay."""
        return self.state == UploadState.COMPLETE and self.test is not None and self.test.kept is None


class UndoneRecord(Wire):
    """One record that an undo leaves as the upload made it: which row wrote it, and why it stays."""

    row: int
    record: Literal["assignment", "enrollment"]
    record_id: int
    why: str


class UndoCounts(Wire):
    """What an undo reverses, record by record: what the upload began is removed, what it ended is open again."""

    assignments_removed: Count
    assignments_reopened: Count
    enrollments_removed: Count
    enrollments_reopened: Count


class Undo(Wire):
    """What an undo did, or would do when `preview` is true.

    `kept`: records that somebody changed since, or built upon; `impossible`: those that the user may not change, or
    that are no longer there. Where there is one that the user may not change any more, nothing is reversed, and the
    rest is `impossible`, too. The upload is undone when anything was reversed; else its state stays complete.
    """

    preview: bool
    state: str
    """The upload's state now."""
    reversed: Count
    """The sum of the counts."""
    counts: UndoCounts
    kept: list[UndoneRecord]
    impossible: list[UndoneRecord]


class LogRow(Wire):
    """One row of an upload's log: what was done with it, to which record, and what a fix changed."""

    row: int
    action: str
    result: str
    record_id: int | None
    message: str
    before: str
    """The values that a fix replaced, as `Column: value`; several are joined by "; "."""
    after: str
    participant_id: str = ""
    program: str = ""
    caseworker: str = ""
    """Whom the row was about, by what it said or whom it was found to mean; "" once an old upload's rows are
    forgotten."""
