"""Decide where a call's work runs: in a thread, in turn, or in another process.

Calls never run in the framework's shared thread pool: one that waits there would delay all others.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import DBAPIError

from server.http.turns import AtOnce, Turns
from server.processes import errands
from server.processes.beside import CHILDREN as DOERS
from server.processes.beside import Beside, Errand, Params, Result, Tools
from server.processes.reader import CHILDREN as READERS
from server.processes.reader import FileReader, PackedSheet
from server.processes.spool import Spool
from server.records.light import TooMuchHere, light_only
from server.records.patience import waiting_at_most
from server.records.tokens import Principal
from server.records.trouble import DatabaseTrouble, trouble_of
from server.settings import Settings

SMALL_ROWS: Final = 1000
"""Up to so many rows are checked in this process, which takes less than a fifth of a second; more, in a child."""
SMALL_TEXT: Final = 256 * 1024
"""Bytes of distinct values in as many rows as these: of fewer rows that say more, each takes as long as several."""
MOST_EACH: Final = 8
"""Costly calls that one person may have in progress."""
_SMALL_AT_ONCE: Final = 4
_DOOR: Final = 8
"""Threads that authenticate callers."""
_LOOKS: Final = 8
"""Threads for quick look-ups that wait for nothing."""
MOST_LOOKS_EACH: Final = 32
"""Look-ups that one person may have in progress: programs run several at once, but not hundreds."""
_ACTS: Final = 8
"""Threads for calls that change something; they may wait for others who change something of the same site."""
_UNDOS: Final = 4
"""Threads for calls that undo: they wait for whoever writes an upload of the same site, and nobody waits for them who
only ends a token, for one."""
_ACTS_PATIENCE: Final = 10.0
"""Seconds for which they wait at a time: longer than others, as each site leaves places to the others there."""
_ENDINGS: Final = 4
"""Threads for those who end tokens."""
LONGEST_WAIT: Final = 90.0
"""Seconds for which a call waits in all for the locks of others, whatever place it has meanwhile."""
_PAUSE: Final = 1.0
"""Seconds for which it makes room for others in between."""

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


def cost_in_rows(rows: int, text_size: int) -> int:
    """How many rows cost as much as these, whose distinct values take so many bytes."""
    return max(rows, -(-text_size * SMALL_ROWS // SMALL_TEXT))


def _lightly(errand: Errand[Params, Result], tools: Tools, *args: Params.args, **kwargs: Params.kwargs) -> Result:
    """Does an errand here if it is as little work as its rows. Raises TooMuchHere."""
    with light_only():
        return errand(tools, *args, **kwargs)


class FrontDesk:
    """A context manager: its processes and its folder are gone when the block ends."""

    def __init__(self, settings: Settings) -> None:
        with ExitStack() as made:
            self.spool = made.enter_context(Spool())
            self.reader = made.enter_context(FileReader(settings, self.spool.folder))
            self.beside = made.enter_context(Beside(settings, self.spool.folder))
            self._made = made.pop_all()
        self._at_once = AtOnce(MOST_EACH)
        self._looks_at_once = AtOnce(MOST_LOOKS_EACH)
        self.small = Turns(_SMALL_AT_ONCE, 2, waiting=200)
        self.acts = Turns(_ACTS, 2, waiting=200, for_sites=True, patience=_ACTS_PATIENCE)
        self.undos = Turns(_UNDOS, 1, waiting=200, for_sites=True, patience=_ACTS_PATIENCE)
        # Nobody waits behind anything else who ends a token that was stolen.
        self.endings = Turns(_ENDINGS, 1, waiting=50, for_sites=True)
        # One turn each, so that the large files of one person never take all places.
        self.files = Turns(READERS, 1, waiting=32)
        self.large = Turns(DOERS, 1, waiting=32)
        # Separate from the threads of other calls and of authentication, so that none of them waits for another.
        self.threads = CapacityLimiter(_SMALL_AT_ONCE + _ACTS + _UNDOS + _ENDINGS + READERS + DOERS)
        self._disk = CapacityLimiter(4)
        self._door = CapacityLimiter(_DOOR)
        self._pulse = CapacityLimiter(2)
        self._looks = CapacityLimiter(_LOOKS)

    def __enter__(self) -> FrontDesk:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._made.close()

    def get_ready(self) -> None:
        """Starts a process of each kind, with all that it needs loaded."""
        self.reader.warm()
        self.beside.do(errands.get_ready)

    @asynccontextmanager
    async def under_way(self, who: Principal) -> AsyncIterator[UnderWay]:
        """Inside, a call of this person's counts as costly, and what costs something can be done. Raises ApiRefusal
        `too-much-at-once`."""
        async with self._at_once.of(who.staff_key):
            call = UnderWay(self, who)
            try:
                yield call
            finally:
                call.is_over = True

    async def look(self, who: Principal, look: Callable[Arguments, Value], *args: Arguments.args,
                   **kwargs: Arguments.kwargs) -> Value:  # fmt: skip
        """Runs a quick look-up that waits for nothing. Raises what `look` does, and ApiRefusal."""
        async with self.looking(who) as this:
            return await this.at(look, *args, **kwargs)

    @asynccontextmanager
    async def looking(self, who: Principal) -> AsyncIterator[Look]:
        """Inside, a call of this person's counts as a look. Raises ApiRefusal `too-much-at-once`."""
        async with self._looks_at_once.of(who.staff_key):
            yield Look(self._looks)

    async def on_disk(self, act: Callable[[], Value]) -> Value:
        """Runs an operation on a file, in a thread that may block."""
        return await to_thread.run_sync(act, limiter=self._disk)

    async def at_the_door(self, act: Callable[[], Value]) -> Value:
        """Runs a step of authentication."""
        return await to_thread.run_sync(act, limiter=self._door)

    async def feel_pulse(self, act: Callable[[], Value]) -> Value:
        """Runs the health check, in threads of its own, so that no other call delays it."""
        return await to_thread.run_sync(act, limiter=self._pulse)


