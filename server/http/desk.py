"""Decide where a call's work runs: in a thread, in turn, or in another process.

Calls never run in the framework's shared thread pool: one that waits there would delay all others.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, ParamSpec, TypeVar

from anyio import CapacityLimiter, to_thread

from server.http.turns import AtOnce, Turns
from server.processes import errands
from server.processes.beside import CHILDREN as DOERS
from server.processes.beside import Beside, Errand, Given, Result, Tools
from server.processes.reader import CHILDREN as READERS
from server.processes.reader import FileReader, Read
from server.processes.spool import Spool
from server.records.tokens import Principal
from server.settings import Settings

SMALL_ROWS: Final = 1000
"""Rows that are checked here, for that takes less than a fifth of a second. More are checked beside this process."""
MOST_EACH: Final = 8
"""Calls that cost something which one person may have under way."""
_SMALL_AT_ONCE: Final = 4
_DOOR: Final = 8
"""Threads that let people in."""
_LOOKS: Final = 8
"""Threads for what is looked up in no time, and waits for nobody."""
MOST_LOOKS_EACH: Final = 32
"""Such calls that one person may have under way: programs ask for several things at once, and nobody for hundreds."""
_ACTS: Final = 6
"""Threads for what changes something, and may have to wait for whoever is changing the same."""

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")


class Desk:
    """A context manager: its processes and its folder are gone when the block ends."""

    def __init__(self, settings: Settings) -> None:
        with ExitStack() as made:
            self.spool = made.enter_context(Spool())
            self._reader = made.enter_context(FileReader(settings, self.spool.folder))
            self._beside = made.enter_context(Beside(settings, self.spool.folder))
            self._made = made.pop_all()
        self._at_once = AtOnce(MOST_EACH)
        self._looks_at_once = AtOnce(MOST_LOOKS_EACH)
        self._small = Turns(_SMALL_AT_ONCE, 2, waiting=200)
        self._acts = Turns(_ACTS, 2, waiting=200)
        # One of the places is always for others than whoever has the large files.
        self._read = Turns(READERS, 1, waiting=32)
        self._large = Turns(DOERS, 1, waiting=32)
        # Apart from the threads of all other calls, and from those that let people in: none waits for any other.
        self._threads = CapacityLimiter(_SMALL_AT_ONCE + _ACTS + READERS + DOERS)
        self._disk = CapacityLimiter(4)
        self._door = CapacityLimiter(_DOOR)
        self._pulse = CapacityLimiter(2)
        self._looks = CapacityLimiter(_LOOKS)

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._made.close()

    def get_ready(self) -> None:
        """Has a process of each kind wait, with all that it needs loaded."""
        self._reader.warm()
        self._beside.do(errands.get_ready)

    def under_way(self, who: Principal) -> AbstractAsyncContextManager[None]:
        """Inside, a call of this person's counts as one that costs something. Raises ApiRefusal."""
        return self._at_once.of(who.staff_key)

    async def glance(self, who: Principal, look: Callable[Arguments, Value], *given: Arguments.args,
                     **named: Arguments.kwargs) -> Value:  # fmt: skip
        """Looks at something small in this person's turn, here."""
        async with self._small.of(who.staff_key):
            return await to_thread.run_sync(lambda: look(*given, **named), limiter=self._threads)

    async def act(self, who: Principal, act: Callable[Arguments, Value], *given: Arguments.args,
                  **named: Arguments.kwargs) -> Value:  # fmt: skip
        """Changes something small in this person's turn, here. Raises what `act` does, and ApiRefusal `busy`."""
        async with self._acts.of(who.staff_key):
            return await to_thread.run_sync(lambda: act(*given, **named), limiter=self._threads)

    async def look(self, who: Principal, look: Callable[Arguments, Value], *given: Arguments.args,
                   **named: Arguments.kwargs) -> Value:  # fmt: skip
        """Looks something up that takes no time and waits for nobody. Raises what `look` does, and ApiRefusal."""
        async with self._looks_at_once.of(who.staff_key):
            return await to_thread.run_sync(lambda: look(*given, **named), limiter=self._looks)

    async def read(self, who: Principal, path: Path, name: str, *, is_table: bool) -> Read:
        """Read a file in this person's turn (`server.processes.reader`). Raises ApiRefusal `busy`."""
        async with self._read.of(who.staff_key):
            return await to_thread.run_sync(
                lambda: self._reader.read_packed(path, name, is_table=is_table), limiter=self._threads
            )

    async def do(
        self,
        tools: Tools,
        who: Principal,
        rows: int,
        errand: Errand[Given, Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """Does an errand that concerns so many rows, in this person's turn: here, or beside this process. Raises what
        the errand does, and ApiRefusal `busy`."""
        if rows <= SMALL_ROWS:
            async with self._small.of(who.staff_key):
                return await to_thread.run_sync(lambda: errand(tools, *given, **named), limiter=self._threads)
        async with self._large.of(who.staff_key):
            return await to_thread.run_sync(lambda: self._beside.do(errand, *given, **named), limiter=self._threads)

    async def change(
        self,
        tools: Tools,
        who: Principal,
        rows: int,
        errand: Errand[Given, Result],
        *given: Given.args,
        **named: Given.kwargs,
    ) -> Result:
        """As `do`, for what changes something: it may have to wait for others, and those who look do not wait for
        it."""
        if rows <= SMALL_ROWS:
            return await self.act(who, lambda: errand(tools, *given, **named))
        return await self.do(tools, who, rows, errand, *given, **named)

    async def on_disk(self, act: Callable[[], Value]) -> Value:
        """Does something with a file, where that may wait."""
        return await to_thread.run_sync(act, limiter=self._disk)

    async def at_the_door(self, act: Callable[[], Value]) -> Value:
        """Does what letting somebody in takes."""
        return await to_thread.run_sync(act, limiter=self._door)

    async def feel_pulse(self, act: Callable[[], Value]) -> Value:
        """Does what it takes to say that the server is alive: in threads of its own, whatever else goes on."""
        return await to_thread.run_sync(act, limiter=self._pulse)
