"""Score how alike two people's names are, from 0 to 1 (SPEC 5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import Final

from anyascii import anyascii
from nicknames import name_triplets
from rapidfuzz.distance import OSA

from server.suggest.census import are_of_two_sexes, first_name_share
from server.suggest.dictionary import commonness
from server.suggest.same_names import is_right_name, is_same_name
from server.suggest.slips import is_of_the_finger
from workbook.matching import like_key

Words = tuple[str, ...]
WordLikeness = Callable[[str, str], float]
"""How alike two words of names are: 0 to 1, and less than 0 where both are known to be names of their own."""

_APOSTROPHES: Final = str.maketrans("", "", "'`\"")
_LONGEST_IN_LATIN: Final = 500
"""Letters of a name that are compared: what stands for one character may have forty of them."""
_WORD = re.compile(r"[a-z0-9]+")
_ADDITIONS: Final = frozenset({"jr", "sr", "ii", "iii", "iv", "junior", "senior"}) | frozenset(
    {"mr", "mrs", "ms", "miss", "dr", "md", "phd", "esq"}
)
_GENERATIONS: Final = {"jr": "jr", "junior": "jr", "ii": "ii", "sr": "sr", "senior": "sr", "iii": "iii", "iv": "iv"}

_NEWBORN: Final = frozenset({"baby", "boy", "girl", "infant", "newborn", "twin", "triplet"})
"""How a child is entered that has no name yet."""

SOUND: Final = 0.95
NICKNAME: Final = 0.93
SHORTENED: Final = 0.86
INITIAL: Final = 0.85
"""What a word counts that is another spelling of the same sound, a nickname, the beginning, or the initial of the
other."""
_SHORT_FORM: Final = 0.03
"""What a nickname counts more that is the beginning of the name: Jess is sooner Jessica than Janet."""
_SLIP: Final = 0.5
"""What a likely slip of the finger costs: a neighbouring key, a letter doubled, two exchanged. Other typos cost 1."""
_LEAST_WORD: Final = 0.55
"""How alike each word of two people's names must be: a shared surname does not make two people one."""
_INITIAL_WEIGHT: Final = 3  # letters: what an initial weighs beside the words that are written out
_STRAIGHT: Final = 1.5  # of 2: two words so much alike, one by one, are not exchanged
_LEAST_WHOLE: Final = 0.86  # where words are no more alike than this, the name is looked at in one piece
_ENOUGH: Final = {1: 5, 2: 12}
"""Letters of a name in which so many typos are believed wherever they are, in a short word too."""

_SOUNDS: Final = {
    "sch": "sh", "ch": "ch", "ph": "f", "kh": "h", "gh": "h", "th": "t", "ck": "k", "c": "k", "q": "k", "z": "s",
    "x": "ks", "w": "v", "ae": "a", "aa": "a", "ah": "a", "oe": "o", "oo": "u", "ou": "u", "ue": "u", "oy": "u",
    "ie": "i", "ee": "i", "ij": "i", "y": "i", "ce": "se", "ci": "si", "cy": "si", "mp": "b", "nt": "d",
}  # fmt: skip
"""What is written in several ways when a name comes from another alphabet, or by ear: ö as o and as oe, Sergey and
Sergei."""
_SOUND = re.compile("^mp|^nt|sch|ah$|c[eiy]|[ckgpt]h|ck|ae|aa|oe|o[ouy]|ue|ie|ee|ij|[cqzxwy]")
_TWICE = re.compile(r"(.)\1+")
_STEM: Final = 4
"""Letters that names of one origin have in common: Andrea and Andrew, Antonia and Antonio."""
_PET: Final = ("y", "ie", "i")
"""How a nickname ends that is longer than the name, such as Annie."""
_ONE_SYLLABLE: Final = re.compile("[^aeiouy]*[aeiouy]+[^aeiouy]*e?")
_COGNATES: Final = frozenset({"ian", "jean", "sean"})
"""Short names that are others' in another language sooner than a short form of them."""
_COMMON: Final = 0.1
"""A first name that so many of a hundred people have is one of its own, if it is commoner than the longer."""
_FAR_COMMONER: Final = 2
"""By so much commoner is the one of them that is meant by a nickname which both have."""
_WORD_TOO: Final = 10_000
"""What is commoner still is a word, too, such as Patience."""


