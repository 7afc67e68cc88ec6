"""Tell a slip, a short form or another spelling of one name from the name of somebody else (SPEC 5).

That two words are one name takes evidence: neither is it enough that they are alike, nor that no list has one of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

from rapidfuzz.distance import OSA

from server.suggest.census import first_name_share, is_census_name, is_first_name, reads_like_a_name, surname_share
from server.suggest.dictionary import is_english
from server.suggest.slips import ends_otherwise, first_difference, is_of_the_finger

_TOO_SHORT: Final = 4
"""Letters of a name in which another letter mostly makes another name (Vo and Vu, Zhu and Zhou, Phan and Pham)."""
_SHORTEST: Final = 3
"""Letters of a name, at least, in which two are exchanged or one is twice."""
_LONG: Final = 7
"""Letters of a name in which any wrong letter is a slip, if nobody is called so."""
_VERY_COMMON: Final = 0.05
"""Of a hundred people so many have a surname of which a rare one may be a slip, in the census, too: Lopze."""
_BEGINNING: Final = 3
"""Letters of a name that is cut off, at least."""
_HARDLY_A_NAME: Final = 0.01
"""Of a hundred people so many have a first name that is mostly a short form, such as Bea."""


class ShortForms(Protocol):
    """What a list of nicknames says."""

    def knows(self, name: str) -> bool:
        """Whether a name is listed."""

    def surely_stands_for(self, one: str, other: str) -> bool:
        """Whether one of two names is what people called by the other are called for short."""


def is_right_name(word: str, nicknames: ShortForms) -> bool:
    """Whether a word in lower case is a name in itself, or a word."""
    return is_english(word) or is_census_name(word) or nicknames.knows(word)


def is_same_name(
    written: str, known: str, nicknames: ShortForms, sound_of: Callable[[str], str], is_right: Callable[[str], bool]
) -> bool:
    """Whether a written word is surely the `known` name: a form that is listed as short for it or the other way round,
    another spelling of what hardly anybody is called, its beginning, or a slip that makes no right name."""
    if nicknames.surely_stands_for(written, known) or _is_beginning(written, known, nicknames, is_right):
        return True
    if ends_otherwise(written, known):
        return False
    if _without_umlauts(written) == _without_umlauts(known):
        return True
    sound = sound_of(written)
    if len(sound) > _BEGINNING and sound == sound_of(known) and not (is_census_name(written) and is_census_name(known)):
        return True
    return _is_slip(written, known, is_right)


def _is_beginning(written: str, known: str, nicknames: ShortForms, is_right: Callable[[str], bool]) -> bool:
    """Bea of Beatriz; but not Jane of Janet, nor Alexandr of Alexandra."""
    if not (known.startswith(written) and _BEGINNING <= len(written) <= len(known) - 2):
        return False
    is_short_form = nicknames.knows(written) and first_name_share(written) <= _HARDLY_A_NAME
    return is_short_form or not is_right(written)


def _without_umlauts(word: str) -> str:
    """Schröder is written Schroder and Schroeder."""
    return word.replace("ae", "a").replace("oe", "o").replace("ue", "u") if len(word) > _TOO_SHORT else word


def _is_slip(written: str, known: str, is_right: Callable[[str], bool]) -> bool:
    """Whether fingers make the one of the other, and nobody is called so: by exchanging two letters, or a letter twice;
    in a word that is not short by a neighbouring key; and by any wrong letter in a long word, or where no name reads
    like it."""
    short, long = sorted((written, known), key=len)
    if OSA.distance(short, long, score_cutoff=1) > 1:
        return False
    of_the_finger = is_of_the_finger(short, long)
    if is_right(written) and not ((of_the_finger or len(long) >= _LONG) and _is_rare_beside(written, known)):
        return False
    place = first_difference(short, long)
    if of_the_finger and len(short) >= _SHORTEST:
        is_wrong_key = len(short) == len(long) and short[place + 1 :] == long[place + 1 :]
        if len(short) > _TOO_SHORT or not is_wrong_key:
            return True
    return len(long) >= _LONG or (len(long) >= _TOO_SHORT and not reads_like_a_name(written))


def _is_rare_beside(written: str, known: str) -> bool:
    """Whether hardly anybody is called as is written, and many are as is known: the census has their slips, too."""
    is_rare = surname_share(written) == 0 and not is_first_name(written) and not is_english(written)
    return is_rare and max(surname_share(known) or 0, first_name_share(known)) >= _VERY_COMMON
