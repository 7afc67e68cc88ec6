"""HTTP/1.1 with time limits, size limits and error answers that uvicorn lacks.

uvicorn by itself waits without limit for the rest of a request's head, and for a slow reader of an answer; it reads a
body to its end even when nobody needs it any more, accepts chunks of any small size, takes a body's end to be what one
of two headers says that contradict each other, and answers a malformed head with a bare line of text. This module
changes that. How long a body may take is decided in `intake`.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any, Final

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from server.http.refusals import ApiRefusal, answer_refusal
from server.http.security import security_headers

HEAD_SECONDS: Final = 15.0
"""How long a request may take to say what it wants. Any network delivers a few hundred bytes in that time."""
UNREAD_SECONDS: Final = 60.0
"""How long an answer may lie there without being read."""
SLOWEST_READER: Final = 2_000
"""Bytes a second. An answer stays in memory until it is read, so a client that reads slower is disconnected."""
LINGER_SECONDS: Final = 10.0
"""How long what is still being sent is thrown away after an answer, so that the answer is read before the line ends."""
_PAUSE_SECONDS: Final = 0.02
"""Between two pieces, each of at most 256 kB, of what is thrown away."""
MOST_CONNECTIONS: Final = 1000
"""At once. Beyond that, the connection that has been idle for the longest is closed."""
_FILES_BESIDE: Final = 500
"""Open files that are no connections."""
_SENDING_BUFFER: Final = 128 * 1024
"""Bytes of an answer that the system buffers for a connection: with more, progress of the reader could not be seen."""
_CRUMB: Final = 64
"""Bytes. Pieces of a body that are smaller on average cost far more than they bring."""
_CRUMBS: Final = 256
"""So many pieces are taken before their size is looked at."""


def allow_connections() -> int:
    """Lets this process have as many connections as it takes at most, or as the system allows: the number of them."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    needed = MOST_CONNECTIONS + _FILES_BESIDE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(min(MOST_CONNECTIONS, soft - _FILES_BESIDE), soft // 4)


class NotTaken(h11.RemoteProtocolError):
    """Something that h11 takes and this server does not."""


class _Conversation(h11.Connection):
    """What is said on one connection. An answer before the whole request has come is the last one."""

    def __init__(self, longest_head: int) -> None:
        super().__init__(h11.SERVER, longest_head)
        self._pieces = self._bytes = 0
        self.refused: str | None = None
        """The code of the answer to what h11 would have taken."""
        self.answered_since: float | None = None
        """When the answer to what was asked last began; None until it does."""

    def next_event(self) -> Any:
        event = super().next_event()
        if type(event) is h11.Data:
            self._pieces += 1
            self._bytes += len(event.data)
            if self._pieces >= _CRUMBS and self._bytes < self._pieces * _CRUMB:
                self._refuse("body-crumbled")
        elif type(event) is h11.Request:
            self._pieces = self._bytes = 0
            self.answered_since = None
            if not _has_one_end(event):
                self._refuse("body-ends-twice")
        return event

    def _refuse(self, code: str) -> None:
        self.refused = code
        raise NotTaken(code)

    def send(self, event: Any) -> bytes | None:  # type: ignore[override]
        if type(event) is h11.Response:
            self.answered_since = time.monotonic()
        if type(event) is h11.Response and self.their_state is h11.SEND_BODY:
            headers = [(name, value) for name, value in event.headers if name != b"connection"]
            headers.append((b"connection", b"close"))
            event = h11.Response(status_code=event.status_code, headers=headers, reason=event.reason)
        data: bytes | None = super().send(event)
        return data


def _has_one_end(request: h11.Request) -> bool:
    """Whether it is beyond doubt where the body ends. Otherwise whoever stands between may see another end than we do,
    and hand on a part of the body as somebody else's request (RFC 9112, 6.1 and 6.3)."""
    names = {name for name, _value in request.headers}
    if b"transfer-encoding" not in names:
        return True
    return b"content-length" not in names and request.http_version != b"1.0"


