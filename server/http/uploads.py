"""The calls that submit an upload, follow it, fix it, and read its log (SPEC 6, 8)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from pydantic import BeforeValidator
from sqlalchemy.exc import SQLAlchemyError

from server.http import models
from server.http.cursors import cursor_of, moment_of, place_of
from server.http.description import EVERYWHERE, OF_UPLOAD, TAKES_TABLE, body_of, refusals, table_or_file
from server.http.desk import cost_in_rows
from server.http.files import FileOnDisk, NewFile
from server.http.intake import Body, fixes_of, sheet_of_body
from server.http.json_answers import answer_of, made_answer
from server.http.known_parameters import known_parameters_only
from server.http.refusals import ApiRefusal, answer_refusal
from server.http.remembered import remember_all
from server.http.services import Costly, Looking, Services, Who, With, Writer
from server.http.upload_ids import UploadId
from server.logs import kind_of
from server.processes import errands
from server.records import uploads
from server.records.database import reading
from server.records.fixes import size_of_fixes
from server.records.tokens import Principal, reading_for
from server.records.trouble import is_passing
from server.records.uploads import kept_key
from server.uploads import lifecycle, undo
from server.uploads.site_fixes import MayNotRemember, Remembering
from server.uploads.wire import LogFormat, upload_out
from workbook.problems import Refusal
from workbook.report import Report
from workbook.upload import Undo, Upload
from workbook.upload_state import UploadState

LOGGER = logging.getLogger("caseload.http")
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


async def idempotency_key(idempotency_key: Annotated[str | None, Header(max_length=1000)] = None) -> str:
    """The client's own name for an upload. Raises ApiRefusal when it is missing or cannot be stored."""
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
    call: Costly,
    key: Annotated[str, Depends(idempotency_key)],
    body: Body,
    response: Response,
    test_rows: TestRows = None,
) -> Upload:
    """Submits a table or file. The same key and content again give the same upload, however often they are sent.

    With `test_rows` it is a test: its first rows are written and logged like those of any upload, and the others are
    not looked at. Once it is complete, `keep` lets its rows stand and `roll-back` takes them back.
    """
    received = await sheet_of_body(body, call)
    upload = await call.do(services.tools, received.cost, errands.submit, who, key, received, test_rows)
    response.headers["Location"] = f"/v1/uploads/{upload.id}"
    return upload_out(upload)


async def asked_for(
    services: With,
    state: Annotated[list[UploadState] | None, Query(description="One state or several; all when left out.")] = None,
    mine: Annotated[bool, Query(description="Only the user's own, for an administrator too.")] = False,
    idempotency_key: Annotated[
        str | None, Header(max_length=1000, description="Only the user's own that was submitted under this key.")
    ] = None,
) -> Callable[[Principal], uploads.UploadFilter]:
    """What is to be listed for whom: what they may see is known when their turn has come."""
    kept = None if idempotency_key is None else kept_key(services.hasher, idempotency_key.strip())

    def of(who: Principal) -> uploads.UploadFilter:
        everybody = who.administrator and not mine and kept is None
        return uploads.UploadFilter(None if everybody else who.staff_key, state or (), kept)

    return of


