"""Run long work in warm processes beside the web process, with limits on memory and time.

Other calls are answered meanwhile, and a job that takes too much memory or time is ended without harm
(`server.processes.child`). A job is a function of ours over `Tools`, found by its name. Its result, and any exception
of ours or of the database, is handed back to the caller.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

from server.processes.child import Child, Children, Died
from server.records.patience import patience
from workbook.files.limits import MEBIBYTE
from workbook.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from server.records.ssn import SsnHasher
    from server.settings import Settings
    from server.suggest.kept_names import KeptNames

DONE: Final = b"D"
RAISED: Final = b"X"
FAILURE: Final = b"F"
CHILDREN: Final = 2
"""Errands that are done at the same time."""
_ERRANDS_PER_CHILD: Final = 200
_LARGE: Final = 8 * MEBIBYTE
"""A child is replaced after so many errands, and after one that was asked with, or answered by, so many bytes: what it
does not give back of its memory, the next errand would lack."""


class Tools(NamedTuple):
    """What an errand works with."""

    engine: Engine
    hasher: SsnHasher
    names: KeptNames


class ErrandFailed(Exception):
    """An errand met an error of ours. The text says where, without what it was about."""


Params = ParamSpec("Params")
Result = TypeVar("Result")
Errand = Callable[Concatenate[Tools, Params], Result]


class Beside:
    """Does errands in child processes. A context manager; any number of threads may call `do` at once."""

    def __init__(self, settings: Settings, folder: Path | None = None) -> None:
        """`folder`: where errands put what they need on disk for a moment."""
        self._url = settings.database_url
        self._key = settings.ssn_key()
        self._seconds = settings.judge_seconds
        self._children = Children("server.processes.errand_child", settings.judge_memory_bytes, CHILDREN, folder)

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._children.close()

    def do(self, errand: Errand[Params, Result], *args: Params.args, **kwargs: Params.kwargs) -> Result:
        """What the errand gives, or raises. Raises the Refusal `file-too-large` when it takes more memory or time than
        is allowed, ErrandFailed when the fault is ours, RuntimeError when the server is closing. It waits for others'
        locks as long as whoever hands it over."""
        question = pickle.dumps((self._url, self._key, patience(), errand, args, kwargs), pickle.HIGHEST_PROTOCOL)

        def is_spent(child: Child, tag: bytes, answer: bytes) -> bool:
            if tag == RAISED and b"file-too-large" in answer:
                return True
            return max(len(question), len(answer)) > _LARGE or child.answered >= _ERRANDS_PER_CHILD

        try:
            tag, answer = self._children.ask(question, self._seconds, is_spent)
        except Died as death:
            raise refusal_for(death, self._seconds) from death
        if tag == DONE:
            result: Result = pickle.loads(answer)  # noqa: S301 - from a process of ours
            return result
        if tag == RAISED:
            kind, arguments, attributes = pickle.loads(answer)  # noqa: S301 - from a process of ours
            error = kind.__new__(kind)
            error.args = arguments
            error.__dict__.update(attributes)
            raise error
        raise ErrandFailed(answer.decode("utf-8", "replace"))


def refusal_for(death: Died, seconds: float) -> Refusal | ErrandFailed:
    if death.too_slow:
        why = f"its rows could not be checked within {seconds:.0f} seconds"
    elif death.out_of_memory:
        why = "checking its rows takes more memory than there is"
    else:
        return ErrandFailed(f"A process that does errands ended with {death.status}.")
    return Refusal.of("file-too-large", name="The sheet", why=why)
