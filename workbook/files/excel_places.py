"""Find out whether what a workbook is read from stands where spreadsheet programs put it and look for it (SPEC 3).

A program shows the rows that stand in the sheet, and passes over what stands in an element that it does not know: an
alternative for programs to come (`mc:AlternateContent`, ISO/IEC 29500-3), something of a foreign namespace, an
extension. The reading libraries look for a row, a text or a sheet by its name alone, wherever it stands, so that they
would read what nobody can see by any means. Programs write such elements, but never round what is looked for here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple
from xml.parsers import expat

from workbook.files.excel_hidden import HiddenRows, number_of
from workbook.files.limits import LAST_ROW

DEEPEST: Final = 100
"""Elements inside one another. A workbook's XML has some twenty at most; a million take seconds and the memory."""

_MAIN: Final = frozenset(
    (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    )
)
_RELATIONSHIPS: Final = frozenset(("http://schemas.openxmlformats.org/package/2006/relationships",))
_BETWEEN: Final = " "
"""Stands between a namespace and a name, and in neither of them."""
_LONGEST_HEAD: Final = 4 * 1024 * 1024
"""Bytes before the rows. The looks of 16,384 columns are 2 MB."""
_LONGEST_ITEM: Final = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the elements of a part belong."""

    namespaces: frozenset[str]
    parents: dict[str, frozenset[str]]
    """Name → the elements in which alone it may stand; none where it may stand nowhere."""
    once: frozenset[str] = frozenset()
    """Those of which there is at most one."""
    within: dict[str, frozenset[str]] | None = None
    """Name → the elements in which alone it is looked for. Elsewhere the name may mean something else."""


def _in(*parents: str) -> frozenset[str]:
    return frozenset(parents)


_TEXTS_IN: Final = {"r": _in("si", "is", "rPh"), "rPh": _in("si", "is"), "t": _in("si", "is", "r", "rPh")}
_ROWS: Final = {
    "row": _in("sheetData"),
    "c": _in("row"),
    "v": _in("c"),
    "f": _in("c"),
    "is": _in("c"),
    "AlternateContent": _in(),
    **_TEXTS_IN,
}
_IN_FRONT: Final = {"sheetFormatPr": _in("worksheet"), "cols": _in("worksheet"), "col": _in("cols")}
"""What tells of hidden columns. Behind the rows the names mean other things."""
_PLACES: Final = {
    "worksheet": _Places(
        _MAIN,
        {"sheetData": _in("worksheet"), **_IN_FRONT, **_ROWS},
        _in("sheetData"),
        dict.fromkeys(_ROWS, _in("sheetData")),
    ),
    "sst": _Places(_MAIN, {"sst": _in(), "si": _in("sst"), **_TEXTS_IN}),
    "styleSheet": _Places(
        _MAIN,
        {
            "numFmts": _in("styleSheet"),
            "cellXfs": _in("styleSheet"),
            "numFmt": _in("numFmts"),
            "xf": _in("cellXfs"),
        },
        _in("numFmts", "cellXfs"),
        {"numFmt": _in("numFmts"), "xf": _in("cellXfs")},
    ),
    "workbook": _Places(_MAIN, {"sheets": _in("workbook"), "sheet": _in("sheets")}, _in("sheets")),
    "Relationships": _Places(_RELATIONSHIPS, {"Relationship": _in("Relationships")}),
}
"""By the name of a part's root."""
_NONE: Final = _Places(frozenset(), {})


