"""The call that lists assignments for download into the sheet (SPEC 8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from server.http import models
from server.http.checks import answer_of
from server.http.cursors import cursor_of, place_of
from server.http.description import EVERYWHERE, refusals
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, Who, With
from server.lookups import note_look
from server.records.assignments import list_assignments
from server.records.database import reading
from workbook.report import ListedAssignment

router = APIRouter(prefix="/v1", tags=["assignments"], dependencies=[Depends(known_parameters_only)])

Filter = Annotated[str | None, Query(max_length=255, pattern=r"^[^\x00]*$")]


@router.get(
    "/assignments",
    response_model=models.Assignments,
    responses=refusals(*EVERYWHERE, 404),
    dependencies=[Costly],
)
async def assignments(
    services: With,
    who: Who,
    open: Annotated[bool | None, Query(description="Only open ones, or only closed ones.")] = None,
    program: Filter = None,
    caseworker: Filter = None,
    participant: Filter = None,
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Assignments that the user may change, oldest first. `program`: its ID or name; `caseworker`: a Staff ID or
    full name; `participant`: a Participant ID."""
    after = 0 if cursor is None else int(place_of(cursor, int)[0])

    def look() -> Response:
        with reading(services.engine) as connection:
            found = list_assignments(
                connection,
                who,
                is_open=open,
                program=program,
                caseworker=caseworker,
                participant=participant,
                after=after,
                limit=limit + 1,
            )
        page = found[:limit]
        note_look(services.engine, who, "assignments listed", len(page))
        return answer_of(
            models.Assignments(
                assignments=[ListedAssignment(**line._asdict()) for line in page],
                next=cursor_of(page[-1].id) if len(found) > limit else None,
            )
        )

    return await services.desk.glance(who, look)
