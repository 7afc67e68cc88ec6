"""The calls that submit an upload, follow it, fix it, and read its log (SPEC 6, 8)."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from itertools import chain
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BeforeValidator

from server.http import models
from server.http.about import file_answer
from server.http.checks import json_answer, made_answer
from server.http.cursors import cursor_of, moment_of, place_of
from server.http.description import EVERYWHERE, OF_UPLOAD, TAKES_TABLE, body_of, refusals, table_or_file
from server.http.intake import Body, fixes_of, sheet_of_body
from server.http.known_parameters import known_parameters_only
from server.http.refusals import ApiRefusal
from server.http.services import Services, Who, With, Writer
from server.processes import errands
from server.records import uploads
from server.records.changes import reversal_log
from server.records.database import reading
from server.records.tokens import Principal
from server.records.upload_log import lay_out_log, log_rows
from server.records.uploads import UploadRow
from server.uploads import lifecycle, undo
from server.uploads.recheck import lay_out_upload
from workbook.files.packing import unpack
from workbook.report import Progress, Report, Undo, UndoCounts, UndoneRecord, Upload, UploadTest
from workbook.upload_state import UploadState

router = APIRouter(prefix="/v1/uploads", tags=["uploads"], dependencies=[Depends(known_parameters_only)])

USUAL_TEST_ROWS: Final = 2
TestRows = Annotated[
    int | None,
    BeforeValidator(lambda given: USUAL_TEST_ROWS if given == "" else given),
    Query(
        ge=1,
        le=1000,
        description="Only write this many of the first rows, to be kept or rolled back. 2 when no number is given.",
    ),
]


def idempotency_key(idempotency_key: Annotated[str | None, Header(max_length=1000)] = None) -> str:
    """The client's own name for an upload. Raises ApiRefusal when there is none, or none that can be kept."""
    if idempotency_key is None or not idempotency_key.strip():
        raise ApiRefusal("idempotency-key-missing")
    key = idempotency_key.strip()
    if not 2 <= len(key) <= 200 or not key.isascii() or not key.isprintable():
        raise ApiRefusal("idempotency-key-invalid")
    return key


@router.post(
    "",
    status_code=202,
    response_model=Upload,
    responses=refusals(*TAKES_TABLE, 409),
    openapi_extra=table_or_file(),
)
async def submit(
    services: With,
    who: Writer,
    key: Annotated[str, Depends(idempotency_key)],
    body: Body,
    response: Response,
    test_rows: TestRows = None,
) -> Upload:
    """Submits a table or file. The same key and content again give the same upload, however often they are sent.

    With `test_rows` it is a test: its first rows are written and logged like those of any upload, and the others are
    not looked at. Once it is complete, `keep` lets its rows stand and `roll-back` takes them back.
    """
    taken = await sheet_of_body(body, services, who)
    upload = await services.desk.do(services.tools, who, taken.rows, errands.submit, who, key, taken, test_rows)
    response.headers["Location"] = f"/v1/uploads/{upload.id}"
    return upload_out(upload)