class PartJudge:
    """Goes through the XML of a part, piece by piece, with a parser that knows namespaces."""

    def __init__(self, root: str = "") -> None:
        """`root`: the name that the root must have, where it must have one."""
        self.displaced = False
        """Whether something stands where no spreadsheet program writes it."""
        self.too_deep = False
        self.doctype = False
        self.hidden = HiddenRows()
        self.open: list[str] = []
        """The elements that have begun and not ended, those of a foreign namespace as ""."""
        self.stated = ""
        """How many texts the root says that there are. python-calamine makes room for as many, or ends the process."""
        self._root = root
        self._row = 0
        self._namespace = ""
        self._places = _NONE
        self._seen: set[str] = set()
        self._in_cell: set[str] = set()
        self._inline = False
        self._parser = expat.ParserCreate(namespace_separator=_BETWEEN)
        self._parser.StartElementHandler, self._parser.EndElementHandler = self._begun, self._ended
        self._parser.StartDoctypeDeclHandler = self._declared

    def go(self, piece: bytes, *, last: bool = False) -> None:
        """Raises ExpatError, ValueError or LookupError for what is no XML."""
        self._parser.Parse(piece, last)

    def _begun(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(_BETWEEN)
        if len(self.open) == DEEPEST:
            self.too_deep = True
        if self.too_deep:
            return
        if not self.open:
            self._namespace = namespace
            self._places = _PLACES.get(local, _NONE)
            known = self._places is _NONE or namespace in self._places.namespaces
            self.displaced = not known or local != (self._root or local)
            self.stated = attributes.get("uniqueCount", "")
        else:
            self._judge(local, namespace == self._namespace, attributes)
        self.open.append(local if namespace == self._namespace else "")
        if local == "row":
            self._row = number_of(attributes.get("r"), LAST_ROW) or self._row + 1
            self.hidden.note(self._row, attributes)

    def _judge(self, local: str, own: bool, attributes: dict[str, str]) -> None:
        places = self._places
        parents = places.parents.get(local)
        if parents is None:
            return
        within = places.within.get(local) if places.within else None
        # A row of the sheet's own namespace is looked for everywhere.
        if within and within.isdisjoint(self.open) and not (own and local == "row"):
            return
        if local in _IN_FRONT and "sheetData" in self._seen:
            return
        if not own or self.open[-1] not in parents or local in self._seen:
            self.displaced = True
        if local in places.once:
            self._seen.add(local)
        if local == "c":
            self._in_cell.clear()
            self._inline = attributes.get("t") == "inlineStr"
        elif local in ("v", "is"):
            # One library takes the first of two, the other one the last, or whatever kind of cell it is.
            self.displaced |= local in self._in_cell or (local == "is" and not self._inline)
            self._in_cell.add(local)

    def _ended(self, _name: str) -> None:
        if not self.too_deep:
            self.open.pop()

    def _declared(self, *_: object) -> None:
        self.doctype = True


class _Names(NamedTuple):
    """Of a part that holds many elements alike: the one that holds them, they themselves, and what ends in them."""

    root: str
    holder: bytes
    item: bytes


_OF_ROWS: Final = _Names("worksheet", b"sheetData", b"row")
_OF_TEXTS: Final = _Names("sst", b"sst", b"si")


class Tidy:
    """Tells of a sheet, or of the shared texts, while the XML goes by, whether it is written as nearly every program
    writes it: row after row, and in them nothing but cells with a value, so that nothing can be out of its place.

    Only what stands before and behind them goes through the parser, which takes ten times as long. Where it is not
    `clear`, a `PartJudge` must go through the whole.
    """

    def __init__(self, names: _Names) -> None:
        self._names = names
        self._judge = PartJudge(names.root)
        self._begin = re.compile(rb"<((?:[\w.-]+:)?)" + names.holder + rb"(?:\s[^<>]*)?>")
        self._rest = b""
        self._prefix: bytes | None = None
        self._behind = False
        self.clear = True

    @property
    def stated(self) -> str:
        """As of a `PartJudge`."""
        return self._judge.stated

    @classmethod
    def rows(cls) -> Tidy:
        return cls(_OF_ROWS)

    @classmethod
    def texts(cls) -> Tidy:
        return cls(_OF_TEXTS)

    def through(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """The same pieces, each looked at before it is given on."""
        for piece in pieces:
            if self.clear:
                self._look(piece)
            yield piece
        if self.clear:
            self._judged(self._rest, last=True)
            self.clear = self.clear and self._behind

    def _look(self, piece: bytes) -> None:
        if self._behind:
            self._judged(piece)
            return
        block = self._rest + piece
        if self._prefix is None:
            begin = self._begin.search(block)
            if begin is None or block[begin.end() - 2 : begin.end()] == b"/>":
                self._rest, self.clear = block, len(block) < _LONGEST_HEAD
                return
            self._prefix = begin[1]
            self._judged(block[: begin.end()])
            self.clear = self.clear and self._judge.open[-1:] == [self._names.holder.decode()]
            block = block[begin.end() :]
        end = b"</" + self._prefix + self._names.item + b">"
        cut = block.rfind(end) + len(end)
        cut = cut if cut >= len(end) else 0
        self.clear = self.clear and (not cut or self._is_tidy(block[:cut]))
        self._rest = block[cut:]
        behind = self._rest.find(b"</" + self._prefix + self._names.holder)
        if behind >= 0:
            self.clear = self.clear and not self._rest[:behind].strip()
            self._behind, self._rest, rest = True, b"", self._rest
            self._judged(rest)
        elif len(self._rest) > _LONGEST_ITEM:
            self.clear = False

    def _judged(self, piece: bytes, *, last: bool = False) -> None:
        if not self.clear:
            return
        try:
            self._judge.go(piece, last=last)
        except (expat.ExpatError, ValueError, LookupError):
            self.clear = False
        self.clear = self.clear and not (self._judge.displaced or self._judge.too_deep or self._judge.doctype)

    def _is_tidy(self, block: bytes) -> bool:
        if b"xmlns" in block:
            return False
        prefix = self._prefix or b""
        in_order = _rows_in_order if self._names is _OF_ROWS else _texts_in_order
        if in_order(block, prefix):
            return True
        p = re.escape(prefix)
        plainer = re.sub(rb">\s+<", b"><", block.strip())
        item = p + self._names.item
        plainer = re.sub(b"(^|</" + item + b">)(?:<" + item + rb"(?:\s[^<>]*)?/>)+", rb"\1", plainer)
        plainer = re.sub(b"<" + p + rb"v\s?/>", b"", plainer)
        plainer = _rich(p).sub(b"<%bt></%bt>" % (prefix, prefix), plainer)
        return not plainer or in_order(plainer, prefix)


def _rows_in_order(block: bytes, prefix: bytes) -> bool:
    """Whether every element that ends in the block is a row, a cell, or the only thing that a cell holds, and no row
    is inside another. Looked for are as few signs as will do: five of them are found three times as fast as ten."""
    tag = prefix + b"row"
    rows = block.count(b"<" + tag + b" ")
    between = b"w><" + tag[:1]
    if not (block.startswith(b"<" + tag + b" ") and block.endswith(tag + b">") and block.count(between) == rows - 1):
        return False
    cell = b"</" + prefix + b"c>"
    left = block.count(b"</") - rows - block.count(cell) - block.count(b"</" + prefix + b"v>" + cell)
    formula = b"</" + prefix + b"f>"
    if left and formula in block:
        left -= block.count(formula + b"<" + prefix + b"v>") + block.count(formula + cell)
    if left:
        inline = block.count(b"</%bt></%bis>" % (prefix, prefix) + cell)
        begin = b"><" + prefix + b"is>"
        said = block.count(b' t="inlineStr"' + begin)
        if inline != said and inline != len(re.findall(rb'\st="inlineStr"[^<>]*' + begin, block)):
            return False
        left -= 2 * inline
    return not left


def _texts_in_order(block: bytes, prefix: bytes) -> bool:
    begin, end = b"<" + prefix + b"si>", b"</" + prefix + b"si>"
    texts = block.count(end)
    in_order = block.startswith(begin) and block.count(begin) == texts and block.count(end + begin) == texts - 1
    return in_order and block.count(b"</" + prefix + b"t>" + end) == texts and block.count(b"</") == 2 * texts


def _rich(p: bytes) -> re.Pattern[bytes]:
    """Finds a text in several formats, or with a reading beside it, as it stands in one cell."""
    name = b"<" + p
    text = name + rb"t(?:\s[^<>]*)?(?:/>|>[^<]*</" + p + b"t>)"
    formats = name + rb"rPr(?:/>|>(?:" + name + rb"\w+(?:\s[^<>]*)?/>)*</" + p + b"rPr>)"
    run = name + b"r>(?:" + formats + b")?" + text + b"</" + p + b"r>"
    reading = name + rb"rPh\s[^<>]*>" + text + b"</" + p + b"rPh>"
    return re.compile(
        rb"(?<=>)(?:(?:" + run + b")+|" + text + b"(?=" + name + b"(?:rPh|phoneticPr)))"
        b"(?:" + reading + b")*(?:" + name + rb"phoneticPr(?:\s[^<>]*)?/>)?"
    )
