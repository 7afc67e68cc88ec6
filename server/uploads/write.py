"""What a worker does with an upload: check it, then write or ask for fixes (SPEC 6).

The write is one transaction. It locks the site, makes sure that this worker still holds the upload, judges again if
anything changed since, and moves the state to complete together with all it writes: so it happens once or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Engine

from server.judge.plan import Plan
from server.records import audit, uploads
from server.records.changes import before_plan, lay_out_changes
from server.records.database import writing
from server.records.fixes import without_rows
from server.records.reference_data import participant_ids, rights_of
from server.records.remembered import note_corrections
from server.records.sites import next_record_number
from server.records.upload_log import WriteResult, lay_out_log
from server.records.upload_queue import Claim, others_at_work, prolong
from server.records.uploads import UploadRow
from server.records.writes import lock_site, write_plan
from server.uploads.check import Asks, answer_counting_tries, check
from server.uploads.corrections import became
from server.uploads.finish import Ending, end_upload
from server.uploads.recheck import CheckedUpload, asks_of, check_upload, today
from workbook.columns import PARTICIPANT_ID
from workbook.files.packing import pack
from workbook.problems import PROBLEM_KINDS, Problem
from workbook.upload_state import RUNNING, UploadState

_SMALL: Final = 10_000
"""Rows that are judged within a second."""
_MOST_EXPLAINED: Final = 1_000
"""Rows left out of which the log says what was wrong with each."""


class WriteOutcome(Enum):
    WRITTEN = "written"
    NEEDS_FIXES = "asked for fixes"
    LOST = "lost to somebody else"
    FAILED = "failed"
    PUT_BACK = "put back until the database can be used again"


def process_upload(engine: Engine, held: Claim, lease_seconds: int, about_to_write: Callable[[], None]) -> WriteOutcome:
    """Processes a claimed upload as far as possible. `about_to_write` is called before the write begins: from then on
    the row's lock keeps other workers away, not the lease.

    When it raises anything, nothing of the upload is written.
    """

    def judged_first(connection: Connection) -> CheckedUpload | WriteOutcome | None:
        upload = uploads.find_upload(connection, held.site_id, held.upload_id)
        if upload is None or upload.leased_by != held.lease:
            return WriteOutcome.LOST
        # With another worker on the same site, a verdict would be stale before it is written. So a small upload is
        # judged only once, under the site's lock.
        in_its_turn = upload.received <= _SMALL and others_at_work(connection, held)
        return None if in_its_turn else check_upload(connection, upload, _of_submitter(connection, upload))

    judged = answer_counting_tries(engine, judged_first)
    if isinstance(judged, WriteOutcome):
        return judged
    if judged is not None and judged.open_errors:
        with writing(engine) as connection:
            held_row = _held(connection, held, UploadState.VALIDATING)
            if held_row is None:
                return WriteOutcome.LOST
            _ask_for_fixes(connection, held_row, judged)
            return WriteOutcome.NEEDS_FIXES
    if judged is not None and judged.checked is not None:
        judged.checked.let_go()
    with writing(engine) as connection:
        if not prolong(connection, held, lease_seconds, state=UploadState.WRITING):
            return WriteOutcome.LOST
    about_to_write()
    with writing(engine) as connection:
        revision = lock_site(connection, held.site_id)
        held_row = _held(connection, held, UploadState.WRITING)
        if held_row is None:
            return WriteOutcome.LOST
        if judged is None or _is_stale(connection, held, judged, revision):
            judged = check_upload(connection, held_row, _of_submitter(connection, held_row))
            if judged.open_errors:
                _ask_for_fixes(connection, held_row, judged)
                return WriteOutcome.NEEDS_FIXES
        _write(connection, held_row, judged)
    return WriteOutcome.WRITTEN


def _is_stale(connection: Connection, held: Claim, judged: CheckedUpload, revision: int) -> bool:
    """Whether the verdict may have changed by now. Rights are read again, whatever the revision says (R10)."""
    checked = judged.checked
    return checked is not None and (
        revision != checked.revision
        or today() != judged.day
        or rights_of(connection, held.site_id, held.staff_key) != checked.user
    )


def fail(engine: Engine, held: Claim, reason: str) -> WriteOutcome:
    """Ends an upload that cannot be written, unless it is no longer this worker's."""
    with writing(engine) as connection:
        upload = _held(connection, held, *RUNNING)
        if upload is None:
            return WriteOutcome.LOST
        end_upload(connection, upload, Ending(UploadState.FAILED, audit.SERVER, reason))
    return WriteOutcome.FAILED


