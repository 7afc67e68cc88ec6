"""How people write a name that they do not write as it is stored: one function a kind of mistake, all by chance.

A function takes a chance and the name's halves, and gives what somebody might have typed; None where the name
gives no occasion (nobody shortens a middle name that is not there). `MISTAKES` are those of people's names,
`TITLE_MISTAKES` those of programs.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

from nicknames import name_triplets

Mistake = Callable[[random.Random, str, str], str | None]
TitleMistake = Callable[[random.Random, str], str | None]

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_KEYBOARD: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_WITHOUT_A_STROKE: Final = str.maketrans("łŁđĐøØ", "lLdDoO", "") | {ord("ß"): "ss"}
_SPELT_OUT: Final[dict[str, str | int | None]] = {
    "ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "æ": "ae", "ß": "ss", "ł": "l", "đ": "dj", "ñ": "ny",
}  # fmt: skip
_CYRILLIC: Final = {
    "shch": "щ", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю", "ya": "я", "a": "а", "b": "б",
    "v": "в", "g": "г", "d": "д", "e": "е", "z": "з", "i": "и", "y": "й", "k": "к", "l": "л", "m": "м", "n": "н",
    "o": "о", "p": "п", "r": "р", "s": "с", "t": "т", "u": "у", "f": "ф",
}  # fmt: skip
_GREEK: Final = {
    "th": "θ", "ps": "ψ", "ch": "χ", "a": "α", "b": "μπ", "v": "β", "g": "γ", "d": "δ", "e": "ε", "z": "ζ", "i": "ι",
    "k": "κ", "l": "λ", "m": "μ", "n": "ν", "x": "ξ", "o": "ο", "p": "π", "r": "ρ", "s": "σ", "t": "τ", "u": "ου",
    "f": "φ",
}  # fmt: skip
_SMALL_WORDS: Final = ("a", "an", "and", "at", "for", "in", "of", "the", "to", "with")


def plain(text: str) -> str:
    """Without accents."""
    text = text.translate(_WITHOUT_A_STROKE)
    return "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))


def neighbours(letter: str) -> str:
    """The keys beside a letter's on a US keyboard."""
    for line, keys in enumerate(_KEYBOARD):
        place = keys.find(letter)
        if place >= 0:
            beside = [keys[place - 1 : place], keys[place + 1 : place + 2]]
            for other, shift in ((line - 1, 0), (line - 1, 1), (line + 1, -1), (line + 1, 0)):
                if 0 <= other < len(_KEYBOARD) and 0 <= place + shift < len(_KEYBOARD[other]):
                    beside.append(_KEYBOARD[other][place + shift])
            return "".join(beside)
    return ""


def _letter_places(text: str) -> list[int]:
    return [place for place, char in enumerate(text) if char.isalpha()]


def typo(chance: random.Random, text: str) -> str:
    """A letter left out, wrong or too many, or two neighbours exchanged."""
    while True:
        place = chance.choice(_letter_places(text))
        before, char, after = text[:place], text[place], text[place + 1 :]
        letter, exchanged = chance.choice(_LETTERS), after[:1] + char + after[1:]
        wrong = before + chance.choice((after, letter + after, letter + char + after, exchanged))
        if wrong.casefold() != text.casefold():
            return wrong


def neighbouring_key(chance: random.Random, text: str) -> str:
    places = [place for place in _letter_places(text) if neighbours(plain(text[place]).lower())]
    place = chance.choice(places or _letter_places(text))
    key = chance.choice(neighbours(plain(text[place]).lower()) or _LETTERS)
    return text[:place] + (key.upper() if text[place].isupper() else key) + text[place + 1 :]


def doubled(chance: random.Random, text: str) -> str:
    """A letter twice, or a double letter once."""
    twice = [place for place in range(1, len(text)) if text[place].lower() == text[place - 1].lower()]
    if twice and chance.random() < 0.5:
        place = chance.choice(twice)
        return text[:place] + text[place + 1 :]
    place = chance.choice(_letter_places(text))
    return text[:place] + text[place].lower() + text[place:] if place else text[0] + text[0].lower() + text[1:]


# People's names


def _in_whole(slip: Callable[[random.Random, str], str]) -> Mistake:
    return lambda chance, first, last: slip(chance, f"{first} {last}".strip())


def two_typos(chance: random.Random, first: str, last: str) -> str | None:
    return f"{typo(chance, first)} {typo(chance, last)}" if first and last else None


def last_first(chance: random.Random, first: str, last: str) -> str | None:
    return f"{last}, {first}" if first and last else None


def exchanged(chance: random.Random, first: str, last: str) -> str | None:
    return f"{last} {first}" if first and last else None


@cache
def _nicknames() -> dict[str, list[str]]:
    known: dict[str, set[str]] = {}
    for triplet in name_triplets():
        known.setdefault(triplet.name1.casefold(), set()).add(triplet.name2.casefold())
        known.setdefault(triplet.name2.casefold(), set()).add(triplet.name1.casefold())
    return {name: sorted(others) for name, others in known.items()}


def nickname(chance: random.Random, first: str, last: str) -> str | None:
    """Bob for Robert, or Robert for Bob."""
    head, *rest = first.split() or [""]
    others = _nicknames().get(plain(head).casefold())
    return " ".join([chance.choice(others).title(), *rest, last]) if others else None


def middle_name_more(chance: random.Random, first: str, last: str) -> str | None:
    middle = chance.choice(("Ann", "Lee", "Marie", "James", "Lynn", "A.", "J.", "M", "Q."))
    return f"{first} {middle} {last}" if first and last else None


def middle_name_less(chance: random.Random, first: str, last: str) -> str | None:
    names = first.split()
    return f"{names[0]} {last}" if len(names) > 1 else None


