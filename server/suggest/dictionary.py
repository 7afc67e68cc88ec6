"""English words, by which a right word is told from a mistyped one (SPEC 5).

Whoever writes Grief may mean Brief, but has not mistyped it: the site has no such title yet, or no more.
"""

from __future__ import annotations

from functools import cache

from spellchecker import SpellChecker


def is_english(word: str) -> bool:
    """Whether a word in lower case is an English one, or a name that is common there; also of several, where the
    dictionary has one of them (tweens)."""
    return bool(_spelling().known([word, word.removesuffix("s")]))


def commonness(word: str) -> int:
    """How often a word in lower case stands in the texts of which the dictionary was made."""
    return int(_spelling().word_frequency[word])


@cache
def _spelling() -> SpellChecker:
    return SpellChecker(language="en", distance=1)
