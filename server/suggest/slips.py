"""Tell slips of the finger from words of another meaning, so that a title of nearly the same letters is not taken for
what was written (SPEC 5): “Sheltre B” is Shelter B for sure, “Shelter A”, “Male Shelter” or “Shelter Care” are not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from itertools import permutations
from typing import Final

from rapidfuzz.distance import OSA

from server.suggest.census import is_first_name, surname_share
from server.suggest.dictionary import commonness, is_english

_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS: Final = frozenset(
    pair
    for line, keys in enumerate(_KEYBOARD)
    for place, key in enumerate(keys)
    for other in (*keys[place + 1 : place + 2], *"".join(_KEYBOARD[line + 1 : line + 2])[max(place - 1, 0) : place + 1])
    for pair in (key + other, other + key)
)
"""Keys that are beside one another on a US keyboard, as pairs of letters."""
_NUMBERED: Final = re.compile(r"\d|^(x{0,3}(ix|iv|v?i{0,3})|[a-z])$")
"""A number in digits or Roman, or a letter by itself: one of them is as good as another, and no spelling of it."""
_LETTERS: Final = re.compile("[^aeiouy]+")
"""Letters that stand for words, such as CSBG: another letter makes them stand for others."""
_VOWEL: Final = re.compile("[aeiou]")
_CODE: Final = re.compile(r"\b(?:[A-Z]{2}|[A-Za-z]{2,5}[A-Z])\b")
_DENIES: Final = re.compile("a[^aeiouy][aeiouy]")
"""How a word begins that may be another one's opposite, such as atypical."""
_MIXED: Final = re.compile(r"\b[A-Z][a-z]+(?:-?[A-Z][a-z]+)+\b")
_PART: Final = re.compile("[A-Z][a-z]+")
_PLAIN_WORD: Final = re.compile(r"\w+(?:-\w+)*")
_ENDINGS: Final = frozenset("aoeiy")
"""Vowels that end names and tell a woman's from a man's."""
SMALL_WORDS: Final = frozenset({"a", "an", "and", "at", "by", "for", "in", "of", "on", "the", "to", "with"})
"""Words of a title that carry none of its meaning."""
_DIRECTIONS: Final = frozenset({"from", "in", "into", "off", "on", "out", "up", "down", "before", "after", "without"})
"""Small words that turn what is said: moved from home, moved home."""
_SHORT: Final = 2
"""Letters of a word that is another one with a letter more."""
_LONG: Final = 7
"""Letters of a word in which any wrong letter is a slip; a shorter one may be another word then (court and count)."""
_COMMON_WORD: Final = 300
"""How common a word of English is that is no name of a place (`commonness`)."""
_TWINS: Final = {"medicare": "medicaid", "medicaid": "medicare"}
_NEAR_TWIN: Final = 2
"""Words that are taken for one another, and how many letters apart one of them is perhaps the other, misspelt."""
_WHOLE: Final = 8
"""Letters of a title in which a slip may have taken a space, or put one."""
_MOST: Final = 2
"""Words of one title with a slip each."""


def is_of_the_finger(short: str, long: str) -> bool:
    """Whether the one typo between two words is such as fingers make by themselves: a neighbouring key, a letter twice
    or two exchanged."""
    place = first_difference(short, long)
    if len(short) < len(long):
        return place > 0 and long[place] == long[place - 1]
    if short[place + 1 :] == long[place + 1 :]:
        return are_neighbours(short[place], long[place])
    return True


def are_neighbours(key: str, other: str) -> bool:
    """Whether two keys are beside one another."""
    return key + other in _NEIGHBOURS


def ends_otherwise(one: str, other: str) -> bool:
    """Whether two words differ in the vowel that ends them, before an s too, or one alone has an a or o there: mostly
    they are a woman's and a man's (Latinas and Latinos, Malika and Malik)."""
    one, other = one.removesuffix("s"), other.removesuffix("s")
    if one == other or not one or not other:
        return False
    if len(one) == len(other):
        return one[:-1] == other[:-1] and {one[-1], other[-1]} <= _ENDINGS and {one[-1], other[-1]} != {"i", "y"}
    short, long = sorted((one, other), key=len)
    return long[:-1] == short and long[-1] in _ENDINGS - {"e"} and long[-1] != short[-1]


def is_name_in_two_parts(written: str, listed: str) -> bool:
    """Whether one of two titles has a name with a capital in its middle (Medi-Cal, MediCal), and the other a word of
    just these letters: it is no spelling of it."""
    return any(
        not _mixed_words(text).isdisjoint(_PLAIN_WORD.findall(other.lower()))
        for text, other in ((written, listed), (listed, written))
    )


