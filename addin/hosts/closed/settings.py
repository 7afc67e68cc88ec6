"""Put back what a workbook is set to, of which openpyxl keeps from which year its dates are counted and no more:
whether authors' names go at each save, whether linked files are asked for, which version wrote it last.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr
from zipfile import ZipFile

PART: Final = "xl/workbook.xml"
"""The one that openpyxl writes."""
_VERSION: Final = "fileVersion"
_PROPERTIES: Final = "workbookPr"
_LAST: Final = ("smartTagPr", "webPublishing", "fileRecoveryPr")
"""What stands behind all that openpyxl writes, in this order."""
_KEPT: Final = frozenset({"date1904", "codeName"})
"""What openpyxl writes itself of the properties."""
_OPENS: Final = re.compile(rb"<workbook\b[^>]*>")
_PROPERTIES_OPEN: Final = re.compile(rb"<workbookPr\b")
_END: Final = b"</workbook>"

Settings = Mapping[str, Mapping[str, str]]
"""What a workbook says of itself: the name of an element → its attributes."""


def settings_of(package: ZipFile, part: str) -> Settings:
    """Those of the workbook whose own part is called so."""
    found: dict[str, dict[str, str]] = {}
    for one in ElementTree.fromstring(package.read(part)):  # noqa: S314 - judged before it was opened
        name = one.tag.rpartition("}")[2]
        if name in (_VERSION, _PROPERTIES, *_LAST):
            said = {key: value for key, value in one.attrib.items() if "}" not in key}
            found[name] = {key: value for key, value in said.items() if name != _PROPERTIES or key not in _KEPT}
    return {name: said for name, said in found.items() if said}


def with_settings(book: bytes, settings: Settings) -> bytes:
    """The part of a workbook that openpyxl has written, with these in it."""
    begin, end = _OPENS.search(book), book.rfind(_END)
    if begin is None or end < 0:
        return book
    inside = book[begin.end() : end]
    if _PROPERTIES in settings:
        said = b"<workbookPr" + _attributes(settings[_PROPERTIES])
        inside = _PROPERTIES_OPEN.sub(lambda _: said, inside, count=1)
    first, *last = (_element(name, settings) for name in (_VERSION, *_LAST))
    return book[: begin.end()] + first + inside + b"".join(last) + book[end:]


def _element(name: str, settings: Settings) -> bytes:
    return b"<%b%b/>" % (name.encode(), _attributes(settings[name])) if name in settings else b""


def _attributes(said: Mapping[str, str]) -> bytes:
    return "".join(f" {key}={quoteattr(value)}" for key, value in said.items()).encode()