@router.get("", responses=refusals(*EVERYWHERE, 404))
def list_uploads(
    services: With,
    who: Who,
    state: Annotated[list[UploadState] | None, Query(description="One state or several; all when left out.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
    mine: Annotated[bool, Query(description="Only the user's own, for an administrator too.")] = False,
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
            staff_key=None if who.administrator and not mine else who.staff_key,
            states=[one.value for one in state or ()],
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
        return upload_out(lifecycle.visible_upload(connection, who, upload_id))


@router.get("/{upload_id}/problems", response_model=Report, responses=refusals(*OF_UPLOAD))
async def problems(services: With, who: Who, upload_id: str) -> Response:
    """What is wrong with an upload now, its fixes counted in, as validations say it."""
    async with services.desk.under_way(who):
        rows = await _rows_of(services, who, upload_id)
        return made_answer(await services.desk.do(services.tools, who, rows, errands.problems, who, upload_id))


@router.put(
    "/{upload_id}/fixes",
    response_model=models.Fixed,
    responses=refusals(*OF_UPLOAD, 400, 408, 409, 413),
    openapi_extra=body_of("FixesIn"),
)
async def put_fixes(services: With, who: Who, upload_id: str, request: Request) -> Response:
    """Keeps fixes and rows to leave out, and says what is still wrong. Partial is fine; what fits nothing is told."""
    async with services.desk.under_way(who):
        rows = await _rows_of(services, who, upload_id)
        given = await fixes_of(request, services, who)
        rows = max(rows, len(given.fixes))
        fixed = await services.desk.do(
            services.tools, who, rows, errands.put_fixes, who, upload_id, given.fixes, given.leave_out
        )
    unknown = [
        models.Unmatched(
            row=part.row or None, column=part.column, value=part.value, code=part.code, message=part.message
        ).model_dump()
        for part in fixed.unmatched
    ]
    members = {"upload": upload_out(fixed.upload).model_dump(), "unknown": unknown}
    return made_answer(errands.with_members(fixed.report, members))


@router.post(
    "/{upload_id}/continue",
    status_code=202,
    responses=refusals(*OF_UPLOAD, 409, model=models.ErrorsOpenDetails),
)
async def go_on(services: With, who: Who, upload_id: str) -> Upload:
    """Lets an upload go on once nothing is wrong with it, or once more after it failed."""
    try:
        async with services.desk.under_way(who):
            rows = await _rows_of(services, who, upload_id)
            return upload_out(await services.desk.do(services.tools, who, rows, errands.go_on, who, upload_id))
    except lifecycle.ErrorsOpen as refused:
        raise ApiRefusal("errors-open", count=refused.rows, extra=refused.report) from refused


@router.post("/{upload_id}/cancel", responses=refusals(*OF_UPLOAD, 409))
def cancel(services: With, who: Who, upload_id: str) -> Upload:
    """Stops an upload of which nothing is written yet."""
    return upload_out(lifecycle.cancel(services.engine, who, upload_id))


@router.post("/{upload_id}/keep", responses=refusals(*OF_UPLOAD, 409))
def keep(services: With, who: Who, upload_id: str) -> Upload:
    """Keeps what a test wrote: from here on it is an upload like any other."""
    return upload_out(undo.keep(services.engine, who, upload_id))


@router.post("/{upload_id}/roll-back", responses=refusals(*OF_UPLOAD, 409))
def roll_back(services: With, who: Who, upload_id: str) -> Upload:
    """Takes back what a test wrote, which is undone then. `reason` tells if anything of it stays."""
    return upload_out(undo.roll_back(services.engine, who, upload_id))


@router.post("/{upload_id}/undo", response_model=Undo, responses=refusals(*OF_UPLOAD, 409))
def undo_upload(
    services: With,
    who: Who,
    upload_id: str,
    preview: Annotated[bool, Query(description="Only say what would be reversed, and change nothing.")] = False,
) -> Response:
    """Reverses what a complete upload wrote, wherever nothing was changed since; says what is kept and why.

    What the upload began is removed, what it ended is open again. Asked for again, it answers the same.
    """
    done = (undo.preview_undo if preview else undo.undo)(services.engine, who, upload_id)
    return json_answer(_undo_out(done, preview).model_dump())


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
def log(services: With, who: Who, upload_id: str, format: Literal["json", "csv", "xlsx"] = "json") -> Response:
    """What was done with every row, and below that what an undo did. Until an upload is complete: nothing yet."""
    from workbook.sheets.log_sheet import log_csv, log_xlsx

    with reading(services.engine) as connection:
        row = lifecycle.visible_upload(connection, who, upload_id)
        packed = uploads.load_sheet(connection, upload_id, "log")
        if packed is not None:
            kept = unpack(packed)
        else:
            laid = lay_out_upload(connection, upload_id)
            kept = lay_out_log(laid.sheet, laid.left_out, laid.changes)
        undone = uploads.load_sheet(connection, upload_id, "undone")
    upload = upload_out(row)
    lines = chain(log_rows(kept), reversal_log(unpack(undone)) if undone is not None else ())
    if format == "json":
        rows: list[dict[str, Any]] = [line.__dict__ for line in lines]
        return json_answer({"upload": upload.model_dump(), "rows": rows})
    content = log_csv(upload, lines) if format == "csv" else log_xlsx(upload, lines)
    return file_answer(content, f"Caseload log {upload.id}.{format}")


async def _rows_of(services: Services, who: Principal, upload_id: str) -> int:
    """How many rows an upload has: what is done with it goes by that. Raises UnknownUpload."""

    def look() -> int:
        with reading(services.engine) as connection:
            return lifecycle.visible_upload(connection, who, upload_id).received

    return await run_in_threadpool(look)


def upload_out(row: UploadRow) -> Upload:
    """An upload as the API shows it. A test goes as far as its rows."""
    total = row.received if row.test_rows is None else min(row.test_rows, row.received)
    return Upload(
        id=row.id,
        filename=row.filename,
        state=UploadState(row.state),
        received=row.received,
        accepted=row.accepted,
        left_out=row.left_out,
        progress=Progress(done=min(row.done, total), total=total),
        submitted_by=row.submitted_by,
        submitted_at=_iso(row.submitted_at),
        finished_at=None if row.finished_at is None else _iso(row.finished_at),
        reason=row.reason,
        test=None if row.test_rows is None else UploadTest(rows=row.test_rows, kept=row.test_kept),
    )


def _undo_out(done: undo.Undo, preview: bool) -> Undo:
    counts = Counter(f"{line.kind}s_{line.outcome}" for line in done.lines)
    stay: dict[str, list[UndoneRecord]] = {"kept": [], "impossible": []}
    for line in done.lines:
        if line.outcome in stay:
            # What the server made itself needs no check, and there may be a hundred thousand of these.
            stay[line.outcome].append(
                UndoneRecord.model_construct(row=line.row, record=line.kind, record_id=line.record_id, why=line.why)
            )
    names = UndoCounts.model_fields
    return Undo(
        preview=preview,
        state=done.upload.state,
        reversed=sum(counts[name] for name in names),
        counts=UndoCounts(**{name: counts[name] for name in names}),
        kept=stay["kept"],
        impossible=stay["impossible"],
    )


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
