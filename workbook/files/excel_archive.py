"""Open the ZIP archive of an Excel workbook safely, and find its leftmost sheet.

Nothing that the archive says of itself is trusted. What is read is unpacked here first, piece by piece, and must be as
large as the archive's directory says: a false directory is how a small file fills the memory.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple
from xml.etree import ElementTree
from xml.parsers import expat

from workbook.files.excel_columns import YES, hidden_columns
from workbook.files.excel_texts import STRINGS_PART, SharedTexts
from workbook.files.file_kinds import other_kind
from workbook.files.limits import Limits, in_words
from workbook.problems import Refusal

_CHUNK: Final = 1024 * 1024
_LARGEST_INDEX: Final = 32 * 1024 * 1024
"""Bytes of a part that only lists other parts."""
_INDEX_FOLDERS: Final = frozenset(("", "_rels", "docprops", "xl", "xl/_rels", "xl/worksheets/_rels"))
_MOST_PARTS: Final = 20_000
_DEEPEST: Final = 100
"""Elements inside one another. A workbook's XML has some twenty at most; a million take seconds and the memory."""
_LARGE_PART: Final = 64 * 1024 * 1024
_TIGHTEST: Final = 250
"""Rows of a sheet are packed into a twentieth of their size, the most monotonous ones into a hundredth. A large
part that is packed tighter than this holds nothing but one thing over and over."""
_OLE_MAGIC: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP_MAGIC: Final = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED_PACKAGE: Final = "EncryptedPackage".encode("utf-16-le")
_NO_HEIGHT: Final = re.compile(r"0(?:\.0*)?")
_DOCTYPE: Final = re.compile(rb"<\x00?!\x00?(?:D\x00?O\x00?C\x00?T\x00?Y\x00?P\x00?E|E\x00?N\x00?T\x00?I\x00?T\x00?Y)")
_HAS_DOCTYPE: Final = "it holds a document type declaration, which no Excel workbook has"
_LONGEST_BEGINNING: Final = 8192
_UTF_16_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
Reader = Callable[[int], bytes]
WORKBOOK_PART: Final = "xl/workbook.xml"
"""Where python-calamine looks for the workbook. Nearly every program puts it there."""