class Look:
    """A call of a person's while it counts as one that only looks."""

    def __init__(self, threads: CapacityLimiter) -> None:
        self._threads = threads

    async def at(self, look: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        """Runs a quick look-up that waits for nothing. Raises what `look` does."""
        return await to_thread.run_sync(lambda: look(*args, **kwargs), limiter=self._threads)


class UnderWay:
    """A call of a person's while it counts as costly. Whatever takes a turn is done through it, so that no call can
    wait or work without being counted, nor longer than it is."""

    def __init__(self, desk: FrontDesk, who: Principal) -> None:
        self._desk = desk
        self._who = who
        self._waited = 0.0
        """Seconds for which it has waited for the locks of others at its work so far."""
        self.is_over = False

    async def glance(
        self, look: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Value:
        """Reads something small, in this person's turn and in this process. Raises what `look` does, and ApiRefusal
        `busy`."""
        return await self._in_turn(self._desk.small, lambda: look(*args, **kwargs))

    async def act(self, act: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        """Changes something small, in this person's turn and in this process. Raises what `act` does, and ApiRefusal
        `busy`."""
        return await self._in_turn(self._desk.acts, lambda: act(*args, **kwargs))

    async def end(self, act: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        """As `act`, for what ends somebody's access."""
        return await self._in_turn(self._desk.endings, lambda: act(*args, **kwargs))

    async def read(self, path: Path, name: str, *, is_table: bool) -> PackedSheet:
        """Read a file in this person's turn (`server.processes.reader`). Raises ApiRefusal `busy`."""
        reader = self._desk.reader
        return await self._in_turn(self._desk.files, lambda: reader.read_packed(path, name, is_table=is_table))

    async def do(
        self, tools: Tools, rows: int, errand: Errand[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """Does an errand that concerns so many rows, in this person's turn: here, or beside this process. Raises what
        the errand does, and ApiRefusal `busy`."""
        if rows <= SMALL_ROWS:
            with suppress(TooMuchHere):  # a few rows about people of whom very much is stored
                return await self._in_turn(self._desk.small, lambda: _lightly(errand, tools, *args, **kwargs))
        beside = self._desk.beside
        return await self._in_turn(self._desk.large, lambda: beside.do(errand, *args, **kwargs))

    async def undo(self, undo: Callable[Arguments, Value], *args: Arguments.args, **kwargs: Arguments.kwargs) -> Value:
        """As `act`, for what waits until no upload of the site is being written."""
        return await self._in_turn(self._desk.undos, lambda: undo(*args, **kwargs))

    async def change(
        self, tools: Tools, rows: int, errand: Errand[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """As `do`, for what changes something: it may have to wait for others, and those who look do not wait for
        it."""
        return await self._change(self._desk.acts, tools, rows, errand, *args, **kwargs)

    async def take_back(
        self, tools: Tools, rows: int, errand: Errand[Params, Result], *args: Params.args, **kwargs: Params.kwargs
    ) -> Result:
        """As `change`, for what waits until no upload of the site is being written."""
        return await self._change(self._desk.undos, tools, rows, errand, *args, **kwargs)

    async def _change(
        self, turns: Turns, tools: Tools, rows: int, errand: Errand[Params, Result], *args: Params.args,
        **kwargs: Params.kwargs,
    ) -> Result:  # fmt: skip
        if rows <= SMALL_ROWS:
            with suppress(TooMuchHere):
                return await self._in_turn(turns, lambda: _lightly(errand, tools, *args, **kwargs))
        return await self.do(tools, max(rows, SMALL_ROWS + 1), errand, *args, **kwargs)

    async def _in_turn(self, turns: Turns, work: Callable[[], Value]) -> Value:
        if self.is_over:
            raise RuntimeError("a call that does not count any more wants to work")

        def patiently() -> Value:
            with waiting_at_most(turns.patience):
                return work()

        until = time.monotonic() + LONGEST_WAIT - self._waited
        while True:
            try:
                async with turns.of(self._who.staff_key, self._who.site_id):
                    return await to_thread.run_sync(patiently, limiter=self._desk.threads)
            except DBAPIError as failure:
                # What has waited was not kept. Whoever waits for somebody of their site keeps no place from the
                # others. On SQLite they have waited as long as anybody may.
                is_over = isinstance(failure.orig, sqlite3.Error) or time.monotonic() + _PAUSE > until
                if trouble_of(failure) is not DatabaseTrouble.IN_USE or is_over:
                    raise
                turns.hold_up(self._who.site_id)
            await asyncio.sleep(_PAUSE)
            self._waited = LONGEST_WAIT - (until - time.monotonic())