class Nicknames:
    """Which first names stand for one another, both ways: Bob is Robert, Robert is Bob, and so Bob is Rob too."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """`pairs`: (formal name, nickname)."""
        self._short: dict[str, set[str]] = {}
        self._formal: dict[str, set[str]] = {}
        for formal, short in pairs:
            self._short.setdefault(like_key(formal), set()).add(like_key(short))
            self._formal.setdefault(like_key(short), set()).add(like_key(formal))

    def related(self, name: str) -> set[str]:
        """All names that one person called `name` (a like_key) may go by, without `name` itself."""
        formal = self._formal.get(name, set())
        names = formal | self._short.get(name, set())
        for one in formal:
            names |= self._short[one]
        return names - {name}

    def stands_for(self, one: str, other: str) -> bool:
        """Whether two names (like_keys) are nickname and name, or nicknames of one name."""
        formal = self._formal.get(one, ())
        return (
            other in formal or other in self._short.get(one, ()) or any(other in self._short[name] for name in formal)
        )

    def surely_stands_for(self, one: str, other: str) -> bool:
        """Whether one of two names is what people called by the other are called for short, and hardly anybody else:
        Tony is Anthony, and Antonia only perhaps; what Andrea and Andrew have in common makes neither the other. Two
        full names (Emma and Emily, Hannah and Anna) are two people's, though one is listed as short for the other."""
        return self._is_short_for(one, other) or self._is_short_for(other, one)

    def knows(self, name: str) -> bool:
        """Whether a name (a like_key) is listed."""
        return name in self._short or name in self._formal

    def _is_short_for(self, short: str, formal: str) -> bool:
        if formal not in self._formal.get(short, ()) or self._is_whole(short) or short in _COGNATES:
            return False
        if are_of_two_sexes(short, formal):  # Sam is no Samantha for sure
            return False
        is_pet = short.startswith(formal) and short.endswith(_PET)  # Annie is Ann, and Louise no Louis
        is_shorter = len(short) < len(formal) and formal not in (f"{short}a", f"{short}e")  # nor Ann Anna
        is_mutual = formal in self._short.get(short, ())  # Marie and Mary are one in two languages
        if not (is_pet or is_shorter or (short.endswith(_PET) and not short.startswith(formal) and not is_mutual)):
            return False
        if not (_ONE_SYLLABLE.fullmatch(short) or short.endswith(_PET) or formal.startswith(short)):
            return False  # Anna is no short form of Hannah
        if not is_pet and first_name_share(short) > max(first_name_share(formal), _COMMON):  # nor Amy of Amelia
            return False
        kin = (one for one in self._formal[short] if self._is_whole(one) and one[:_STEM] == formal[:_STEM])
        return formal.startswith(short) or not any(
            _FAR_COMMONER * commonness(formal) < commonness(one) < _WORD_TOO for one in kin
        )

    def _is_whole(self, name: str) -> bool:
        """Whether a name is one that others are short for, sooner than a nickname itself."""
        longer = self._formal.get(name, set())
        return len(self._short.get(name, set()) - longer) > len(longer)


@cache
def standard_nicknames() -> Nicknames:
    """The maintained list of the package `nicknames`, English names and their Spanish forms; read at the first call."""
    return Nicknames((triplet.name1, triplet.name2) for triplet in name_triplets())


def words_of(text: str) -> Words:
    """The words of a name in lower case and Latin letters: Łódź is lodz, Сергей is sergey. Hyphens and punctuation
    part words, apostrophes do not."""
    latin = text.lower() if text.isascii() else _in_latin(text.casefold()).lower()
    words = latin.split()
    if "".join(words).isalnum():  # nearly all names
        return tuple(words)
    return tuple(_WORD.findall(latin.translate(_APOSTROPHES)))


def _in_latin(text: str) -> str:
    plain = text.translate(_european_letters())
    return plain if plain.isascii() else anyascii(text)[:_LONGEST_IN_LATIN]


@cache
def _european_letters() -> dict[int, str]:
    """Latin letters with their marks and what stands for them: most of what is written otherwise, found much faster."""
    return {code: anyascii(chr(code)) for code in range(0x80, 0x250)}


