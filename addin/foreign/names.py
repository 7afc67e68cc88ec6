"""Split whole names such as “Smith, Olivia” into first and last name (SPEC 9)."""

from __future__ import annotations

from typing import Final

from workbook.columns import FIRST_NAME, LAST_NAME, STAFF_FIRST, STAFF_LAST

WHOLE_NAME: Final = f"{FIRST_NAME} + {LAST_NAME}"
WHOLE_STAFF_NAME: Final = f"{STAFF_FIRST} + {STAFF_LAST}"
HALVES: Final = {WHOLE_NAME: (FIRST_NAME, LAST_NAME), WHOLE_STAFF_NAME: (STAFF_FIRST, STAFF_LAST)}
"""What a column of whole names goes to: two of ours."""
_TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "dr", "prof"})
_ADDITIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "md", "phd", "esq", "lcsw", "msw", "rn"})
_PARTICLES: Final = frozenset(
    {"al", "ben", "bin", "da", "das", "de", "del", "della", "der", "des", "di", "do", "dos", "du", "el", "la", "las"}
    | {"le", "los", "o", "san", "santa", "st", "ter", "van", "von", "y", "zu"}
)
"""Small words that belong to the last name behind them."""


def split_name(text: str) -> tuple[str, str]:
    """First and last name; “Jr.” stays with the last. A single word is a last name."""
    parts = [part for piece in text.split(",") if (part := _without_titles(piece))]
    additions = [part for part in parts[1:] if _ADDITIONS.issuperset(_words(part))]
    parts = [part for part in parts if part not in additions]
    if len(parts) > 1:
        return " ".join(parts[1:]), " ".join([parts[0], *additions])
    parts = [" ".join([*parts, *additions])]
    words = parts[0].split()
    if len(words) < 2:
        return "", " ".join(words)
    place = len(words) - 1
    while place > 1 and _word(words[place]) in _ADDITIONS:
        place -= 1
    while place > 1 and _word(words[place - 1]) in _PARTICLES:
        place -= 1
    return " ".join(words[:place]), " ".join(words[place:])


def are_whole_names(texts: list[str]) -> bool:
    """Whether most of these are names of two words or more, with no number among them."""
    filled = [text for text in texts if text]
    whole = [text for text in filled if 2 <= len(_words(text)) <= 6 and not any(map(str.isdecimal, text))]
    return bool(filled) and "@" not in "".join(filled) and len(whole) > 0.5 * len(filled)


def are_turned_names(texts: list[str]) -> bool:
    """Whether most of these are whole names with a comma: “Smith, Olivia”."""
    filled = [text for text in texts if text]
    return are_whole_names(texts) and sum("," in text for text in filled) > 0.5 * len(filled)


def _without_titles(text: str) -> str:
    words = text.split()
    while len(words) > 1 and _word(words[0]) in _TITLES:
        del words[0]
    return " ".join(words)


def _words(text: str) -> list[str]:
    return [word for word in map(_word, text.replace(",", " ").split()) if word]


def _word(word: str) -> str:
    return word.strip(".,").casefold()
