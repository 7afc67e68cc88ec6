"""Count how often openpyxl reads each part of a workbook.

It reads a part for whoever points to it, so that one sheet of a thousand rows may be forty sheets, and a chart of a
megabyte stand on a drawing a thousand times.
"""

from __future__ import annotations

import html
import re
from collections import Counter, defaultdict
from typing import Final

from workbook.files.excel_archive import ExcelArchive, PartReference

_DEEPEST: Final = 8
"""Workbook, sheet, drawing, chart, and what belongs to it."""
_MOST: Final = 1_000_000
_SHEET: Final = "worksheet"
"""What such a part points to is read once for each relation, however often the part names it."""
_NAMED: Final = re.compile(rb":(?:id|embed)\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")


def readings(archive: ExcelArchive) -> Counter[str]:
    """How often each part is read, by its name in lower case; 0 where nothing points to it.

    Raises Refusal for a damaged archive.
    """
    pointing = [one for one in archive.references() if archive.has(one.target)]
    scanned = {one.target for one in pointing if one.kind != _SHEET}
    named = {owner: _named_in(archive, owner) for owner in {one.owner for one in pointing} & scanned}
    every: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in pointing:
        every[one.owner][one.target] += max(1, _times(named, one))
    read: Counter[str] = Counter()
    for _ in range(_DEEPEST):
        deeper: Counter[str] = Counter()
        for owner, targets in every.items():
            for target, times in targets.items():
                deeper[target] = min(deeper[target] + max(1, read[owner]) * times, _MOST)
        if deeper == read:
            break
        read = deeper
    return read


def _times(named: dict[str, Counter[str]], one: PartReference) -> int:
    return named[one.owner][one.name] if one.owner in named else 1


def _named_in(archive: ExcelArchive, part: str) -> Counter[str]:
    """How often the part names each of its relations."""
    found: Counter[str] = Counter()
    rest = b""
    for piece in archive.unpacked(part):
        text = rest + piece.replace(b"\0", b"")
        cut = text.rfind(b">") + 1
        found.update(
            html.unescape((name[1] or name[2] or b"").decode("latin-1")) for name in _NAMED.finditer(text[:cut])
        )
        rest = text[cut:]
    return found
