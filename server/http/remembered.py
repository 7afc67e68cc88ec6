"""The calls about remembered fixes: offered first next time, never applied by themselves (SPEC 5)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from server.http import models
from server.http.cursors import cursor_of, place_of
from server.http.description import EVERYWHERE, body_of, refusals
from server.http.desk import UnderWay
from server.http.intake import ToRemember
from server.http.json_answers import answer_of
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, Services, Who, With, Writer
from server.lookups import note_look
from server.processes import errands
from server.records import remembered as records
from server.records.tokens import Principal
from server.uploads import site_fixes
from server.uploads.site_fixes import Remembering
from workbook.matching import exact_key
from workbook.report import NotRemembered, Remembered, RememberedFix

router = APIRouter(prefix="/v1/remembered", tags=["remembered fixes"], dependencies=[Depends(known_parameters_only)])


@router.get("", response_model=models.RememberedFixes, responses=refusals(*EVERYWHERE, 404))
async def list_remembered(
    services: With,
    who: Who,
    call: Costly,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Remembered fixes by column and value: those that the user asked for; an administrator gets the whole site's."""
    after: tuple[str, str] | None = None
    if cursor is not None:
        column, key = place_of(cursor, str, str)
        after = str(column), str(key)

    def look() -> Response:
        found = site_fixes.list_fixes(services.engine, who, after, limit + 1)
        page = found[:limit]
        more = len(found) > limit
        note_look(services.engine, who, "remembered fixes listed", len(page))
        return answer_of(
            models.RememberedFixes(
                remembered=[_out(fix) for fix in page],
                next=cursor_of(page[-1].column, exact_key(page[-1].value)) if more else None,
            )
        )

    return await call.glance(look)


@router.post(
    "",
    response_model=Remembered,
    responses=refusals(*EVERYWHERE, 400, 403, 408, 409, 413),
    openapi_extra=body_of("Answers"),
)
async def remember(services: With, who: Writer, call: Costly, given: ToRemember) -> Response:
    """Remembers fixes for the site, in place of one's own of the same values, as an administrator also of another's.
    Those that cannot be remembered are listed with the reason.

    Only an answer to a value that is wrong by itself can be remembered, and never what goes with an SSN. A site
    remembers 50,000 fixes, 5,000 of them for one person; where no more fit, and nothing is remembered therefore, the
    answer is 409.
    """

    answers = [records.FixAnswer(one.column, one.value, one.code, one.replacement) for one in given.fixes]
    done = await remember_all(call, services, 0, who, Remembering(answers))

    def tell() -> Response:
        kept, refused = done.result()
        return answer_of(
            Remembered(
                remembered=[_out(fix) for fix in kept],
                refused=[
                    NotRemembered(column=answer.column, value=answer.value, code=answer.code, message=why)
                    for answer, why in refused
                ],
            )
        )

    return await call.act(tell)


async def remember_all(
    call: UnderWay, services: Services, cost: int, who: Principal, fixes: Remembering
) -> Remembering:
    """Has fixes remembered, here or beside this process by what the call costs. Where it has to wait for others in
    between, it goes on where it was. Raises MayNotRemember, ApiRefusal, DBAPIError."""
    while not fixes.is_done:
        fixes = await call.change(services.tools, cost, errands.remember, who, fixes)
    return fixes


@router.delete(
    "/{fix_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(*EVERYWHERE, 404),
)
async def forget(services: With, who: Who, call: Costly, fix_id: str) -> None:
    """Forgets one fix: one's own; a site administrator, any of the site's."""
    await call.act(site_fixes.forget_fix, services.engine, who, fix_id)


def _out(fix: records.ListedFix) -> RememberedFix:
    corrected = "" if fix.corrected is None else _iso(fix.corrected)
    return RememberedFix(**fix._asdict() | {"at": _iso(fix.at), "corrected": corrected})


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
