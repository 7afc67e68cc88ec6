"""Ways in which an ID is mistyped: swapped digits, lost zeros, O for 0, lost prefix."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, Levenshtein

from workbook.matching import like_key

DIFFERENT: Final = 0
ONE_OFF: Final = 1
"""One character wrong, missing or too many."""
SLIP: Final = 2
"""A way in which IDs are known to suffer: see `forms_of`, and two neighbours exchanged."""
SAME: Final = 3

_SHORTEST: Final = 4
"""Characters: of shorter IDs nearly every one is a character away from every other, which says nothing."""
_LEADING_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_LOOK_ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1", "s": "5", "b": "8", "z": "2"})


def forms_of(key: str) -> set[str]:
    """Reduced forms of an ID (a like_key): without leading zeros, with letters read as the digits they look like,
    digits only. Two IDs with a common form are a slip apart."""
    bare = _LEADING_ZEROS.sub("", key)
    forms = {bare, _LEADING_ZEROS.sub("", key.translate(_LOOK_ALIKE))}
    digits = "".join(char for char in key if char.isdecimal()).lstrip("0")
    if digits:
        forms.add(f"#{digits}")
    return forms


def blocks_of(key: str) -> set[str]:
    """The keys by which an ID (a like_key) is found: two IDs without a common key are more than a slip apart."""
    blocks = forms_of(key)
    if len(key) >= _SHORTEST:
        blocks.add(key)
        blocks.update(f"-{key[:place]}{key[place + 1 :]}" for place in range(len(key)))
        blocks.add(f"-{key}")
    return blocks


def level(key: str, other: str) -> int:
    """How near one ID (a like_key) is to another: DIFFERENT, ONE_OFF, SLIP or SAME. Empty is DIFFERENT."""
    if not key or not other:
        return DIFFERENT
    if key == other:
        return SAME
    for form in forms_of(key) & forms_of(other):
        if form[0] != "#" or _digits_alone(key) or _digits_alone(other):
            return SLIP
    if OSA.distance(key, other, score_cutoff=1) != 1:
        return DIFFERENT
    if Levenshtein.distance(key, other) == 2:
        return SLIP
    return ONE_OFF if min(len(key), len(other)) >= _SHORTEST else DIFFERENT


def same_number(written: str, known: str) -> bool:
    """Whether an ID is another but for its zeros, its prefix, or letters that look like digits. Two digits exchanged
    are another ID: that of whom nobody has entered yet, as likely as not."""
    one, other = _key(written), _key(known)
    shared = forms_of(one) & forms_of(other) if one and other else set()
    return any(form[0] != "#" or _digits_alone(one) or _digits_alone(other) for form in shared)


def levels(values: Sequence[str], ids: Sequence[str]) -> npt.NDArray[np.uint8]:
    """How near each value (rows) is to each ID (columns): DIFFERENT, ONE_OFF, SLIP or SAME. Empty is DIFFERENT."""
    ours, theirs = [_key(value) for value in values], [_key(one) for one in ids]
    near = np.zeros((len(ours), len(theirs)), np.uint8)
    if not ours or not theirs:
        return near
    typed = process.cdist(ours, theirs, scorer=OSA.distance, dtype=np.uint8, score_cutoff=1) == 1
    long_enough = np.logical_and.outer(
        [len(key) >= _SHORTEST for key in ours], [len(key) >= _SHORTEST for key in theirs]
    )
    near[typed & long_enough] = ONE_OFF
    for i, j in zip(*np.nonzero(typed), strict=True):
        if Levenshtein.distance(ours[i], theirs[j]) == 2:
            near[i, j] = SLIP
    by_form = _index(theirs)
    for i, key in enumerate(ours):
        for form in forms_of(key) if key else ():
            for j in by_form.get(form, ()):
                if form[0] != "#" or _digits_alone(key) or _digits_alone(theirs[j]):
                    near[i, j] = SAME if key == theirs[j] else SLIP
    return near


def _key(text: str) -> str:
    return like_key(text) if text else ""


def _index(keys: Iterable[str]) -> dict[str, list[int]]:
    by_form: dict[str, list[int]] = {}
    for index, key in enumerate(keys):
        for form in forms_of(key) if key else ():
            by_form.setdefault(form, []).append(index)
    return by_form


def _digits_alone(key: str) -> bool:
    """Whether an ID has lost whatever stood in front of its number, or never had it."""
    return key.isdecimal()


def in_plain_letters(text: str) -> str:
    """An ID that was typed in wide letters or in digits of another script, as it is stored in all likelihood:
    Ｐ００１ is P001, and so is P٠٠١."""
    if text.isascii():
        return text
    wide = unicodedata.normalize("NFKC", text)
    return "".join(str(unicodedata.decimal(char)) if char.isdecimal() else char for char in wide)
