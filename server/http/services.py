"""What the calls work with, and who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine

from server.http.refusals import ApiRefusal
from server.parsing import FileReader
from server.records.database import reading
from server.records.ssn import SsnHasher
from server.records.tokens import Principal, TokenFlaw, authenticate, note_use
from server.settings import Settings


@dataclass(frozen=True, slots=True)
class Services:
    settings: Settings
    engine: Engine
    reader: FileReader
    hasher: SsnHasher


def services(request: Request) -> Services:
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


def caller(
    services: With, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Principal:
    """Who calls, by their token. Raises ApiRefusal 401 with the reason."""
    if credentials is None or not credentials.credentials.strip():
        raise ApiRefusal("token-missing", headers={"WWW-Authenticate": 'Bearer realm="caseload"'})
    with reading(services.engine) as connection:
        found = authenticate(connection, credentials.credentials.strip())
    if isinstance(found, TokenFlaw):
        challenge = 'Bearer realm="caseload", error="invalid_token"'
        raise ApiRefusal(_FLAWS[found], headers={"WWW-Authenticate": challenge})
    note_use(services.engine, found)
    return found


Who = Annotated[Principal, Depends(caller)]
