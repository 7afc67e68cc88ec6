"""The call that lists assignments for download into the sheet (SPEC 8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from server.http import models
from server.http.cursors import cursor_of, place_of
from server.http.description import EVERYWHERE, refusals
from server.http.json_answers import answer_of
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, Who, With
from server.lookups import note_look
from server.records.assignments import AssignmentFilter, list_assignments
from server.records.tokens import reading_for

router = APIRouter(prefix="/v1", tags=["assignments"], dependencies=[Depends(known_parameters_only)])

Filter = Annotated[str | None, Query(max_length=255, pattern=r"^[^\x00]*$")]


async def asked_for(
    open: Annotated[bool | None, Query(description="Only open ones, or only closed ones.")] = None,
    program: Filter = None,
    caseworker: Filter = None,
    participant: Filter = None,
) -> AssignmentFilter:
    return AssignmentFilter(open, program, caseworker, participant)


@router.get(
    "/assignments",
    response_model=models.Assignments,
    responses=refusals(*EVERYWHERE, 404),
)
async def assignments(
    services: With,
    who: Who,
    call: Costly,
    only: Annotated[AssignmentFilter, Depends(asked_for)],
    limit: Annotated[int, Query(ge=1, le=5000)] = 500,
    cursor: Annotated[str | None, Query(description="`next` of the page before.")] = None,
) -> Response:
    """Assignments that the user may change, oldest first. `program`: its ID or name; `caseworker`: a Staff ID or
    full name; `participant`: a Participant ID."""
    after = 0 if cursor is None else int(place_of(cursor, int)[0])

    def look() -> Response:
        with reading_for(services.engine, who) as (connection, now):
            found = list_assignments(connection, now, only, after=after, limit=limit + 1)
        page = found[:limit]
        note_look(services.engine, who, "assignments listed", len(page))
        return answer_of(
            models.Assignments(
                assignments=page,
                next=cursor_of(page[-1].id) if len(found) > limit else None,
            )
        )

    return await call.glance(look)
