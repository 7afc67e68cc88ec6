"""Check a stored upload again, with the user's fixes applied, as the site is now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from server.records import fixes as user_fixes
from server.records import uploads
from server.records.fixes import FixedCell, Key, StoredFix
from server.records.reference_data import administrators_of
from server.records.uploads import UploadRow
from server.suggest.kept_names import KeptNames
from server.uploads.check import Asks, CheckedSheet, check
from server.uploads.lost_hashes import rows_of_upload
from workbook.files.header_answers import with_answers
from workbook.files.packing import unpack
from workbook.local_time import Order
from workbook.problems import Problem
from workbook.report import CaseloadChange, Counts, Preview, Report
from workbook.sheet import Sheet


def today() -> str:
    """Today by this computer's calendar, as ISO text: later days are the future (SPEC R7)."""
    return date.today().isoformat()


@dataclass(slots=True)
class LaidOut:
    """The rows of an upload with the user's fixes applied."""

    sheet: Sheet
    """Every row, left-out ones too, with the fixes applied."""
    changes: Mapping[int, Sequence[FixedCell]]
    """What the fixes changed, here and in the spreadsheet before, by sheet row number."""
    fixes: list[StoredFix]
    left_out: set[int]


@dataclass(slots=True)
class CheckedUpload(LaidOut):
    """An upload, laid out and checked."""

    upload: UploadRow
    rows: Sheet
    """What is to be written: the sheet without the rows that are left out; of a test only the first ones."""
    checked: CheckedSheet | None
    """None when no row is left to check."""
    day: str
    asks: Asks

    @property
    def open_errors(self) -> bool:
        return self.checked is not None and self.checked.open_errors

    @property
    def problems(self) -> Sequence[Problem]:
        return [] if self.checked is None else self.checked.problems

    def problem_rows(self) -> dict[Key, list[int]]:
        """Each distinct wrong value → the sheet rows that have it."""
        if self.checked is None:
            return {}
        return {key: list(dict.fromkeys(question.rows)) for key, question in self.checked.verdict.questions.items()}

    def report(self, names: KeptNames | None = None) -> dict[str, object]:
        """The answer to "what is wrong", as validations give it. Looks for suggestions: the connection that it was
        judged through must still be open. `names`: those prepared for earlier reports."""
        return nothing_wrong(0, self.upload.date_order) if self.checked is None else self.checked.report(names)


def lay_out_upload(
    connection: Connection,
    upload_id: str,
    fixes: list[StoredFix] | None = None,
    left_out: Collection[int] | None = None,
) -> LaidOut:
    """An upload's rows with the fixes and left-out rows that are kept, or with those given instead."""
    sheet = rows_of_upload(connection, upload_id)
    given = user_fixes.stored_fixes(connection, upload_id) if fixes is None else fixes
    out = user_fixes.left_out_rows(connection, upload_id) if left_out is None else set(left_out)
    sheet = with_answers(sheet, user_fixes.answers_to_headers(given))
    changes = user_fixes.apply_fixes(sheet, given)
    earlier = uploads.load_sheet(connection, upload_id, "fixed")
    if earlier is not None:
        changes = user_fixes.with_earlier(changes, sheet, unpack(earlier))
    return LaidOut(sheet, changes, given, out)


def check_upload(
    connection: Connection,
    upload: UploadRow,
    asks: Asks,
    fixes: list[StoredFix] | None = None,
    left_out: Collection[int] | None = None,
) -> CheckedUpload:
    """Judges an upload with the fixes and left-out rows that are kept, or with those given instead. The rights are its
    submitter's, whoever asks (`asks_of`)."""
    laid = lay_out_upload(connection, upload.id, fixes, left_out)
    rows = user_fixes.without_rows(laid.sheet, laid.left_out)
    if upload.test_rows is not None:
        rows = user_fixes.without_rows(rows, frozenset(rows.row_numbers[upload.test_rows :]))
    day = today()
    checked = check(connection, rows, upload.site_id, upload.staff_key, day, asks) if len(rows) else None
    return CheckedUpload(laid.sheet, laid.changes, laid.fixes, laid.left_out, upload, rows, checked, day, asks)


def asks_of(connection: Connection, upload: UploadRow, staff_key: int) -> Asks:
    """Who asks about an upload: its submitter, for whom the worker asks, or an administrator, who may look at it and
    fix it."""
    fellows = {upload.staff_key, *administrators_of(connection, upload.site_id)} - {staff_key}
    return Asks(staff_key, upload.id, frozenset(fellows))


def nothing_wrong(rows: int, order: Order) -> dict[str, object]:
    """The report on rows that have nothing left to be done about."""
    no_caseloads: list[CaseloadChange] = []
    preview = Preview(inserts=0, updates=0, enrollments_begun=0, enrollments_ended=0, caseloads=no_caseloads)
    counts = Counts(rows=rows, valid=rows, errors=0, warnings=0)
    report = Report(counts=counts, problems=[], fixes=[], preview=preview, date_order=order)
    return report.model_dump(exclude={"follow_up", "more"})