class _Line:
    """A transport whose end waits until the other side can have read what was said last."""

    def __init__(self, transport: asyncio.Transport, protocol: PatientProtocol) -> None:
        self._transport = transport
        self._protocol = protocol
        self.ending = False
        self.written = 0
        """Bytes that were said so far."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        self.written += len(data)
        self._transport.write(data)

    @property
    def is_over(self) -> bool:
        return self._transport.is_closing()

    def is_closing(self) -> bool:
        return self.ending or self.is_over

    def close(self) -> None:
        """Says that nothing more comes. While the other side still sends, an end of the line would take with it what
        they have not read yet."""
        if self.is_closing():
            return
        if self._protocol.is_spoken_to and self._transport.can_write_eof():
            self.ending = True
            self._transport.write_eof()
            self._transport.resume_reading()
            self._protocol.loop.call_later(LINGER_SECONDS, self._transport.abort)
        else:
            self._transport.close()


class PatientProtocol(H11Protocol):
    """One connection. What uvicorn's `http` option takes."""

    most_connections: int = MOST_CONNECTIONS

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn: _Conversation = _Conversation(config.h11_max_incomplete_event_size or 16 * 1024)
        self._waiting: asyncio.TimerHandle | None = None
        self._watching: asyncio.TimerHandle | None = None
        self._read = self._sent = 0
        """Bytes that were read, and that were said, when it was last looked whether they are."""
        self._idle_since = time.monotonic()

    @property
    def is_spoken_to(self) -> bool:
        """Whether more of a request may come that nobody wants to hear."""
        return self.conn.their_state in (h11.SEND_BODY, h11.ERROR) or self.conn.refused is not None

    @property
    def is_over(self) -> bool:
        """Whether the connection is ending this moment."""
        return self._line.is_over

    @property
    def is_idle(self) -> bool:
        """Whether nothing has been asked for yet that is not answered."""
        return self.cycle is None or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self._line = _Line(transport, self)
        line: Any = self._line
        super().connection_made(line)
        connected = transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SENDING_BUFFER)
        self._watching = self.loop.call_later(UNREAD_SECONDS, self._watch)
        self._wait()
        if len(self.connections) > self.most_connections:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._line.ending:
            # Thrown away, and not faster than a good line brings it: to hear what nobody wants costs time, too.
            self._line.pause_reading()
            self.loop.call_later(_PAUSE_SECONDS, self._line.resume_reading)
            return
        before = self.cycle
        super().data_received(data)
        if self.cycle is not before:
            self._wait_no_more()
        elif self.conn.their_state is h11.IDLE and self._waiting is None:
            self._wait()  # the head of a further request has begun

    def on_response_complete(self) -> None:
        self._idle_since = time.monotonic()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        self._refuse(ApiRefusal(self.conn.refused or "request-unreadable"))

    def _make_room(self) -> None:
        """Closes the connection that has been idle for the longest; where none is, the one that reads its answer for
        the longest; this one where all are at work."""
        held = [one for one in self.connections if isinstance(one, PatientProtocol) and not one.is_over]
        if len(held) <= self.most_connections:
            return
        others = [one for one in held if one is not self]
        if idle := [one for one in others if one.is_idle]:
            min(idle, key=lambda one: one._idle_since).transport.abort()
        elif unread := [one for one in others if one.conn.answered_since is not None]:
            min(unread, key=lambda one: one.conn.answered_since or 0.0).transport.abort()
        else:
            self._refuse(ApiRefusal("busy", headers={"Retry-After": "5"}))

    def _watch(self) -> None:
        """Lets go of a caller who reads nothing of an answer, or next to nothing."""
        read = self._line.written - self.transport.get_write_buffer_size()
        if read < min(self._sent, self._read + SLOWEST_READER * UNREAD_SECONDS / 2):
            self.transport.abort()
            return
        self._read, self._sent = read, self._line.written
        self._watching = self.loop.call_later(UNREAD_SECONDS / 2, self._watch)

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
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()
