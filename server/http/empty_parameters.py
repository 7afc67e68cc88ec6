"""Drop empty query parameters of a GET (`?state=&limit=`), as if they were absent."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send


def without_empty(query: bytes) -> bytes:
    """A query string without the parameters that have no value."""
    return b"&".join(part for part in query.split(b"&") if part.partition(b"=")[2])


class EmptyParametersAreAbsent:
    """Middleware. A form, or a script that fills in a template, sends the filters it does not use as empty ones."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET":
            scope["query_string"] = without_empty(scope["query_string"])
        await self._app(scope, receive, send)
