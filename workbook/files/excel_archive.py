"""Open the ZIP archive of an Excel workbook safely, and find its leftmost sheet.

Nothing that the archive says of itself is trusted. What is read is unpacked here first, piece by piece, and must be as
large as the archive's directory says: a false directory is how a small file fills the memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from array import array
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from workbook.files.excel_book import MOST_SHEETS, POINTS_ASIDE, has_clear_epoch, relation_keys, sheets_of, why_odd
from workbook.files.excel_columns import hidden_columns
from workbook.files.excel_places import PartJudge, Tidy
from workbook.files.excel_texts import STRINGS_PART, SharedTexts
from workbook.files.file_kinds import ZIP_MAGIC, must_be_a_zip
from workbook.files.limits import Limits, in_words
from workbook.problems import Refusal

_CHUNK: Final = 1024 * 1024
_LARGEST_INDEX: Final = 32 * 1024 * 1024
"""Bytes of a part that only lists other parts."""
_INDEX_FOLDERS: Final = frozenset(("", "_rels", "docprops", "xl", "xl/_rels", "xl/worksheets/_rels"))
_MOST_PARTS: Final = 20_000
_LARGE_PART: Final = 64 * 1024 * 1024
_TIGHTEST: Final = 250
"""Rows of a sheet are packed into a twentieth of their size, the most monotonous ones into a hundredth. A large
part that is packed tighter than this holds nothing but one thing over and over."""
_DOCTYPE: Final = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)")
_HAS_DOCTYPE: Final = "it holds a document type declaration, which no Excel workbook has"
_DISPLACED: Final = "it holds rows, texts or sheets where no spreadsheet program writes them, and none shows them"
_Reader = Callable[[int], bytes]
WORKBOOK_PART: Final = "xl/workbook.xml"
"""Where python-calamine looks for the workbook. Nearly every program puts it there."""
_FIXED: Final = {"styles": "xl/styles.xml", "sharedstrings": STRINGS_PART}
"""Kind of a part → where the reading libraries look for it, wherever the workbook says that it is."""
_SHORTEST_TEXT: Final = len("<si/>")
_CONTENT_TYPES: Final = "[Content_Types].xml"


@dataclass(frozen=True, slots=True)
class LeftmostSheet:
    """The leftmost visible worksheet: its name, its part of the archive, and its place among all sheets, from 0."""

    title: str
    part: str
    place: int
    clear_epoch: bool
    """Whether no other element than the workbook's own says from which year dates are counted."""


class PartReference(NamedTuple):
    """That one part points to another. Parts are named in lower case; the archive itself is "" as an owner."""

    owner: str
    kind: str
    """The last word of the type, in lower case."""
    name: str
    """By which the owner knows it."""
    target: str


