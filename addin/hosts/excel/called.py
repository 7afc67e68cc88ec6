"""Read what a macro passes to the program: the button, the workbook and the window.

`workbook/macros.py` writes these words, and this reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

_LETTER: Final = re.compile("_([0-9A-Fa-f]{4})")
_NONE: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Called:
    """`workbook`: its name, "" for the one in front; `window`: the handle of Excel's window, 0 where it gives none, as
    on a Mac; `is_add_in`: whether the button is one of the add-in's, and not of the workbook's own; `numbers`: the
    places of the choices that stand on the ribbon."""

    button: str
    workbook: str = ""
    window: int = 0
    is_add_in: bool = False
    numbers: Mapping[str, int] = field(default_factory=lambda: _NONE)


def read_call(words: Sequence[str]) -> Called:
    """`validate workbook=My_0020cases.xlsx window=1234`, in one word or in several. Raises ValueError for words that
    are not from a macro of ours."""
    button, *rest = " ".join(words).split()
    facts = dict(one.split("=", 1) for one in rest)
    workbook = facts.pop("workbook", "")
    # Surrogates come one by one, as Excel counts letters, and are put together again.
    name = _LETTER.sub(lambda found: chr(int(found[1], 16)), workbook)
    name = name.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    window, is_add_in = int(facts.pop("window", "0")), facts.pop("addin", "") == "1"
    return Called(button, name, window, is_add_in, {key: int(value) for key, value in facts.items()})
