"""Build the web application: its calls, its middleware, and the answer to every error (SPEC 8)."""

from __future__ import annotations

import hashlib
import hmac
import logging
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

from server.client_wheel import ClientWheel
from server.http import about, assignments, client, metrics, participants, remembered, tokens, uploads, validations
from server.http.description import SUMMARY, complete
from server.http.desk import FrontDesk
from server.http.door import Door
from server.http.empty_parameters import EmptyParametersAreAbsent
from server.http.intake import in_a_sentence
from server.http.refusals import ApiRefusal, answer_file_refusal, answer_refusal, answer_status
from server.http.request_log import HEADER as REQUEST_ID
from server.http.request_log import RequestLog
from server.http.security import SecurityHeaders, security_headers
from server.http.services import Services, token_refused
from server.http.token_guesses import Guesses
from server.logs import kind_of
from server.processes.beside import ErrandFailed, Tools
from server.processes.reader import ReadingFailed
from server.processes.spool import NoRoom, is_full
from server.records.fixes import MOST_KEPT, TooManyFixes
from server.records.no_access import NoAccess
from server.records.room_to_keep import MOST_BYTES, NoRoomToKeep
from server.records.room_to_remember import NoRoomLeft
from server.records.ssn import SsnHasher, WrongKey
from server.records.tokens import Withdrawn
from server.records.trouble import DatabaseTrouble, trouble_of
from server.settings import Settings
from server.suggest.kept_names import KeptNames
from server.table import NoTable
from server.token_list import UnknownToken
from server.uploads.lifecycle import KeyReused, NotNow, TooManyWaiting, UnknownUpload
from server.uploads.site_fixes import MayNotRemember, UnknownFix
from workbook.files.limits import in_words
from workbook.problems import Refusal

LOGGER = logging.getLogger("caseload.http")
_TROUBLES: Final = {
    DatabaseTrouble.IN_USE: "database-in-use",
    DatabaseTrouble.STOPPED: "database-stopped",
    DatabaseTrouble.FULL: "database-full",
    DatabaseTrouble.AWAY: "database-away",
    DatabaseTrouble.UNFIT: "database-unfit",
}
"""How each is told."""
_ROUTERS: Final = (
    metrics.router, about.router, validations.router, uploads.router, remembered.router, assignments.router,
    participants.router, tokens.router, client.router, client.home,
)  # fmt: skip


def create_app(settings: Settings, engine: Engine, desk: FrontDesk) -> FastAPI:
    """The application over a migrated database. `desk`: decides where the work of calls runs."""
    app = FastAPI(
        title="Caseload Upload",
        version=version("caseload-upload"),
        description=SUMMARY,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # As they are: a router that is included has each of its calls built a second time.
        routes=[call for router in _ROUTERS for call in router.routes],
    )
    key = settings.ssn_key()
    app.state.metrics = metrics.Metrics(engine)
    app.state.client = ClientWheel()
    secret = hmac.digest(key, b"caseload tags", hashlib.sha256)
    tools = Tools(engine, SsnHasher(key), KeptNames())
    app.state.services = Services(settings, tools, desk, Guesses(), secret)
    _answer_refusals(app)
    app.add_middleware(EmptyParametersAreAbsent)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Door)
    app.add_middleware(RequestLog, app.state.metrics)
    _describe(app)
    return app