def person_words(text: str) -> Words:
    """The words of a person's name, first names first: `Last, First` is turned round, `Last, Jr.` is not. A space that
    was typed a letter late or early is where it belongs: `La nPham` and `LanP ham` are Lan Pham."""
    if "," not in text:
        return words_of(text if text.islower() or text.isupper() else _spaced(text))
    parts = [words for part in text.split(",") if (words := words_of(part))]
    names = [part for part in parts if not _ADDITIONS.issuperset(part)]
    additions = [part for part in parts if _ADDITIONS.issuperset(part)]
    if len(names) == 2:
        names.reverse()
    return tuple(word for part in (*names, *additions) for word in part)


def _spaced(text: str) -> str:
    """With every space beside the capital that begins a word. Only capitals tell: Li Nan and Lin An are two people. An
    h stays where it is, for Ó hEithir is written so."""
    words = text.split()
    for place, (before, after) in enumerate(pairwise(words)):
        if (
            before[0].isupper()
            and after[0].islower()
            and after[0] != "h"
            and after[1:2].isupper()
            and after[2:].islower()
        ):
            words[place : place + 2] = before + after[0], after[1:]
        elif after.islower() and before[-1].isupper() and before[-2:-1].islower():
            words[place : place + 2] = before[:-1], before[-1] + after
    return " ".join(words)


def name_words(words: Words) -> Words:
    """Without Jr., III, Dr. and the like, unless there is nothing else."""
    return words if _ADDITIONS.isdisjoint(words) else tuple(word for word in words if word not in _ADDITIONS) or words


@lru_cache(maxsize=10_000)
def sound_of(word: str) -> str:
    """What spellings of one name by ear, or from another alphabet, have in common."""
    return _TWICE.sub(r"\1", _SOUND.sub(lambda written: _SOUNDS[written[0]], word))


def word_likeness(one: str, other: str, nicknames: Nicknames) -> float:
    """How alike two words of names are (0 to 1)."""
    if one == other:
        return 1.0
    short, long = (one, other) if len(one) <= len(other) else (other, one)
    if len(short) == 1:
        return INITIAL if long[0] == short else 0.0
    distance = OSA.distance(one, other)
    likeness = 1.0 - (_SLIP if distance == 1 and is_of_the_finger(short, long) else distance) / len(long)
    if len(short) > 2 and long.startswith(short):
        likeness = max(likeness, SHORTENED)
    if 0.5 <= likeness < SOUND and (sound := sound_of(one)) == sound_of(other) and len(sound) > 2:
        return SOUND
    if likeness < NICKNAME and nicknames.stands_for(one, other):
        return NICKNAME + (_SHORT_FORM if long.startswith(short) else 0.0)
    return likeness


def person_likeness(one: Words, other: Words, alike: WordLikeness) -> float:
    """How alike two people's names are, each as `person_words` gives them. `alike`: see `word_likeness`."""
    left, right = name_words(one), name_words(other)
    if not left or not right:
        return 0.0
    likeness = 1.0 if left == right else _aligned(left, right, alike)
    if likeness < 1.0 and len(left) != len(right):  # written in one, or a word broken in two
        joined = OSA.normalized_similarity("".join(left), "".join(right))
        likeness = max(likeness, 0.97 * joined)
    if likeness and generation_of(one) != generation_of(other):
        likeness -= 0.02 if None in (generation_of(one), generation_of(other)) else 0.05
    return max(likeness, 0.0)


def generation_of(words: Words) -> str | None:
    """Jr., III and the like, in one spelling; None where a name has none."""
    return next((_GENERATIONS[word] for word in words if word in _GENERATIONS), None)


def may_be_another(
    written: Words, known: Words, nicknames: Nicknames, is_name: Callable[[str], bool] | None = None
) -> bool:
    """Whether what is written may be the right name of somebody else: it has a name more or less, or another
    generation, or says another name (`has_another_name`), or the same ones in another order."""
    if not _has_as_many_names(written, known) or generation_of(written) not in (None, generation_of(known)):
        return True
    return has_another_name(written, known, nicknames, is_name) or _has_another_order(
        name_words(written), name_words(known)
    )


