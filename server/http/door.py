"""Let callers in a few at a time, each in a line of their own.

To find out who calls, and to tell them no, costs a few milliseconds. Of hundreds of calls at the same moment everybody
else would wait for all; here they wait for each other. Whoever was let in before with the same token has a line to
themselves, whatever tokens they have and however they write them; the others stand in one line for each address.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, OrderedDict, deque
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.http.token_guesses import MOST_REMEMBERED, network

IN_SCOPE: Final = "turn at the door"
"""Under which name a call finds its turn in its scope."""
AT_ONCE: Final = 4
"""Calls of one line that are in the door at the same time."""
_HEALTH: Final = "/v1/health"

Line = tuple[str, str | int]


class Turn:
    """One call's turn in the door. It is over when that is said, or when the answer begins."""

    def __init__(self, door: Door, line: Line, token: str) -> None:
        self._door = door
        self._line = line
        self.token = token
        """What the caller says of who they are, "" where they say nothing. Nobody reads it otherwise than the door."""
        self._is_over = False

    def is_of(self, person: int | None) -> None:
        """Whose token it is: theirs is the line of whoever comes with it from here on. None: nobody's any more."""
        self._door.remember(self.token, person)

    def over(self) -> None:
        """Lets the next one in."""
        if not self._is_over:
            self._is_over = True
            self._door.let_in_next(self._line)


class Door:
    """ASGI middleware, around all that finds out who calls."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._inside: Counter[Line] = Counter()
        self._waiting: dict[Line, deque[asyncio.Future[None]]] = {}
        self._known: OrderedDict[str, int] = OrderedDict()
        """Hashes of the tokens that were genuine lately, and whose they are. The tokens themselves are kept nowhere."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        token = _token_in(scope)
        line = self._line(scope, token)
        await self._step_in(line)
        scope[IN_SCOPE] = turn = Turn(self, line, token)

        async def answering(message: Message) -> None:
            turn.over()  # whoever reads a long answer slowly keeps nobody waiting
            await send(message)

        try:
            await self._app(scope, receive, answering)
        finally:
            turn.over()

    def remember(self, token: str, person: int | None) -> None:
        if person is None:
            self._known.pop(_hash(token), None)
            return
        self._known[_hash(token)] = person
        self._known.move_to_end(_hash(token))
        while len(self._known) > MOST_REMEMBERED:
            self._known.popitem(last=False)

    def let_in_next(self, line: Line) -> None:
        """A place in the door is free."""
        waiting = self._waiting.get(line, ())
        while waiting:
            one = waiting.popleft()
            if not one.done():
                one.set_result(None)  # the place is theirs: nobody else may take it before they wake up
                break
        else:
            self._inside[line] -= 1
            if not self._inside[line]:
                del self._inside[line]
        if not waiting:
            self._waiting.pop(line, None)

    async def _step_in(self, line: Line) -> None:
        if self._inside[line] < AT_ONCE:
            self._inside[line] += 1
            return
        one: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(line, deque()).append(one)
        try:
            await one
        except BaseException:
            if one.done() and not one.cancelled():  # had got the place and was cancelled at the same moment
                self.let_in_next(line)
            raise

    def _line(self, scope: Scope, token: str) -> Line:
        person = self._known.get(_hash(token))
        if person is not None:
            return "person", person
        client = scope.get("client")
        # Whether the server is alive is told to whoever asks, however many others at their address want something.
        return "health" if scope["path"] == _HEALTH else "address", network(client[0] if client else None)


def _token_in(scope: Scope) -> str:
    """The token of a call, "" where it has none: the first header of that name, its scheme in capitals or not, behind
    as many blanks as somebody likes (RFC 6750, 7235)."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"").decode("latin-1")
    scheme, _, token = given.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
