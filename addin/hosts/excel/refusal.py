"""Put Excel's refusals into plain sentences: busy, protected or closed.

The exceptions are known by their shape, because the classes of Windows (pywin32) and of a Mac (appscript) exist only on
their own system.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final, TypeVar

from addin.errors import BookError

_Answer = TypeVar("_Answer")
_WAITS: Final = (0.1, 0.2, 0.4, 0.8, 1.5, 2.0)
"""Seconds between one try and the next while Excel is busy: five in all, in which a cell is typed to its end."""
_BUSY: Final = frozenset(
    {
        -2147418111,  # RPC_E_CALL_REJECTED: a cell is being edited, or a window of Excel's waits for an answer
        -2147417846,  # RPC_E_SERVERCALL_RETRYLATER
        -2146777998,  # 0x800AC472, in the same case
    }
)
_GONE: Final = frozenset(
    {
        -2147023174,  # RPC_S_SERVER_UNAVAILABLE: Excel was closed
        -2147417848,  # RPC_E_DISCONNECTED
        -2147220995,  # CO_E_OBJNOTCONNECTED: the workbook was closed
        -600,  # a Mac: procNotFound
        -609,  # a Mac: connectionInvalid
    }
)
TOO_LARGE: Final = -1741
"""A Mac: errAECorruptData, all that an answer of more bytes than an Apple event holds says."""
EDITING: Final = (
    "Excel did not answer, because a cell is being edited or one of its windows waits for an answer. Press Enter or "
    "Esc in Excel, and press the button again."
)
GONE: Final = (
    "Excel was closed, or the workbook in it, before the work was done. Open the workbook again and press the button "
    "again: what was sent to the server is not sent twice."
)


def call(action: Callable[[], _Answer]) -> _Answer:
    """Excel's answer to a call. While Excel is busy, the call is made again for some seconds (EXCEL-TRUTH 3).

    Raises BookError with Excel's own reason where it refuses (EXCEL-TRUTH 12).
    """
    for wait in (*_WAITS, None):
        try:
            return action()
        except Exception as error:
            if wait is not None and is_busy(error):
                time.sleep(wait)
                continue
            sentence = sentence_of(error)
            if sentence is None:
                raise
            raise BookError(sentence) from error
    raise AssertionError("the last try either answers or raises")


def is_busy(error: Exception) -> bool:
    # The library makes an ExcelBusyError of a refusal that looks as if an attribute were missing.
    return bool(_numbers(error) & _BUSY) or type(error).__name__ == "ExcelBusyError"


def is_too_large(error: Exception) -> bool:
    return TOO_LARGE in _numbers(error)


def sentence_of(error: Exception) -> str | None:
    """A refusal of Excel's in one sentence; None for an exception that is none."""
    if is_busy(error):
        return EDITING
    numbers = _numbers(error)
    if not numbers:
        return None
    if numbers & _GONE:
        return GONE
    reason = " ".join(_reason(error).split()).rstrip(".")
    return f"Excel refused: {reason}." if reason else f"Excel refused, and gave no reason but {min(numbers)}."


def _numbers(error: Exception) -> set[int]:
    """The error's numbers; none for an exception that does not come from Excel."""
    details: Any = getattr(error, "excepinfo", None)
    found = (
        getattr(error, "hresult", None),
        getattr(error, "errornumber", None),
        details[5] if isinstance(details, tuple) and len(details) > 5 else None,
    )
    return {number for number in found if isinstance(number, int) and number != 0}


def _reason(error: Exception) -> str:
    details: Any = getattr(error, "excepinfo", None)
    text = details[2] if isinstance(details, tuple) and len(details) > 2 else None
    return str(text or getattr(error, "errormessage", None) or getattr(error, "strerror", None) or "")