def _mixed_words(text: str) -> set[str]:
    found = (_PART.findall(mixed) for mixed in _MIXED.findall(text))
    return {"".join(parts).lower() for parts in found if not all(is_english(part.lower()) for part in parts)}


def codes_of(text: str) -> set[str]:
    """The words of a title that end in a capital (SSDI, PrEP), in lower case: they stand for words, and a letter more
    makes another one. Where all of it is in capitals, each short word may be one."""
    return {code.lower() for code in _CODE.findall(text)}


def only_slips_apart(
    written: Sequence[str], listed: Sequence[str], filler: Collection[str] = (), codes: AbstractSet[str] = frozenset()
) -> bool:
    """Whether nothing but slips, in one or two words, is between a written title and a listed one; both in their
    words. `filler`: words that say nothing, of which either may have more. `codes`: words of which no other is a
    spelling."""
    if "".join(written) == "".join(listed):
        return True
    if written[-1:] != listed[-1:] and any(len(words[-1]) == 1 for words in (written, listed) if words):
        return False  # the a of Shelter A is a letter
    ours, theirs = _without(written, listed), _without(listed, written)
    if not _DIRECTIONS.isdisjoint(ours if len(ours) == len(theirs) else (*ours, *theirs)):
        return False
    if len(ours) != len(theirs):
        ours, theirs = ([word for word in words if word not in filler] for words in (ours, theirs))
    if not codes.isdisjoint((*ours, *theirs)):
        return False
    if len(ours) == len(theirs) <= _MOST and any(all(map(_is_slip, ours, order)) for order in permutations(theirs)):
        return True
    return abs(len(written) - len(listed)) == 1 and _is_broken(written, listed)


def _without(words: Sequence[str], others: Sequence[str]) -> list[str]:
    return list((Counter(words) - Counter(others)).elements())


def _is_slip(written: str, listed: str) -> bool:
    short, long = sorted((written, listed), key=len)
    if _has_no_vowels(written, listed) or _is_spelt_twice(short, long):
        return True
    if _NUMBERED.search(short) or _NUMBERED.search(long) or _LETTERS.fullmatch(listed):
        return False
    if OSA.distance(short, long, score_cutoff=1) > 1 or is_english(written) or _is_name(written, listed):
        return False
    if ends_otherwise(short, long) or _may_be_twin(written, listed):
        return False
    if is_of_the_finger(short, long) or listed in SMALL_WORDS:
        return True
    if commonness(listed) < _COMMON_WORD:  # a place's name, or a person's
        return False
    place = first_difference(short, long)
    if len(short) < len(long):
        return len(short) > _SHORT and not (place == 0 and _DENIES.match(long))
    return place > 0 and len(short) >= _LONG


def _may_be_twin(written: str, listed: str) -> bool:
    return listed in _TWINS and OSA.distance(written, _TWINS[listed]) <= _NEAR_TWIN


def _is_name(written: str, listed: str) -> bool:
    """Whether a word is a name; where another name is listed, a rare one too (Harford and Hartford)."""
    share = surname_share(written)
    return is_first_name(written) or bool(share) or (share is not None and commonness(listed) < _COMMON_WORD)


def _is_spelt_twice(short: str, long: str) -> bool:
    """Service and Services, Counseling and Counselling: two ways to write one word; of names (Danielle and Daniele)
    they are two."""
    return (
        not is_first_name(short)
        and len(short) > _SHORT
        and (long == f"{short}s" or ("ll" in long and long.replace("ll", "l") == short))
    )


def _has_no_vowels(written: str, listed: str) -> bool:
    """Srvcs or Svcs for Services, Intk for Intake: no word of its own."""
    if len(written) < 3 or written[0] != listed[0] or _VOWEL.search(written[1:]):
        return False
    letters = iter(listed)
    ends_alike = written[-1] == listed[-1] and all(letter in letters for letter in written)
    return ends_alike or written[1:] == _VOWEL.sub("", listed[1:])


def _is_broken(written: Sequence[str], listed: Sequence[str]) -> bool:
    """Whether a letter stands for a space, or a slip beside one."""
    one, other = "".join(written), "".join(listed)
    no_numbers = not any(map(_NUMBERED.search, (*written, *listed)))
    return no_numbers and min(len(one), len(other)) >= _WHOLE and OSA.distance(one, other, score_cutoff=1) == 1


def first_difference(short: str, long: str) -> int:
    return next((place for place, pair in enumerate(zip(short, long, strict=False)) if pair[0] != pair[1]), len(short))
