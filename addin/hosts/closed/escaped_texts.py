"""Keep the spelling of texts that openpyxl takes something out of.

In a workbook's file `_x0041_` means A, and a text that says just that is spelt `_x005F_x0041_`. openpyxl takes every
`x005F_` out of what it reads, also where nothing is spelt by it, and writes the rest: the user's text would lose six
letters, or become another. So cells with such a text get it as the file spells it, by openpyxl's own rules of where a
cell stands, and read as they are shown.
"""

from __future__ import annotations

import re
from typing import IO, Any, Final
from zipfile import ZipFile

from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import Text
from openpyxl.worksheet._reader import INLINE_STRING, VALUE_TAG
from openpyxl.xml.constants import SHEET_MAIN_NS
from openpyxl.xml.functions import iterparse

from addin.hosts.closed.cell_reader import CellReader, shared_texts_part
from workbook.files.limits import MEBIBYTE

_TAKEN_OUT: Final = "x005F_"
_SPELT: Final = re.compile("_x005F_")
_SHARED: Final = f"{{{SHEET_MAIN_NS}}}si"


class SpeltText(str):
    """A text as the file spells it."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        return _SPELT.sub("_", self)


class SpeltRichText(CellRichText):
    """One in several formats."""

    @property
    def shown(self) -> str:
        return _SPELT.sub("_", str(self))


class EscapedTexts:
    """The texts of one package that openpyxl would change."""

    def __init__(self, package: ZipFile) -> None:
        self._package = package
        part = shared_texts_part(package)
        self._shared = {} if part is None else self._shared_texts(part)

    def put_into(self, sheet: Any, part: str) -> None:
        """Gives the cells of `sheet`, as openpyxl has just read it from this part, what they hold."""
        if not (self._shared or self._has_any(part)):
            return
        with self._package.open(part) as source:
            parser = _CellsSpelt(source, self._shared)
            parser.read()
        for place, spelt in parser.found.items():
            cell = sheet._cells.get(place)
            if cell is not None and cell.data_type == "s":
                cell._value = spelt

    def _shared_texts(self, part: str) -> dict[int, SpeltText | SpeltRichText]:
        found: dict[int, SpeltText | SpeltRichText] = {}
        if not self._has_any(part):
            return found
        number = 0
        with self._package.open(part) as source:
            for _event, element in iterparse(source):
                if element.tag == _SHARED:
                    text = _spelt(element)
                    if text is not None:
                        found[number] = text
                    number += 1
                    element.clear()
        return found

    def _has_any(self, part: str) -> bool:
        sought, tail = _TAKEN_OUT.encode(), b""
        with self._package.open(part) as source:
            while piece := source.read(MEBIBYTE):
                if sought in tail + piece:
                    return True
                tail = piece[1 - len(sought) :]
        return False


class _CellsSpelt(CellReader):
    """Looks for the cells that hold such a text."""

    def __init__(self, source: IO[bytes], shared: dict[int, SpeltText | SpeltRichText]) -> None:
        super().__init__(source, [])
        self._shared = shared
        self.found: dict[tuple[int, int], SpeltText | SpeltRichText] = {}

    def parse_cell(self, element: Any) -> dict[str, Any]:
        place = self.place_of(element)
        self.col_counter = place[1]
        text, kind = None, element.get("t")
        if kind == "s":
            number = element.findtext(VALUE_TAG) or ""
            text = self._shared.get(int(number)) if number.isdecimal() else None
        elif kind == "inlineStr" and (child := element.find(INLINE_STRING)) is not None:
            text = _spelt(child)
        if text is not None:
            self.found[place] = text
        return {}


def _spelt(element: Any) -> SpeltText | SpeltRichText | None:
    """The text of an element, where openpyxl would take something out of it; made as it makes one."""
    if not any(_TAKEN_OUT in (part or "") for part in element.itertext()):
        return None
    text: Any = Text.from_tree(element)
    if text.t:
        return SpeltText(text.t)
    return SpeltRichText([TextBlock(run.rPr, run.t or "") if run.rPr else run.t or "" for run in text.r])
