"""What the calls share: the database, the settings, and who is calling."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from sqlalchemy import Engine

from server.http.desk import FrontDesk, Look, UnderWay
from server.http.door import IN_SCOPE, Turn
from server.http.refusals import ApiRefusal
from server.http.token_guesses import Guesses
from server.processes.beside import Tools
from server.records.database import reading
from server.records.no_access import must_have_access
from server.records.ssn import SsnHasher
from server.records.tokens import Presented, Principal, TokenFlaw, note_use, present, who_presents
from server.settings import Settings
from server.suggest.kept_names import KeptNames


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    tools: Tools
    desk: FrontDesk
    guesses: Guesses
    secret: bytes
    """What tags are made with; the same in every web process."""

    @property
    def engine(self) -> Engine:
        return self.tools.engine

    @property
    def hasher(self) -> SsnHasher:
        return self.tools.hasher

    @property
    def names(self) -> KeptNames:
        return self.tools.names

    def tag(self, *parts: int) -> str:
        """An opaque tag for some numbers, so that a client cannot count by them: 32 hexadecimal digits."""
        return hmac.digest(self.secret, repr(parts).encode("ascii"), hashlib.sha256).hex()[:32]


async def services(request: Request) -> Services:
    """Asynchronous, as every dependency is: a synchronous one would run in the thread pool that all calls share."""
    found: Services = request.app.state.services
    return found


With = Annotated[Services, Depends(services)]

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    bearerFormat="clt_…",
    description="Your personal token, from `caseload-server token create`.",
)
_FLAWS = {
    TokenFlaw.UNKNOWN: "token-invalid",
    TokenFlaw.EXPIRED: "token-expired",
    TokenFlaw.REVOKED: "token-revoked",
}


async def caller(request: Request, services: With, _described: Annotated[object, Depends(_BEARER)]) -> Principal:
    """Who calls, by their token, as the door has read it. Raises ApiRefusal: 401 with the reason, 429 for too many
    wrong tokens."""
    turn: Turn = request.scope[IN_SCOPE]
    if not turn.token:
        raise ApiRefusal("token-missing", headers={"WWW-Authenticate": 'Bearer realm="caseload"'})
    address = None if request.client is None else request.client.host
    presented = await services.desk.at_the_door(partial(_presented, services, turn.token))
    pause, late = services.guesses.pause(address, presented.prefix), 0.0
    if not pause and not presented.genuine:
        prefix = presented.prefix if presented.stored is not None else ""
        pause, late = services.guesses.wrong(address, prefix)
    if pause:
        raise ApiRefusal("too-many-tokens", seconds=pause, headers={"Retry-After": str(pause)})
    if late:
        turn.over()
        await asyncio.sleep(late)
    found = who_presents(presented)
    if isinstance(found, TokenFlaw):
        turn.is_of(None)
        raise token_refused(found)
    await services.desk.at_the_door(partial(note_use, services.engine, found))
    turn.is_of(found.staff_key)
    turn.over()
    return found


def _presented(services: Services, token: str) -> Presented:
    with reading(services.engine) as connection:
        return present(connection, token)


def token_refused(flaw: TokenFlaw) -> ApiRefusal:
    """The refusal of a token that is not valid."""
    return ApiRefusal(_FLAWS[flaw], headers={"WWW-Authenticate": 'Bearer realm="caseload", error="invalid_token"'})


Who = Annotated[Principal, Depends(caller)]


async def writer(services: With, who: Who) -> Principal:
    """Who calls, if there is any caseload that they may change: nobody else may see anything about people. Checked
    before a body is read; what is done with the body asks again. Raises NoAccess."""

    def look() -> None:
        with reading(services.engine) as connection:
            must_have_access(connection, who)

    await services.desk.at_the_door(look)
    return who


Writer = Annotated[Principal, Depends(writer)]


async def one_of_few(services: With, who: Who) -> AsyncGenerator[UnderWay, None]:
    """Counts the call as one that costs something, from before its body is read until its answer is read but for the
    last of it. Raises ApiRefusal `too-much-at-once`."""
    async with services.desk.under_way(who) as call:
        yield call


Costly = Annotated[UnderWay, Depends(one_of_few)]
"""For whatever call waits for a turn. A dependency of its that does so too has the very same."""


async def one_look(services: With, who: Who) -> AsyncGenerator[Look, None]:
    """Counts the call as a look until its answer is read but for the last of it. Raises ApiRefusal
    `too-much-at-once`."""
    async with services.desk.looking(who) as look:
        yield look


Looking = Annotated[Look, Depends(one_look)]
"""For whatever call only looks, and has an answer that may be long."""
