"""Run in a child process: do the jobs that the web process hands over (`server.processes.beside`).

This module is run, and never imported: what travels between the two processes is defined elsewhere, so that it has one
name on both sides.
"""

from __future__ import annotations

import pickle
import sys

from server.processes.beside import DONE, FAILURE, RAISED, Tools, refusal_for
from server.processes.child import Died, answer_parent
from server.records.patience import waiting_at_most
from workbook.files.garbage import without_garbage_collection


class _Doer:
    """Keeps its tools from one errand to the next."""

    def __init__(self) -> None:
        self._of: tuple[str, bytes] | None = None
        self._tools: Tools | None = None

    def answer(self, question: bytes) -> tuple[bytes, bytes]:
        try:
            with without_garbage_collection():  # it imports what the errand needs, the first time
                url, key, seconds, errand, args, kwargs = pickle.loads(question)  # noqa: S301 - from who started this
            with waiting_at_most(seconds):
                return DONE, pickle.dumps(errand(self._tools_for(url, key), *args, **kwargs), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            refusal = refusal_for(Died(-6, too_slow=False), 0)
            return RAISED, pickle.dumps((type(refusal), refusal.args, refusal.__dict__))
        except Exception as failure:
            return _raised(failure)

    def _tools_for(self, url: str, key: bytes) -> Tools:
        if self._tools is None or self._of != (url, key):
            from server.records.database import open_database
            from server.records.ssn import SsnHasher
            from server.suggest.kept_names import KeptNames

            self._of, self._tools = (url, key), Tools(open_database(url), SsnHasher(key), KeptNames())
        return self._tools


def _raised(failure: Exception) -> tuple[bytes, bytes]:
    from sqlalchemy.exc import SQLAlchemyError

    from server.logs import failure_of

    ours = type(failure).__module__.partition(".")[0] in ("server", "workbook")
    if ours or isinstance(failure, SQLAlchemyError):
        return RAISED, pickle.dumps((type(failure), failure.args, failure.__dict__), pickle.HIGHEST_PROTOCOL)
    return FAILURE, failure_of(failure).encode("utf-8", "replace")


if __name__ == "__main__":
    answer_parent(_Doer().answer, int(sys.argv[1]))