def _held(connection: Connection, held: Claim, *states: UploadState) -> UploadRow | None:
    """The upload under its lock; None when it was cancelled, or taken over by another worker."""
    upload = uploads.find_upload(connection, held.site_id, held.upload_id, lock=True)
    if upload is None or upload.leased_by != held.lease or upload.state not in states:
        return None
    return upload


def _ask_for_fixes(connection: Connection, upload: UploadRow, judged: CheckedUpload) -> None:
    uploads.move(connection, upload.id, UploadState.NEEDS_FIXES, done=upload.received)
    errors = 0 if judged.checked is None else judged.checked.verdict.errors
    audit.note(connection, upload.site_id, audit.SERVER, "upload needs fixes", upload.id, f"{errors} errors")


def _write(connection: Connection, upload: UploadRow, judged: CheckedUpload) -> None:
    plan = Plan() if judged.checked is None else judged.checked.plan
    before = before_plan(connection, upload.site_id, plan)
    written = write_plan(connection, upload.site_id, upload.id, plan)
    later = next_record_number(connection, upload.site_id)
    changes = lay_out_changes(plan, judged.rows.row_numbers, written, before, later)
    uploads.store_sheet(connection, upload.id, "before", pack(changes))
    sheet = judged.sheet
    if upload.test_rows is not None and len(judged.rows):
        # Rows after the last row of a test are not part of it.
        last = judged.rows.row_numbers[-1]
        sheet = without_rows(sheet, frozenset(row for row in sheet.row_numbers if row > last))
    log = lay_out_log(
        sheet,
        judged.left_out,
        judged.changes,
        WriteResult(
            plan,
            judged.rows.row_numbers,
            written,
            warnings=[problem for problem in judged.problems if PROBLEM_KINDS[problem.code].scope != "report"],
            left_out_errors=_wrong_with_left_out(connection, upload, judged),
            people=_people_without_id(connection, judged),
        ),
    )
    corrected = 0
    if upload.test_rows is None:  # a test may be taken back at once, and says nothing of what somebody wants
        answers = became(sheet, judged.changes, judged.left_out)
        corrected = note_corrections(connection, upload.site_id, answers, datetime.now(UTC))
    counts = {
        "assignments begun": len(plan.begins),
        "assignments ended": len(plan.ends),
        "enrollments begun": len(plan.enrollment_begins),
        "enrollments ended": len(plan.enrollment_ends),
        "rows left out": len(judged.left_out),
    }
    if judged.checked is not None and judged.checked.taken_up:
        # To begin something with somebody, their ID is enough (R6, R10), and from then on the user may know of them:
        # whoever goes through all IDs shall not pass for somebody who works.
        counts["people not known before"] = judged.checked.taken_up
    if corrected:
        counts["remembered fixes corrected"] = corrected
    ending = Ending(
        UploadState.COMPLETE, upload.staff_id, accepted=len(judged.rows), log=log, detail=json.dumps(counts)
    )
    end_upload(connection, upload, ending)


def _wrong_with_left_out(connection: Connection, upload: UploadRow, judged: CheckedUpload) -> Sequence[Problem]:
    """Why rows were left out, for the log; not where very many were."""
    if not 0 < len(judged.left_out) <= _MOST_EXPLAINED:
        return ()
    out = without_rows(judged.sheet, frozenset(judged.sheet.row_numbers).difference(judged.left_out))
    if not len(out):
        return ()
    return check(connection, out, upload.site_id, upload.staff_key, judged.day, judged.asks).problems


def _of_submitter(connection: Connection, upload: UploadRow) -> Asks:
    return asks_of(connection, upload, upload.staff_key)


def _people_without_id(connection: Connection, judged: CheckedUpload) -> dict[int, str]:
    """Sheet row number → the Participant ID that was found for a row that gives none."""
    if judged.checked is None:
        return {}
    ids = judged.rows.columns.get(PARTICIPANT_ID)
    found = {
        row: key
        for index, (row, key) in enumerate(
            zip(judged.rows.row_numbers, judged.checked.verdict.participants, strict=True)
        )
        if key and (ids is None or ids.cell(index) is None)
    }
    names = participant_ids(connection, set(found.values()))
    return {row: names[key] for row, key in found.items() if key in names}
