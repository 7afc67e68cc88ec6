"""Tell whether a worksheet's XML is spelled as programs spell it (SPEC 3).

XML can say one thing in many ways: attributes in either kind of quotation marks, with blanks round the sign =, tags
with any prefix, rows in any order. Whoever counts by looking for byte strings sees one of them, and the reading library
takes them all, so that a cell spelled in another way would be one that nobody has counted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

_SPACES: Final = (b" ", b"\t", b"\n", b"\r")
"""The first is everywhere in a sheet; of the others there is mostly none at all."""
_LONGEST_TAG: Final = 64 * 1024
_ROWS: Final = re.compile(rb"<((?:[\w.-]+:)?)sheetData[\s/>]")
_ASIDE: Final = re.compile(rb"<!|<\?(?!xml\s)")
_MOST_ODD_TAGS: Final = 8_000_000
"""Tags in a sheet whose XML is written as no spreadsheet program writes it; some hundred thousand rows."""
WIDE: Final = 64
"""A sheet of so many columns is laid out in 2 GB at most, whatever its rows are called."""


def has_asides(block: bytes) -> bool:
    """Whether it holds comments, CDATA or instructions, in which may stand what looks like a tag and is none."""
    return _ASIDE.search(block) is not None


def is_odd(block: bytes, prefix: bytes) -> bool:
    """Whether a tag among a sheet's rows is spelled in another way than `<c r="A1" t="s">`, ends elsewhere than at the
    next sign >, or stands in what is no row: a comment for one. `prefix`: of the sheet's own tags."""
    if b"<!" in block or b"<?" in block or block.count(b"<") != block.count(b">"):
        return True  # a sign > in a text or in an attribute is written &gt;, so that it ends a tag
    signs = [b"&#"] if b"&" in block else []
    signs += [b"='"] if b"'" in block else []
    for space in _SPACES:
        if space == b" " or space in block:
            signs += [b"=" + space, space + b"="]
            if space != b" " and space + b"t=" in block:
                return True
    return any(_stands_in_a_tag(block, sign) for sign in signs) or _has_other_tags(block, prefix)


def _stands_in_a_tag(block: bytes, sign: bytes) -> bool:
    """Behind what stands in a text another tag begins before one ends."""
    place = block.find(sign)
    while place >= 0:
        begins = block.find(b"<", place)
        begins = len(block) if begins < 0 else begins
        if block.find(b">", place, begins) >= 0:
            return True
        place = block.find(sign, begins)
    return False


def _has_other_tags(block: bytes, prefix: bytes) -> bool:
    """Whether there are rows or cells with another prefix than the sheet itself."""
    if not prefix and b":c" not in block and b":row" not in block:
        return False
    names = rb"(?:c|row)[\s/>]"
    every = re.findall(rb"<(?:[^\s<>/:]*:)?" + names, block)
    return len(every) != len(re.findall(b"<" + re.escape(prefix) + names, block))


def most_without_a_place(block: bytes, prefix: bytes) -> int:
    """Of the cells in the block that do not say where they are, how many at most stand in one row."""
    tag = b"<" + prefix + b"c"
    if block.count(tag) == block.count(tag + b' r="'):
        return 0
    placed = re.compile(re.escape(tag) + rb'\s(?:[^<>]*\s)?r="')
    bare = re.compile(re.escape(tag) + rb"[\s/>]")
    rows = block.split(b"</" + prefix + b"row>")
    return max(len(bare.findall(row)) - len(placed.findall(row)) for row in rows)


def rows_of(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """What stands among the rows of a sheet that has nothing aside before or in them, in pieces that end with a tag."""
    rest = end = b""
    for piece in pieces:
        block = rest + piece
        cut = block.rfind(b">") + 1
        block, rest = block[:cut], block[cut:]
        if not end:
            begin = _ROWS.search(block)
            if begin is None:
                continue
            end, block = b"</" + begin[1] + b"sheetData", block[begin.start() :]
        last = block.find(end)
        yield block[:last] if last >= 0 else block
        if last >= 0:
            return


def names_rows_beyond(pieces: Iterable[bytes], last_row: int) -> bool:
    """Whether rows, or cells in any row, stand below what was taken for the last row, or more rows than there are."""
    beyond = re.compile(rb'<[^<>]*?\sr="[A-Za-z]{0,3}0*(?:' + _more_than(last_row) + b")")
    rows, rest = 0, b""
    for piece in pieces:
        block = rest + piece
        rows += block.count(b"row>")
        if rows > last_row or beyond.search(block):
            return True
        rest = block[block.rfind(b"<") :]
        if len(rest) > _LONGEST_TAG:
            return True
        rows -= rest.count(b"row>")
    return False


def _more_than(number: int) -> bytes:
    """Finds the numbers that are greater, in a text of digits."""
    digits = str(number)
    greater = [rb"[1-9]\d{%d,}" % len(digits)]
    for at, digit in enumerate(digits):
        if digit < "9":
            rest = len(digits) - at - 1
            greater.append(f"{digits[:at]}[{int(digit) + 1}-9]".encode() + rb"\d{%d}" % rest)
    return b"|".join(greater)


def has_many_tags(pieces: Iterable[bytes]) -> bool:
    """Whether a sheet that is spelled in another way has more than can be read with care."""
    tags = 0
    return any((tags := tags + piece.count(b"<")) > _MOST_ODD_TAGS for piece in pieces)