@router.get("", response_model=models.Uploads, responses=refusals(*EVERYWHERE, 404))
async def list_uploads(
    services: With,
    who: Who,
    looking: Looking,
    only: Annotated[Callable[[Principal], uploads.UploadFilter], Depends(asked_for)],
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Uploads, newest first: the user's own; for a site administrator, the whole site's."""
    before: tuple[datetime, str] | None = None
    if cursor is not None:
        moment, last = place_of(cursor, str, str)
        before = (moment_of(moment), str(last))

    def look() -> Response:
        with reading_for(services.engine, who) as (connection, now):
            found = uploads.list_uploads(connection, now.site_id, only(now), before=before, limit=limit + 1)
            site_tag = found[0].site_tag if found else uploads.site_tag(connection, now.site_id)
        page = found[:limit]
        more = len(found) > limit
        return answer_of(
            models.Uploads(
                uploads=[upload_out(row) for row in page],
                next=cursor_of(page[-1].submitted_at.isoformat(), page[-1].id) if more else None,
                site_tag=site_tag,
            )
        )

    return await looking.at(look)


@router.get("/{upload_id}", responses=refusals(*OF_UPLOAD))
async def one_upload(services: With, who: Who, upload_id: UploadId) -> Upload:
    """One upload: its state, its counts and how far it is."""

    def look() -> Upload:
        with reading(services.engine) as connection:
            return upload_out(lifecycle.visible_upload(connection, who, upload_id))

    return await services.desk.look(who, look)


@router.get("/{upload_id}/problems", response_model=Report, responses=refusals(*OF_UPLOAD, 413))
async def problems(services: With, who: Who, call: Costly, upload_id: UploadId) -> Response:
    """What is wrong with an upload now, its fixes counted in, as validations say it."""
    cost = await _cost_of(services, who, upload_id)
    return made_answer(await call.do(services.tools, cost, errands.problems, who, upload_id))


@router.put(
    "/{upload_id}/fixes",
    response_model=models.ReportAfterFixes,
    responses=refusals(*OF_UPLOAD, 400, 408, 409, 413),
    openapi_extra=body_of("FixesIn"),
)
async def put_fixes(services: With, who: Who, call: Costly, upload_id: UploadId, request: Request) -> Response:
    """Keeps fixes and rows to leave out, and says what is still wrong. Partial is fine; what fits no row is
    reported."""
    cost = await _cost_of(services, who, upload_id)
    given = await fixes_of(request, services, call)
    cost = max(cost, len(given.fixes), len(given.leave_out))
    fixed = await call.change(services.tools, cost, errands.put_fixes, who, upload_id, given)
    try:
        await remember_all(call, services, cost, who, Remembering(fixed.to_remember))
    except (MayNotRemember, ApiRefusal, SQLAlchemyError) as failure:
        if isinstance(failure, SQLAlchemyError) and not is_passing(failure):
            raise
        # The fixes are good for this upload all the same. Whoever was told to send them again would hear then that no
        # row has what they have just had left out.
        LOGGER.warning("Fixes of an upload are kept and not remembered (%s).", kind_of(failure))
    return made_answer(fixed.answer)


@router.post(
    "/{upload_id}/continue",
    status_code=202,
    response_model=Upload,
    responses=refusals(*OF_UPLOAD, 409, 413, model=models.ErrorsOpenDetails),
)
async def go_on(services: With, who: Who, call: Costly, upload_id: UploadId) -> Upload | Response:
    """Lets an upload go on once nothing is wrong with it, or once more after it failed."""
    cost = await _cost_of(services, who, upload_id)
    done = await call.change(services.tools, cost, errands.go_on, who, upload_id)
    if isinstance(done, errands.ErrorsStillOpen):
        # Not raised: an exception would keep the report in memory until it is read.
        return answer_refusal(ApiRefusal("errors-open", count=done.rows), done.report)
    return upload_out(done)


@router.post("/{upload_id}/cancel", responses=refusals(*OF_UPLOAD, 409))
async def cancel(services: With, who: Who, call: Costly, upload_id: UploadId) -> Upload:
    """Stops an upload of which nothing is written yet."""
    return upload_out(await call.act(lifecycle.cancel, services.engine, who, upload_id))


@router.post("/{upload_id}/keep", responses=refusals(*OF_UPLOAD, 409))
async def keep(services: With, who: Who, call: Costly, upload_id: UploadId) -> Upload:
    """Keeps what a test wrote: from here on it is an upload like any other."""
    return upload_out(await call.act(undo.keep, services.engine, who, upload_id))


@router.post("/{upload_id}/roll-back", responses=refusals(*OF_UPLOAD, 409))
async def roll_back(services: With, who: Who, call: Costly, upload_id: UploadId) -> Upload:
    """Takes back what a test wrote, which is undone then. `reason` says if anything of it stays."""
    # A test has a thousand rows at most.
    return upload_out(await call.undo(undo.roll_back, services.engine, who, upload_id))


@router.post("/{upload_id}/undo", response_model=Undo, responses=refusals(*OF_UPLOAD, 409, 413))
async def undo_upload(
    services: With,
    who: Who,
    call: Costly,
    upload_id: UploadId,
    preview: Annotated[bool, Query(description="Only say what would be reversed, and change nothing.")] = False,
) -> Response:
    """Reverses what a complete upload wrote, wherever nothing was changed since; says what is kept and why.

    What the upload began is removed, what it ended is open again. Where the user may not change all of it any more,
    nothing is reversed, so that an administrator can take back the whole. Asked for again, it answers the same.
    """
    cost = await _cost_of(services, who, upload_id)
    with _within_bounds():
        return made_answer(await call.take_back(services.tools, cost, errands.undo_upload, who, upload_id, preview))


@router.get(
    "/{upload_id}/log",
    response_model=models.Log,
    responses={
        **refusals(*OF_UPLOAD, 413),
        200: {
            "description": "The log, in the format asked for.",
            "content": {
                "text/csv": {},
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": {},
            },
        },
    },
)
async def log(
    services: With,
    who: Who,
    call: Costly,
    upload_id: UploadId,
    path: NewFile,
    format: LogFormat = "json",
    summary: Annotated[
        bool,
        Query(
            description="Of a .csv for a person: the file, who submitted it and when stand above the header. Else the "
            "first line is the header, and each record names them."
        ),
    ] = False,
) -> Response:
    """What was done with every row, and below that what an undo did. Until an upload is complete: nothing yet."""
    cost = await _cost_of(services, who, upload_id)
    with _within_bounds():
        await call.do(services.tools, cost, errands.write_log, who, upload_id, format, str(path), summary)
    return FileOnDisk(services.desk, path, f"Caseload log {upload_id}.{format}")


@contextmanager
def _within_bounds() -> Iterator[None]:
    """Turns `file-too-large` into `work-too-large`: no file was sent, the work itself takes too much. Raises
    ApiRefusal."""
    try:
        yield
    except Refusal as refused:
        if refused.code == "file-too-large":
            raise ApiRefusal("work-too-large") from refused
        raise


async def _cost_of(services: Services, who: Principal, upload_id: str) -> int:
    """How much work an upload is, in rows, which decides where it is done: its sheet and the fixes that it keeps, each
    as much as a row. Raises UnknownUpload."""

    def look() -> int:
        with reading(services.engine) as connection:
            rows = lifecycle.visible_upload(connection, who, upload_id).received
            fixes, size = size_of_fixes(connection, upload_id)
            return cost_in_rows(rows + fixes, uploads.text_size_of(connection, upload_id) + size)

    return await services.desk.look(who, look)
