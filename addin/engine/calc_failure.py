"""What Calc raises, in plain words: a sheet that is protected, a document that is read-only, a Calc that has gone."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from addin.stopped import BookError

_Class = TypeVar("_Class", bound=type)
GONE = (
    "LibreOffice Calc was closed, or the workbook in it, before the work was done. Open the workbook again and press "
    "the button again: what was sent to the server is not sent twice."
)
EDITING = "A cell is being edited. Finish it with Enter, or give it up with Esc, and press the button again."


class Explaining(Protocol):
    def why(self) -> str | None:
        """What stands in the way of a change, as a sentence; None when nothing does."""


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
        except BookError:
            raise
        except Exception as error:
            sentence = _sentence(self, error)
            if sentence is None:
                raise
            raise BookError(sentence) from error

    return call


def _sentence(asked: Explaining, error: Exception) -> str | None:
    uno = sys.modules.get("uno")
    if uno is None or not isinstance(error, uno.getClass("com.sun.star.uno.Exception")):
        return None
    gone = uno.getClass("com.sun.star.lang.DisposedException")
    if isinstance(error, gone):
        return GONE
    try:
        return asked.why()
    except Exception as another:
        return GONE if isinstance(another, gone) else None
