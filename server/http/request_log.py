"""Log and count every answer, without any personal data.

A line holds the call as the API describes it (`/v1/uploads/{upload_id}`), the id of the upload, the status and the
duration. It holds nothing of the real address, the headers or the body, which may name people.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from typing import Any, Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.metrics import PATH, Metrics

LOGGER = logging.getLogger("caseload.http")
HEADER: Final = "X-Request-ID"
ELSEWHERE: Final = "elsewhere"
"""The name of addresses that the API does not have."""
UNREMARKABLE: Final = frozenset({"/v1/health", PATH})
"""Called all day long, and logged only when something is wrong."""
_ID: Final = re.compile(r"[0-9a-fA-F-]{8,64}")
_UPLOAD: Final = re.compile(r"[0-9a-f]{32}")
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"})


class RequestLog:
    """ASGI middleware, the outermost. Puts a request id into the scope (`request_id`) and on the answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["request_id"] = request_id = _request_id(scope)
        status = 500
        begun = time.perf_counter()

        async def send_noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_noting)
        finally:
            self._log(scope, status, time.perf_counter() - begun)

    def _log(self, scope: Scope, status: int, seconds: float) -> None:
        call = str(getattr(scope.get("route"), "path", ELSEWHERE))
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._metrics.answered(method, call, status, seconds)
        if call in UNREMARKABLE and status < 400:
            return
        fields: dict[str, Any] = {
            "request_id": scope["request_id"],
            "method": method,
            "call": call,
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
        }
        upload_id = str(scope.get("path_params", {}).get("upload_id", ""))
        if _UPLOAD.fullmatch(upload_id):
            fields["upload_id"] = upload_id
        LOGGER.info("answered", extra=fields)


def _request_id(scope: Scope) -> str:
    """The proxy's own id of a call when it is plainly an id, so that the two logs can be laid side by side."""
    given = Headers(scope=scope).get(HEADER, "")
    return given if _ID.fullmatch(given) else uuid.uuid4().hex
