"""Normalise the text of a cell: invisible characters, blanks, Unicode form (SPEC 3, Text).

One rule for every reader. Canonically equal texts are one text (Unicode NFC). Control and format characters
(zero-width spaces, soft hyphens, byte order marks, ^Z) count as blanks at the edges of a text and never make a cell
filled; one that stays inside is made visible where a message names the text. All functions are pure.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_UNSEEN: Final = frozenset({"Cc", "Cf"})
"""Unicode's categories of control and format characters; blanks are `Zs`, `Zl` and `Zp`."""
_BLANK: Final = _UNSEEN | {"Zs", "Zl", "Zp"}
_JOINERS: Final = "\u200c\u200d"
"""They belong to the spelling of Persian, Hindi and other scripts, and to emoji."""
_ORDERS: Final = [*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A)]
"""Control characters, Unicode's own line breaks, and what turns the order of letters."""
_SHOWN: Final = {sign: chr(0x2400 + sign) if sign < 0x20 else "\ufffd" for sign in _ORDERS if chr(sign) not in "\n\t"}
_IN_ONE_LINE: Final = {**_SHOWN, 0x09: "\u2409", 0x0A: "\u240a"}
_ESCAPED: Final = {sign: f"\\u{sign:04x}" for sign in _ORDERS if sign >= 0x20}
_GUARDED: Final = re.compile(r'="((?:[^"]|"")*)"')
_LEFT_UNDECODED: Final = "ÂÃÄÅÆÇÈÉÊËÌÍÎÏÐÑÒÓÔÕÖ×ØÙÚÛÜÝÞßàáâãäåæçèéêëìíîïðñòóô"
"""What the first byte of a character in UTF-8 looks like when the file is read as Windows-1252."""


def plain(text: str) -> str:
    """The text as it is compared: NFC, nothing unseen or blank around it, single spaces inside."""
    if text.isascii() and text.isprintable():  # as nearly every text
        return " ".join(text.split())
    text = " ".join(unicodedata.normalize("NFC", text).split())
    start, end = 0, len(text)
    while start < end and _is_blank(text[start]):
        start += 1
    while end > start and _is_blank(text[end - 1]):
        end -= 1
    return text[start:end]


def is_blank(text: str) -> bool:
    """Whether nothing is to be seen of a text."""
    if text.isprintable():
        return not text.strip()
    return all(map(_is_blank, text))


def as_typed(text: str) -> str:
    """The text that programs meant which guard it from Excel: `="00123"` and `'00123` both say 00123.

    An apostrophe counts only before a digit. Any other text is given back as it is.
    """
    if text[:1] == "'" and text[1:2].isdecimal():
        return text[1:]
    if text[:2] == '="' and (guarded := _GUARDED.fullmatch(text)):
        return guarded[1].replace('""', '"')
    return text


def visible(text: str) -> str:
    """The text with the characters inside it that nobody sees named: `Youth[soft hyphen]Shelter`."""
    if text.isprintable():
        return text
    return "".join(_named(text, place) if unicodedata.category(char) in _UNSEEN else char
                   for place, char in enumerate(text))  # fmt: skip


def printable(text: str) -> str:
    """The text as a terminal may show it, its lines and tabs kept: what is told of a cell or a file's name may hold
    signs by which a terminal clears what stands there, goes back to it, or writes into the clipboard."""
    return text.translate(_SHOWN)


def in_one_line(text: str) -> str:
    """The same for one line of a listing: a line break in what it tells would draw lines that nothing stands behind."""
    return text.translate(_IN_ONE_LINE)


def printable_json(text: str) -> str:
    """The same for JSON, which stays the same JSON: such signs can stand in its texts alone, and are escaped there."""
    return text.translate(_ESCAPED)


def repaired(text: str) -> str | None:
    """What a text said before UTF-8 was taken for Windows-1252: José for JosÃ©. None where that did not happen."""
    if text.isascii() or not any(char in text for char in _LEFT_UNDECODED):
        return None
    try:
        before = b"".join(map(_byte, text)).decode("utf-8")
    except ValueError:
        return None
    return before if before.isprintable() else None


def _is_blank(char: str) -> bool:
    return unicodedata.category(char) in _BLANK


def _named(text: str, place: int) -> str:
    char = text[place]
    if char in _JOINERS and 0 < place < len(text) - 1 and not text[place - 1].isascii():
        return char
    return f"[{unicodedata.name(char, f'character U+{ord(char):04X}').lower().replace(' u+', ' U+')}]"


def _byte(char: str) -> bytes:
    """The byte of a character in Windows-1252, and of those that it leaves out, which programs read as Latin-1."""
    return bytes([ord(char)]) if ord(char) < 0xA0 else char.encode("cp1252")
