"""How a clerk's hand and memory spoil a value: for corruptions that are the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_NEIGHBOURS: Final = {
    "a": "qsz", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk",
    "k": "jl", "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry",
    "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "xa",
}  # fmt: skip
"""Letters beside each other on the keyboard."""


def name_slip(text: str, chance: random.Random) -> str:
    """One slip of the finger: a letter left out, doubled, wrong, too many, or two exchanged."""
    return _until_different(text, chance, _finger)


def date_slip(iso: str, chance: random.Random) -> str:
    """Day and month exchanged, a digit wrong, or a year off by one; an impossible date now and then, as it happens."""
    return _until_different(iso, chance, _date)


def case_number_slip(text: str, chance: random.Random) -> str:
    """Two digits exchanged, one wrong, or the zeros in front lost."""
    return _until_different(text, chance, _number)


def _until_different(text: str, chance: random.Random, slip: Callable[[str, random.Random], str]) -> str:
    for _ in range(20):
        wrong = slip(text, chance)
        if wrong and wrong.casefold() != text.casefold():
            return wrong
    return text


def _finger(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    before, char, after = text[:place], text[place], text[place + 1 :]
    return chance.choice(
        (
            before + after,
            before + char + char + after,
            before + chance.choice(_NEIGHBOURS.get(char.lower(), _LETTERS)) + after,
            before + chance.choice(_LETTERS) + char + after,
            before + after[:1] + char + after[1:],
        )
    )


def _date(iso: str, chance: random.Random) -> str:
    year, month, day = iso.split("-")
    kind = chance.randrange(3)
    if kind == 0:
        return f"{year}-{day}-{month}" if int(day) <= 12 else iso
    if kind == 1:
        return f"{int(year) + chance.choice((-1, 1))}-{month}-{day}"
    return f"{year}-{month}-{_digit(day, chance)}"


def _number(text: str, chance: random.Random) -> str:
    kind = chance.randrange(3)
    places = [place for place in range(len(text) - 1) if text[place : place + 2].isdecimal()]
    if kind == 0 and places:
        place = chance.choice(places)
        return text[:place] + text[place + 1] + text[place] + text[place + 2 :]
    return _digit(text, chance) if kind == 1 else text.lstrip("0")


def _digit(text: str, chance: random.Random) -> str:
    places = [place for place, char in enumerate(text) if char.isdecimal()]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + chance.choice("0123456789") + text[place + 1 :]