def has_another_name(
    written: Words, known: Words, nicknames: Nicknames, is_name: Callable[[str], bool] | None = None
) -> bool:
    """Whether a word of what is written is not surely one of the `known` name's (`is_same_name`): Maria, Mario; or a
    letter, a number or a word that tells newborns apart is another. `is_name`: what more is a name in itself."""
    ours, theirs = name_words(written), name_words(known)
    more, missing = _beyond(ours, theirs), _beyond(theirs, ours)
    if not _NEWBORN.isdisjoint((*more, *missing)):
        return True
    if "".join(more) == "".join(missing):  # a space more or less
        return False

    def is_right(word: str) -> bool:
        return is_right_name(word, nicknames) or (is_name is not None and is_name(word))

    return any(
        bool(missing) and not any(one.startswith(word) for one in missing)
        if len(word) == 1
        else not any(is_same_name(word, one, nicknames, sound_of, is_right) for one in missing)
        for word in more
    )


def _has_as_many_names(one: Words, other: Words) -> bool:
    """Whether neither name has a word more, but for an initial or a space: with a middle name or a surname more, one
    person cannot be distinguished from another with that name."""
    left, right = name_words(one), name_words(other)
    if len(left) == len(right) or sum(len(word) > 1 for word in left) == sum(len(word) > 1 for word in right):
        return True
    return OSA.normalized_similarity("".join(left), "".join(right)) >= _LEAST_WHOLE


def _has_another_order(written: Words, known: Words) -> bool:
    """Whether first names among themselves, or surnames, are exchanged (Mary Anne, Anne Mary). That all of the ones
    stand before all of the others is a matter of habit."""
    if len(written) != len(known) or len(known) <= 2:
        return False
    slips = dict(zip(_beyond(written, known), _beyond(known, written), strict=True))
    as_known = tuple(slips.get(word, word) for word in written)
    return all(as_known != known[place:] + known[:place] for place in range(len(known)))


def _beyond(some: Words, others: Words) -> list[str]:
    """The words that some have more than others."""
    return list((Counter(some) - Counter(others)).elements())


def _aligned(one: Words, other: Words, alike: WordLikeness) -> float:
    """Pairs the words of the shorter name with words of the longer, the most alike first, and takes the mean by
    length: one letter wrong weighs the same in a long word and in a short one."""
    few, many = (one, other) if len(one) <= len(other) else (other, one)
    order = _pairs(few, many, alike)
    total = weight = 0.0
    least = 1.0
    for i, j, likeness in order:
        length = max(len(few[i]), len(many[j])) if min(len(few[i]), len(many[j])) > 1 else _INITIAL_WEIGHT
        total += likeness * length
        weight += length
        least = min(least, likeness)
    moved = any(before[1] > after[1] for before, after in pairwise(order))
    likeness = total / weight - 0.06 * min(len(many) - len(few), 2) - (0.02 if moved else 0.0)
    if least < 0:  # two names for certain
        return 0.0
    if least < _LEAST_WORD or likeness < _LEAST_WHOLE:
        written, name = " ".join(one), " ".join(other)
        distance = OSA.distance(written, name)
        if distance == 1 and weight >= _ENOUGH[1]:  # in a word of two letters, or a space in the wrong place
            likeness = max(likeness, 1.0 - 1 / len(name))
        elif least < _LEAST_WORD and weight < _ENOUGH.get(distance, weight + 1):
            return 0.0
    return likeness * 0.85 if len(few) == 1 and len(many) > 1 else likeness


def _pairs(few: Sequence[str], many: Sequence[str], alike: WordLikeness) -> list[tuple[int, int, float]]:
    """(place in `few`, place in `many`, likeness), by the place in `few`."""
    if len(few) == len(many) == 2:  # nearly all names
        straight = alike(few[0], many[0]), alike(few[1], many[1])
        if sum(straight) >= _STRAIGHT:
            return [(0, 0, straight[0]), (1, 1, straight[1])]
        crossed = alike(few[0], many[1]), alike(few[1], many[0])
        if sum(crossed) > sum(straight):
            return [(0, 1, crossed[0]), (1, 0, crossed[1])]
        return [(0, 0, straight[0]), (1, 1, straight[1])]
    found: list[tuple[int, int, float]] = []
    left: set[int] = set()
    right: set[int] = set()
    for likeness, _, i, j in sorted(
        ((alike(a, b), -abs(i - j), i, j) for i, a in enumerate(few) for j, b in enumerate(many)), reverse=True
    ):
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            found.append((i, j, likeness))
    return sorted(found)
