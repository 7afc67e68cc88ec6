"""Show an identifier's number as its cell format displays it (SPEC 3, Identifiers).

`shown_text(4711, "000000")` is 004711. It knows the formats that people give to identifiers: digits and literal text,
in up to four sections, with conditions, colours and locales; `"P"00000`, `000\\-00\\-0000`,
`[<=99999]00000;00000\\-0000`. Every other format (General, dates, thousands, decimals) shows a number and not an
identifier: then the answer is None, and the number itself is read.

A format may also show something else in place of what a cell holds: `0;0;0;"004711"` makes every text look like 004711,
`"10/31/2026"` every day like that one, and `;;;` makes nothing of anything. `text_in_place_of` tells it. All functions
are pure.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, NamedTuple

from workbook.text import plain

_PIECES: Final = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|\[(?P<bracket>[^\]]*)\]|_(?P<space>.)|\*(?P<fill>.)'
    r"|(?P<digit>[0#?])|(?P<end>;)|(?P<other>.)",
    re.DOTALL,
)
_CONDITION: Final = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARED: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_SIGNS: Final = frozenset(".,%/:")
_SHOWING: Final = frozenset("@dmyhsegabnDMYHSEGABN")
_OF_NUMBERS: Final = _SIGNS | _SHOWING
"""Signs and letters that make a format one of numbers, dates or texts."""
_MOST_SECTIONS: Final = 4
_MOST_SCALED: Final = 100
"""Thousandths of thousandths, of which no number is left at all."""
LONGEST: Final = 255
"""Letters of a number format: Excel takes no more."""


class _Section(NamedTuple):
    condition: tuple[str, float] | None
    pieces: tuple[str, ...]
    """The placeholders 0, # and ? as they stand, and literal text after a quotation mark."""
    known: bool
    """Whether it shows digits and literal text alone."""
    alone: str | None
    """Its literal text, where it may show nothing besides; else None."""
    below: float
    """It shows the literal text alone for smaller values than this."""
    of_texts: bool


def shown_text(value: float, number_format: str) -> str | None:
    """The text that a whole number shows under a number format of digits and literal text; None under any other."""
    if isinstance(value, bool) or abs(value) >= 1e15 or value != int(value):
        return None
    zeros = _zeros_alone(number_format)
    if zeros and value >= 0:  # as nearly every such format
        return str(int(value)).zfill(zeros)
    sections = _sections(number_format)
    at = _section_for(value, sections) if sections else None
    section = sections[at] if at is not None else None
    if section is None or not section.known:
        return None
    sign = "-" if value < 0 and (at == 0 or section.condition) else ""
    return plain(sign + _filled(section.pieces, str(abs(int(value)))))


def text_in_place_of(value: float | str, number_format: str) -> str | None:
    """What a cell shows that shows nothing of its value; None where it shows the value, in whatever form."""
    sections = _sections(number_format) if number_format.strip() else ()
    if isinstance(value, str):
        return sections[-1].alone if len(sections) == _MOST_SECTIONS else None
    if len(sections) > 1 and (len(sections) == _MOST_SECTIONS or sections[-1].of_texts):
        sections = sections[:-1]
    at = _section_for(value, sections) if sections else None
    if at is None or _is_of_accounts(at, sections) or abs(value) >= sections[at].below:
        return None
    return sections[at].alone


@lru_cache(maxsize=1024)
def covers(number_format: str) -> bool:
    """Whether a cell under this format may show something else than its value."""
    sections = _sections(number_format) if number_format.strip() else ()
    return any(one.alone is not None and not _is_of_accounts(at, sections) for at, one in enumerate(sections))


def _is_of_accounts(at: int, sections: tuple[_Section, ...]) -> bool:
    """Whether a section shows a zero as a dash, or as nothing, which is how accounts are kept, and hides no value."""
    if at != 2 or any(section.condition for section in sections):
        return False
    return not any(map(str.isalnum, sections[at].alone or ""))


@lru_cache(maxsize=1024)
def _zeros_alone(number_format: str) -> int:
    """How many zeros a format is that is nothing but zeros, else 0."""
    return len(number_format) if number_format.strip("0") == "" and len(number_format) <= LONGEST else 0


@lru_cache(maxsize=1024)
def shows_more(number_format: str) -> bool:
    """Whether whole numbers may look otherwise under this format than by their digits alone."""
    return any(section.known and section.pieces not in (("0",), ("#",)) for section in _sections(number_format))


def _filled(pieces: tuple[str, ...], digits: str) -> str:
    """The digits in their places, from the right; those that have none stand before the first."""
    waiting = list(digits)
    text: list[str] = []
    places = sum(piece in "0#?" for piece in pieces)
    for piece in reversed(pieces):
        if piece not in "0#?":
            text.append(piece[1:])
            continue
        places -= 1
        if places == 0 and waiting:
            text.append("".join(waiting))
            waiting = []
        elif waiting:
            text.append(waiting.pop())
        else:
            text.append({"0": "0", "#": "", "?": " "}[piece])
    return "".join(reversed(text))


def _section_for(value: float, sections: tuple[_Section, ...]) -> int | None:
    if any(section.condition for section in sections):
        for at, section in enumerate(sections[:3]):
            if section.condition is None or _COMPARED[section.condition[0]](value, section.condition[1]):
                return at
        return None
    if value < 0 and len(sections) > 1:
        return 1
    return 2 if value == 0 and len(sections) > 2 else 0


@lru_cache(maxsize=1024)
def _sections(number_format: str) -> tuple[_Section, ...]:
    sections: list[_Section] = []
    condition: tuple[str, float] | None = None
    pieces: list[str] = []
    known = len(number_format) <= LONGEST
    showing = of_texts = False
    scale = 0

    def end() -> None:
        nonlocal condition, pieces, known, showing, of_texts, scale
        places = {piece for piece in pieces if piece in "0#?"}
        alone = None
        if not showing and (not places or (scale and places == {"#"})):  # of a thousandth, no digit may be left
            literal = (piece[1:] for piece in pieces if piece not in "0#?" and not (scale and piece == '",'))
            alone = plain("".join(literal)).strip()
        below = 0.5 * 1000**scale if places and scale < _MOST_SCALED else math.inf
        sections.append(_Section(condition, tuple(pieces), known and bool(places), alone, below, of_texts))
        condition, pieces, known = None, [], len(number_format) <= LONGEST
        showing = of_texts = False
        scale = 0

    for piece in _PIECES.finditer(number_format):
        kind, text = str(piece.lastgroup), piece[piece.lastgroup or 0]
        if kind == "end":
            end()
        elif kind == "digit":
            pieces.append(text)
            scale = 0
        elif kind == "space":
            pieces.append('" ')
        elif kind == "bracket":
            if found := _CONDITION.fullmatch(text.strip()):
                condition = found[1], float(found[2])
            else:  # a colour or a locale shows nothing, [h] is a time, and [$€-407] shows its sign
                is_time = text.casefold() in ("h", "hh", "m", "mm", "s", "ss")
                known, showing = known and not is_time, showing or is_time
                if text.startswith("$") and (shown := text[1:].partition("-")[0]):
                    pieces.append(f'"{shown}')
        elif kind == "other":
            known = known and text not in _OF_NUMBERS
            showing, of_texts = showing or text in _SHOWING, of_texts or text == "@"
            scale += text == "," and any(one in "0#?" for one in pieces)
            pieces.append(f'"{text}')
        elif kind != "fill":
            pieces.append(f'"{text}')
    end()
    return tuple(sections) if len(sections) <= _MOST_SECTIONS else ()
