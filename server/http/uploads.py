"""The calls that submit an upload, follow it, fix it, and read its log (SPEC 6, 8)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response

from server import upload_life
from server.http import models
from server.http.about import file_answer
from server.http.checks import json_answer
from server.http.cursors import cursor_of, moment_of, place_of
from server.http.description import EVERYWHERE, OF_UPLOAD, TAKES_TABLE, body_of, refusals, table_or_file
from server.http.intake import Body, Fixes, sheet_of_body
from server.http.refusals import ApiRefusal
from server.http.services import Who, With
from server.judging import lay_out_upload
from server.records import uploads
from server.records.database import reading
from server.records.upload_log import lay_out_log, log_rows
from server.records.uploads import UploadRow
from workbook.packing import unpack
from workbook.report import Progress, Report, Upload

router = APIRouter(prefix="/v1/uploads", tags=["uploads"])

State = Literal[
    "received", "validating", "needs-fixes", "writing", "complete", "failed", "cancelled", "undone"
]


def idempotency_key(idempotency_key: Annotated[str | None, Header(max_length=1000)] = None) -> str:
    """The client's own name for an upload. Raises ApiRefusal when there is none, or none that can be kept."""
    if idempotency_key is None or not idempotency_key.strip():
        raise ApiRefusal("idempotency-key-missing")
    key = idempotency_key.strip()
    if len(key) > 200 or not key.isascii() or not key.isprintable():
        raise ApiRefusal("idempotency-key-invalid")
    return key


@router.post(
    "",
    status_code=202,
    response_model=Upload,
    responses=refusals(*TAKES_TABLE, 409),
    openapi_extra=table_or_file(),
)
def submit(
    services: With, who: Who, key: Annotated[str, Depends(idempotency_key)], body: Body, response: Response
) -> Upload:
    """Submits a table or file. The same key and content again give the same upload, however often they are sent."""
    sheet, name = sheet_of_body(body, services, who)
    upload = upload_life.submit(services.engine, who, key, name, sheet)
    response.headers["Location"] = f"/v1/uploads/{upload.id}"
    return upload_out(upload)


@router.get("", responses=refusals(*EVERYWHERE))
def list_uploads(
    services: With,
    who: Who,
    state: Annotated[list[State] | None, Query(description="One state or several; all when left out.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> models.Uploads:
    """Uploads, newest first: the user's own; for a site administrator, the whole site's."""
    before: tuple[datetime, str] | None = None
    if cursor is not None:
        moment, last = place_of(cursor, str, str)
        before = (moment_of(moment), str(last))
    with reading(services.engine) as connection:
        found = uploads.list_uploads(
            connection,
            who.site_id,
            staff_key=None if who.administrator else who.staff_key,
            states=state or (),
            before=before,
            limit=limit + 1,
        )
    page = found[:limit]
    more = len(found) > limit
    return models.Uploads(
        uploads=[upload_out(row) for row in page],
        next=cursor_of(page[-1].submitted_at.isoformat(), page[-1].id) if more else None,
    )


@router.get("/{upload_id}", responses=refusals(*OF_UPLOAD))
def one_upload(services: With, who: Who, upload_id: str) -> Upload:
    """One upload: its state, its counts and how far it is."""
    with reading(services.engine) as connection:
        return upload_out(upload_life.visible_upload(connection, who, upload_id))


@router.get("/{upload_id}/problems", response_model=Report, responses=refusals(*OF_UPLOAD))
def problems(services: With, who: Who, upload_id: str) -> Response:
    """What is wrong with an upload now, its fixes counted in, as validations say it."""
    return json_answer(upload_life.current_report(services.engine, who, upload_id))


@router.put(
    "/{upload_id}/fixes",
    response_model=models.Fixed,
    responses=refusals(*OF_UPLOAD, 400, 409, 413),
    openapi_extra=body_of("FixesIn"),
)
def put_fixes(services: With, who: Who, upload_id: str, given: Fixes) -> Response:
    """Keeps fixes and rows to leave out, and says what is still wrong. Partial is fine; what fits nothing is told."""
    fixed = upload_life.put_fixes(services.engine, services.hasher, who, upload_id, given.fixes, given.leave_out)
    unknown = [
        models.Unmatched(
            row=part.row or None, column=part.column, value=part.value, code=part.code, message=part.message
        ).model_dump()
        for part in fixed.unmatched
    ]
    return json_answer({**fixed.report, "upload": upload_out(fixed.upload).model_dump(), "unknown": unknown})


@router.post(
    "/{upload_id}/continue",
    status_code=202,
    responses=refusals(*OF_UPLOAD, 409, model=models.ErrorsOpenDetails),
)
def go_on(services: With, who: Who, upload_id: str) -> Upload:
    """Lets an upload go on once nothing is wrong with it, or once more after it failed."""
    try:
        return upload_out(upload_life.go_on(services.engine, who, upload_id))
    except upload_life.ErrorsOpen as refused:
        raise ApiRefusal("errors-open", count=refused.rows, extra=refused.report) from refused


@router.post("/{upload_id}/cancel", responses=refusals(*OF_UPLOAD, 409))
def cancel(services: With, who: Who, upload_id: str) -> Upload:
    """Stops an upload of which nothing is written yet."""
    return upload_out(upload_life.cancel(services.engine, who, upload_id))


@router.get(
    "/{upload_id}/log",
    response_model=models.Log,
    responses={
        **refusals(*OF_UPLOAD),
        200: {
            "description": "The log, in the format asked for.",
            "content": {
                "text/csv": {},
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
            },
        },
    },
)
def log(
    services: With, who: Who, upload_id: str, format: Literal["json", "csv", "xlsx"] = "json"
) -> Response:
    """What was done with every row. Until an upload is complete, that is: nothing yet."""
    from workbook.log_sheet import log_csv, log_xlsx

    with reading(services.engine) as connection:
        row = upload_life.visible_upload(connection, who, upload_id)
        packed = uploads.load_sheet(connection, upload_id, "log")
        if packed is not None:
            kept = unpack(packed)
        else:
            laid = lay_out_upload(connection, upload_id)
            kept = lay_out_log(laid.sheet, laid.left_out, laid.changes)
    upload = upload_out(row)
    if format == "json":
        rows: list[dict[str, Any]] = [line.__dict__ for line in log_rows(kept)]
        return json_answer({"upload": upload.model_dump(), "rows": rows})
    lines = log_rows(kept)
    content = log_csv(upload, lines) if format == "csv" else log_xlsx(upload, lines)
    return file_answer(content, f"Caseload log {upload.id}.{format}")


def upload_out(row: UploadRow) -> Upload:
    """An upload as the API shows it."""
    return Upload(
        id=row.id,
        filename=row.filename,
        state=row.state,
        received=row.received,
        accepted=row.accepted,
        left_out=row.left_out,
        progress=Progress(done=row.done, total=row.received),
        submitted_by=row.submitted_by,
        submitted_at=_iso(row.submitted_at),
        finished_at=None if row.finished_at is None else _iso(row.finished_at),
        reason=row.reason,
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
