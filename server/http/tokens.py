"""The calls that list and revoke access tokens (SPEC 7, 8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fastapi import APIRouter, Depends, Response

from server import token_list
from server.http import models
from server.http.description import EVERYWHERE, refusals
from server.http.json_answers import answer_of
from server.http.known_parameters import known_parameters_only
from server.http.services import Costly, Looking, Services, Who, With
from server.records.tokens import Principal, TokenLine

router = APIRouter(prefix="/v1/tokens", tags=["tokens"], dependencies=[Depends(known_parameters_only)])


@router.get("", response_model=models.Tokens, responses=refusals(*EVERYWHERE))
async def list_tokens(services: With, who: Who, looking: Looking) -> Response:
    """Tokens, oldest first, also those that ended: one's own; a site administrator's list has the whole site's."""
    name = _names(services, who)

    def look() -> Response:
        return answer_of(
            models.Tokens(
                tokens=[
                    models.Token(
                        id=name(line),
                        staff_id=line.staff_id,
                        name=line.name,
                        label=line.label,
                        created_at=_iso(line.created_at),
                        expires_at=_iso(line.expires_at),
                        revoked_at=None if line.revoked_at is None else _iso(line.revoked_at),
                        last_used_at=None if line.last_used_at is None else _iso(line.last_used_at),
                        this_one=line.number == who.token_key,
                    )
                    for line in token_list.tokens_of(services.engine, who)
                ]
            )
        )

    return await looking.at(look)


@router.delete(
    "/{token_id}",
    status_code=204,
    response_class=Response,
    responses=refusals(*EVERYWHERE, 404),
)
async def end_token(services: With, who: Who, call: Costly, token_id: str) -> None:
    """Ends a token at once and for good: one's own; a site administrator, any of the site's."""
    await call.end(token_list.end_token, services.engine, who, token_id, _names(services, who))


def _names(services: Services, who: Principal) -> Callable[[TokenLine], str]:
    # The number counts the tokens of all sites together, so it is not shown.
    return lambda line: services.tag(who.site_id, line.number)


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
