"""The call that finds participants, for a user who does not know an ID (SPEC 8)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from server.http import models
from server.http.description import EVERYWHERE, refusals
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, With, Writer
from server.lookups import note_look
from server.records.no_access import must_have_access
from server.records.tokens import reading_for
from server.uploads.recheck import today
from workbook.report import ListedParticipant

router = APIRouter(prefix="/v1", tags=["participants"], dependencies=[Depends(known_parameters_only)])


@router.get("/participants", responses=refusals(*EVERYWHERE, 403))
async def participants(
    services: With,
    who: Writer,
    call: Costly,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=255,
            pattern=r"^[^\x00]*$",
            description="A Participant ID or Case Number, a name or its beginning, a birth date, or a name and a date.",
        ),
    ],
) -> models.Participants:
    """Who may be meant: at most 20 participants of whom the user may know, the likeliest first. Never by SSN."""

    def look() -> list[ListedParticipant]:
        from server.participant_search import find_participants  # takes numpy, which a server that starts does without

        with reading_for(services.engine, who) as (connection, _now):
            must_have_access(connection, who)
            found = find_participants(connection, who.site_id, who.staff_key, q, today())
        note_look(services.engine, who, "participants searched", len(found))
        return found

    return models.Participants(participants=await call.glance(look))