def _answer_refusals(app: FastAPI) -> None:
    @app.exception_handler(ApiRefusal)
    async def refused(_request: Request, refusal: ApiRefusal) -> Response:
        return answer_refusal(refusal)

    @app.exception_handler(NoTable)
    async def no_table(_request: Request, flaw: NoTable) -> Response:
        return answer_refusal(ApiRefusal(flaw.code, **flaw.facts))

    @app.exception_handler(Refusal)
    async def file_refused(_request: Request, refusal: Refusal) -> Response:
        return answer_file_refusal(refusal)

    @app.exception_handler(UnknownUpload)
    async def unknown_upload(_request: Request, unknown: UnknownUpload) -> Response:
        return answer_refusal(ApiRefusal("upload-not-found", upload=f"{unknown!s:.60}"))

    @app.exception_handler(TooManyFixes)
    async def too_many_fixes(_request: Request, _error: TooManyFixes) -> Response:
        return answer_refusal(ApiRefusal("fixes-too-many", most=f"{MOST_KEPT:,}"))

    @app.exception_handler(UnknownFix)
    async def unknown_fix(_request: Request, unknown: UnknownFix) -> Response:
        return answer_refusal(ApiRefusal("fix-not-found", fix=f"{unknown!s:.60}"))

    @app.exception_handler(NoAccess)
    @app.exception_handler(MayNotRemember)
    async def no_access(_request: Request, _error: Exception) -> Response:
        return answer_refusal(ApiRefusal("no-access"))

    @app.exception_handler(NoRoomLeft)
    async def remembered_full(_request: Request, error: NoRoomLeft) -> Response:
        return answer_refusal(ApiRefusal("remembered-full", why=str(error)))

    @app.exception_handler(UnknownToken)
    async def unknown_token(_request: Request, _unknown: UnknownToken) -> Response:
        return answer_refusal(ApiRefusal("token-not-found"))

    @app.exception_handler(Withdrawn)
    async def withdrawn(_request: Request, error: Withdrawn) -> Response:
        return answer_refusal(token_refused(error.flaw))

    @app.exception_handler(WrongKey)
    async def key_replaced(request: Request, _error: WrongKey) -> Response:
        LOGGER.error("The key that SSNs are hashed with was replaced: start the server anew.", extra=_id_of(request))
        return answer_refusal(ApiRefusal("key-replaced"))

    @app.exception_handler(KeyReused)
    async def key_reused(_request: Request, _error: KeyReused) -> Response:
        return answer_refusal(ApiRefusal("idempotency-key-reused"))

    @app.exception_handler(NotNow)
    async def not_now(_request: Request, error: NotNow) -> Response:
        return answer_refusal(ApiRefusal("upload-state", why=str(error)))

    @app.exception_handler(TooManyWaiting)
    async def too_many_waiting(_request: Request, error: TooManyWaiting) -> Response:
        return answer_refusal(ApiRefusal("too-many-waiting", most=error.most, headers={"Retry-After": "10"}))

    @app.exception_handler(NoRoomToKeep)
    async def uploads_full(_request: Request, _error: NoRoomToKeep) -> Response:
        return answer_refusal(ApiRefusal("uploads-full", most=in_words(MOST_BYTES)))

    @app.exception_handler(RequestValidationError)
    async def not_understood(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = " ".join(str(part) for part in first["loc"][1:] or first["loc"])
        return answer_refusal(ApiRefusal("request-invalid", where=where, why=in_a_sentence(str(first["msg"]))))

    @app.exception_handler(HTTPException)
    async def by_framework(request: Request, error: HTTPException) -> Response:
        headers = dict(error.headers or {})
        path = f"{request.url.path:.200}"
        if error.status_code == 404:
            return answer_refusal(ApiRefusal("not-found", path=path))
        if error.status_code == 405:
            allowed = headers.get("Allow", "another method")
            refusal = ApiRefusal(
                "method-not-allowed", path=path, method=request.method, allowed=allowed, headers=headers
            )
            return answer_refusal(refusal)
        return answer_status(error.status_code, str(error.detail), headers)

    async def database_in_trouble(request: Request, error: Exception) -> Response:
        trouble = trouble_of(error)
        if trouble is None:
            raise error
        told = f"{trouble.value}, {kind_of(error)}"
        LOGGER.warning("The database cannot be used just now (%s).", told, extra=_id_of(request))
        return answer_refusal(ApiRefusal(_TROUBLES[trouble], headers={"Retry-After": "5"}))

    for kind in (DBAPIError, PoolTimeout):
        app.add_exception_handler(kind, database_in_trouble)

    @app.exception_handler(Exception)
    async def our_fault(request: Request, _error: Exception) -> Response:
        # Answered outside of all middleware, and logged by the web server.
        number = _id_of(request)["request_id"]
        headers = {**security_headers(request.url.path), REQUEST_ID: number}
        LOGGER.error("A call met an error of the server's own, which follows.", extra=_id_of(request))
        return answer_refusal(ApiRefusal("server-error", number=number, headers=headers))

    @app.exception_handler(NoRoom)
    async def no_room(_request: Request, _error: NoRoom) -> Response:
        return answer_refusal(ApiRefusal("disk-full", headers={"Retry-After": "60"}))

    @app.exception_handler(OSError)
    async def maybe_full(request: Request, failure: OSError) -> Response:
        # A library that needs the disk for a moment says so itself.
        if is_full(failure):
            return await no_room(request, NoRoom())
        raise failure

    @app.exception_handler(ErrandFailed)
    @app.exception_handler(ReadingFailed)
    async def failed_beside(request: Request, failure: Exception) -> Response:
        LOGGER.error("What was done beside the server met an error of its own: %s", str(failure), extra=_id_of(request))
        return answer_refusal(ApiRefusal("server-error", number=_id_of(request)["request_id"]))


def _id_of(request: Request) -> dict[str, str]:
    return {"request_id": str(request.scope.get("request_id", "none"))}


def _describe(app: FastAPI) -> None:
    framework_openapi = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = complete(framework_openapi())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