class ExcelArchive:
    """A workbook's archive, judged as it is opened. A context manager.

    Raises Refusal `file-unreadable`, `file-encrypted` or `file-too-large`, from every method.
    """

    def __init__(self, path: Path, name: str, limits: Limits) -> None:
        self._path = path
        self._name = name
        must_be_a_zip(path, name)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw
        self._streams: list[BinaryIO] = []
        try:
            self._parts = self._judged(limits)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> ExcelArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()
        for stream in self._streams:  # also those in which nobody read on, which an error may hold open
            stream.close()

    def unreadable(self, why: str) -> Refusal:
        return Refusal.of("file-unreadable", name=self._name, why=why)

    def _judged(self, limits: Limits) -> dict[str, zipfile.ZipInfo]:
        """The parts by their names in one case, as Excel compares them."""
        parts: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for info in self._zip.infolist():
            key = info.filename.replace("\\", "/").lstrip("/").casefold()
            if key in parts:
                raise self.unreadable("it is damaged: it holds one of its parts twice")
            if info.flag_bits & 1:
                raise self.unreadable("it is a ZIP archive with a password, not an Excel workbook")
            if info.file_size > max(_LARGE_PART, _TIGHTEST * info.compress_size):
                why = f"it unpacks to {in_words(info.file_size)} of nothing, which no workbook holds"
                raise Refusal.of("file-too-large", name=self._name, why=why)
            parts[key] = info
            total += info.file_size
        if total > limits.unpacked or len(parts) > _MOST_PARTS:
            why = f"unpacked it would have {in_words(total)}, and at most {in_words(limits.unpacked)} fit"
            if total <= limits.unpacked:
                why = f"it is made of {len(parts):,} parts, far more than a workbook needs"
            raise Refusal.of("file-too-large", name=self._name, why=why)
        if "[content_types].xml" not in parts or "_rels/.rels" not in parts:
            kind = "an OpenDocument file" if "mimetype" in parts else "a ZIP archive"
            raise self.unreadable(f"it is {kind}, not an Excel workbook")
        return parts

    def parts(self) -> Iterator[str]:
        """The names of all parts, in lower case."""
        yield from self._parts

    def has(self, part: str) -> bool:
        return part.casefold() in self._parts

    def references(self) -> Iterator[PartReference]:
        """What all parts point to, as often as they say so, and be it called external."""
        for key in self._parts:
            folder, leaf = posixpath.split(key)
            if leaf.endswith(".rels") and posixpath.basename(folder) == "_rels":
                home = posixpath.dirname(folder)
                owner = posixpath.join(home, leaf.removesuffix(".rels"))
                for relation in self._xml(key):
                    target, kind = relation.get("Target", ""), _kind_of(relation)
                    for place in {target, _place(home, target)}:
                        yield PartReference(owner, kind, relation.get("Id", ""), place.casefold())

    def unpacked(self, part: str) -> Iterator[bytes]:
        """The bytes of one part, piece by piece, each at most about a mebibyte."""
        info = self._parts.get(part.casefold())
        if info is None:
            raise self.unreadable("it is damaged: one of its parts is missing")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.unreadable("it is packed in a way that Excel does not use")
        left, checksum = info.file_size, 0
        with self._path.open("rb") as stream:
            self._streams.append(stream)
            stream.seek(info.header_offset)
            header = stream.read(30)
            if len(header) < 30 or not header.startswith(ZIP_MAGIC[0]):
                raise self.unreadable("it is damaged or not complete")
            stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
            pieces = _stored if info.compress_type == zipfile.ZIP_STORED else _inflated
            try:
                for piece in pieces(stream.read, info.compress_size):
                    left -= len(piece)
                    if left < 0:
                        break
                    checksum = zlib.crc32(piece, checksum)
                    yield piece
            except zlib.error as flaw:
                raise self.unreadable("it is damaged or not complete") from flaw
        if left or checksum != info.CRC:
            raise self.unreadable("it is damaged: what it holds is not what its own directory says")

    def _index_parts(self) -> Iterator[str]:
        """What a reading library reads besides the sheet: styles, shared strings and such."""
        for key in self._parts:
            folder, _, leaf = key.rpartition("/")
            if leaf.endswith((".xml", ".rels")) and folder in _INDEX_FOLDERS:
                yield key

    def check_index_parts(self) -> SharedTexts:
        """Unpacks once what a reading library reads besides the sheet, and makes sure that every library finds the
        same parts, and the same texts in them, as the spreadsheet program that shows the workbook. Gives the texts
        that cells share, as python-calamine finds them."""
        strings = STRINGS_PART.casefold()
        shared = SharedTexts()
        for part in self._index_parts():
            tidy = Tidy.texts()
            head = b""

            def pieces(part: str = part) -> Iterator[bytes]:
                nonlocal head
                for piece in self.unpacked(part):
                    head = head or piece[: 64 * 1024]
                    yield piece

            if part == strings:
                shared = SharedTexts.of(tidy.through(pieces()))
            else:
                deque(pieces(), maxlen=0)
            if _DOCTYPE.search(head):
                raise self.unreadable(_HAS_DOCTYPE)
            if part == strings and self.size(part):
                stated = tidy.stated if tidy.clear else self._check_xml(self.unpacked(part), "sst").stated
                if stated.isdecimal() and int(stated[:20]) > self.size(part) // _SHORTEST_TEXT:
                    raise self.unreadable("it is damaged: it says that it holds more texts than it has room for")
        self._check_pointers()
        return shared

    def _check_pointers(self) -> None:
        """Some look for a part where the workbook points to, some at its usual place, some by its kind."""
        book = self._target_of("", "officedocument")
        if book is None or book.casefold() not in self._parts:
            return  # as is told when a sheet is looked for
        if book.casefold().endswith(".xml"):
            self._sheets_of(book)
        held = {kind: self._target_of(book, kind) for kind in _FIXED}
        for kind, place in _FIXED.items():
            # Formats to which nothing points there are: PyExcelerate writes them so.
            aside = held[kind] is not None or kind == "sharedstrings"
            if aside and place.casefold() in self._parts and (held[kind] or "").casefold() != place.casefold():
                raise self.unreadable(POINTS_ASIDE)
        texts = held["sharedstrings"]
        if texts is not None and texts != STRINGS_PART and self.size(texts):
            self._check_xml(self.unpacked(texts), "sst")
        for entry in self._xml(_CONTENT_TYPES):
            part = entry.get("PartName", "").lstrip("/").casefold()
            kind = entry.get("ContentType", "").casefold()
            if part in self._parts and (
                (kind.endswith("main+xml") and part != book.casefold())
                or (kind.endswith("sharedstrings+xml") and part != (texts or "").casefold())
            ):
                raise self.unreadable(POINTS_ASIDE)

    def check_xml(self, sheet: str) -> array[int]:
        """Goes once through the XML of a sheet, and of what is read besides it, on behalf of a reader to which a
        document type, or elements deep inside one another, would do harm. Gives the numbers of the hidden rows."""
        for part in self._index_parts():
            if self._parts[part.casefold()].file_size:
                self._check_xml(self.unpacked(part))
        return self.check_sheet(sheet)

    def check_sheet(self, part: str) -> array[int]:
        """Goes through the XML of one sheet, whose rows must stand where spreadsheet programs look for them. Gives the
        numbers of the hidden rows."""
        return self._check_xml(self.unpacked(part), "worksheet").hidden.numbers() if self.size(part) else array("I")

    def hidden_columns(self, sheet: str) -> frozenset[int]:
        """The columns of a sheet, counted from 1, that nobody sees."""
        try:
            return hidden_columns(self.unpacked(sheet))
        except ValueError as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw

    def _check_xml(self, pieces: Iterable[bytes], root: str = "") -> PartJudge:
        judge = PartJudge(root)

        def must_be_fine() -> None:
            if judge.doctype:
                raise self.unreadable(_HAS_DOCTYPE)
            if judge.too_deep:
                raise self.unreadable("its elements are nested deeper than in any workbook")
            if judge.displaced:
                raise self.unreadable(_DISPLACED)

        try:
            for piece in pieces:
                judge.go(piece)
                must_be_fine()
            judge.go(b"", last=True)
        except (expat.ExpatError, ValueError, LookupError) as flaw:
            must_be_fine()
            raise self.unreadable("it is damaged or not complete") from flaw
        must_be_fine()
        return judge

    def leftmost_visible(self) -> tuple[LeftmostSheet, str]:
        """The leftmost visible worksheet (chart sheets do not count), and the part that is the workbook."""
        book = self._target_of("", "officedocument")
        if book is None or not book.casefold().endswith(".xml"):
            raise self.unreadable("it is not an Excel workbook of the kind .xlsx or .xlsm")
        root, sheets = self._sheets_of(book)
        targets = self._relations(book)
        for place, sheet in enumerate(sheets):
            if sheet.get("state", "visible") != "visible":
                continue
            kind, target = targets.get("".join(relation_keys(sheet)), ("", ""))
            if kind == "worksheet":
                return LeftmostSheet(sheet.get("name", ""), target, place, has_clear_epoch(root)), book
        raise self.unreadable("it has no visible worksheet")

    def _sheets_of(self, book: str) -> tuple[ElementTree.Element, list[ElementTree.Element]]:
        """The root of the workbook part, and what it says of each sheet."""
        root = self._xml(book)
        if root.tag.rpartition("}")[2] != "workbook":
            raise self.unreadable("it is not an Excel workbook")
        if (count := len(sheets_of(root))) > MOST_SHEETS:
            why = f"it has {count:,} sheets, and at most {MOST_SHEETS:,} are read"
            raise Refusal.of("file-too-large", name=self._name, why=why)
        why = why_odd(root, {key: part for key, (_kind, part) in self._relations(book).items()})
        if why:
            raise self.unreadable(why)
        return root, sheets_of(root)

    def sheets(self) -> frozenset[str]:
        """The parts of all worksheets, in lower case."""
        book = self._target_of("", "officedocument")
        if book is None:
            return frozenset()
        return frozenset(part.casefold() for kind, part in self._relations(book).values() if kind == "worksheet")

    def size(self, part: str) -> int:
        """Bytes of a part once it is unpacked; 0 where there is none."""
        info = self._parts.get(part.casefold())
        return 0 if info is None else info.file_size

    def styles(self, book: str) -> ElementTree.Element | None:
        """The root of the styles that belong to the workbook part `book`; None where there are none."""
        part = self._target_of(book, "styles")
        if part is None or part.casefold() not in self._parts or not self._parts[part.casefold()].file_size:
            return None
        return self._xml(part, "styleSheet")

    def _target_of(self, part: str, kind: str) -> str | None:
        """The part of this kind that a part points to. Raises Refusal where there are two."""
        targets = [target for one, target in self._relations(part).values() if one == kind]
        if len(targets) > 1:
            raise self.unreadable(POINTS_ASIDE)
        return targets[0] if targets else None

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: relation id → the last word of its type in lower case, and a part."""
        folder, leaf = posixpath.split(part)
        relations: dict[str, tuple[str, str]] = {}
        known = set()
        for relation in self._xml(posixpath.join(folder, "_rels", f"{leaf}.rels"), "Relationships"):
            if (key := relation.get("Id", "")) in known:
                raise self.unreadable(POINTS_ASIDE)
            known.add(key)
            if relation.get("TargetMode") == "External":
                continue
            place = _place(folder, relation.get("Target", ""))
            relations[key] = (_kind_of(relation), place)
        return relations

    def _xml(self, part: str, root: str = "") -> ElementTree.Element:
        data = bytearray()
        for piece in self.unpacked(part):
            data += piece
            if len(data) > _LARGEST_INDEX:
                raise self.unreadable("one of its parts is far larger than in any workbook")
        self._check_xml([bytes(data)], root)
        try:
            return ElementTree.fromstring(bytes(data))  # noqa: S314 - without a DTD there is no entity to expand
        except (ElementTree.ParseError, ValueError, LookupError) as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw


def _stored(read: _Reader, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := read(min(size, _CHUNK))):
        size -= len(piece)
        yield piece


def _inflated(read: _Reader, size: int) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for packed in _stored(read, size):
        while packed and not inflate.eof:
            if piece := inflate.decompress(packed, _CHUNK):
                yield piece
            packed = inflate.unconsumed_tail
    while not inflate.eof and (piece := inflate.decompress(inflate.unconsumed_tail, _CHUNK)):
        yield piece


def _place(folder: str, target: str) -> str:
    """The part that is meant by what a part in this folder points to."""
    target = target.replace("\\", "/")
    return target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))


def _kind_of(relation: ElementTree.Element) -> str:
    return relation.get("Type", "").rpartition("/")[2].casefold()
