"""A text as a person reads it: what is unseen at its edges, and how it is composed, makes no difference (SPEC 3)."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_GUARDED: Final = re.compile(r'="((?:[^"]|"")*)"')
_UNSEEN: Final = frozenset(("Cc", "Cf"))
"""Unicode's categories of what has no width: control and format characters, the byte order mark among them."""


def seen(text: str) -> str:
    """The text composed (NFC), its blanks single, and neither blanks nor unseen characters at its edges."""
    plain = " ".join(text.split())
    if plain.isascii() and plain.isprintable():
        return plain
    plain = unicodedata.normalize("NFC", plain)
    first, last = 0, len(plain)
    while first < last and _is_unseen(plain[first]):
        first += 1
    while first < last and _is_unseen(plain[last - 1]):
        last -= 1
    return plain[first:last]


def unguarded(text: str) -> str:
    """What `="00123"` and `'00123` mean in a text file: that a spreadsheet shall leave 00123 as it is (SPEC 3)."""
    guarded = _GUARDED.fullmatch(text)
    if guarded is not None:
        return seen(guarded[1].replace('""', '"'))
    return text[1:] if text[:1] == "'" and text[1:2].isdecimal() else text


def _is_unseen(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) in _UNSEEN
