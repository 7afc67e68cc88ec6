"""Security headers on every answer: no caching, no content sniffing, no embedding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final[Mapping[str, str]] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
EXCEPTIONS: Final[Mapping[str, Mapping[str, str]]] = {
    # Kept by the client together with its ETag, and asked for anew each time.
    "/v1/reference": {"Cache-Control": "private, no-cache"},
    # Nobody's data.
    "/openapi.json": {"Cache-Control": "no-cache"},
}


def security_headers(path: str) -> dict[str, str]:
    """The headers of an answer at `path`."""
    return {**POLICY, **EXCEPTIONS.get(path, {})}


class SecurityHeaders:
    """ASGI middleware that adds the policy to every answer, wherever it comes from. A header that is set already
    stays."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in security_headers(scope["path"]).items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)
