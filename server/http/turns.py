"""Limit how much runs at once, in fair turns per user; waiting costs no thread.

Each person has a few turns of their own, so that one person's large files do not delay everybody else. The queue is
short; when it is full, the answer is to try again later, to whoever has most in it.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from server.http.refusals import ApiRefusal

RETRY_SECONDS: Final = 5
"""When a caller for whom there is no room may try again."""


class Turns:
    """Turns at one kind of work, within one event loop.

    `most`: how many are worked for at once, `most_each`: how many of them for one person; `waiting`: how many may wait.
    """

    def __init__(self, most: int, most_each: int, waiting: int) -> None:
        self._most = most
        self._most_each = most_each
        self._most_waiting = waiting
        self._at_work: Counter[int] = Counter()
        self._queue: list[tuple[int, asyncio.Future[None]]] = []

    @asynccontextmanager
    async def of(self, person: int) -> AsyncIterator[None]:
        """Inside, it is this person's turn. Raises ApiRefusal `busy` when too many wait already, and while this waits,
        when others come who have fewer waiting."""
        if self._may_begin(person) and not any(self._may_begin(other) for other, _turn in self._queue):
            self._at_work[person] += 1
        else:
            await self._wait(person)
        try:
            yield
        finally:
            self._at_work[person] -= 1
            if not self._at_work[person]:
                del self._at_work[person]
            self._call_up()

    async def _wait(self, person: int) -> None:
        if len(self._queue) >= self._most_waiting:
            self._make_room(person)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append((person, turn))
        try:
            await turn
        except BaseException:
            # Got its turn and was cancelled at the same moment.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._at_work[person] -= 1
                self._call_up()
            else:
                self._queue = [one for one in self._queue if one[1] is not turn]
            raise

    def _make_room(self, person: int) -> None:
        """Sends away the newest of whoever has most waiting. Raises ApiRefusal where this person would have as many."""
        waiting = Counter(other for other, _turn in self._queue)
        busy = ApiRefusal("busy", headers={"Retry-After": str(RETRY_SECONDS)})
        most = max(waiting.values())
        if most <= waiting[person] + 1:
            raise busy
        last = max(place for place, (other, _turn) in enumerate(self._queue) if waiting[other] == most)
        _other, turn = self._queue.pop(last)
        if not turn.done():
            turn.set_exception(busy)

    def _may_begin(self, person: int) -> bool:
        return self._at_work.total() < self._most and self._at_work[person] < self._most_each

    def _call_up(self) -> None:
        """Gives free places to those who wait: first to people with nothing in progress, then in order of arrival."""
        for person, turn in sorted(self._queue, key=lambda one: self._at_work[one[0]]):
            if not self._may_begin(person):
                continue
            self._queue.remove((person, turn))
            if not turn.done():
                self._at_work[person] += 1
                turn.set_result(None)


class AtOnce:
    """Limits the costly calls that each person has in progress: those whose body arrives, that wait, or that run."""

    def __init__(self, most_each: int) -> None:
        self._most_each = most_each
        self._calls: Counter[int] = Counter()

    @asynccontextmanager
    async def of(self, person: int) -> AsyncIterator[None]:
        """Raises ApiRefusal `too-much-at-once`."""
        if self._calls[person] >= self._most_each:
            headers = {"Retry-After": str(RETRY_SECONDS)}
            raise ApiRefusal("too-much-at-once", most=self._most_each, headers=headers)
        self._calls[person] += 1
        try:
            yield
        finally:
            self._calls[person] -= 1
            if not self._calls[person]:
                del self._calls[person]
