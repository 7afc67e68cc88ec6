"""Limit how much runs at once, in fair turns per user; waiting costs no thread.

Each person has a few turns of their own, so that one person's large files do not delay everybody else. The queue is
short; when it is full, the answer is to try again later, to whoever has most in it.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, NamedTuple

from server.http.refusals import ApiRefusal

RETRY_SECONDS: Final = 5
"""When a caller for whom there is no room may try again."""
_HELD_UP: Final = 5.0
"""Seconds for which a site counts as held up after one of its calls had to make room."""


class Turns:
    """Turns at one kind of work, within one event loop.

    `most`: how many are worked for at once, `most_each`: how many of them for one person; `waiting`: how many may wait.
    `for_sites`: each site leaves as many places free as it takes, for work that may wait for somebody of the same site.
    `patience`: seconds for which work that has a place may wait for others' locks; then it makes room for a while, and
    its site leaves as many places free as it takes for some seconds (`hold_up`).
    """

    def __init__(
        self, most: int, most_each: int, waiting: int, *, for_sites: bool = False, patience: float = 1
    ) -> None:
        self.patience = patience
        self._most = most
        self._most_each = most_each
        self._most_waiting = waiting
        self._for_sites = for_sites
        self._at_work: Counter[int] = Counter()
        self._of_site: Counter[int] = Counter()
        self._held_up: dict[int, float] = {}
        """Site → until when, as `time.monotonic` counts."""
        self._queue: list[_Waiting] = []

    def hold_up(self, site: int) -> None:
        """Says that work waits for somebody of this site, whose others will do so, too."""
        now = time.monotonic()
        self._held_up = {one: until for one, until in self._held_up.items() if until > now}
        self._held_up[site] = now + _HELD_UP

    @asynccontextmanager
    async def of(self, person: int, site: int = 0) -> AsyncIterator[None]:
        """Inside, it is this person's turn, who is of this site. Raises ApiRefusal `busy` when too many wait
        already, and while this waits, when others come who have fewer waiting."""
        if self._may_begin(person, site) and not any(map(self._may_begin_now, self._queue)):
            self._begin(person, site)
        else:
            await self._wait(person, site)
        try:
            yield
        finally:
            self._end(person, site)

    async def _wait(self, person: int, site: int) -> None:
        if len(self._queue) >= self._most_waiting:
            self._make_room(person)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(_Waiting(person, site, turn))
        try:
            await turn
        except BaseException:
            # Got its turn and was cancelled at the same moment.
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self._end(person, site)
            else:
                self._queue = [one for one in self._queue if one.turn is not turn]
            raise

    def _make_room(self, person: int) -> None:
        """Sends away the newest of whoever has most waiting. Raises ApiRefusal where this person would have as many."""
        waiting = Counter(one.person for one in self._queue)
        busy = ApiRefusal("busy", headers={"Retry-After": str(RETRY_SECONDS)})
        most = max(waiting.values())
        if most <= waiting[person] + 1:
            raise busy
        last = max(place for place, one in enumerate(self._queue) if waiting[one.person] == most)
        turn = self._queue.pop(last).turn
        if not turn.done():
            turn.set_exception(busy)

    def _may_begin(self, person: int, site: int) -> bool:
        free = self._most - self._at_work.total()
        must_leave_room = self._for_sites or self._held_up.get(site, 0.0) > time.monotonic()
        is_too_much = must_leave_room and self._of_site[site] >= free
        return free > 0 and self._at_work[person] < self._most_each and not is_too_much

    def _may_begin_now(self, one: _Waiting) -> bool:
        return self._may_begin(one.person, one.site)

    def _begin(self, person: int, site: int) -> None:
        self._at_work[person] += 1
        self._of_site[site] += 1

    def _end(self, person: int, site: int) -> None:
        for counts, one in ((self._at_work, person), (self._of_site, site)):
            counts[one] -= 1
            if not counts[one]:
                del counts[one]
        self._call_up()

    def _call_up(self) -> None:
        """Gives free places to those who wait: first to people with nothing in progress, then in order of arrival."""
        for one in sorted(self._queue, key=lambda one: self._at_work[one.person]):
            if not self._may_begin_now(one):
                continue
            self._queue.remove(one)
            if not one.turn.done():
                self._begin(one.person, one.site)
                one.turn.set_result(None)


class _Waiting(NamedTuple):
    """Who waits, and what is done when it is their turn."""

    person: int
    site: int
    turn: asyncio.Future[None]


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