def middle_initial(chance: random.Random, first: str, last: str) -> str | None:
    names = first.split()
    return f"{names[0]} {names[1][0]}. {last}" if len(names) > 1 else None


def initial(chance: random.Random, first: str, last: str) -> str | None:
    return f"{first[0]}{chance.choice(('.', ''))} {last}" if first and last else None


def without_accents(chance: random.Random, first: str, last: str) -> str | None:
    written = plain(f"{first} {last}")
    return written if written != f"{first} {last}" else None


def spelt_out(chance: random.Random, first: str, last: str) -> str | None:
    """ö as oe, ß as ss, ø as oe."""
    name = f"{first} {last}".lower()
    return name.translate(str.maketrans(_SPELT_OUT)).title() if any(char in _SPELT_OUT for char in name) else None


def _in_script(letters: dict[str, str]) -> Mistake:
    def written(chance: random.Random, first: str, last: str) -> str | None:
        name = plain(f"{first} {last}").lower()
        for latin, other in letters.items():
            name = name.replace(latin, other)
        return None if any(char in _LETTERS for char in name) else name.title()

    return written


def one_surname(chance: random.Random, first: str, last: str) -> str | None:
    halves = last.replace("-", " ").split()
    return f"{first} {chance.choice(halves)}" if len(halves) > 1 else None


def hyphen(chance: random.Random, first: str, last: str) -> str | None:
    """A hyphen for a space, a space for a hyphen, or neither."""
    if "-" in last:
        return f"{first} {last.replace('-', chance.choice((' ', '', ' - ')))}"
    return f"{first} {last.replace(' ', chance.choice(('-', '')))}" if " " in last else None


def more_surnames(chance: random.Random, first: str, last: str) -> str | None:
    """A married name behind the one that is known."""
    more = chance.choice(("Smith", "Garcia", "Nguyen", "Brown", "Jones"))
    return f"{first} {last}{chance.choice('- ')}{more}" if first and last else None


def suffix(chance: random.Random, first: str, last: str) -> str | None:
    for ending in (", Jr.", " Jr.", " III", " Sr.", ", II"):
        if last.endswith(ending):
            return f"{first} {last.removesuffix(ending)}"
    return f"{first} {last}{chance.choice((', Jr.', ' Jr', ' III', ' II', ' Sr.'))}"


def run_together(chance: random.Random, first: str, last: str) -> str | None:
    return f"{first}{last}" if first and last else None


def title_before(chance: random.Random, first: str, last: str) -> str | None:
    return f"{chance.choice(('Ms.', 'Mr.', 'Mrs.', 'Dr.'))} {first} {last}"


MISTAKES: Final[dict[str, Mistake]] = {
    "typo": _in_whole(typo),
    "neighbouring key": _in_whole(neighbouring_key),
    "doubled letter": _in_whole(doubled),
    "a typo in each name": two_typos,
    "Last, First": last_first,
    "exchanged": exchanged,
    "nickname": nickname,
    "middle name more": middle_name_more,
    "middle name less": middle_name_less,
    "middle initial": middle_initial,
    "initial": initial,
    "accents dropped": without_accents,
    "letters spelt out": spelt_out,
    "Cyrillic": _in_script(_CYRILLIC),
    "Greek": _in_script(_GREEK),
    "one of two surnames": one_surname,
    "hyphen": hyphen,
    "one surname more": more_surnames,
    "suffix": suffix,
    "run together": run_together,
    "title": title_before,
}


def two_mistakes(chance: random.Random, first: str, last: str) -> str:
    """Any mistake and a slip of the finger in what came of it."""
    made = None
    while made is None:
        made = chance.choice(list(MISTAKES.values()))(chance, first, last)
    return chance.choice((typo, neighbouring_key, doubled))(chance, made)


# Programs


def acronym(chance: random.Random, title: str) -> str | None:
    words = [word for word in title.replace("-", " ").split() if word.lower() not in _SMALL_WORDS]
    letters = "".join(word[0].upper() for word in words)
    return chance.choice((letters, letters.lower(), ".".join(letters) + ".")) if len(words) > 2 else None


def cut_off(chance: random.Random, title: str) -> str | None:
    """The beginning of the title, or of each word."""
    words = title.split()
    if len(words) < 2:
        return title[: max(4, len(title) - 3)] if len(title) > 6 else None
    return chance.choice((title[: max(6, len(title) * 2 // 3)].strip(), " ".join(word[:5] for word in words)))


def consonants(chance: random.Random, title: str) -> str | None:
    """Svcs for Services."""
    place, words = chance.randrange(len(title.split())), title.split()
    short = words[place][0] + "".join(char for char in words[place][1:] if char.lower() not in "aeiou")
    words[place] = short
    return " ".join(words) if len(short) > 3 else None


def words_moved(chance: random.Random, title: str) -> str | None:
    words = title.split()
    if len(words) < 2:
        return None
    return f"{words[-1]}, {' '.join(words[:-1])}" if chance.random() < 0.5 else " ".join([words[-1], *words[:-1]])


def word_less(chance: random.Random, title: str) -> str | None:
    words = title.split()
    return " ".join(words[:-1]) if len(words) > 2 else None


def word_more(chance: random.Random, title: str) -> str | None:
    return f"{title} {chance.choice(('Program', 'Services', '(new)', '2026', 'Project'))}"


TITLE_MISTAKES: Final[dict[str, TitleMistake]] = {
    "typo": typo,
    "neighbouring key": neighbouring_key,
    "doubled letter": doubled,
    "two typos": lambda chance, title: typo(chance, typo(chance, title)),
    "acronym": acronym,
    "cut off": cut_off,
    "consonants": consonants,
    "words moved": words_moved,
    "word less": word_less,
    "word more": word_more,
}