@dataclass(frozen=True, slots=True)
class LeftmostSheet:
    """The leftmost visible worksheet: its name, and its part of the archive."""

    title: str
    part: str


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
        _must_be_a_zip(path, name)
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw
        try:
            self._parts = self._judged(limits)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> ExcelArchive:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()

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
        left = info.file_size
        with self._path.open("rb") as stream:
            stream.seek(info.header_offset)
            header = stream.read(30)
            if len(header) < 30 or not header.startswith(_ZIP_MAGIC[0]):
                raise self.unreadable("it is damaged or not complete")
            stream.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
            pieces = _stored if info.compress_type == zipfile.ZIP_STORED else _inflated
            try:
                for piece in pieces(stream.read, info.compress_size):
                    left -= len(piece)
                    if left < 0:
                        break
                    yield piece
            except zlib.error as flaw:
                raise self.unreadable("it is damaged or not complete") from flaw
        if left:
            raise self.unreadable("it is damaged: what it holds is not what its own directory says")

    def _index_parts(self) -> Iterator[str]:
        """What a reading library reads besides the sheet: styles, shared strings and such."""
        for key in self._parts:
            folder, _, leaf = key.rpartition("/")
            if leaf.endswith((".xml", ".rels")) and folder in _INDEX_FOLDERS:
                yield key

    def check_index_parts(self) -> None:
        """Unpacks once what a reading library reads besides the sheet."""
        for part in self._index_parts():
            head = b""
            for piece in self.unpacked(part):
                head = head or piece[: 64 * 1024]
            if _DOCTYPE.search(head):
                raise self.unreadable(_HAS_DOCTYPE)

    def check_xml(self, sheet: str) -> list[int]:
        """Goes once through the XML of a sheet, and of what is read besides it, on behalf of a reader to which a
        document type, or elements deep inside one another, would do harm. Gives the numbers of the hidden rows."""
        for part in self._index_parts():
            if self._parts[part.casefold()].file_size:
                self._check_xml(self.unpacked(part))
        return self._check_xml(self.unpacked(sheet)) if self._parts[sheet.casefold()].file_size else []

    def hidden_columns(self, sheet: str) -> frozenset[int]:
        """The columns of a sheet, counted from 1, that nobody sees."""
        try:
            return hidden_columns(self.unpacked(sheet))
        except ValueError as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw

    def _check_xml(self, pieces: Iterable[bytes]) -> list[int]:
        depth = row = 0
        hidden: list[int] = []

        def begun(name: str, attributes: dict[str, str]) -> None:
            nonlocal depth, row
            depth += 1
            if depth > _DEEPEST:
                raise self.unreadable("its elements are nested deeper than in any workbook")
            if name == "row" or name.endswith(":row"):
                given = attributes.get("r", "")
                row = int(given) if given.isdecimal() and len(given) < 10 else row + 1
                if attributes.get("hidden") in YES or _NO_HEIGHT.fullmatch(attributes.get("ht", "")):
                    hidden.append(row)

        def ended(_name: str) -> None:
            nonlocal depth
            depth -= 1

        def declared(*_: object) -> None:
            raise self.unreadable(_HAS_DOCTYPE)

        parser = expat.ParserCreate()
        parser.StartElementHandler, parser.EndElementHandler = begun, ended
        parser.StartDoctypeDeclHandler = declared
        try:
            for piece in pieces:
                parser.Parse(piece)
            parser.Parse(b"", True)
        except (expat.ExpatError, ValueError, LookupError) as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw
        return hidden

    def leftmost_visible(self) -> tuple[LeftmostSheet, str]:
        """The leftmost visible worksheet (chart sheets do not count), and the part that is the workbook."""
        book = self._target_of("", "officedocument")
        if book is None or not book.casefold().endswith(".xml"):
            raise self.unreadable("it is not an Excel workbook of the kind .xlsx or .xlsm")
        root = self._xml(book)
        if _local(root.tag) != "workbook":
            raise self.unreadable("it is not an Excel workbook")
        targets = self._relations(book)
        for sheet in root.iter():
            if _local(sheet.tag) != "sheet" or sheet.get("state", "visible") != "visible":
                continue
            key = next((value for name, value in sheet.attrib.items() if _local(name) == "id" and "}" in name), "")
            kind, target = targets.get(key, ("", ""))
            if kind == "worksheet":
                return LeftmostSheet(sheet.get("name", ""), target), book
        raise self.unreadable("it has no visible worksheet")

    def size(self, part: str) -> int:
        """Bytes of a part once it is unpacked; 0 where there is none."""
        info = self._parts.get(part.casefold())
        return 0 if info is None else info.file_size

    def shared_texts(self) -> SharedTexts:
        """The texts that cells share, as python-calamine finds them."""
        return SharedTexts.of(self.unpacked(STRINGS_PART) if STRINGS_PART.casefold() in self._parts else ())

    def styles(self, book: str) -> ElementTree.Element | None:
        """The root of the styles that belong to the workbook part `book`; None where there are none."""
        part = self._target_of(book, "styles")
        if part is None or part.casefold() not in self._parts or not self._parts[part.casefold()].file_size:
            return None
        return self._xml(part)

    def _target_of(self, part: str, kind: str) -> str | None:
        return next((target for one, target in self._relations(part).values() if one == kind), None)

    def _relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: relation id → the last word of its type in lower case, and a part."""
        folder, leaf = posixpath.split(part)
        relations = {}
        for relation in self._xml(posixpath.join(folder, "_rels", f"{leaf}.rels")):
            if relation.get("TargetMode") == "External":
                continue
            place = _place(folder, relation.get("Target", ""))
            relations[relation.get("Id", "")] = (_kind_of(relation), place)
        return relations

    def _xml(self, part: str) -> ElementTree.Element:
        data = bytearray()
        for piece in self.unpacked(part):
            data += piece
            if len(data) > _LARGEST_INDEX:
                raise self.unreadable("one of its parts is far larger than in any workbook")
        self._check_xml([bytes(data)])
        try:
            return ElementTree.fromstring(bytes(data))  # noqa: S314 - without a DTD there is no entity to expand
        except (ElementTree.ParseError, ValueError, LookupError) as flaw:
            raise self.unreadable("it is damaged or not complete") from flaw


def _must_be_a_zip(path: Path, name: str) -> None:
    with path.open("rb") as stream:
        head = stream.read(_LONGEST_BEGINNING)
        if head.startswith(_ZIP_MAGIC):
            return
        if head.startswith(_OLE_MAGIC):
            stream.seek(0)
            if _holds(stream.read, _ENCRYPTED_PACKAGE):
                raise Refusal.of("file-encrypted", name=name)
            why = "it is an older Excel file (.xls), or another Office file, though its name says otherwise"
        elif not head:
            why = "it is empty"
        else:
            kind = other_kind(head.decode("utf-16" if head[:2] in _UTF_16_MARKS else "utf-8", "ignore"))
            why = f"it is {kind or 'not an Excel workbook'}, though its name says {'otherwise' if kind else 'so'}"
    raise Refusal.of("file-unreadable", name=name, why=why)


def _holds(read: Reader, text: bytes) -> bool:
    tail = b""
    while chunk := read(_CHUNK):
        if text in tail + chunk:
            return True
        tail = chunk[-len(text) :]
    return False


def _stored(read: Reader, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := read(min(size, _CHUNK))):
        size -= len(piece)
        yield piece


def _inflated(read: Reader, size: int) -> Iterator[bytes]:
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


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]
