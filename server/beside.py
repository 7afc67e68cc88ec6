"""Work that takes long is done beside the web process, in processes that are kept warm: everybody else is answered
meanwhile, and what takes too much of the memory or the time is ended without harm (`server.child`).

An errand is a function of ours over `Tools`, found by its name. What it gives, and what it raises of our own or of the
database's errors, comes back to whoever asked.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, Final, NamedTuple, ParamSpec, TypeVar

from server.child import Child, Children, Died, answer_parent
from workbook.limits import MEBIBYTE
from workbook.problems import Refusal

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from server.judge.kept_names import KeptNames
    from server.records.ssn import SsnHasher
    from server.settings import Settings

_DONE: Final = b"D"
_RAISED: Final = b"X"
_FAILURE: Final = b"F"
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


Given = ParamSpec("Given")
Result = TypeVar("Result")
Errand = Callable[Concatenate[Tools, Given], Result]


class Beside:
    """Does errands in child processes. A context manager; any number of threads may call `do` at once."""

    def __init__(self, settings: Settings) -> None:
        self._url = settings.database_url
        self._key = settings.ssn_key()
        self._seconds = settings.judge_seconds
        self._children = Children("server.beside", settings.judge_memory_bytes, CHILDREN)

    def __enter__(self) -> Beside:
        return self

    def __exit__(self, kind: type[BaseException] | None, flaw: BaseException | None, at: TracebackType | None) -> None:
        self._children.close()

    def do(self, errand: Errand[Given, Result], *given: Given.args, **named: Given.kwargs) -> Result:
        """What the errand gives, or raises. Raises the Refusal `file-too-large` when it takes more memory or time than
        is allowed, ErrandFailed when the fault is ours, RuntimeError when the server is closing."""
        question = pickle.dumps((self._url, self._key, errand, given, named), pickle.HIGHEST_PROTOCOL)

        def is_spent(child: Child, tag: bytes, answer: bytes) -> bool:
            if tag == _RAISED and b"file-too-large" in answer:
                return True
            return max(len(question), len(answer)) > _LARGE or child.asked >= _ERRANDS_PER_CHILD

        try:
            tag, answer = self._children.ask(question, self._seconds, is_spent)
        except Died as death:
            raise _refusal_for(death, self._seconds) from death
        if tag == _DONE:
            result: Result = pickle.loads(answer)  # noqa: S301 - from a process of ours
            return result
        if tag == _RAISED:
            kind, arguments, told = pickle.loads(answer)  # noqa: S301 - from a process of ours
            error = kind.__new__(kind)
            error.args = arguments
            error.__dict__.update(told)
            raise error
        raise ErrandFailed(answer.decode("utf-8", "replace"))


def _refusal_for(death: Died, seconds: float) -> Refusal | ErrandFailed:
    if death.too_slow:
        why = f"its rows could not be checked within {seconds:.0f} seconds"
    elif death.out_of_memory:
        why = "checking its rows takes more memory than there is"
    else:
        return ErrandFailed(f"A process that does errands ended with {death.status}.")
    return Refusal.of("file-too-large", name="The sheet", why=why)


# What a child does ----------------------------------------------------------------------------------------


class _Doer:
    """Keeps its tools from one errand to the next."""

    def __init__(self) -> None:
        self._of: tuple[str, bytes] | None = None
        self._tools: Tools | None = None

    def answer(self, question: bytes) -> tuple[bytes, bytes]:
        try:
            url, key, errand, given, named = pickle.loads(question)  # noqa: S301 - from the process that started this one
            return _DONE, pickle.dumps(errand(self._tools_for(url, key), *given, **named), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            refusal = _refusal_for(Died(-6, too_slow=False), 0)
            return _RAISED, pickle.dumps((type(refusal), refusal.args, refusal.__dict__))
        except Exception as failure:
            return _raised(failure)

    def _tools_for(self, url: str, key: bytes) -> Tools:
        if self._tools is None or self._of != (url, key):
            from server.judge.kept_names import KeptNames
            from server.records.database import open_database
            from server.records.ssn import SsnHasher

            self._of, self._tools = (url, key), Tools(open_database(url), SsnHasher(key), KeptNames())
        return self._tools


def _raised(failure: Exception) -> tuple[bytes, bytes]:
    from sqlalchemy.exc import SQLAlchemyError

    from server.logs import failure_of

    ours = type(failure).__module__.partition(".")[0] in ("server", "workbook")
    if ours or isinstance(failure, SQLAlchemyError):
        return _RAISED, pickle.dumps((type(failure), failure.args, failure.__dict__), pickle.HIGHEST_PROTOCOL)
    return _FAILURE, failure_of(failure).encode("utf-8", "replace")


def _child(memory: int) -> None:
    doer: Any = _Doer()
    answer_parent(doer.answer, memory)


if __name__ == "__main__":
    # By its full name, under which what it raises is known on the other side.
    from server.beside import _child as child

    child(int(sys.argv[1]))
