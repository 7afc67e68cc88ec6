"""Find out what the texts of a worksheet come to before anything copies them (SPEC 3).

A text that many cells share stands in a workbook once; python-calamine makes a copy for each of those cells, and so
does openpyxl when it saves. A megabyte that a hundred thousand cells share is a file of some hundred kilobytes and a
hundred gigabytes of memory. So the length of every shared text is taken, and how often the cells name it.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from workbook.files.excel_spelling import has_asides, is_odd
from workbook.files.limits import MEBIBYTE

MOST_TEXT: Final = 256 * MEBIBYTE
"""What the cells of a sheet may hold of shared texts beyond what the file itself holds of them."""
STRINGS_PART: Final = "xl/sharedStrings.xml"
"""Where python-calamine looks for the shared texts, wherever the workbook says that they are."""

_LONGEST_TAG: Final = 64 * 1024
_ANY_TEXT: Final = re.compile(rb"<(?:[^\s<>/:\"'=]+:)?si[\s/>]")
_TEXT: Final = re.compile(rb"<si[\s/>]")
_NO_TEXT: Final = re.compile(rb"<!|<\?(?!xml\s)|\0")
"""Comments, CDATA and such, in which something may look like a text; and UTF-16."""
_ROOT: Final = re.compile(rb"<((?:[\w.-]+:)?)worksheet[\s>]")
_ROWS_BEGIN: Final = re.compile(rb"<(?:[\w.-]+:)?sheetData[\s/>]")
_ROWS_END: Final = re.compile(rb"</(?:[\w.-]+:)?sheetData")
_LONGEST_REST: Final = 16 * 1024 * 1024
_TAGS_OF_A_CELL: Final = 4
"""`<c><v></v></c>` is the least that a cell with a shared text is made of."""
_SHORTEST_CELL: Final = len('<c t="s"><v>0</v></c>')
_NOT_WORTH_COUNTING: Final = 64 * MEBIBYTE


@dataclass(slots=True)
class SharedTexts:
    """The texts that cells may share, in the order of their numbers."""

    lengths: array[int] = field(default_factory=lambda: array("Q"))
    """Bytes of XML for each of them, which are no fewer than its bytes as UTF-8; empty where that is unclear."""
    longest: int = 0
    size: int = 0
    """Bytes of XML of all of them."""

    @classmethod
    def of(cls, pieces: Iterable[bytes]) -> SharedTexts:
        """What the part holds that arrives in pieces."""
        found = cls()
        begins = array("Q")
        rest, clear = b"", True
        for piece in pieces:
            place = found.size - len(rest)
            found.size += len(piece)
            if not clear:
                continue
            text = rest + piece
            opened = text.rfind(b"<")
            cut = len(text) if opened < text.rfind(b">") else max(opened, 0)
            text, rest = text[:cut], text[cut:]
            clear = len(rest) <= _LONGEST_TAG and _NO_TEXT.search(text) is None
            pattern = _ANY_TEXT if b":si" in text else _TEXT
            begins.extend(place + one.start() for one in pattern.finditer(text))
        if clear:
            ends = begins[1:]
            ends.append(found.size)
            if begins:
                found.lengths.extend(end - begin for begin, end in zip(begins, ends, strict=True))
        found.longest = max(found.lengths, default=0) if clear else found.size
        return found


class TextsOfCells:
    """Adds up the shared texts of a sheet's cells while its XML goes by."""

    def __init__(self, shared: SharedTexts, size: int) -> None:
        """`size`: bytes of the sheet's XML, of which every cell takes a few."""
        self._shared = shared
        self._counts = size // _SHORTEST_CELL * shared.longest > _NOT_WORTH_COUNTING and bool(shared.lengths)
        self._most = 0 if self._counts else size // _SHORTEST_CELL * shared.longest
        self._prefix: bytes | None = None
        self._rest = b""
        self._mostly: re.Pattern[bytes]
        self._named: re.Pattern[bytes]
        self.known = 0
        """Bytes that the cells seen until now share for certain."""
        self._unclear = 0

    @property
    def prefix(self) -> bytes:
        """What stands before the name of the sheet's own tags."""
        return self._prefix or b""

    @property
    def most(self) -> int:
        """Bytes that the cells seen until now share, at most: where it is unclear which text one has, the longest."""
        return self._most or self.known + self._unclear * self._shared.longest

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces of a worksheet's XML, each looked at before it is given on."""
        for piece in pieces:
            if self._counts:
                self._look(self._rest + piece)
            yield piece
        self._unclear += self._rest.count(b' t="s"')
        self._rest = b""

    def _look(self, block: bytes) -> None:
        root = _ROOT.search(block) if self._prefix is None else None
        if root is not None:
            self._prefix = root[1]
            p = re.escape(root[1])
            value = p + rb"v>(\d{1,9})</" + p + b"v>"
            self._mostly = re.compile(rb' t="s"><' + value + b"</" + p + b"c>")
            cell = b"<" + p + rb'c(?=[^<>]*? t="s")[^<>]*'
            self._named = re.compile(cell + rb"(?:(?<=/)>|>\s*<" + value + rb"\s*</" + p + b"c>)")
        if self._prefix is None:
            cut = 0
        else:
            end = b"</" + self._prefix + b"c>"
            cut = block.rfind(end) + len(end)
            self._add(block, cut if cut >= len(end) else 0)
        self._rest = block[cut:]
        if len(self._rest) > _LONGEST_TAG:
            self._unclear += self._rest.count(b"<") if self._prefix is not None else 0
            self._rest = b""

    def _add(self, block: bytes, end: int) -> None:
        cells = block.count(b' t="s"', 0, end)
        # As nearly every program writes it, it is found in half the time.
        numbers = self._mostly.findall(block, 0, end)
        if len(numbers) < cells:
            numbers = self._named.findall(block, 0, end)
        try:
            self.known += sum(map(self._shared.lengths.__getitem__, map(int, filter(None, numbers))))
        except IndexError:
            self._unclear += cells  # a number that no text has, so that none of these is known
        else:
            self._unclear += cells - len(numbers)


def most_shared(shared: SharedTexts, pieces: Callable[[], Iterable[bytes]], tags: int, size: int) -> int:
    """Bytes that the cells of a sheet share, at most, however it is spelled. `pieces` gives its XML, which has so many
    tags and bytes."""
    every = tags // _TAGS_OF_A_CELL * shared.longest
    if every <= _NOT_WORTH_COUNTING or not shared.lengths:
        return every
    texts = TextsOfCells(shared, size)
    odd = begun = ended = False
    rest = b""
    for piece in texts.through(pieces()):
        block = rest + piece
        cut = block.rfind(b">") + 1
        block, rest = block[:cut], block[cut:]
        if odd or (odd := has_asides(block) or len(rest) > _LONGEST_REST):
            rest = b""
            continue
        begin = None if begun else _ROWS_BEGIN.search(block)
        begun = begun or begin is not None
        if begun and not ended:
            end = _ROWS_END.search(block)
            odd = is_odd(block[begin.start() if begin else 0 : end.start() if end else len(block)], texts.prefix)
            ended = end is not None
    return min(texts.most, every) if begun and not odd else every
