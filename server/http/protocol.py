"""HTTP/1.1 as this server speaks it: patient, but not for ever, and saying no in the one shape of all refusals.

The web server under it waits without end for the rest of a request's head, and answers a head that is none with
a bare line of text. A few lines here change that, for heads alone: bodies are the business of `intake`.
"""

from __future__ import annotations

import asyncio
from typing import Final

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from server.http.refusals import ApiRefusal, answer_refusal
from server.http.security import security_headers

HEAD_SECONDS: Final = 15.0
"""How long a request may take to say what it wants. Any network delivers a few hundred bytes in that time."""


class PatientProtocol(H11Protocol):
    """One connection. What uvicorn's `http` option takes."""

    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._wait_no_more()
        elif self.conn.their_state is h11.IDLE and self._waiting is None:
            self._wait()  # the head of a further request has begun

    def send_400_response(self, msg: str) -> None:
        self._refuse(ApiRefusal("request-unreadable"))

    def _wait(self) -> None:
        self._waiting = self.loop.call_later(HEAD_SECONDS, self._refuse, ApiRefusal("request-slow"))

    def _wait_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _refuse(self, refusal: ApiRefusal) -> None:
        self._wait_no_more()
        if self.transport.is_closing():
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):  # else an answer has begun, and only its end is left
            answer = answer_refusal(refusal)
            headers = [*answer.raw_headers, (b"connection", b"close")]
            headers += [(name.lower().encode(), value.encode()) for name, value in security_headers("").items()]
            for event in (
                h11.Response(status_code=answer.status_code, headers=headers),
                h11.Data(data=bytes(answer.body)),
                h11.EndOfMessage(),
            ):
                self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
