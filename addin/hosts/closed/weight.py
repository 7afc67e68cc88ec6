"""Tell, before a workbook is opened, how much of this computer's memory openpyxl takes for it.

openpyxl makes an object of every element: an empty cell is four bytes in a sheet, `<c/>`, and four hundred in memory,
and a million of them are a few kilobytes in a file. What each kind of element takes was measured, and is added up for
all parts alike, because openpyxl reads whatever a workbook says belongs to it. An element that is spelled as no
spreadsheet program spells it counts for as much as the dearest.
"""

from __future__ import annotations

import re
from typing import Final

from workbook.files.limits import MEBIBYTE

MOST_MEMORY: Final = 4096 * MEBIBYTE
"""Bytes, as they are reckoned here: more than honest workbooks take, and no less than a third of what was contrived to
take most. 100,000 rows of 25 filled columns, with our sheets and a log of 150,000 rows, are three quarters of it."""

_CELL: Final = 370
_IN_A_CELL: Final = 60
"""Its value. Its formula is kept as an object, or may be."""
_SHARED_TEXT: Final = 200
_OTHER: Final = 500
"""A font, a row's height, a merged range, a link. What takes more (a rule, a name, a cell's look) says more, too."""
_ATTRIBUTE: Final = 300
_MOST_IN_A_CELL: Final = 3
"""`<c r="A1" s="1" t="s">`: what a cell or a text says of itself is not kept, and what a row says is little."""
_MOST_IN_A_ROW: Final = 8
_PLAIN, _WIDE, _WIDEST = 1, 4, 8
"""For each byte. One sign beyond Latin-1 has all signs of its text take two bytes, one beyond the first 65,536 four;
and texts are copied."""
_LONGEST_TEXT: Final = 32_768
"""Signs. No cell holds a longer one."""
_WIDEST_SIGN: Final = re.compile(rb"[\xf0-\xff\xd8-\xdf]")
"""Begins such a sign, in UTF-8 or UTF-16, if it does."""
_WIDEST_ENTITY: Final = re.compile(rb"&#(?:0*(?:[6-9]\d{4}|[1-9]\d{5})|x0*[1-9A-Fa-f][\dA-Fa-f]{4})")
_ATTRIBUTES: Final = re.compile(rb"=\s*[\"']")


def memory_for(xml: bytes, prefix: bytes) -> int:
    """Bytes of memory for a piece of a part, which ends between two tags. `prefix`: of the part's own elements."""
    own = b"<" + prefix
    elements = xml.count(b"<") - xml.count(b"</")
    cells, rows, shared = xml.count(own + b"c "), xml.count(own + b"row "), xml.count(own + b"si>")
    inside = sum(xml.count(own + name) for name in (b"v>", b"t", b"is>"))
    # More of them than belong into so many cells stand where cells stand, or elsewhere.
    inside = min(inside, 2 * cells + shared)
    others = max(elements - cells - shared - inside, 0)
    attributes = xml.count(b"=")
    if attributes > xml.count(b'="'):
        attributes = len(_ATTRIBUTES.findall(xml))
    attributes -= _MOST_IN_A_CELL * cells + _MOST_IN_A_ROW * rows + inside
    return (
        _CELL * cells
        + _IN_A_CELL * inside
        + _SHARED_TEXT * shared
        + _OTHER * others
        + _ATTRIBUTE * max(attributes, 0)
        + _width_of(xml, elements) * len(xml)
    )


def _width_of(xml: bytes, elements: int) -> int:
    if len(xml) > _LONGEST_TEXT * (elements + 1):
        return _WIDEST  # one may follow
    plain, entities = xml.isascii(), b"&#" in xml
    if (not plain and _WIDEST_SIGN.search(xml)) or (entities and _WIDEST_ENTITY.search(xml)):
        return _WIDEST
    return _PLAIN if plain and not entities else _WIDE
