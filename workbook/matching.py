"""Compare two spellings of one value (SPEC 4: `like`, `exact`, and silent matches)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time

from workbook.sheet import Cell, CellError
from workbook.text import plain

_WHOLE_NUMBER = re.compile(r"(\d+)\.0+")
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
"""Letters with a stroke or a ligature, which Unicode does not take apart."""


def text_of(cell: Cell) -> str:
    """A cell as the text a person reads in it, with surrounding and doubled spaces gone, and what nobody sees around it
    (`workbook.text.plain`); "" for an empty one.

    A whole number reads without its `.0`, as Excel shows it, and a date as ISO.
    """
    if cell is None:
        return ""
    if isinstance(cell, str):
        return plain(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, CellError):
        return cell.text
    return str(cell)


def id_of(cell: Cell) -> str:
    """An ID as text: leading zeros stay, and what Excel turned into a number (`10432.0`) reads as `10432` (SPEC 3)."""
    text = text_of(cell)
    number = _WHOLE_NUMBER.fullmatch(text) if "." in text else None
    return number[1] if number else text


def exact_key(text: str) -> str:
    """What `exact` compares: the value without case and without surrounding or doubled spaces, in one Unicode form."""
    return plain(text).casefold()


def accent_key(text: str) -> str:
    """The value without case, accents, and surrounding or doubled spaces: José is Jose."""
    folded = exact_key(text)
    if folded.isascii():
        return folded
    return "".join(char for char in _decomposed(folded) if not unicodedata.combining(char))


def like_key(text: str) -> str:
    """What `like` compares: case, accents, spaces, hyphens and punctuation folded away (SPEC R2).

    A text of nothing but punctuation keeps it, so that it still differs from an empty cell.
    """
    folded = text.casefold()
    if folded.isascii():
        return folded if folded.isalnum() else "".join(filter(str.isalnum, folded)) or exact_key(text)
    letters = "".join(char for char in _decomposed(folded) if char.isalnum() or _spells(char))
    return letters or exact_key(text)


def _decomposed(folded: str) -> str:
    """Letters apart from their accents, and plain ones for those that Unicode does not take apart."""
    return unicodedata.normalize("NFKD", folded).translate(_UNDECOMPOSED)


def _spells(char: str) -> bool:
    """Whether a mark is part of the spelling (a vowel sign of Hindi, say) and not an accent on a letter."""
    return unicodedata.category(char).startswith("M") and not unicodedata.combining(char)


def ssn_digits(cell: Cell) -> str:
    """What stands in place of an SSN, without hyphens and spaces; a number has lost its leading zeros, so they return.
    Whether it is one, `workbook.ssn.ssn_of` says."""
    text = id_of(cell)
    digits = text.replace("-", "").replace(" ", "")
    if isinstance(cell, int | float) and digits.isdecimal():
        return digits.zfill(9)
    return digits
