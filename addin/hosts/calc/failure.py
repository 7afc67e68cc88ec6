"""Put Calc's exceptions into plain sentences: a protected sheet, a read-only document, a closed Calc."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from addin.errors import BookError

_Class = TypeVar("_Class", bound=type)
GONE = (
    "LibreOffice Calc was closed, or the workbook in it, before the work was done. Open the workbook again and press "
    "the button again: what was sent to the server is not sent twice."
)
EDITING = "A cell is being edited. Finish it with Enter, or give it up with Esc, and press the button again."


class Explaining(Protocol):
    def why(self) -> str | None:
        """What prevents a change, as a sentence; None when nothing does."""


def plainly(explains: type) -> type:
    """A class whose methods raise BookError, one plain sentence, where Calc refuses or has gone."""
    for name, member in list(vars(explains).items()):
        if name.startswith("_") or name == "why":
            continue
        if isinstance(member, property):
            setter = None if member.fset is None else _plain(member.fset)
            setattr(explains, name, property(None if member.fget is None else _plain(member.fget), setter))
        elif callable(member):
            setattr(explains, name, _plain(member))
    return explains


def _plain(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def call(self: Explaining, *arguments: Any, **named: Any) -> Any:
        try:
            return method(self, *arguments, **named)
        except Exception as error:
            uno = sys.modules.get("uno")
            if uno is None or not isinstance(error, uno.getClass("com.sun.star.uno.Exception")):
                raise
            sentence = _sentence(uno, self, error)
            if sentence is not None:
                raise BookError(sentence) from error
            # An exception of UNO's cannot pass through a context manager: Python may not set its traceback.
            raise RuntimeError(f"Calc raised {type(error).__name__}: {error}") from error

    return call


def _sentence(uno: Any, cause: Explaining, error: Exception) -> str | None:
    gone = uno.getClass("com.sun.star.lang.DisposedException")
    if isinstance(error, gone):
        return GONE
    try:
        return cause.why()
    except BookError as reason:
        return reason.sentence
    except Exception:  # Calc does not even answer that, so it was closed
        return GONE
