"""End an upload: set its state, log, audit line and mail together (SPEC 6).

All of it is written in the caller's transaction, so that either all of it happens or nothing.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection

from server.records import audit, outbox, uploads
from server.records.uploads import UploadRow
from workbook.files.packing import pack
from workbook.local_time import local_moment
from workbook.sheet import Sheet
from workbook.upload_state import UploadState

_OUTCOMES: Final = {
    UploadState.COMPLETE: ("complete", "Your upload is complete: its rows are written."),
    UploadState.FAILED: ("not finished", "Your upload could not be finished, and nothing of it was written. {reason}"),
    UploadState.CANCELLED: ("cancelled", "Your upload was cancelled. Nothing of it was written."),
    UploadState.UNDONE: ("undone", "Your upload was undone. {reason}"),
}
_BODY: Final = """\
Hello {name},

{outcome}

Upload:         No. {number} ({id})
Submitted:      {submitted}
Rows received:  {received}
Rows accepted:  {accepted}
Rows left out:  {left_out}

The log says what was done with every row. To see it, open your workbook and press Log in the Caseload tab, \
or run: caseload log {number}
"""


class Ending(NamedTuple):
    """How an upload ends: as complete, failed, cancelled or undone. `who` caused it; `detail` is for the audit."""

    state: UploadState
    who: str
    reason: str | None = None
    accepted: int = 0
    log: Sheet | None = None
    detail: str = ""


def end_upload(connection: Connection, upload: UploadRow, ending: Ending) -> None:
    """`upload`: its row, read under its lock. A written test ends for its user only when they decide on it: until then
    no mail is sent, and none when they roll it back."""
    state, reason, accepted = ending.state, ending.reason, ending.accepted
    done = upload.received if state == UploadState.COMPLETE else None
    uploads.move(connection, upload.id, state, reason=reason, accepted=accepted, done=done, ends=True)
    if ending.log is not None:
        uploads.store_sheet(connection, upload.id, "log", pack(ending.log))
    audit.note(connection, upload.site_id, ending.who, f"upload {state}", upload.id, ending.detail)
    is_begun_test = state == UploadState.COMPLETE and upload.test_rows is not None
    if not is_begun_test and not upload.undecided:
        mail_submitter(connection, upload, state, accepted, reason)


def mail_submitter(
    connection: Connection, upload: UploadRow, state: UploadState, accepted: int, reason: str | None = None
) -> None:
    """Queues the mail about how an upload ended.

    It holds counts only: no file name, which may well be somebody's name, and nothing from the rows.
    """
    subject, outcome = _OUTCOMES[state]
    body = _BODY.format(
        name=upload.submitted_by,
        outcome=outcome.format(reason=reason or "").strip(),
        submitted=local_moment(upload.submitted_at.isoformat(), upload.date_order),
        number=upload.number,
        id=upload.id,
        received=upload.received,
        accepted=accepted,
        left_out=upload.left_out,
    )
    outbox.put(connection, upload.site_id, upload.email, f"Caseload upload {subject}", body, upload.number)
